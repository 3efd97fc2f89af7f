package dev.dashboard.observe;

import dev.dashboard.run.Worker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * How the main figures moved in the last half hour, for whoever looks at the server itself and has no monitoring at hand. Each is read
 * every five seconds; what was not measured in an interval, or could not be, has no value there.
 *
 * <p>Owns the samples, at most {@value #KEPT}, and one thread. Safe for all threads.
 */
public final class Figures implements AutoCloseable {
    /** From one sample to the next. */
    public static final Duration INTERVAL = Duration.ofSeconds(5);
    /** Samples kept: half an hour. */
    public static final int KEPT = 360;

    /** Reads a figure; by one thread, which knows how many seconds have passed since it read last. */
    @FunctionalInterface
    public interface Source {
        OptionalDouble read(double seconds);
    }

    /**
     * One line of the list.
     *
     * @param unit {@code number, per-second, seconds, bytes, cores}
     * @param limit what it cannot go beyond, read when somebody looks; empty without such
     */
    public record Figure(String name, String unit, Supplier<OptionalDouble> limit, Source source) {
        public static Figure of(String name, String unit, Source source) {
            return new Figure(name, unit, OptionalDouble::empty, source);
        }

        public Figure within(Supplier<OptionalDouble> most) {
            return new Figure(name, unit, most, source);
        }
    }

    /** What was read at one moment, to the millisecond, in the order of the figures. */
    public record Sample(Instant time, List<OptionalDouble> values) {
        public Sample {
            time = time.truncatedTo(ChronoUnit.MILLIS);
            values = List.copyOf(values);
        }
    }

    /** As it stands. */
    public static Source now(Supplier<OptionalDouble> value) {
        return _ -> value.get();
    }

    /** How much of a total that only grows came in each second; empty when hardly any time has passed. */
    public static Source rate(DoubleSupplier total) {
        Growth growth = new Growth(total);
        return seconds -> {
            double more = growth.next();
            return seconds >= 1 ? OptionalDouble.of(more / seconds) : OptionalDouble.empty();
        };
    }

    /** The mean of what was measured since the last time; empty when nothing was. */
    public static Source mean(DoubleSupplier sum, DoubleSupplier count) {
        Growth sums = new Growth(sum);
        Growth counts = new Growth(count);
        return _ -> {
            double more = sums.next();
            double measured = counts.next();
            return measured > 0 ? OptionalDouble.of(more / measured) : OptionalDouble.empty();
        };
    }

    /** Of one thread. */
    private static final class Growth {
        private final DoubleSupplier total;
        private double last;

        Growth(DoubleSupplier total) {
            this.total = total;
            this.last = total.getAsDouble();
        }

        double next() {
            double before = last;
            last = total.getAsDouble();
            return last - before;
        }
    }

    private final List<Figure> figures;
    private final Clock clock;
    private final ArrayDeque<Sample> samples = new ArrayDeque<>(KEPT);
    private Instant last;
    private Worker worker;

    /** @param clock one that never goes back: the samples are told apart by their time */
    Figures(List<Figure> figures, Clock clock) {
        this.figures = List.copyOf(figures);
        this.clock = clock;
        this.last = clock.instant();
    }

    /** Begins to read what is measured. */
    public static Figures start(Metrics metrics, Clock clock) {
        Figures started = new Figures(main(metrics), clock);
        started.worker = Worker.virtual("figures", started::run);
        return started;
    }

    /** What says most of how the server does; the page that shows them has words for each. */
    static List<Figure> main(Metrics metrics) {
        return List.of(
                Figure.of("sessions-working", "number", gauge(metrics, Metric.SESSIONS, "working")),
                Figure.of("sessions-asking", "number", gauge(metrics, Metric.SESSIONS, "asking")),
                Figure.of("approvals-pending", "number", gauge(metrics, Metric.APPROVALS_PENDING)),
                Figure.of("cli-processes", "number", gauge(metrics, Metric.CLI_PROCESSES))
                        .within(() -> metrics.value(Metric.CLI_PROCESSES_LIMIT)),
                Figure.of("cli-memory", "bytes", gauge(metrics, Metric.CLI_RESIDENT)),
                Figure.of("subscribers", "number", gauge(metrics, Metric.SUBSCRIBERS))
                        .within(() -> metrics.value(Metric.SUBSCRIBERS_LIMIT)),
                Figure.of("journal-commit", "seconds", means(metrics, Metric.JOURNAL_COMMIT)),
                Figure.of("delivery", "seconds", means(metrics, Metric.DELIVERY)),
                Figure.of(
                        "events",
                        "per-second",
                        rate(() -> metrics.sum(Metric.JOURNAL_BATCH).sum())),
                Figure.of(
                        "requests",
                        "per-second",
                        rate(() -> metrics.sum(Metric.HTTP_REQUESTS).count())),
                Figure.of(
                                "cpu",
                                "cores",
                                rate(() -> metrics.value(Metric.PROCESS_CPU).orElse(Double.NaN)))
                        .within(() -> OptionalDouble.of(Runtime.getRuntime().availableProcessors())),
                Figure.of("heap", "bytes", gauge(metrics, Metric.JVM_MEMORY_USED, "heap"))
                        .within(() -> metrics.value(Metric.JVM_MEMORY_LIMIT)),
                Figure.of("disk-free", "bytes", gauge(metrics, Metric.DISK_FREE)));
    }

    private static Source gauge(Metrics metrics, Metric metric, String... values) {
        return now(() -> metrics.value(metric, values));
    }

    private static Source means(Metrics metrics, Metric metric) {
        return mean(() -> metrics.sum(metric).sum(), () -> metrics.sum(metric).count());
    }

    private void run() throws InterruptedException {
        Instant due = clock.instant();
        sample();
        while (true) {
            due = due.plus(INTERVAL);
            Duration wait = Duration.between(clock.instant(), due);
            if (wait.isNegative()) {
                // The machine slept, or had no time: what was missed stays missing.
                due = clock.instant();
            } else {
                Thread.sleep(wait);
            }
            sample();
        }
    }

    /** Reads all figures now. */
    void sample() {
        Instant now = clock.instant();
        double seconds = Duration.between(last, now).toNanos() / 1e9;
        last = now;
        List<OptionalDouble> values = new ArrayList<>(figures.size());
        figures.forEach(figure -> values.add(read(figure, seconds)));
        keep(new Sample(now, values));
    }

    /** One that cannot be read leaves a gap and takes nothing from the others. */
    private static OptionalDouble read(Figure figure, double seconds) {
        try {
            OptionalDouble value = figure.source().read(seconds);
            return value.isPresent() && Double.isFinite(value.getAsDouble()) ? value : OptionalDouble.empty();
        } catch (RuntimeException e) {
            return OptionalDouble.empty();
        }
    }

    private synchronized void keep(Sample sample) {
        if (samples.size() == KEPT) {
            samples.removeFirst();
        }
        samples.addLast(sample);
    }

    /** What is read, in the order of the values. */
    public List<Figure> figures() {
        return figures;
    }

    /** Those that were taken later, oldest first. */
    public synchronized List<Sample> after(Instant time) {
        return samples.stream().filter(sample -> sample.time().isAfter(time)).toList();
    }

    @Override
    public void close() {
        if (worker != null) {
            worker.close();
        }
    }
}
