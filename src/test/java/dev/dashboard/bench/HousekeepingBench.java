package dev.dashboard.bench;

import dev.dashboard.Schema;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.SessionId;
import dev.dashboard.store.Database;
import dev.dashboard.store.Housekeeping;
import dev.dashboard.store.HousekeepingListener;
import dev.dashboard.store.Migrations;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * What writers feel of the housekeeping: the wait for one stored event, from eight writers that each write some hundred a second, in a
 * database of some hundred megabytes. Without any housekeeping, beside its takeovers of the write-ahead log alone, and while a run plans
 * and gives thousands of free pages back.
 */
final class HousekeepingBench {
    private static final int EVENTS = 120_000;
    private static final int PER_CALL = 500;
    private static final String TEXT = "x".repeat(2_000);
    private static final int WRITERS = 8;
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final Duration ROUND = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofSeconds(120);
    private static final int FREED_ROWS = 12_000;
    private static final double MOST_HELD_MILLIS = 50;

    private HousekeepingBench() {}

    private static final class Heard implements HousekeepingListener {
        private final CountDownLatch over = new CountDownLatch(1);
        private final ConcurrentLinkedQueue<Long> held = new ConcurrentLinkedQueue<>();
        private final ConcurrentLinkedQueue<Long> takeovers = new ConcurrentLinkedQueue<>();
        private volatile Duration took = Duration.ZERO;
        private volatile long freed;

        @Override
        public void checkpointed(Duration lasted) {
            takeovers.add(lasted.toNanos());
        }

        @Override
        public void held(Duration lasted) {
            held.add(lasted.toNanos());
        }

        @Override
        public void done(Duration lasted, long freedBytes) {
            took = lasted;
            freed = freedBytes;
            over.countDown();
        }

        @Override
        public void failed() {
            over.countDown();
        }
    }

    static void run(Report report, Path folder) throws Exception {
        Path file = folder.resolve("housekeeping.db");
        try (Database db = Database.open(file, 2);
                Feed feed = new Feed()) {
            Migrations.apply(db, Schema.MIGRATIONS);
            Journal journal = new Journal(db, feed, List.of(), Clock.systemUTC());
            fill(db, journal);
            report.add("housekeeping: database of", Files.size(file) >> 20, "MiB");
            report.add("housekeeping: writers, each with a pause of " + PAUSE.toMillis() + " ms", WRITERS, "");
            writers(journal, new CountDownLatch(1), ROUND);
            takeOverInCommits(db, 1_000);
            waits(report, "without any, as SQLite has it", journal, new CountDownLatch(1), ROUND);
            takeOverInCommits(db, 16_000);
            double without = takeovers(report, db, journal);
            double during = aRun(report, db, journal);
            report.add("housekeeping: a run adds to p99", during - without, "ms");
        }
    }

    private static void fill(Database db, Journal journal) {
        List<Draft> drafts = Collections.nCopies(PER_CALL, draft());
        for (int i = 0; i < EVENTS; i += PER_CALL) {
            journal.append(drafts);
        }
        // What a run can give back: half of a table's rows, so that others must be moved. Freed later, else the events
        // would take it.
        db.write(tx -> tx.update("CREATE TABLE spare(id INTEGER PRIMARY KEY, body BLOB)"));
        for (int from = 0; from < 2 * FREED_ROWS; from += PER_CALL) {
            int first = from;
            db.write(tx -> {
                List<Object[]> rows = new ArrayList<>();
                for (int i = 0; i < PER_CALL; i++) {
                    rows.add(new Object[] {first + i, new byte[6_000]});
                }
                tx.batch("INSERT INTO spare(id, body) VALUES (?, ?)", rows);
                return null;
            });
        }
    }

    private static Draft draft() {
        return new Draft(Optional.of(new SessionId(UUID.randomUUID())), Actor.CLI, new Event.NoticeGiven("info", TEXT));
    }

    /** The usual of SQLite is 1,000 frames: then the writer does it, while whoever waits for the commit waits for that too. */
    private static void takeOverInCommits(Database db, int frames) {
        db.write(tx -> tx.list("PRAGMA wal_autocheckpoint = " + frames, row -> row.longValue("wal_autocheckpoint")));
    }

    private static double takeovers(Report report, Database db, Journal journal) throws InterruptedException {
        Heard heard = new Heard();
        Housekeeping.Bounds bounds = new Housekeeping.Bounds(OptionalInt.empty(), 16L << 20, 0);
        try (Housekeeping _ = Housekeeping.start(db, bounds, List.of(), heard, Clock.systemUTC())) {
            double p99 = waits(report, "beside takeovers of the log", journal, new CountDownLatch(1), ROUND);
            report.add("housekeeping: takeovers", heard.takeovers.size(), "");
            report.add("housekeeping: a takeover, the longest", longest(heard.takeovers), "ms");
            return p99;
        }
    }

    private static double aRun(Report report, Database db, Journal journal) throws InterruptedException {
        db.write(tx -> tx.update("DELETE FROM spare WHERE id % 2 = 0"));
        Heard heard = new Heard();
        // Three in the morning is in half a second.
        Instant threeSoon =
                Instant.EPOCH.atZone(ZoneOffset.UTC).with(LocalTime.of(3, 0)).toInstant();
        Clock clock = Clock.offset(
                Clock.systemUTC(), Duration.between(Instant.now(), threeSoon).minusMillis(500));
        Housekeeping.Bounds bounds = new Housekeeping.Bounds(OptionalInt.of(3), 16L << 20, 0);
        double p99;
        try (Housekeeping housekeeping = Housekeeping.start(db, bounds, List.of(), heard, clock)) {
            p99 = waits(report, "while a run works", journal, heard.over, LONGEST);
            if (!housekeeping.last().good() || heard.held.isEmpty()) {
                throw new IllegalStateException("the run was not done");
            }
        }
        report.add("housekeeping: the run", heard.took.toMillis() / 1e3, "s");
        report.add("housekeeping: given back to the disk", heard.freed >> 20, "MiB");
        report.add("housekeeping: slices", heard.held.size(), "");
        long[] slices = heard.held.stream().mapToLong(Long::longValue).sorted().toArray();
        report.add("housekeeping: a slice had the writer, p50", millis(slices, 0.5), "ms");
        report.atMost("housekeeping: a slice had the writer, p99", millis(slices, 0.99), "ms", MOST_HELD_MILLIS);
        report.add("housekeeping: a slice had the writer, the longest", longest(heard.held), "ms");
        return p99;
    }

    /** Returns the wait that one of a hundred exceeds. */
    private static double waits(Report report, String when, Journal journal, CountDownLatch end, Duration most)
            throws InterruptedException {
        long[] waits = writers(journal, end, most);
        double p99 = millis(waits, 0.99);
        report.add("housekeeping: wait for a stored event " + when + ", p50", millis(waits, 0.5), "ms");
        report.add("housekeeping: wait for a stored event " + when + ", p99", p99, "ms");
        report.add("housekeeping: wait for a stored event " + when + ", the longest", millis(waits, 1), "ms");
        return p99;
    }

    private static long[] writers(Journal journal, CountDownLatch end, Duration most) throws InterruptedException {
        long until = System.nanoTime() + most.toNanos();
        long[][] all = new long[WRITERS][];
        CountDownLatch done = new CountDownLatch(WRITERS);
        for (int w = 0; w < WRITERS; w++) {
            int writer = w;
            Thread.ofVirtual().start(() -> {
                List<Draft> one = List.of(draft());
                LongStream.Builder mine = LongStream.builder();
                while (end.getCount() > 0 && System.nanoTime() < until) {
                    long start = System.nanoTime();
                    journal.append(one);
                    mine.add(System.nanoTime() - start);
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
                all[writer] = mine.build().toArray();
                done.countDown();
            });
        }
        if (!done.await(most.toSeconds() + 30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the writers did not end");
        }
        return Arrays.stream(all).flatMapToLong(Arrays::stream).sorted().toArray();
    }

    private static double longest(Iterable<Long> nanos) {
        long most = 0;
        for (long one : nanos) {
            most = Math.max(most, one);
        }
        return most / 1e6;
    }

    private static double millis(long[] sorted, double share) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) (share * (sorted.length - 1))] / 1e6;
    }
}
