package dev.dashboard.observe;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** How full everything is that has a bound, by what is measured; the catalogue has each with its own. Any thread. */
public final class Limits {
    /**
     * One bound.
     *
     * @param unit {@code number, bytes}
     * @param key of the configuration that sets it; empty where it is the machine's or fixed
     */
    public record Limit(String name, double used, double limit, String unit, Optional<String> key) {}

    private final Metrics metrics;

    public Limits(Metrics metrics) {
        this.metrics = metrics;
    }

    /** Those that are measured here: a server without a gateway has none for it. */
    public List<Limit> now() {
        return Stream.of(
                        count("cli-processes", Metric.CLI_PROCESSES, Metric.CLI_PROCESSES_LIMIT, "cli.max-processes"),
                        limit(
                                "session-queue",
                                metrics.value(Metric.SESSIONS, "queued"),
                                metrics.value(Metric.SESSION_QUEUE_LIMIT),
                                "number",
                                "cli.max-queued"),
                        count(
                                "model-requests",
                                Metric.MODEL_REQUESTS_IN_FLIGHT,
                                Metric.MODEL_REQUESTS_LIMIT,
                                "gateway.max-requests"),
                        count("subscribers", Metric.SUBSCRIBERS, Metric.SUBSCRIBERS_LIMIT, "stream.max-subscribers"),
                        count("connections", Metric.CONNECTIONS, Metric.CONNECTIONS_LIMIT, "limits.connections"),
                        count("journal-queue", Metric.JOURNAL_QUEUE, Metric.JOURNAL_QUEUE_LIMIT, ""),
                        disk(),
                        limit(
                                "heap-memory",
                                metrics.value(Metric.JVM_MEMORY_USED, "heap"),
                                metrics.value(Metric.JVM_MEMORY_LIMIT),
                                "bytes",
                                ""),
                        count("open-files", Metric.PROCESS_OPEN_FILES, Metric.PROCESS_OPEN_FILES_LIMIT, ""))
                .flatMap(Optional::stream)
                .toList();
    }

    private Optional<Limit> count(String name, Metric used, Metric limit, String key) {
        return limit(name, metrics.value(used), metrics.value(limit), "number", key);
    }

    /** Full when no more is left than readiness wants, which is before there is nothing. */
    private Optional<Limit> disk() {
        OptionalDouble free = metrics.value(Metric.DISK_FREE);
        OptionalDouble size = metrics.value(Metric.DISK_SIZE);
        OptionalDouble kept = metrics.value(Metric.DISK_FREE_LIMIT);
        if (free.isEmpty() || size.isEmpty() || kept.isEmpty()) {
            return Optional.empty();
        }
        return limit(
                "disk",
                OptionalDouble.of(size.getAsDouble() - free.getAsDouble()),
                OptionalDouble.of(size.getAsDouble() - kept.getAsDouble()),
                "bytes",
                "limits.disk-free");
    }

    private static Optional<Limit> limit(
            String name, OptionalDouble used, OptionalDouble limit, String unit, String key) {
        if (!isMeasured(used) || !isMeasured(limit) || limit.getAsDouble() <= 0) {
            return Optional.empty();
        }
        return Optional.of(new Limit(
                name,
                used.getAsDouble(),
                limit.getAsDouble(),
                unit,
                Optional.of(key).filter(text -> !text.isEmpty())));
    }

    private static boolean isMeasured(OptionalDouble value) {
        return value.isPresent() && Double.isFinite(value.getAsDouble());
    }
}
