package dev.dashboard.support;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Messages API on loopback that answers each request as the test says at that moment, and counts them. Without a script it streams
 * "Fine." as a model would.
 */
public final class ScriptedModel implements AutoCloseable {
    /** Answers one request to the model; the number counts from 1 since the script was set. */
    public interface Script {
        void answer(HttpExchange exchange, int number) throws IOException;
    }

    private final HttpServer server;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile Script script = (exchange, _) -> stream(exchange, "Fine.");

    private ScriptedModel(HttpServer server) {
        this.server = server;
    }

    public static ScriptedModel start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ScriptedModel model = new ScriptedModel(server);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/messages", model::answer);
        server.start();
        return model;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** From now on each request is answered like this. */
    public void say(Script next) {
        script = next;
        requests.set(0);
    }

    /** From now on it answers as a model that is well. */
    public void recover() {
        say((exchange, _) -> stream(exchange, "Fine."));
    }

    /** Requests since the last {@link #say}. */
    public int requests() {
        return requests.get();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            script.answer(exchange, requests.incrementAndGet());
        }
    }

    // ---- answers

    /** An error as the API gives it; names and values of headers alternate. */
    public static Script error(int status, String type, String message, String... headers) {
        return (exchange, _) -> {
            for (int i = 0; i + 1 < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            send(
                    exchange,
                    status,
                    "application/json",
                    "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"" + message
                            + "\"},\"request_id\":\"req_1\"}");
        };
    }

    /** The connection is dropped without an answer. */
    public static Script drop() {
        return (exchange, _) -> exchange.close();
    }

    /** The answer begins and the connection is dropped. */
    public static Script cutInMidStream() {
        return (exchange, _) -> {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 100_000);
            OutputStream out = exchange.getResponseBody();
            out.write(beginning("Half a sen").getBytes(StandardCharsets.UTF_8));
            out.flush();
            exchange.close();
        };
    }

    /** The answer begins and ends with an error event. */
    public static Script errorInStream(String type, String message) {
        return (exchange, _) -> send(
                exchange,
                200,
                "text/event-stream",
                beginning("Half a sen")
                        + event(
                                "error",
                                "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"" + message
                                        + "\"}}"));
    }

    public static void stream(HttpExchange exchange, String text) throws IOException {
        send(
                exchange,
                200,
                "text/event-stream",
                beginning(text)
                        + event("content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}")
                        + event(
                                "message_delta",
                                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
                                        + "\"usage\":{\"output_tokens\":2}}")
                        + event("message_stop", "{\"type\":\"message_stop\"}"));
    }

    private static String beginning(String text) {
        Map<String, String> events = new LinkedHashMap<>();
        events.put(
                "message_start",
                "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
                        + "\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
                        + "\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}");
        events.put(
                "content_block_start",
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}");
        events.put(
                "content_block_delta",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + text
                        + "\"}}");
        StringBuilder stream = new StringBuilder();
        events.forEach((name, data) -> stream.append(event(name, data)));
        return stream.toString();
    }

    private static String event(String name, String data) {
        return "event: " + name + "\ndata: " + data + "\n\n";
    }

    private static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
