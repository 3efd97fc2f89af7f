package dev.dashboard;

import dev.dashboard.backup.BackupRecords;
import dev.dashboard.backup.LastGood;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.observe.ProcessMeters;
import dev.dashboard.runner.RunnerCustody;
import dev.dashboard.session.RetentionListener;
import dev.dashboard.store.Database;
import dev.dashboard.store.Housekeeping;
import dev.dashboard.store.HousekeepingListener;
import dev.dashboard.store.WriteListener;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Measures what belongs to the server as a whole: its process, its journal and disk, its backups, its runner. */
final class ServerMeters {
    private static final double MILLIS = 1e3;

    private ServerMeters() {}

    static void register(
            Metrics metrics, DataFolder data, Database database, long diskFree, Optional<RunnerCustody> runner) {
        double started = Instant.now().toEpochMilli() / MILLIS;
        metrics.gauge(Metric.BUILD_INFO, () -> 1, App.version());
        metrics.gauge(Metric.START_TIME, () -> started);
        ProcessMeters.register(metrics);
        journal(metrics, database);
        disk(metrics, data, diskFree);
        backups(metrics, new BackupRecords(data.backups()));
        runner.ifPresent(one -> {
            metrics.gauge(Metric.RUNNER_CONNECTED, () -> one.fault().isEmpty() ? 1 : 0);
            metrics.total(Metric.RUNNER_RECONNECTS, one::reconnects);
        });
    }

    private static void journal(Metrics metrics, Database database) {
        metrics.gauge(Metric.JOURNAL_QUEUE, database::waiting);
        metrics.gauge(Metric.JOURNAL_QUEUE_LIMIT, () -> Database.MOST_WAITING);
        database.tell(new WriteListener() {
            @Override
            public void committed(Duration took, int events) {
                metrics.record(Metric.JOURNAL_COMMIT, took);
                // Probes and tables that are not derived are commits without events.
                if (events > 0) {
                    metrics.record(Metric.JOURNAL_BATCH, events);
                }
            }

            @Override
            public void failed() {
                metrics.count(Metric.JOURNAL_FAILURES);
            }
        });
    }

    /** For whoever keeps the database in shape. */
    static HousekeepingListener housekeeping(Metrics metrics) {
        return new HousekeepingListener() {
            @Override
            public void checkpointed(Duration took) {
                metrics.record(Metric.CHECKPOINT, took);
            }

            @Override
            public void held(Duration took) {
                metrics.record(Metric.HOUSEKEEPING_HELD, took);
            }

            @Override
            public void done(Duration took, long freedBytes) {
                metrics.count(Metric.HOUSEKEEPING_RUNS, "done");
                metrics.add(Metric.DATABASE_FREED, freedBytes);
            }

            @Override
            public void failed() {
                metrics.count(Metric.HOUSEKEEPING_RUNS, "failed");
            }
        };
    }

    static RetentionListener retention(Metrics metrics) {
        return new RetentionListener() {
            @Override
            public void sessionExpired() {
                metrics.count(Metric.SESSIONS_EXPIRED);
            }

            @Override
            public void eventsBuried(int events, long bytes) {
                metrics.add(Metric.EVENTS_EXPIRED, events);
                metrics.add(Metric.EVENTS_EXPIRED_BYTES, bytes);
            }
        };
    }

    static void register(Metrics metrics, Housekeeping housekeeping) {
        metrics.gauge(Metric.DATABASE_FREE, housekeeping::freeBytes);
        if (!housekeeping.runs()) {
            // What never runs is never late. Where something should have gone all the same, a check says so.
            return;
        }
        metrics.gauge(
                Metric.HOUSEKEEPING_LAST,
                () -> housekeeping
                        .last()
                        .finished()
                        .map(at -> at.toEpochMilli() / MILLIS)
                        .orElse(0.0));
        metrics.gauge(
                Metric.HOUSEKEEPING_DURATION, () -> housekeeping.last().took().toMillis() / MILLIS);
    }

    private static void disk(Metrics metrics, DataFolder data, long diskFree) {
        metrics.gauge(Metric.DATABASE_SIZE, data::databaseBytes);
        metrics.gauge(Metric.WAL_SIZE, data::walBytes);
        metrics.gauge(Metric.DISK_FREE, data::freeBytes);
        metrics.gauge(Metric.DISK_SIZE, data::diskBytes);
        metrics.gauge(Metric.DISK_FREE_LIMIT, () -> diskFree);
    }

    /** All are 0 until there is one. */
    private static void backups(Metrics metrics, BackupRecords records) {
        backup(
                metrics,
                Metric.BACKUP_LAST_SUCCESS,
                records,
                backup -> backup.finishedAt().toEpochMilli() / MILLIS);
        backup(metrics, Metric.BACKUP_DURATION, records, LastGood.Backup::seconds);
        backup(metrics, Metric.BACKUP_SIZE, records, LastGood.Backup::bytes);
        backup(metrics, Metric.BACKUP_VERIFIED, records, backup -> backup.verified() && !records.failsTrials() ? 1 : 0);
    }

    private static void backup(
            Metrics metrics, Metric metric, BackupRecords records, ToDoubleFunction<LastGood.Backup> figure) {
        metrics.gauge(
                metric, () -> records.lastGood().map(figure::applyAsDouble).orElse(0.0));
    }
}
