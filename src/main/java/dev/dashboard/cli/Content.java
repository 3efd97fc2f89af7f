package dev.dashboard.cli;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.util.Optional;

/** One block of a message, as the Messages API names them. What is new or malformed is kept as {@link Other}. */
public sealed interface Content {

    record Text(String text) implements Content {}

    /** What the model thought; empty when only a signature was given. */
    record Thinking(String text) implements Content {}

    /** The model calls a tool. The input is the tool's own, unread. */
    record ToolUse(String toolUseId, String tool, JsonObject input) implements Content {}

    /**
     * What a tool gave back.
     *
     * @param text all text parts, a line break between two
     * @param parts the parts as sent, when the CLI sent a list (images are among them); empty when it sent plain text
     */
    record ToolResult(String toolUseId, boolean isError, String text, JsonArray parts) implements Content {}

    /** An image; the data stay unread in {@code source}. */
    record Image(Optional<String> mediaType, JsonObject source) implements Content {}

    record Other(JsonObject block) implements Content {}
}
