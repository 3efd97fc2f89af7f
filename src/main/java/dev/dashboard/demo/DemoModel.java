package dev.dashboard.demo;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A scripted Messages API on loopback, so that the real CLI can be watched and tested without an account.
 *
 * <p>It answers only to the random key made at its start, which is given to the CLI as its API key: nothing else on the machine
 * can use it. Requests, answers and errors follow what CLI 2.1.330 was observed to send and accept. Safe for use by many
 * sessions at once; each request is answered on its own thread.
 */
public final class DemoModel implements AutoCloseable {
    private static final Logger LOG = System.getLogger(DemoModel.class.getName());
    private static final int MAX_REQUEST_BYTES = 64 * 1024 * 1024;
    private static final int MAX_CONNECTIONS = 256;
    private static final int MAX_COUNTED_HISTORIES = 1_000;
    private static final int KEY_BYTES = 24;
    private static final int CHARACTERS_PER_TOKEN = 4;

    private final double pace;
    private final String key;
    private final Stories stories = new Stories();
    private final Attempts attempts = new Attempts();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final WebServer server;

    private DemoModel(double pace) {
        this.pace = pace;
        this.key = "demo-" + HexFormat.of().formatHex(randomBytes());
        this.server = WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .maxPayloadSize(MAX_REQUEST_BYTES)
                .maxTcpConnections(MAX_CONNECTIONS)
                .routing(this::route)
                .build()
                .start();
    }

    /**
     * Starts the model on a free loopback port.
     *
     * @param pace factor on the delays between words: 1 is a human pace, 0 is no delay
     */
    public static DemoModel start(double pace) {
        if (!(pace >= 0 && pace <= 100)) {
            throw new IllegalArgumentException("pace must be between 0 and 100: " + pace);
        }
        DemoModel model = new DemoModel(pace);
        LOG.log(Level.INFO, "demo model started port={0}", Integer.toString(model.server.port()));
        return model;
    }

    /** What the CLI takes as {@code ANTHROPIC_BASE_URL}. */
    public URI baseUrl() {
        return URI.create("http://127.0.0.1:" + server.port());
    }

    /** What the CLI takes as {@code ANTHROPIC_API_KEY}; worth nothing anywhere else, and only until the model is closed. */
    public String apiKey() {
        return key;
    }

    /** From now on, prompts that begin with this text (in any case) get this story; the last one said wins. For tests. */
    public void say(String promptPrefix, Story story) {
        stories.add(promptPrefix, story);
    }

    /** Ends the answers that are being streamed and stops listening. Harmless when repeated. */
    @Override
    public void close() {
        closed.countDown();
        server.stop();
    }

    private void route(HttpRouting.Builder routing) {
        routing.post("/v1/messages", this::messages)
                .post("/v1/messages/count_tokens", this::countTokens)
                .any((_, response) ->
                        error(response, Status.NOT_FOUND_404, "not_found_error", "The demo model knows no such path."));
    }

    private void messages(ServerRequest request, ServerResponse response) throws IOException {
        if (!hasKey(request)) {
            refuseKey(response);
            return;
        }
        String text = new String(request.content().inputStream().readAllBytes(), StandardCharsets.UTF_8);
        JsonObject body;
        try {
            body = parse(text);
        } catch (JsonException e) {
            LOG.log(Level.DEBUG, "request to the demo model is not JSON", e);
            error(response, Status.BAD_REQUEST_400, "invalid_request_error", "The body is not a JSON object.");
            return;
        }
        String sessionId = request.headers()
                .first(HeaderNames.create("x-claude-code-session-id"))
                .orElse("");
        Conversation conversation = attempts.count(Conversation.read(body, sessionId));
        switch (stories.choose(conversation).next(conversation)) {
            case Reply.Failure failure -> fail(response, failure);
            case Reply.Message message -> {
                ReplyWriter writer = new ReplyWriter(body.getString("model", "claude-demo"), text.length(), message);
                if (body.getBoolean("stream", false)) {
                    stream(response, writer);
                } else {
                    sendJson(response, Status.OK_200, writer.whole());
                }
            }
        }
    }

    private void countTokens(ServerRequest request, ServerResponse response) throws IOException {
        if (!hasKey(request)) {
            refuseKey(response);
            return;
        }
        int tokens = request.content().inputStream().readAllBytes().length / CHARACTERS_PER_TOKEN + 1;
        sendJson(
                response,
                Status.OK_200,
                Json.createObjectBuilder().add("input_tokens", tokens).build());
    }

    private void stream(ServerResponse response, ReplyWriter writer) {
        response.header(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        response.header(HeaderNames.CACHE_CONTROL, "no-cache");
        response.header("request-id", "req_" + ReplyWriter.randomHex());
        try (OutputStream out = response.outputStream()) {
            writer.stream(out, time -> pause(scaled(time)), this::pause);
        } catch (IOException | UncheckedIOException e) {
            // The CLI hangs up when a person interrupts the turn: the normal end of such a stream.
            LOG.log(Level.DEBUG, "the CLI left the stream of the demo model", e);
        }
    }

    private Duration scaled(Duration time) {
        return Duration.ofNanos((long) (time.toNanos() * pace));
    }

    /** Waits, but no longer than the model is open. */
    private void pause(Duration time) throws IOException {
        try {
            if (closed.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new InterruptedIOException("the demo model was closed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the demo model is being stopped");
        }
    }

    private static void fail(ServerResponse response, Reply.Failure failure) {
        failure.retryAfterSeconds()
                .ifPresent(seconds -> response.header(HeaderNames.RETRY_AFTER, Integer.toString(seconds)));
        error(response, Status.create(failure.status()), failure.type(), failure.message());
    }

    private boolean hasKey(ServerRequest request) {
        String given = request.headers().first(HeaderNames.create("x-api-key")).orElse("");
        return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), key.getBytes(StandardCharsets.UTF_8));
    }

    private static void refuseKey(ServerResponse response) {
        error(
                response,
                Status.UNAUTHORIZED_401,
                "authentication_error",
                "The demo model answers only to the key of its own dashboard.");
    }

    private static void error(ServerResponse response, Status status, String type, String message) {
        String requestId = "req_" + ReplyWriter.randomHex();
        response.header("request-id", requestId);
        sendJson(
                response,
                status,
                Json.createObjectBuilder()
                        .add("type", "error")
                        .add(
                                "error",
                                Json.createObjectBuilder().add("type", type).add("message", message))
                        .add("request_id", requestId)
                        .build());
    }

    private static void sendJson(ServerResponse response, Status status, JsonObject body) {
        response.status(status);
        response.header(HeaderNames.CONTENT_TYPE, "application/json");
        response.send(body.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static JsonObject parse(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    private static byte[] randomBytes() {
        byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    /**
     * Counts how often the same history was sent, so that an error can be followed by success. Full means that the oldest
     * history is forgotten: its next request counts as the first.
     */
    private static final class Attempts {
        private final LinkedHashMap<String, Integer> byHistory = new LinkedHashMap<>();

        synchronized Conversation count(Conversation conversation) {
            int number = byHistory.merge(conversation.historyKey(), 1, Integer::sum);
            if (byHistory.size() > MAX_COUNTED_HISTORIES) {
                byHistory.remove(byHistory.firstEntry().getKey());
            }
            return conversation.asAttempt(number);
        }
    }
}
