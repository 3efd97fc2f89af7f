package dev.dashboard.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import dev.dashboard.store.Transaction;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class JournalTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final SessionId ONE = new SessionId(UUID.randomUUID());
    private static final SessionId TWO = new SessionId(UUID.randomUUID());

    @TempDir
    private Path folder;

    private Path file;
    private Database db;
    private Feed feed;
    private Journal journal;
    private Subscription everything;

    /** Counts notices; refuses the text "poison". */
    private static final Projection NOTICES = new Projection() {
        @Override
        public String name() {
            return "notices";
        }

        @Override
        public void apply(Envelope envelope, Transaction tx) {
            if (envelope.event() instanceof Event.NoticeGiven notice) {
                tx.update("INSERT INTO notices(seq, text) VALUES (?, ?)", envelope.seq(), notice.text());
                if (notice.text().equals("poison")) {
                    throw new IllegalStateException("poison");
                }
            }
        }

        @Override
        public void clear(Transaction tx) {
            tx.update("DELETE FROM notices");
        }
    };

    @BeforeEach
    void open() {
        file = folder.resolve("dashboard.db");
        db = Database.open(file, 2);
        Migrations.apply(db, List.of("db/001-journal.sql"));
        db.write(tx -> tx.update("CREATE TABLE IF NOT EXISTS notices(seq INTEGER PRIMARY KEY, text TEXT)"));
        feed = new Feed();
        journal = new Journal(db, feed, List.of(NOTICES), Clock.fixed(NOW.plusNanos(999), ZoneOffset.UTC));
        everything = feed.subscribe(journal, 0, _ -> true);
    }

    @AfterEach
    void close() {
        feed.close();
        db.close();
    }

    private static Draft notice(String text) {
        return new Draft(Optional.empty(), Actor.SERVER, new Event.NoticeGiven("info", text));
    }

    private static Draft notice(SessionId session, String text) {
        return new Draft(Optional.of(session), Actor.CLI, new Event.NoticeGiven("info", text));
    }

    private static List<Long> seqs(List<Envelope> envelopes) {
        return envelopes.stream().map(Envelope::seq).toList();
    }

    private static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    private List<Long> noticed() {
        return db.list("SELECT seq FROM notices ORDER BY seq", Map.of(), row -> row.longValue("seq"));
    }

    private List<Long> published() throws InterruptedException {
        List<Long> seqs = new ArrayList<>();
        while (everything.next(Duration.ZERO) instanceof Subscription.Next.Events events) {
            seqs.addAll(seqs(events.envelopes()));
        }
        return seqs;
    }

    @Test
    void everyEventIsStoredAndReadAsItWas() {
        List<Draft> drafts = Samples.ALL.stream()
                .map(event -> new Draft(Optional.of(ONE), new Actor.Person(new UserId(ONE.value()), "Ada"), event))
                .toList();
        List<Envelope> stored = journal.append(drafts);
        assertEquals(range(1, drafts.size()), seqs(stored));
        assertEquals(
                drafts,
                stored.stream()
                        .map(one -> new Draft(one.session(), one.actor(), one.event()))
                        .toList());
        assertTrue(stored.stream().allMatch(one -> one.time().equals(NOW)));
        assertEquals(stored, journal.after(0, 1000));
        assertEquals(
                stored.stream().map(EventCodec::envelope).map(Object::toString).toList(),
                journal.recordedAfter(ONE, 0, 1000).stream().map(Recorded::json).toList());
    }

    @Test
    void largeEventsDoNotPileUpInAPage() {
        String large = "x".repeat(Journal.PAGE_BYTES);
        journal.append(List.of(
                notice(ONE, "one"), notice(ONE, large), notice(ONE, large), notice("none"), notice(ONE, "last")));
        assertEquals(List.of(1L, 2L), seqs(journal.after(0, 1000)));
        assertEquals(List.of(3L), seqs(journal.after(2, 1000)));
        assertEquals(List.of(3L), seqs(journal.after(ONE, 2, 1000)));
        assertEquals(List.of(3L, 5L), seqs(journal.before(ONE, 6, 1000)));
        assertEquals(List.of(2L), seqs(journal.before(ONE, 3, 1000)));
        List<Event> each = new ArrayList<>();
        journal.each(ONE, each::add);
        assertEquals(4, each.size());
    }

    @Test
    void pagesAreCutAtTheirNumbers() {
        for (int i = 0; i < 10; i++) {
            journal.append(List.of(notice(ONE, "one"), notice(TWO, "two"), notice("none")));
        }
        assertEquals(30, journal.lastSeq());
        assertEquals(range(6, 9), seqs(journal.after(5, 4)));
        assertEquals(List.of(), journal.after(30, 4));
        assertEquals(List.of(7L, 10L), seqs(journal.after(ONE, 4, 2)));
        assertEquals(List.of(20L, 23L), seqs(journal.before(TWO, 26, 2)));
        assertEquals(List.of(2L), seqs(journal.before(TWO, 5, 200)));
        assertEquals(List.of(), journal.before(TWO, 2, 200));
        for (int limit : new int[] {0, -1, 1001}) {
            assertEquals(
                    "limit-out-of-range",
                    assertThrows(Problem.class, () -> journal.after(0, limit)).code());
        }
    }

    @Test
    void numbersGoOnAfterARestart() {
        journal.append(List.of(notice("a"), notice("b")));
        close();
        open();
        assertEquals(2, journal.lastSeq());
        assertEquals(List.of(3L), seqs(journal.append(List.of(notice("c")))));
    }

    @Test
    void appendThatFailsLeavesNothingAndNoGap() throws Exception {
        journal.append(List.of(notice("a")));
        assertThrows(
                IllegalStateException.class, () -> journal.append(List.of(notice("b"), notice("poison"), notice("c"))));
        assertEquals(List.of(2L), seqs(journal.append(List.of(notice("d")))));
        assertEquals(range(1, 2), seqs(journal.after(0, 100)));
        assertEquals(range(1, 2), noticed());
        assertEquals(range(1, 2), published());
    }

    @Test
    void workMayChangeOtherTablesAndRefuseAfterwards() throws Exception {
        db.write(tx -> tx.update("CREATE TABLE hashes(name TEXT)"));
        Problem refusal = Problem.conflict("taken", "Taken.");
        Problem thrown = assertThrows(
                Problem.class,
                () -> journal.append(appender -> {
                    appender.tx().update("INSERT INTO hashes VALUES ('x')");
                    appender.record(notice("a"));
                    throw refusal;
                }));
        assertEquals(refusal, thrown);
        String seen = journal.append(appender -> {
            appender.tx().update("INSERT INTO hashes VALUES ('y')");
            Envelope first = appender.record(notice("a"));
            Envelope second = appender.record(notice("b"));
            return first.seq() + " " + second.seq() + " "
                    + appender.tx().list("SELECT seq FROM notices", row -> row.longValue("seq"));
        });
        assertEquals("1 2 [1, 2]", seen);
        assertEquals(List.of("y"), db.list("SELECT name FROM hashes", Map.of(), row -> row.string("name")));
        assertEquals(range(1, 2), published());
    }

    @Test
    void workThatRecordsNothingPublishesNothing() throws Exception {
        assertEquals("x", journal.append(_ -> "x"));
        assertEquals(List.of(), journal.append(List.of()));
        assertEquals(0, journal.lastSeq());
        assertEquals(List.of(), published());
    }

    /** Units that fail and units that do well, mixed in the writer's groups. */
    @Test
    void failuresInAGroupMakeNeitherGapNorDouble() throws Exception {
        ConcurrentLinkedQueue<Long> answered = new ConcurrentLinkedQueue<>();
        int producers = 32;
        int each = 40;
        CountDownLatch done = new CountDownLatch(producers);
        for (int p = 0; p < producers; p++) {
            int producer = p;
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < each; i++) {
                    boolean poison = (producer + i) % 3 == 0;
                    try {
                        answered.addAll(seqs(journal.append(List.of(notice("a"), notice(poison ? "poison" : "b")))));
                    } catch (IllegalStateException e) {
                        assertEquals("poison", e.getMessage());
                    }
                }
                done.countDown();
            });
        }
        assertTrue(done.await(40, java.util.concurrent.TimeUnit.SECONDS));
        List<Long> all = range(1, answered.size());
        assertTrue(all.size() > producers * each / 2, "enough did well");
        assertEquals(all, answered.stream().sorted().toList());
        assertEquals(all, published());
        assertEquals(all, noticed());
        assertEquals(all.size(), journal.lastSeq());
    }

    @Test
    void journalThatCannotBeWrittenShowsNothingAndGoesOnWithoutAGap() throws Exception {
        journal.append(List.of(notice("a")));
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            other.createStatement().executeUpdate("BEGIN IMMEDIATE");
            Problem problem = assertThrows(Problem.class, () -> journal.append(List.of(notice("b"))));
            assertEquals("journal-unavailable", problem.code());
            other.createStatement().executeUpdate("ROLLBACK");
        }
        // A deferred constraint fails in the commit itself, after the numbers were given.
        db.write(
                tx -> tx.update("CREATE TABLE child(t INTEGER REFERENCES notices(seq) DEFERRABLE INITIALLY DEFERRED)"));
        Problem problem = assertThrows(
                Problem.class,
                () -> journal.append(appender -> {
                    appender.tx().update("INSERT INTO child VALUES (99)");
                    return appender.record(notice("c"));
                }));
        assertEquals("journal-unavailable", problem.code());
        assertEquals(1, journal.lastSeq());
        assertEquals(List.of(1L), published());
        assertEquals(List.of(2L), seqs(journal.append(List.of(notice("d")))));
        assertEquals(List.of(2L), published());
        assertEquals(range(1, 2), noticed());
    }

    @Test
    void rebuildGivesTheSameTable() {
        List<Draft> drafts = new ArrayList<>();
        for (int i = 0; i < 2500; i++) {
            drafts.add(i % 2 == 0 ? notice("n" + i) : new Draft(Optional.of(ONE), Actor.CLI, Samples.ALL.get(i % 50)));
        }
        journal.append(drafts);
        String sum = "SELECT group_concat(seq || text, ',' ORDER BY seq) AS sum FROM notices";
        Optional<String> before = db.first(sum, Map.of(), row -> row.string("sum"));
        db.write(tx -> tx.update("UPDATE notices SET text = 'spoilt' WHERE seq % 3 = 0"));
        db.write(tx -> tx.update("DELETE FROM notices WHERE seq % 5 = 0"));
        journal.rebuild(NOTICES);
        assertEquals(before, db.first(sum, Map.of(), row -> row.string("sum")));
    }

    @Test
    void snapshotTellsTheNumberItHoldsTrueFor() {
        journal.append(List.of(notice("a"), notice("b")));
        long seq = db.snapshot(Journal::lastSeq);
        assertEquals(2, seq);
    }
}
