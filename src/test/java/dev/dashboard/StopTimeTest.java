package dev.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.config.AppConfig;
import dev.dashboard.config.Configurations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stop must be over before a container is killed. */
class StopTimeTest {
    /** {@code stop_grace_period} of the compose files. */
    private static final Duration GRACE = Duration.ofSeconds(40);

    @TempDir
    private Path folder;

    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void secrets() throws IOException {
        Path secrets = Files.createDirectory(
                folder.resolve("secrets"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        byte[] key = new byte[48];
        new SecureRandom().nextBytes(key);
        for (String name : new String[] {"jwt_secret", "runner_key"}) {
            Path secret =
                    Files.writeString(secrets.resolve(name), Base64.getEncoder().encodeToString(key));
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("r--------"));
        }
        environment.put("DASHBOARD_SECRETS_DIR", secrets.toString());
    }

    private AppConfig of(String profile) {
        environment.put("DASHBOARD_PROFILE", profile);
        return Configurations.of(environment);
    }

    @Test
    void theUsualStopOfProductionFitsIntoTheGraceOfItsContainer() {
        AppConfig config = of("production");

        assertEquals(Duration.ofSeconds(2), config.server().drainHold());
        assertEquals(Duration.ofSeconds(20), config.server().drainTurns());
        assertTrue(App.longestStop(config).compareTo(GRACE) < 0, "takes " + App.longestStop(config));
    }

    @Test
    void allStepsCount() {
        Duration usual = App.longestStop(of("production"));
        environment.put("DASHBOARD_SERVER_DRAIN_HOLD", "PT3S");
        environment.put("DASHBOARD_SERVER_DRAIN_TURNS", "PT22S");
        environment.put("DASHBOARD_CLI_STOP_INTERRUPT", "PT6S");
        environment.put("DASHBOARD_CLI_STOP_END_OF_INPUT", "PT6S");
        environment.put("DASHBOARD_CLI_STOP_TERMINATE", "PT10S");

        assertEquals(usual.plusSeconds(1 + 2 + 3 + 4 + 5), App.longestStop(of("production")));
    }

    @Test
    void withARunnerNoTurnIsWaitedFor() {
        Duration alone = App.longestStop(of("production"));
        environment.put("DASHBOARD_RUNNER_SOCKET", folder.resolve("runner.sock").toString());

        assertEquals(alone.minusSeconds(20), App.longestStop(of("production")));
    }

    @Test
    void onAPrivateMachineNothingIsWaitedFor() {
        AppConfig config = of("dev");

        assertEquals(Duration.ZERO, config.server().drainHold());
        assertEquals(Duration.ZERO, config.server().drainTurns());
    }
}
