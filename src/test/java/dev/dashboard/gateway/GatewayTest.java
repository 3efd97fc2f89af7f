package dev.dashboard.gateway;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.dashboard.event.Event;
import dev.dashboard.event.SessionId;
import dev.dashboard.observe.Metrics;
import dev.dashboard.problem.Problem;
import dev.dashboard.support.Await;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gateway by HTTP, between a client and a model that does what each test wants. */
@Timeout(60)
class GatewayTest {
    private static final String KEY = "sk-ant-" + "of-the-test-0123456789";
    private static final String LAUNCH = "6f2a1d3c-0000-4000-8000-000000000001";
    private static final SessionId SESSION = SessionId.parse("6f2a1d3c-0000-4000-8000-00000000000a");
    private static final int MIB = 1 << 20;

    private interface Script {
        void answer(HttpExchange exchange) throws Exception;
    }

    private final GatewayTokens tokens =
            new GatewayTokens("a secret of the test, " + "long enough for it", Optional.empty());
    private final Set<String> live = ConcurrentHashMap.newKeySet();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Gateway> opened = new ArrayList<>();
    private volatile Script script =
            exchange -> send(exchange, 200, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
    private final BlockingQueue<Event.ModelAnswered> recorded = new LinkedBlockingQueue<>();
    private volatile boolean journalFails;
    private HttpServer model;
    private Gateway gateway;

    @BeforeEach
    void start() throws IOException {
        live.add(LAUNCH);
        model = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        model.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        model.createContext("/", exchange -> {
            try (exchange) {
                script.answer(exchange);
            } catch (Exception e) {
                throw new IOException(e);
            }
        });
        model.start();
        gateway = gateway(URI.create("http://127.0.0.1:" + model.getAddress().getPort()), 4);
    }

    private Optional<SessionId> session(String launch) {
        return live.contains(launch) ? Optional.of(SESSION) : Optional.empty();
    }

    private void record(SessionId session, Event.ModelAnswered answered) {
        assertEquals(SESSION, session);
        recorded.add(answered);
        if (journalFails) {
            throw new Problem(Problem.Kind.UNAVAILABLE, "journal-unavailable", "the disk is full");
        }
    }

    private Gateway gateway(URI upstream, int maxRequests) {
        Gateway started = Gateway.start(
                new Gateway.Settings("127.0.0.1", 0, maxRequests),
                tokens,
                this::session,
                this::record,
                new Upstream(upstream, KEY),
                new Metrics());
        opened.add(started);
        return started;
    }

    @AfterEach
    void stop() {
        client.shutdownNow();
        for (Gateway part : opened) {
            part.close();
        }
        model.stop(0);
    }

    // ---- what passes

    @Test
    void aRequestAndItsAnswerPassUnchangedButForWhoAsks() throws Exception {
        byte[] prompt = noise(300_000);
        byte[] reply = noise(200_000);
        AtomicReference<Headers> seen = new AtomicReference<>();
        AtomicReference<String> target = new AtomicReference<>();
        AtomicReference<byte[]> body = new AtomicReference<>();
        script = exchange -> {
            seen.set(exchange.getRequestHeaders());
            target.set(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            body.set(exchange.getRequestBody().readAllBytes());
            exchange.getResponseHeaders().set("request-id", "req_7");
            exchange.getResponseHeaders().add("x-many", "one");
            exchange.getResponseHeaders().add("x-many", "two");
            exchange.getResponseHeaders().set("Keep-Alive", "timeout=5");
            send(exchange, 418, "application/octet-stream", reply);
        };

        HttpResponse<byte[]> answer = client.send(
                asked("/v1/messages?beta=true&x=%2F")
                        .header("anthropic-beta", "a,b")
                        .header("cookie", "a=b")
                        .header("accept-encoding", "gzip")
                        .POST(BodyPublishers.ofByteArray(prompt))
                        .build(),
                BodyHandlers.ofByteArray());

        assertEquals(418, answer.statusCode());
        assertArrayEquals(reply, answer.body());
        assertEquals(List.of("req_7"), answer.headers().allValues("request-id"));
        assertEquals(List.of("one", "two"), answer.headers().allValues("x-many"));
        assertEquals(List.of(), answer.headers().allValues("keep-alive"));
        assertEquals("POST /v1/messages?beta=true&x=%2F", target.get());
        assertArrayEquals(prompt, body.get());
        assertEquals(List.of("a,b"), seen.get().get("anthropic-beta"));
        assertEquals(List.of(KEY), seen.get().get("x-api-key"));
        assertEquals(List.of("identity"), seen.get().get("accept-encoding"));
        assertFalse(seen.get().containsKey("authorization"));
        assertFalse(seen.get().containsKey("cookie"));
        assertEquals("300000", seen.get().getFirst("content-length"));
    }

    @Test
    void aRedirectIsPassedOnAndNotFollowed() throws Exception {
        script = exchange -> {
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:9/");
            exchange.sendResponseHeaders(307, -1);
        };

        HttpResponse<String> answer = post(gateway, token(), "{}");

        assertEquals(307, answer.statusCode());
        assertEquals(Optional.of("http://127.0.0.1:9/"), answer.headers().firstValue("location"));
    }

    @Test
    void eachPieceOfAStreamPassesAtOnce() throws Exception {
        CountDownLatch firstSeen = new CountDownLatch(1);
        AtomicBoolean inTime = new AtomicBoolean();
        script = exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            OutputStream out = exchange.getResponseBody();
            out.write("event: ping\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            inTime.set(firstSeen.await(10, TimeUnit.SECONDS));
            out.write("event: more\n\n".getBytes(StandardCharsets.UTF_8));
            out.close();
        };

        HttpResponse<InputStream> answer = client.send(
                asked("/v1/messages").POST(BodyPublishers.ofString("{}")).build(), BodyHandlers.ofInputStream());
        assertEquals("event: ping\n\n", new String(answer.body().readNBytes(13), StandardCharsets.UTF_8));
        firstSeen.countDown();

        assertEquals("event: more\n\n", new String(answer.body().readAllBytes(), StandardCharsets.UTF_8));
        assertTrue(inTime.get(), "the first piece waited for the second");
    }

    @Test
    void whatAnAnswerTookIsRecordedAfterItAndNeverInItsWay() throws Exception {
        String said = "data: {\"type\":\"message_start\",\"message\":{\"model\":\"m-1\",\"usage\":{\"input_tokens\":3,"
                + "\"output_tokens\":1}}}\n\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":42}}\n\n";
        script = exchange -> send(exchange, 200, "text/event-stream", said.getBytes(StandardCharsets.UTF_8));

        for (boolean fails : new boolean[] {false, true}) {
            journalFails = fails;
            assertEquals(said, post(gateway, token(), "{}").body());
            Event.ModelAnswered answered = recorded.poll(10, TimeUnit.SECONDS);
            assertEquals(Optional.of("m-1"), answered.model());
            assertEquals(200, answered.status());
            assertEquals(new Event.Tokens(3, 42, 0, 0), answered.tokens());
        }
    }

    // ---- what is refused

    @Test
    void onlyTheTokenOfALiveLaunchIsAnswered() throws Exception {
        AtomicLong reached = new AtomicLong();
        script = exchange -> {
            reached.incrementAndGet();
            send(exchange, 200, "application/json", new byte[0]);
        };
        String other = "6f2a1d3c-0000-4000-8000-000000000002";
        for (String given : List.of("", "guessed", token() + "x", tokens.token(other), KEY)) {
            HttpResponse<String> answer = post(gateway, given, "x".repeat(MIB));
            assertEquals(401, answer.statusCode(), given);
            assertTrue(
                    answer.body().startsWith("{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\""),
                    answer.body());
        }
        live.remove(LAUNCH);
        assertEquals(401, post(gateway, token(), "{}").statusCode());
        assertEquals(0, reached.get());
    }

    @Test
    void nothingElseIsThere() throws Exception {
        for (String path :
                List.of("/", "/v1/models", "/v1/messages/batches", "/v1/messages/../models", "/v1/messages/")) {
            HttpRequest request =
                    asked(path).POST(BodyPublishers.ofString("{}")).build();
            assertTrue(
                    Set.of(404, 400)
                            .contains(client.send(request, BodyHandlers.ofString())
                                    .statusCode()),
                    path);
        }
        HttpResponse<String> answer = client.send(asked("/v1/messages").GET().build(), BodyHandlers.ofString());
        assertEquals(404, answer.statusCode());
        assertTrue(answer.body().contains("not_found_error"), answer.body());
    }

    @Test
    void aRequestThatIsTooLargeIsRefusedInTheShapeOfTheApi() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
            socket.getOutputStream()
                    .write(head("Content-Length: " + (Exchange.LONGEST_REQUEST + 1))
                            .getBytes(StandardCharsets.UTF_8));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 413"), answer);
            assertTrue(answer.contains("request_too_large"), answer);
        }
    }

    @Test
    void whatCannotBePassedOnIsRefusedInTheShapeOfTheApi() throws Exception {
        for (String head : List.of(
                head("Content-Length: 2").replace("/v1/messages ", "/v1/messages?a=|{ "),
                head("Content-Length: 2\r\nx-odd: caf\u0001"),
                head("Content-Length: 2\r\nx odd: y"))) {
            try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write((head + "{}").getBytes(StandardCharsets.UTF_8));
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
                assertTrue(answer.contains("invalid_request_error"), answer);
            }
        }
    }

    @Test
    void oneTooManyIsToldToComeAgain() throws Exception {
        Gateway narrow =
                gateway(URI.create("http://127.0.0.1:" + model.getAddress().getPort()), 1);
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        script = exchange -> {
            arrived.countDown();
            over.await();
            send(exchange, 200, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
        };
        var first = client.sendAsync(request(narrow, token(), "{}"), BodyHandlers.ofString());
        assertTrue(arrived.await(10, TimeUnit.SECONDS));

        HttpResponse<String> second = post(narrow, token(), "{}");
        over.countDown();

        assertEquals(529, second.statusCode());
        assertEquals(Optional.of("1"), second.headers().firstValue("retry-after"));
        assertTrue(second.body().contains("overloaded_error"), second.body());
        assertEquals(200, first.get().statusCode());
        Await.until("there is room again", Duration.ofSeconds(5), Duration.ofMillis(20), () -> status(narrow) == 200);
    }

    @Test
    void aModelThatIsNotThereIsABadGateway() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        Gateway alone = gateway(URI.create("http://127.0.0.1:" + free), 1);
        assertEquals(Optional.empty(), alone.fault(), "nobody has asked");
        HttpResponse<String> answer = post(alone, token(), "{}");

        assertEquals(502, answer.statusCode());
        assertTrue(answer.body().contains("\"api_error\""), answer.body());
        assertFalse(answer.body().contains(KEY));
        Await.until(
                "it is noticed",
                () -> alone.fault()
                        .filter(told -> told.contains("could not be reached"))
                        .isPresent());
    }

    @Test
    void aModelThatAnswersAgainIsNoFaultAnyMoreWhateverItSays() throws Exception {
        int port = model.getAddress().getPort();
        model.stop(0);
        assertEquals(502, post(gateway, token(), "{}").statusCode());
        Await.until("it is noticed", () -> gateway.fault().isPresent());

        model = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        model.createContext("/", exchange -> send(exchange, 529, "application/json", new byte[0]));
        model.start();
        assertEquals(529, post(gateway, token(), "{}").statusCode());
        Await.until("it is forgotten", () -> gateway.fault().isEmpty());

        gateway.close();
        assertTrue(gateway.fault().orElseThrow().contains("does not listen"));
    }

    @Test
    void anAddressThatIsTakenIsNamed() {
        Problem problem = assertThrows(
                Problem.class,
                () -> Gateway.start(
                        new Gateway.Settings("127.0.0.1", gateway.port(), 1),
                        tokens,
                        this::session,
                        this::record,
                        new Upstream(Upstream.VENDOR, KEY),
                        new Metrics()));
        assertEquals("gateway-cannot-listen", problem.code());
        assertTrue(problem.getMessage().startsWith("gateway.host, gateway.port:"), problem.getMessage());
    }

    // ---- slow, gone and cut

    @Test
    void whoReadsSlowlySlowsTheModelAndCostsNoMemory() throws Exception {
        AtomicLong written = new AtomicLong();
        script = exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            byte[] piece = new byte[64 * 1024];
            while (written.get() < 100L * MIB) {
                exchange.getResponseBody().write(piece);
                written.addAndGet(piece.length);
            }
        };
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(64 * 1024);
            socket.connect(new InetSocketAddress("127.0.0.1", gateway.port()));
            socket.getOutputStream().write((head("Content-Length: 2") + "{}").getBytes(StandardCharsets.UTF_8));
            socket.getInputStream().readNBytes(1);
            long stood = settled(written);
            assertTrue(stood < 24L * MIB, "in flight: " + stood / MIB + " MiB");

            long read = 1;
            byte[] piece = new byte[64 * 1024];
            for (int count = 0; count >= 0; count = socket.getInputStream().read(piece)) {
                read += count;
            }
            assertTrue(read > 100L * MIB, "read: " + read);
        }
    }

    private static long settled(AtomicLong number) throws InterruptedException {
        long before = -1;
        while (before != number.get()) {
            before = number.get();
            TimeUnit.MILLISECONDS.sleep(700);
        }
        return before;
    }

    @Test
    void whoHangsUpWhileTheModelIsSilentEndsWhatIsAskedOfIt() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket cli = new Socket("127.0.0.1", gateway(at(silent), 1).port())) {
            cli.getOutputStream().write((head("Content-Length: 2") + "{}").getBytes(StandardCharsets.UTF_8));
            try (Socket asked = silent.accept()) {
                asked.setSoTimeout(10_000);
                readHead(asked.getInputStream());
                hangUp(cli);
                assertEquals(-1, drained(asked), "the connection to the model ends");
            }
        }
    }

    @Test
    void whoHangsUpInMidStreamEndsWhatIsAskedOfTheModel() throws Exception {
        try (ServerSocket slow = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket cli = new Socket("127.0.0.1", gateway(at(slow), 1).port())) {
            cli.getOutputStream().write((head("Content-Length: 2") + "{}").getBytes(StandardCharsets.UTF_8));
            try (Socket asked = slow.accept()) {
                asked.setSoTimeout(10_000);
                readHead(asked.getInputStream());
                asked.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                                .getBytes(StandardCharsets.UTF_8));
                assertTrue(readHead(cli.getInputStream()).startsWith("HTTP/1.1 200"));
                hangUp(cli);
                assertEquals(-1, drained(asked), "the connection to the model ends");
            }
        }
    }

    @Test
    void anAnswerThatIsCutNeverLooksWhole() throws Exception {
        for (String framing :
                List.of("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "Content-Length: 100\r\n\r\nhello")) {
            try (ServerSocket broken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    Socket cli = new Socket("127.0.0.1", gateway(at(broken), 1).port())) {
                cli.setSoTimeout(10_000);
                cli.getOutputStream().write((head("Content-Length: 2") + "{}").getBytes(StandardCharsets.UTF_8));
                try (Socket asked = broken.accept()) {
                    readHead(asked.getInputStream());
                    asked.getOutputStream().write(("HTTP/1.1 200 OK\r\n" + framing).getBytes(StandardCharsets.UTF_8));
                }
                String answer = new String(cli.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertTrue(answer.contains("hello"), answer);
                assertFalse(answer.contains("\r\n0\r\n"), answer);
                assertTrue(
                        answer.toLowerCase(java.util.Locale.ROOT).contains("chunked")
                                || answer.toLowerCase(java.util.Locale.ROOT).contains("content-length: 100"),
                        answer);
            }
        }
    }

    @Test
    void closingEndsWhatPassesThrough() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        script = exchange -> {
            arrived.countDown();
            never.await();
        };
        var asked = client.sendAsync(request(gateway, token(), "{}"), BodyHandlers.ofString());
        assertTrue(arrived.await(10, TimeUnit.SECONDS));

        long began = System.nanoTime();
        gateway.close();

        assertThrows(Exception.class, () -> asked.get(10, TimeUnit.SECONDS));
        assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(10));
        never.countDown();
    }

    // ---- tools

    private String token() {
        return tokens.token(LAUNCH);
    }

    private HttpRequest.Builder asked(String path) {
        return HttpRequest.newBuilder(URI.create(gateway.url() + path)).header("authorization", "Bearer " + token());
    }

    private static HttpRequest request(Gateway at, String token, String body) {
        return HttpRequest.newBuilder(URI.create(at.url() + "/v1/messages?beta=true"))
                .header("authorization", "Bearer " + token)
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private HttpResponse<String> post(Gateway at, String token, String body) throws Exception {
        return client.send(request(at, token, body), BodyHandlers.ofString());
    }

    private int status(Gateway at) {
        try {
            return post(at, token(), "{}").statusCode();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private String head(String more) {
        return "POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token() + "\r\n" + more + "\r\n\r\n";
    }

    private static URI at(ServerSocket socket) {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int one = in.read();
            assertTrue(one >= 0, "ended early: " + head);
            head.append((char) one);
        }
        return head.toString();
    }

    private static void hangUp(Socket socket) throws IOException {
        socket.close();
    }

    /** Reads to the end; a reset is one. */
    private static int drained(Socket socket) {
        try {
            socket.getInputStream().readAllBytes();
        } catch (java.net.SocketTimeoutException e) {
            return 0;
        } catch (IOException e) {
            return -1;
        }
        return -1;
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
