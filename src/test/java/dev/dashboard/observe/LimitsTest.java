package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.observe.Limits.Limit;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LimitsTest {
    private final Metrics metrics = new Metrics();
    private final Limits limits = new Limits(metrics);

    @Test
    void eachBoundStandsWithWhatIsTakenOfItAndTheKeyThatSetsIt() {
        metrics.gauge(Metric.CLI_PROCESSES, () -> 3);
        metrics.gauge(Metric.CLI_PROCESSES_LIMIT, () -> 20);
        metrics.gauge(Metric.JVM_MEMORY_USED, () -> 5 << 20, "heap");
        metrics.gauge(Metric.JVM_MEMORY_USED, () -> 70 << 20, "nonheap");
        metrics.gauge(Metric.JVM_MEMORY_LIMIT, () -> 50 << 20);

        assertEquals(
                new Limit("cli-processes", 3, 20, "number", Optional.of("cli.max-processes")), now("cli-processes"));
        assertEquals(new Limit("heap-memory", 5 << 20, 50 << 20, "bytes", Optional.empty()), now("heap-memory"));
    }

    /** A disk of 100 of which 30 are free, and readiness wants 10: 70 of the 90 that may be taken are. */
    @Test
    void theDiskIsFullWhenReadinessSaysSo() {
        metrics.gauge(Metric.DISK_SIZE, () -> 100);
        metrics.gauge(Metric.DISK_FREE, () -> 30);
        metrics.gauge(Metric.DISK_FREE_LIMIT, () -> 10);

        assertEquals(new Limit("disk", 70, 90, "bytes", Optional.of("limits.disk-free")), now("disk"));
    }

    @Test
    void whatIsNotMeasuredOrHasNoBoundIsLeftOut() {
        metrics.gauge(Metric.PROCESS_OPEN_FILES, () -> 12);
        metrics.gauge(Metric.PROCESS_OPEN_FILES_LIMIT, () -> -1);
        metrics.gauge(Metric.JOURNAL_QUEUE, () -> Double.NaN);
        metrics.gauge(Metric.JOURNAL_QUEUE_LIMIT, () -> 10);

        Map<String, Limit> all = all();
        assertTrue(!all.containsKey("open-files") && !all.containsKey("journal-queue"), all::toString);
    }

    private Limit now(String name) {
        return all().get(name);
    }

    private Map<String, Limit> all() {
        return limits.now().stream().collect(Collectors.toMap(Limit::name, Function.identity()));
    }
}
