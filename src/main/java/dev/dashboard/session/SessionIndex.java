package dev.dashboard.session;

import dev.dashboard.approval.PermissionUpdate;
import dev.dashboard.custody.ProcessId;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Ownership;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.Projection;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Row;
import dev.dashboard.store.Transaction;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The list of sessions that the dashboard shows. The table is the projection {@link #projection()}. */
public final class SessionIndex {
    /** Most sessions in one page of the list. */
    public static final int MAX_PAGE = 500;

    private static final int NANOS = 9;

    private static final String SELECT = """
            SELECT s.*, p.name AS project_name FROM sessions s JOIN projects p ON p.id = s.project
            """;

    private final Database database;
    /** Asked at each event of each stream, so it stands in memory; as many as sessions. */
    private final Map<SessionId, Ownership> ownerships = new ConcurrentHashMap<>();

    public SessionIndex(Database database) {
        this.database = database;
    }

    /** A page of the list, and the number of the last event that it shows. */
    public record Page(List<SessionSummary> sessions, long seq) {}

    /**
     * A page, newest first; the next one starts below its last session.
     *
     * @param privateOf whose private sessions are among them; empty for everybody's
     */
    public Page page(Optional<UserId> privateOf, Optional<SessionId> after, int limit) {
        return database.snapshot(reads -> new Page(
                reads.list(
                        SELECT + """
                                   WHERE (?1 IS NULL OR s.sharing <> 'private' OR s.owner_id = ?1)
                                     AND (?2 IS NULL OR s.created_seq < (SELECT created_seq FROM sessions WHERE id = ?2))
                                   ORDER BY s.created_seq DESC LIMIT ?3
                                  """,
                        SessionIndex::summary,
                        privateOf.map(UserId::toString).orElse(null),
                        after.map(SessionId::toString).orElse(null),
                        Math.clamp(limit, 1, MAX_PAGE)),
                Journal.lastSeq(reads)));
    }

    /** Whose a session is; empty when there is none with this id. Any thread, and quick. */
    public Optional<Ownership> ownership(SessionId id) {
        return Optional.ofNullable(ownerships.computeIfAbsent(id, this::storedOwnership));
    }

    private Ownership storedOwnership(SessionId id) {
        return find(id).map(SessionSummary::ownership).orElse(null);
    }

    public SessionSummary get(SessionId id) {
        return find(id).orElseThrow(() -> Problem.notFound("session-unknown", "There is no session " + id + "."));
    }

    Optional<SessionSummary> find(SessionId id) {
        return database.first(SELECT + " WHERE s.id = :id", Map.of("id", id.toString()), SessionIndex::summary);
    }

    /**
     * Sessions that had a process, waited for one, or were just being woken by a prompt, when the journal was last written. At the start of
     * a server: what its predecessor left.
     */
    List<SessionSummary> live() {
        return database.list(SELECT + """
                         WHERE s.state IN ('queued', 'starting', 'idle', 'working', 'asking')
                            OR s.state = 'parked'
                               AND EXISTS (SELECT 1 FROM prompts WHERE session = s.id AND state = 'submitted')
                         ORDER BY s.created_seq
                        """, Map.of(), SessionIndex::summary);
    }

    /** The session whose present process, or the one that it is just being given, was started with this mark. */
    public Optional<SessionId> ofLaunch(String launch) {
        return database.first(
                "SELECT id FROM sessions WHERE launch = :launch AND state IN ('starting', 'idle', 'working', 'asking')",
                Map.of("launch", launch),
                row -> SessionId.parse(row.string("id")));
    }

    /**
     * How many sessions there are; for metrics.
     *
     * @param byStatus those in each state; a state that none is in may be left out
     * @param stalled whose turn is silent for too long
     */
    public record Counts(Map<SessionStatus, Integer> byStatus, int stalled) {
        public Counts {
            byStatus = Map.copyOf(byStatus);
        }

        public int of(SessionStatus status) {
            return byStatus.getOrDefault(status, 0);
        }
    }

    /** Reads the whole table once. */
    public Counts counts() {
        record Group(SessionStatus status, int sessions, int stalled) {}
        List<Group> groups = database.list(
                "SELECT state, count(*) AS n, count(stalled_cause) AS stalled FROM sessions GROUP BY state",
                Map.of(),
                row -> new Group(SessionStatus.of(row.string("state")), row.intValue("n"), row.intValue("stalled")));
        return new Counts(
                groups.stream().collect(Collectors.toMap(Group::status, Group::sessions)),
                groups.stream().mapToInt(Group::stalled).sum());
    }

    private static SessionSummary summary(Row row) {
        return new SessionSummary(
                SessionId.parse(row.string("id")),
                ProjectId.parse(row.string("project")),
                row.string("project_name"),
                Path.of(row.string("cwd")),
                row.optString("title"),
                UserId.parse(row.string("owner_id")),
                row.string("owner_name"),
                Sharing.parse(row.string("sharing")),
                row.optString("model"),
                row.optString("turn_model"),
                row.string("permission_mode"),
                row.optString("effort"),
                row.string("cli_session_id"),
                row.longValue("created_seq"),
                Instant.ofEpochMilli(row.longValue("created_at")),
                SessionStatus.of(row.string("state")),
                Instant.ofEpochMilli(row.longValue("state_since")),
                row.longValue("last_seq"),
                row.optString("activity"),
                row.optString("launch").map(launch -> new SessionSummary.Custody(launch, process(row))),
                row.optString("cli_version"),
                (int) row.longValue("prompts"),
                (int) row.longValue("turns"),
                BigDecimal.valueOf(row.longValue("cost_nanos"), NANOS),
                new Event.Tokens(
                        row.longValue("tokens_input"),
                        row.longValue("tokens_output"),
                        row.longValue("tokens_cache_read"),
                        row.longValue("tokens_cache_write")),
                row.optLong("context_tokens"),
                row.optLong("context_window"),
                (int) row.longValue("pending"),
                remembered(row.string("remembered")),
                row.optString("held"),
                row.optString("stalled_cause")
                        .map(cause -> new SessionSummary.Stalled(
                                cause, Instant.ofEpochMilli(row.longValue("stalled_since")))),
                row.optString("turn_fault")
                        .map(kind -> new SessionSummary.TurnFault(kind, row.optString("turn_fault_message"))),
                row.optString("failure_code")
                        .map(code -> new SessionSummary.Failure(
                                code,
                                row.string("failure_message"),
                                row.string("failure_remedy"),
                                row.optLong("failure_exit").map(Long::intValue),
                                row.string("failure_stderr"))),
                row.optLong("expired_at").map(Instant::ofEpochMilli));
    }

    private static List<PermissionUpdate> remembered(String json) {
        if (json.equals("[]")) {
            return List.of();
        }
        try (JsonReader reader = Json.createReader(new StringReader(json))) {
            return PermissionUpdate.recorded(reader.readArray());
        }
    }

    private static Optional<ProcessId> process(Row row) {
        return row.optLong("pid").map(pid -> new ProcessId(pid, row.longValue("process_ticks")));
    }

    public Projection projection() {
        return new Table(ownerships);
    }

    /** Every event of a session leads to exactly one UPDATE of its row; the switch says which. */
    private static final class Table implements Projection {
        private static final int ACTIVITY_LENGTH = 160;

        private static final String OVER = """
                state = ?, state_since = ?, activity = NULL, pending = 0, pid = NULL, process_ticks = NULL, held = NULL,
                stalled_cause = NULL, stalled_since = NULL\
                """;

        private final Map<SessionId, Ownership> ownerships;

        Table(Map<SessionId, Ownership> ownerships) {
            this.ownerships = ownerships;
        }

        @Override
        public String name() {
            return "sessions";
        }

        @Override
        public void clear(Transaction tx) {
            tx.update("DELETE FROM sessions");
        }

        @Override
        public void apply(Envelope envelope, Transaction tx) {
            if (envelope.session().isEmpty()) {
                return;
            }
            switch (envelope.event()) {
                case Event.SessionCreated created -> insert(envelope, created, tx);
                case Event.SessionShared(var sharing) -> share(tx, envelope, sharing);
                case Event.SessionTitled(var title) -> update(tx, envelope, "title = ?", title);
                case Event.SessionQueued _ ->
                    update(tx, envelope, "state = 'queued', state_since = ?, activity = NULL", millis(envelope));
                case Event.SessionStarted(var launch, var cliSessionId, var _) ->
                    update(tx, envelope, """
                            state = 'starting', state_since = ?, activity = NULL, launch = ?, pid = NULL, process_ticks = NULL,
                            cli_session_id = ?, failure_code = NULL, failure_message = NULL, failure_remedy = NULL,
                            failure_exit = NULL, failure_stderr = NULL
                            """, millis(envelope), launch, cliSessionId);
                case Event.ProcessStarted(var _, var pid, var startTicks, var _) ->
                    update(tx, envelope, "pid = ?, process_ticks = ?", pid, startTicks);
                case Event.SessionReady(var version, var _, var model) ->
                    update(
                            tx,
                            envelope,
                            "state = 'idle', state_since = ?, cli_version = ?, model = coalesce(model, ?)",
                            millis(envelope),
                            version,
                            model.orElse(null));
                case Event.ActivityChanged(var activity) -> state(tx, envelope, stateOf(activity));
                case Event.TurnStarted(var model, var permissionMode, var _) ->
                    update(
                            tx,
                            envelope,
                            "permission_mode = ?, turn_model = ?, turn_fault = NULL, turn_fault_message = NULL",
                            permissionMode,
                            model);
                case Event.ModelFellBack(var _, var to) -> update(tx, envelope, "turn_model = ?", to);
                case Event.StopRequested(var reason)
                when !reason.equals("stopped") ->
                    update(tx, envelope, "turn_fault = iif(state IN ('working', 'asking'), 'cut', turn_fault)");
                case Event.ConversationReset(var cliSessionId) ->
                    update(tx, envelope, "cli_session_id = ?, context_tokens = NULL", cliSessionId);
                case Event.PermissionModeChanged(var mode) -> update(tx, envelope, "permission_mode = ?", mode);
                case Event.TurnStalled(var cause, var _, var silent, var _) ->
                    update(
                            tx,
                            envelope,
                            "stalled_cause = ?, stalled_since = ?",
                            cause,
                            millis(envelope) - silent.toMillis());
                case Event.TurnRevived _ -> update(tx, envelope, "stalled_cause = NULL, stalled_since = NULL");
                case Event.QueueHeld(var cause) -> update(tx, envelope, "held = ?", cause);
                case Event.QueueReleased _ -> update(tx, envelope, "held = NULL");
                case Event.PromptSubmitted _ -> update(tx, envelope, "prompts = prompts + 1");
                case Event.ToolCalled called ->
                    update(tx, envelope, "activity = ?", activity(called.tool(), called.input()));
                case Event.AssistantReplied replied -> said(tx, envelope, replied);
                case Event.ApprovalRequested asked -> asked(tx, envelope, activity(asked.tool(), asked.input()));
                case Event.ApprovalResolved resolved -> {
                    answered(tx, envelope);
                    remember(tx, envelope, resolved.remembered());
                }
                case Event.ApprovalWithdrawn _ -> answered(tx, envelope);
                case Event.TurnEnded(var outcome) -> turn(tx, envelope, outcome, outcome.isError());
                case Event.TurnInterrupted(var outcome) -> turn(tx, envelope, outcome, false);
                case Event.SessionEnded(var reason, var _, var _) ->
                    over(tx, envelope, reason.equals("stopped") ? "stopped" : "parked");
                case Event.SessionInterrupted _ -> over(tx, envelope, "interrupted");
                case Event.SessionFailed failed -> failed(tx, envelope, failed);
                case Event.ContentsExpired _ -> expire(tx, envelope);
                case Event.Expired expired -> buried(tx, envelope, expired.type());
                case Event.UserCreated _,
                        Event.SignedIn _,
                        Event.SignInRefused _,
                        Event.SignedOut _,
                        Event.PasswordChanged _,
                        Event.SignedOutEverywhere _,
                        Event.InvitationIssued _,
                        Event.InvitationAccepted _,
                        Event.RoleChanged _,
                        Event.UserDisabled _,
                        Event.UserEnabled _,
                        Event.ApiTokenIssued _,
                        Event.ApiTokenRevoked _,
                        Event.AccessRefused _,
                        Event.AuditExported _,
                        Event.ConfigurationChanged _,
                        Event.LogLevelChanged _,
                        Event.BackupRequested _,
                        Event.ProjectAdded _,
                        Event.ProjectTrusted _,
                        Event.ProjectTrustWithdrawn _,
                        Event.ProjectRetentionChanged _,
                        Event.InterruptionRequested _,
                        Event.StopRequested _,
                        Event.PromptEdited _,
                        Event.PromptRemoved _,
                        Event.PromptHastened _,
                        Event.PromptsReordered _,
                        Event.DeliveryRequested _,
                        Event.PromptDelivered _,
                        Event.PromptFinished _,
                        Event.AssistantThought _,
                        Event.ToolReturned _,
                        Event.ApprovalDelivered _,
                        Event.ApprovalUnsettled _,
                        Event.ApiRetried _,
                        Event.ModelAnswered _,
                        Event.ContextCompacted _,
                        Event.RateLimitChanged _,
                        Event.PermissionDenied _,
                        Event.BackgroundTasksChanged _,
                        Event.NoticeGiven _,
                        Event.OutputNotUnderstood _ -> touch(tx, envelope);
            }
        }

        private static String stateOf(String activity) {
            return switch (activity) {
                case "running" -> "working";
                case "requires_action" -> "asking";
                default -> "idle";
            };
        }

        private static void insert(Envelope envelope, Event.SessionCreated event, Transaction tx) {
            String id = envelope.session().orElseThrow().toString();
            tx.update(
                    """
                    INSERT INTO sessions(id, project, cwd, title, owner_id, owner_name, model, permission_mode, effort,
                                         sharing, cli_session_id, created_seq, created_at, state, state_since, last_seq)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'starting', ?, ?)
                    """,
                    id,
                    event.project().toString(),
                    event.cwd(),
                    event.title().orElse(null),
                    event.owner().toString(),
                    envelope.actor() instanceof Actor.Person person ? person.name() : "",
                    event.model().orElse(null),
                    event.permissionMode(),
                    event.effort().orElse(null),
                    event.sharing().wire(),
                    id,
                    envelope.seq(),
                    millis(envelope),
                    millis(envelope),
                    envelope.seq());
        }

        /** In memory only once it is stored: what does not stand there yet is looked up. */
        private void share(Transaction tx, Envelope envelope, Sharing sharing) {
            update(tx, envelope, "sharing = ?", sharing.wire());
            SessionId id = envelope.session().orElseThrow();
            tx.afterCommit(() -> ownerships.computeIfPresent(id, (_, old) -> new Ownership(old.owner(), sharing)));
        }

        /** With the last open request answered, the session works again; the CLI soon says so itself. */
        private static void answered(Transaction tx, Envelope envelope) {
            update(tx, envelope, """
                    pending = max(pending - 1, 0),
                    state_since = iif(state = 'asking' AND pending <= 1, ?, state_since),
                    state = iif(state = 'asking' AND pending <= 1, 'working', state)
                    """, millis(envelope));
        }

        /** Rules and folders; a mode is told by the CLI itself. */
        private static void remember(Transaction tx, Envelope envelope, JsonArray remembered) {
            for (JsonObject update : remembered.getValuesAs(JsonObject.class)) {
                if (!update.getString("type").equals("setMode")) {
                    update(tx, envelope, "remembered = json_insert(remembered, '$[#]', json(?))", update.toString());
                }
            }
        }

        private static void turn(Transaction tx, Envelope envelope, Event.TurnOutcome outcome, boolean failed) {
            update(
                    tx,
                    envelope,
                    """
                    turns = turns + 1, cost_nanos = cost_nanos + ?, tokens_input = tokens_input + ?,
                    tokens_output = tokens_output + ?, tokens_cache_read = tokens_cache_read + ?,
                    tokens_cache_write = tokens_cache_write + ?, context_tokens = coalesce(?, context_tokens),
                    context_window = coalesce(?, context_window), turn_fault = ?, turn_fault_message = ?
                    """,
                    outcome.cost().movePointRight(NANOS).longValue(),
                    outcome.tokens().input(),
                    outcome.tokens().output(),
                    outcome.tokens().cacheRead(),
                    outcome.tokens().cacheWrite(),
                    outcome.contextTokens().orElse(null),
                    outcome.contextWindow().orElse(null),
                    failed ? "failed" : null,
                    outcome.error()
                            .filter(_ -> failed)
                            .map(error -> cut(error.message()))
                            .orElse(null));
        }

        /** The last words stay after the turn: they say best what came of it. A subagent's words are for the model. */
        private static void said(Transaction tx, Envelope envelope, Event.AssistantReplied replied) {
            Optional<String> line = replied.text().strip().lines().findFirst();
            if (replied.parentToolUseId().isPresent() || line.isEmpty()) {
                touch(tx, envelope);
            } else {
                update(tx, envelope, "activity = ?", cut(line.get()));
            }
        }

        private static String cut(String line) {
            return line.length() <= ACTIVITY_LENGTH ? line : line.substring(0, ACTIVITY_LENGTH - 1) + "…";
        }

        private static void over(Transaction tx, Envelope envelope, String state) {
            update(tx, envelope, OVER, state, millis(envelope));
        }

        private static void failed(Transaction tx, Envelope envelope, Event.SessionFailed event) {
            update(
                    tx,
                    envelope,
                    OVER + """
                    , failure_code = ?, failure_message = ?, failure_remedy = ?, failure_exit = ?, failure_stderr = ?
                    """,
                    "failed",
                    millis(envelope),
                    event.code(),
                    event.message(),
                    event.remedy(),
                    event.exitCode().orElse(null),
                    event.stderrTail());
        }

        /** What was said in it leaves its row; what happened, and what it cost, stays. */
        private static void expire(Transaction tx, Envelope envelope) {
            update(tx, envelope, """
                    title = NULL, activity = NULL, remembered = '[]', failure_code = NULL, failure_message = NULL,
                    failure_remedy = NULL, failure_exit = NULL, failure_stderr = NULL, turn_fault = NULL,
                    turn_fault_message = NULL, expired_at = ?, expired_seq = ?
                    """, millis(envelope), envelope.seq());
        }

        /**
         * Of a row that is computed anew: all that the event did to it but for its words, which {@link #expire} takes away in any case. So
         * it comes out as the one that was kept.
         */
        private static void buried(Transaction tx, Envelope envelope, String type) {
            switch (type) {
                case "prompt-submitted" -> update(tx, envelope, "prompts = prompts + 1");
                case "approval-requested" -> asked(tx, envelope, null);
                case "approval-resolved" -> answered(tx, envelope);
                case "session-failed" -> over(tx, envelope, "failed");
                default -> touch(tx, envelope);
            }
        }

        private static void asked(Transaction tx, Envelope envelope, String activity) {
            update(tx, envelope, """
                    pending = pending + 1, state_since = iif(state = 'asking', state_since, ?), state = 'asking',
                    activity = ?
                    """, millis(envelope), activity);
        }

        /** While a request is open, somebody is waited for, whatever else goes on. */
        private static void state(Transaction tx, Envelope envelope, String state) {
            update(tx, envelope, """
                    state_since = iif(state = iif(pending > 0, 'asking', ?), state_since, ?),
                    state = iif(pending > 0, 'asking', ?)
                    """, state, millis(envelope), state);
        }

        private static void touch(Transaction tx, Envelope envelope) {
            tx.update(
                    "UPDATE sessions SET last_seq = ? WHERE id = ?",
                    envelope.seq(),
                    envelope.session().orElseThrow().toString());
        }

        private static void update(Transaction tx, Envelope envelope, String set, Object... values) {
            Object[] all = new Object[values.length + 2];
            System.arraycopy(values, 0, all, 0, values.length);
            all[values.length] = envelope.seq();
            all[values.length + 1] = envelope.session().orElseThrow().toString();
            tx.update("UPDATE sessions SET " + set + ", last_seq = ? WHERE id = ?", all);
        }

        private static long millis(Envelope envelope) {
            return envelope.time().toEpochMilli();
        }

        /** One line for the list: the tool and what it works on. */
        private static String activity(String tool, JsonObject input) {
            for (String key : List.of("command", "file_path", "pattern", "url", "query", "description")) {
                if (input.get(key) instanceof JsonString target
                        && target.getValueType() == JsonValue.ValueType.STRING
                        && !target.getString().isBlank()) {
                    String line = target.getString().strip().lines().findFirst().orElse("");
                    return cut(tool + " " + line);
                }
            }
            return tool;
        }
    }
}
