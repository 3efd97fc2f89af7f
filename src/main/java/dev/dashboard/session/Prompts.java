package dev.dashboard.session;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Projection;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Row;
import dev.dashboard.store.Transaction;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What became of each prompt. The table is the projection {@link #projection()}. */
public final class Prompts {
    /**
     * A prompt and its state: {@code submitted} (waits, or just given to the CLI), {@code delivered, completed, failed, cancelled, cut,
     * removed}.
     */
    public record Prompt(PromptId id, long seq, String text, String state, Optional<Actor.Person> author) {
        /** Cut by a crash, or never given to the CLI: it may be delivered again. */
        boolean isOpen() {
            return state.equals("submitted") || state.equals("delivered") || state.equals("cut");
        }
    }

    /** Waiting and running ones are far fewer; cut ones are from earlier lives. */
    private static final int MAX_OPEN = 500;

    private final Database database;

    public Prompts(Database database) {
        this.database = database;
    }

    public Optional<Prompt> find(SessionId session, PromptId id) {
        return database.first(
                "SELECT id, seq, text, state, author_id, author_name FROM prompts WHERE session = :session AND id = :id",
                Map.of("session", session.toString(), "id", id.toString()),
                Prompts::prompt);
    }

    public Prompt get(SessionId session, PromptId id) {
        return find(session, id)
                .orElseThrow(
                        () -> Problem.notFound("prompt-unknown", "There is no prompt " + id + " in this session."));
    }

    /** Every prompt of a session, those that wait in the order of their turn; the owner needs them to know a repeated id. */
    List<Prompt> all(SessionId session) {
        return database.list(
                "SELECT id, seq, text, state, author_id, author_name FROM prompts WHERE session = :session ORDER BY place",
                Map.of("session", session.toString()),
                Prompts::prompt);
    }

    /**
     * The open prompts of a session: what the CLI has, what waits in the order of its turn, and what was cut.
     *
     * @param held why the waiting ones do not go on
     */
    public record Open(List<Prompt> prompts, Optional<String> held, long seq) {}

    public Open open(SessionId session) {
        return database.snapshot(reads -> new Open(
                reads.list("""
                        SELECT id, seq, text, state, author_id, author_name FROM prompts
                         WHERE session = ? AND state IN ('submitted', 'delivered', 'cut')
                         ORDER BY state = 'submitted', place LIMIT ?
                        """, Prompts::prompt, session.toString(), MAX_OPEN),
                reads
                        .list(
                                "SELECT held FROM sessions WHERE id = ?",
                                row -> row.optString("held"),
                                session.toString())
                        .stream()
                        .flatMap(Optional::stream)
                        .findFirst(),
                Journal.lastSeq(reads)));
    }

    private static Prompt prompt(Row row) {
        return new Prompt(
                PromptId.parse(row.string("id")),
                row.longValue("seq"),
                row.string("text"),
                row.string("state"),
                Optional.of(row.string("author_id"))
                        .filter(id -> !id.isEmpty())
                        .map(id -> new Actor.Person(UserId.parse(id), row.string("author_name"))));
    }

    public static Projection projection() {
        return new Table();
    }

    private static final class Table implements Projection {
        @Override
        public String name() {
            return "prompts";
        }

        @Override
        public void apply(Envelope envelope, Transaction tx) {
            if (envelope.session().isEmpty()) {
                return;
            }
            String session = envelope.session().get().toString();
            if (envelope.event() instanceof Event.PromptSubmitted(var prompt, var text)) {
                insert(tx, session, prompt, text, envelope);
            } else if (envelope.event() instanceof Event.PromptEdited(var prompt, var text)) {
                tx.update("UPDATE prompts SET text = ? WHERE session = ? AND id = ?", text, session, prompt.toString());
            } else if (envelope.event() instanceof Event.PromptRemoved(var prompt)) {
                state(tx, session, prompt, "removed");
            } else if (envelope.event() instanceof Event.PromptsReordered(var order)) {
                // Numbers of events are places too, so later prompts stand behind these.
                long first = envelope.seq() - order.size();
                for (int i = 0; i < order.size(); i++) {
                    place(tx, session, order.get(i), first + i);
                }
            } else if (envelope.event() instanceof Event.DeliveryRequested(var prompt)) {
                state(tx, session, prompt, "submitted");
                place(tx, session, prompt, envelope.seq());
            } else if (envelope.event() instanceof Event.PromptDelivered(var prompt)) {
                state(tx, session, prompt, "delivered");
            } else if (envelope.event() instanceof Event.PromptFinished(var prompt, var outcome)) {
                state(tx, session, prompt, outcome);
            } else if (envelope.event() instanceof Event.ContentsExpired) {
                tx.update("DELETE FROM prompts WHERE session = ?", session);
            } else if (envelope.event() instanceof Event.SessionEnded(var reason, var _, var _)
                    && reason.equals(Parting.RUNNER_LEAVING)) {
                // No turn was open; what waits goes on waiting, for the next runner.
                return;
            } else if (envelope.event() instanceof Event.SessionEnded
                    || envelope.event() instanceof Event.SessionFailed
                    || envelope.event() instanceof Event.SessionInterrupted) {
                // With the process, whatever it had not finished is cut.
                tx.update(
                        "UPDATE prompts SET state = 'cut' WHERE session = ? AND state IN ('submitted', 'delivered')",
                        session);
            }
        }

        private static void insert(Transaction tx, String session, PromptId prompt, String text, Envelope envelope) {
            Optional<Actor.Person> author =
                    envelope.actor() instanceof Actor.Person person ? Optional.of(person) : Optional.empty();
            tx.update(
                    """
                    INSERT INTO prompts(session, id, seq, text, state, author_id, author_name, place)
                    VALUES (?, ?, ?, ?, 'submitted', ?, ?, ?)
                    """,
                    session,
                    prompt.toString(),
                    envelope.seq(),
                    text,
                    author.map(person -> person.id().toString()).orElse(""),
                    author.map(Actor.Person::name).orElse(""),
                    envelope.seq());
        }

        private static void place(Transaction tx, String session, PromptId prompt, long place) {
            tx.update("UPDATE prompts SET place = ? WHERE session = ? AND id = ?", place, session, prompt.toString());
        }

        private static void state(Transaction tx, String session, PromptId prompt, String state) {
            tx.update("UPDATE prompts SET state = ? WHERE session = ? AND id = ?", state, session, prompt.toString());
        }

        @Override
        public void clear(Transaction tx) {
            tx.update("DELETE FROM prompts");
        }
    }
}
