package dev.dashboard.audit;

import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Projection;
import dev.dashboard.event.Recorded;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.store.Database;
import dev.dashboard.store.Row;
import dev.dashboard.store.Transaction;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The chain of all that people are accountable for. The table is the projection {@link #projection()}. Any thread. */
public final class AuditLog {
    /** Most records in one page. */
    public static final int MAX_PAGE = 500;

    private static final Logger LOG = System.getLogger(AuditLog.class.getName());
    private static final String LINKS = "SELECT n, seq, person, action, session, digest, hash FROM audit ";
    private static final String RECORDS =
            "SELECT a.n, a.digest, a.hash, e.seq, e.time, e.session, e.actor, e.type, e.data"
                    + " FROM audit a JOIN events e ON e.seq = a.seq ";

    /** The last link. */
    public record Head(long n, String hash) {
        static final Head NONE = new Head(0, Link.NO_HASH);
    }

    /** Which records are wanted; what is empty does not matter. */
    public record Filter(Optional<UserId> person, Optional<String> action, Optional<SessionId> session) {}

    private final Database database;

    public AuditLog(Database database) {
        this.database = database;
    }

    /** For a journal that is older than its audit: computes the chain from it, once, at the start. */
    public void fill(Journal journal) {
        if (head().n() == 0 && journal.lastSeq() > 0) {
            journal.rebuild(projection());
            LOG.log(Level.INFO, "audit computed from the journal records={0}", head().n());
        }
    }

    public Head head() {
        return database.first(
                        "SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1",
                        Map.of(),
                        row -> new Head(row.longValue("n"), row.string("hash")))
                .orElse(Head.NONE);
    }

    /** The newest records with a number below {@code before}, newest first. */
    public List<AuditRecord> page(Filter filter, long before, int limit) {
        return database.snapshot(reads -> reads.list(
                RECORDS + """
                         WHERE a.n < ?1 AND (?2 IS NULL OR a.person = ?2) AND (?3 IS NULL OR a.action = ?3)
                           AND (?4 IS NULL OR a.session = ?4)
                         ORDER BY a.n DESC LIMIT ?5
                        """,
                AuditLog::record,
                before,
                filter.person().map(UserId::toString).orElse(null),
                filter.action().orElse(null),
                filter.session().map(SessionId::toString).orElse(null),
                limit));
    }

    /** Records with a number above {@code n}, oldest first; for whoever reads the whole chain. */
    public List<AuditRecord> after(long n, int limit) {
        return database.list(
                RECORDS + "WHERE a.n > :n ORDER BY a.n LIMIT :limit", Map.of("n", n, "limit", limit), AuditLog::record);
    }

    /** One at a time, so that of a long event only what is shown stays. */
    private static AuditRecord record(Row row) {
        return AuditRecord.of(
                row.longValue("n"), Journal.recorded(row).envelope(), row.string("digest"), row.string("hash"));
    }

    /** As {@link #after}, without what they tell of. */
    List<Link> links(long n, int limit) {
        return database.list(
                LINKS + "WHERE n > :n ORDER BY n LIMIT :limit", Map.of("n", n, "limit", limit), AuditLog::link);
    }

    /** What is recorded of contents that go. @param seq of the event that says so */
    record Expiry(SessionId session, long through, long seq) {}

    /** All of them; as many as sessions that have expired. */
    List<Expiry> expiries() {
        return database
                .list(
                        RECORDS + "WHERE a.action = 'contents-expired' ORDER BY a.n",
                        Map.of(),
                        row -> expiry(Journal.recorded(row)))
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** One that cannot be read explains nothing; that it was changed shows where it stands. */
    private static Optional<Expiry> expiry(Recorded stored) {
        try {
            Envelope envelope = stored.envelope();
            return envelope.event() instanceof Event.ContentsExpired expired
                    ? envelope.session().map(session -> new Expiry(session, expired.through(), envelope.seq()))
                    : Optional.empty();
        } catch (IllegalStateException e) {
            LOG.log(Level.WARNING, "a record of contents that go cannot be read reason={0}", e.getMessage());
            return Optional.empty();
        }
    }

    private static Link link(Row row) {
        return new Link(
                row.longValue("n"),
                row.longValue("seq"),
                row.optString("person"),
                row.string("action"),
                row.optString("session"),
                row.string("digest"),
                row.string("hash"));
    }

    public static Projection projection() {
        return new Table();
    }

    private static final class Table implements Projection {
        @Override
        public String name() {
            return "audit";
        }

        @Override
        public void apply(Envelope envelope, Transaction tx) {
            if (!Accountable.isOne(envelope.event())) {
                return;
            }
            Head head = tx.first(
                            "SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1",
                            row -> new Head(row.longValue("n"), row.string("hash")))
                    .orElse(Head.NONE);
            // Not the event as an object: encoded by a later release it may be other bytes than those that are stored.
            tx.first(
                            "SELECT seq, time, session, actor, type, data FROM events WHERE seq = ?",
                            Journal::recorded,
                            envelope.seq())
                    .flatMap(stored -> Link.of(stored, head.n() + 1, head.hash()))
                    .ifPresent(link -> tx.update(
                            """
                            INSERT INTO audit(n, seq, person, action, session, digest, hash)
                            VALUES (?, ?, ?, ?, ?, ?, ?)
                            """,
                            link.n(),
                            link.seq(),
                            link.person(),
                            link.action(),
                            link.session(),
                            link.digest(),
                            link.hash()));
        }

        @Override
        public void clear(Transaction tx) {
            tx.update("DELETE FROM audit");
        }
    }
}
