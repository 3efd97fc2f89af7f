package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.dashboard.auth.Rule;
import dev.dashboard.event.SessionId;
import dev.dashboard.observe.AccessLog;
import dev.dashboard.support.Await;
import dev.dashboard.support.LogLines;
import jakarta.json.JsonObject;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the access log says of a request, and what it must never say. */
@Timeout(60)
class AccessLogTest {
    private static final System.Logger ROUTES = System.getLogger("dev.dashboard.test.Routes");

    @TempDir
    private static Path dir;

    private static TestWeb web;
    private static Browser admin;
    private static String me;
    private LogLines lines;

    @BeforeAll
    static void start() throws Exception {
        web = new TestWeb(dir, new TestWeb.Tuning(), List.of(Route.get("/api/v1/broken", Rule.SIGNED_IN, _ -> {
            ROUTES.log(System.Logger.Level.WARNING, "about to break");
            throw new IllegalStateException("broken");
        })));
        admin = web.signedIn();
    }

    @AfterAll
    static void stop() {
        web.close();
    }

    @BeforeEach
    void open() throws Exception {
        lines = LogLines.of(AccessLog.LOGGER, Level.INFO);
        me = Browser.object(admin.get("/api/v1/auth/me")).getJsonObject("user").getString("id");
        // What was asked before on this connection has had its lines by then.
        Await.until("the line of who I am", () -> line("/api/v1/auth/me").isPresent());
        lines.clear();
    }

    @AfterEach
    void close() {
        lines.close();
    }

    @Test
    void aLineNamesMethodRoutePatternStatusBytesTimePersonSessionAndAddress() throws Exception {
        String session = SessionId.random().toString();

        HttpResponse<String> answer = admin.get("/api/v1/sessions/" + session + "?x=1");

        JsonObject line = onlyLine();
        assertEquals(
                Set.of(
                        "time",
                        "level",
                        "logger",
                        "thread",
                        "message",
                        "requestId",
                        "sessionId",
                        "userId",
                        "method",
                        "route",
                        "status",
                        "bytes",
                        "millis",
                        "address"),
                line.keySet());
        assertEquals("GET /api/v1/sessions/{id} 404", line.getString("message"));
        assertEquals("GET", line.getString("method"));
        assertEquals("/api/v1/sessions/{id}", line.getString("route"));
        assertEquals(404, line.getInt("status"));
        assertTrue(line.getInt("bytes") >= answer.body().length(), line::toString);
        assertTrue(line.getInt("millis") >= 0);
        assertEquals("127.0.0.1", line.getString("address"));
        assertEquals(answer.headers().firstValue("X-Request-Id").orElseThrow(), line.getString("requestId"));
        assertEquals(session, line.getString("sessionId"));
        assertEquals(me, line.getString("userId"));
    }

    @Test
    void nothingThatWasSentIsInIt() throws Exception {
        Browser nobody = web.browser();
        nobody.signIn("marker-name", "marker-password");
        nobody.get("/marker-path?marker-query=1");
        nobody.get("/api/v1/marker-path");
        nobody.send("MARKER", "/api/v1/system", "");
        admin.send("GET", "/api/v1/me", "", "X-Marker", "marker-header", "User-Agent", "marker-agent");
        admin.send("GET", "/api/v1/system", "", "Authorization", "Bearer marker-token");
        admin.post("/api/v1/projects", Browser.json("path", "/marker-body"));

        assertEquals(7, lines.await(7).size(), lines.texts()::toString);
        for (String line : lines.texts()) {
            assertFalse(line.toLowerCase(java.util.Locale.ROOT).contains("marker"), line);
            admin.cookies.values().stream()
                    .filter(value -> value.length() > 8)
                    .forEach(value -> assertFalse(line.contains(value), line));
        }
    }

    @Test
    void probesAreLeftOut() throws Exception {
        admin.get("/health/live");
        admin.get("/health/ready");
        admin.get("/api/v1/auth/me");

        assertEquals("/api/v1/auth/me", onlyLine().getString("route"));
    }

    @Test
    void whoIsNotSignedInHasNoId() throws Exception {
        web.browser().get("/api/v1/system");

        JsonObject line = onlyLine();
        assertEquals(401, line.getInt("status"));
        assertFalse(line.containsKey("userId"));
    }

    /** Answered further out than the line is written. */
    @Test
    void aForeignHostIsRefusedInTheLineToo() throws Exception {
        String answer =
                Raw.exchange(web.web.port(), "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");

        assertTrue(answer.startsWith("HTTP/1.1 403"), answer);

        assertEquals(403, onlyLine().getInt("status"));
    }

    /** The connection is the same: what was known of the first request must be gone in the second. */
    @Test
    void nothingOfARequestIsLeftInTheNextOneOnItsConnection() throws Exception {
        admin.get("/api/v1/sessions/" + SessionId.random());
        admin.get("/");

        JsonObject second = lines.await(2).getLast();
        assertEquals("/", second.getString("route"));
        assertFalse(second.containsKey("sessionId"));
        assertFalse(second.containsKey("userId"));
    }

    @Test
    void anEventStreamIsLoggedAtItsEndWithHowLongItWas() throws Exception {
        Browser other = web.browser();
        other.signIn("admin", Browser.PASSWORD);
        lines.await(1);
        lines.clear();
        HttpResponse<InputStream> stream = other.client()
                .send(other.request("GET", EventStream.PATH, ""), HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(200, stream.statusCode());
        assertEquals(List.of(), lines.texts());

        other.copy().post("/api/v1/auth/logout", "");
        stream.body().readAllBytes();

        Await.until("the line of the stream", () -> line(EventStream.PATH).isPresent());
        JsonObject line = line(EventStream.PATH).orElseThrow();
        assertEquals(200, line.getInt("status"));
        assertTrue(line.getInt("bytes") > 0, line::toString);
    }

    @Test
    void everyLineOfARequestHasItsIdAlsoThatOfItsFault() throws Exception {
        try (LogLines ours = LogLines.of("dev.dashboard", Level.WARN)) {
            HttpResponse<String> answer = admin.get("/api/v1/broken");

            assertEquals(500, answer.statusCode());
            List<JsonObject> all = ours.await(3);
            assertEquals(
                    List.of("about to break", "unexpected failure", "GET /api/v1/broken 500"),
                    all.stream()
                            .map(line -> line.getString("message").replaceFirst(" incident=.*", ""))
                            .toList());
            for (JsonObject line : all) {
                assertEquals(answer.headers().firstValue("X-Request-Id").orElseThrow(), line.getString("requestId"));
                assertEquals(me, line.getString("userId"));
            }
        }
    }

    private Optional<JsonObject> line(String route) {
        return lines.objects().stream()
                .filter(line -> line.getString("route").equals(route))
                .findFirst();
    }

    private JsonObject onlyLine() {
        List<JsonObject> all = lines.await(1);
        assertEquals(1, all.size(), all::toString);
        return all.getFirst();
    }
}
