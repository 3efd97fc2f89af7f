package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.RunningDashboard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program asks the packaged program, as a container does every few seconds. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HealthcheckIT {
    /** As in the image, and with as little memory as a small container leaves. */
    private static final List<String> FLAGS =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx32m");

    /** Some ten times what it takes on a machine that is not busy. */
    private static final Duration SOON = Duration.ofSeconds(3);

    private record Answer(int code, List<String> lines, Duration took) {}

    @TempDir
    static Path scratch;

    private RunningDashboard dashboard;
    private String port;

    @BeforeAll
    void start() throws Exception {
        port = freePort();
        dashboard = RunningDashboard.start(
                Path.of("").toAbsolutePath(),
                Files.createDirectory(scratch.resolve("server")),
                Map.of("DASHBOARD_MANAGEMENT_PORT", port, "DASHBOARD_CLI_PATH", "/nowhere/claude"));
    }

    @AfterAll
    void close() {
        dashboard.close();
    }

    private static String freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Integer.toString(socket.getLocalPort());
        }
    }

    private Answer check(List<String> flags, String managementPort, String... arguments) throws Exception {
        Path output = Files.createTempFile(scratch, "healthcheck", ".txt");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-jar", "target/dashboard.jar", "healthcheck"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("DASHBOARD_MANAGEMENT_PORT", managementPort);
        long start = System.nanoTime();
        Process process = builder.start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return new Answer(process.exitValue(), Files.readAllLines(output), Duration.ofNanos(System.nanoTime() - start));
    }

    @Test
    void aServerThatIsReadyIsFoundReadySoon() throws Exception {
        Answer answer = check(FLAGS, port);

        assertEquals(0, answer.code(), answer::toString);
        assertEquals(1, answer.lines().size(), answer::toString);
        assertTrue(answer.lines().getFirst().startsWith("ready, degraded: "), answer::toString);
        assertTrue(answer.lines().getFirst().contains("cli: Claude CLI not found"), answer::toString);
        assertTrue(answer.took().compareTo(SOON) < 0, answer::toString);
    }

    /** The dashboard's own port tells no details, and JSON is then not needed. */
    @Test
    void whatTheCheckDoesNotNeedIsNotLoaded() throws Exception {
        List<String> flags = new ArrayList<>(FLAGS);
        flags.add("-Xlog:class+load");
        Answer answer = check(flags, port, "--url", dashboard.url() + "/health/ready");

        assertEquals(0, answer.code(), answer::toString);
        assertTrue(answer.lines().contains("ready"), answer::toString);
        String loaded = String.join("\n", answer.lines());
        assertTrue(loaded.contains("dev.dashboard.Healthcheck "), "the list is one of loaded classes");
        for (String part :
                List.of("io.helidon", "org.yaml", "jakarta.json", "ch.qos.logback", "org.slf4j", "org.sqlite")) {
            assertFalse(loaded.contains(" " + part + "."), part);
        }
    }

    @Test
    void aServerWhoseDiskIsFullIsNotReadyAndTheCheckSaysWhy() throws Exception {
        String other = freePort();
        try (RunningDashboard full = RunningDashboard.start(
                Path.of("").toAbsolutePath(),
                Files.createDirectory(scratch.resolve("full")),
                Map.of("DASHBOARD_MANAGEMENT_PORT", other, "DASHBOARD_LIMITS_DISK_FREE", "1000000000GiB"))) {
            Answer answer = check(FLAGS, other);

            assertEquals(1, answer.code(), answer::toString);
            assertEquals(1, answer.lines().size(), answer::toString);
            assertTrue(answer.lines().getFirst().startsWith("not ready, HTTP 503: disk: "), answer::toString);

            full.stop(Duration.ofSeconds(20));
            Answer gone = check(FLAGS, other);
            assertEquals(1, gone.code(), gone::toString);
            assertEquals(List.of("no answer: Connection refused"), gone.lines());
        }
    }

    @Test
    void wrongUsageEndsWithItsOwnCode() throws Exception {
        assertEquals(64, check(FLAGS, port, "--now").code());
    }
}
