package dev.dashboard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.CliOutput.AssistantMessage;
import dev.dashboard.cli.CliOutput.ControlResponse;
import dev.dashboard.cli.CliOutput.OtherControlRequest;
import dev.dashboard.cli.CliOutput.Result;
import dev.dashboard.cli.CliOutput.Unrecognized;
import dev.dashboard.support.Samples;
import dev.dashboard.support.Samples.Line;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CliCodecTest {

    @Test
    void everyRecordedLineIsUnderstood() {
        Map<String, Integer> kinds = new TreeMap<>();
        List<String> unknown = new ArrayList<>();
        outputs().forEach(line -> {
            CliOutput output = CliCodec.decode(line.text());
            kinds.merge(output.getClass().getSimpleName(), 1, Integer::sum);
            if (output instanceof Unrecognized lost) {
                unknown.add(line.file() + ": " + lost.reason() + ": " + lost.line());
            }
        });

        assertEquals(List.of(), unknown);
        assertEquals(
                "{ApiRetry=27, AssistantMessage=251, BackgroundTasks=9, BlockDelta=792, BlockStart=239, BlockStop=232,"
                        + " CanUseTool=35, CompactBoundary=2, ControlCancel=1, ControlResponse=184, ConversationReset=1,"
                        + " Ignored=9, Informational=1, KeepAlive=3, Lifecycle=475, MessageDelta=200, MessageStart=216,"
                        + " MessageStop=209, ModelFallback=1, OtherControlRequest=9, PermissionDenied=2, RateLimit=2,"
                        + " Result=153, SessionStateChanged=8, Status=237, SystemInit=162, TaskNotice=25,"
                        + " TitleChanged=3, UserMessage=118}",
                kinds.toString());
    }

    @Test
    void contentIsUnderstoodToTheLastBlock() {
        Map<String, Integer> blocks = new TreeMap<>();
        outputs().map(line -> CliCodec.decode(line.text())).forEach(output -> {
            List<Content> content = switch (output) {
                case AssistantMessage message -> message.content();
                case CliOutput.UserMessage message -> message.content();
                default -> List.<Content>of();
            };
            content.forEach(block -> blocks.merge(block.getClass().getSimpleName(), 1, Integer::sum));
        });

        assertFalse(blocks.containsKey("Other"), blocks.toString());
        assertTrue(
                blocks.keySet().containsAll(List.of("Text", "Thinking", "ToolResult", "ToolUse")), blocks.toString());
    }

    @Test
    void initializeTellsVersionAndWhoPays() {
        var answer = first("api-key-helper", ControlResponse.class);

        assertTrue(answer.ok());
        assertEquals(Optional.of("2.1.330"), answer.initialized().version());
        assertEquals(Optional.of("apiKeyHelper"), answer.initialized().apiKeySource());
        assertEquals(Optional.of("apiKeyHelper"), answer.initialized().accountSource());
        assertEquals(
                Optional.empty(),
                first("exit-no-api-key", ControlResponse.class).initialized().accountSource());
    }

    @Test
    void turnCostsAreOfTheTurnWhereTotalsGrow() {
        List<Result> results = all("multi-turn-same-process", Result.class);

        BigDecimal sum =
                results.stream().map(result -> result.cost(BigDecimal.ZERO)).reduce(BigDecimal.ZERO, BigDecimal::add);
        assertTrue(results.size() >= 2);
        assertEquals(
                0,
                sum.compareTo(results.getLast().totalCost()),
                sum + " of " + results.getLast().totalCost());
        assertEquals(Optional.of(1_000_000L), results.getLast().contextWindow("claude-sonnet-5-5"));
        assertTrue(
                results.getLast().tokens().context() > 2_000,
                results.getLast().tokens().toString());
    }

    @Test
    void costFallsBackToTheDifferenceOfTotals() {
        var result = (Result)
                CliCodec.decode(
                        "{\"type\":\"result\",\"uuid\":\"u\",\"subtype\":\"success\",\"total_cost_usd\":0.75,\"usage\":{\"input_tokens\":7}}");

        assertEquals(Optional.empty(), result.turnCost());
        assertEquals(new BigDecimal("0.50"), result.cost(new BigDecimal("0.25")));
        assertEquals(BigDecimal.ZERO, result.cost(BigDecimal.TEN));
        assertEquals(7, result.tokens().input());
    }

    @Test
    void anApiErrorIsAnErrorThoughItSaysSuccess() {
        Result result = first("err-401", Result.class);
        AssistantMessage message = first("err-401", AssistantMessage.class);

        assertEquals("success", result.subtype());
        assertTrue(result.isError());
        assertEquals(Optional.of(401), result.apiErrorStatus());
        assertEquals("authentication_failed", message.apiError().orElseThrow().code());
        assertTrue(message.synthetic());
    }

    @Test
    void aFailedResumeIsAResultWithItsReason() {
        Result result = first("exit-resume-unknown", Result.class);

        assertTrue(result.isError());
        assertTrue(
                result.errors().getFirst().startsWith("No conversation found"),
                result.errors().toString());
        assertEquals(Optional.empty(), result.terminalReason());
    }

    @Test
    void aTurnBegunByABackgroundTaskSaysSo() {
        assertEquals(
                List.of(Optional.empty(), Optional.of("task-notification")),
                all("agent-default", Result.class).stream()
                        .map(Result::originKind)
                        .toList());
    }

    @Test
    void clearingGivesTheNewIdOnlyInTheNextInit() {
        List<CliOutput> outputs = Samples.conversation("slash-local").stream()
                .filter(line -> line.dir().equals("out"))
                .map(line -> CliCodec.decode(line.text()))
                .toList();
        int reset = outputs.indexOf(first("slash-local", CliOutput.ConversationReset.class));

        var init = (CliOutput.SystemInit) outputs.stream()
                .skip(reset)
                .filter(CliOutput.SystemInit.class::isInstance)
                .findFirst()
                .orElseThrow();
        var before = first("slash-local", CliOutput.SystemInit.class);
        assertNotEquals(before.cliSessionId(), init.cliSessionId());
        assertNotEquals(((CliOutput.ConversationReset) outputs.get(reset)).newConversationId(), init.cliSessionId());
    }

    @Test
    void aFailedStreamSaysWhichBlocksAreVoid() {
        var stop = all("err-drop-mid", CliOutput.MessageStop.class).getFirst();

        assertEquals(Optional.of(0), stop.abandonedFromIndex());
    }

    @Test
    void aRequestThatCannotBeShownCanStillBeRefused() {
        var output = CliCodec.decode(
                "{\"type\":\"control_request\",\"request_id\":\"r1\",\"request\":{\"subtype\":\"can_use_tool\",\"input\":7}}");

        assertEquals(new OtherControlRequest("r1", "can_use_tool"), output);
    }

    @Test
    void ourInputsAreWrittenAsRecorded() {
        Map<String, Integer> compared = new HashMap<>();
        Samples.conversations().stream()
                .flatMap(List::stream)
                .filter(line -> line.dir().equals("in") && line.value() instanceof JsonObject)
                .forEach(line -> inputOf(line.object()).ifPresent(input -> {
                    String text = CliCodec.encode(input);
                    assertFalse(text.contains("\n"), text);
                    assertEquals(line.object(), json(text), line.file());
                    compared.merge(input.getClass().getSimpleName(), 1, Integer::sum);
                }));

        assertTrue(compared.getOrDefault("UserTurn", 0) > 100, compared.toString());
        assertTrue(compared.getOrDefault("Permission", 0) > 20, compared.toString());
        assertTrue(
                compared.keySet()
                        .containsAll(List.of(
                                "Initialize",
                                "Interrupt",
                                "SetPermissionMode",
                                "SetModel",
                                "CancelQueued",
                                "RefuseRequest")),
                compared.toString());
    }

    @Test
    void noTextOfAPersonBreaksALine() {
        String text = "a\nb\r\n\u0000 \"quoted\" \\ \u2028 \ud83d\ude00 \ud83d {\"type\":\"user\"}";

        String line = CliCodec.encode(new CliInput.UserTurn("u", text));

        assertFalse(line.chars().anyMatch(c -> c < ' '), line);
        assertEquals(text, json(line).getJsonObject("message").getString("content"));
    }

    @Test
    void garbageIsKeptAndNothingIsThrown() {
        for (String line : List.of(
                "",
                " ",
                "null",
                "[]",
                "7",
                "\"text\"",
                "{",
                "{}",
                "{\"type\":null}",
                "{\"type\":7}",
                "{\"type\":\"user\"}",
                "{\"type\":\"system\"}",
                "{\"type\":\"future\"}",
                "{\"type\":\"system\",\"subtype\":\"future\"}",
                "\u0000\u0001",
                "\ud800{\"type\":\"\udfff\"}",
                "{\"type\":\"user\"} trailing",
                "[".repeat(100_000),
                "{\"type\":\"user\",\"message\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}")) {
            var lost = assertInstanceOf(Unrecognized.class, CliCodec.decode(line), line);
            assertEquals(line.length(), lost.length());
            assertTrue(lost.line().length() <= CliCodec.KEPT_CHARACTERS);
            assertFalse(lost.reason().isEmpty());
        }
    }

    @Test
    void aNumberBeyondAllBoundsCountsAsNone() {
        for (String number : List.of("1e999999999", "1e99999999999", "-5", "9".repeat(900), "\"7\"", "{}")) {
            var output = CliCodec.decode(
                    "{\"type\":\"result\",\"uuid\":\"u\",\"subtype\":\"success\",\"duration_ms\":" + number + "}");
            if (output instanceof Result result) {
                assertTrue(result.duration().isZero(), number);
            } else {
                assertInstanceOf(Unrecognized.class, output);
            }
        }
    }

    @Test
    void everyMutilationOfARecordedLineIsSurvived() {
        Random random = new Random(4711);
        List<String> lines = outputs().map(Line::text).toList();
        for (int round = 0; round < 20_000; round++) {
            String line = lines.get(random.nextInt(lines.size()));
            CliCodec.decode(
                    random.nextBoolean() ? line.substring(0, random.nextInt(line.length())) : smudged(line, random));
        }
    }

    @Test
    void everyMemberMayBeOfAnotherType() {
        Map<String, JsonObject> oneOfEach = new HashMap<>();
        outputs()
                .forEach(line -> oneOfEach.putIfAbsent(
                        CliCodec.decode(line.text()).getClass().getSimpleName()
                                + line.object().getString("subtype", ""),
                        line.object()));
        List<JsonValue> strange = List.of(
                JsonValue.NULL,
                JsonValue.TRUE,
                JsonValue.EMPTY_JSON_ARRAY,
                Json.createValue("x"),
                Json.createValue(-3.7e300));
        int tried = 0;
        for (JsonObject line : oneOfEach.values()) {
            for (JsonValue value : strange) {
                for (JsonObject changed : variants(line, value, 4)) {
                    CliCodec.decode(changed.toString());
                    tried++;
                }
            }
        }
        assertTrue(tried > 5_000, "tried " + tried);
    }

    private static Stream<Line> outputs() {
        return Samples.conversations().stream()
                .flatMap(List::stream)
                .filter(line -> line.dir().equals("out"));
    }

    private static <T extends CliOutput> List<T> all(String sample, Class<T> type) {
        return Samples.conversation(sample).stream()
                .filter(line -> line.dir().equals("out"))
                .map(line -> CliCodec.decode(line.text()))
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    private static <T extends CliOutput> T first(String sample, Class<T> type) {
        return all(sample, type).getFirst();
    }

    private static String smudged(String line, Random random) {
        StringBuilder text = new StringBuilder(line);
        for (int i = random.nextInt(4); i >= 0; i--) {
            text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(0x10000));
        }
        return text.toString();
    }

    /** The object with each member in turn, down to a depth, replaced by a value. */
    private static List<JsonObject> variants(JsonObject object, JsonValue value, int depth) {
        List<JsonObject> result = new ArrayList<>();
        object.forEach((name, member) -> {
            result.add(Json.createObjectBuilder(object).add(name, value).build());
            result.add(Json.createObjectBuilder(object).remove(name).build());
            if (depth > 1 && member instanceof JsonObject inner) {
                variants(inner, value, depth - 1)
                        .forEach(changed -> result.add(Json.createObjectBuilder(object)
                                .add(name, changed)
                                .build()));
            }
            if (member instanceof JsonArray array && !array.isEmpty() && array.getFirst() instanceof JsonObject inner) {
                variants(inner, value, depth - 1)
                        .forEach(changed -> result.add(Json.createObjectBuilder(object)
                                .add(name, Json.createArrayBuilder().add(changed))
                                .build()));
            }
        });
        return result;
    }

    /** The recorded line as one of ours; empty when it is of a kind or has members that we never write. */
    private static Optional<CliInput> inputOf(JsonObject line) {
        return switch (line.getString("type", "")) {
            case "user" -> userTurn(line);
            case "control_request" -> request(line.getString("request_id", ""), line.get("request"));
            case "control_response" -> response(line.getJsonObject("response"));
            default -> Optional.empty();
        };
    }

    private static Optional<CliInput> userTurn(JsonObject line) {
        boolean plain = line.size() == 4
                && line.containsKey("uuid")
                && line.get("message") instanceof JsonObject message
                && message.get("content") instanceof jakarta.json.JsonString;
        return plain
                ? Optional.of(new CliInput.UserTurn(
                        line.getString("uuid"), line.getJsonObject("message").getString("content")))
                : Optional.empty();
    }

    private static Optional<CliInput> request(String id, JsonValue value) {
        if (!(value instanceof JsonObject request)) {
            return Optional.empty();
        }
        return switch (request.getString("subtype")) {
            case "initialize" -> request.size() == 1 ? Optional.of(new CliInput.Initialize(id)) : Optional.empty();
            case "interrupt" -> Optional.of(new CliInput.Interrupt(id, request.getBoolean("cancel_queued", false)));
            case "set_permission_mode" -> Optional.of(new CliInput.SetPermissionMode(id, request.getString("mode")));
            case "set_model" ->
                request.isNull("model")
                        ? Optional.empty()
                        : Optional.of(new CliInput.SetModel(id, request.getString("model")));
            case "cancel_async_message" ->
                Optional.of(new CliInput.CancelQueued(id, request.getString("message_uuid")));
            default -> Optional.empty();
        };
    }

    private static Optional<CliInput> response(JsonObject response) {
        String id = response.getString("request_id");
        if (response.getString("subtype").equals("error")) {
            return Optional.of(new CliInput.RefuseRequest(id, response.getString("error")));
        }
        JsonObject answer = response.getJsonObject("response");
        if (answer.getString("behavior", "").equals("allow") && answer.containsKey("updatedInput")) {
            return Optional.of(new CliInput.Permission(
                    id,
                    new CliInput.Allow(
                            answer.getJsonObject("updatedInput"),
                            answer.containsKey("updatedPermissions")
                                    ? answer.getJsonArray("updatedPermissions")
                                    : JsonValue.EMPTY_JSON_ARRAY)));
        }
        if (answer.getString("behavior", "").equals("deny")) {
            return Optional.of(new CliInput.Permission(
                    id, new CliInput.Deny(answer.getString("message"), answer.getBoolean("interrupt", false))));
        }
        return Optional.empty();
    }

    private static JsonObject json(String text) {
        try (var reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }
}
