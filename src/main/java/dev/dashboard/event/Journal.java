package dev.dashboard.event;

import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Reads;
import dev.dashboard.store.Row;
import dev.dashboard.store.Transaction;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The one ordered, append-only list of events: numbers, stores and projects them in one transaction, and publishes them after
 * the commit, in its order.
 *
 * <p>The last number is kept by the table alone. Each append asks it inside its own transaction, so what a savepoint, a failed
 * commit or a crash takes back takes its numbers back too: no gap, and no number twice.
 *
 * <p>Safe for any thread; calls wait for the database and are not cut short by an interrupt.
 */
public final class Journal {
    /** The largest page, in events. */
    public static final int MAX_PAGE = 1000;

    private static final Logger LOG = System.getLogger(Journal.class.getName());
    private static final String INSERT =
            "INSERT INTO events(seq, time, session, actor, type, data) VALUES (?, ?, ?, ?, ?, ?)";
    private static final String COLUMNS = "SELECT seq, time, session, actor, type, data FROM events ";

    /** A page ends behind the event that fills it, in bytes of memory: one with a picture is as large as thousands without. */
    static final int PAGE_BYTES = 1 << 20;

    private static final int STREAM_PAGE = 256;

    private final Database db;
    private final Feed feed;
    private final List<Projection> projections;
    private final Clock clock;

    /** Tells the feed where the journal stands; the schema must be there. */
    public Journal(Database db, Feed feed, List<Projection> projections, Clock clock) {
        this.db = db;
        this.feed = feed;
        this.projections = List.copyOf(projections);
        this.clock = clock;
        feed.begin(storedSeq());
    }

    /**
     * Records all of the events, in order, or none; returns them as stored when they are committed and published.
     *
     * @throws Problem BUSY or UNAVAILABLE {@code journal-unavailable}: nothing was recorded
     */
    public List<Envelope> append(List<Draft> drafts) {
        return drafts.isEmpty() ? List.of() : append(drafts, _ -> {});
    }

    /**
     * As {@link #append(List)}, together with a change of tables that are not derived: all of it or nothing. There may be no events.
     *
     * @param along runs on the writer's thread; must be quick and must not call this journal
     */
    public List<Envelope> append(List<Draft> drafts, Consumer<Transaction> along) {
        List<Encoded> encoded = drafts.stream().map(Encoded::of).toList();
        return db.write(tx -> {
            along.accept(tx);
            return encoded.isEmpty() ? List.of() : new Recording(tx).all(encoded);
        });
    }

    /**
     * Runs the work on the writer's thread: it may record events and change tables that are not derived, all of it or nothing.
     * What it throws, a {@code Problem} for instance, is thrown here. It must be quick and must not call this journal.
     */
    public <T> T append(Function<Appender, T> work) {
        return db.write(tx -> work.apply(new Recording(tx)));
    }

    /**
     * Puts tombstones in the place of events, which keep their numbers, and changes tables that are not derived: all of it or nothing. It is
     * for the caller to have recorded before that they expire; a check of the audit finds a tombstone that nothing explains.
     *
     * @param expired of types that {@link Tombstone#mayBe}
     * @param along as in {@link #append(List, Consumer)}
     */
    public void bury(List<Recorded> expired, Consumer<Transaction> along) {
        List<Object[]> rows = expired.stream()
                .map(one -> new Object[] {Tombstone.data(one.digest()), one.seq()})
                .toList();
        db.write(tx -> {
            if (!rows.isEmpty()) {
                tx.batch("UPDATE events SET data = ? WHERE seq = ?", rows);
            }
            along.accept(tx);
            tx.afterCommit(() -> feed.withdraw(expired));
            return null;
        });
    }

    /** A draft with its JSON, which is made on the caller's thread and not on the writer's. */
    private record Encoded(Draft draft, String actor, String data) {
        static Encoded of(Draft draft) {
            return new Encoded(
                    draft,
                    EventCodec.actor(draft.actor()).toString(),
                    EventCodec.data(draft.event()).toString());
        }
    }

    /** One append: knows its next number from the table as this transaction sees it. */
    private final class Recording implements Appender {
        private final Transaction tx;
        private final Instant time = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        private final List<Recorded> recorded = new ArrayList<>();
        private long next;

        Recording(Transaction tx) {
            this.tx = tx;
        }

        @Override
        public Transaction tx() {
            return tx;
        }

        @Override
        public Envelope record(Draft draft) {
            return all(List.of(Encoded.of(draft))).getFirst();
        }

        List<Envelope> all(List<Encoded> drafts) {
            if (recorded.isEmpty()) {
                next = lastSeq(tx) + 1;
                tx.afterCommit(() -> feed.publishRecorded(recorded));
            }
            List<Envelope> envelopes = new ArrayList<>(drafts.size());
            List<Object[]> rows = new ArrayList<>(drafts.size());
            for (Encoded encoded : drafts) {
                Recorded one = number(encoded);
                recorded.add(one);
                rows.add(row(one));
                envelopes.add(one.envelope());
            }
            insert(rows);
            tx.stores(rows.size());
            envelopes.forEach(this::project);
            return List.copyOf(envelopes);
        }

        private Recorded number(Encoded encoded) {
            Draft draft = encoded.draft();
            Envelope envelope = new Envelope(next++, time, draft.session(), draft.actor(), draft.event());
            return Recorded.of(envelope, encoded.actor(), encoded.data(), draft.readNanos());
        }

        private Object[] row(Recorded one) {
            return new Object[] {
                one.seq(), time, one.session().map(SessionId::toString), one.actor(), one.type(), one.data()
            };
        }

        private void insert(List<Object[]> rows) {
            if (rows.size() == 1) {
                tx.update(INSERT, rows.getFirst());
            } else {
                tx.batch(INSERT, rows);
            }
        }

        private void project(Envelope envelope) {
            for (Projection projection : projections) {
                projection.apply(envelope, tx);
            }
        }
    }

    /**
     * Events with a number above {@code seq}, ascending, at most {@code limit} (1 to 1000) and not too much at once: a page ends early
     * behind large ones, and only an empty one says that there is no more.
     */
    public List<Envelope> after(long seq, int limit) {
        return envelopes(recordedAfter(seq, limit));
    }

    /** As {@link #after(long, int)}, as it is stored: nothing is decoded. */
    public List<Recorded> recordedAfter(long seq, int limit) {
        return page("WHERE seq > ? ORDER BY seq LIMIT ?", seq, checked(limit));
    }

    /** As {@link #after(long, int)}, of one session. */
    public List<Envelope> after(SessionId session, long seq, int limit) {
        return envelopes(recordedAfter(session, seq, limit));
    }

    /** Hands over all events of a session, in order, a page in memory at a time. */
    public void each(SessionId session, Consumer<Event> events) {
        List<Envelope> page = after(session, 0, MAX_PAGE);
        while (!page.isEmpty()) {
            page.forEach(envelope -> events.accept(envelope.event()));
            page = after(session, page.getLast().seq(), MAX_PAGE);
        }
    }

    /** The newest {@code limit} events of a session with a number below {@code seq}, ascending; fewer as in {@link #after(long, int)}. */
    public List<Envelope> before(SessionId session, long seq, int limit) {
        return envelopes(recordedBefore(session, seq, limit));
    }

    /** As {@link #after(SessionId, long, int)}, for sending on: nothing is decoded. */
    public List<Recorded> recordedAfter(SessionId session, long seq, int limit) {
        return page("WHERE session = ? AND seq > ? ORDER BY seq LIMIT ?", session.toString(), seq, checked(limit));
    }

    /** As {@link #before(SessionId, long, int)}, for sending on: nothing is decoded. */
    public List<Recorded> recordedBefore(SessionId session, long seq, int limit) {
        return page("WHERE session = ? AND seq < ? ORDER BY seq DESC LIMIT ?", session.toString(), seq, checked(limit))
                .reversed();
    }

    /** For subscriptions that fell behind: what comes after {@code seq}, up to and with {@code through}. */
    List<Recorded> streamPage(long seq, long through) {
        return page("WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?", seq, through, STREAM_PAGE);
    }

    private static int checked(int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw Problem.invalid("limit-out-of-range", "limit must be 1 to " + MAX_PAGE + ".");
        }
        return limit;
    }

    private static List<Envelope> envelopes(List<Recorded> page) {
        return page.stream().map(Recorded::envelope).toList();
    }

    private List<Recorded> page(String where, Object... params) {
        return db.read(connection -> read(connection, COLUMNS + where, params));
    }

    private static List<Recorded> read(Connection connection, String sql, Object... params) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < params.length; i++) {
                statement.setObject(i + 1, params[i]);
            }
            try (ResultSet results = statement.executeQuery()) {
                List<Recorded> page = new ArrayList<>();
                long bytes = 0;
                while (bytes < PAGE_BYTES && results.next()) {
                    Recorded one = recorded(results);
                    bytes += one.weight();
                    page.add(one);
                }
                return page;
            }
        }
    }

    private static Recorded recorded(ResultSet results) throws SQLException {
        return Recorded.stored(
                results.getLong(1),
                Instant.ofEpochMilli(results.getLong(2)),
                Optional.ofNullable(results.getString(3)).map(SessionId::parse),
                results.getString(4),
                results.getString(5),
                results.getString(6));
    }

    /** The number of the last event that was published; 0 when there is none. */
    public long lastSeq() {
        return feed.lastSeq();
    }

    /** The number of the last event in the state that the reads see; for lists that must say what they hold true for. */
    public static long lastSeq(Reads reads) {
        return reads.first("SELECT coalesce(max(seq), 0) AS seq FROM events", row -> row.longValue("seq"))
                .orElse(0L);
    }

    /** As the database knows it, which may be a moment ahead of {@link #lastSeq()}. */
    long storedSeq() {
        return db.first("SELECT coalesce(max(seq), 0) AS seq FROM events", Map.of(), row -> row.longValue("seq"))
                .orElse(0L);
    }

    /**
     * Empties the projection's tables and computes them anew from all events, in one transaction. Nothing else is recorded
     * meanwhile: for the start, or for a quiet hour.
     */
    public void rebuild(Projection projection) {
        long count = db.write(tx -> {
            projection.clear(tx);
            long seq = 0;
            Optional<Recorded> next = next(tx, seq);
            while (next.isPresent()) {
                projection.apply(next.get().envelope(), tx);
                seq = next.get().seq();
                next = next(tx, seq);
            }
            return seq;
        });
        LOG.log(Level.INFO, "projection rebuilt name={0} events={1}", projection.name(), count);
    }

    private static Optional<Recorded> next(Transaction tx, long seq) {
        return tx.first(COLUMNS + "WHERE seq > ? ORDER BY seq LIMIT 1", Journal::recorded, seq);
    }

    /** From a row with the columns of the table {@code events}. */
    public static Recorded recorded(Row row) {
        return Recorded.stored(
                row.longValue("seq"),
                row.instant("time"),
                row.optString("session").map(SessionId::parse),
                row.string("actor"),
                row.string("type"),
                row.string("data"));
    }
}
