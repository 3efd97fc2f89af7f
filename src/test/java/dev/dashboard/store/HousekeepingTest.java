package dev.dashboard.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.run.Worker;
import dev.dashboard.support.Await;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class HousekeepingTest {
    private static final Instant BEFORE = Instant.parse("2026-11-26T02:59:59Z");
    private static final int ROWS = 400;
    private static final long MIB = 1L << 20;

    @TempDir
    private Path folder;

    private Path file;
    private Database db;
    private final Settable clock = new Settable();
    private final Heard heard = new Heard();

    private static final class Settable extends Clock {
        private volatile Instant now = BEFORE;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class Heard implements HousekeepingListener {
        private final BlockingQueue<Long> done = new LinkedBlockingQueue<>();
        private final CountDownLatch checkpoint = new CountDownLatch(1);
        private final AtomicInteger checkpoints = new AtomicInteger();
        private final CountDownLatch failure = new CountDownLatch(1);
        private final AtomicInteger slices = new AtomicInteger();

        @Override
        public void checkpointed(Duration took) {
            checkpoint.countDown();
            checkpoints.incrementAndGet();
        }

        @Override
        public void held(Duration took) {
            slices.incrementAndGet();
        }

        @Override
        public void done(Duration took, long freedBytes) {
            done.add(freedBytes);
        }

        @Override
        public void failed() {
            failure.countDown();
        }
    }

    @BeforeEach
    void open() {
        file = folder.resolve("dashboard.db");
        db = Database.open(file, 1);
        db.write(tx -> tx.update("CREATE TABLE t(id INTEGER PRIMARY KEY, kind TEXT, body BLOB)"));
        db.write(tx -> tx.update("CREATE INDEX t_by_kind ON t(kind)"));
    }

    @AfterEach
    void close() {
        db.close();
    }

    private void fill() {
        List<Object[]> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            rows.add(new Object[] {i, "kind " + i % 7, new byte[20_000]});
        }
        db.write(tx -> {
            tx.batch("INSERT INTO t(id, kind, body) VALUES (?, ?, ?)", rows);
            return null;
        });
    }

    private Housekeeping start(long walKept, long freeKept, Chore... chores) {
        return Housekeeping.start(
                db, new Housekeeping.Bounds(OptionalInt.of(3), walKept, freeKept), List.of(chores), heard, clock);
    }

    private long oneRun() throws InterruptedException {
        clock.now = BEFORE.plusSeconds(1);
        return heard.done.poll(30, TimeUnit.SECONDS);
    }

    private long number(String pragma) {
        return db.first("PRAGMA " + pragma, Map.of(), row -> row.longValue(pragma))
                .orElseThrow();
    }

    @Test
    void aNewFileGivesFreePagesBackAndAnOlderOneKeepsThem() throws Exception {
        assertEquals(Database.AUTO_VACUUM_INCREMENTAL, number("auto_vacuum"));
        Path older = folder.resolve("older.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + older)) {
            connection.createStatement().executeUpdate("CREATE TABLE t(id INTEGER PRIMARY KEY, kind TEXT, body BLOB)");
        }
        db.close();
        db = Database.open(older, 1);
        assertEquals(0, number("auto_vacuum"));
        fill();
        db.write(tx -> tx.update("DELETE FROM t"));
        try (Housekeeping housekeeping = start(MIB, 0)) {
            assertEquals(0, oneRun());
            assertTrue(housekeeping.freeBytes() > ROWS * 15_000L, "free: " + housekeeping.freeBytes());
        }
    }

    @Test
    void freePagesAreGivenBackInSlicesDownToWhatIsKept() throws Exception {
        fill();
        db.write(tx -> tx.update("DELETE FROM t WHERE id % 2 = 0"));
        long free = number("freelist_count") * number("page_size");
        assertTrue(free > 3 * MIB, "free: " + free);
        try (Housekeeping housekeeping = start(MIB, MIB)) {
            assertTrue(housekeeping.last().finished().isEmpty());
            long freed = oneRun();
            // A page or two went to what the planner has learnt.
            long few = 4 * number("page_size");
            assertEquals(MIB, housekeeping.freeBytes(), few);
            assertEquals(free - MIB, freed, few);
            assertTrue(heard.slices.get() > 5, "slices: " + heard.slices);
            assertEquals(clock.now, housekeeping.last().finished().orElseThrow());
        }
        assertEquals(
                ROWS / 2,
                db.list("SELECT id FROM t", Map.of(), row -> row.longValue("id"))
                        .size());
        assertEquals(List.of(), db.faults());
    }

    @Test
    void thePlannerLearnsWhatSmallTablesHoldAndNobodyCountsALargeOne() throws Exception {
        fill();
        db.write(tx -> tx.update("CREATE TABLE large(id INTEGER PRIMARY KEY, n INTEGER)"));
        db.write(tx -> tx.update("CREATE INDEX large_by_n ON large(n)"));
        db.write(tx -> tx.update("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 10001)"
                + " INSERT INTO large(id, n) SELECT i, i % 5 FROM c"));
        try (Housekeeping _ = start(MIB, MIB)) {
            oneRun();
        }
        assertEquals(List.of("t_by_kind"), db.list("SELECT idx FROM sqlite_stat1", Map.of(), row -> row.string("idx")));
    }

    @Test
    void theLogIsTakenOverAndCutBesideTheWriter() throws Exception {
        try (Housekeeping _ = start(0, MIB)) {
            fill();
            assertTrue(heard.checkpoint.await(30, TimeUnit.SECONDS));
            Path log = folder.resolve("dashboard.db-wal");
            while (Files.size(log) > 0) {
                Thread.onSpinWait();
            }
        }
        assertTrue(Files.size(file) > ROWS * 20_000L, "the file has " + Files.size(file));
    }

    @Test
    void aReaderKeepsTheLogAndNobodyWaits() throws Exception {
        fill();
        try (Connection reader = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            reader.setAutoCommit(false);
            try (var rows = reader.createStatement().executeQuery("SELECT count(*) FROM t")) {
                rows.next();
                db.write(tx -> tx.update("UPDATE t SET kind = 'later'"));
                try (SideConnection side = new SideConnection(file)) {
                    assertTrue(side.takeOver().left() > 0);
                    assertTrue(side.cut().busy());
                }
            }
            reader.commit();
        }
        try (SideConnection side = new SideConnection(file)) {
            assertFalse(side.cut().busy());
            assertEquals(0, side.log().left());
        }
    }

    @Test
    void choresRunUntilNothingIsLeftAndAFailureIsTold() throws Exception {
        AtomicInteger left = new AtomicInteger(3);
        try (Housekeeping _ = start(MIB, MIB, new Chore("three", false, () -> left.decrementAndGet() > 0))) {
            oneRun();
        }
        assertEquals(0, left.get());
        AtomicBoolean bad = new AtomicBoolean(true);
        try (Housekeeping housekeeping = start(MIB, MIB, new Chore("bad", false, () -> {
            if (bad.getAndSet(false)) {
                throw new IllegalStateException("a fault that nobody has thought of");
            }
            return false;
        }))) {
            clock.now = BEFORE.plus(Duration.ofDays(1)).plusSeconds(1);
            assertTrue(heard.failure.await(30, TimeUnit.SECONDS));
            assertFalse(housekeeping.last().good());
            clock.now = BEFORE.plus(Duration.ofDays(2)).plusSeconds(1);
            assertNotNull(heard.done.poll(30, TimeUnit.SECONDS), "the next day it runs again");
        }
    }

    @Test
    void whatFailsKeepsNothingElseFromBeingDone() throws Exception {
        fill();
        db.write(tx -> tx.update("DELETE FROM t"));
        AtomicInteger done = new AtomicInteger();
        Chore bad = new Chore("bad", false, () -> {
            throw Failures.closed();
        });
        try (Housekeeping housekeeping =
                start(MIB, 0, bad, new Chore("good", false, () -> done.incrementAndGet() < 2))) {
            clock.now = BEFORE.plusSeconds(1);
            assertTrue(heard.failure.await(30, TimeUnit.SECONDS));
            assertFalse(housekeeping.last().good());
            assertEquals(0, housekeeping.freeBytes());
        }
        assertEquals(2, done.get());
        assertEquals(0, number("freelist_count"));
    }

    @Test
    void whatWasErasedIsNotInTheLogEitherHoweverSmallThatIs() throws Exception {
        db.write(tx -> tx.update("INSERT INTO t(id, kind) VALUES (1, 'a word that goes')"));
        Chore erasing = new Chore(
                "erasing", true, () -> db.write(tx -> tx.update("UPDATE t SET kind = '' WHERE kind <> ''")) > 0);
        Path log = folder.resolve("dashboard.db-wal");
        assertTrue(Files.readString(log, StandardCharsets.ISO_8859_1).contains("a word that goes"));
        try (Housekeeping _ = start(100 * MIB, MIB, erasing)) {
            oneRun();
            Await.until("the log is cut", () -> log.toFile().length() == 0);
        }
        assertFalse(Files.readString(file, StandardCharsets.ISO_8859_1).contains("a word that goes"));
    }

    @Test
    void aStartCutsTheLogOfWhatWasErasedBefore() {
        db.write(tx -> tx.update("INSERT INTO t(id, kind) VALUES (1, 'a word')"));
        Path log = folder.resolve("dashboard.db-wal");
        assertTrue(log.toFile().length() > 0);
        try (Housekeeping _ = start(100 * MIB, MIB, new Chore("erasing", true, () -> false))) {
            Await.until("the log is cut", () -> log.toFile().length() == 0);
        }
        assertEquals(0, heard.done.size());
    }

    @Test
    void aSliceIsFollowedByFourTimesItsLengthInWhichTheWriterIsTheOthers() throws Exception {
        List<Long> times = new ArrayList<>();
        Chore slow = new Chore("slow", false, () -> {
            times.add(System.nanoTime());
            db.write(tx -> {
                long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                return null;
            });
            times.add(System.nanoTime());
            return times.size() < 6;
        });
        try (Housekeeping _ = start(MIB, MIB, slow)) {
            oneRun();
        }
        for (int i = 1; i < 5; i += 2) {
            long rest = times.get(i + 1) - times.get(i);
            assertTrue(rest >= TimeUnit.MILLISECONDS.toNanos(80), "rested for " + rest);
        }
    }

    @Test
    void aSliceWaitsUntilNobodyElseWaitsForTheWriter() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        List<Integer> waiting = new ArrayList<>();
        Chore two = new Chore("two", false, () -> {
            waiting.add(db.waiting());
            if (waiting.size() == 1) {
                Worker.virtual(
                        "holds",
                        () -> db.write(_ -> {
                            held.countDown();
                            return awaited(go);
                        }));
                awaited(held);
                Worker.virtual("waits", () -> db.write(_ -> null));
                Await.until("somebody waits", () -> db.waiting() > 0);
            }
            return waiting.size() < 2;
        });
        try (Housekeeping _ = start(MIB, MIB, two)) {
            clock.now = BEFORE.plusSeconds(1);
            assertTrue(held.await(30, TimeUnit.SECONDS));
            Await.until("it waits too, or did not", () -> waiting.size() > 1 || letsOthers());
            go.countDown();
            assertNotNull(heard.done.poll(30, TimeUnit.SECONDS));
        }
        assertEquals(List.of(0, 0), waiting);
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether it sleeps before a slice. */
    private static boolean letsOthers() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().equals("housekeeping"))
                .map(thread -> Arrays.stream(thread.getValue())
                        .map(StackTraceElement::getMethodName)
                        .toList())
                .anyMatch(methods -> methods.contains("sleep")
                        && methods.get(methods.indexOf("sleep") + 1).equals("slice"));
    }

    @Test
    void itRunsOnceADayAndNeverWithoutAnHour() throws Exception {
        try (Housekeeping housekeeping = start(MIB, MIB)) {
            oneRun();
            clock.now = BEFORE.plus(Duration.ofHours(23));
            twoTakeovers();
            assertEquals(0, heard.done.size());
            clock.now = BEFORE.plus(Duration.ofDays(1)).plusSeconds(1);
            assertNotNull(heard.done.poll(30, TimeUnit.SECONDS));
            assertTrue(housekeeping.runs());
        }
        try (Housekeeping never = Housekeeping.start(
                db, new Housekeeping.Bounds(OptionalInt.empty(), MIB, MIB), List.of(), heard, clock)) {
            clock.now = BEFORE.plus(Duration.ofDays(9));
            twoTakeovers();
            assertFalse(never.runs());
        }
        assertEquals(0, heard.done.size());
    }

    /** By the second one it has looked at the clock since this was called. */
    private void twoTakeovers() {
        for (int i = 0; i < 2; i++) {
            int before = heard.checkpoints.get();
            db.write(tx -> tx.update("DELETE FROM t"));
            fill();
            Await.until("the log is taken over", () -> heard.checkpoints.get() > before);
        }
    }
}
