package dev.dashboard;

import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Subscription;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.run.Worker;
import java.time.Duration;

/** Counts what happened, as one more listener to the feed: what is counted is what was recorded, and counting delays nobody. */
final class EventMeters implements AutoCloseable {
    private static final Duration WAIT = Duration.ofMinutes(1);

    private final Subscription subscription;
    private final Metrics metrics;
    private final Worker worker;

    private EventMeters(Subscription subscription, Metrics metrics) {
        this.subscription = subscription;
        this.metrics = metrics;
        this.worker = Worker.virtual("event-meters", this::listen);
    }

    static EventMeters start(Feed feed, Journal journal, Metrics metrics) {
        return new EventMeters(
                feed.subscribe(journal, journal.lastSeq(), envelope -> isCounted(envelope.event())), metrics);
    }

    private static boolean isCounted(Event event) {
        return event instanceof Event.TurnEnded
                || event instanceof Event.TurnInterrupted
                || event instanceof Event.OutputNotUnderstood;
    }

    private void listen() throws InterruptedException {
        boolean open = true;
        while (open) {
            switch (subscription.next(WAIT)) {
                case Subscription.Next.Events events -> events.envelopes().forEach(this::count);
                case Subscription.Next.Ended _ -> open = false;
                case Subscription.Next.Drafts _, Subscription.Next.Idle _ -> {}
            }
        }
    }

    private void count(Envelope envelope) {
        if (envelope.event() instanceof Event.TurnEnded(var outcome)) {
            metrics.count(Metric.TURNS, outcome.isError() ? "failed" : "completed");
        } else if (envelope.event() instanceof Event.TurnInterrupted) {
            metrics.count(Metric.TURNS, "interrupted");
        } else if (envelope.event() instanceof Event.OutputNotUnderstood) {
            metrics.count(Metric.CLI_OUTPUT_NOT_UNDERSTOOD);
        }
    }

    @Override
    public void close() {
        subscription.close();
        worker.close();
    }
}
