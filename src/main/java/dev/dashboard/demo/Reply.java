package dev.dashboard.demo;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import java.util.OptionalInt;

/** One answer of the scripted model. */
public sealed interface Reply {

    /** A message of the assistant; it stops with {@code tool_use} when it holds a call, else with {@code end_turn}. */
    record Message(List<Part> parts) implements Reply {
        public Message {
            parts = List.copyOf(parts);
        }

        boolean callsTool() {
            return parts.stream().anyMatch(Part.ToolCall.class::isInstance);
        }
    }

    /**
     * An API error instead of an answer.
     *
     * @param status HTTP status
     * @param type error type as the Messages API names it, for instance {@code overloaded_error}
     * @param retryAfterSeconds the {@code retry-after} header, if any
     */
    record Failure(int status, String type, String message, OptionalInt retryAfterSeconds) implements Reply {}

    /** One content block. */
    sealed interface Part {
        record Thinking(String text) implements Part {}

        record Text(String text, Tempo tempo) implements Part {}

        record ToolCall(String tool, JsonObject input) implements Part {}
    }

    /** How fast the words of a text come. */
    enum Tempo {
        /** A word at a time, as a model would; scaled by the model's pace. */
        HUMAN,
        /** Two words a second whatever the pace is: made to be interrupted. */
        SLOW,
        /** All at once, whatever the pace is: made for load. */
        BURST
    }

    static Reply of(Part... parts) {
        return new Message(List.of(parts));
    }

    static Part think(String text) {
        return new Part.Thinking(text);
    }

    static Part text(String text) {
        return new Part.Text(text, Tempo.HUMAN);
    }

    static Part call(String tool, JsonObject input) {
        return new Part.ToolCall(tool, input);
    }

    /** A tool call whose input has string members only: name, value, name, value … */
    static Part call(String tool, String... namesAndValues) {
        JsonObjectBuilder input = Json.createObjectBuilder();
        for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
            input.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Part.ToolCall(tool, input.build());
    }
}
