package dev.dashboard.web;

import static dev.dashboard.web.Browser.code;
import static dev.dashboard.web.Browser.json;
import static dev.dashboard.web.Browser.object;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.auth.Rule;
import dev.dashboard.observe.Metric;
import dev.dashboard.support.Await;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every request passes, over a real port; some of it with bytes that no client library sends. */
class EdgeTest {
    private static final List<String> HEADERS = List.of(
            "content-security-policy: default-src 'none';",
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            "referrer-policy: no-referrer",
            "permissions-policy: ",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin");

    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

    @TempDir
    Path dir;

    private final CountDownLatch slowBegan = new CountDownLatch(1);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);
    private TestWeb web;

    @BeforeEach
    void start() {
        TestWeb.Tuning tuning = new TestWeb.Tuning();
        tuning.requestTime = Duration.ofSeconds(2);
        tuning.writesPerMinute = 12;
        web = new TestWeb(
                dir,
                tuning,
                List.of(
                        Route.get("/api/v1/test/bug", Rule.PUBLIC, _ -> {
                            throw new IllegalStateException("secret detail");
                        }),
                        Route.get("/api/v1/test/slow", Rule.PUBLIC, call -> {
                            slowBegan.countDown();
                            mayAnswer.await(5, TimeUnit.SECONDS);
                            call.ok(Browser.parse("{}"));
                        }),
                        Route.post("/api/v1/test/{id}/echo", Rule.OPERATOR, 100, call -> {
                            Body body = call.body("text");
                            call.created(
                                    "/x",
                                    body.optObject("none")
                                            .orElse(Browser.parse(json("text", body.text("text", 1, 10)))));
                        })));
    }

    @AfterEach
    void stop() {
        web.close();
    }

    @Test
    void securityHeadersStandOnEveryAnswer() throws Exception {
        String ok = "Host: localhost\r\n\r\n";
        String big = "x".repeat(20_000);
        List<String> requests = List.of(
                "GET / HTTP/1.1\r\n" + ok,
                "GET /assets/none.js HTTP/1.1\r\n" + ok,
                "GET /api/v1/auth/me HTTP/1.1\r\n" + ok,
                "GET /api/v1/test/bug HTTP/1.1\r\n" + ok,
                "GET /api/none HTTP/1.1\r\n" + ok,
                "DELETE /api/v1/auth/me HTTP/1.1\r\n" + ok,
                "GET /health/ready HTTP/1.1\r\nHost: evil.example\r\n\r\n",
                "rubbish\r\n\r\n",
                "GET /api/%zz HTTP/1.1\r\n" + ok,
                "GET /" + big + " HTTP/1.1\r\n" + ok,
                "GET / HTTP/1.1\r\nX: " + big + "\r\n" + ok,
                "POST /api/v1/auth/login HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n"
                        + ok);
        for (String request : requests) {
            String answer = Raw.exchange(web.web.port(), request).toLowerCase();
            String shown = request.substring(0, Math.min(60, request.length())) + " → " + answer;
            for (String header : HEADERS) {
                assertTrue(answer.contains("\r\n" + header), () -> header + " is missing: " + shown);
            }
            assertFalse(answer.contains("\r\nserver:"), shown);
            assertTrue(answer.contains("\r\ncache-control: no-store"), shown);
            if (!request.startsWith("GET / ") || request.length() > 1000) {
                assertTrue(answer.contains("content-type: application/problem+json"), shown);
            }
        }
        String ready = Raw.exchange(web.web.managementPort(), "GET /health/ready HTTP/1.1\r\n" + ok)
                .toLowerCase();
        assertTrue(ready.contains("nosniff"), ready);
    }

    @Test
    void transportErrorsHaveTheirStatusAndEchoNothing() throws Exception {
        String host = "Host: localhost\r\n\r\n";
        assertStatus(400, "mark-in-request\r\n\r\n");
        assertStatus(414, "GET /mark-in-request" + "x".repeat(5_000) + " HTTP/1.1\r\n" + host);
        assertStatus(400, "GET / HTTP/1.1\r\nX: mark-in-request" + "x".repeat(17_000) + "\r\n" + host);
        assertStatus(
                413,
                "POST /api/v1/auth/login HTTP/1.1\r\nX: mark-in-request\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 1048577\r\n" + host);
    }

    private void assertStatus(int status, String request) throws Exception {
        String answer = Raw.exchange(web.web.port(), request);
        assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
        assertFalse(answer.contains("mark-in-request"), answer);
    }

    @Test
    void ambiguousFramingIsRefusedAndTheConnectionClosed() throws Exception {
        String start = "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: localhost\r\n";
        String smuggled = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
        for (String framing : List.of(
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                "Content-Length: 5\r\nContent-Length: 6\r\n",
                "Content-Length: 5, 5\r\n",
                "Content-Length: +5\r\n",
                "Content-Length: -1\r\n",
                "Transfer-Encoding: Chunked\r\n",
                "Transfer-Encoding: xchunked\r\n",
                "Transfer-Encoding: gzip, chunked\r\n")) {
            String answer = Raw.exchange(web.web.port(), start + framing + "\r\n" + smuggled);
            assertTrue(answer.startsWith("HTTP/1.1 400"), framing + answer);
            assertEquals(1, answer.split("HTTP/1.1 ", -1).length - 1, framing + answer);
        }
    }

    @Test
    void requestsThatDripAreCutOff() throws Exception {
        String head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        for (String start : List.of("GET /he", "GET / HTTP/1.1\r\nX-", head + "Content-Length: 500\r\n\r\n{")) {
            Duration open = Raw.drip(web.web.port(), start, Duration.ofSeconds(15));
            assertTrue(open.compareTo(Duration.ofSeconds(8)) < 0, start + " stayed open for " + open);
        }
    }

    @Test
    void foreignNamesAndOriginsAreRefused() throws Exception {
        int port = web.web.port();
        for (String host : List.of("evil.example", "localhost.evil.example", "127.0.0.1.nip.io:" + port)) {
            String answer = Raw.exchange(port, "GET /health/live HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 403") && answer.contains("host-not-allowed"), answer);
        }
        assertTrue(Raw.exchange(port, "GET /health/live HTTP/1.1\r\nHost: [::1]:1\r\n\r\n")
                .startsWith("HTTP/1.1 200"));

        String body = json("username", "x", "password", "y");
        String login = "/api/v1/auth/login";
        Browser browser = web.browser();
        for (String origin : List.of(
                "null", "http://evil.example", "http://127.0.0.1:1", "http://127.0.0.1:" + port + ".evil.example")) {
            assertEquals("403 origin-not-allowed", code(browser.send("POST", login, body, "Origin", origin)), origin);
        }
        assertEquals("403 origin-not-allowed", code(browser.send("POST", login, body, "Sec-Fetch-Site", "cross-site")));
        assertEquals("403 origin-not-allowed", code(browser.send("POST", login, body, "Sec-Fetch-Site", "same-site")));
        assertEquals(
                "401 sign-in-refused",
                code(browser.send(
                        "POST", login, body, "Origin", "http://127.0.0.1:" + port, "Sec-Fetch-Site", "same-origin")));
    }

    @Test
    void bodiesAreCheckedFieldByField() throws Exception {
        Browser browser = web.signedIn();
        String path = "/api/v1/test/1/echo";
        assertEquals("400 field-missing", code(browser.post(path, "{}")));
        assertEquals("400 field-type", code(browser.post(path, "{\"text\":1}")));
        HttpResponse<String> longText = browser.post(path, json("text", "12345678901"));
        assertEquals("400 field-length", code(longText));
        assertEquals("text", object(longText).getString("field"));
        assertEquals("400 unknown-field", code(browser.post(path, json("txet", "x"))));
        assertEquals("400 body-not-json", code(browser.post(path, "{\"text\":\"a\",\"text\":\"b\"}")));
        assertEquals("413 body-too-large", code(browser.post(path, json("text", "x".repeat(100)))));
        assertEquals("400 body-type", code(browser.send("POST", path, "{}", "Content-Type", "text/plain")));
        assertEquals(
                400,
                browser.send("POST", path, "{}", "Content-Encoding", "gzip").statusCode());
        assertEquals("400 body-not-json", code(web.browser().post("/api/v1/auth/login", "[".repeat(5_000))));
        assertEquals(201, browser.post(path, json("text", "good")).statusCode());
    }

    @Test
    void writesOfOnePersonAreLimited() throws Exception {
        Browser browser = web.signedIn();
        HttpResponse<String> last = browser.post("/api/v1/test/1/echo", "{}");
        for (int i = 0; i < 30 && last.statusCode() == 400; i++) {
            last = browser.post("/api/v1/test/1/echo", "{}");
        }
        assertEquals("429 too-many-writes", code(last));
        long wait = Long.parseLong(last.headers().firstValue("Retry-After").orElseThrow());
        assertTrue(wait >= 1 && wait <= 60, () -> "come back after " + wait + " s");
        assertEquals(200, browser.get("/api/v1/auth/me").statusCode());
        web.clock.forward(Duration.ofSeconds(wait));
        assertEquals(400, browser.post("/api/v1/test/1/echo", "{}").statusCode(), "who waited so long is let in");
    }

    @Test
    void aBugGetsAnIncidentNumberAndNoDetails() throws Exception {
        HttpResponse<String> response = web.browser().get("/api/v1/test/bug");
        assertEquals("500 internal-error", code(response));
        assertFalse(response.body().contains("secret detail"));
        assertEquals(36, object(response).getString("incident").length());
    }

    @Test
    void unknownAddressesAndMethodsAreProblems() throws Exception {
        Browser browser = web.browser();
        assertEquals("404 not-found", code(browser.get("/api/v2/sessions")));
        assertEquals("404 not-found", code(browser.get("/metrics")));
        assertEquals("404 not-found", code(browser.get("/assets/none.js")));
        HttpResponse<String> wrong = browser.send("DELETE", "/api/v1/auth/login", "");
        assertEquals("405 method-not-allowed", code(wrong));
        assertEquals(Optional.of("POST"), wrong.headers().firstValue("Allow"));
    }

    /** Every browser keeps one or two, so each stop would take the whole grace. */
    @Test
    void stoppingWaitsForNoConnectionThatIsOnlyKept() throws Exception {
        Browser browser = web.browser();
        assertEquals(200, browser.get("/health/live").statusCode());
        assertEquals(200, management("/health/live").statusCode());

        long begin = System.nanoTime();
        web.close();
        Duration taken = Duration.ofNanos(System.nanoTime() - begin);
        assertTrue(taken.compareTo(Duration.ofSeconds(2)) < 0, () -> "it took " + taken);
    }

    @Test
    void stoppingLetsWhatIsUnderWayBeAnswered() throws Exception {
        Browser browser = web.browser();
        assertEquals(200, browser.get("/health/live").statusCode());
        CompletableFuture<HttpResponse<String>> answer = browser.client()
                .sendAsync(browser.request("GET", "/api/v1/test/slow", ""), HttpResponse.BodyHandlers.ofString());
        assertTrue(slowBegan.await(5, TimeUnit.SECONDS));

        Thread closing = Thread.ofVirtual().start(web::close);
        Await.until("nothing new is taken", this::isRefused);
        mayAnswer.countDown();

        assertEquals(200, answer.get(5, TimeUnit.SECONDS).statusCode());
        assertTrue(closing.join(Duration.ofSeconds(2)), "the stop goes on when it is answered");
    }

    private boolean isRefused() {
        try {
            return web.browser().get("/health/live").statusCode() == 503;
        } catch (IOException _) {
            return true;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The server takes parameters out of a path, and may leave nothing of it. */
    @Test
    void anAddressOfWhichParametersLeaveNothingIsThePage() throws Exception {
        for (String path : List.of("/;a=b", "/;a=b/;a=b/system", "/;/;", "/;a=b/index.html")) {
            String answer = Raw.exchange(
                    web.web.port(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertTrue(answer.contains("Claude Code Dashboard</title>"), () -> path + " → " + answer);
        }
    }

    @Test
    void pagesGetAFreshNonceEachTime() throws Exception {
        HttpResponse<String> first = web.browser().get("/sessions/some-id");
        HttpResponse<String> second = web.browser().get("/");
        assertEquals(Optional.of("text/html; charset=utf-8"), first.headers().firstValue("Content-Type"));
        assertNotEquals(
                first.headers().firstValue("Content-Security-Policy"),
                second.headers().firstValue("Content-Security-Policy"));
    }

    @Test
    void managementHasDetailsAndMetricsAndTheDashboardPortHasNot() throws Exception {
        web.browser().get("/api/v1/auth/me");
        HttpResponse<String> ready = management("/health/ready");
        assertEquals(200, ready.statusCode(), ready::body);
        assertTrue(
                ready.body().contains("no claude on the PATH") && ready.body().contains("\"degraded\":true"),
                ready.body());
        assertFalse(ready.body().contains("\"failed\""), ready.body());
        assertEquals(200, management("/health/live").statusCode());
        assertEquals(503, management("/health/started").statusCode());
        web.health.started();
        assertEquals(200, management("/health/started").statusCode());
        String metrics = management("/metrics").body();
        assertTrue(metrics.contains("dashboard_http_request_seconds_count{"), metrics);
        assertTrue(metrics.contains("route=\"/api/v1/auth/me\""), metrics);
        assertEquals("{\"status\":\"UP\"}", web.browser().get("/health/ready").body());

        web.faults.add("the disk is full");
        assertEquals(503, web.browser().get("/health/ready").statusCode());
        assertEquals("{\"status\":\"DOWN\"}", web.browser().get("/health/ready").body());
        String down = management("/health/ready").body();
        assertTrue(down.contains("the disk is full"), down);
        assertTrue(down.contains("\"failed\":\"journal\""), "what it is down by, and not what degrades it: " + down);
        assertEquals(200, management("/health/live").statusCode(), "no restart would help");
        assertEquals(200, web.browser().get("/health/live").statusCode());
        web.faults.clear();

        web.deaths.add("it does not move");
        assertEquals(503, web.browser().get("/health/live").statusCode());
        assertEquals("{\"status\":\"DOWN\"}", web.browser().get("/health/live").body());
        String dead = management("/health/live").body();
        assertTrue(dead.contains("it does not move") && dead.contains("\"failed\":\"writer\""), dead);
        web.deaths.clear();

        web.health.drain();
        assertEquals(503, management("/health/ready").statusCode());
        assertEquals(200, management("/health/live").statusCode());
    }

    /** Neither what callers make up nor what the library brings along becomes a series. */
    @Test
    void whateverCallersMakeUpAddsNoSeries() throws Exception {
        Set<String> before = series();
        makeUp(0, 40);
        // Each kind of answer has its series now.
        Set<String> known = series();
        double refused = web.metrics.counted(Metric.REFUSALS, "host");
        makeUp(40, 2_000);
        assertEquals(known, series());
        assertTrue(known.size() - before.size() < 60, () -> "they are one route: " + known);
        assertEquals(490, web.metrics.counted(Metric.REFUSALS, "host") - refused, "each was counted");
        assertTrue(known.stream().allMatch(name -> name.startsWith("dashboard_")), known::toString);
    }

    /** Addresses, methods, parameters and names that nobody has. */
    private void makeUp(int from, int to) throws Exception {
        Browser browser = web.browser();
        try (Socket socket = new Socket("127.0.0.1", web.web.port())) {
            for (int i = from; i < to; i += 4) {
                ask(socket, "/api/v1/made/up" + i, "localhost");
                ask(socket, "/api/v1/sessions/up" + i + "/events?after=" + i, "localhost");
                ask(socket, "/", "up" + i + ".example");
                browser.send("UP" + i, "/api/v1/made/up" + i, "");
            }
        }
    }

    /** Asks on an open connection, and takes the answer's head and body off it. */
    private static void ask(Socket socket, String path, String host) throws IOException {
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) socket.getInputStream().read());
        }
        Matcher length = LENGTH.matcher(head);
        assertTrue(length.find(), head::toString);
        socket.getInputStream().readNBytes(Integer.parseInt(length.group(1)));
    }

    /** All lines of a scrape, without their values. */
    private Set<String> series() throws Exception {
        return management("/metrics")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void openConnectionsAreCountedUntilTheyEnd() throws Exception {
        assertEquals(0, gauge(Metric.CONNECTIONS));
        try (Socket one = new Socket("127.0.0.1", web.web.port());
                Socket two = new Socket("127.0.0.1", web.web.port())) {
            one.getOutputStream().write('G');
            two.getOutputStream().write('G');
            Await.until("both are counted", () -> gauge(Metric.CONNECTIONS) == 2);
        }
        Await.until("both are over", () -> gauge(Metric.CONNECTIONS) == 0);
        assertEquals(100, gauge(Metric.CONNECTIONS_LIMIT));
    }

    private double gauge(Metric metric) {
        return web.metrics
                .registry()
                .gauge(metric.exposed(), List.of())
                .orElseThrow()
                .value()
                .doubleValue();
    }

    @Test
    void whatIsRefusedIsCountedByItsReason() throws Exception {
        List<String> reasons = List.of("host", "origin", "csrf", "too-large", "rate-limited");
        Map<String, Double> before = new HashMap<>();
        reasons.forEach(reason -> before.put(reason, web.metrics.counted(Metric.REFUSALS, reason)));
        Raw.exchange(web.web.port(), "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        Browser browser = web.signedIn();
        browser.send("POST", "/api/v1/auth/login", "{}", "Origin", "http://evil.example");
        browser.send("POST", "/api/v1/test/1/echo", "{}", "X-CSRF-Token", "wrong");
        browser.post("/api/v1/test/1/echo", json("text", "x".repeat(100)));
        Raw.exchange(
                web.web.port(),
                "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 1048577\r\n\r\n");
        int status = 0;
        for (int i = 0; i < 30 && status != 429; i++) {
            status = browser.post("/api/v1/test/1/echo", "{}").statusCode();
        }
        Map<String, Double> counted = new HashMap<>();
        reasons.forEach(
                reason -> counted.put(reason, web.metrics.counted(Metric.REFUSALS, reason) - before.get(reason)));
        assertEquals(Map.of("host", 1.0, "origin", 1.0, "csrf", 1.0, "too-large", 2.0, "rate-limited", 1.0), counted);
    }

    private HttpResponse<String> management(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + web.web.managementPort() + path);
        return web.browser().client().send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
}
