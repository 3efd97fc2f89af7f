package dev.dashboard.approval;

import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Projection;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Row;
import dev.dashboard.store.Transaction;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds requests; the oldest that waits comes first. The table is the projection {@link #projection()}. */
public final class Approvals {
    /** Most that one page holds. */
    public static final int MAX_PAGE = 500;

    private static final String SELECT = """
            SELECT a.id, a.session, s.title, a.seq, a.kind, a.tool_use_id, a.tool, a.input, a.description, a.reason,
                   a.requested_at, a.state, a.delivery, a.decided_at, a.decided_by_id, a.decided_by_name,
                   a.decision_reason, a.changed_input, a.suggestions, a.expires_at, a.remembered
              FROM approvals a JOIN sessions s ON s.id = a.session
            """;

    private final Database database;

    public Approvals(Database database) {
        this.database = database;
    }

    /** Requests, and the number of the last event that they show. */
    public record Page(List<Approval> approvals, long seq) {}

    /**
     * Requests in the order they came, filtered by state and session where given.
     *
     * @param privateOf whose private sessions' requests are among them; empty for everybody's
     * @param after number of the event with which the last one seen was requested; 0 for the first page
     * @param limit 1 to {@link #MAX_PAGE}
     */
    public Page page(
            Optional<UserId> privateOf, Optional<String> state, Optional<SessionId> session, long after, int limit) {
        return database.snapshot(reads -> new Page(
                reads.list(
                        SELECT + """
                                   WHERE (?1 IS NULL OR a.state = ?1) AND (?2 IS NULL OR a.session = ?2) AND a.seq > ?3
                                     AND (?4 IS NULL OR s.sharing <> 'private' OR s.owner_id = ?4)
                                   ORDER BY a.seq LIMIT ?5
                                  """,
                        Approvals::approval,
                        state.orElse(null),
                        session.map(SessionId::toString).orElse(null),
                        after,
                        privateOf.map(UserId::toString).orElse(null),
                        limit),
                Journal.lastSeq(reads)));
    }

    /**
     * Requests that wait for a person, whoever may see them; for metrics.
     *
     * @param oldest when the one that waits longest was asked; empty when none waits
     */
    public record Waiting(int count, Optional<Instant> oldest) {}

    public Waiting waiting() {
        return database.first(
                        "SELECT count(*) AS n, min(requested_at) AS oldest FROM approvals WHERE state = :state",
                        Map.of("state", Approval.PENDING),
                        row -> new Waiting(row.intValue("n"), row.optInstant("oldest")))
                .orElseThrow();
    }

    /** Which session asks; empty when there is no such request. */
    public Optional<SessionId> session(ApprovalId id) {
        return database.first(
                "SELECT session FROM approvals WHERE id = :id",
                Map.of("id", id.toString()),
                row -> SessionId.parse(row.string("session")));
    }

    public Approval get(ApprovalId id) {
        return database.first(SELECT + " WHERE a.id = :id", Map.of("id", id.toString()), Approvals::approval)
                .orElseThrow(() -> Problem.notFound("approval-unknown", "There is no request " + id + "."));
    }

    private static Approval approval(Row row) {
        Optional<Approval.Decision> decision = row.optLong("decided_at")
                .map(at -> new Approval.Decision(
                        Instant.ofEpochMilli(at),
                        row.optString("decided_by_id")
                                .<Actor>map(by -> new Actor.Person(UserId.parse(by), row.string("decided_by_name")))
                                .orElse(Actor.SERVER),
                        row.optString("decision_reason"),
                        row.optString("changed_input").map(Approvals::json),
                        array(row.optString("remembered"))));
        return new Approval(
                ApprovalId.parse(row.string("id")),
                SessionId.parse(row.string("session")),
                row.optString("title"),
                row.longValue("seq"),
                row.string("kind"),
                row.string("tool_use_id"),
                row.string("tool"),
                json(row.string("input")),
                row.optString("description"),
                row.optString("reason"),
                array(row.optString("suggestions")),
                Instant.ofEpochMilli(row.longValue("requested_at")),
                row.optLong("expires_at").map(Instant::ofEpochMilli),
                row.string("state"),
                row.optString("delivery"),
                decision);
    }

    private static JsonObject json(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    private static JsonArray array(Optional<String> text) {
        if (text.isEmpty()) {
            return JsonValue.EMPTY_JSON_ARRAY;
        }
        try (JsonReader reader = Json.createReader(new StringReader(text.get()))) {
            return reader.readArray();
        }
    }

    public static Projection projection() {
        return new Table();
    }

    private static final class Table implements Projection {
        @Override
        public String name() {
            return "approvals";
        }

        @Override
        public void apply(Envelope envelope, Transaction tx) {
            if (envelope.event() instanceof Event.ApprovalRequested requested) {
                insert(envelope, requested, tx);
            } else if (envelope.event() instanceof Event.ApprovalResolved resolved) {
                resolve(envelope, resolved, tx);
            } else if (envelope.event() instanceof Event.ApprovalDelivered(var approval)) {
                tx.update("UPDATE approvals SET delivery = 'delivered' WHERE id = ?", approval.toString());
            } else if (envelope.event() instanceof Event.ApprovalUnsettled(var approval)) {
                tx.update("UPDATE approvals SET delivery = 'unknown' WHERE id = ?", approval.toString());
            } else if (envelope.event() instanceof Event.ApprovalWithdrawn(var approval, var _)) {
                tx.update("UPDATE approvals SET state = 'withdrawn' WHERE id = ?", approval.toString());
            } else if (envelope.event() instanceof Event.ContentsExpired) {
                tx.update(
                        "DELETE FROM approvals WHERE session = ?",
                        envelope.session().orElseThrow().toString());
            }
        }

        private static void insert(Envelope envelope, Event.ApprovalRequested event, Transaction tx) {
            tx.update(
                    """
                    INSERT INTO approvals(id, session, seq, kind, tool_use_id, tool, input, description, reason, suggestions,
                                          agent_id, requested_at, state, expires_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                    event.approval().toString(),
                    envelope.session().orElseThrow().toString(),
                    envelope.seq(),
                    event.kind(),
                    event.toolUseId(),
                    event.tool(),
                    event.input().toString(),
                    event.description().orElse(null),
                    event.reason().orElse(null),
                    event.suggestions().toString(),
                    event.agentId().orElse(null),
                    envelope.time().toEpochMilli(),
                    Approval.PENDING,
                    event.expiresAt().map(Instant::toEpochMilli).orElse(null));
        }

        private static void resolve(Envelope envelope, Event.ApprovalResolved event, Transaction tx) {
            Optional<Actor.Person> person = Optional.of(envelope.actor())
                    .filter(Actor.Person.class::isInstance)
                    .map(Actor.Person.class::cast);
            tx.update(
                    """
                    UPDATE approvals
                       SET state = ?, delivery = 'recorded', decided_at = ?, decided_by_id = ?, decided_by_name = ?,
                           decision_reason = ?, changed_input = ?, remembered = ?
                     WHERE id = ?
                    """,
                    event.decision().equals("allow") ? "allowed" : "denied",
                    envelope.time().toEpochMilli(),
                    person.map(p -> p.id().toString()).orElse(null),
                    person.map(Actor.Person::name).orElse(null),
                    event.reason().orElse(null),
                    event.input().map(JsonObject::toString).orElse(null),
                    event.remembered().toString(),
                    event.approval().toString());
        }

        @Override
        public void clear(Transaction tx) {
            tx.update("DELETE FROM approvals");
        }
    }
}
