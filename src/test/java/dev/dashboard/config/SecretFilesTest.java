package dev.dashboard.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.config.AppConfig.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no secret, or no secret any more, does not go into production; each message names key, file and remedy. */
class SecretFilesTest {
    private static final String GOOD = "q3Zt7vK1mW9xB5nR2cY8dF4hJ6gL0pSaTuVeXiOw+/Nz";

    @TempDir
    private Path dir;

    private final List<String> faults = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();

    @BeforeEach
    void aGoodKey() throws IOException {
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
        write("jwt_secret", GOOD);
    }

    @Test
    void aGoodKeyOfOurOwnIsTakenWithoutTheLineBreakAtItsEnd() throws IOException {
        write("jwt_secret", GOOD + "\n");

        assertEquals(GOOD, read(Profile.PRODUCTION).jwt().reveal());

        assertEquals(List.of(), faults);
        assertEquals(List.of(), notices);
    }

    @Test
    void noRandomKeyIsTakenForARegularOne() {
        byte[] bytes = new byte[48];
        Random random = new Random(4);
        for (int i = 0; i < 5_000; i++) {
            random.nextBytes(bytes);
            String base64 = Base64.getEncoder().encodeToString(bytes);
            assertFalse(SecretStrength.isRegular(base64), base64);
            String hex = HexFormat.of().formatHex(bytes, 0, 32);
            assertFalse(SecretStrength.isRegular(hex), hex);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"staging", "production"})
    void withoutAKeyNothingStartsButAtAPrivateDesk(String profile) throws IOException {
        Files.delete(dir.resolve("jwt_secret"));

        read(Profile.valueOf(profile.toUpperCase(Locale.ROOT)));

        assertRefused("jwt-secret: missing; make one with: openssl rand -base64 48", "jwt_secret");
    }

    @Test
    void anEmptyFileIsNoKey() throws IOException {
        write("jwt_secret", " \n");

        read(Profile.PRODUCTION);

        assertRefused("jwt-secret: missing", "jwt_secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev", "staging", "production"})
    void aShortKeyIsRefusedEverywhere(String profile) throws IOException {
        write("jwt_secret", GOOD.substring(0, 31));

        read(Profile.valueOf(profile.toUpperCase(Locale.ROOT)));

        assertRefused("jwt-secret: shorter than 32 bytes; make one with", "jwt_secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "changeme-changeme-changeme-changeme-1Kz",
                "My-Default-Key-q3Zt7vK1mW9xB5nR2cY8dF4h",
                "q3Zt7vK1mW9xB5nR2cY8dF4hJ6gL0pSa-INSECURE"
            })
    void aKeyOutOfDocumentationIsRefusedInProduction(String value) throws IOException {
        write("jwt_secret", value);

        read(Profile.PRODUCTION);

        assertRefused("jwt-secret: holds a well-known default; make one with", "jwt_secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "abababababababababababababababababababab",
                "q3Zt7vK1mW9xB5nRq3Zt7vK1mW9xB5nR",
                "q3Zt7vK1mW9xB5nR-q3Zt7vK1mW9xB5nR",
                "!\"#$%&'()*+,-./:;<=>?@[]^_{|}~!\"#$",
                "kjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA987654321"
            })
    void aRegularKeyIsRefusedInProduction(String value) throws IOException {
        write("jwt_secret", value);

        read(Profile.PRODUCTION);

        assertRefused("jwt-secret: too regular to be random; make one with", "jwt_secret");
    }

    @Test
    void thePreviousKeyIsHeldToTheSame() throws IOException {
        write("jwt_secret_previous", "abababababababababababababababababababab");

        read(Profile.PRODUCTION);

        assertRefused("jwt-secret-previous: too regular", "jwt_secret_previous");
    }

    @Test
    void aStandInForTheModelsKeyIsRefusedInProduction() throws IOException {
        write("anthropic_api_key", "sk-ant-your-key-here");

        read(Profile.PRODUCTION);

        assertRefused("anthropic-api-key: holds a well-known default; put the real one there", "anthropic_api_key");
    }

    @Test
    void aSecondLineIsNoPartOfASecret() throws IOException {
        write("anthropic_api_key", "# the key of the team\nsk-key\n");

        read(Profile.DEV);

        assertRefused("anthropic-api-key: holds white space or a line break inside", "anthropic_api_key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"r--r--r--", "rw-rw----", "rw-----w-"})
    void aFileThatOthersReadOrChangeIsRefusedInProductionAndToldElsewhere(String mode) throws IOException {
        Files.setPosixFilePermissions(dir.resolve("jwt_secret"), PosixFilePermissions.fromString(mode));

        read(Profile.DEV);
        assertEquals(List.of(), faults);
        assertTrue(
                notices.getFirst().startsWith("jwt-secret: the file can be read or changed by others"),
                notices::toString);

        read(Profile.PRODUCTION);
        assertRefused("jwt-secret: the file can be read or changed by others; chmod 0400 or 0440", "jwt_secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"r--------", "r--r-----", "rw-------"})
    void aFileForTheServerAloneIsTaken(String mode) throws IOException {
        Files.setPosixFilePermissions(dir.resolve("jwt_secret"), PosixFilePermissions.fromString(mode));

        read(Profile.PRODUCTION);

        assertEquals(List.of(), faults);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwx---", "rwxr-x-wx"})
    void aFolderIntoWhichOthersPutFilesIsRefusedInProduction(String mode) throws IOException {
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString(mode));

        read(Profile.PRODUCTION);

        assertRefused("DASHBOARD_SECRETS_DIR: others may put files into the folder; chmod 0700", dir.toString());
    }

    @Test
    void aFileOfAnotherUserIsRefusedInProduction() throws IOException {
        Path file = dir.resolve("jwt_secret");
        if (SecretFiles.ownUser() == 0) {
            // What root owns nobody else can change, so it has to be given to somebody first.
            Files.setAttribute(file, "unix:uid", 12345);
        }

        new SecretFiles(dir, Profile.PRODUCTION, 54321, faults, notices).read();

        assertRefused(
                "jwt-secret: the file belongs to user " + Files.getAttribute(file, "unix:uid")
                        + ", and the server runs as 54321; chown 54321",
                "jwt_secret");
    }

    @Test
    void aFolderInPlaceOfASecretIsNotTakenForAMissingOne() throws IOException {
        // What an engine makes of a bind mount whose source is not there.
        Files.createDirectory(dir.resolve("anthropic_api_key"));

        read(Profile.DEV);

        assertRefused("anthropic-api-key: is not a file, or a link to none", "anthropic_api_key");
    }

    @Test
    void aLinkIsFollowedAndWhatCountsIsWhereItLeads() throws IOException {
        write("real", GOOD);
        Files.delete(dir.resolve("jwt_secret"));
        Files.createSymbolicLink(dir.resolve("jwt_secret"), Path.of("real"));
        assertEquals(GOOD, read(Profile.PRODUCTION).jwt().reveal());
        assertEquals(List.of(), faults);

        Files.setPosixFilePermissions(dir.resolve("real"), PosixFilePermissions.fromString("rw-r--r--"));
        read(Profile.PRODUCTION);
        assertRefused("jwt-secret: the file can be read or changed by others", "jwt_secret");

        faults.clear();
        Files.delete(dir.resolve("real"));
        read(Profile.PRODUCTION);
        assertRefused("jwt-secret: is not a file, or a link to none", "jwt_secret");
    }

    @Test
    void whatIsTooLongOrNoTextIsNoSecret() throws IOException {
        write("anthropic_api_key", "x".repeat(8 * 1024 + 1));
        Files.write(dir.resolve("claude_code_oauth_token"), new byte[] {(byte) 0xff, (byte) 0xfe});

        read(Profile.DEV);

        assertRefused("anthropic-api-key: longer than 8192 bytes", "anthropic_api_key");
        assertRefused("claude-code-oauth-token: is not text in UTF-8; write it in base64", "claude_code_oauth_token");
    }

    @Test
    void noMessageHoldsTheSecret() throws IOException {
        write("jwt_secret", "changeme-" + GOOD);
        write("jwt_secret_previous", "abababababababababababababababababababab");
        write("anthropic_api_key", "two words");

        read(Profile.PRODUCTION);

        assertEquals(3, faults.size(), faults::toString);
        assertFalse(faults.toString().contains(GOOD));
        assertFalse(faults.toString().contains("abab"));
        assertFalse(faults.toString().contains("two words"));
    }

    private AppConfig.Secrets read(Profile profile) {
        return new SecretFiles(dir, profile, SecretFiles.ownUser(), faults, notices).read();
    }

    private void assertRefused(String start, String file) {
        assertTrue(
                faults.stream().anyMatch(fault -> fault.startsWith(start) && fault.contains(file)), faults::toString);
    }

    private void write(String name, String text) throws IOException {
        Path file = dir.resolve(name);
        Files.deleteIfExists(file);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
