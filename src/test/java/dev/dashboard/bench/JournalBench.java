package dev.dashboard.bench;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Subscription;
import dev.dashboard.event.Subscription.Next;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/**
 * Measures the journal on a real file with full sync: awaited appends, and the time from the answer's commit to a listener.
 * Each row runs a fixed number of seconds. Argument: a folder on the disk to be measured (default: the temporary folder).
 */
public final class JournalBench {
    private static final Duration ROW = Duration.ofSeconds(3);
    private static final String TEXT = "x".repeat(330);
    private static final Draft EVENT =
            new Draft(Optional.of(new SessionId(UUID.randomUUID())), Actor.CLI, new Event.NoticeGiven("info", TEXT));

    private JournalBench() {}

    public static void main(String[] args) throws Exception {
        Path parent = Path.of(args.length == 0 ? System.getProperty("java.io.tmpdir") : args[0]);
        Path folder = Files.createTempDirectory(parent, "journal-bench");
        try (Database db = Database.open(folder.resolve("bench.db"), 2);
                Feed feed = new Feed()) {
            Migrations.apply(db, List.of("db/001-journal.sql"));
            Journal journal = new Journal(db, feed, List.of(), Clock.systemUTC());
            appends(journal, "warm-up", 32, 1);
            appends(journal, "1 producer, 1 event a call", 1, 1);
            appends(journal, "1 producer, 50 events a call", 1, 50);
            appends(journal, "32 producers, 1 event a call", 32, 1);
            appends(journal, "32 producers, 50 events a call", 32, 50);
            latency(journal, feed, 1);
            latency(journal, feed, 1000);
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private static void appends(Journal journal, String name, int producers, int perCall) throws InterruptedException {
        List<Draft> drafts = Collections.nCopies(perCall, EVENT);
        long[][] waits = new long[producers][];
        CountDownLatch done = new CountDownLatch(producers);
        long start = System.nanoTime();
        long end = start + ROW.toNanos();
        for (int p = 0; p < producers; p++) {
            int producer = p;
            Thread.ofVirtual().start(() -> {
                long[] mine = new long[1_000_000];
                int count = 0;
                for (long now = System.nanoTime(); now < end && count < mine.length; ) {
                    journal.append(drafts);
                    long after = System.nanoTime();
                    mine[count++] = after - now;
                    now = after;
                }
                waits[producer] = Arrays.copyOf(mine, count);
                done.countDown();
            });
        }
        done.await();
        double seconds = (System.nanoTime() - start) / 1e9;
        long[] all = Arrays.stream(waits).flatMapToLong(Arrays::stream).sorted().toArray();
        System.out.printf(
                "%-32s %,9.0f events/s   wait p50 %.3f ms, p99 %.3f ms%n",
                name, all.length * perCall / seconds, millis(all, 0.5), millis(all, 0.99));
    }

    /** One listener measures; the others only listen. */
    private static void latency(Journal journal, Feed feed, int listeners) throws InterruptedException {
        int rounds = 2000;
        long[] arrived = new long[rounds];
        long[] published = new long[rounds];
        Semaphore next = new Semaphore(0);
        long first = journal.lastSeq();
        CountDownLatch ended = new CountDownLatch(listeners);
        for (int i = 0; i < listeners; i++) {
            boolean measures = i == 0;
            Subscription subscription = feed.subscribe(journal, first, _ -> true);
            Thread.ofVirtual().start(() -> {
                try (subscription) {
                    while (subscription.position() < first + rounds) {
                        if (subscription.next(Duration.ofSeconds(5)) instanceof Next.Events && measures) {
                            arrived[(int) (subscription.position() - first - 1)] = System.nanoTime();
                            next.release();
                        }
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                ended.countDown();
            });
        }
        for (int i = 0; i < rounds; i++) {
            int round = i;
            journal.append(appender -> {
                // Registered before the one that publishes, so it runs right after the commit.
                appender.tx().afterCommit(() -> published[round] = System.nanoTime());
                return appender.record(EVENT);
            });
            next.acquire();
        }
        ended.await();
        long[] all = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            all[i] = arrived[i] - published[i];
        }
        Arrays.sort(all);
        System.out.printf(
                "commit to next(), %4d listeners   p50 %.3f ms, p99 %.3f ms%n",
                listeners, millis(all, 0.5), millis(all, 0.99));
    }

    private static double millis(long[] sorted, double quantile) {
        return sorted[(int) (quantile * (sorted.length - 1))] / 1e6;
    }
}
