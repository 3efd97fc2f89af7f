package dev.dashboard.demo;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Writes one {@link Reply.Message} in the Messages API's own words, streamed or whole. Order and members of the stream are those
 * that CLI 2.1.330 accepts. Used by one request's thread.
 */
final class ReplyWriter {
    private static final Pattern WORD_START = Pattern.compile("(?<=\\s)(?=\\S)");
    private static final Duration FIRST_WORD = Duration.ofMillis(450);
    private static final Duration WORD = Duration.ofMillis(38);
    private static final Duration THOUGHT_WORD = Duration.ofMillis(26);
    private static final Duration INPUT_CHUNK = Duration.ofMillis(24);
    private static final Duration SLOW_WORD = Duration.ofMillis(500);
    private static final int INPUT_CHUNK_CHARACTERS = 24;
    private static final int CHARACTERS_PER_TOKEN = 4;

    /** Waits between words; may throw to end the stream. */
    @FunctionalInterface
    interface Pause {
        void of(Duration time) throws IOException;
    }

    private final String model;
    private final int requestCharacters;
    private final Reply.Message message;

    ReplyWriter(String model, int requestCharacters, Reply.Message message) {
        this.model = model;
        this.requestCharacters = requestCharacters;
        this.message = message;
    }

    /** The answer to a request without {@code stream}: the CLI's fallback after a broken stream. */
    JsonObject whole() {
        JsonArrayBuilder content = Json.createArrayBuilder();
        message.parts().forEach(part -> content.add(wholeBlock(part)));
        return messageObject()
                .add("content", content)
                .add("stop_reason", stopReason())
                .add("stop_sequence", JsonValue.NULL)
                .add("usage", usage(outputTokens()))
                .build();
    }

    /**
     * Streams the answer.
     *
     * @param scaled waits a time that is scaled by the model's pace
     * @param exact waits exactly the given time
     * @throws IOException when the client is gone or the model stops
     */
    void stream(OutputStream out, Pause scaled, Pause exact) throws IOException {
        JsonObjectBuilder start = messageObject()
                .add("content", JsonValue.EMPTY_JSON_ARRAY)
                .add("stop_reason", JsonValue.NULL)
                .add("stop_sequence", JsonValue.NULL)
                .add("usage", usage(1));
        emit(out, event("message_start").add("message", start));
        emit(out, event("ping"));
        scaled.of(FIRST_WORD);
        for (int index = 0; index < message.parts().size(); index++) {
            Reply.Part part = message.parts().get(index);
            emit(out, event("content_block_start").add("index", index).add("content_block", emptyBlock(part)));
            switch (part) {
                case Reply.Part.Thinking thinking -> streamThinking(out, index, thinking, scaled);
                case Reply.Part.Text text -> streamText(out, index, text, scaled, exact);
                case Reply.Part.ToolCall call -> streamInput(out, index, call, scaled);
            }
            emit(out, event("content_block_stop").add("index", index));
        }
        emit(
                out,
                event("message_delta")
                        .add(
                                "delta",
                                Json.createObjectBuilder()
                                        .add("stop_reason", stopReason())
                                        .add("stop_sequence", JsonValue.NULL))
                        .add("usage", usage(outputTokens())));
        emit(out, event("message_stop"));
    }

    private static void streamThinking(OutputStream out, int index, Reply.Part.Thinking thinking, Pause scaled)
            throws IOException {
        for (String word : WORD_START.split(thinking.text())) {
            emit(out, delta(index, "thinking_delta", "thinking", word));
            scaled.of(THOUGHT_WORD);
        }
        emit(out, delta(index, "signature_delta", "signature", signature(thinking.text())));
    }

    private static void streamText(OutputStream out, int index, Reply.Part.Text text, Pause scaled, Pause exact)
            throws IOException {
        if (text.tempo() == Reply.Tempo.BURST) {
            emit(out, delta(index, "text_delta", "text", text.text()));
            return;
        }
        for (String word : WORD_START.split(text.text())) {
            emit(out, delta(index, "text_delta", "text", word));
            if (text.tempo() == Reply.Tempo.SLOW) {
                exact.of(SLOW_WORD);
            } else {
                scaled.of(WORD);
            }
        }
    }

    private static void streamInput(OutputStream out, int index, Reply.Part.ToolCall call, Pause scaled)
            throws IOException {
        for (String chunk : chunks(call.input().toString())) {
            emit(out, delta(index, "input_json_delta", "partial_json", chunk));
            scaled.of(INPUT_CHUNK);
        }
    }

    private static List<String> chunks(String json) {
        List<String> chunks = new ArrayList<>();
        int from = 0;
        while (from < json.length()) {
            int to = Math.min(json.length(), from + INPUT_CHUNK_CHARACTERS);
            if (to < json.length() && Character.isHighSurrogate(json.charAt(to - 1))) {
                to++; // Half a character cannot be written as UTF-8.
            }
            chunks.add(json.substring(from, to));
            from = to;
        }
        return chunks;
    }

    private static JsonObject emptyBlock(Reply.Part part) {
        return switch (part) {
            case Reply.Part.Thinking _ ->
                Json.createObjectBuilder()
                        .add("type", "thinking")
                        .add("thinking", "")
                        .add("signature", "")
                        .build();
            case Reply.Part.Text _ ->
                Json.createObjectBuilder().add("type", "text").add("text", "").build();
            case Reply.Part.ToolCall call -> toolUse(call, JsonValue.EMPTY_JSON_OBJECT);
        };
    }

    private static JsonObject wholeBlock(Reply.Part part) {
        return switch (part) {
            case Reply.Part.Thinking thinking ->
                Json.createObjectBuilder()
                        .add("type", "thinking")
                        .add("thinking", thinking.text())
                        .add("signature", signature(thinking.text()))
                        .build();
            case Reply.Part.Text text ->
                Json.createObjectBuilder()
                        .add("type", "text")
                        .add("text", text.text())
                        .build();
            case Reply.Part.ToolCall call -> toolUse(call, call.input());
        };
    }

    private static JsonObject toolUse(Reply.Part.ToolCall call, JsonObject input) {
        return Json.createObjectBuilder()
                .add("type", "tool_use")
                .add("id", "toolu_" + randomHex())
                .add("name", call.tool())
                .add("input", input)
                .build();
    }

    private JsonObjectBuilder messageObject() {
        return Json.createObjectBuilder()
                .add("id", "msg_" + randomHex())
                .add("type", "message")
                .add("role", "assistant")
                .add("model", model);
    }

    /** Counts look like those of a real session: most of the history comes from the cache. */
    private JsonObject usage(int outputTokens) {
        int context = requestCharacters / CHARACTERS_PER_TOKEN + 1;
        int cached = context * 9 / 10;
        int written = (context - cached) / 2;
        return Json.createObjectBuilder()
                .add("input_tokens", context - cached - written)
                .add("cache_creation_input_tokens", written)
                .add("cache_read_input_tokens", cached)
                .add("output_tokens", outputTokens)
                .add("service_tier", "standard")
                .build();
    }

    private int outputTokens() {
        int characters = message.parts().stream()
                .mapToInt(part -> switch (part) {
                    case Reply.Part.Thinking thinking -> thinking.text().length();
                    case Reply.Part.Text text -> text.text().length();
                    case Reply.Part.ToolCall call -> call.input().toString().length();
                })
                .sum();
        return characters / CHARACTERS_PER_TOKEN + 1;
    }

    private String stopReason() {
        return message.callsTool() ? "tool_use" : "end_turn";
    }

    private static JsonObjectBuilder event(String type) {
        return Json.createObjectBuilder().add("type", type);
    }

    private static JsonObjectBuilder delta(int index, String type, String member, String value) {
        return event("content_block_delta")
                .add("index", index)
                .add("delta", Json.createObjectBuilder().add("type", type).add(member, value));
    }

    private static void emit(OutputStream out, JsonObjectBuilder builder) throws IOException {
        JsonObject event = builder.build();
        String frame = "event: " + event.getString("type") + "\ndata: " + event + "\n\n";
        out.write(frame.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static String signature(String text) {
        return "demo-" + Integer.toHexString(text.hashCode());
    }

    static String randomHex() {
        return UUID.randomUUID().toString().replace("-", "").substring(0, 24);
    }
}
