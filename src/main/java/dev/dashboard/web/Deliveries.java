package dev.dashboard.web;

import dev.dashboard.event.Draft;
import dev.dashboard.event.Recorded;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import java.util.ArrayList;
import java.util.List;

/**
 * How long the events of one stream were on their way, from the CLI's line until their bytes are out of the server's hands: a flush has
 * returned. What the stream replays, since it began or fell behind beyond the feed's tail, is no delivery. For one thread.
 */
final class Deliveries {
    private final Metrics metrics;
    private final long replayed;
    /** Written since the last flush: as many as a subscription hands out at once. */
    private final List<Recorded> written = new ArrayList<>();

    /** @param replayed the journal's last number when the stream began */
    Deliveries(Metrics metrics, long replayed) {
        this.metrics = metrics;
        this.replayed = replayed;
    }

    void written(Recorded recorded) {
        if (recorded.seq() > replayed && recorded.readNanos() != Draft.NOT_READ) {
            written.add(recorded);
        }
    }

    /** @param nowNanos by {@link System#nanoTime} */
    void flushed(long nowNanos) {
        for (Recorded recorded : written) {
            metrics.recordNanos(Metric.DELIVERY, nowNanos - recorded.readNanos());
        }
        written.clear();
    }
}
