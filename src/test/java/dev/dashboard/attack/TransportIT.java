package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Together;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Bytes that two parsers could read differently. Behind each bad request stands a second one on the same connection, which asks for
 * something that only it can get: it is answered as itself, or not at all.
 */
@Timeout(60)
class TransportIT {
    @RegisterExtension
    static final Target target = new Target(Map.of("DASHBOARD_LIMITS_REQUEST_TIME", "PT3S"));

    /** Put into requests wherever that is possible; never to be seen in an answer. */
    private static final String MARK = "Zm9yZWlnbg";

    private static final String BODY = "{\"username\":\"" + MARK + "\",\"password\":\"x\"}";
    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";

    private static final List<String> SECURITY = List.of(
            "content-security-policy",
            "x-content-type-options",
            "x-frame-options",
            "referrer-policy",
            "permissions-policy",
            "cross-origin-opener-policy",
            "cross-origin-resource-policy",
            "cache-control");

    private static String login() {
        return "POST /api/v1/auth/login HTTP/1.1\r\n" + target.host() + "Content-Type: application/json\r\nX-Mark: "
                + MARK + "\r\n";
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\n" + target.host() + "X-Mark: " + MARK + "\r\n\r\n";
    }

    /** The poison, which is never to be answered: it is within the first request. */
    private static String poison() {
        return get("/api/v1/auth/me");
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    // ---- one request, two readings

    @Test
    void whatCouldBeReadInTwoWaysIsAnsweredOnceAndEndsTheConnection() throws Exception {
        Map<String, String> corpus = new LinkedHashMap<>();
        String length = "Content-Length: " + BODY.length() + "\r\n";
        for (String encoding : List.of(
                "Transfer-Encoding: Chunked",
                "Transfer-Encoding: CHUNKED",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: 'chunked'",
                "Transfer-Encoding:",
                "Transfer-Encoding: ,chunked",
                "Transfer-Encoding: chunked\0",
                "Transfer-Encoding: \u000bchunked",
                "Transfer-Encoding: \u0085chunked",
                "Transfer-Encoding : chunked",
                " Transfer-Encoding: chunked",
                "Transfer-Encoding\0: chunked",
                "Transfer-Encoding\t: chunked",
                "X: y\nTransfer-Encoding: chunked",
                "X: y\rTransfer-Encoding: chunked",
                "Transfer-Encoding:\r\n chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 3",
                "transfer-encoding: chunked\r\ncontent-length: 3")) {
            corpus.put(encoding, login() + encoding + "\r\n\r\n" + chunk(BODY) + "0\r\n\r\n" + poison());
            corpus.put("length and " + encoding, login() + length + encoding + "\r\n\r\n" + BODY + poison());
            corpus.put(encoding + " and length", login() + encoding + "\r\n" + length + "\r\n" + BODY + poison());
        }
        for (String value : List.of(
                "+5",
                "-1",
                "-0",
                "5, 5",
                "5,6",
                "0x5",
                "5 5",
                "5.0",
                "5e0",
                "",
                "five",
                "99999999999999999999",
                "9223372036854775808",
                "\u0665",
                "5\0",
                "5;",
                "\"5\"",
                "5\u000b")) {
            corpus.put("length " + value, login() + "Content-Length: " + value + "\r\n\r\nhello" + poison());
        }
        corpus.put("two lengths", login() + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + poison());
        corpus.put("equal lengths", login() + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello" + poison());
        corpus.put("space before colon", login() + "Content-Length : 5\r\n\r\nhello" + poison());
        corpus.put("folded length", login() + "Content-Length:\r\n 5\r\n\r\nhello" + poison());
        for (String size : List.of(
                "-5",
                "+5",
                "0x5",
                " 5",
                "5 ",
                "5;a=b",
                "5;",
                "5\t",
                "",
                "g",
                "5 5",
                "5,5",
                "7fffffff",
                "80000000",
                "ffffffff",
                "100000005",
                "ffffffffffffffff",
                "1".repeat(100_000),
                "\0005",
                "\u0665")) {
            corpus.put("chunk size " + shortened(size), login() + CHUNKED + size + "\r\nhello\r\n0\r\n\r\n" + poison());
        }
        corpus.put("chunk without its end", login() + CHUNKED + "5\r\nhelloXX0\r\n\r\n" + poison());
        corpus.put("chunk ended by LF", login() + CHUNKED + "5\r\nhello\n0\r\n\r\n" + poison());
        corpus.put("size ended by LF", login() + CHUNKED + "5\nhello\r\n0\r\n\r\n" + poison());
        corpus.put("size ended by CR", login() + CHUNKED + "5\rhello\r\n0\r\n\r\n" + poison());
        corpus.put("trailer", login() + CHUNKED + chunk(BODY) + "0\r\nX: y\r\n\r\n" + poison());
        corpus.put("trailer, then the poison", login() + CHUNKED + chunk(BODY) + "0\r\nX: y\r\n" + poison());
        corpus.put("poison for a trailer", login() + CHUNKED + chunk(BODY) + "0\r\n" + poison());
        corpus.put("last chunk with digits", login() + CHUNKED + chunk(BODY) + "0000000000000\r\n\r\n" + poison());
        corpus.put("LF alone", login().replace("\r\n", "\n") + "\n" + poison());
        corpus.put("CR alone", login().replace("\r\n", "\r") + "\r" + poison());
        corpus.put("folded header", login() + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n" + poison());
        corpus.put("NUL in a value", login() + "X: a\0b\r\nContent-Length: 0\r\n\r\n" + poison());
        corpus.put("no name", login() + ": b\r\nContent-Length: 0\r\n\r\n" + poison());
        corpus.put("no colon", login() + "Xab\r\nContent-Length: 0\r\n\r\n" + poison());
        corpus.put("empty lines first", "\r\n\r\n" + poison());
        corpus.put("HTTP/1.0", poison().replace("HTTP/1.1", "HTTP/1.0"));
        corpus.put("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + poison());

        // Each on a connection of its own, and all at once: many wait for the server to give them up.
        List<String> cases = List.copyOf(corpus.keySet());
        List<Callable<List<Wire.Answer>>> tasks = new ArrayList<>();
        cases.forEach(name -> tasks.add(() -> answers(corpus.get(name))));
        List<List<Wire.Answer>> all = Together.run(tasks);
        for (int i = 0; i < cases.size(); i++) {
            String name = cases.get(i);
            List<Wire.Answer> answers = all.get(i);
            assertTrue(answers.size() <= 1, () -> name + " was answered twice: " + answers);
            for (Wire.Answer answer : answers) {
                assertTrue(Set.of(400, 413).contains(answer.status()), () -> name + ": " + answer);
                checkAnswer(name, answer);
            }
        }
        System.out.println("attack: " + corpus.size() + " ambiguous requests over a raw socket");
    }

    private static String shortened(String text) {
        return text.substring(0, Math.min(20, text.length()));
    }

    /** Until the server closes, which it must do. */
    private static List<Wire.Answer> answers(String bytes) throws IOException {
        List<Wire.Answer> answers = new ArrayList<>();
        try (Wire wire = new Wire(target.url())) {
            try {
                wire.send(bytes);
            } catch (IOException e) {
                // It was closed before all was sent.
                return answers;
            }
            for (Optional<Wire.Answer> next = wire.answer(); next.isPresent(); next = wire.answer()) {
                answers.add(next.get());
            }
        }
        return answers;
    }

    private static void checkAnswer(String what, Wire.Answer answer) {
        for (String header : SECURITY) {
            assertFalse(answer.header(header).isEmpty(), () -> what + " lacks " + header + ": " + answer);
        }
        assertEquals("", answer.header("server"), what);
        String all = answer.toString();
        assertFalse(all.contains(MARK), () -> what + " was echoed: " + all);
        assertFalse(
                all.contains("Exception") || all.contains("\tat ") || all.contains("helidon"), () -> what + ": " + all);
    }

    /** These are whole: both must be answered, each as itself, whether anybody reads the body or not. */
    @Test
    void aBodyIsNeverTakenForARequest() throws Exception {
        Map<String, String> bodies = new LinkedHashMap<>();
        String poison = poison();
        String length = "Content-Length: " + poison.length() + "\r\n\r\n" + poison;
        String chunked = CHUNKED + chunk(poison) + "0\r\n\r\n";
        for (String head : List.of(
                "GET /health/live HTTP/1.1\r\n" + target.host(),
                "POST /api/v1/sessions HTTP/1.1\r\n" + target.host(),
                "POST /api/v1/none HTTP/1.1\r\n" + target.host(),
                "DELETE /health/live HTTP/1.1\r\n" + target.host(),
                "HEAD /api/v1/auth/me HTTP/1.1\r\n" + target.host(),
                "POST /api/v1/auth/login HTTP/1.1\r\nHost: evil.example\r\n",
                "POST /api/v1/auth/login HTTP/1.1\r\nOrigin: http://evil.example\r\n" + target.host(),
                login())) {
            for (String more : List.of("", "Expect: 100-continue\r\n", "Upgrade: h2c\r\nConnection: Upgrade\r\n")) {
                bodies.put(head + more + "length", head + more + length);
                bodies.put(head + more + "chunked", head + more + chunked);
            }
        }
        for (Map.Entry<String, String> one : bodies.entrySet()) {
            try (Wire wire = new Wire(target.url())) {
                wire.send(one.getValue() + get("/health/ready"));
                Wire.Answer first = wire.answer().orElseThrow();
                if (first.status() == 100) {
                    first = wire.answer().orElseThrow();
                }
                Wire.Answer second = wire.answer().orElseThrow(() -> new AssertionError(one.getKey()));
                assertTrue(first.status() != 200 || first.body().equals("{\"status\":\"UP\"}"), one.getKey());
                assertEquals(200, second.status(), () -> one.getKey() + " → " + second);
                assertEquals("{\"status\":\"UP\"}", second.body(), one.getKey());
                checkAnswer(one.getKey(), first);
            }
        }
        System.out.println("attack: " + bodies.size() + " requests in bodies");
    }

    @Test
    void targetsThatAreNoPathAreRefused() throws Exception {
        List<String> lines = List.of(
                "GET http://evil.example/health/live HTTP/1.1",
                "GET https://localhost/health/live HTTP/1.1",
                "GET evil.example:80 HTTP/1.1",
                "GET //evil.example/health/live HTTP/1.1",
                "CONNECT localhost:80 HTTP/1.1",
                "OPTIONS * HTTP/1.1",
                "GET health/live HTTP/1.1",
                "GET \\health HTTP/1.1",
                "GET ?a=b HTTP/1.1",
                "GET /health/live#part HTTP/1.1",
                "GET /health/%zz HTTP/1.1",
                "GET /health/% HTTP/1.1",
                "GET /health/%4 HTTP/1.1",
                "GET /%2f/. HTTP/1.1",
                "GET /./%2f/. HTTP/1.1",
                "GET /a%20b.html HTTP/1.1",
                "GET /%252e%zz HTTP/1.1",
                "GET /health/live?a=%zz HTTP/1.1",
                "GET /health/live?a=<b> HTTP/1.1",
                "GET /\u00ff\u00fe HTTP/1.1",
                "GET /a\0b HTTP/1.1",
                "GET /a\tb HTTP/1.1",
                "GET\t/health/live\tHTTP/1.1",
                "GET  /health/live HTTP/1.1",
                "GET /health/live  HTTP/1.1",
                "GET /health/live HTTP/1.1 ",
                "GET /health/live HTTP/1.1x",
                "GET /health/live http/1.1",
                "GET /health/live",
                "get /health/live HTTP/1.1",
                "G<T /health/live HTTP/1.1",
                "A".repeat(3_000) + " /health/live HTTP/1.1",
                " ",
                MARK);
        for (String line : lines) {
            List<Wire.Answer> answers = answers(line + "\r\n" + target.host() + "\r\n" + poison());
            assertEquals(1, answers.size(), () -> line + answers);
            assertEquals(400, answers.getFirst().status(), () -> line + answers);
            checkAnswer(line, answers.getFirst());
        }
    }

    @Test
    void whatIsTooLongIsRefused() throws Exception {
        Map<String, Integer> requests = Map.of(
                "GET /" + "x".repeat(5_000) + " HTTP/1.1\r\n" + target.host() + "\r\n",
                414,
                "GET / HTTP/1.1" + "1".repeat(5_000) + "\r\n" + target.host() + "\r\n",
                414,
                "x".repeat(60_000),
                414,
                "GET / HTTP/1.1\r\n" + target.host() + "X: " + "x".repeat(17_000) + "\r\n\r\n",
                400,
                "GET / HTTP/1.1\r\n" + target.host() + "x".repeat(17_000) + ": x\r\n\r\n",
                400,
                "GET / HTTP/1.1\r\n" + target.host() + "x".repeat(30_000),
                400,
                "GET / HTTP/1.1\r\n" + target.host() + "a: b\r\n".repeat(5_000) + "\r\n",
                400,
                "GET / HTTP/1.1\r\n" + target.host() + "Cookie: dashboard_access=" + "x".repeat(17_000) + "\r\n\r\n",
                400,
                login() + "Content-Length: 1048577\r\n\r\n",
                413,
                login() + CHUNKED + "100001\r\n",
                413);
        for (Map.Entry<String, Integer> one : requests.entrySet()) {
            List<Wire.Answer> answers = answers(one.getKey());
            // What is still under way when the server closes may cost the answer its delivery.
            for (Wire.Answer answer : answers) {
                assertEquals(one.getValue(), answer.status(), () -> Wire.shown(one.getKey()) + answer);
                checkAnswer(Wire.shown(one.getKey()), answer);
            }
            assertTrue(answers.size() <= 1, () -> Wire.shown(one.getKey()));
        }
        // As long as it may be, and nonsense.
        for (String cookie :
                List.of("x".repeat(15_000), ";".repeat(15_000), "=".repeat(15_000), "; ".repeat(7_000), "a.b.c")) {
            Wire.Answer answer = Wire.ask(
                    target.url(),
                    "GET /api/v1/auth/me HTTP/1.1\r\n" + target.host() + "Cookie: dashboard_access=" + cookie
                            + "; dashboard_access=" + "\r\n\r\n");
            assertEquals(401, answer.status(), answer.toString());
            checkAnswer("cookie " + shortened(cookie), answer);
        }
    }

    @Test
    void nothingThatASenderWritesBecomesAHeader() throws Exception {
        List<String> requests = new ArrayList<>();
        for (String evil : List.of(
                "%0d%0aX-Evil:%20yes",
                "%0aX-Evil:%20yes", "%0d%0a%0d%0aHTTP/1.1%20200%20OK", "%e5%98%8a%e5%98%8dX-Evil:yes")) {
            requests.add(get("/" + evil));
            requests.add(get("/assets/" + evil));
            requests.add(get("/api/v1/sessions/" + evil));
            requests.add(get("/api/v1/events?after=" + evil));
            requests.add("POST /api/v1/auth/login?next=" + evil + " HTTP/1.1\r\n" + target.host()
                    + "Content-Length: 0\r\n\r\n");
        }
        String signed = target.signedHeaders();
        String body = "{\"path\":\"/x\\r\\nX-Evil: yes\"}";
        requests.add("POST /api/v1/projects HTTP/1.1\r\n" + signed
                + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        requests.add("GET /health/live HTTP/1.1\r\n" + target.host()
                + "X-Request-Id: evil\r\nX-Forwarded-Host: evil\r\nForwarded: host=evil\r\n\r\n");
        for (String request : requests) {
            Wire.Answer answer = Wire.ask(target.url(), request);
            assertFalse(answer.headers().containsKey("x-evil"), () -> Wire.shown(request) + answer);
            assertTrue(
                    answer.headers().values().stream()
                            .noneMatch(value -> value.contains("evil") || value.contains("Evil")),
                    () -> Wire.shown(request) + answer);
            assertTrue(answer.status() < 500, answer.toString());
        }
    }

    /** A body in the answer to HEAD would be read as the answer to the next request. */
    @Test
    void headIsAnsweredWithoutABody() throws Exception {
        for (String path :
                List.of("/", "/health/live", "/api/v1/auth/me", "/api/v1/none", "/assets/none.js", "/metrics")) {
            try (Wire wire = new Wire(target.url())) {
                wire.send("HEAD " + path + " HTTP/1.1\r\n" + target.host() + "\r\n" + get("/health/live"));
                assertEquals("", wire.answer().orElseThrow().body(), path);
                assertEquals("{\"status\":\"UP\"}", wire.answer().orElseThrow().body(), path);
            }
        }
    }
}
