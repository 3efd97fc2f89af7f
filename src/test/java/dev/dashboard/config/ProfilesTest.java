package dev.dashboard.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.dashboard.config.AppConfig.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What holds in production, and in what the other environments differ, written down: a change of it is seen where it is reviewed. The
 * files as packaged, with nothing in the environment.
 */
class ProfilesTest {
    private static final Path GOLDEN = Path.of("src/test/resources/config");
    private static final String WRITE = "golden";
    private static final String COMMAND = "mvn -o -Dweb.skip -Dtest=ProfilesTest -D" + WRITE + "=write test";

    /** They say where this test has its secrets. */
    private static final Set<String> OF_THE_TEST = Set.of("secrets-dir", "config-dir");

    @TempDir
    private Path secrets;

    @BeforeEach
    void secret() throws IOException {
        Path file =
                Files.writeString(secrets.resolve("jwt_secret"), "q3Zt7vK1mW9xB5nR2cY8dF" + "4hJ6gL0pSaTuVeXiOw+/Nz");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private Map<String, String> values(String profile) {
        AppConfig config = ConfigLoader.load(
                Map.of(), Map.of("DASHBOARD_PROFILE", profile, "DASHBOARD_SECRETS_DIR", secrets.toString()));
        Map<String, String> values = new TreeMap<>();
        for (Setting setting : config.effective()) {
            if (!OF_THE_TEST.contains(setting.key()) && !SecretFiles.KEYS.contains(setting.key())) {
                values.put(setting.key(), setting.value());
            }
        }
        return values;
    }

    @Test
    void whatHoldsInProductionIsWrittenDown() throws IOException {
        List<String> lines = new ArrayList<>();
        values("production").forEach((key, value) -> lines.add(key + ": " + quoted(value)));
        compare("production.txt", lines);
    }

    @Test
    void inWhatStagingDiffersFromProductionIsWrittenDown() throws IOException {
        compare("staging-production.txt", differences(values("staging"), values("production")));
    }

    @Test
    void inWhatDevDiffersFromStagingIsWrittenDown() throws IOException {
        compare("dev-staging.txt", differences(values("dev"), values("staging")));
    }

    private static List<String> differences(Map<String, String> from, Map<String, String> to) {
        assertEquals(from.keySet(), to.keySet(), "each profile has a value for every key");
        List<String> lines = new ArrayList<>();
        from.forEach((key, value) -> {
            if (!value.equals(to.get(key))) {
                lines.add(key + ": " + quoted(value) + " -> " + quoted(to.get(key)));
            }
        });
        return lines;
    }

    private static String quoted(String value) {
        return value.isEmpty() ? "\"\"" : value;
    }

    /** Line by line: what is no longer so, and what is so now. */
    private static void compare(String name, List<String> now) throws IOException {
        Path file = GOLDEN.resolve(name);
        if (System.getProperty(WRITE, "").equals("write")) {
            Files.createDirectories(GOLDEN);
            Files.write(file, now);
            return;
        }
        List<String> written = Files.exists(file) ? Files.readAllLines(file) : List.of();
        List<String> difference = new ArrayList<>();
        written.stream().filter(line -> !now.contains(line)).forEach(line -> difference.add("- " + line));
        now.stream().filter(line -> !written.contains(line)).forEach(line -> difference.add("+ " + line));
        if (!now.equals(written)) {
            fail(file + " says otherwise:\n" + String.join("\n", difference)
                    + "\nIf this is wanted, write it down anew and look at the change: " + COMMAND);
        }
    }
}
