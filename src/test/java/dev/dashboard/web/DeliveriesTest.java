package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Recorded;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Subscription;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a stream measures of events that were recorded for real, with the times given. */
class DeliveriesTest {
    private static final Optional<SessionId> SESSION = Optional.of(SessionId.random());
    private static final Event EVENT = new Event.NoticeGiven("info", "x");
    /** Where {@link System#nanoTime} begins is nobody's affair: it may be below zero, and pass through it. */
    private static final long READ = -3_000_000;

    @TempDir
    private Path folder;

    private final Metrics metrics = new Metrics();
    private Database database;
    private Feed feed;
    private Journal journal;
    private Metrics.Observed before;

    @BeforeEach
    void open() {
        database = Database.open(folder.resolve("dashboard.db"), 2);
        Migrations.apply(database, List.of("db/001-journal.sql"));
        feed = new Feed();
        journal = new Journal(database, feed, List.of(), Clock.systemUTC());
        before = metrics.observed(Metric.DELIVERY);
    }

    @AfterEach
    void close() {
        feed.close();
        database.close();
    }

    private void record(long readNanos) {
        journal.append(List.of(new Draft(SESSION, Actor.CLI, EVENT, readNanos)));
    }

    /** What a stream that follows from after a number is handed. */
    private List<Recorded> handed(long after) throws InterruptedException {
        try (Subscription subscription = feed.subscribe(journal, after, _ -> true)) {
            return assertInstanceOf(Subscription.Next.Events.class, subscription.next(Duration.ofSeconds(10)))
                    .recorded();
        }
    }

    private void assertObserved(long count, double seconds) {
        Metrics.Observed now = metrics.observed(Metric.DELIVERY);
        assertEquals(count, now.count() - before.count());
        assertEquals(seconds, now.seconds() - before.seconds(), 1e-9);
    }

    @Test
    void theDelayIsFromTheLineToTheFlushForEachStream() throws Exception {
        Deliveries one = new Deliveries(metrics, journal.lastSeq());
        Deliveries other = new Deliveries(metrics, journal.lastSeq());
        record(READ);

        handed(0).forEach(one::written);
        assertObserved(0, 0);
        one.flushed(READ + 5_000_000);
        assertObserved(1, 0.005);

        handed(0).forEach(other::written);
        other.flushed(READ + 40_000_000);
        assertObserved(2, 0.045);
        one.flushed(READ + 90_000_000);
        assertObserved(2, 0.045);
    }

    @Test
    void eachEventOfAFlushHasItsOwnDelay() throws Exception {
        Deliveries deliveries = new Deliveries(metrics, journal.lastSeq());
        record(READ);
        record(READ + 1_000_000);

        handed(0).forEach(deliveries::written);
        deliveries.flushed(READ + 2_000_000);

        assertObserved(2, 0.003);
    }

    @Test
    void whatWasThereWhenTheStreamBeganIsNoDeliveryThoughItStandsInTheTail() throws Exception {
        record(READ);
        Deliveries deliveries = new Deliveries(metrics, journal.lastSeq());
        record(READ);

        handed(0).forEach(deliveries::written);
        deliveries.flushed(READ + 7_000_000);

        assertObserved(1, 0.007);
    }

    @Test
    void whatIsReadBackFromTheJournalOrFollowsFromNoLineIsNoDelivery() throws Exception {
        Deliveries deliveries = new Deliveries(metrics, journal.lastSeq());
        record(Draft.NOT_READ);
        record(READ);

        journal.recordedAfter(0, 10).forEach(deliveries::written);
        deliveries.flushed(READ + 1_000_000);
        assertObserved(0, 0);

        handed(0).forEach(deliveries::written);
        deliveries.flushed(READ + 1_000_000);
        assertObserved(1, 0.001);
    }
}
