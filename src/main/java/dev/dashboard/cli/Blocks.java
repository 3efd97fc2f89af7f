package dev.dashboard.cli;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Content blocks of messages, from JSON. */
final class Blocks {
    private Blocks() {}

    /** {@code content} is plain text or a list of blocks; anything else is no content. */
    static List<Content> of(JsonValue content) {
        if (content instanceof JsonString text) {
            return List.of(new Content.Text(text.getString()));
        }
        if (!(content instanceof JsonArray blocks)) {
            return List.of();
        }
        List<Content> result = new ArrayList<>(blocks.size());
        for (JsonValue block : blocks) {
            if (block instanceof JsonObject object) {
                result.add(of(object));
            } else if (block instanceof JsonString text) {
                result.add(new Content.Text(text.getString()));
            }
        }
        return result;
    }

    private static Content of(JsonObject block) {
        Fields fields = new Fields(block);
        return switch (fields.string("type").orElse("")) {
            case "text" -> fields.string("text").<Content>map(Content.Text::new).orElse(new Content.Other(block));
            case "thinking" -> new Content.Thinking(fields.string("thinking").orElse(""));
            case "tool_use" -> toolUse(fields);
            case "tool_result" -> toolResult(fields);
            case "image" -> image(fields.object("source"));
            default -> new Content.Other(block);
        };
    }

    private static Content toolUse(Fields block) {
        Optional<String> id = block.string("id");
        Optional<String> name = block.string("name");
        return id.isPresent() && name.isPresent()
                ? new Content.ToolUse(
                        id.get(), name.get(), block.object("input").json())
                : new Content.Other(block.json());
    }

    private static Content toolResult(Fields block) {
        JsonValue content = block.json().getOrDefault("content", JsonValue.NULL);
        return block.string("tool_use_id")
                .<Content>map(id ->
                        new Content.ToolResult(id, block.flag("is_error"), textOf(of(content)), block.array("content")))
                .orElse(new Content.Other(block.json()));
    }

    private static Content image(Fields source) {
        return new Content.Image(source.string("media_type"), source.json());
    }

    static String textOf(List<Content> content) {
        return String.join(
                "\n",
                content.stream()
                        .filter(Content.Text.class::isInstance)
                        .map(block -> ((Content.Text) block).text())
                        .toList());
    }
}
