package dev.dashboard.support;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A person at a browser of their own: signs in, keeps the cookies, and does what the HTTP API offers. Any thread, several at once.
 * The address is asked for at each request, so a person outlives the server's process.
 */
public final class Person implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** What the server answered. */
    public record Answer(String request, int status, String body) {
        public JsonObject json() {
            try (JsonReader reader = Json.createReader(new StringReader(body))) {
                return reader.readObject();
            } catch (JsonException e) {
                throw new AssertionError(this + " is no JSON object", e);
            }
        }

        /** The body, when this was the status. */
        public JsonObject expect(int wanted) {
            if (status != wanted) {
                throw new AssertionError("expected " + wanted + ", but " + this);
            }
            return body.isBlank() ? JsonValue.EMPTY_JSON_OBJECT : json();
        }

        /** The Problem, when it was refused with this status and code. */
        public JsonObject refused(int wanted, String code) {
            JsonObject problem = expect(wanted);
            if (!problem.getString("code", "").equals(code)) {
                throw new AssertionError("expected code " + code + ", but " + this);
            }
            return problem;
        }

        @Override
        public String toString() {
            return request + " answered " + status + ": " + body;
        }
    }

    private final Supplier<URI> base;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    /** By name. The JDK's own jar would send them in a form that no browser uses. */
    private final Map<String, String> cookies = new ConcurrentHashMap<>();

    private volatile String csrfToken = "";

    /** Somebody who has not signed in. */
    public Person(Supplier<URI> base) {
        this.base = base;
    }

    // ---- signing in

    public Answer signIn(String name, String password) {
        ServerLogs.secret(password);
        return keepingToken(call("POST", "/auth/login", object("username", name, "password", password)));
    }

    /** As a browser does when its access token has expired. */
    public Answer refresh() {
        return keepingToken(call("POST", "/auth/refresh", object()));
    }

    public Answer changePassword(String current, String fresh) {
        ServerLogs.secret(fresh);
        return keepingToken(call("PUT", "/auth/password", object("currentPassword", current, "newPassword", fresh)));
    }

    /** Somebody new of this role, who has chosen a password and is signed in, in a browser of their own. */
    public Person invite(String name, String role) {
        String invitation = call("POST", "/users", object("name", name, "role", role))
                .expect(201)
                .getJsonObject("invitation")
                .getString("token");
        ServerLogs.secret(invitation);
        Person invited = new Person(base);
        invited.keepingToken(invited.call(
                        "POST", "/auth/invitations", object("token", invitation, "password", "a sentence of " + name)))
                .expect(200);
        return invited;
    }

    private Answer keepingToken(Answer answer) {
        if (answer.status() == 200) {
            csrfToken = answer.json().getString("csrfToken");
            ServerLogs.secret(csrfToken);
        }
        return answer;
    }

    // ---- projects and sessions

    /** The project's id. */
    public String addProject(String path) {
        Answer answer = call("POST", "/projects", object("path", path));
        return answer.expect(answer.status() == 200 ? 200 : 201).getString("id");
    }

    /** The session's id. Names and values alternate: title, permissionMode and so on. */
    public String startSession(String projectId, String... options) {
        return openSession(projectId, options).expect(201).getString("id");
    }

    public Answer openSession(String projectId, String... options) {
        return call(
                "POST",
                "/sessions",
                Json.createObjectBuilder(object(options))
                        .add("projectId", projectId)
                        .build());
    }

    /** What runs, and who waits for a place. */
    public JsonObject processes() {
        return get("/processes").expect(200);
    }

    public JsonObject session(String id) {
        return get("/sessions/" + id).expect(200);
    }

    public String state(String id) {
        return session(id).getString("state");
    }

    public Answer stop(String id) {
        return call("POST", "/sessions/" + id + "/stops", object());
    }

    public Answer resume(String id) {
        return call("POST", "/sessions/" + id + "/resumptions", object());
    }

    public Answer interrupt(String id) {
        return call("POST", "/sessions/" + id + "/interruptions", object());
    }

    /** Waits until the session says this state; fails at once when it has failed. */
    public void awaitState(String id, String wanted) {
        Await.until("session " + id + " is " + wanted, Duration.ofMinutes(1), Duration.ofMillis(100), () -> {
            JsonObject session = session(id);
            String state = session.getString("state");
            if (state.equals("failed") && !wanted.equals("failed")) {
                throw new AssertionError("the session failed instead of being " + wanted + ": " + session);
            }
            return state.equals(wanted);
        });
    }

    /** The number of the last event that there is. */
    public long lastSeq() {
        return get("/sessions").expect(200).getJsonNumber("seq").longValue();
    }

    // ---- prompts and approvals

    public Answer prompt(String session, UUID prompt, String text) {
        ServerLogs.words(text);
        return call("POST", "/sessions/" + session + "/prompts", object("promptId", prompt.toString(), "text", text));
    }

    /** As {@link #prompt(String, UUID, String)}, as a part of a trace of the caller's. */
    public Answer prompt(String session, UUID prompt, String text, String traceparent) {
        ServerLogs.words(text);
        return call(
                "POST",
                "/sessions/" + session + "/prompts",
                object("promptId", prompt.toString(), "text", text),
                "traceparent",
                traceparent);
    }

    /** Change a prompt that waits: its words, its place, or that it runs now. */
    public Answer changePrompt(String session, UUID prompt, JsonObject change) {
        return call("PATCH", "/sessions/" + session + "/prompts/" + prompt, change);
    }

    public Answer removePrompt(String session, UUID prompt) {
        return call("DELETE", "/sessions/" + session + "/prompts/" + prompt, null);
    }

    /** The open prompts; those that wait in the order of their turn. */
    public JsonObject openPrompts(String session) {
        return get("/sessions/" + session + "/prompts").expect(200);
    }

    public String promptState(String session, UUID prompt) {
        return get("/sessions/" + session + "/prompts/" + prompt).expect(200).getString("state");
    }

    public Answer deliver(String session, UUID prompt) {
        return call("POST", "/sessions/" + session + "/prompts/" + prompt + "/deliveries", object());
    }

    public JsonObject approval(String id) {
        return get("/approvals/" + id).expect(200);
    }

    public Answer allow(String approval) {
        return call("PUT", "/approvals/" + approval + "/decision", object("decision", "allow"));
    }

    public Answer decide(String approval, JsonObject decision) {
        return call("PUT", "/approvals/" + approval + "/decision", decision);
    }

    public Answer deny(String approval, String reason) {
        return call("PUT", "/approvals/" + approval + "/decision", object("decision", "deny", "reason", reason));
    }

    public JsonObject trust(String project) {
        return get("/projects/" + project + "/trust").expect(200);
    }

    /** Says yes to what is there now. */
    public JsonObject trustAsItIs(String project) {
        return call(
                        "PUT",
                        "/projects/" + project + "/trust",
                        object("fingerprint", trust(project).getString("fingerprint")))
                .expect(200);
    }

    public void withdrawTrust(String project) {
        Answer answer = call("DELETE", "/projects/" + project + "/trust", null);
        if (answer.status() != 204) {
            throw new AssertionError(answer.toString());
        }
    }

    // ---- requests

    public Answer get(String path) {
        return call("GET", path, null);
    }

    /**
     * Opens an event stream; the caller closes it.
     *
     * @param query for instance {@code ?after=0}, or empty
     * @param lastEventId as a browser sends it when it comes back
     */
    public InputStream stream(String query, OptionalLong lastEventId) {
        HttpRequest.Builder request = request("/events" + query).header("Accept", "text/event-stream");
        lastEventId.ifPresent(id -> request.header("Last-Event-ID", Long.toString(id)));
        HttpResponse<InputStream> response = send(request.GET().build(), BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw new AssertionError("the event stream answered " + response.statusCode());
        }
        return response.body();
    }

    private Answer call(String method, String path, JsonObject body, String... headers) {
        HttpRequest.Builder request = request(path)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<String> response = send(request.build(), BodyHandlers.ofString());
        return new Answer(method + " " + path, response.statusCode(), response.body());
    }

    private HttpRequest.Builder request(String path) {
        URI now = base.get();
        return HttpRequest.newBuilder(now.resolve("/api/v1" + path))
                .header("Origin", now.toString())
                .header("Cookie", cookieHeader())
                .header("X-CSRF-Token", csrfToken);
    }

    /** What a write carries beside the cookies; for clients of another make. */
    public String csrfToken() {
        return csrfToken;
    }

    /** The cookies as a browser sends them; for clients of another make. */
    public String cookieHeader() {
        return cookies.entrySet().stream()
                .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
    }

    public Answer rename(String session, String title) {
        return call("PATCH", "/sessions/" + session, object("title", title));
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            HttpResponse<T> response = http.send(request, handler);
            response.headers().allValues("Set-Cookie").forEach(this::keep);
            return response;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    request.method() + " " + request.uri().getPath(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted at " + request.uri().getPath(), e);
        }
    }

    private void keep(String setCookie) {
        String pair = setCookie.split(";", 2)[0];
        int equals = pair.indexOf('=');
        String name = pair.substring(0, equals);
        if (setCookie.contains("Max-Age=0;") || setCookie.endsWith("Max-Age=0")) {
            cookies.remove(name);
        } else {
            cookies.put(name, pair.substring(equals + 1));
            ServerLogs.secret(pair.substring(equals + 1));
        }
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
