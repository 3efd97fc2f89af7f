package dev.dashboard.event;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Values of every event: all members present, and for those with optional ones also none. */
final class Samples {
    private static final UUID ID = UUID.fromString("0b6eb9c0-84a8-4c42-8d88-528addfc3b89");
    private static final UserId USER = new UserId(ID);
    private static final ProjectId PROJECT = new ProjectId(ID);
    private static final BackupId BACKUP = new BackupId(ID);
    private static final PromptId PROMPT = new PromptId(ID);
    private static final ApprovalId APPROVAL = new ApprovalId(ID);
    private static final String TEXT = "Grüße \"x\" \\ \n\t\u0000 😀";
    private static final Event.Leftover LEFTOVER = new Event.Leftover(3, 2, 1);
    private static final JsonObject OBJECT = Json.createObjectBuilder()
            .add("a", TEXT)
            .addNull("b")
            .add("c", 1.50)
            .build();
    private static final JsonArray ARRAY =
            Json.createArrayBuilder().add(OBJECT).add(TEXT).build();

    private Samples() {}

    static final List<Event> ALL = List.of(
            new Event.UserCreated(USER, TEXT, "admin"),
            new Event.SignedIn(USER, TEXT, "127.0.0.1"),
            new Event.SignInRefused(TEXT, "127.0.0.1", "unknown"),
            new Event.SignedOut(USER),
            new Event.PasswordChanged(USER),
            new Event.SignedOutEverywhere(USER, Optional.of(TEXT)),
            new Event.SignedOutEverywhere(USER, Optional.empty()),
            new Event.InvitationIssued(USER, Optional.of(TEXT), Instant.parse("2026-01-02T03:04:05.670Z")),
            new Event.InvitationIssued(USER, Optional.empty(), Instant.parse("2026-01-02T03:04:05.670Z")),
            new Event.InvitationAccepted(USER, TEXT, "127.0.0.1"),
            new Event.RoleChanged(USER, TEXT, "viewer"),
            new Event.UserDisabled(USER, TEXT),
            new Event.UserEnabled(USER, TEXT),
            new Event.ApiTokenIssued(
                    new ApiTokenId(ID), USER, TEXT, "operator", Instant.parse("2026-01-02T03:04:05.670Z")),
            new Event.ApiTokenRevoked(new ApiTokenId(ID), USER, TEXT, Optional.of(TEXT)),
            new Event.ApiTokenRevoked(new ApiTokenId(ID), USER, TEXT, Optional.empty()),
            new Event.AccessRefused("GET /api/v1/audit", "not-allowed", "127.0.0.1"),
            new Event.AuditExported(4_000_000_000L),
            new Event.ConfigurationChanged(
                    Map.of("server.port", "8080"), Map.of("server.port", "8081", "demo", "true")),
            new Event.LogLevelChanged("info", "debug", Optional.of(Instant.parse("2026-01-02T03:04:05.670Z"))),
            new Event.LogLevelChanged("debug", "info", Optional.empty()),
            new Event.BackupRequested(BACKUP),
            new Event.ProjectAdded(PROJECT, "/projects/x", "x"),
            new Event.ProjectTrusted(PROJECT, TEXT, "f", List.of(".mcp.json", TEXT)),
            new Event.ProjectTrustWithdrawn(PROJECT, "x", "changed"),
            new Event.ProjectRetentionChanged(PROJECT, "x", Optional.of(90), Optional.of(30)),
            new Event.ProjectRetentionChanged(PROJECT, "x", Optional.empty(), Optional.empty()),
            new Event.SessionCreated(
                    PROJECT,
                    "/projects/x",
                    Optional.of(TEXT),
                    Optional.of("m"),
                    "default",
                    Optional.of("high"),
                    USER,
                    Sharing.PRIVATE),
            new Event.SessionCreated(
                    PROJECT,
                    "/projects/x",
                    Optional.empty(),
                    Optional.empty(),
                    "plan",
                    Optional.empty(),
                    USER,
                    Sharing.TEAM_READ),
            new Event.SessionShared(Sharing.TEAM_WRITE),
            new Event.SessionQueued(3),
            new Event.SessionTitled(TEXT),
            new Event.SessionStarted("l", "c", true),
            new Event.ProcessStarted("l", 4_000_000_000L, 5_000_000_000L, Instant.parse("2026-01-02T03:04:05.670Z")),
            new Event.ProcessStarted("l", 1, 2, Instant.parse("2026-01-02T03:04:05.123456789Z")),
            new Event.SessionReady("2.1", "none", Optional.of("m")),
            new Event.SessionReady("2.1", "none", Optional.empty()),
            new Event.ActivityChanged("idle"),
            new Event.TurnStarted("m", "default", List.of("Bash", "Edit")),
            new Event.ConversationReset("c"),
            new Event.InterruptionRequested(),
            new Event.StopRequested("stopped"),
            new Event.SessionEnded("stopped", Optional.of(143), LEFTOVER),
            new Event.SessionEnded("parked", Optional.empty(), Event.Leftover.NONE),
            new Event.SessionFailed("cli-died", TEXT, TEXT, Optional.of(1), TEXT, LEFTOVER),
            new Event.SessionFailed("cli-died", TEXT, TEXT, Optional.empty(), "", LEFTOVER),
            new Event.SessionInterrupted("server-died", LEFTOVER),
            new Event.PromptSubmitted(PROMPT, TEXT),
            new Event.PromptEdited(PROMPT, TEXT),
            new Event.PromptRemoved(PROMPT),
            new Event.PromptHastened(PROMPT),
            new Event.PromptsReordered(List.of(PROMPT)),
            new Event.QueueHeld("interrupted"),
            new Event.QueueReleased(),
            new Event.DeliveryRequested(PROMPT),
            new Event.PromptDelivered(PROMPT),
            new Event.PromptFinished(PROMPT, "completed"),
            new Event.AssistantReplied("u", "msg", 2, TEXT, true, Optional.of("t")),
            new Event.AssistantReplied("u", "msg", 0, "", false, Optional.empty()),
            new Event.AssistantThought("u", "msg", 1, TEXT, Optional.of("t")),
            new Event.AssistantThought("u", "msg", 1, TEXT, Optional.empty()),
            new Event.ToolCalled("u", "msg", 3, "t", "Bash", OBJECT, Optional.of("p")),
            new Event.ToolCalled("u", "msg", 3, "t", "Bash", JsonObject.EMPTY_JSON_OBJECT, Optional.empty()),
            new Event.ToolReturned("u", "t", true, TEXT, Optional.of(OBJECT), Optional.of("p")),
            new Event.ToolReturned("u", "t", false, TEXT, Optional.empty(), Optional.empty()),
            new Event.TurnEnded(outcome(true)),
            new Event.TurnEnded(outcome(false)),
            new Event.TurnInterrupted(outcome(true)),
            new Event.TurnStalled("tool-running", Optional.of("Bash"), Duration.ofMillis(120_000), false),
            new Event.TurnStalled("model-silent", Optional.empty(), Duration.ofMillis(120_000), true),
            new Event.TurnRevived(),
            new Event.ApprovalRequested(
                    APPROVAL,
                    "permission",
                    "r",
                    "t",
                    "Bash",
                    OBJECT,
                    Optional.of("d"),
                    Optional.of("r"),
                    ARRAY,
                    Optional.of("a"),
                    Optional.of(Instant.parse("2026-01-02T04:00:00Z"))),
            new Event.ApprovalRequested(
                    APPROVAL,
                    "plan",
                    "r",
                    "t",
                    "Bash",
                    OBJECT,
                    Optional.empty(),
                    Optional.empty(),
                    JsonArray.EMPTY_JSON_ARRAY,
                    Optional.empty(),
                    Optional.empty()),
            new Event.ApprovalResolved(APPROVAL, "allow", Optional.of(OBJECT), Optional.of(TEXT), ARRAY),
            new Event.ApprovalResolved(
                    APPROVAL, "deny", Optional.empty(), Optional.empty(), JsonArray.EMPTY_JSON_ARRAY),
            new Event.ApprovalDelivered(APPROVAL),
            new Event.ApprovalWithdrawn(APPROVAL, "cli"),
            new Event.ApprovalUnsettled(APPROVAL),
            new Event.ApiRetried(1, 10, Duration.ofMillis(1500), Optional.of(529), "overloaded"),
            new Event.ApiRetried(1, 10, Duration.ZERO, Optional.empty(), "timeout"),
            new Event.ModelAnswered(Optional.of("m"), 200, Duration.ofMillis(420), new Event.Tokens(1, 2, 3, 4)),
            new Event.ModelAnswered(Optional.empty(), 529, Duration.ZERO, new Event.Tokens(0, 0, 0, 0)),
            new Event.ModelFellBack("a", "b"),
            new Event.ContextCompacted("auto", 150_000, 9_000),
            new Event.PermissionModeChanged("plan"),
            new Event.RateLimitChanged(
                    "allowed", Optional.of(Instant.parse("2026-01-02T03:00:00Z")), "five_hour", Optional.of(0.75)),
            new Event.RateLimitChanged("allowed", Optional.empty(), "five_hour", Optional.empty()),
            new Event.PermissionDenied("t", "Bash", TEXT),
            new Event.BackgroundTasksChanged(ARRAY),
            new Event.NoticeGiven("warning", TEXT),
            new Event.OutputNotUnderstood(TEXT, "unknown type"),
            new Event.ContentsExpired(4_000_000_000L, 90, "0123456789abcdef".repeat(4)));

    private static Event.TurnOutcome outcome(boolean full) {
        return new Event.TurnOutcome(
                "u",
                full,
                full ? "api_error" : "completed",
                full ? Optional.of(new Event.TurnError("model-auth", TEXT, TEXT, Optional.of(401))) : Optional.empty(),
                Duration.ofMillis(12_345),
                7,
                new Event.Tokens(1, 2, 3, 4_000_000_000L),
                new BigDecimal("0.012340"),
                full ? Optional.of(20_000L) : Optional.empty(),
                full ? Optional.of(200_000L) : Optional.empty(),
                full ? List.of(PROMPT) : List.of());
    }
}
