package dev.dashboard.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.DraftBlock;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import dev.dashboard.support.Await;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is counted of events that a real journal has recorded, at times that the test gives. */
@Timeout(60)
class EventMetersTest {
    private static final Actor.Person MARA = new Actor.Person(UserId.random(), "Mara");
    private static final ApprovalId APPROVAL = new ApprovalId(UUID.randomUUID());
    private static final PromptId PROMPT = new PromptId(UUID.randomUUID());

    private static final Event QUEUED = new Event.SessionQueued(1);
    private static final Event STARTED = new Event.SessionStarted("launch", "conversation", false);
    private static final Event PROCESS = new Event.ProcessStarted("launch", 7, 70, Instant.EPOCH);
    private static final Event READY = new Event.SessionReady("2.1.330", "api-key", Optional.empty());
    private static final Event FAILED =
            new Event.SessionFailed("cli-died", "It died.", "Resume.", Optional.of(1), "", Event.Leftover.NONE);
    private static final Event TAKEN = new Event.PromptDelivered(PROMPT);
    private static final Event TURN = new Event.TurnStarted("opus", "default", List.of());
    private static final Event NOT_UNDERSTOOD = new Event.OutputNotUnderstood("{}", "new");

    /** Stands still, and may be made to hold whoever asks. */
    private static final class Given extends Clock {
        private volatile Instant now = Instant.parse("2026-01-02T12:00:00Z");
        private volatile CountDownLatch runs = new CountDownLatch(0);
        private volatile boolean holds;

        @Override
        public Instant instant() {
            try {
                holds = runs.getCount() > 0;
                runs.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("UTC only");
        }
    }

    @TempDir
    private Path folder;

    private final Metrics metrics = new Metrics();
    private final Given clock = new Given();
    private final Given draftClock = new Given();
    private final AtomicInteger looks = new AtomicInteger();
    private final SessionId session = SessionId.random();
    private volatile boolean refuses;
    private Database database;
    private Feed feed;
    private Journal journal;
    private EventMeters meters;

    @BeforeEach
    void open() {
        database = Database.open(folder.resolve("dashboard.db"), 2);
        Migrations.apply(database, List.of("db/001-journal.sql"));
        feed = new Feed();
        journal = new Journal(database, feed, List.of(), clock);
        meters = EventMeters.start(feed, journal, metrics, draftClock, this::look, Duration.ofMillis(20));
    }

    private void look() {
        looks.incrementAndGet();
        if (refuses) {
            throw new Problem(Problem.Kind.UNAVAILABLE, "journal-unavailable", "not now");
        }
    }

    @AfterEach
    void close() {
        meters.close();
        feed.close();
        database.close();
    }

    // ---- given, and what was counted

    private void record(Event... events) {
        for (Event event : events) {
            record(Actor.CLI, event);
        }
    }

    private void record(Actor actor, Event event) {
        journal.append(List.of(new Draft(Optional.of(session), actor, event)));
    }

    private void after(Duration time) {
        clock.now = clock.now.plus(time);
        draftClock.now = clock.now;
    }

    /** What a counter has grown by since it was made. */
    private final class Count {
        private final Metric metric;
        private final String[] values;
        private final double before;

        Count(Metric metric, String... values) {
            this.metric = metric;
            this.values = values;
            this.before = metrics.counted(metric, values);
        }

        double now() {
            return metrics.counted(metric, values) - before;
        }
    }

    /** The same of a histogram. */
    private final class Histogram {
        private final Metric metric;
        private final String[] values;
        private final Metrics.Observed before;

        Histogram(Metric metric, String... values) {
            this.metric = metric;
            this.values = values;
            this.before = metrics.observed(metric, values);
        }

        void assertObserved(long count, double seconds) {
            Metrics.Observed now = metrics.observed(metric, values);
            assertEquals(count, now.count() - before.count(), metric + " observations");
            assertEquals(seconds, now.seconds() - before.seconds(), 1e-9, metric + " seconds");
        }
    }

    /** Waits until everything that is recorded was counted: a last event has been, and they come in order. */
    private void awaitCounted() {
        Count last = new Count(Metric.CLI_OUTPUT_NOT_UNDERSTOOD);
        record(NOT_UNDERSTOOD);
        Await.until("the last event is counted", () -> last.now() == 1);
    }

    // ---- processes

    @Test
    void aStartIsTimedAndAnEndHasItsCause() {
        Count started = new Count(Metric.CLI_STARTS, "started");
        Count parked = new Count(Metric.CLI_EXITS, "parked");
        Histogram start = new Histogram(Metric.CLI_START);

        record(QUEUED, STARTED, PROCESS);
        after(Duration.ofMillis(1500));
        record(READY, new Event.SessionEnded("parked", Optional.of(0), Event.Leftover.NONE));

        awaitCounted();
        assertEquals(1, started.now());
        assertEquals(1, parked.now());
        start.assertObserved(1, 1.5);
    }

    @Test
    void aStartThatFailsIsOneWhetherOrNotThereWasAProcess() {
        Count failed = new Count(Metric.CLI_STARTS, "failed");
        Count exits = new Count(Metric.CLI_EXITS, "failed");
        Histogram start = new Histogram(Metric.CLI_START);

        record(STARTED, FAILED);
        awaitCounted();
        assertEquals(1, failed.now());
        assertEquals(0, exits.now(), "there was no process that could end");

        record(STARTED, PROCESS, FAILED);
        awaitCounted();
        assertEquals(2, failed.now());
        assertEquals(1, exits.now());

        record(STARTED, PROCESS, READY, FAILED);
        awaitCounted();
        assertEquals(2, failed.now(), "it had started");
        assertEquals(2, exits.now());
        start.assertObserved(1, 0);
    }

    @Test
    void aSessionThatLeavesTheLineEndsNoProcess() {
        Count stopped = new Count(Metric.CLI_EXITS, "stopped");
        Count failed = new Count(Metric.CLI_STARTS, "failed");

        record(STARTED, QUEUED, new Event.SessionEnded("stopped", Optional.empty(), Event.Leftover.NONE));

        awaitCounted();
        assertEquals(0, stopped.now());
        assertEquals(0, failed.now());
    }

    @Test
    void ofASessionThatWasThereBeforeTheServerTheEndIsCountedAndNothingIsTimed() {
        Count interrupted = new Count(Metric.CLI_EXITS, "interrupted");
        Count started = new Count(Metric.CLI_STARTS, "started");
        Histogram start = new Histogram(Metric.CLI_START);

        record(READY, new Event.SessionInterrupted("server-died", Event.Leftover.NONE));

        awaitCounted();
        assertEquals(1, started.now());
        assertEquals(1, interrupted.now());
        start.assertObserved(0, 0);
    }

    // ---- turns

    private static Event.TurnOutcome outcome(boolean isError, Optional<String> code, Duration took) {
        return new Event.TurnOutcome(
                UUID.randomUUID().toString(),
                isError,
                isError ? "api_error" : "completed",
                code.map(c -> new Event.TurnError(c, "It failed.", "Try again.", Optional.empty())),
                took,
                1,
                new Event.Tokens(1, 20, 300, 4000),
                new BigDecimal("0.125"),
                Optional.empty(),
                Optional.empty(),
                List.of(PROMPT));
    }

    @Test
    void aTurnIsCountedWithItsTokensAndCostUnderTheModelThatItBeganWith() {
        Count prompts = new Count(Metric.PROMPTS);
        Count completed = new Count(Metric.TURNS, "completed");
        Count failed = new Count(Metric.TURNS, "failed");
        Count interrupted = new Count(Metric.TURNS, "interrupted");
        Count overloaded = new Count(Metric.TURN_FAILURES, "model-overloaded");
        Histogram turns = new Histogram(Metric.TURN);
        List<Count> tokens = tokens("opus");
        Count cost = new Count(Metric.COST, "opus");
        List<Count> unknown = tokens("unknown");

        record(new Event.PromptSubmitted(PROMPT, "hello"), READY, TURN);
        record(new Event.TurnEnded(outcome(false, Optional.empty(), Duration.ofSeconds(2))));
        record(TURN, new Event.TurnEnded(outcome(true, Optional.of("model-overloaded"), Duration.ofSeconds(3))));
        record(TURN, new Event.TurnInterrupted(outcome(true, Optional.empty(), Duration.ofMillis(500))));

        awaitCounted();
        assertEquals(1, prompts.now());
        assertEquals(1, completed.now());
        assertEquals(1, failed.now());
        assertEquals(1, interrupted.now());
        assertEquals(1, overloaded.now());
        turns.assertObserved(3, 5.5);
        assertEquals(
                List.of(3.0, 60.0, 900.0, 12000.0),
                tokens.stream().map(Count::now).toList());
        assertEquals(0.375, cost.now(), 1e-9);
        assertEquals(
                List.of(0.0, 0.0, 0.0, 0.0), unknown.stream().map(Count::now).toList());
    }

    private List<Count> tokens(String model) {
        return List.of(
                new Count(Metric.TOKENS, model, "input"),
                new Count(Metric.TOKENS, model, "output"),
                new Count(Metric.TOKENS, model, "cache-read"),
                new Count(Metric.TOKENS, model, "cache-creation"));
    }

    @Test
    void aTurnThatBeganBeforeTheServerIsPaidByAnUnknownModel() {
        Count cost = new Count(Metric.COST, "unknown");

        record(new Event.TurnEnded(outcome(false, Optional.empty(), Duration.ofSeconds(2))));

        awaitCounted();
        assertEquals(0.125, cost.now(), 1e-9);
    }

    // ---- the first of a reply

    private static Event reply(Optional<String> parent) {
        return new Event.AssistantReplied("line", "message", 0, "Fine.", false, parent);
    }

    @Test
    void theFirstBlockOfAReplyEndsTheWaitAndLaterOnesAndSubagentsDoNot() {
        Histogram first = new Histogram(Metric.FIRST_TOKEN);

        record(READY, TAKEN, TURN);
        after(Duration.ofSeconds(1));
        record(reply(Optional.of("a call")));
        after(Duration.ofSeconds(1));
        record(new Event.AssistantThought("line", "message", 0, "Hm.", Optional.empty()));
        after(Duration.ofSeconds(1));
        record(reply(Optional.empty()));

        awaitCounted();
        first.assertObserved(1, 2);
    }

    @Test
    void aDraftComesBeforeItsBlock() {
        Histogram first = new Histogram(Metric.FIRST_TOKEN);
        record(READY, TAKEN, TURN);
        awaitCounted();

        after(Duration.ofMillis(400));
        feed.draft(session, new DraftBlock("message", 0, "text", "Fi"));
        Await.until(
                "the draft is seen", () -> metrics.observed(Metric.FIRST_TOKEN).count() > first.before.count());
        after(Duration.ofSeconds(5));
        record(reply(Optional.empty()));

        awaitCounted();
        first.assertObserved(1, 0.4);
    }

    @Test
    void aPromptThatJoinsARunningTurnOrHasNoReplyIsNotTimed() {
        Histogram first = new Histogram(Metric.FIRST_TOKEN);

        record(TAKEN, reply(Optional.empty())); // from before the server: a turn may be running
        record(READY, TURN, TAKEN, reply(Optional.empty()));
        record(new Event.TurnEnded(outcome(false, Optional.empty(), Duration.ZERO)));
        record(TAKEN, TURN, new Event.TurnEnded(outcome(true, Optional.of("model-auth"), Duration.ZERO)));
        record(TAKEN, new Event.PromptFinished(PROMPT, "completed"), reply(Optional.empty()));

        awaitCounted();
        first.assertObserved(0, 0);
    }

    // ---- approvals

    private static Event asked(ApprovalId approval) {
        return new Event.ApprovalRequested(
                approval,
                "permission",
                "request",
                "call",
                "Bash",
                JsonValue.EMPTY_JSON_OBJECT,
                Optional.empty(),
                Optional.empty(),
                JsonValue.EMPTY_JSON_ARRAY,
                Optional.empty(),
                Optional.empty());
    }

    private static Event resolved(ApprovalId approval, String decision) {
        return new Event.ApprovalResolved(
                approval, decision, Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY);
    }

    @Test
    void aRequestsWaitIsToldByWhatBecameOfIt() {
        for (String outcome : List.of("allowed", "denied", "expired", "withdrawn")) {
            Histogram wait = new Histogram(Metric.APPROVAL_WAIT, outcome);
            ApprovalId approval = new ApprovalId(UUID.randomUUID());

            record(asked(approval));
            after(Duration.ofSeconds(90));
            switch (outcome) {
                case "allowed" -> record(MARA, resolved(approval, "allow"));
                case "denied" -> record(MARA, resolved(approval, "deny"));
                case "expired" -> record(Actor.SERVER, resolved(approval, "deny"));
                default -> record(new Event.ApprovalWithdrawn(approval, "cli"));
            }

            awaitCounted();
            wait.assertObserved(1, 90);
        }
    }

    @Test
    void aDecisionIsTimedUntilTheCliIsSeenToActOnItOrIsUnsettled() {
        Histogram delivery = new Histogram(Metric.APPROVAL_DELIVERY);
        Count delivered = new Count(Metric.APPROVAL_DELIVERIES, "delivered");
        Count unsettled = new Count(Metric.APPROVAL_DELIVERIES, "unsettled");

        record(asked(APPROVAL));
        record(MARA, resolved(APPROVAL, "allow"));
        after(Duration.ofMillis(20));
        record(new Event.ApprovalDelivered(APPROVAL));
        ApprovalId other = new ApprovalId(UUID.randomUUID());
        record(asked(other));
        record(MARA, resolved(other, "allow"));
        record(new Event.ApprovalUnsettled(other));

        awaitCounted();
        assertEquals(1, delivered.now());
        assertEquals(1, unsettled.now());
        delivery.assertObserved(1, 0.02);
    }

    @Test
    void whatWasAskedBeforeTheServerIsCountedWithoutATimeAndAClockSetBackTakesNone() {
        Histogram wait = new Histogram(Metric.APPROVAL_WAIT, "allowed");
        Histogram delivery = new Histogram(Metric.APPROVAL_DELIVERY);
        Count delivered = new Count(Metric.APPROVAL_DELIVERIES, "delivered");

        record(MARA, resolved(APPROVAL, "allow"));
        after(Duration.ofHours(-1));
        record(new Event.ApprovalDelivered(APPROVAL));
        record(new Event.ApprovalDelivered(new ApprovalId(UUID.randomUUID())));

        awaitCounted();
        wait.assertObserved(0, 0);
        assertEquals(2, delivered.now());
        delivery.assertObserved(1, 0);
    }

    // ---- all of it, each once

    /** Held for longer than the feed's tail reaches, it goes on in the journal: nothing is lost and nothing counted twice. */
    @Test
    void whatCameWhileItFellBehindIsCountedOnce() {
        int burst = 10_000;
        record(READY, TAKEN, TURN);
        awaitCounted();
        draftClock.runs = new CountDownLatch(1);
        Histogram first = new Histogram(Metric.FIRST_TOKEN);
        feed.draft(session, new DraftBlock("message", 0, "text", "Fi"));
        Await.until("it is held", () -> draftClock.holds);
        Count counted = new Count(Metric.CLI_OUTPUT_NOT_UNDERSTOOD);
        List<Draft> drafts = Collections.nCopies(500, new Draft(Optional.of(session), Actor.CLI, NOT_UNDERSTOOD));
        for (int recorded = 0; recorded < burst; recorded += drafts.size()) {
            journal.append(drafts);
        }
        draftClock.runs.countDown();

        Await.until("all is counted", () -> counted.now() >= burst);
        awaitCounted();
        assertEquals(burst + 1, counted.now());
        first.assertObserved(1, 0);
        assertEquals(
                counted.now() + 1,
                stored().stream().filter(NOT_UNDERSTOOD::equals).count(),
                "as many as the journal has, but for the one of before");
    }

    private List<Event> stored() {
        List<Event> events = new ArrayList<>();
        journal.each(session, events::add);
        return events;
    }

    @Test
    void figuresAreLookedAtWhileSomethingIsRecordedAndAgainWhenTheyRefused() {
        refuses = true;
        record(NOT_UNDERSTOOD);

        Await.until("it looked twice", () -> looks.get() >= 2);
        int refused = looks.get();
        refuses = false;
        Await.until("it looked once more", () -> looks.get() > refused);
    }
}
