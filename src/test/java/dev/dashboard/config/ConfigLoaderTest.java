package dev.dashboard.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.config.AppConfig.Profile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
    private static final String GOOD = "q3Zt7vK1mW9xB5nR2cY8dF4hJ6gL0pSaTuVeXiOw+/Nz";

    @TempDir
    Path dir;

    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> properties = new HashMap<>();

    @BeforeEach
    void pointAtFolders() throws IOException {
        Files.createDirectories(dir.resolve("secrets"));
        Files.createDirectories(dir.resolve("config"));
        environment.put("DASHBOARD_SECRETS_DIR", dir.resolve("secrets").toString());
        environment.put("DASHBOARD_CONFIG_DIR", dir.resolve("config").toString());
    }

    @Test
    void everyDefaultIsPinned() {
        AppConfig config = load();

        assertEquals(Profile.DEV, config.profile());
        assertEquals(
                new AppConfig.Server(
                        "127.0.0.1",
                        8080,
                        List.of("localhost", "127.0.0.1", "[::1]"),
                        List.of(),
                        Optional.empty(),
                        // of application-dev.yaml; application.yaml says 2 s and 20 s
                        Duration.ZERO,
                        Duration.ZERO),
                config.server());
        assertEquals(new AppConfig.Management("127.0.0.1", 9090), config.management());
        assertEquals(Path.of("data").toAbsolutePath(), config.dataDir());
        assertEquals(List.of(), config.projectRoots());
        assertFalse(config.demo());
        assertEquals(1.0, config.demoPace());
        assertEquals(
                new AppConfig.Cli(
                        Optional.empty(),
                        20,
                        0,
                        200,
                        10,
                        Duration.ofMinutes(10),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(2),
                        false,
                        Duration.ofSeconds(30),
                        List.of("user"),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(2)),
                config.cli());
        assertEquals(Optional.empty(), config.auditAnchor());
        assertEquals("team-read", config.sessionSharing());
        assertEquals(Duration.ZERO, config.approvalsExpireAfter());
        assertEquals(Optional.empty(), config.modelBaseUrl());
        assertEquals(new AppConfig.Gateway(true, "127.0.0.1", 0, Optional.empty(), 100), config.gateway());
        assertEquals(
                new AppConfig.Auth(Duration.ofMinutes(15), Duration.ofDays(7), Duration.ofDays(30), 5, 20),
                config.auth());
        assertEquals(
                new AppConfig.Limits(256 << 10, 1 << 20, 16 << 10, Duration.ofSeconds(10), 3_000, 300, 256L << 20),
                config.limits());
        assertEquals(new AppConfig.Stream(Duration.ofSeconds(15), Duration.ofSeconds(30), 2_000, 50), config.stream());
        assertEquals(new AppConfig.Log("INFO", true), config.log());
        assertEquals(Optional.empty(), config.tracesUrl());
        assertEquals(new AppConfig.Housekeeping(true, 3, 16 << 20, 16 << 20), config.housekeeping());
        assertEquals(Optional.empty(), config.secrets().anthropicApiKey());
    }

    @Test
    void systemPropertyBeatsEnvironmentBeatsProfileBeatsBase() throws IOException {
        write("config/application.yaml", "server: {port: 1, host: 127.0.0.2}\nstream: {per-person: 1}\n");
        write("config/application-dev.yaml", "server: {port: 2}\nstream: {per-person: 2}\n");
        environment.put("DASHBOARD_SERVER_PORT", "3");
        properties.put("server.port", "4");

        AppConfig config = load();

        assertEquals(4, config.server().port());
        assertEquals(2, config.stream().perPerson());
        assertEquals("127.0.0.2", config.server().host());
    }

    @Test
    void environmentReplacesListsByCommasAndReadsEveryKind() {
        environment.put("DASHBOARD_PROJECTS_ROOTS", "/srv/a, /srv/b");
        environment.put("DASHBOARD_SERVER_TRUSTED_PROXIES", "10.0.0.0/8,::1");
        environment.put("DASHBOARD_CLI_PATH", "/opt/with, comma/claude");
        environment.put("DASHBOARD_LIMITS_PROMPT", "1KiB");
        environment.put("DASHBOARD_DEMO", "true");
        environment.put("DASHBOARD_DEMO_PACE", "0.5");

        AppConfig config = load();

        assertEquals(List.of(Path.of("/srv/a"), Path.of("/srv/b")), config.projectRoots());
        assertEquals(
                Optional.of(Path.of("/opt/with, comma/claude")), config.cli().path());
        assertEquals(1024, config.limits().prompt());
        assertTrue(config.demo());
        assertEquals(0.5, config.demoPace());
        Network net = config.server().trustedProxies().getFirst();
        assertTrue(net.contains(InetAddress.ofLiteral("10.255.0.1")));
        assertFalse(net.contains(InetAddress.ofLiteral("11.0.0.1")));
    }

    @Test
    void everyFaultIsReportedAtOnceWithItsKeyAndOrigin() throws IOException {
        write(
                "config/application.yaml",
                "server: {prot: 1}\nlimits: {prompt: many}\njwt-secret: x\nodd: {list: [1]}\n");
        environment.put("DASHBOARD_SERVER_PORT", "70000");
        environment.put("DASHBOARD_SERVER_HOTS", "x");
        environment.put("DASHBOARD_ANTHROPIC_API_KEY", "sk-secret-value");
        environment.put("DASHBOARD_IMAGE", "not ours, and near to nothing");
        environment.put("DASHBOARD_SERVER_PUBLIC_URL", "ftp://x");
        properties.put("auth.access-token", "15 minutes");
        write("secrets/jwt_secret", "short");

        List<String> faults = faults();

        String file = dir.resolve("config/application.yaml").toString();
        assertFault(faults, "server.prot: no such key; did you mean server.port?", file);
        assertFault(faults, "limits.prompt: \"many\"", file);
        assertFault(faults, "jwt-secret: secrets come from files only", file);
        assertFault(faults, "odd.list: no such key", file);
        assertFault(faults, "server.port: \"70000\"", "environment DASHBOARD_SERVER_PORT");
        assertFault(faults, "DASHBOARD_SERVER_HOTS: no such key; did you mean DASHBOARD_SERVER_HOST?", "");
        assertFault(
                faults, "anthropic-api-key: secrets come from files only", "environment DASHBOARD_ANTHROPIC_API_KEY");
        assertFault(faults, "server.public-url: \"ftp://x\"", "DASHBOARD_SERVER_PUBLIC_URL");
        assertFault(faults, "auth.access-token: \"15 minutes\"", "system property");
        assertFault(faults, "jwt-secret: shorter than 32 bytes", "jwt_secret");
        assertEquals(10, faults.size(), faults::toString);
        assertFalse(faults.toString().contains("sk-secret-value"));
    }

    @Test
    void settingsThatNobodyHasLookedAtAreNotLoadedForAllProjects() {
        environment.put("DASHBOARD_CLI_SETTING_SOURCES", "user,project,local,other");

        List<String> faults = faults();

        assertFault(faults, "cli.setting-sources: \"project\" would load what nobody has looked at", "");
        assertFault(faults, "cli.setting-sources: \"local\" would load what nobody has looked at", "");
        assertFault(faults, "cli.setting-sources: \"other\" is not user", "");
    }

    @Test
    void brokenYamlAndUnknownProfileAreFaults() throws IOException {
        write("config/application.yaml", "server: [\n");
        environment.put("DASHBOARD_PROFILE", "prod");

        List<String> faults = faults();

        assertFault(faults, "cannot be read as YAML", "");
        assertFault(faults, "DASHBOARD_PROFILE: \"prod\" is not one of dev, staging, production", "");
    }

    @Test
    void theGatewayIsOnLoopbackOrCanBeFoundElsewhere() {
        environment.put("DASHBOARD_GATEWAY_HOST", "0.0.0.0");
        environment.put("DASHBOARD_GATEWAY_PORT", "-1");
        environment.put("DASHBOARD_GATEWAY_MAX_REQUESTS", "0");
        List<String> faults = faults();
        assertFault(faults, "gateway.port: \"-1\"", "environment DASHBOARD_GATEWAY_PORT");
        assertFault(faults, "gateway.max-requests: \"0\"", "environment DASHBOARD_GATEWAY_MAX_REQUESTS");

        environment.remove("DASHBOARD_GATEWAY_PORT");
        environment.remove("DASHBOARD_GATEWAY_MAX_REQUESTS");
        assertFault(faults(), "gateway.url: must be the address by which a CLI comes to gateway.host 0.0.0.0", "");

        environment.put("DASHBOARD_GATEWAY_URL", "http://dashboard:8090");
        assertEquals(
                Optional.of(URI.create("http://dashboard:8090")),
                load().gateway().url());
    }

    @Test
    void aRunnerNeedsItsKeyAndTheGatewayForTheModels() throws IOException {
        environment.put("DASHBOARD_RUNNER_SOCKET", "/run/dashboard/runner.sock");
        environment.put("DASHBOARD_RUNNER_PATIENCE", "PT0S");
        assertFault(faults(), "runner.patience: \"PT0S\"", "environment DASHBOARD_RUNNER_PATIENCE");

        environment.put("DASHBOARD_RUNNER_PATIENCE", "PT5S");
        assertFault(faults(), "runner-key: missing, and runner.socket needs it", "runner_key");

        write("secrets/runner_key", "a-key-" + "of-a-test-0123456789");
        write("secrets/anthropic_api_key", "sk-ant-" + "of-a-test-0123456789");
        environment.put("DASHBOARD_GATEWAY_ENABLED", "false");
        assertFault(faults(), "gateway.enabled: must be true with runner.socket and an API key", "");

        environment.remove("DASHBOARD_GATEWAY_ENABLED");
        AppConfig.Runner runner = load().runner();
        assertEquals(Optional.of(Path.of("/run/dashboard/runner.sock")), runner.socket());
        assertEquals(Duration.ofSeconds(5), runner.patience());
        assertEquals("present", load().settings().get("runner-key"));
    }

    @Test
    void aKeyThatCommandsCanReadIsANotice() throws IOException {
        String notice = "gateway.enabled: without the gateway every command that the model runs can read the API key";
        write("secrets/anthropic_api_key", "sk-ant-" + "of-a-test-0123456789");
        assertFalse(load().notices().contains(notice));

        environment.put("DASHBOARD_GATEWAY_ENABLED", "false");
        assertTrue(load().notices().contains(notice));
    }

    @Test
    void productionRefusesWhatIsUnsafe() throws IOException {
        environment.put("DASHBOARD_PROFILE", "production");
        environment.put("DASHBOARD_DEMO", "true");
        environment.put("DASHBOARD_SERVER_HOST", "0.0.0.0");
        environment.put("DASHBOARD_SERVER_PUBLIC_URL", "http://dashboard.example.org");
        environment.put("DASHBOARD_MODEL_BASE_URL", "http://gateway.example.org");

        List<String> faults = faults();

        assertFault(faults, "jwt-secret: missing", "");
        assertFault(faults, "demo: not allowed in production", "");
        assertFault(faults, "server.host: 0.0.0.0 is open to the network", "");
        assertFault(faults, "server.public-url: must be the https address", "");
        assertFault(faults, "model.base-url: must be https", "");
    }

    /** Neither has a sign-in of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"management.host", "gateway.host"})
    void productionListensInsideOnly(String key) throws IOException {
        write("secrets/jwt_secret", GOOD);
        environment.put("DASHBOARD_PROFILE", "production");
        environment.put("DASHBOARD_GATEWAY_URL", "http://dashboard:8090");
        for (String inside :
                List.of("127.0.0.1", "localhost", "::1", "10.1.2.3", "172.20.0.2", "192.168.1.1", "fd00::2")) {
            assertEquals(List.of(), refusals(key, inside), inside);
        }
        assertFault(refusals(key, "203.0.113.5"), key + ": 203.0.113.5 would be open to the public at 203.0.113.5", "");
        assertFault(refusals(key, "2001:db8::5"), key + ": 2001:db8::5 would be open to the public", "");
        assertFault(refusals(key, "172.32.0.1"), key + ": 172.32.0.1 would be open to the public", "");
        assertFault(refusals(key, "dashboard"), key + ": dashboard must be an address in production", "");

        // All addresses: judged by which those are.
        for (String all : List.of("0.0.0.0", "::")) {
            assertEquals(List.of(), refusals(key, all, "127.0.0.1", "172.20.0.2", "fe80::1"), all);
            assertFault(
                    refusals(key, all, "127.0.0.1", "203.0.113.5"),
                    key + ": " + all + " would be open to the public at 203.0.113.5",
                    "");
        }
        environment.put("DASHBOARD_PROFILE", "staging");
        assertEquals(List.of(), refusals(key, "203.0.113.5"));
    }

    private List<String> refusals(String key, String host, String... own) {
        properties.put(key, "127.0.0.1");
        AppConfig config = load();
        AppConfig changed = new AppConfig(
                config.profile(),
                config.server(),
                key.startsWith("management") ? new AppConfig.Management(host, 9090) : config.management(),
                config.dataDir(),
                config.projectRoots(),
                config.auditAnchor(),
                config.demo(),
                config.demoPace(),
                config.cli(),
                config.runner(),
                config.sessionSharing(),
                config.approvalsExpireAfter(),
                config.modelBaseUrl(),
                key.startsWith("gateway")
                        ? new AppConfig.Gateway(
                                true, host, 8090, config.gateway().url(), 100)
                        : config.gateway(),
                config.auth(),
                config.limits(),
                config.stream(),
                config.log(),
                config.tracesUrl(),
                config.housekeeping(),
                config.secrets(),
                config.settings(),
                config.effective(),
                config.notices());
        List<String> faults = new ArrayList<>();
        Refusals.check(changed, () -> Stream.of(own).map(InetAddress::ofLiteral).toList(), faults);
        return faults;
    }

    /** The rule is asked, with this machine's own addresses. */
    @Test
    void productionIsAskedAtTheStart() throws IOException {
        write("secrets/jwt_secret", GOOD);
        environment.put("DASHBOARD_PROFILE", "production");
        environment.put("DASHBOARD_MANAGEMENT_HOST", "203.0.113.5");
        environment.put("DASHBOARD_GATEWAY_HOST", "203.0.113.6");
        environment.put("DASHBOARD_GATEWAY_URL", "http://dashboard:8090");

        List<String> faults = faults();
        assertFault(faults, "management.host: 203.0.113.5 would be open to the public", "");
        assertFault(faults, "gateway.host: 203.0.113.6 would be open to the public", "");
        assertTrue(Refusals.ownAddresses().contains(InetAddress.ofLiteral("127.0.0.1")));

        environment.put("DASHBOARD_GATEWAY_ENABLED", "false");
        assertEquals(1, faults().size());
    }

    @Test
    void stagingIsProductionButForTheDemoAndTheRefusals() throws IOException {
        environment.put("DASHBOARD_PROFILE", "staging");
        environment.put("DASHBOARD_DEMO", "true");
        assertFault(faults(), "jwt-secret: missing", "");

        write("secrets/jwt_secret", GOOD);
        assertTrue(load().demo());
    }

    @Test
    void productionTakesWhatIsSafe() throws IOException {
        write("secrets/jwt_secret", GOOD);
        environment.put("DASHBOARD_PROFILE", "production");
        environment.put("DASHBOARD_SERVER_HOST", "0.0.0.0");
        environment.put("DASHBOARD_SERVER_TRUSTED_PROXIES", "10.0.0.0/8");
        environment.put("DASHBOARD_SERVER_PUBLIC_URL", "https://dashboard.example.org");
        environment.put("DASHBOARD_MODEL_BASE_URL", "http://127.0.0.1:8787");

        assertEquals(AppConfig.Profile.PRODUCTION, load().profile());
    }

    @Test
    void secretsAreNeverPrinted() throws IOException {
        write("secrets/jwt_secret", GOOD);
        write("secrets/anthropic_api_key", "sk-key");

        AppConfig config = load();

        assertEquals("sk-key", config.secrets().anthropicApiKey().orElseThrow().reveal());
        assertFalse(config.toString().contains(GOOD));
        assertFalse(config.toString().contains("sk-key"));
    }

    @Test
    void allSettingsCanBeShownAsTextAndSecretsByTheirPresence() throws IOException {
        write("secrets/jwt_secret", GOOD);
        write("secrets/anthropic_api_key", "sk-key");
        environment.put("DASHBOARD_SERVER_PORT", "8099");

        Map<String, String> settings = load().settings();

        assertEquals("8099", settings.get("server.port"));
        assertEquals("", settings.get("model.base-url"));
        assertEquals("dev", settings.get("profile"));
        assertEquals("present", settings.get("anthropic-api-key"));
        assertEquals("missing", settings.get("claude-code-oauth-token"));
        assertFalse(settings.containsValue(GOOD));
        assertFalse(settings.containsValue("sk-key"));
        assertTrue(settings.keySet().containsAll(Values.KEYS));
    }

    @Test
    void eachValueSaysWhereItCameFrom() throws IOException {
        write("secrets/jwt_secret", GOOD);
        Path file = write("config/application-staging.yaml", "stream: {per-person: 7}\n");
        environment.put("DASHBOARD_PROFILE", "staging");
        environment.put("DASHBOARD_SERVER_TRUSTED_PROXIES", "10.0.0.0/8,::1");
        properties.put("server.port", "8099");

        AppConfig config = load();

        assertSetting(config, "server.port", "8099", "system property");
        assertSetting(
                config, "server.trusted-proxies", "10.0.0.0/8,::1", "environment DASHBOARD_SERVER_TRUSTED_PROXIES");
        assertSetting(config, "stream.per-person", "7", file.toString());
        assertSetting(config, "data.dir", "/data", "application-staging.yaml");
        assertSetting(config, "management.port", "9090", "default");
        assertSetting(config, "model.base-url", "", "default");
        assertSetting(config, "profile", "staging", "environment DASHBOARD_PROFILE");
        assertSetting(config, "secrets-dir", dir.resolve("secrets").toString(), "environment DASHBOARD_SECRETS_DIR");
        assertSetting(
                config,
                "jwt-secret",
                "present",
                dir.resolve("secrets/jwt_secret").toString());
        assertSetting(
                config,
                "anthropic-api-key",
                "missing",
                dir.resolve("secrets/anthropic_api_key").toString());
        assertFalse(config.effective().toString().contains(GOOD));
        List<String> keys =
                config.effective().stream().map(AppConfig.Setting::key).toList();
        assertEquals(keys.stream().sorted().toList(), keys);
        Set<String> all = new TreeSet<>(Values.KEYS);
        all.addAll(SecretFiles.KEYS);
        all.addAll(List.of("profile", "config-dir", "secrets-dir"));
        assertEquals(List.copyOf(all), keys);
    }

    /** A secret that a private machine made up for itself is in no file. */
    @Test
    void aSecretThatWasMadeUpIsMissing() {
        assertSetting(
                load(),
                "jwt-secret",
                "missing",
                dir.resolve("secrets/jwt_secret").toString());
        assertSetting(load(), "profile", "dev", "default");
    }

    private static void assertSetting(AppConfig config, String key, String value, String source) {
        assertEquals(
                List.of(new AppConfig.Setting(key, value, source)),
                config.effective().stream()
                        .filter(setting -> setting.key().equals(key))
                        .toList());
    }

    private AppConfig load() {
        return ConfigLoader.load(properties, environment);
    }

    private List<String> faults() {
        return assertThrows(ConfigFaults.class, this::load).faults();
    }

    private static void assertFault(List<String> faults, String start, String origin) {
        assertTrue(
                faults.stream().anyMatch(fault -> fault.contains(start) && fault.contains(origin)),
                () -> "no fault with \"" + start + "\" and \"" + origin + "\" in " + faults);
    }

    private Path write(String name, String text) throws IOException {
        Path file = dir.resolve(name);
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
