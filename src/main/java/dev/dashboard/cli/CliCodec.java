package dev.dashboard.cli;

import dev.dashboard.cli.CliOutput.ApiError;
import dev.dashboard.cli.CliOutput.AssistantMessage;
import dev.dashboard.cli.CliOutput.DeltaKind;
import dev.dashboard.cli.CliOutput.Ignored;
import dev.dashboard.cli.CliOutput.Result;
import dev.dashboard.cli.CliOutput.Tokens;
import dev.dashboard.cli.CliOutput.Unrecognized;
import dev.dashboard.cli.CliOutput.UserMessage;
import dev.dashboard.cli.Fields.Malformed;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One line of the CLI's stream-json, to and from one record. Without state; any thread.
 *
 * <p>The order of members is not fixed and members come and go with each version: nothing is matched by position, nothing that is
 * not needed is required.
 */
public final class CliCodec {
    /** How much of a line that was not understood is kept, in characters. */
    public static final int KEPT_CHARACTERS = 16 * 1024;

    /** Looked up once: each {@code Json.create…} looks the implementation up anew. */
    private static final JsonProvider JSON = JsonProvider.provider();

    private static final String SYNTHETIC_MODEL = "<synthetic>";

    private CliCodec() {}

    // ---- out of the CLI

    /** Understands a line, or says why not; never throws, whatever the line. */
    public static CliOutput decode(String line) {
        try {
            return decode(parse(line));
        } catch (Malformed e) {
            return unrecognized(line, e.getMessage());
        } catch (RuntimeException e) {
            // The parser's own exceptions, also for nesting and numbers beyond its limits.
            return unrecognized(line, "not JSON: " + e.getClass().getSimpleName());
        } catch (StackOverflowError e) {
            return unrecognized(line, "nested too deeply");
        }
    }

    /** A message from a line of the transcript on disk; empty for everything else that stands there. */
    static Optional<CliOutput> decodeStored(String line) {
        try {
            Fields fields = parse(line);
            return switch (fields.string("type").orElse("")) {
                case "assistant" -> Optional.of(assistant(fields));
                case "user" -> Optional.of(user(fields, "toolUseResult"));
                default -> Optional.empty();
            };
        } catch (RuntimeException | StackOverflowError e) {
            return Optional.empty(); // cut, or of a kind to come: the transcript is the CLI's, not ours
        }
    }

    static CliOutput unrecognized(String line, String reason) {
        return new Unrecognized(cut(line), reason, line.length());
    }

    private static String cut(String line) {
        if (line.length() <= KEPT_CHARACTERS) {
            return line;
        }
        boolean splitsPair = Character.isHighSurrogate(line.charAt(KEPT_CHARACTERS - 1));
        return line.substring(0, splitsPair ? KEPT_CHARACTERS - 1 : KEPT_CHARACTERS);
    }

    /** An object, or {@link Malformed}, or the parser's exception. */
    static Fields parse(String line) {
        try (JsonReader reader = JSON.createReader(new StringReader(line))) {
            if (reader.readValue() instanceof JsonObject object) {
                return new Fields(object);
            }
        }
        throw new Malformed("not a JSON object");
    }

    private static CliOutput decode(Fields line) {
        String type = line.required("type");
        return switch (type) {
            case "stream_event" -> streamEvent(line);
            case "assistant" -> assistant(line);
            case "user" -> user(line, "tool_use_result");
            case "system" -> system(line);
            case "result" -> result(line);
            case "control_request" -> controlRequest(line);
            case "control_response" -> controlResponse(line.requiredObject("response"));
            case "control_cancel_request" -> new CliOutput.ControlCancel(line.required("request_id"));
            case "command_lifecycle" -> new CliOutput.Lifecycle(line.required("command_uuid"), line.required("state"));
            case "conversation_reset" ->
                new CliOutput.ConversationReset(
                        line.required("new_conversation_id"),
                        line.string("trigger").orElse(""));
            case "rate_limit_event" -> rateLimit(line.requiredObject("rate_limit_info"));
            case "keep_alive" -> new CliOutput.KeepAlive();
            case "tool_progress", "auth_status", "tool_use_summary", "prompt_suggestion", "active_goal" ->
                new Ignored(type);
            default -> throw new Malformed("unknown type " + shortened(type));
        };
    }

    /** Words of the CLI go into our reasons only in part. */
    private static String shortened(String word) {
        return word.length() <= 60 ? word : word.substring(0, 60) + "…";
    }

    // ---- control protocol

    private static CliOutput controlResponse(Fields response) {
        return new CliOutput.ControlResponse(
                response.required("request_id"),
                response.required("subtype").equals("success"),
                response.object("response").json(),
                response.string("error"));
    }

    /** Whatever has a request id can be refused, and must be: so only a missing id makes the line unrecognized. */
    private static CliOutput controlRequest(Fields line) {
        String id = line.required("request_id");
        Fields request = line.object("request");
        String subtype = request.string("subtype").orElse("");
        boolean complete = request.string("tool_name").isPresent()
                && request.string("tool_use_id").isPresent()
                && request.json().get("input") instanceof JsonObject;
        return subtype.equals("can_use_tool") && complete
                ? canUseTool(id, request)
                : new CliOutput.OtherControlRequest(id, shortened(subtype));
    }

    private static CliOutput canUseTool(String id, Fields request) {
        return new CliOutput.CanUseTool(
                id,
                request.required("tool_name"),
                request.required("tool_use_id"),
                request.object("input").json(),
                request.string("title"),
                request.string("description"),
                request.string("decision_reason"),
                request.string("decision_reason_type"),
                request.array("permission_suggestions"),
                request.string("agent_id"),
                request.flag("requires_user_interaction"),
                request.string("blocked_path"));
    }

    // ---- system lines

    private static CliOutput system(Fields line) {
        String subtype = line.required("subtype");
        return switch (subtype) {
            case "init" -> init(line);
            case "session_state_changed" -> new CliOutput.SessionStateChanged(line.required("state"));
            case "status" ->
                new CliOutput.Status(
                        line.string("status"),
                        line.string("permissionMode"),
                        line.string("compact_result"),
                        line.string("compact_error"));
            case "api_retry" -> apiRetry(line);
            case "model_fallback" ->
                new CliOutput.ModelFallback(
                        line.required("original_model"),
                        line.required("fallback_model"),
                        line.string("trigger").orElse(""));
            case "compact_boundary" -> compactBoundary(line.object("compact_metadata"));
            case "permission_denied" ->
                new CliOutput.PermissionDenied(
                        line.string("tool_use_id").orElse(""),
                        line.required("tool_name"),
                        line.string("message").orElse(""),
                        line.string("decision_reason_type"));
            case "background_tasks_changed" -> new CliOutput.BackgroundTasks(line.array("tasks"));
            case "task_started", "task_progress", "task_updated", "task_notification" -> taskNotice(subtype, line);
            case "informational" ->
                new CliOutput.Informational(line.string("level").orElse("info"), line.required("content"));
            case "session_title_changed" ->
                new CliOutput.TitleChanged(line.string("title").orElse(""));
            case "thinking_tokens", "hook_started", "hook_progress", "hook_response", "files_persisted" ->
                new Ignored("system/" + subtype);
            default -> throw new Malformed("unknown system line " + shortened(subtype));
        };
    }

    private static CliOutput init(Fields line) {
        return new CliOutput.SystemInit(
                line.required("session_id"),
                line.string("model").orElse(""),
                line.string("permissionMode").orElse(""),
                line.strings("tools"),
                line.string("claude_code_version").orElse(""),
                line.string("cwd").orElse(""));
    }

    private static CliOutput apiRetry(Fields line) {
        return new CliOutput.ApiRetry(
                line.integer("attempt").orElse(0),
                line.integer("max_retries").orElse(0),
                Duration.ofMillis(line.amount("retry_delay_ms")),
                line.integer("error_status"),
                line.string("error").orElse("unknown"));
    }

    private static CliOutput compactBoundary(Fields metadata) {
        return new CliOutput.CompactBoundary(
                metadata.string("trigger").orElse(""), metadata.amount("pre_tokens"), metadata.amount("post_tokens"));
    }

    private static CliOutput taskNotice(String subtype, Fields line) {
        return new CliOutput.TaskNotice(
                subtype.substring("task_".length()),
                line.required("task_id"),
                line.string("tool_use_id"),
                line.string("status").or(() -> line.object("patch").string("status")),
                line.string("summary").or(() -> line.string("description")),
                line.json());
    }

    private static CliOutput rateLimit(Fields info) {
        return new CliOutput.RateLimit(
                info.required("status"),
                info.string("rateLimitType"),
                info.number("resetsAt").flatMap(CliCodec::epochSecond),
                info.decimal("utilization").map(BigDecimal::doubleValue));
    }

    private static Optional<Instant> epochSecond(long second) {
        boolean possible = second >= 0 && second <= Instant.MAX.getEpochSecond();
        return possible ? Optional.of(Instant.ofEpochSecond(second)) : Optional.empty();
    }

    // ---- messages

    /** Also reads lines of the transcript on disk, whose own members are in camel case. */
    static AssistantMessage assistant(Fields line) {
        Fields message = line.requiredObject("message");
        String model = message.string("model").orElse("");
        return new AssistantMessage(
                line.required("uuid"),
                message.required("id"),
                Blocks.of(message.array("content")),
                line.string("parent_tool_use_id"),
                model,
                apiTokens(message.object("usage")),
                message.string("stop_reason"),
                line.flag("aborted"),
                model.equals(SYNTHETIC_MODEL),
                apiError(line),
                line.string("agent_id").or(() -> line.string("agentId")),
                line.time("timestamp"));
    }

    private static Optional<ApiError> apiError(Fields line) {
        boolean error = line.flag("is_api_error_message") || line.flag("isApiErrorMessage");
        return error
                ? Optional.of(new ApiError(
                        line.string("error").orElse("unknown"),
                        line.integer("api_error_status").or(() -> line.integer("apiErrorStatus")),
                        line.string("api_error_type").or(() -> line.string("apiErrorType"))))
                : Optional.empty();
    }

    static UserMessage user(Fields line, String resultMember) {
        Fields message = line.requiredObject("message");
        return new UserMessage(
                line.required("uuid"),
                line.flag("isReplay"),
                line.flag("isSynthetic") || line.flag("isMeta") || line.flag("isCompactSummary"),
                Blocks.of(message.json().getOrDefault("content", JsonValue.NULL)),
                line.json().getOrDefault(resultMember, JsonValue.NULL),
                line.string("parent_tool_use_id"),
                line.string("agent_id").or(() -> line.string("agentId")),
                line.time("timestamp"));
    }

    private static Tokens apiTokens(Fields usage) {
        return new Tokens(
                usage.amount("input_tokens"),
                usage.amount("output_tokens"),
                usage.amount("cache_read_input_tokens"),
                usage.amount("cache_creation_input_tokens"));
    }

    // ---- stream events

    private static CliOutput streamEvent(Fields line) {
        Fields event = line.requiredObject("event");
        String type = event.required("type");
        Optional<String> parent = line.string("parent_tool_use_id");
        // Not every version repeats the id on each line; the start of the message has it in any case.
        String message = line.string("api_message_id")
                .or(() -> event.object("message").string("id"))
                .orElseThrow(() -> new Malformed("no api_message_id"));
        return switch (type) {
            case "message_start" ->
                new CliOutput.MessageStart(
                        message, event.object("message").string("model").orElse(""), parent);
            case "content_block_start" -> blockStart(message, event, parent);
            case "content_block_delta" -> blockDelta(message, event, parent);
            case "content_block_stop" -> new CliOutput.BlockStop(message, event.requiredIndex("index"), parent);
            case "message_delta" ->
                new CliOutput.MessageDelta(
                        message, event.object("delta").string("stop_reason"), apiTokens(event.object("usage")), parent);
            case "message_stop" ->
                new CliOutput.MessageStop(
                        message, line.object("abandoned_blocks").integer("from_block_index"), parent);
            case "ping" -> new Ignored("stream_event/ping");
            default -> throw new Malformed("unknown stream event " + shortened(type));
        };
    }

    private static CliOutput blockStart(String message, Fields event, Optional<String> parent) {
        Fields block = event.requiredObject("content_block");
        return new CliOutput.BlockStart(
                message,
                event.requiredIndex("index"),
                block.required("type"),
                block.string("id"),
                block.string("name"),
                parent);
    }

    private static CliOutput blockDelta(String message, Fields event, Optional<String> parent) {
        int index = event.requiredIndex("index");
        Fields delta = event.requiredObject("delta");
        String type = delta.required("type");
        return switch (type) {
            case "text_delta" ->
                new CliOutput.BlockDelta(
                        message, index, DeltaKind.TEXT, delta.string("text").orElse(""), parent);
            case "thinking_delta" ->
                new CliOutput.BlockDelta(
                        message,
                        index,
                        DeltaKind.THINKING,
                        delta.string("thinking").orElse(""),
                        parent);
            case "input_json_delta" ->
                new CliOutput.BlockDelta(
                        message,
                        index,
                        DeltaKind.INPUT_JSON,
                        delta.string("partial_json").orElse(""),
                        parent);
            case "signature_delta", "citations_delta" -> new Ignored("stream_event/" + type);
            default -> throw new Malformed("unknown delta " + shortened(type));
        };
    }

    // ---- result

    private static CliOutput result(Fields line) {
        Optional<Fields> models = line.has("model_usage_since_last_result")
                ? Optional.of(line.object("model_usage_since_last_result"))
                : Optional.empty();
        return new Result(
                line.required("uuid"),
                line.string("session_id").orElse(""),
                line.required("subtype"),
                line.flag("is_error"),
                line.string("terminal_reason"),
                line.integer("api_error_status"),
                line.string("api_error_type"),
                line.string("result"),
                line.strings("errors"),
                line.integer("num_turns").orElse(0),
                Duration.ofMillis(line.amount("duration_ms")),
                Duration.ofMillis(line.amount("duration_api_ms")),
                models.map(CliCodec::cost),
                line.decimal("total_cost_usd").orElse(BigDecimal.ZERO),
                models.map(CliCodec::modelTokens).orElseGet(() -> apiTokens(line.object("usage"))),
                contextWindows(line.object("modelUsage")),
                prompts(line),
                line.integer("result_index").orElse(0),
                line.object("origin").string("kind"),
                line.array("permission_denials").size());
    }

    private static List<String> prompts(Fields line) {
        List<String> all = line.strings("user_message_uuids");
        return all.isEmpty() ? line.string("user_message_uuid").stream().toList() : all;
    }

    private static BigDecimal cost(Fields models) {
        BigDecimal sum = BigDecimal.ZERO;
        for (String model : models.json().keySet()) {
            sum = sum.add(models.object(model).decimal("costUSD").orElse(BigDecimal.ZERO));
        }
        return sum;
    }

    private static Tokens modelTokens(Fields models) {
        Tokens sum = Tokens.NONE;
        for (String model : models.json().keySet()) {
            Fields use = models.object(model);
            sum = sum.plus(new Tokens(
                    use.amount("inputTokens"),
                    use.amount("outputTokens"),
                    use.amount("cacheReadInputTokens"),
                    use.amount("cacheCreationInputTokens")));
        }
        return sum;
    }

    private static Map<String, Long> contextWindows(Fields models) {
        Map<String, Long> windows = new HashMap<>();
        for (String model : models.json().keySet()) {
            models.object(model).number("contextWindow").ifPresent(window -> windows.put(model, window));
        }
        return windows;
    }

    // ---- into the CLI

    /** The line for stdin, without its line break; it holds none inside. */
    public static String encode(CliInput input) {
        return json(input).toString();
    }

    private static JsonObject json(CliInput input) {
        return switch (input) {
            case CliInput.Initialize(String id) -> request(id, object().add("subtype", "initialize"));
            case CliInput.UserTurn turn -> userTurn(turn);
            case CliInput.Permission(String id, CliInput.Decision decision) ->
                response(
                        object().add("subtype", "success").add("request_id", id).add("response", decision(decision)));
            case CliInput.Interrupt(String id, boolean cancelQueued) -> {
                JsonObjectBuilder request = object().add("subtype", "interrupt");
                yield request(id, cancelQueued ? request.add("cancel_queued", true) : request);
            }
            case CliInput.RefuseRequest(String id, String error) ->
                response(object().add("subtype", "error").add("request_id", id).add("error", error));
            case CliInput.SetPermissionMode(String id, String mode) ->
                request(id, object().add("subtype", "set_permission_mode").add("mode", mode));
            case CliInput.SetModel(String id, String model) ->
                request(id, object().add("subtype", "set_model").add("model", model));
            case CliInput.CancelQueued(String id, String uuid) ->
                request(id, object().add("subtype", "cancel_async_message").add("message_uuid", uuid));
        };
    }

    private static JsonObject userTurn(CliInput.UserTurn turn) {
        JsonObjectBuilder json = object().add("type", "user")
                .add("message", object().add("role", "user").add("content", turn.text()))
                .add("parent_tool_use_id", JsonValue.NULL)
                .add("uuid", turn.uuid());
        return (turn.now() ? json.add("priority", "now") : json).build();
    }

    private static JsonObjectBuilder decision(CliInput.Decision decision) {
        return switch (decision) {
            case CliInput.Allow(JsonObject input, JsonArray permissions) -> {
                JsonObjectBuilder allow = object().add("behavior", "allow").add("updatedInput", input);
                yield permissions.isEmpty() ? allow : allow.add("updatedPermissions", permissions);
            }
            case CliInput.Deny(String message, boolean interrupt) -> {
                JsonObjectBuilder deny = object().add("behavior", "deny").add("message", message);
                yield interrupt ? deny.add("interrupt", true) : deny;
            }
        };
    }

    private static JsonObject request(String id, JsonObjectBuilder request) {
        return object().add("type", "control_request")
                .add("request_id", id)
                .add("request", request)
                .build();
    }

    private static JsonObject response(JsonObjectBuilder response) {
        return object().add("type", "control_response")
                .add("response", response)
                .build();
    }

    private static JsonObjectBuilder object() {
        return JSON.createObjectBuilder();
    }
}
