package dev.dashboard.config;

import dev.dashboard.config.AppConfig.Profile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads secrets from files, and from nowhere else: an environment is inherited, printed and dumped. */
final class SecretFiles {
    static final List<String> KEYS =
            List.of("jwt-secret", "jwt-secret-previous", "anthropic-api-key", "claude-code-oauth-token", "runner-key");

    private static final List<String> SIGNING_KEYS = List.of("jwt-secret", "jwt-secret-previous");
    private static final int ROOT = 0;
    private static final int LEAST_BYTES = 32;
    private static final int MOST_BYTES = 8 * 1024;
    private static final String MAKE_ONE = "make one with: openssl rand -base64 48";

    private final Path dir;
    private final Profile profile;
    private final int user;
    private final List<String> faults;
    private final List<String> notices;
    private final List<AppConfig.Setting> effective = new ArrayList<>();

    /** @param user number of the user that the server runs as */
    SecretFiles(Path dir, Profile profile, int user, List<String> faults, List<String> notices) {
        this.dir = dir;
        this.profile = profile;
        this.user = user;
        this.faults = faults;
        this.notices = notices;
    }

    /** Of this process. */
    static int ownUser() {
        try {
            return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new UncheckedIOException("the kernel does not tell whose process this is", e);
        }
    }

    static String refusal(String key, String origin) {
        String name = key.substring(key.lastIndexOf('.') + 1).replace('-', '_');
        return key + ": secrets come from files only; put it into the file " + name
                + " in DASHBOARD_SECRETS_DIR and remove it here (" + origin + ")";
    }

    AppConfig.Secrets read() {
        checkFolder();
        Map<String, Secret> found = new HashMap<>();
        for (String key : KEYS) {
            one(key).ifPresent(secret -> found.put(key, secret));
            effective.add(new AppConfig.Setting(
                    key,
                    found.containsKey(key) ? "present" : "missing",
                    file(key).toAbsolutePath().toString()));
        }
        for (String key : SIGNING_KEYS) {
            Optional.ofNullable(found.get(key)).ifPresent(secret -> checkSigningKey(key, secret.reveal()));
        }
        return new AppConfig.Secrets(
                dir.toAbsolutePath(),
                Optional.ofNullable(found.get("jwt-secret")).orElseGet(this::missingJwt),
                Optional.ofNullable(found.get("jwt-secret-previous")),
                Optional.ofNullable(found.get("anthropic-api-key")),
                Optional.ofNullable(found.get("claude-code-oauth-token")),
                Optional.ofNullable(found.get("runner-key")));
    }

    /** Whether there is each, and its file; for after the reading. */
    List<AppConfig.Setting> effective() {
        return effective;
    }

    /** Whoever may write the folder can put another file in the place of a secret, whatever the file's own mode is. */
    private void checkFolder() {
        try {
            Set<PosixFilePermission> modes = Files.getPosixFilePermissions(dir);
            if (modes.contains(PosixFilePermission.OTHERS_WRITE) || modes.contains(PosixFilePermission.GROUP_WRITE)) {
                refuseInProduction(
                        "DASHBOARD_SECRETS_DIR: others may put files into the folder; chmod 0700 or 0750", dir);
            }
        } catch (IOException _) {
            // There is no folder, and so no secret: each that is needed is reported missing.
        }
    }

    private Optional<Secret> one(String key) {
        Path file = file(key);
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            // A link is followed, since Kubernetes mounts secrets so; what counts is where it leads.
            if (!Files.isRegularFile(file)) {
                faults.add(key + ": is not a file, or a link to none; replace it by a file with the secret (" + file
                        + ")");
                return Optional.empty();
            }
            if (Files.size(file) > MOST_BYTES) {
                faults.add(key + ": longer than " + MOST_BYTES + " bytes (" + file + ")");
                return Optional.empty();
            }
            checkReaders(key, file);
            checkOwner(key, file);
            return value(key, Files.readString(file, StandardCharsets.UTF_8).strip());
        } catch (CharacterCodingException e) {
            faults.add(key + ": is not text in UTF-8; write it in base64 (" + file + ")");
            return Optional.empty();
        } catch (IOException e) {
            faults.add(key + ": cannot be read by this server's user: "
                    + e.getClass().getSimpleName() + " (" + file + ")");
            return Optional.empty();
        }
    }

    private Optional<Secret> value(String key, String text) {
        if (text.isEmpty()) {
            notices.add(key + ": the file is empty and counts as missing file=" + file(key));
            return Optional.empty();
        }
        if (text.chars().anyMatch(c -> c <= ' ' || c == 0x7F)) {
            // Two values, or a comment above one; and it would end a header where it is sent.
            faults.add(key + ": holds white space or a line break inside; one secret a file, and nothing else ("
                    + file(key) + ")");
            return Optional.empty();
        }
        if (profile == Profile.PRODUCTION && SecretStrength.isWellKnown(text)) {
            String remedy = SIGNING_KEYS.contains(key) ? MAKE_ONE : "put the real one there";
            faults.add(key + ": holds a well-known default; " + remedy + " (" + file(key) + ")");
        }
        return Optional.of(new Secret(text));
    }

    private void checkReaders(String key, Path file) throws IOException {
        Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
        if (modes.contains(PosixFilePermission.OTHERS_READ)
                || modes.contains(PosixFilePermission.OTHERS_WRITE)
                || modes.contains(PosixFilePermission.GROUP_WRITE)) {
            refuseInProduction(key + ": the file can be read or changed by others; chmod 0400 or 0440", file);
        }
    }

    /** An owner may change the mode, whatever it is now. */
    private void checkOwner(String key, Path file) throws IOException {
        int owner = (int) Files.getAttribute(file, "unix:uid");
        if (owner != user && owner != ROOT) {
            refuseInProduction(
                    key + ": the file belongs to user " + owner + ", and the server runs as " + user + "; chown "
                            + user,
                    file);
        }
    }

    private void refuseInProduction(String what, Path where) {
        if (profile == Profile.PRODUCTION) {
            faults.add(what + " (" + where + ")");
        } else {
            notices.add(what + " file=" + where);
        }
    }

    private void checkSigningKey(String key, String value) {
        if (value.getBytes(StandardCharsets.UTF_8).length < LEAST_BYTES) {
            faults.add(key + ": shorter than " + LEAST_BYTES + " bytes; " + MAKE_ONE + " (" + file(key) + ")");
        } else if (profile == Profile.PRODUCTION && SecretStrength.isRegular(value)) {
            faults.add(key + ": too regular to be random; " + MAKE_ONE + " (" + file(key) + ")");
        }
    }

    private Secret missingJwt() {
        if (profile == Profile.DEV) {
            notices.add("jwt-secret: no file, so a random one was made; every sign-in ends at a restart file="
                    + file("jwt-secret"));
        } else {
            faults.add("jwt-secret: missing; " + MAKE_ONE + " (" + file("jwt-secret") + ")");
        }
        byte[] random = new byte[48];
        new SecureRandom().nextBytes(random);
        return new Secret(HexFormat.of().formatHex(random));
    }

    private Path file(String key) {
        return dir.resolve(key.replace('-', '_'));
    }
}
