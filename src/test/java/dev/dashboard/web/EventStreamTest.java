package dev.dashboard.web;

import static dev.dashboard.web.Browser.code;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.DraftBlock;
import dev.dashboard.event.Event;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.SessionId;
import dev.dashboard.observe.Metric;
import dev.dashboard.support.LogLines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EventStreamTest {
    private static final SessionId SESSION = SessionId.random();
    private static final List<String> REASONS = List.of("left", "lag", "access", "stop", "other");

    @TempDir
    Path dir;

    private final TestWeb.Tuning tuning = new TestWeb.Tuning();
    /** Meters are the whole program's. */
    private final Map<String, Double> before = new HashMap<>();

    private TestWeb web;

    @AfterEach
    void stop() {
        web.close();
    }

    /** The open stream as a browser reads it. */
    private static final class Stream implements AutoCloseable {
        private final HttpResponse<InputStream> response;
        private final BufferedReader reader;

        Stream(Browser browser, String query, String... headers) throws Exception {
            response = browser.client()
                    .send(
                            browser.request("GET", EventStream.PATH + query, "", headers),
                            HttpResponse.BodyHandlers.ofInputStream());
            reader = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        /** The next block, its lines joined by " | "; empty at the end. */
        Optional<String> block() throws IOException {
            List<String> lines = new ArrayList<>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.isEmpty()) {
                    lines.add(line);
                } else if (!lines.isEmpty()) {
                    return Optional.of(String.join(" | ", lines));
                }
            }
            return Optional.empty();
        }

        String blockWith(String part) throws IOException {
            Optional<String> block = block();
            while (block.isPresent() && !block.get().contains(part)) {
                block = block();
            }
            return block.orElseThrow(() -> new AssertionError("the stream ended before " + part));
        }

        /** Numbers of the next events. */
        List<Long> numbers(int count) throws IOException {
            List<Long> numbers = new ArrayList<>();
            while (numbers.size() < count) {
                String block = blockWith("event: event");
                numbers.add(Long.parseLong(block.substring("id: ".length(), block.indexOf(" | "))));
            }
            return numbers;
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }

    @Test
    void aStreamThatBreaksAgainAndAgainLosesNothingAndRepeatsNothing() throws Exception {
        Browser browser = start();
        long first = web.journal.lastSeq();
        Thread writer = Thread.ofVirtual().start(() -> IntStream.range(0, 600).forEach(i -> record("text " + i)));

        List<Long> seen = new ArrayList<>();
        while (seen.size() < 600) {
            String last = String.valueOf(seen.isEmpty() ? first : seen.getLast());
            // The address still carries the first number, as EventSource does when it comes back; the header wins.
            try (Stream stream = new Stream(browser, "?after=" + first, "Last-Event-ID", last)) {
                seen.addAll(stream.numbers(Math.min(47, 600 - seen.size())));
            }
        }

        writer.join();
        assertEquals(LongStream.rangeClosed(first + 1, first + 600).boxed().toList(), seen);
    }

    @Test
    void theFormatIsTheContractsAndSignInsAreNotShown() throws Exception {
        tuning.heartbeat = Duration.ofMillis(300);
        Browser browser = start();
        try (Stream stream = new Stream(browser, "?after=0")) {
            assertEquals(
                    Optional.of("text/event-stream; charset=utf-8"),
                    stream.response.headers().firstValue("Content-Type"));
            assertEquals(Optional.of("no-store"), stream.response.headers().firstValue("Cache-Control"));
            assertEquals(Optional.of("retry: 1000"), stream.block());
            long seq = web.journal.lastSeq();
            assertEquals(Optional.of(": hb"), stream.block());
            assertEquals(Optional.of("event: beat | data: {\"seq\":" + seq + "}"), stream.block());

            web.feed.draft(SESSION, new DraftBlock("m1", 0, "text", "Hel\nlo"));
            assertEquals(
                    "event: draft | data: {\"sessionId\":\"" + SESSION
                            + "\",\"messageId\":\"m1\",\"index\":0,\"kind\":\"text\",\"text\":\"Hel\\nlo\"}",
                    stream.blockWith("draft"));
            record("a\r\nb");
            String event = stream.blockWith("event: event");
            assertTrue(
                    event.startsWith("id: " + (seq + 1) + " | event: event | data: {\"seq\":" + (seq + 1) + ","),
                    event);
            assertTrue(event.contains("\"type\":\"assistant-replied\""), event);
        }
    }

    @Test
    void aStreamMayBeOfSomeSessionsOnly() throws Exception {
        Browser browser = start();
        long first = web.journal.lastSeq();
        record("mine");
        web.journal.append(List.of(
                new Draft(Optional.empty(), Actor.SERVER, new Event.ProjectAdded(ProjectId.random(), "/p", "p"))));
        record("mine too");
        try (Stream stream = new Stream(browser, "?after=" + first + "&session=" + SESSION)) {
            assertEquals(List.of(first + 1, first + 3), stream.numbers(2));
        }
        assertEquals("409 after-unknown", code(browser.get(EventStream.PATH + "?after=999999")));
        assertEquals("400 parameter-out-of-range", code(browser.get(EventStream.PATH + "?after=x")));
        assertEquals("400 invalid-id", code(browser.get(EventStream.PATH + "?session=1")));
    }

    @Test
    void aStreamEndsWithAWordWhenItsSignInOrItsTokenIsOver() throws Exception {
        tuning.heartbeat = Duration.ofMillis(200);
        Browser browser = start();
        try (Stream stream = new Stream(browser, "")) {
            browser.post("/api/v1/auth/logout", "");
            assertEquals("event: bye | data: {\"reason\":\"expired\"}", stream.blockWith("bye"));
            assertEquals(Optional.empty(), stream.block());
        }
        browser.signIn("admin", Browser.PASSWORD);
        try (Stream stream = new Stream(browser, "")) {
            web.clock.forward(Duration.ofMinutes(16));
            assertEquals("event: bye | data: {\"reason\":\"expired\"}", stream.blockWith("bye"));
        }
        await(() -> closes("access") == 2);
        assertEquals(2, closes());
    }

    @Test
    void aStreamEndsWithAWordWhenTheServerStops() throws Exception {
        Browser browser = start();
        try (Stream stream = new Stream(browser, "")) {
            stream.block();
            web.web.close();
            assertEquals("event: bye | data: {\"reason\":\"draining\"}", stream.blockWith("bye"));
            assertEquals(Optional.empty(), stream.block());
        }
        await(() -> closes("stop") == 1);
        assertEquals(1, closes());
    }

    @Test
    void aStreamThatBreaksMidwayIsClosedAndTheLogSaysWhy() throws Exception {
        Browser browser = start();
        record("soon unreadable");
        long broken = web.journal.lastSeq();
        // Out of the feed's tail, so that it comes from the table.
        record("x".repeat(8 << 20));
        record("last");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("dashboard.db"));
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE events SET data = '{' WHERE seq = " + broken);
        }
        double incidents = web.metrics.counted(Metric.INCIDENTS);
        try (LogLines log = LogLines.of(EventStream.class.getName(), Level.WARN);
                Stream stream = new Stream(browser, "?after=" + (broken - 1))) {
            assertEquals(Optional.of("retry: 1000"), stream.block());
            assertThrows(IOException.class, stream::block, "cut off in the middle, without a word");
            String line = log.await(1).getFirst().toString();
            assertTrue(
                    line.contains("unexpected failure incident=")
                            && line.contains("event cannot be read seq=" + broken),
                    line);
        }
        await(() -> closes("other") == 1);
        assertEquals(1, closes());
        assertEquals(1, web.metrics.counted(Metric.INCIDENTS) - incidents);
    }

    @Test
    void aStreamThatMeetsAProblemMidwayIsClosedAndTheLogSaysWhich() throws Exception {
        Browser browser = start();
        double incidents = web.metrics.counted(Metric.INCIDENTS);
        try (LogLines log = LogLines.of(EventStream.class.getName(), Level.WARN);
                Socket resting = connect(browser, web.journal.lastSeq(), 1 << 16)) {
            // More than the system and the feed keep: what follows must come from the table.
            String large = "x".repeat(4_000_000);
            for (int i = 0; i < 6; i++) {
                record(large);
            }
            web.db.close();
            resting.getInputStream().transferTo(OutputStream.nullOutputStream());
            assertTrue(
                    log.await(1).getFirst().toString().contains("event stream broke off code="), log.texts()::toString);
        }
        await(() -> closes("other") == 1);
        assertEquals(0, web.metrics.counted(Metric.INCIDENTS) - incidents);
    }

    @Test
    void tooManyStreamsOfOnePersonAreRefusedAndClosedOnesMakeRoom() throws Exception {
        tuning.perPerson = 2;
        tuning.heartbeat = Duration.ofMillis(100);
        Browser browser = start();
        double refused = web.metrics.counted(Metric.REFUSALS, "subscribers-full");
        try (Stream one = new Stream(browser, "");
                Stream two = new Stream(browser, "")) {
            one.block();
            two.block();
            HttpResponse<String> third = browser.get(EventStream.PATH);
            assertEquals("503 too-many-streams", code(third));
            assertEquals(Optional.of("5"), third.headers().firstValue("Retry-After"));
        }
        await(() -> web.feed.subscribers() == 0);
        await(() -> closes("left") == 2);
        assertEquals(2, closes());
        assertEquals(1, web.metrics.counted(Metric.REFUSALS, "subscribers-full") - refused);
        try (Stream again = new Stream(browser, "")) {
            assertEquals(200, again.response.statusCode());
        }
    }

    @Test
    void aReaderThatTakesNothingIsCutAndTheOthersAreServed() throws Exception {
        tuning.stuckWrite = Duration.ofSeconds(1);
        tuning.heartbeat = Duration.ofMillis(300);
        Browser browser = start();
        long first = web.journal.lastSeq();
        try (Socket _ = connect(browser, first, 4096)) {
            String large = "x".repeat(500_000);
            for (int i = 0; i < 30; i++) {
                record(large);
            }
            try (Stream stream = new Stream(browser, "?after=" + first)) {
                assertEquals(30, stream.numbers(30).size());
            }
            await(() -> closes("lag") == 1);
        }
    }

    @Test
    void aReaderThatIsSlowAndTakesSomethingAllTheTimeGetsALargeEvent() throws Exception {
        tuning.stuckWrite = Duration.ofSeconds(1);
        Browser browser = start();
        int size = 14_000_000;
        try (Socket slow = connect(browser, web.journal.lastSeq(), 1 << 16)) {
            record("x".repeat(size));
            byte[] some = new byte[1 << 16];
            long begun = System.nanoTime();
            for (long taken = 0; taken < size; ) {
                int count = slow.getInputStream().read(some);
                assertTrue(count > 0, "cut after " + taken + " bytes");
                taken += count;
                // 4 MB a second.
                LockSupport.parkNanos(begun + 250 * taken - System.nanoTime());
            }
        }
    }

    @Test
    void aReaderThatRestsBlocksOnlyItsOwnWriterAndThenCatchesUpWithoutAGap() throws Exception {
        Browser browser = start();
        long first = web.journal.lastSeq();
        try (Socket resting = connect(browser, first, 4096)) {
            // More than the system keeps for a connection and more than the feed keeps of the recent past, so that the
            // server's
            // write must block, and what follows must come from the journal.
            int events = 60;
            String large = "x".repeat(500_000);
            for (int i = 0; i < events; i++) {
                record(large);
            }
            try (Stream other = new Stream(browser, "?after=" + first)) {
                assertEquals(
                        LongStream.rangeClosed(first + 1, first + events)
                                .boxed()
                                .toList(),
                        other.numbers(events));
            }
            assertTrue(unsentBytes(web.web.port(), resting.getLocalPort()) > 0, "the server's end is full");
            BufferedReader reader = new BufferedReader(
                    new InputStreamReader(resting.getInputStream(), StandardCharsets.ISO_8859_1), 1 << 16);
            List<Long> numbers = new ArrayList<>();
            while (numbers.size() < events) {
                String line = reader.readLine();
                if (line.startsWith("id: ")) {
                    numbers.add(Long.parseLong(line.substring("id: ".length())));
                }
            }
            assertEquals(
                    LongStream.rangeClosed(first + 1, first + events).boxed().toList(), numbers);
        }
    }

    /** A reader by hand, for which the system keeps little at its end. */
    private Socket connect(Browser browser, long after, int receiveBuffer) throws Exception {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(receiveBuffer);
        socket.connect(new InetSocketAddress("127.0.0.1", web.web.port()));
        socket.getOutputStream()
                .write(("GET " + EventStream.PATH + "?after=" + after + " HTTP/1.1\r\nHost: localhost\r\nCookie: "
                                + browser.cookieHeader() + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
        await(() -> web.feed.subscribers() == 1);
        return socket;
    }

    /** What the system holds at the server's end of a connection and cannot send, since the other end takes nothing. */
    private static long unsentBytes(int serverPort, int clientPort) throws IOException {
        String server = String.format(":%04X", serverPort);
        String client = String.format(":%04X", clientPort);
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            for (String line : Files.readAllLines(Path.of(table))) {
                String[] fields = line.strip().split("\\s+");
                if (fields[1].endsWith(server) && fields[2].endsWith(client)) {
                    return Long.parseLong(fields[4].substring(0, fields[4].indexOf(':')), 16);
                }
            }
        }
        throw new AssertionError("no such connection");
    }

    private Browser start() throws Exception {
        web = new TestWeb(dir, tuning, List.of());
        REASONS.forEach(reason -> before.put(reason, web.metrics.counted(Metric.SUBSCRIBER_CLOSES, reason)));
        return web.signedIn();
    }

    /** How many streams have ended for it since the start of the test. */
    private double closes(String reason) {
        return web.metrics.counted(Metric.SUBSCRIBER_CLOSES, reason) - before.get(reason);
    }

    private double closes() {
        return REASONS.stream().mapToDouble(this::closes).sum();
    }

    private void record(String text) {
        web.journal.append(List.of(new Draft(
                Optional.of(SESSION),
                Actor.CLI,
                new Event.AssistantReplied("u", "m", 0, text, false, Optional.empty()))));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("the condition did not come true in time");
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
