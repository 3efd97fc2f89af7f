package dev.dashboard.event;

import dev.dashboard.event.Event.*;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.Optional;

/**
 * Events as JSON, one form for the journal and for the wire; total in both directions.
 *
 * <p>Names are for ever: a member may be added as optional, never renamed. What a newer server wrote is refused by name, not
 * guessed. Pure; safe for any thread.
 */
public final class EventCodec {
    private EventCodec() {}

    /** The event's name, in kebab-case. */
    public static String type(Event event) {
        return typeOf(event).wire();
    }

    /**
     * The whole event as it goes over the wire; {@code sessionId} is left out where there is none. Of one whose contents have expired,
     * {@code expired} says so, and there are none.
     */
    public static JsonObject envelope(Envelope envelope) {
        boolean expired = envelope.event() instanceof Expired;
        Members members = new Members()
                .number("seq", envelope.seq())
                .instant("time", envelope.time())
                .text("sessionId", envelope.session().map(SessionId::toString))
                .json("actor", actor(envelope.actor()))
                .text("type", type(envelope.event()))
                .json("data", expired ? JsonValue.EMPTY_JSON_OBJECT : data(envelope.event()));
        return (expired ? members.flag("expired", true) : members).build();
    }

    public static JsonObject actor(Actor actor) {
        return switch (actor) {
            case Actor.Person(UserId id, String name, Optional<String> token) ->
                new Members()
                        .text("kind", "person")
                        .text("id", id.toString())
                        .text("name", name)
                        .text("token", token)
                        .build();
            case Actor.Cli() -> new Members().text("kind", "cli").build();
            case Actor.Server() -> new Members().text("kind", "server").build();
        };
    }

    static Actor decodeActor(JsonObject json) {
        StoredMembers actor = new StoredMembers("actor", json);
        String kind = actor.text("kind");
        return switch (kind) {
            case "person" -> new Actor.Person(new UserId(actor.id("id")), actor.text("name"), actor.optText("token"));
            case "cli" -> Actor.CLI;
            case "server" -> Actor.SERVER;
            default -> throw new IllegalArgumentException("unknown actor kind \"" + kind + "\"");
        };
    }

    static JsonObject parse(String json) {
        try (JsonReader reader = Members.JSON.createReader(new StringReader(json))) {
            return reader.readObject();
        }
    }

    static EventType typeOf(Event event) {
        return switch (event) {
            case UserCreated _ -> EventType.USER_CREATED;
            case SignedIn _ -> EventType.SIGNED_IN;
            case SignInRefused _ -> EventType.SIGN_IN_REFUSED;
            case SignedOut _ -> EventType.SIGNED_OUT;
            case PasswordChanged _ -> EventType.PASSWORD_CHANGED;
            case SignedOutEverywhere _ -> EventType.SIGNED_OUT_EVERYWHERE;
            case InvitationIssued _ -> EventType.INVITATION_ISSUED;
            case InvitationAccepted _ -> EventType.INVITATION_ACCEPTED;
            case RoleChanged _ -> EventType.ROLE_CHANGED;
            case UserDisabled _ -> EventType.USER_DISABLED;
            case UserEnabled _ -> EventType.USER_ENABLED;
            case ApiTokenIssued _ -> EventType.API_TOKEN_ISSUED;
            case ApiTokenRevoked _ -> EventType.API_TOKEN_REVOKED;
            case AccessRefused _ -> EventType.ACCESS_REFUSED;
            case AuditExported _ -> EventType.AUDIT_EXPORTED;
            case ConfigurationChanged _ -> EventType.CONFIGURATION_CHANGED;
            case LogLevelChanged _ -> EventType.LOG_LEVEL_CHANGED;
            case BackupRequested _ -> EventType.BACKUP_REQUESTED;
            case ProjectAdded _ -> EventType.PROJECT_ADDED;
            case ProjectTrusted _ -> EventType.PROJECT_TRUSTED;
            case ProjectTrustWithdrawn _ -> EventType.PROJECT_TRUST_WITHDRAWN;
            case ProjectRetentionChanged _ -> EventType.PROJECT_RETENTION_CHANGED;
            case SessionCreated _ -> EventType.SESSION_CREATED;
            case SessionShared _ -> EventType.SESSION_SHARED;
            case SessionQueued _ -> EventType.SESSION_QUEUED;
            case SessionTitled _ -> EventType.SESSION_TITLED;
            case SessionStarted _ -> EventType.SESSION_STARTED;
            case ProcessStarted _ -> EventType.PROCESS_STARTED;
            case SessionReady _ -> EventType.SESSION_READY;
            case ActivityChanged _ -> EventType.ACTIVITY_CHANGED;
            case TurnStarted _ -> EventType.TURN_STARTED;
            case ConversationReset _ -> EventType.CONVERSATION_RESET;
            case InterruptionRequested _ -> EventType.INTERRUPTION_REQUESTED;
            case StopRequested _ -> EventType.STOP_REQUESTED;
            case SessionEnded _ -> EventType.SESSION_ENDED;
            case SessionFailed _ -> EventType.SESSION_FAILED;
            case SessionInterrupted _ -> EventType.SESSION_INTERRUPTED;
            case PromptSubmitted _ -> EventType.PROMPT_SUBMITTED;
            case PromptEdited _ -> EventType.PROMPT_EDITED;
            case PromptRemoved _ -> EventType.PROMPT_REMOVED;
            case PromptHastened _ -> EventType.PROMPT_HASTENED;
            case PromptsReordered _ -> EventType.PROMPTS_REORDERED;
            case QueueHeld _ -> EventType.QUEUE_HELD;
            case QueueReleased _ -> EventType.QUEUE_RELEASED;
            case DeliveryRequested _ -> EventType.DELIVERY_REQUESTED;
            case PromptDelivered _ -> EventType.PROMPT_DELIVERED;
            case PromptFinished _ -> EventType.PROMPT_FINISHED;
            case AssistantReplied _ -> EventType.ASSISTANT_REPLIED;
            case AssistantThought _ -> EventType.ASSISTANT_THOUGHT;
            case ToolCalled _ -> EventType.TOOL_CALLED;
            case ToolReturned _ -> EventType.TOOL_RETURNED;
            case TurnEnded _ -> EventType.TURN_ENDED;
            case TurnInterrupted _ -> EventType.TURN_INTERRUPTED;
            case TurnStalled _ -> EventType.TURN_STALLED;
            case TurnRevived _ -> EventType.TURN_REVIVED;
            case ApprovalRequested _ -> EventType.APPROVAL_REQUESTED;
            case ApprovalResolved _ -> EventType.APPROVAL_RESOLVED;
            case ApprovalDelivered _ -> EventType.APPROVAL_DELIVERED;
            case ApprovalWithdrawn _ -> EventType.APPROVAL_WITHDRAWN;
            case ApprovalUnsettled _ -> EventType.APPROVAL_UNSETTLED;
            case ApiRetried _ -> EventType.API_RETRIED;
            case ModelAnswered _ -> EventType.MODEL_ANSWERED;
            case ModelFellBack _ -> EventType.MODEL_FELL_BACK;
            case ContextCompacted _ -> EventType.CONTEXT_COMPACTED;
            case PermissionModeChanged _ -> EventType.PERMISSION_MODE_CHANGED;
            case RateLimitChanged _ -> EventType.RATE_LIMIT_CHANGED;
            case PermissionDenied _ -> EventType.PERMISSION_DENIED;
            case BackgroundTasksChanged _ -> EventType.BACKGROUND_TASKS_CHANGED;
            case NoticeGiven _ -> EventType.NOTICE_GIVEN;
            case OutputNotUnderstood _ -> EventType.OUTPUT_NOT_UNDERSTOOD;
            case ContentsExpired _ -> EventType.CONTENTS_EXPIRED;
            case Expired e -> EventType.parse(e.type());
        };
    }

    /** The event's members without its name. */
    public static JsonObject data(Event event) {
        Members to = new Members();
        return (switch (event) {
                    case UserCreated e ->
                        to.text("userId", e.user().toString())
                                .text("name", e.name())
                                .text("role", e.role());
                    case SignedIn e ->
                        to.text("userId", e.user().toString())
                                .text("name", e.name())
                                .text("address", e.address());
                    case SignInRefused e ->
                        to.text("name", e.name()).text("address", e.address()).text("reason", e.reason());
                    case SignedOut e -> to.text("userId", e.user().toString());
                    case PasswordChanged e -> to.text("userId", e.user().toString());
                    case SignedOutEverywhere e ->
                        to.text("userId", e.user().toString()).text("name", e.name());
                    case InvitationIssued e ->
                        to.text("userId", e.user().toString())
                                .text("name", e.name())
                                .instant("expiresAt", e.expiresAt());
                    case InvitationAccepted e ->
                        to.text("userId", e.user().toString())
                                .text("name", e.name())
                                .text("address", e.address());
                    case RoleChanged e ->
                        to.text("userId", e.user().toString())
                                .text("name", e.name())
                                .text("role", e.role());
                    case UserDisabled e ->
                        to.text("userId", e.user().toString()).text("name", e.name());
                    case UserEnabled e -> to.text("userId", e.user().toString()).text("name", e.name());
                    case ApiTokenIssued e ->
                        to.text("tokenId", e.token().toString())
                                .text("userId", e.user().toString())
                                .text("name", e.name())
                                .text("role", e.role())
                                .instant("expiresAt", e.expiresAt());
                    case ApiTokenRevoked e ->
                        to.text("tokenId", e.token().toString())
                                .text("userId", e.user().toString())
                                .text("name", e.name())
                                .text("userName", e.userName());
                    case AccessRefused e ->
                        to.text("route", e.route()).text("code", e.code()).text("address", e.address());
                    case AuditExported e -> to.number("records", e.records());
                    case ConfigurationChanged e ->
                        to.texts("before", e.before()).texts("now", e.now());
                    case LogLevelChanged e ->
                        to.text("before", e.before()).text("level", e.level()).instant("until", e.until());
                    case BackupRequested e -> to.text("backupId", e.backup().toString());
                    case ProjectAdded e ->
                        to.text("projectId", e.project().toString())
                                .text("path", e.path())
                                .text("name", e.name());
                    case ProjectTrusted e ->
                        to.text("projectId", e.project().toString())
                                .text("name", e.name())
                                .text("fingerprint", e.fingerprint())
                                .texts("files", e.files());
                    case ProjectTrustWithdrawn e ->
                        to.text("projectId", e.project().toString())
                                .text("name", e.name())
                                .text("reason", e.reason());
                    case ProjectRetentionChanged e ->
                        to.text("projectId", e.project().toString())
                                .text("name", e.name())
                                .number("before", e.before())
                                .number("days", e.days());
                    case SessionCreated e ->
                        to.text("projectId", e.project().toString())
                                .text("cwd", e.cwd())
                                .text("title", e.title())
                                .text("model", e.model())
                                .text("permissionMode", e.permissionMode())
                                .text("effort", e.effort())
                                .text("owner", e.owner().toString())
                                .text("sharing", e.sharing().wire());
                    case SessionShared e -> to.text("sharing", e.sharing().wire());
                    case SessionQueued e -> to.number("position", e.position());
                    case SessionTitled e -> to.text("title", e.title());
                    case SessionStarted e ->
                        to.text("launch", e.launch())
                                .text("cliSessionId", e.cliSessionId())
                                .flag("resumed", e.resumed());
                    case ProcessStarted e ->
                        to.text("launch", e.launch())
                                .number("pid", e.pid())
                                .number("startTicks", e.startTicks())
                                .instant("startedAt", e.startedAt());
                    case SessionReady e ->
                        to.text("cliVersion", e.cliVersion())
                                .text("accountSource", e.accountSource())
                                .text("model", e.model());
                    case ActivityChanged e -> to.text("activity", e.activity());
                    case TurnStarted e ->
                        to.text("model", e.model())
                                .text("permissionMode", e.permissionMode())
                                .texts("tools", e.tools());
                    case ConversationReset e -> to.text("cliSessionId", e.cliSessionId());
                    case InterruptionRequested _ -> to;
                    case StopRequested e -> to.text("reason", e.reason());
                    case SessionEnded e ->
                        to.text("reason", e.reason())
                                .number("exitCode", e.exitCode())
                                .json("leftover", leftover(e.leftover()));
                    case SessionFailed e ->
                        to.text("code", e.code())
                                .text("message", e.message())
                                .text("remedy", e.remedy())
                                .number("exitCode", e.exitCode())
                                .text("stderrTail", e.stderrTail())
                                .json("leftover", leftover(e.leftover()));
                    case SessionInterrupted e -> to.text("cause", e.cause()).json("leftover", leftover(e.leftover()));
                    case PromptSubmitted e ->
                        to.text("promptId", e.prompt().toString()).text("text", e.text());
                    case PromptEdited e ->
                        to.text("promptId", e.prompt().toString()).text("text", e.text());
                    case PromptRemoved e -> to.text("promptId", e.prompt().toString());
                    case PromptHastened e -> to.text("promptId", e.prompt().toString());
                    case PromptsReordered e -> to.texts("order", e.order());
                    case QueueHeld e -> to.text("cause", e.cause());
                    case QueueReleased _ -> to;
                    case DeliveryRequested e -> to.text("promptId", e.prompt().toString());
                    case PromptDelivered e -> to.text("promptId", e.prompt().toString());
                    case PromptFinished e ->
                        to.text("promptId", e.prompt().toString()).text("outcome", e.outcome());
                    case AssistantReplied e ->
                        to.text("cliUuid", e.cliUuid())
                                .text("messageId", e.messageId())
                                .number("index", e.index())
                                .text("text", e.text())
                                .flag("aborted", e.aborted())
                                .text("parentToolUseId", e.parentToolUseId());
                    case AssistantThought e ->
                        to.text("cliUuid", e.cliUuid())
                                .text("messageId", e.messageId())
                                .number("index", e.index())
                                .text("text", e.text())
                                .text("parentToolUseId", e.parentToolUseId());
                    case ToolCalled e ->
                        to.text("cliUuid", e.cliUuid())
                                .text("messageId", e.messageId())
                                .number("index", e.index())
                                .text("toolUseId", e.toolUseId())
                                .text("tool", e.tool())
                                .json("input", e.input())
                                .text("parentToolUseId", e.parentToolUseId());
                    case ToolReturned e ->
                        to.text("cliUuid", e.cliUuid())
                                .text("toolUseId", e.toolUseId())
                                .flag("isError", e.isError())
                                .text("content", e.content())
                                .json("result", e.result())
                                .text("parentToolUseId", e.parentToolUseId());
                    case TurnEnded e -> outcome(to, e.outcome());
                    case TurnInterrupted e -> outcome(to, e.outcome());
                    case TurnStalled e ->
                        to.text("cause", e.cause())
                                .text("tool", e.tool())
                                .millis("silentMs", e.silent())
                                .flag("interrupts", e.interrupts());
                    case TurnRevived _ -> to;
                    case ApprovalRequested e ->
                        to.text("approvalId", e.approval().toString())
                                .text("kind", e.kind())
                                .text("cliRequestId", e.cliRequestId())
                                .text("toolUseId", e.toolUseId())
                                .text("tool", e.tool())
                                .json("input", e.input())
                                .text("description", e.description())
                                .text("reason", e.reason())
                                .json("suggestions", e.suggestions())
                                .text("agentId", e.agentId())
                                .instant("expiresAt", e.expiresAt());
                    case ApprovalResolved e ->
                        to.text("approvalId", e.approval().toString())
                                .text("decision", e.decision())
                                .json("input", e.input())
                                .text("reason", e.reason())
                                .json("remembered", e.remembered());
                    case ApprovalDelivered e ->
                        to.text("approvalId", e.approval().toString());
                    case ApprovalWithdrawn e ->
                        to.text("approvalId", e.approval().toString()).text("cause", e.cause());
                    case ApprovalUnsettled e ->
                        to.text("approvalId", e.approval().toString());
                    case ApiRetried e ->
                        to.number("attempt", e.attempt())
                                .number("maxRetries", e.maxRetries())
                                .millis("delayMs", e.delay())
                                .number("status", e.status())
                                .text("error", e.error());
                    case ModelAnswered e ->
                        to.text("model", e.model())
                                .number("status", e.status())
                                .millis("firstByteMs", e.firstByte())
                                .json("tokens", tokens(e.tokens()));
                    case ModelFellBack e -> to.text("from", e.from()).text("to", e.to());
                    case ContextCompacted e ->
                        to.text("trigger", e.trigger())
                                .number("preTokens", e.preTokens())
                                .number("postTokens", e.postTokens());
                    case PermissionModeChanged e -> to.text("permissionMode", e.permissionMode());
                    case RateLimitChanged e ->
                        to.text("status", e.status())
                                .instant("resetsAt", e.resetsAt())
                                .text("window", e.window())
                                .number("utilization", e.utilization());
                    case PermissionDenied e ->
                        to.text("toolUseId", e.toolUseId())
                                .text("tool", e.tool())
                                .text("message", e.message());
                    case BackgroundTasksChanged e -> to.json("tasks", e.tasks());
                    case NoticeGiven e -> to.text("level", e.level()).text("text", e.text());
                    case OutputNotUnderstood e -> to.text("line", e.line()).text("reason", e.reason());
                    case ContentsExpired e ->
                        to.number("through", e.through())
                                .number("days", e.days())
                                .text("contents", e.contents());
                    case Expired e -> to.text(Tombstone.MEMBER, e.digest());
                })
                .build();
    }

    private static JsonObject leftover(Leftover leftover) {
        return new Members()
                .number("found", leftover.found())
                .number("killed", leftover.killed())
                .number("remaining", leftover.remaining())
                .build();
    }

    private static Members outcome(Members to, TurnOutcome outcome) {
        return to.text("cliUuid", outcome.cliUuid())
                .flag("isError", outcome.isError())
                .text("reason", outcome.reason())
                .json("error", outcome.error().map(EventCodec::error))
                .millis("durationMs", outcome.duration())
                .number("rounds", outcome.rounds())
                .json("tokens", tokens(outcome.tokens()))
                .decimal("costUsd", outcome.cost())
                .number("contextTokens", outcome.contextTokens())
                .number("contextWindow", outcome.contextWindow())
                .texts("promptIds", outcome.prompts());
    }

    private static JsonObject error(TurnError error) {
        return new Members()
                .text("code", error.code())
                .text("message", error.message())
                .text("remedy", error.remedy())
                .number("status", error.status())
                .build();
    }

    private static JsonObject tokens(Tokens tokens) {
        return new Members()
                .number("input", tokens.input())
                .number("output", tokens.output())
                .number("cacheRead", tokens.cacheRead())
                .number("cacheWrite", tokens.cacheWrite())
                .build();
    }

    /** The event that {@link #type} and {@link #data} came from, unless its contents have expired; an exception names what cannot be read. */
    public static Event decode(String type, JsonObject data) {
        StoredMembers from = new StoredMembers(type, data);
        return switch (EventType.parse(type)) {
            case USER_CREATED -> new UserCreated(user(from), from.text("name"), from.text("role"));
            case SIGNED_IN -> new SignedIn(user(from), from.text("name"), from.text("address"));
            case SIGN_IN_REFUSED -> new SignInRefused(from.text("name"), from.text("address"), from.text("reason"));
            case SIGNED_OUT -> new SignedOut(user(from));
            case PASSWORD_CHANGED -> new PasswordChanged(user(from));
            case SIGNED_OUT_EVERYWHERE -> new SignedOutEverywhere(user(from), from.optText("name"));
            case INVITATION_ISSUED -> new InvitationIssued(user(from), from.optText("name"), from.instant("expiresAt"));
            case INVITATION_ACCEPTED -> new InvitationAccepted(user(from), from.text("name"), from.text("address"));
            case ROLE_CHANGED -> new RoleChanged(user(from), from.text("name"), from.text("role"));
            case USER_DISABLED -> new UserDisabled(user(from), from.text("name"));
            case USER_ENABLED -> new UserEnabled(user(from), from.text("name"));
            case API_TOKEN_ISSUED ->
                new ApiTokenIssued(
                        new ApiTokenId(from.id("tokenId")),
                        user(from),
                        from.text("name"),
                        from.text("role"),
                        from.instant("expiresAt"));
            case API_TOKEN_REVOKED ->
                new ApiTokenRevoked(
                        new ApiTokenId(from.id("tokenId")), user(from), from.text("name"), from.optText("userName"));
            case ACCESS_REFUSED -> new AccessRefused(from.text("route"), from.text("code"), from.text("address"));
            case AUDIT_EXPORTED -> new AuditExported(from.number("records"));
            case CONFIGURATION_CHANGED -> new ConfigurationChanged(from.textsByName("before"), from.textsByName("now"));
            case LOG_LEVEL_CHANGED ->
                new LogLevelChanged(from.text("before"), from.text("level"), from.optInstant("until"));
            case BACKUP_REQUESTED -> new BackupRequested(new BackupId(from.id("backupId")));
            case PROJECT_ADDED -> new ProjectAdded(project(from), from.text("path"), from.text("name"));
            case PROJECT_TRUSTED ->
                new ProjectTrusted(project(from), from.text("name"), from.text("fingerprint"), from.texts("files"));
            case PROJECT_TRUST_WITHDRAWN ->
                new ProjectTrustWithdrawn(project(from), from.text("name"), from.text("reason"));
            case PROJECT_RETENTION_CHANGED ->
                new ProjectRetentionChanged(
                        project(from), from.text("name"), from.optInteger("before"), from.optInteger("days"));
            case SESSION_CREATED ->
                new SessionCreated(
                        project(from),
                        from.text("cwd"),
                        from.optText("title"),
                        from.optText("model"),
                        from.text("permissionMode"),
                        from.optText("effort"),
                        new UserId(from.id("owner")),
                        // Before sessions were somebody's, all could come to them.
                        from.optText("sharing").map(Sharing::parse).orElse(Sharing.TEAM_WRITE));
            case SESSION_SHARED -> new SessionShared(Sharing.parse(from.text("sharing")));
            case SESSION_QUEUED -> new SessionQueued(from.integer("position"));
            case SESSION_TITLED -> new SessionTitled(from.text("title"));
            case SESSION_STARTED ->
                new SessionStarted(from.text("launch"), from.text("cliSessionId"), from.flag("resumed"));
            case PROCESS_STARTED ->
                new ProcessStarted(
                        from.text("launch"), from.number("pid"), from.number("startTicks"), from.instant("startedAt"));
            case SESSION_READY ->
                new SessionReady(from.text("cliVersion"), from.text("accountSource"), from.optText("model"));
            case ACTIVITY_CHANGED -> new ActivityChanged(from.text("activity"));
            case TURN_STARTED -> new TurnStarted(from.text("model"), from.text("permissionMode"), from.texts("tools"));
            case CONVERSATION_RESET -> new ConversationReset(from.text("cliSessionId"));
            case INTERRUPTION_REQUESTED -> new InterruptionRequested();
            case STOP_REQUESTED -> new StopRequested(from.text("reason"));
            case SESSION_ENDED -> new SessionEnded(from.text("reason"), from.optInteger("exitCode"), leftover(from));
            case SESSION_FAILED ->
                new SessionFailed(
                        from.text("code"),
                        from.text("message"),
                        from.text("remedy"),
                        from.optInteger("exitCode"),
                        from.text("stderrTail"),
                        leftover(from));
            case SESSION_INTERRUPTED -> new SessionInterrupted(from.text("cause"), leftover(from));
            case PROMPT_SUBMITTED -> new PromptSubmitted(prompt(from), from.text("text"));
            case PROMPT_EDITED -> new PromptEdited(prompt(from), from.text("text"));
            case PROMPT_REMOVED -> new PromptRemoved(prompt(from));
            case PROMPT_HASTENED -> new PromptHastened(prompt(from));
            case PROMPTS_REORDERED ->
                new PromptsReordered(
                        from.texts("order").stream().map(PromptId::parse).toList());
            case QUEUE_HELD -> new QueueHeld(from.text("cause"));
            case QUEUE_RELEASED -> new QueueReleased();
            case DELIVERY_REQUESTED -> new DeliveryRequested(prompt(from));
            case PROMPT_DELIVERED -> new PromptDelivered(prompt(from));
            case PROMPT_FINISHED -> new PromptFinished(prompt(from), from.text("outcome"));
            case ASSISTANT_REPLIED ->
                new AssistantReplied(
                        from.text("cliUuid"),
                        from.text("messageId"),
                        from.integer("index"),
                        from.text("text"),
                        from.flag("aborted"),
                        from.optText("parentToolUseId"));
            case ASSISTANT_THOUGHT ->
                new AssistantThought(
                        from.text("cliUuid"),
                        from.text("messageId"),
                        from.integer("index"),
                        from.text("text"),
                        from.optText("parentToolUseId"));
            case TOOL_CALLED ->
                new ToolCalled(
                        from.text("cliUuid"),
                        from.text("messageId"),
                        from.integer("index"),
                        from.text("toolUseId"),
                        from.text("tool"),
                        from.object("input"),
                        from.optText("parentToolUseId"));
            case TOOL_RETURNED ->
                new ToolReturned(
                        from.text("cliUuid"),
                        from.text("toolUseId"),
                        from.flag("isError"),
                        from.text("content"),
                        from.optObject("result"),
                        from.optText("parentToolUseId"));
            case TURN_ENDED -> new TurnEnded(outcome(from));
            case TURN_INTERRUPTED -> new TurnInterrupted(outcome(from));
            case TURN_STALLED ->
                new TurnStalled(
                        from.text("cause"), from.optText("tool"), from.millis("silentMs"), from.flag("interrupts"));
            case TURN_REVIVED -> new TurnRevived();
            case APPROVAL_REQUESTED ->
                new ApprovalRequested(
                        approval(from),
                        from.text("kind"),
                        from.text("cliRequestId"),
                        from.text("toolUseId"),
                        from.text("tool"),
                        from.object("input"),
                        from.optText("description"),
                        from.optText("reason"),
                        from.array("suggestions"),
                        from.optText("agentId"),
                        from.optInstant("expiresAt"));
            case APPROVAL_RESOLVED ->
                new ApprovalResolved(
                        approval(from),
                        from.text("decision"),
                        from.optObject("input"),
                        from.optText("reason"),
                        from.array("remembered"));
            case APPROVAL_DELIVERED -> new ApprovalDelivered(approval(from));
            case APPROVAL_WITHDRAWN -> new ApprovalWithdrawn(approval(from), from.text("cause"));
            case APPROVAL_UNSETTLED -> new ApprovalUnsettled(approval(from));
            case API_RETRIED ->
                new ApiRetried(
                        from.integer("attempt"),
                        from.integer("maxRetries"),
                        from.millis("delayMs"),
                        from.optInteger("status"),
                        from.text("error"));
            case MODEL_ANSWERED ->
                new ModelAnswered(
                        from.optText("model"),
                        (int) from.number("status"),
                        from.millis("firstByteMs"),
                        tokens(from.members("tokens")));
            case MODEL_FELL_BACK -> new ModelFellBack(from.text("from"), from.text("to"));
            case CONTEXT_COMPACTED ->
                new ContextCompacted(from.text("trigger"), from.number("preTokens"), from.number("postTokens"));
            case PERMISSION_MODE_CHANGED -> new PermissionModeChanged(from.text("permissionMode"));
            case RATE_LIMIT_CHANGED ->
                new RateLimitChanged(
                        from.text("status"),
                        from.optInstant("resetsAt"),
                        from.text("window"),
                        from.optDouble("utilization"));
            case PERMISSION_DENIED ->
                new PermissionDenied(from.text("toolUseId"), from.text("tool"), from.text("message"));
            case BACKGROUND_TASKS_CHANGED -> new BackgroundTasksChanged(from.array("tasks"));
            case NOTICE_GIVEN -> new NoticeGiven(from.text("level"), from.text("text"));
            case OUTPUT_NOT_UNDERSTOOD -> new OutputNotUnderstood(from.text("line"), from.text("reason"));
            case CONTENTS_EXPIRED ->
                new ContentsExpired(from.number("through"), from.integer("days"), from.text("contents"));
        };
    }

    private static UserId user(StoredMembers from) {
        return new UserId(from.id("userId"));
    }

    private static ProjectId project(StoredMembers from) {
        return new ProjectId(from.id("projectId"));
    }

    private static PromptId prompt(StoredMembers from) {
        return new PromptId(from.id("promptId"));
    }

    private static ApprovalId approval(StoredMembers from) {
        return new ApprovalId(from.id("approvalId"));
    }

    private static Leftover leftover(StoredMembers from) {
        StoredMembers leftover = from.members("leftover");
        return new Leftover(leftover.integer("found"), leftover.integer("killed"), leftover.integer("remaining"));
    }

    private static TurnOutcome outcome(StoredMembers from) {
        return new TurnOutcome(
                from.text("cliUuid"),
                from.flag("isError"),
                from.text("reason"),
                from.optMembers("error").map(EventCodec::error),
                from.millis("durationMs"),
                from.integer("rounds"),
                tokens(from.members("tokens")),
                from.decimal("costUsd"),
                from.optNumber("contextTokens"),
                from.optNumber("contextWindow"),
                from.texts("promptIds").stream().map(PromptId::parse).toList());
    }

    private static TurnError error(StoredMembers from) {
        return new TurnError(from.text("code"), from.text("message"), from.text("remedy"), from.optInteger("status"));
    }

    private static Tokens tokens(StoredMembers from) {
        return new Tokens(
                from.number("input"), from.number("output"), from.number("cacheRead"), from.number("cacheWrite"));
    }
}
