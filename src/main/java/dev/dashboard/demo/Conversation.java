package dev.dashboard.demo;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One request of the CLI, reduced to what a {@link Story} needs. The rules were observed with CLI 2.1.330: the prompt is the
 * last user text that the CLI did not write itself, and what follows it is this turn.
 *
 * @param prompt the person's last text, without the CLI's own remarks
 * @param replies number of assistant messages after the prompt: the step of the story
 * @param calls tool calls after the prompt, oldest first, with their results where known
 * @param tools names of the tools that the request offers, and of those that it names as deferred: they can be called too
 * @param directory working directory of the session as the CLI states it; empty when it does not
 * @param planFile the file that the CLI wants a plan in; empty when the session is not in plan mode
 * @param attempt 1 for the first request with this history, 2 for its first repetition, and so on
 * @param historyKey tells histories apart, so that attempts can be counted
 */
public record Conversation(
        String prompt,
        int replies,
        List<Call> calls,
        Set<String> tools,
        String directory,
        Optional<String> planFile,
        int attempt,
        String historyKey) {

    private static final Pattern REMARK = Pattern.compile("<system-reminder>.*?</system-reminder>", Pattern.DOTALL);
    private static final Pattern INTERRUPTED = Pattern.compile("^\\[Request interrupted by user[^\\]]*\\]\\s*");
    private static final Pattern DEFERRED = Pattern.compile(
            "deferred tools are now available via ToolSearch.*?:\\n((?:[A-Za-z_]+(?:\\n|$))+)", Pattern.DOTALL);
    private static final Pattern PLAN_FILE = Pattern.compile("plan (?:file already exists )?at (/[^\\n]+?\\.md)");
    private static final Pattern DIRECTORY = Pattern.compile("Primary working directory: ([^\\n]+)");

    /** A tool call of this turn; the result is missing while the call has none. */
    public record Call(String tool, JsonObject input, Optional<Result> result) {}

    /** What a tool gave back: its output, or why it failed or was refused. */
    public record Result(boolean isError, String text) {}

    public Conversation {
        calls = List.copyOf(calls);
        tools = Set.copyOf(tools);
    }

    /** Reads a request body of {@code POST /v1/messages}; members of a wrong kind are taken as absent. */
    static Conversation read(JsonObject body, String sessionId) {
        List<JsonObject> messages = objects(body.get("messages"));
        int start = lastPrompt(messages);
        List<JsonObject> turn = start < 0 ? List.of() : messages.subList(start + 1, messages.size());
        return new Conversation(
                start < 0 ? "" : promptOf(messages.get(start)),
                (int) turn.stream().filter(m -> hasRole(m, "assistant")).count(),
                callsOf(turn),
                toolsOf(body),
                lastSaid(body, DIRECTORY).orElse("").strip(),
                lastSaid(body, PLAN_FILE),
                1,
                sessionId + "/" + messages.size());
    }

    Conversation asAttempt(int number) {
        return new Conversation(prompt, replies, calls, tools, directory, planFile, number, historyKey);
    }

    /** The result of the n-th call (from 0) of this tool in this turn. */
    public Optional<Result> result(String tool, int n) {
        return calls.stream()
                .filter(c -> c.tool().equals(tool))
                .skip(n)
                .findFirst()
                .flatMap(Call::result);
    }

    /** How often this tool was called in this turn. */
    public int count(String tool) {
        return (int) calls.stream().filter(c -> c.tool().equals(tool)).count();
    }

    private static int lastPrompt(List<JsonObject> messages) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (hasRole(messages.get(i), "user") && !promptOf(messages.get(i)).isEmpty()) {
                return i;
            }
        }
        return -1;
    }

    /** The last text block that a person wrote; merged prompts arrive as several blocks and the last one counts. */
    private static String promptOf(JsonObject message) {
        return texts(message.get("content"))
                .map(t -> REMARK.matcher(t).replaceAll("").strip())
                .map(t -> INTERRUPTED.matcher(t).replaceFirst(""))
                .filter(t -> !t.isEmpty() && !t.startsWith("<local-command-") && !t.startsWith("<command-"))
                .reduce("", (_, later) -> later);
    }

    private static List<Call> callsOf(List<JsonObject> turn) {
        Map<String, Result> results = new HashMap<>();
        List<JsonObject> blocks =
                turn.stream().flatMap(m -> objects(m.get("content")).stream()).toList();
        for (JsonObject block : blocks) {
            if (block.getString("type", "").equals("tool_result")) {
                String text = texts(block.get("content")).collect(Collectors.joining("\n"));
                results.put(block.getString("tool_use_id", ""), new Result(block.getBoolean("is_error", false), text));
            }
        }
        List<Call> calls = new ArrayList<>();
        for (JsonObject block : blocks) {
            if (block.getString("type", "").equals("tool_use")) {
                JsonObject input =
                        block.get("input") instanceof JsonObject object ? object : JsonValue.EMPTY_JSON_OBJECT;
                calls.add(new Call(
                        block.getString("name", ""),
                        input,
                        Optional.ofNullable(results.get(block.getString("id", "")))));
            }
        }
        return calls;
    }

    private static Set<String> toolsOf(JsonObject body) {
        Stream<String> loaded = objects(body.get("tools")).stream().map(t -> t.getString("name", ""));
        Stream<String> deferred = lastSaid(body, DEFERRED).stream().flatMap(String::lines);
        return Stream.concat(loaded, deferred).collect(Collectors.toSet());
    }

    /** The first group of the last text, of the person, the CLI or the system prompt, in which the pattern is found. */
    private static Optional<String> lastSaid(JsonObject body, Pattern pattern) {
        Stream<String> said = Stream.concat(
                texts(body.get("system")),
                objects(body.get("messages")).stream().flatMap(m -> texts(m.get("content"))));
        return said.map(pattern::matcher)
                .filter(Matcher::find)
                .map(m -> m.group(1))
                .reduce((_, later) -> later);
    }

    private static boolean hasRole(JsonObject message, String role) {
        return message.getString("role", "").equals(role);
    }

    /** The texts of a content value: a bare string, or its text blocks. */
    private static Stream<String> texts(JsonValue content) {
        if (content instanceof JsonString string) {
            return Stream.of(string.getString());
        }
        return objects(content).stream()
                .filter(b -> b.getString("type", "").equals("text"))
                .map(b -> b.getString("text", ""));
    }

    private static List<JsonObject> objects(JsonValue value) {
        if (!(value instanceof JsonArray array)) {
            return List.of();
        }
        return array.stream()
                .filter(JsonObject.class::isInstance)
                .map(JsonValue::asJsonObject)
                .toList();
    }
}
