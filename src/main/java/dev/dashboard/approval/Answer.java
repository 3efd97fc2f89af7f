package dev.dashboard.approval;

import dev.dashboard.problem.Problem;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What a person answers, as it came.
 *
 * @param input what shall run instead of what was asked
 * @param answers to the questions, each by its text: a text, or a list of the chosen labels
 * @param reason for a refusal, read by the model
 * @param remember what shall not be asked again in this session, as the CLI's permission updates; for a plan, the mode to go on with
 */
public record Answer(
        boolean allow,
        Optional<JsonObject> input,
        Optional<JsonObject> answers,
        Optional<String> reason,
        JsonArray remember) {
    private static final int MAX_TEXT = 4_000;

    /**
     * The answer, checked against what was asked.
     *
     * @param input what runs instead of what was asked; empty for unchanged
     */
    public record Checked(
            boolean allow, Optional<JsonObject> input, Optional<String> reason, List<PermissionUpdate> remembered) {}

    /** @param allowed checks a folder and gives its real path */
    public Checked against(Approval asked, UnaryOperator<Path> allowed) {
        if (reason.filter(text -> text.length() > MAX_TEXT).isPresent()) {
            throw Problem.invalid("reason-too-long", "reason: at most " + MAX_TEXT + " characters.");
        }
        if (!allow) {
            if (!remember.isEmpty()) {
                throw Problem.invalid("remember-invalid", "remember: only what is allowed can be remembered.")
                        .with("field", "remember");
            }
            return new Checked(false, Optional.empty(), reason.filter(text -> !text.isBlank()), List.of());
        }
        List<PermissionUpdate> remembered = PermissionUpdate.parse(remember, asked.tool(), allowed);
        return switch (asked.kind()) {
            case "question" -> new Checked(true, Optional.of(answered(asked.input())), Optional.empty(), remembered);
            case "plan" -> new Checked(true, input, Optional.empty(), goOnIn(remembered));
            default -> new Checked(true, input, Optional.empty(), remembered);
        };
    }

    /** An accepted plan is to be carried out, so the session leaves plan mode; it asks before each change unless told otherwise. */
    private static List<PermissionUpdate> goOnIn(List<PermissionUpdate> remembered) {
        return remembered.stream().anyMatch(PermissionUpdate.SetMode.class::isInstance)
                ? remembered
                : List.of(new PermissionUpdate.SetMode("default"));
    }

    private JsonObject answered(JsonObject asked) {
        List<String> questions = questions(asked);
        JsonObject given = answers.orElse(JsonValue.EMPTY_JSON_OBJECT);
        for (String question : questions) {
            if (!given.containsKey(question)) {
                throw Problem.invalid(
                                "answers-missing", "answers: \"" + question + "\" has no answer. Answer it, or deny.")
                        .with("field", "answers");
            }
        }
        Set<String> unknown = given.keySet().stream()
                .filter(name -> !questions.contains(name))
                .collect(Collectors.toSet());
        if (!unknown.isEmpty()) {
            throw Problem.invalid(
                            "answers-unknown",
                            "answers: \"" + unknown.iterator().next() + "\" was not asked.")
                    .with("field", "answers");
        }
        JsonObjectBuilder texts = Json.createObjectBuilder();
        given.forEach((question, value) -> texts.add(question, text(question, value)));
        return Json.createObjectBuilder(asked).add("answers", texts).build();
    }

    private static List<String> questions(JsonObject asked) {
        return asked.get("questions") instanceof JsonArray questions
                ? questions.getValuesAs(JsonObject.class).stream()
                        .map(question -> question.getString("question", ""))
                        .toList()
                : List.of();
    }

    /** The CLI wants several labels in one text. */
    private static String text(String question, JsonValue value) {
        String text = switch (value) {
            case JsonString one -> one.getString();
            case JsonArray several ->
                several.stream()
                        .map(label -> label instanceof JsonString one ? one.getString() : "")
                        .filter(label -> !label.isBlank())
                        .collect(Collectors.joining(", "));
            default -> "";
        };
        if (text.isBlank() || text.length() > MAX_TEXT) {
            throw Problem.invalid(
                            "answer-invalid",
                            "answers: \"" + question + "\" needs a text of 1 to " + MAX_TEXT
                                    + " characters, or labels.")
                    .with("field", "answers");
        }
        return text;
    }
}
