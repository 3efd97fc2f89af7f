package dev.dashboard.audit;

import dev.dashboard.event.Envelope;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Projection;
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
    private static final String SELECT =
            "SELECT n, seq, time, actor, action, session, summary, detail, hash FROM audit ";

    /** The last link. */
    public record Head(long n, String hash) {
        static final Head NONE = new Head(0, AuditRecord.NO_HASH);
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
                SELECT + """
                         WHERE n < ?1 AND (?2 IS NULL OR person = ?2) AND (?3 IS NULL OR action = ?3)
                           AND (?4 IS NULL OR session = ?4)
                         ORDER BY n DESC LIMIT ?5
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
                SELECT + "WHERE n > :n ORDER BY n LIMIT :limit", Map.of("n", n, "limit", limit), AuditLog::record);
    }

    private static AuditRecord record(Row row) {
        return new AuditRecord(
                row.longValue("n"),
                row.longValue("seq"),
                row.instant("time"),
                row.string("actor"),
                row.string("action"),
                row.optString("session").map(SessionId::parse),
                row.string("summary"),
                row.string("detail"),
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
            AuditRecord.of(envelope, head.n() + 1, head.hash())
                    .ifPresent(record -> tx.update(
                            """
                            INSERT INTO audit(n, seq, time, actor, person, action, session, summary, detail, hash)
                            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                            """,
                            record.n(),
                            record.seq(),
                            record.time().toEpochMilli(),
                            record.actor(),
                            AuditRecord.personOf(envelope.actor()).orElse(null),
                            record.action(),
                            record.session().map(SessionId::toString).orElse(null),
                            record.summary(),
                            record.detail(),
                            record.hash()));
        }

        @Override
        public void clear(Transaction tx) {
            tx.update("DELETE FROM audit");
        }
    }
}
