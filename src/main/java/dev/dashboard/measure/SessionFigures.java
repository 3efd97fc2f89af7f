package dev.dashboard.measure;

import dev.dashboard.approval.Approvals;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.session.Processes;
import dev.dashboard.session.SessionIndex;
import dev.dashboard.session.SessionStatus;
import dev.dashboard.session.Sessions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * How sessions and requests stand. What tables tell is kept from the last {@link #look}, so that whoever scrapes never waits for the
 * database; processes stand in memory anyway, their resources as whoever has them last said. Any thread.
 */
public final class SessionFigures {
    private final SessionIndex index;
    private final Approvals approvals;
    private volatile SessionIndex.Counts sessions;
    private volatile Approvals.Waiting waiting;

    /** Looks once, and is shown by the metrics from then on. */
    public SessionFigures(SessionIndex index, Approvals approvals, Sessions processes, Metrics metrics, Clock clock) {
        this.index = index;
        this.approvals = approvals;
        look();
        for (SessionStatus status : SessionStatus.values()) {
            metrics.gauge(Metric.SESSIONS, () -> sessions.of(status), status.word());
        }
        metrics.gauge(Metric.SESSIONS_STALLED, () -> sessions.stalled());
        metrics.gauge(Metric.APPROVALS_PENDING, () -> waiting.count());
        metrics.gauge(Metric.APPROVALS_OLDEST, () -> oldestSeconds(clock.instant()));
        Processes now = processes.processes();
        metrics.gauge(Metric.SESSION_QUEUE_LIMIT, now::queueLimit);
        metrics.gauge(Metric.CLI_PROCESSES_LIMIT, now::limit);
        metrics.gauge(Metric.CLI_PROCESSES, processes::live);
        metrics.gauge(Metric.CLI_RESIDENT, () -> residentBytes(processes));
    }

    /** Asks the tables; two queries. */
    public void look() {
        sessions = index.counts();
        waiting = approvals.waiting();
    }

    private double oldestSeconds(Instant now) {
        return waiting.oldest()
                .map(since -> Math.max(0, Duration.between(since, now).toMillis() / 1000.0))
                .orElse(0.0);
    }

    private static long residentBytes(Sessions processes) {
        return processes.processes().live().stream()
                .mapToLong(Processes.Live::residentBytes)
                .sum();
    }
}
