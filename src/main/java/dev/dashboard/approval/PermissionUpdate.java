package dev.dashboard.approval;

import dev.dashboard.problem.Problem;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * What a person lets the CLI do in this session without asking again: one of its own suggestions, perhaps edited. The CLI knows more
 * kinds and more reach (claude-cli note, section 5); these are all that may be sent, and their reach is the session.
 */
public sealed interface PermissionUpdate {
    /** Most that one answer may carry. */
    int MOST = 10;

    int MAX_RULE = 1_000;

    Pattern TOOL = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,99}");
    List<String> MODES = List.of("default", "acceptEdits", "plan");

    /** Calls of the tool that match; without a content, all of them. */
    record AllowRule(String tool, Optional<String> content) implements PermissionUpdate {
        /** As it stands in the CLI's settings. */
        public String text() {
            return tool + content.map(text -> "(" + text + ")").orElse("");
        }
    }

    /** Work in this folder as in the session's own. */
    record AddDirectory(Path directory) implements PermissionUpdate {}

    record SetMode(String mode) implements PermissionUpdate {}

    /**
     * Reads what a person sent.
     *
     * @param tool that was asked about; rules may name no other
     * @param allowed checks a folder and gives its real path
     */
    static List<PermissionUpdate> parse(JsonArray json, String tool, UnaryOperator<Path> allowed) {
        List<PermissionUpdate> updates = new ArrayList<>();
        for (JsonValue value : json) {
            if (!(value instanceof JsonObject update)) {
                throw invalid("each entry must be an object");
            }
            switch (text(update, "type")) {
                case "addRules" -> rules(update, tool, updates);
                case "addDirectories" -> {
                    List<Path> folders = folders(update);
                    checkCount(updates.size() + folders.size());
                    folders.forEach(folder -> updates.add(new AddDirectory(allowed.apply(folder))));
                }
                case "setMode" -> updates.add(mode(text(update, "mode")));
                default -> throw invalid("type must be one of addRules, addDirectories, setMode");
            }
        }
        checkCount(updates.size());
        return updates;
    }

    private static void checkCount(int count) {
        if (count > MOST) {
            throw invalid("at most " + MOST + " rules, folders and modes in one answer");
        }
    }

    private static void rules(JsonObject update, String tool, List<PermissionUpdate> updates) {
        if (!update.getString("behavior", "allow").equals("allow")) {
            throw invalid("behavior must be allow");
        }
        for (JsonValue value : array(update, "rules")) {
            if (!(value instanceof JsonObject rule)) {
                throw invalid("each rule must be an object");
            }
            String named = text(rule, "toolName");
            if (!named.equals(tool) || !TOOL.matcher(named).matches()) {
                throw invalid("toolName must be " + tool + ", the tool that was asked about");
            }
            updates.add(new AllowRule(named, content(rule)));
        }
    }

    private static Optional<String> content(JsonObject rule) {
        if (!rule.containsKey("ruleContent")) {
            return Optional.empty();
        }
        String content = text(rule, "ruleContent");
        if (content.isBlank() || content.length() > MAX_RULE || content.chars().anyMatch(Character::isISOControl)) {
            throw invalid("ruleContent must have 1 to " + MAX_RULE + " characters on one line");
        }
        return Optional.of(content);
    }

    private static PermissionUpdate mode(String mode) {
        if (!MODES.contains(mode)) {
            throw invalid("mode must be one of " + String.join(", ", MODES));
        }
        return new SetMode(mode);
    }

    private static String text(JsonObject json, String name) {
        if (json.get(name) instanceof JsonString text) {
            return text.getString();
        }
        throw invalid(name + " must be a text");
    }

    private static JsonArray array(JsonObject json, String name) {
        if (json.get(name) instanceof JsonArray array) {
            return array;
        }
        throw invalid(name + " must be a list");
    }

    private static List<Path> folders(JsonObject json) {
        return array(json, "directories").stream()
                .map(value -> {
                    if (value instanceof JsonString text && text.getString().startsWith("/")) {
                        return path(text.getString());
                    }
                    throw invalid("directories must be absolute paths");
                })
                .toList();
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw invalid("directories must be absolute paths").causedBy(e);
        }
    }

    private static Problem invalid(String what) {
        return Problem.invalid("remember-invalid", "remember: " + what + ".").with("field", "remember");
    }

    /** As the CLI takes it, and as it is recorded. */
    static JsonArray json(List<PermissionUpdate> updates) {
        JsonArrayBuilder array = Json.createArrayBuilder();
        for (PermissionUpdate update : updates) {
            JsonObjectBuilder json = Json.createObjectBuilder();
            switch (update) {
                case AllowRule(String tool, Optional<String> content) -> {
                    JsonObjectBuilder rule = Json.createObjectBuilder().add("toolName", tool);
                    content.ifPresent(text -> rule.add("ruleContent", text));
                    json.add("type", "addRules")
                            .add("rules", Json.createArrayBuilder().add(rule))
                            .add("behavior", "allow");
                }
                case AddDirectory(Path directory) ->
                    json.add("type", "addDirectories")
                            .add("directories", Json.createArrayBuilder().add(directory.toString()));
                case SetMode(String mode) -> json.add("type", "setMode").add("mode", mode);
            }
            array.add(json.add("destination", "session"));
        }
        return array.build();
    }

    /** What {@link #json} has written and was recorded. */
    static List<PermissionUpdate> recorded(JsonArray json) {
        return json.getValuesAs(JsonObject.class).stream()
                .<PermissionUpdate>map(update -> switch (update.getString("type")) {
                    case "addRules" -> {
                        JsonObject rule = update.getJsonArray("rules").getJsonObject(0);
                        yield new AllowRule(
                                rule.getString("toolName"),
                                Optional.ofNullable(rule.getJsonString("ruleContent"))
                                        .map(JsonString::getString));
                    }
                    case "addDirectories" ->
                        new AddDirectory(
                                Path.of(update.getJsonArray("directories").getString(0)));
                    default -> new SetMode(update.getString("mode"));
                })
                .toList();
    }
}
