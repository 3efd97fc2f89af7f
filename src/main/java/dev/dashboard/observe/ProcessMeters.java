package dev.dashboard.observe;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import jdk.management.VirtualThreadSchedulerMXBean;

/** What the JVM and the system say of this process. Everything is read at each look; nothing is kept. */
public final class ProcessMeters {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";
    private static final double MILLIS = 1e3;
    private static final double NANOS = 1e9;

    private ProcessMeters() {}

    /** Registers them; what this system does not tell is left out. */
    public static void register(Metrics metrics) {
        memory(metrics, ManagementFactory.getMemoryMXBean());
        metrics.total(Metric.JVM_GC_TIME, () -> collectors(GarbageCollectorMXBean::getCollectionTime) / MILLIS);
        metrics.total(Metric.JVM_GC_COLLECTIONS, () -> collectors(GarbageCollectorMXBean::getCollectionCount));
        metrics.gauge(
                Metric.JVM_THREADS, () -> ManagementFactory.getThreadMXBean().getThreadCount());
        scheduler(metrics, ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class));
        system(metrics, ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class));
    }

    private static void memory(Metrics metrics, MemoryMXBean memory) {
        metrics.gauge(Metric.JVM_MEMORY_USED, () -> memory.getHeapMemoryUsage().getUsed(), "heap");
        metrics.gauge(
                Metric.JVM_MEMORY_USED, () -> memory.getNonHeapMemoryUsage().getUsed(), "nonheap");
        metrics.gauge(Metric.JVM_MEMORY_LIMIT, () -> memory.getHeapMemoryUsage().getMax());
    }

    /** A collector that does not count says -1. */
    private static double collectors(ToLongFunction<GarbageCollectorMXBean> figure) {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(figure)
                .filter(value -> value > 0)
                .sum();
    }

    private static void scheduler(Metrics metrics, VirtualThreadSchedulerMXBean scheduler) {
        metrics.gauge(Metric.JVM_VIRTUAL_THREADS_MOUNTED, scheduler::getMountedVirtualThreadCount);
        metrics.gauge(Metric.JVM_VIRTUAL_THREADS_QUEUED, scheduler::getQueuedVirtualThreadCount);
        metrics.gauge(Metric.JVM_SCHEDULER_PARALLELISM, scheduler::getParallelism);
    }

    private static void system(Metrics metrics, OperatingSystemMXBean system) {
        metrics.total(Metric.PROCESS_CPU, () -> system.getProcessCpuTime() / NANOS);
        if (system instanceof UnixOperatingSystemMXBean unix) {
            metrics.gauge(Metric.PROCESS_OPEN_FILES, unix::getOpenFileDescriptorCount);
            metrics.gauge(Metric.PROCESS_OPEN_FILES_LIMIT, unix::getMaxFileDescriptorCount);
        }
        if (Files.isReadable(STATUS)) {
            metrics.gauge(Metric.PROCESS_RESIDENT, ProcessMeters::resident);
        }
    }

    private static long resident() {
        try (Stream<String> lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith(RESIDENT))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no " + RESIDENT + " in " + STATUS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
