package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProcessMetersTest {
    private final Metrics metrics = new Metrics();
    private final MeterRegistry meters = metrics.registry().unwrap(MeterRegistry.class);

    @BeforeEach
    void register() {
        ProcessMeters.register(metrics);
    }

    /** The processor time of a test has been seconds by now, and its heap megabytes. */
    @ParameterizedTest
    @EnumSource(
            names = {
                "JVM_MEMORY_LIMIT",
                "JVM_THREADS",
                "JVM_SCHEDULER_PARALLELISM",
                "PROCESS_RESIDENT",
                "PROCESS_OPEN_FILES",
                "PROCESS_OPEN_FILES_LIMIT"
            })
    void tellsWhatTheProcessHas(Metric metric) {
        assertTrue(meters.get(metric.registered()).gauge().value() > 0, metric.exposed());
    }

    @Test
    void timeAndMemoryAreInSecondsAndBytes() {
        double cpu =
                meters.get(Metric.PROCESS_CPU.registered()).functionCounter().count();
        double uptime = ManagementFactory.getRuntimeMXBean().getUptime() / 1e3;
        assertTrue(cpu > 0.1 && cpu < uptime * Runtime.getRuntime().availableProcessors() + 1, cpu + " s of " + uptime);
        double resident =
                meters.get(Metric.PROCESS_RESIDENT.registered()).gauge().value();
        double heap = meters.get(Metric.JVM_MEMORY_USED.registered())
                .tag("area", "heap")
                .gauge()
                .value();
        assertTrue(heap > 1 << 20 && heap < resident, heap + " of " + resident);
    }

    /** The library holds what it reads from only weakly. */
    @Test
    void aTotalIsReadAnewAlsoAfterACollection() {
        double before = meters.get(Metric.JVM_GC_COLLECTIONS.registered())
                .functionCounter()
                .count();
        System.gc();
        System.gc();
        double after = meters.get(Metric.JVM_GC_COLLECTIONS.registered())
                .functionCounter()
                .count();
        assertTrue(after >= before + 2, before + " " + after);
        assertEquals(
                after,
                meters.get(Metric.JVM_GC_COLLECTIONS.registered())
                        .functionCounter()
                        .count(),
                1);
    }
}
