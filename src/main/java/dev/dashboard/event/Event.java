package dev.dashboard.event;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Everything that can have happened, in the past tense. A closed set: a switch over it has no default, so the compiler lists
 * every place that a new event matters. {@link EventCodec} gives each its name on the wire, in kebab-case.
 *
 * <p>Values are plain; what only the CLI understands (a tool's input and result) is kept as JSON, unread.
 */
public sealed interface Event {

    // ---- people and projects

    /** A person was entered. */
    record UserCreated(UserId user, String name, String role) implements Event {}

    record SignedIn(UserId user, String name, String address) implements Event {}

    /** A sign-in was refused; the name is what was typed, shortened. */
    record SignInRefused(String name, String address, String reason) implements Event {}

    record SignedOut(UserId user) implements Event {}

    record PasswordChanged(UserId user) implements Event {}

    /**
     * All sign-ins of the person ended at once.
     *
     * @param name the person's name then; journals from before it was kept have none
     */
    record SignedOutEverywhere(UserId user, Optional<String> name) implements Event {}

    /**
     * A link was made by which the person chooses a password, once; links made before it are worth nothing.
     *
     * @param name the person's name then; journals from before it was kept have none
     */
    record InvitationIssued(UserId user, Optional<String> name, Instant expiresAt) implements Event {}

    /** The person came by the link and chose a password. */
    record InvitationAccepted(UserId user, String name, String address) implements Event {}

    record RoleChanged(UserId user, String name, String role) implements Event {}

    /** The person may not sign in any more; what they did stays. */
    record UserDisabled(UserId user, String name) implements Event {}

    record UserEnabled(UserId user, String name) implements Event {}

    /** @param role the most that the token may do; less, when its person may less */
    record ApiTokenIssued(ApiTokenId token, UserId user, String name, String role, Instant expiresAt)
            implements Event {}

    /** @param userName name of the token's person then; journals from before it was kept have none */
    record ApiTokenRevoked(ApiTokenId token, UserId user, String name, Optional<String> userName) implements Event {}

    /**
     * Somebody signed in asked for what they may not; of many in a short time, one is told.
     *
     * @param route pattern of the route, with its method
     * @param code of the refusal, for instance {@code not-allowed}
     */
    record AccessRefused(String route, String code, String address) implements Event {}

    /** The audit was handed out as a file, up to this record. */
    record AuditExported(long records) implements Event {}

    /**
     * The server started with other settings than the last time.
     *
     * @param before of those settings that are other now, what they were; empty at the first start
     * @param now the same, as they are; none is a secret
     */
    record ConfigurationChanged(Map<String, String> before, Map<String, String> now) implements Event {
        public ConfigurationChanged {
            before = Collections.unmodifiableMap(new TreeMap<>(before));
            now = Collections.unmodifiableMap(new TreeMap<>(now));
        }
    }

    /**
     * An administrator had more or less logged.
     *
     * @param before the level until then: {@code error, warn, info, debug}
     * @param level the level from then on
     * @param until when the configured level holds again by itself; empty when it does from then on
     */
    record LogLevelChanged(String before, String level, Optional<Instant> until) implements Event {}

    /** An administrator asked for a backup now; whether one came of it, the history of backups says. */
    record BackupRequested(BackupId backup) implements Event {}

    record ProjectAdded(ProjectId project, String path, String name) implements Event {}

    /**
     * A person has seen what the project's own settings would run, and trusts them as they are.
     *
     * @param name the project's
     * @param fingerprint of names and contents of the files; sessions load what has it, and nothing else
     * @param files by which the repository sets something
     */
    record ProjectTrusted(ProjectId project, String name, String fingerprint, List<String> files) implements Event {
        public ProjectTrusted {
            files = List.copyOf(files);
        }
    }

    /** Sessions start without the project's own settings again. {@code reason}: {@code changed, person}. */
    record ProjectTrustWithdrawn(ProjectId project, String name, String reason) implements Event {}

    /**
     * An administrator decided for how long contents of the project's sessions are kept.
     *
     * @param name the project's
     * @param before in days, until then; empty for ever
     * @param days in days, from then on; empty for ever
     */
    record ProjectRetentionChanged(ProjectId project, String name, Optional<Integer> before, Optional<Integer> days)
            implements Event {}

    // ---- life of a session

    /** A person opened a session; no process runs yet. Without a title, its first prompt gives it one. */
    record SessionCreated(
            ProjectId project,
            String cwd,
            Optional<String> title,
            Optional<String> model,
            String permissionMode,
            Optional<String> effort,
            UserId owner,
            Sharing sharing)
            implements Event {}

    /** The owner or an administrator decided who else may come to the session. */
    record SessionShared(Sharing sharing) implements Event {}

    /** All places were taken: the session waits for one. {@code position}: how many were before it then, plus one. */
    record SessionQueued(int position) implements Event {}

    /** The session got its title: from its first prompt, or from a person. */
    record SessionTitled(String title) implements Event {}

    /**
     * A CLI process is about to be started for the session; recorded before it is.
     *
     * @param launch random, also in the process's environment, so that a process can be found whose start was not recorded
     * @param cliSessionId the CLI's own id of the conversation
     * @param resumed whether an earlier conversation goes on
     */
    record SessionStarted(String launch, String cliSessionId, boolean resumed) implements Event {}

    /**
     * The process exists.
     *
     * @param startTicks with the pid, what identifies it after a restart of the server; not moved by changes of the clock
     */
    record ProcessStarted(String launch, long pid, long startTicks, Instant startedAt) implements Event {}

    /** The CLI answered {@code initialize}: it takes prompts. */
    record SessionReady(String cliVersion, String accountSource, Optional<String> model) implements Event {}

    /** The CLI said whether it runs, waits for a person, or rests: {@code running, requires_action, idle}. */
    record ActivityChanged(String activity) implements Event {}

    /** A turn began; the CLI says with what. */
    record TurnStarted(String model, String permissionMode, List<String> tools) implements Event {
        public TurnStarted {
            tools = List.copyOf(tools);
        }
    }

    /** The CLI gave the conversation a new id (after {@code /clear}). */
    record ConversationReset(String cliSessionId) implements Event {}

    /** A person asked for the running turn to be cut. */
    record InterruptionRequested() implements Event {}

    /** A person (or the server, when it shuts down) asked for the process to end. */
    record StopRequested(String reason) implements Event {}

    /**
     * The process ended as asked, or a rest ended over a server that died. {@code reason}: {@code stopped, server-stopped, parked,
     * server-died, runner-lost}.
     *
     * @param leftover what the stop had to end besides the CLI itself
     */
    record SessionEnded(String reason, Optional<Integer> exitCode, Leftover leftover) implements Event {}

    /** The process could not be started or died unasked. The remedy is a sentence for people. */
    record SessionFailed(
            String code,
            String message,
            String remedy,
            Optional<Integer> exitCode,
            String stderrTail,
            Leftover leftover)
            implements Event {}

    /** The server found, at its start, that an earlier server had died over this session. */
    record SessionInterrupted(String cause, Leftover leftover) implements Event {}

    /**
     * Proof of what a stop did to the process tree.
     *
     * @param found processes of the tree other than the CLI that were still there
     * @param killed how many of them had to be killed
     * @param remaining how many were still there at the end; 0 is the promise
     */
    record Leftover(int found, int killed, int remaining) {
        public static final Leftover NONE = new Leftover(0, 0, 0);
    }

    // ---- prompts

    /** A person wrote a prompt; not yet given to the CLI. */
    record PromptSubmitted(PromptId prompt, String text) implements Event {}

    /** A person changed a prompt that waited. */
    record PromptEdited(PromptId prompt, String text) implements Event {}

    /** A person took back a prompt that waited; it never runs. */
    record PromptRemoved(PromptId prompt) implements Event {}

    /** A person had a waiting prompt sent at once: it cuts the running turn, and runs next. */
    record PromptHastened(PromptId prompt) implements Event {}

    /** The waiting prompts stand in another order now: all of them, the next one first. */
    record PromptsReordered(List<PromptId> order) implements Event {
        public PromptsReordered {
            order = List.copyOf(order);
        }
    }

    /** The waiting prompts do not go on by themselves. {@code cause}: {@code interrupted, turn-failed}. */
    record QueueHeld(String cause) implements Event {}

    /** They go on. */
    record QueueReleased() implements Event {}

    /** A person asked for a cut prompt to run again. */
    record DeliveryRequested(PromptId prompt) implements Event {}

    /** The CLI took the prompt up (it replayed it, or said that it started). */
    record PromptDelivered(PromptId prompt) implements Event {}

    /** The CLI is done with the prompt. {@code outcome}: {@code completed, failed, cancelled}. */
    record PromptFinished(PromptId prompt, String outcome) implements Event {}

    // ---- transcript

    /**
     * A block of text. {@code (messageId, index)} is also the key of the draft that it replaces.
     *
     * @param aborted the text is what there was when the turn was cut
     */
    record AssistantReplied(
            String cliUuid, String messageId, int index, String text, boolean aborted, Optional<String> parentToolUseId)
            implements Event {}

    record AssistantThought(String cliUuid, String messageId, int index, String text, Optional<String> parentToolUseId)
            implements Event {}

    record ToolCalled(
            String cliUuid,
            String messageId,
            int index,
            String toolUseId,
            String tool,
            JsonObject input,
            Optional<String> parentToolUseId)
            implements Event {}

    /** {@code result} is the tool's structured output, where the CLI gave one (for an edit, its patch). */
    record ToolReturned(
            String cliUuid,
            String toolUseId,
            boolean isError,
            String content,
            Optional<JsonObject> result,
            Optional<String> parentToolUseId)
            implements Event {}

    /** A turn came to its own end, well or badly. */
    record TurnEnded(TurnOutcome outcome) implements Event {}

    /** A turn was cut by a person. */
    record TurnInterrupted(TurnOutcome outcome) implements Event {}

    /**
     * Nothing was heard in a turn for longer than it should take.
     *
     * @param cause {@code model-silent, tool-running, retrying, rate-limited}
     * @param tool for {@code tool-running}, its name
     * @param silent how long nothing was heard
     * @param interrupts whether the turn is cut for it
     */
    record TurnStalled(String cause, Optional<String> tool, Duration silent, boolean interrupts) implements Event {}

    /** Something was heard again. */
    record TurnRevived() implements Event {}

    /**
     * How a turn ended.
     *
     * @param reason the CLI's {@code terminal_reason}, for instance {@code completed, max_turns, api_error}
     * @param error for people, when {@code isError}: what happened, and its class, for instance {@code authentication_failed}
     * @param cost of this turn alone, in US dollars at list prices, subagents included
     * @param contextTokens tokens in the context window after the turn, if known
     */
    record TurnOutcome(
            String cliUuid,
            boolean isError,
            String reason,
            Optional<TurnError> error,
            Duration duration,
            int rounds,
            Tokens tokens,
            BigDecimal cost,
            Optional<Long> contextTokens,
            Optional<Long> contextWindow,
            List<PromptId> prompts) {
        public TurnOutcome {
            prompts = List.copyOf(prompts);
        }
    }

    /** {@code code}: one of ours, stable ({@code model-auth, model-rate-limited, …}); message and remedy are for people. */
    record TurnError(String code, String message, String remedy, Optional<Integer> status) {}

    record Tokens(long input, long output, long cacheRead, long cacheWrite) {}

    // ---- approvals

    /**
     * The CLI waits for a person.
     *
     * @param kind {@code permission, question, plan}
     * @param cliRequestId the CLI's id of the request; the answer carries it
     * @param suggestions the CLI's own "always" suggestions, unread
     */
    record ApprovalRequested(
            ApprovalId approval,
            String kind,
            String cliRequestId,
            String toolUseId,
            String tool,
            JsonObject input,
            Optional<String> description,
            Optional<String> reason,
            JsonArray suggestions,
            Optional<String> agentId,
            Optional<Instant> expiresAt)
            implements Event {}

    /**
     * A person decided, or the server when the request expired; the first recorded decision wins. {@code decision}: {@code allow, deny}.
     *
     * @param input what runs instead of what was asked, or empty for unchanged
     * @param remembered what the CLI is told not to ask again in this session, as its permission updates; empty for this once
     */
    record ApprovalResolved(
            ApprovalId approval,
            String decision,
            Optional<JsonObject> input,
            Optional<String> reason,
            JsonArray remembered)
            implements Event {}

    /** The decision reached the CLI: it acted on it. */
    record ApprovalDelivered(ApprovalId approval) implements Event {}

    /** Nobody needs to answer any more. {@code cause}: {@code cli, interrupted, process-ended, server-restarted}. */
    record ApprovalWithdrawn(ApprovalId approval, String cause) implements Event {}

    /** Decided, but the process ended before it was seen to act on it. Settled later only by the transcript. */
    record ApprovalUnsettled(ApprovalId approval) implements Event {}

    // ---- what the machinery says

    record ApiRetried(int attempt, int maxRetries, Duration delay, Optional<Integer> status, String error)
            implements Event {}

    /**
     * The model answered a request that came through the gateway, well or badly; several belong to one turn.
     *
     * @param model as the answer names it; empty when it does not
     * @param status HTTP's
     * @param firstByte from the request's arrival to the answer's first byte
     * @param tokens as far as the answer told them; of a cut answer, those so far
     */
    record ModelAnswered(Optional<String> model, int status, Duration firstByte, Tokens tokens) implements Event {}

    record ModelFellBack(String from, String to) implements Event {}

    record ContextCompacted(String trigger, long preTokens, long postTokens) implements Event {}

    record PermissionModeChanged(String permissionMode) implements Event {}

    record RateLimitChanged(String status, Optional<Instant> resetsAt, String window, Optional<Double> utilization)
            implements Event {}

    /** A call was denied without asking a person (a rule, or a mode). */
    record PermissionDenied(String toolUseId, String tool, String message) implements Event {}

    /** Commands and subagents in the background, the whole set. */
    record BackgroundTasksChanged(JsonArray tasks) implements Event {}

    /** Something the CLI or the server tells people. {@code level}: {@code info, warning, error}. */
    record NoticeGiven(String level, String text) implements Event {}

    /** The CLI said something new; kept as it was, cut at a limit. */
    record OutputNotUnderstood(String line, String reason) implements Event {}

    // ---- what is forgotten

    /**
     * The contents of the session's events go from now on, as its project has it; recorded before the first of them goes.
     *
     * @param through the session's last event then
     * @param days the project's setting
     * @param contents what {@link Tombstone#chained} makes of all its events that lose their contents, in order
     */
    record ContentsExpired(long through, int days, String contents) implements Event {}

    /**
     * What is left of any other event whose contents have expired. It has no name of its own: it keeps the one that it had.
     *
     * @param type name on the wire of what it was
     * @param digest of the event as it was stored, see {@link Recorded#digest}
     */
    record Expired(String type, String digest) implements Event {}
}
