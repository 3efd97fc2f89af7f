package dev.dashboard.bench;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** The server's HTTP API as a signed-in administrator uses it. Streams may be read by several threads at once. */
final class ApiClient implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final URI base;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    /** By hand: the JDK's CookieManager quotes the values of cookies that have a Max-Age, as no browser does. */
    private final Map<String, String> cookies = new ConcurrentHashMap<>();

    private String csrfToken = "";

    ApiClient(String url) {
        this.base = URI.create(url);
    }

    /** Signs in with the one-time password and replaces it. */
    void signIn(String name, String oneTimePassword) throws IOException, InterruptedException {
        String chosen = "bench-" + UUID.randomUUID();
        csrfToken = call("POST", "/auth/login", object("username", name, "password", oneTimePassword))
                .getString("csrfToken");
        JsonObject changed =
                call("PUT", "/auth/password", object("currentPassword", oneTimePassword, "newPassword", chosen));
        csrfToken = changed.getString("csrfToken", csrfToken);
    }

    String addProject(String path) throws IOException, InterruptedException {
        return call("POST", "/projects", object("path", path)).getString("id");
    }

    String startSession(String projectId, String title) throws IOException, InterruptedException {
        return call("POST", "/sessions", object("projectId", projectId, "title", title))
                .getString("id");
    }

    void prompt(String sessionId, String text) throws IOException, InterruptedException {
        call(
                "POST",
                "/sessions/" + sessionId + "/prompts",
                object("promptId", UUID.randomUUID().toString(), "text", text));
    }

    void stop(String sessionId) throws IOException, InterruptedException {
        call("POST", "/sessions/" + sessionId + "/stops", object());
    }

    String state(String sessionId) throws IOException, InterruptedException {
        return call("GET", "/sessions/" + sessionId, null).getString("state");
    }

    /** Waits until the session says this state; looks ten times a second, for a minute at most. */
    void awaitState(String sessionId, String wanted) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        String state = state(sessionId);
        while (!state.equals(wanted)) {
            if (System.nanoTime() > deadline || state.equals("failed")) {
                throw new IOException("session is " + state + " instead of " + wanted);
            }
            Thread.sleep(100);
            state = state(sessionId);
        }
    }

    long lastSeq() throws IOException, InterruptedException {
        return call("GET", "/sessions", null).getJsonNumber("seq").longValue();
    }

    /**
     * Reads the event stream after a number until the supplier says it is enough; each event's arrival is taken right after its
     * line was read.
     */
    void stream(long after, Delays delays, Runnable open, BooleanSupplier enough)
            throws IOException, InterruptedException {
        HttpRequest request = request("/events?after=" + after)
                .header("Accept", "text/event-stream")
                .GET()
                .build();
        HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw new IOException("the event stream answered " + response.statusCode());
        }
        open.run();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            while (!enough.getAsBoolean()) {
                String line = lines.readLine();
                if (line == null) {
                    throw new IOException("the event stream ended early");
                }
                if (line.startsWith("data:") && line.contains("\"assistant-replied\"")) {
                    delays.take(session(line), line, System.nanoTime());
                }
            }
        }
    }

    private static String session(String line) {
        String member = "\"sessionId\":\"";
        int at = line.indexOf(member) + member.length();
        return line.substring(at, line.indexOf('"', at));
    }

    private JsonObject call(String method, String path, JsonObject body) throws IOException, InterruptedException {
        HttpRequest request = request(path)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()))
                .build();
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        for (String cookie : response.headers().allValues("Set-Cookie")) {
            String pair = cookie.split(";", 2)[0];
            cookies.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        if (response.statusCode() / 100 != 2) {
            throw new IOException(method + " " + path + " answered " + response.statusCode() + ": " + response.body());
        }
        if (response.body().isBlank()) {
            return JsonObject.EMPTY_JSON_OBJECT;
        }
        try (JsonReader reader = Json.createReader(new StringReader(response.body()))) {
            return reader.readObject();
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve("/api/v1" + path))
                .header(
                        "Cookie",
                        cookies.entrySet().stream()
                                .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                                .collect(Collectors.joining("; ")))
                .header("Origin", base.toString())
                .header("X-CSRF-Token", csrfToken);
    }

    private static JsonObject object(String... namesAndValues) {
        var object = Json.createObjectBuilder();
        for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
            object.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return object.build();
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
