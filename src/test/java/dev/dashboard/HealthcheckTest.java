package dev.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the check makes of whatever answers; {@code HealthcheckIT} has the real server and the real time it takes. */
@Timeout(60)
class HealthcheckTest {
    private static final Duration SHORT = Duration.ofMillis(700);
    private static final String DEGRADED = "{\"status\":\"UP\",\"checks\":[{\"name\":\"dashboard\",\"data\":"
            + "{\"degraded\":true,\"journal\":\"ok\",\"cli\":\"no claude\\non the PATH\"}}]}";
    private static final String DOWN = "{\"status\":\"DOWN\",\"checks\":[{\"name\":\"dashboard\",\"data\":"
            + "{\"degraded\":true,\"failed\":\"journal, disk\",\"draining\":\"ok\",\"journal\":\"cannot be written\","
            + "\"disk\":\"1 MiB free\",\"cli\":\"none\"}}]}";

    private ServerSocket server;
    private final CompletableFuture<String> request = new CompletableFuture<>();
    private String said;

    /** How a peer answers once it has the request. */
    private interface Answer {
        void to(OutputStream out) throws IOException, InterruptedException;
    }

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private void answering(Answer answer) {
        Thread.ofPlatform().daemon(true).start(() -> {
            try (Socket socket = server.accept()) {
                byte[] bytes = new byte[4096];
                int count = socket.getInputStream().read(bytes);
                request.complete(new String(bytes, 0, count, StandardCharsets.US_ASCII));
                answer.to(socket.getOutputStream());
            } catch (IOException | InterruptedException e) {
                request.completeExceptionally(e);
            }
        });
    }

    private static Answer http(int status, String body) {
        return out -> out.write(("HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII));
    }

    private int check(Duration deadline, Map<String, String> environment, String... arguments) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String[] args = new String[arguments.length + 1];
        args[0] = "healthcheck";
        System.arraycopy(arguments, 0, args, 1, arguments.length);
        int code =
                new Healthcheck(environment, new PrintStream(out, true, StandardCharsets.UTF_8), deadline).check(args);
        said = out.toString(StandardCharsets.UTF_8).stripTrailing();
        return code;
    }

    private int check() throws Exception {
        return check(
                Duration.ofSeconds(10), Map.of("DASHBOARD_MANAGEMENT_PORT", Integer.toString(server.getLocalPort())));
    }

    @Test
    void asksTheManagementPortOfTheEnvironmentInTheWayThatTheServerUnderstands() throws Exception {
        answering(http(200, "{\"status\":\"UP\"}"));

        assertEquals(0, check(), said);

        assertEquals("ready", said);
        assertEquals(
                "GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:" + server.getLocalPort()
                        + "\r\nConnection: close\r\n\r\n",
                request.join());
    }

    /** In an environment with monitoring the port is not on loopback. */
    @Test
    void asksTheHostThatTheServerListensOn() throws Exception {
        server.close();
        server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.2"));
        String port = Integer.toString(server.getLocalPort());
        answering(http(200, "{\"status\":\"UP\"}"));

        assertEquals(
                0,
                check(
                        Duration.ofSeconds(10),
                        Map.of("DASHBOARD_MANAGEMENT_HOST", "127.0.0.2", "DASHBOARD_MANAGEMENT_PORT", port)),
                said);
        assertTrue(request.join().contains("\r\nHost: 127.0.0.2:" + port + "\r\n"), request.join());
    }

    @Test
    void aServerOnAllAddressesIsAskedOnLoopback() throws Exception {
        answering(http(200, "{\"status\":\"UP\"}"));

        assertEquals(
                0,
                check(
                        Duration.ofSeconds(10),
                        Map.of(
                                "DASHBOARD_MANAGEMENT_HOST",
                                "0.0.0.0",
                                "DASHBOARD_MANAGEMENT_PORT",
                                Integer.toString(server.getLocalPort()))),
                said);
        assertTrue(request.join().contains("\r\nHost: 127.0.0.1:"), request.join());
    }

    @Test
    void theUsualPortAndTheDeadlineAreThoseThatAreDocumented() {
        Config defaults = Config.builder()
                .disableEnvironmentVariablesSource()
                .disableSystemPropertiesSource()
                .addSource(ConfigSources.file("config/application.yaml"))
                .build();
        assertEquals(defaults.get("management.port").asInt().get(), Healthcheck.DEFAULT_PORT);
        assertEquals(Duration.ofSeconds(5), Healthcheck.DEADLINE);
    }

    @Test
    void tellsWhatFailsAndNotWhatIsOnlyDegraded() throws Exception {
        answering(http(503, DOWN));

        assertEquals(1, check());
        assertEquals("not ready, HTTP 503: journal: cannot be written; disk: 1 MiB free", sorted(said));
    }

    /** The order of JSON's members means nothing. */
    private static String sorted(String line) {
        return line.replace(
                "disk: 1 MiB free; journal: cannot be written", "journal: cannot be written; disk: 1 MiB free");
    }

    @Test
    void aDegradedServerIsWellAndToldInOneLine() throws Exception {
        answering(http(200, DEGRADED));

        assertEquals(0, check());
        assertEquals("ready, degraded: cli: no claude on the PATH", said);
    }

    @Test
    void anAnswerWithoutDetailsIsJudgedByItsStatus() throws Exception {
        answering(http(503, "{\"status\":\"DOWN\"}"));

        assertEquals(1, check());
        assertEquals("not ready, HTTP 503", said);
    }

    @Test
    void anAddressIsAskedAsItIsGiven() throws Exception {
        answering(http(404, "<html>"));

        assertEquals(
                1,
                check(
                        Duration.ofSeconds(10),
                        Map.of("DASHBOARD_MANAGEMENT_PORT", "1"),
                        "--url",
                        "http://localhost:" + server.getLocalPort() + "/other?x=1"));

        assertEquals("not ready, HTTP 404", said);
        assertTrue(request.join().startsWith("GET /other?x=1 HTTP/1.1\r\n"), request.join());
    }

    @Test
    void whatIsNoHttpOrNothingIsNotWell() throws Exception {
        answering(out -> out.write("SSH-2.0-OpenSSH\r\n".getBytes(StandardCharsets.US_ASCII)));
        assertEquals(1, check());
        assertEquals("no answer: what answers does not speak HTTP", said);

        answering(_ -> {});
        assertEquals(1, check());
        assertEquals("no answer: the connection was closed", said);
    }

    @Test
    void nobodyThereIsNotWell() throws Exception {
        server.close();

        assertEquals(1, check());
        assertEquals("no answer: Connection refused", said);
    }

    @Test
    void whoeverIsSilentOrDripsIsLeftAtTheDeadline() throws Exception {
        Map<String, String> environment = Map.of("DASHBOARD_MANAGEMENT_PORT", Integer.toString(server.getLocalPort()));
        answering(_ -> Thread.sleep(Duration.ofSeconds(30)));
        assertEquals(1, within(() -> check(SHORT, environment)));
        assertEquals("no answer within 700 ms", said);

        answering(out -> {
            for (char letter : "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n".toCharArray()) {
                out.write(letter);
                Thread.sleep(100);
            }
        });
        assertEquals(1, within(() -> check(SHORT, environment)));
        assertEquals("no answer within 700 ms", said);
    }

    private interface Check {
        int code() throws Exception;
    }

    private static int within(Check check) throws Exception {
        long start = System.nanoTime();
        int code = check.code();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        assertTrue(took.compareTo(SHORT) >= 0 && took.compareTo(Duration.ofSeconds(5)) < 0, took::toString);
        return code;
    }

    @Test
    void anEndlessAnswerIsNotRead() throws Exception {
        answering(out -> {
            byte[] more = "HTTP/1.1 503 X\r\n".repeat(1000).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 1000; i++) {
                out.write(more);
            }
        });

        assertEquals(1, check());
        assertEquals("not ready, HTTP 503", said);
    }

    @Test
    void aSocketThatNobodyListensAtIsNotWell(@TempDir Path dir) throws Exception {
        Path socket = dir.resolve("runner.sock");
        assertEquals(1, check(SHORT, Map.of(), "--socket", socket.toString()));
        assertTrue(said.startsWith("No runner answers at " + socket), said);

        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(socket));
            assertEquals(1, check(SHORT, Map.of(), "--socket", socket.toString()));
            assertEquals("no answer within 700 ms", said, "accepted by the kernel, and by nobody else");
        }
    }

    @Test
    void wrongUsageIsToldApartFromAnUnwellServer() throws Exception {
        assertEquals(64, check(SHORT, Map.of(), "now"));
        assertEquals(64, check(SHORT, Map.of(), "--url"));
        assertEquals(64, check(SHORT, Map.of(), "--url", "http://127.0.0.1:1", "--socket", "x"));
        assertEquals(64, check(SHORT, Map.of(), "--url", "https://127.0.0.1"));
        assertEquals(64, check(SHORT, Map.of(), "--url", "http://a b"));
        assertEquals(64, check(SHORT, Map.of(), "--url", "http://who@127.0.0.1"));
        assertEquals(64, check(SHORT, Map.of(), "--socket", "\0"));
        assertEquals(64, check(SHORT, Map.of("DASHBOARD_MANAGEMENT_PORT", "0")));
        assertEquals(64, check(SHORT, Map.of("DASHBOARD_MANAGEMENT_PORT", "http")));
        assertEquals(64, check(SHORT, Map.of("DASHBOARD_MANAGEMENT_HOST", "no host")));
        assertEquals(0, check(SHORT, Map.of(), "--help"));
        assertTrue(said.startsWith("usage: healthcheck "), said);
    }
}
