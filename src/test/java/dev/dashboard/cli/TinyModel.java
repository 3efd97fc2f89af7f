package dev.dashboard.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A Messages API on the loopback that plays one trick: a prompt {@code run: COMMAND} makes it call the Bash tool once; everything else,
 * and every tool's result, it answers with {@code done}. Remembers the keys it was shown.
 */
final class TinyModel implements AutoCloseable {
    private static final String RUN = "run: ";

    final Set<String> keys = ConcurrentHashMap.newKeySet();
    private final HttpServer server;

    TinyModel() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/messages", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("x-api-key")));
            JsonObject request;
            try (var reader = Json.createReader(exchange.getRequestBody())) {
                request = reader.readObject();
            }
            byte[] body = stream(block(request)).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static Object block(JsonObject request) {
        String last = request.getJsonArray("messages").getValuesAs(JsonObject.class).stream()
                .filter(message -> message.getString("role").equals("user"))
                .reduce((_, later) -> later)
                .map(message -> message.get("content").toString())
                .orElse("");
        int at = last.contains("tool_result") ? -1 : last.lastIndexOf(RUN);
        return at < 0
                ? "done"
                : Json.createObjectBuilder().add("command", command(request)).build();
    }

    private static String command(JsonObject request) {
        JsonObject message = request.getJsonArray("messages").getValuesAs(JsonObject.class).stream()
                .filter(candidate -> candidate.getString("role").equals("user"))
                .reduce((_, later) -> later)
                .orElseThrow();
        List<String> texts = message.get("content") instanceof JsonArray blocks
                ? blocks.getValuesAs(JsonObject.class).stream()
                        .map(part -> part.getString("text", ""))
                        .toList()
                : List.of(message.getString("content"));
        return texts.stream()
                .filter(text -> text.startsWith(RUN))
                .map(text -> text.substring(RUN.length()))
                .findFirst()
                .orElseThrow();
    }

    private static String stream(Object block) {
        JsonObjectBuilder start = Json.createObjectBuilder();
        JsonObjectBuilder delta = Json.createObjectBuilder();
        String reason;
        if (block instanceof JsonObject input) {
            start.add("type", "tool_use").add("id", "toolu_" + id()).add("name", "Bash");
            start.add("input", Json.createObjectBuilder());
            delta.add("type", "input_json_delta").add("partial_json", input.toString());
            reason = "tool_use";
        } else {
            start.add("type", "text").add("text", "");
            delta.add("type", "text_delta").add("text", block.toString());
            reason = "end_turn";
        }
        JsonObject usage = Json.createObjectBuilder()
                .add("input_tokens", 10)
                .add("output_tokens", 5)
                .build();
        JsonObjectBuilder message = Json.createObjectBuilder()
                .add("id", "msg_" + id())
                .add("type", "message")
                .add("role", "assistant")
                .add("model", "claude-sonnet-5-5")
                .add("content", Json.createArrayBuilder())
                .add("usage", usage);
        return event("message_start", Json.createObjectBuilder().add("message", message))
                + event(
                        "content_block_start",
                        Json.createObjectBuilder().add("index", 0).add("content_block", start))
                + event(
                        "content_block_delta",
                        Json.createObjectBuilder().add("index", 0).add("delta", delta))
                + event("content_block_stop", Json.createObjectBuilder().add("index", 0))
                + event(
                        "message_delta",
                        Json.createObjectBuilder()
                                .add("delta", Json.createObjectBuilder().add("stop_reason", reason))
                                .add("usage", usage))
                + event("message_stop", Json.createObjectBuilder());
    }

    private static String event(String type, JsonObjectBuilder data) {
        return "event: " + type + "\ndata: " + data.add("type", type).build() + "\n\n";
    }

    private static String id() {
        return UUID.randomUUID().toString().replace("-", "").substring(0, 24);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
