package dev.dashboard.cli;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that may be read from the CLI's stdout, one line each; named as the CLI names it. Observed with version 2.1.330; what is
 * new since then arrives as {@link Unrecognized} (or, when known to say nothing to us, as {@link Ignored}).
 *
 * <p>Identifiers named {@code uuid} are the CLI's own and are the same in the transcript on disk, for user and assistant lines.
 */
public sealed interface CliOutput {

    // ---- control protocol

    /**
     * The answer to a request of ours.
     *
     * @param payload empty when the CLI sent none
     * @param error what the CLI said, when not {@code ok}
     */
    record ControlResponse(String requestId, boolean ok, JsonObject payload, Optional<String> error)
            implements CliOutput {
        /** Reads the payload as the answer to {@link CliInput.Initialize}; members that are missing stay empty. */
        public Initialized initialized() {
            return Initialized.of(payload);
        }
    }

    /**
     * The CLI waits until this is answered or withdrawn ({@link ControlCancel}); it sets no time limit.
     *
     * @param decisionReason the CLI's words for why it asks
     * @param reasonType for instance {@code workingDir, subcommandResults, mode, rule}
     * @param suggestions the CLI's own "always" suggestions, unread; may be used in {@link CliInput.Allow}
     * @param agentId asked inside a subagent
     * @param requiresUserInteraction a question or a plan: no rule may answer it
     */
    record CanUseTool(
            String requestId,
            String tool,
            String toolUseId,
            JsonObject input,
            Optional<String> title,
            Optional<String> description,
            Optional<String> decisionReason,
            Optional<String> reasonType,
            JsonArray suggestions,
            Optional<String> agentId,
            boolean requiresUserInteraction,
            Optional<String> blockedPath)
            implements CliOutput {}

    /**
     * A request that we do not serve, or a {@code can_use_tool} too malformed to show. Must be answered with {@link
     * CliInput.RefuseRequest}, or the turn hangs.
     */
    record OtherControlRequest(String requestId, String subtype) implements CliOutput {}

    /** The CLI withdraws its request: nobody may answer it any more. */
    record ControlCancel(String requestId) implements CliOutput {}

    record KeepAlive() implements CliOutput {}

    // ---- state of the session

    /** Of a prompt that had a uuid. {@code state}: {@code queued, started, completed, cancelled}. */
    record Lifecycle(String commandUuid, String state) implements CliOutput {}

    /** A turn begins (once per turn, not per process). The session id may differ from the last one: {@link ConversationReset}. */
    record SystemInit(
            String cliSessionId, String model, String permissionMode, List<String> tools, String version, String cwd)
            implements CliOutput {
        public SystemInit {
            tools = List.copyOf(tools);
        }
    }

    /** {@code state}: {@code running, requires_action, idle}. Only with {@code CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS=1}. */
    record SessionStateChanged(String state) implements CliOutput {}

    /**
     * What the CLI does: {@code requesting, compacting}; empty for neither.
     *
     * @param permissionMode present when the mode changed
     * @param compactResult present when a compaction ended: {@code success, failed}
     */
    record Status(
            Optional<String> status,
            Optional<String> permissionMode,
            Optional<String> compactResult,
            Optional<String> compactError)
            implements CliOutput {}

    /** {@code error}: its class, for instance {@code authentication_failed, rate_limit, overloaded, server_error, unknown}. */
    record ApiRetry(int attempt, int maxRetries, Duration delay, Optional<Integer> status, String error)
            implements CliOutput {}

    record ModelFallback(String from, String to, String trigger) implements CliOutput {}

    /** {@code trigger}: {@code manual, auto}. A synthetic user message with the summary follows. */
    record CompactBoundary(String trigger, long preTokens, long postTokens) implements CliOutput {}

    /** A call was denied without asking anybody. */
    record PermissionDenied(String toolUseId, String tool, String message, Optional<String> reasonType)
            implements CliOutput {}

    /** The full set of what runs in the background: it replaces the one before. */
    record BackgroundTasks(JsonArray tasks) implements CliOutput {}

    /**
     * News of one background task or subagent.
     *
     * @param kind {@code started, progress, updated, notification}
     * @param details the line as it came
     */
    record TaskNotice(
            String kind,
            String taskId,
            Optional<String> toolUseId,
            Optional<String> status,
            Optional<String> summary,
            JsonObject details)
            implements CliOutput {}

    /** {@code level}, for instance {@code info, notice, warning, error}. */
    record Informational(String level, String text) implements CliOutput {}

    record TitleChanged(String title) implements CliOutput {}

    /** {@code status}: {@code allowed, allowed_warning, rejected}. {@code utilization}: 0 to 1. Only with a subscription. */
    record RateLimit(String status, Optional<String> window, Optional<Instant> resetsAt, Optional<Double> utilization)
            implements CliOutput {}

    /**
     * After {@code /clear}. The id here is <em>not</em> the new session id: that one stands in the next {@link SystemInit} (the CLI
     * writes one at once), and it is the one to resume with.
     */
    record ConversationReset(String newConversationId, String trigger) implements CliOutput {}

    // ---- messages

    /**
     * One block of an answer: the CLI writes a line per block, all with the message's id. {@link BlockIndexes} tells which block of
     * the message it is.
     *
     * @param usage of the request; its output tokens are not final, its input side is
     * @param stopReason in the transcript on disk; on stdout it is not known yet
     * @param aborted the text is what there was when the turn was cut
     * @param synthetic written by the CLI itself, not by the model (API errors, local slash commands)
     * @param apiError present when the line is the CLI's text about a failed request
     * @param agentId written by this subagent
     */
    record AssistantMessage(
            String uuid,
            String messageId,
            List<Content> content,
            Optional<String> parentToolUseId,
            String model,
            Tokens usage,
            Optional<String> stopReason,
            boolean aborted,
            boolean synthetic,
            Optional<ApiError> apiError,
            Optional<String> agentId,
            Optional<Instant> at)
            implements CliOutput {
        public AssistantMessage {
            content = List.copyOf(content);
        }
    }

    /**
     * A failed request to the model.
     *
     * @param code the CLI's class, for instance {@code authentication_failed, rate_limit, invalid_request, unknown}
     * @param type the API's own, for instance {@code invalid_request_error}
     */
    record ApiError(String code, Optional<Integer> status, Optional<String> type) {}

    /**
     * A user line: the replay of a prompt ({@code replay}, its uuid is ours), a tool's result, or words that the CLI put in ({@code
     * synthetic}, or neither flag: {@code [Request interrupted by user]}).
     *
     * @param toolUseResult the tool's structured output, an object or plain text; {@link JsonValue#NULL} when there is none
     */
    record UserMessage(
            String uuid,
            boolean replay,
            boolean synthetic,
            List<Content> content,
            JsonValue toolUseResult,
            Optional<String> parentToolUseId,
            Optional<String> agentId,
            Optional<Instant> at)
            implements CliOutput {
        public UserMessage {
            content = List.copyOf(content);
        }

        /** All text blocks, a line break between two. */
        public String text() {
            return Blocks.textOf(content);
        }
    }

    /** The Messages API's own stream, of the main conversation; drafts only, never the truth. Keyed by (messageId, index). */
    sealed interface StreamEvent extends CliOutput {
        String messageId();

        Optional<String> parentToolUseId();
    }

    record MessageStart(String messageId, String model, Optional<String> parentToolUseId) implements StreamEvent {}

    /** {@code kind}, as the API names it: {@code text, thinking, tool_use, …}; the tool's name and id for {@code tool_use}. */
    record BlockStart(
            String messageId,
            int index,
            String kind,
            Optional<String> toolUseId,
            Optional<String> tool,
            Optional<String> parentToolUseId)
            implements StreamEvent {}

    record BlockDelta(String messageId, int index, DeltaKind kind, String text, Optional<String> parentToolUseId)
            implements StreamEvent {}

    enum DeltaKind {
        TEXT,
        THINKING,
        /** A piece of a tool's input; only the whole is JSON. */
        INPUT_JSON
    }

    record BlockStop(String messageId, int index, Optional<String> parentToolUseId) implements StreamEvent {}

    /** Final usage of this one request. The sum of all its input sides is what stands in the context window. */
    record MessageDelta(String messageId, Optional<String> stopReason, Tokens usage, Optional<String> parentToolUseId)
            implements StreamEvent {}

    /**
     * The message is over.
     *
     * @param abandonedFromIndex present when the stream failed: blocks from this index on will never be recorded, their drafts are
     *     void
     */
    record MessageStop(String messageId, Optional<Integer> abandonedFromIndex, Optional<String> parentToolUseId)
            implements StreamEvent {}

    // ---- end of a turn

    /**
     * The end of a turn, and not of one prompt: prompts may be merged into one turn, and a background task that ends makes a turn
     * of its own. Also the only answer to a resume that failed.
     *
     * @param subtype {@code success, error_during_execution, error_max_turns, …}; {@code success} does not mean success
     * @param isError decides
     * @param terminalReason {@code completed, aborted_streaming, aborted_tools, max_turns, budget_exhausted, api_error,
     *     prompt_too_long, image_error}; empty for a failed resume and for local slash commands
     * @param text the last answer, or the CLI's words for people about the error
     * @param turnCost of this turn alone, all models and subagents, US dollars at list prices; empty when the CLI left it out
     *     (versions before 2.1.330): see {@link #cost}
     * @param totalCost over all turns, also those before a clean exit and resume; starts anew after {@code /clear} and SIGKILL
     * @param tokens of this turn, all models and subagents; of the main conversation only when the CLI left the former out
     * @param contextWindows size of the context window in tokens, by model
     * @param userMessageUuids the prompts that this turn answered
     * @param resultIndex 0, 1, 2 … per process; a gap is a lost result
     * @param originKind empty for prompts of people; {@code task-notification} for a turn that a background task began
     */
    record Result(
            String uuid,
            String cliSessionId,
            String subtype,
            boolean isError,
            Optional<String> terminalReason,
            Optional<Integer> apiErrorStatus,
            Optional<String> apiErrorType,
            Optional<String> text,
            List<String> errors,
            int numTurns,
            Duration duration,
            Duration apiDuration,
            Optional<BigDecimal> turnCost,
            BigDecimal totalCost,
            Tokens tokens,
            Map<String, Long> contextWindows,
            List<String> userMessageUuids,
            int resultIndex,
            Optional<String> originKind,
            int permissionDenials)
            implements CliOutput {
        public Result {
            errors = List.copyOf(errors);
            contextWindows = Map.copyOf(contextWindows);
            userMessageUuids = List.copyOf(userMessageUuids);
        }

        /**
         * What this turn cost.
         *
         * @param totalBefore {@link #totalCost} of the result before in the same process, zero for the first; used only when the CLI
         *     did not say what the turn cost
         */
        public BigDecimal cost(BigDecimal totalBefore) {
            return turnCost.orElseGet(() -> totalCost.subtract(totalBefore).max(BigDecimal.ZERO));
        }

        /** The window of this model; of the largest one used when the model is not listed; empty when none is. */
        public Optional<Long> contextWindow(String model) {
            Long known = contextWindows.get(model);
            return known != null
                    ? Optional.of(known)
                    : contextWindows.values().stream().max(Comparator.naturalOrder());
        }
    }

    /** Tokens as they are paid for; they add up. */
    record Tokens(long input, long output, long cacheRead, long cacheWrite) {
        public static final Tokens NONE = new Tokens(0, 0, 0, 0);

        public Tokens plus(Tokens more) {
            return new Tokens(
                    input + more.input, output + more.output, cacheRead + more.cacheRead, cacheWrite + more.cacheWrite);
        }

        /** What a request puts into the context window. */
        public long context() {
            return input + cacheRead + cacheWrite + output;
        }
    }

    // ---- the rest

    /** Known, and of no use to us (hook events, token estimates, signatures). */
    record Ignored(String type) implements CliOutput {}

    /**
     * Not understood: not JSON, of a new type, without a member it must have, or over-long.
     *
     * @param line the line, cut at {@link CliCodec#KEPT_CHARACTERS}
     * @param length of the whole line: characters, or bytes when it was too long to be read
     */
    record Unrecognized(String line, String reason, long length) implements CliOutput {}

    /**
     * What the CLI says of itself once it is up.
     *
     * @param tokenSource what pays: {@code apiKeyHelper}, the variable of an OAuth token, …; {@code none} for nothing but a key
     * @param apiKeySource where an API key came from; not yet known at the first answer when it comes by {@code apiKeyHelper}
     * @param models what the account may use, as sent
     * @param sessionState {@code idle}, {@code running} …
     */
    record Initialized(
            Optional<String> version,
            Optional<String> tokenSource,
            Optional<String> apiKeySource,
            Optional<Long> pid,
            JsonArray models,
            Optional<String> permissionMode,
            Optional<String> sessionState) {
        static Initialized of(JsonObject payload) {
            Fields fields = new Fields(payload);
            Fields account = fields.object("account");
            return new Initialized(
                    fields.string("claude_code_version"),
                    account.string("tokenSource"),
                    account.string("apiKeySource"),
                    fields.number("pid"),
                    fields.array("models"),
                    fields.string("current_permission_mode"),
                    fields.string("session_state"));
        }

        /** Where the credential came from that pays; empty when there is none. */
        public Optional<String> accountSource() {
            return apiKeySource.or(() -> tokenSource.filter(source -> !source.equals("none")));
        }
    }
}
