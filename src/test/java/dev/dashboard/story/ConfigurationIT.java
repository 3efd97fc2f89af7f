package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.RunningDashboard;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an administrator is shown of a real server's configuration, and what not even an administrator is. */
class ConfigurationIT {
    private static final String PASSWORD = "hunter" + "-of-nothing";
    private static final String KEY = "sk-" + "ant-" + "of-a-test-0123456789abcdef";

    @TempDir
    private Path scratch;

    @Test
    void eachValueIsShownWithItsSourceAndNoSecretIs() throws Exception {
        Path secrets = RunningDashboard.secretsOf(scratch.toRealPath());
        RunningDashboard.secret(secrets.resolve("anthropic_api_key"), KEY);
        try (RunningDashboard dashboard = RunningDashboard.start(
                        Path.of("").toAbsolutePath(),
                        scratch,
                        Map.of(
                                "DASHBOARD_CLI_PATH",
                                "/nowhere/claude",
                                // No secret belongs into either, and neither is looked at here.
                                "DASHBOARD_RUNNER_USER",
                                "https://somebody:" + PASSWORD + "@example.org",
                                "DASHBOARD_AUDIT_ANCHOR",
                                scratch.resolve(KEY).toString()));
                var admin = dashboard.administrator()) {
            JsonObject system = admin.get("/system").expect(200);
            Map<String, JsonObject> shown = new HashMap<>();
            system.getJsonArray("configuration")
                    .getValuesAs(JsonObject.class)
                    .forEach(one -> shown.put(one.getString("key"), one));

            assertShown(shown, "cli.path", "/nowhere/claude", "environment DASHBOARD_CLI_PATH");
            assertShown(shown, "server.drain-hold", "PT0S", "environment DASHBOARD_SERVER_DRAIN_HOLD");
            assertShown(shown, "stream.per-person", "50", "default");
            assertShown(shown, "profile", "dev", "default");
            assertShown(
                    shown,
                    "jwt-secret",
                    "present",
                    secrets.resolve("jwt_secret").toString());
            assertShown(
                    shown,
                    "anthropic-api-key",
                    "present",
                    secrets.resolve("anthropic_api_key").toString());
            assertShown(
                    shown,
                    "runner-key",
                    "missing",
                    secrets.resolve("runner_key").toString());
            assertShown(
                    shown, "runner.user", "https://somebody:[masked]@example.org", "environment DASHBOARD_RUNNER_USER");

            String text = system.toString();
            assertTrue(text.contains("[masked]"), text);
            for (String secret : new String[] {
                Files.readString(secrets.resolve("jwt_secret")).strip(), KEY, PASSWORD
            }) {
                assertFalse(text.contains(secret), "a secret is shown");
            }
        }
    }

    private static void assertShown(Map<String, JsonObject> shown, String key, String value, String source) {
        assertEquals(value, shown.get(key).getString("value"), key);
        assertEquals(source, shown.get(key).getString("source"), key);
    }
}
