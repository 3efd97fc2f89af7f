package dev.dashboard.observe;

import dev.dashboard.observe.Metric.Kind;
import io.helidon.metrics.api.Counter;
import io.helidon.metrics.api.DistributionStatisticsConfig;
import io.helidon.metrics.api.DistributionSummary;
import io.helidon.metrics.api.Gauge;
import io.helidon.metrics.api.Meter;
import io.helidon.metrics.api.MeterRegistry;
import io.helidon.metrics.api.MetricsConfig;
import io.helidon.metrics.api.MetricsFactory;
import io.helidon.metrics.api.Tag;
import io.helidon.metrics.api.Timer;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.search.Search;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Takes what is measured, each under an entry of {@link Metric}, with a value for each of its labels in their order. Values outside of a
 * label's bound are counted as {@code other}, so the number of time series is known beforehand whatever comes in.
 *
 * <p>Safe for all threads. A record costs a look-up and an atomic addition; gauges are read when somebody looks, and must answer at once.
 */
public final class Metrics {
    private static final Logger LOG = System.getLogger(Metrics.class.getName());
    /** Without the scopes that the library would fill by itself: names that Prometheus' own check refuses, and no catalogue. */
    private static final MetricsConfig OWN_ALONE = MetricsConfig.builder()
            .scoping(scoping -> scoping.putScope(
                            Meter.Scope.BASE,
                            scope -> scope.name(Meter.Scope.BASE).enabled(false))
                    .putScope(
                            Meter.Scope.VENDOR,
                            scope -> scope.name(Meter.Scope.VENDOR).enabled(false)))
            .build();

    private static final double[] NONE = {};
    private static final Duration SELDOM = Duration.ofMinutes(10);

    /** The library's own: it complains in the log about meters of any second registry. */
    private final MeterRegistry registry = MetricsFactory.getInstance().globalRegistry(OWN_ALONE);

    private final Map<Series, Meter> meters = new ConcurrentHashMap<>();
    private final Map<Label, Set<String>> learnt = new ConcurrentHashMap<>();
    private final Map<Series, Total> totals = new ConcurrentHashMap<>();
    /** When a metric that cannot be read was last logged. */
    private final Map<Metric, Long> complaints = new ConcurrentHashMap<>();

    private record Series(Metric metric, List<String> values) {}

    /**
     * Begins at nought what counts and whose series are known: one that appears with its first count has not grown yet, and an alert on its
     * growth would miss it.
     */
    public Metrics() {
        for (Metric metric : Metric.values()) {
            if (metric.kind().isRecorded() && metric.labels().stream().allMatch(Label::closed)) {
                combinations(metric.labels()).forEach(values -> meter(new Series(metric, values)));
            }
        }
    }

    /** All that closed labels may say together, {@link Label#OTHER} aside. */
    private static List<List<String>> combinations(List<Label> labels) {
        List<List<String>> all = List.of(List.of());
        for (Label label : labels) {
            all = all.stream()
                    .flatMap(before -> label.values().stream()
                            .map(value -> Stream.concat(before.stream(), Stream.of(value))
                                    .toList()))
                    .toList();
        }
        return all;
    }

    /** For the endpoint that shows them. */
    public MeterRegistry registry() {
        return registry;
    }

    /** One more. */
    public void count(Metric metric, String... values) {
        add(metric, 1, values);
    }

    /** So many more, fractions included; not negative. */
    public void add(Metric metric, double amount, String... values) {
        // The library's own counter takes whole numbers only.
        counter(metric, values)
                .unwrap(io.micrometer.core.instrument.Counter.class)
                .increment(amount);
    }

    /** One observation of a histogram of seconds. */
    public void record(Metric metric, Duration took, String... values) {
        timer(metric, values).record(took);
    }

    /** As {@link #record(Metric, Duration, String...)}, in nanoseconds, for where there are many. */
    public void recordNanos(Metric metric, long nanos, String... values) {
        timer(metric, values).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** One observation of a histogram of amounts. */
    public void record(Metric metric, double amount, String... values) {
        summary(metric, values).record(amount);
    }

    /** A value that is asked for at each look; one that was registered before is replaced. */
    public void gauge(Metric metric, Supplier<? extends Number> value, String... values) {
        Series series = series(metric, Kind.GAUGE, values);
        registry.remove(metric.registered(), tags(series));
        registry.getOrCreate(Gauge.builder(
                        metric.registered(),
                        () -> read(metric, () -> value.get().doubleValue(), Double.NaN))
                .description(metric.help())
                .tags(tags(series)));
    }

    /** A number that somebody else adds up and that is asked for at each look; one that was registered before is replaced. */
    public void total(Metric metric, DoubleSupplier total, String... values) {
        Series series = series(metric, Kind.TOTAL, values);
        Total source = new Total(total);
        totals.put(series, source);
        FunctionCounter.Builder<Total> builder = FunctionCounter.builder(
                        metric.registered(), source, known -> known.read(metric))
                .description(metric.help())
                .tag("scope", "application");
        tags(series).forEach(tag -> builder.tag(tag.key(), tag.value()));
        // The library's own takes whole numbers only.
        io.micrometer.core.instrument.MeterRegistry below =
                registry.unwrap(io.micrometer.core.instrument.MeterRegistry.class);
        synchronized (totals) {
            below.remove(builder.register(below));
            builder.register(below);
        }
    }

    /** How much a counter has counted; 0 for what never was. */
    public double counted(Metric metric, String... values) {
        return counter(metric, values)
                .unwrap(io.micrometer.core.instrument.Counter.class)
                .count();
    }

    /** How many observations a histogram of seconds has, and their sum. */
    public Observed observed(Metric metric, String... values) {
        Timer timer = timer(metric, values);
        return new Observed(timer.count(), timer.totalTime(TimeUnit.NANOSECONDS) / 1e9);
    }

    /** @param seconds the sum of all */
    public record Observed(long count, double seconds) {}

    // ---- what was measured, for the server itself

    /**
     * What a gauge says, or a counter has counted: the sum of the series that have these values, of all without any. Empty when there is
     * no such series.
     */
    public OptionalDouble value(Metric metric, String... values) {
        return found(metric, values).stream()
                .map(meter -> meter.match(
                        io.micrometer.core.instrument.Gauge::value,
                        io.micrometer.core.instrument.Counter::count,
                        _ -> Double.NaN,
                        _ -> Double.NaN,
                        _ -> Double.NaN,
                        _ -> Double.NaN,
                        FunctionCounter::count,
                        _ -> Double.NaN,
                        _ -> Double.NaN))
                .reduce(Double::sum)
                .map(OptionalDouble::of)
                .orElse(OptionalDouble.empty());
    }

    /** How many observations a histogram has in all its series, and their sum, be it seconds or amounts. */
    public Sum sum(Metric metric) {
        double count = 0;
        double sum = 0;
        for (io.micrometer.core.instrument.Meter meter : found(metric)) {
            if (meter instanceof io.micrometer.core.instrument.Timer timer) {
                count += timer.count();
                sum += timer.totalTime(TimeUnit.NANOSECONDS) / 1e9;
            } else if (meter instanceof io.micrometer.core.instrument.DistributionSummary amounts) {
                count += amounts.count();
                sum += amounts.totalAmount();
            }
        }
        return new Sum(count, sum);
    }

    public record Sum(double count, double sum) {}

    private Collection<io.micrometer.core.instrument.Meter> found(Metric metric, String... values) {
        Search search = registry.unwrap(io.micrometer.core.instrument.MeterRegistry.class)
                .find(metric.registered());
        for (int i = 0; i < values.length; i++) {
            search = search.tag(metric.labels().get(i).name(), values[i]);
        }
        return search.meters();
    }

    // ---- what is read at each look

    /** What somebody else adds up. The library does not keep it from being collected; this class does. */
    private final class Total {
        private final DoubleSupplier total;
        private volatile double last;

        Total(DoubleSupplier total) {
            this.total = total;
        }

        double read(Metric metric) {
            last = Metrics.this.read(metric, total, last);
            return last;
        }
    }

    /** One that cannot be read must not take the others with it; it is logged now and then. */
    private double read(Metric metric, DoubleSupplier value, double otherwise) {
        try {
            return value.getAsDouble();
        } catch (RuntimeException e) {
            long now = System.nanoTime();
            Long told = complaints.get(metric);
            if (told == null || now - told > SELDOM.toNanos()) {
                complaints.put(metric, now);
                LOG.log(Level.WARNING, "metric not read name=" + metric.exposed(), e);
            }
            return otherwise;
        }
    }

    // ---- one meter for each series

    private Counter counter(Metric metric, String... values) {
        return (Counter) meter(series(metric, Kind.COUNTER, values));
    }

    private Timer timer(Metric metric, String... values) {
        return (Timer) meter(series(metric, Kind.HISTOGRAM_OF_SECONDS, values));
    }

    private DistributionSummary summary(Metric metric, String... values) {
        return (DistributionSummary) meter(series(metric, Kind.HISTOGRAM, values));
    }

    private Meter meter(Series series) {
        return meters.computeIfAbsent(series, this::create);
    }

    private Meter create(Series series) {
        Metric metric = series.metric();
        return switch (metric.kind()) {
            case COUNTER ->
                registry.getOrCreate(Counter.builder(metric.registered())
                        .description(metric.help())
                        .tags(tags(series)));
            case HISTOGRAM_OF_SECONDS ->
                registry.getOrCreate(Timer.builder(metric.registered())
                        .description(metric.help())
                        // Percentiles cost at each record and cannot be added up over servers; buckets can.
                        .percentiles(NONE)
                        .buckets(metric.buckets().stream()
                                .map(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                                .toArray(Duration[]::new))
                        .tags(tags(series)));
            case HISTOGRAM ->
                registry.getOrCreate(DistributionSummary.builder(
                                metric.registered(),
                                DistributionStatisticsConfig.builder()
                                        .percentiles(NONE)
                                        .buckets(metric.buckets()))
                        .description(metric.help())
                        .tags(tags(series)));
            case GAUGE, TOTAL -> throw new IllegalArgumentException(metric + " is read, not recorded");
        };
    }

    private Series series(Metric metric, Kind kind, String... values) {
        if (metric.kind() != kind || metric.labels().size() != values.length) {
            throw new IllegalArgumentException(metric + " is a " + metric.kind() + " with the labels " + metric.labels()
                    + ", not " + kind + " " + Arrays.toString(values));
        }
        List<String> bounded = new ArrayList<>(values.length);
        for (int i = 0; i < values.length; i++) {
            bounded.add(bounded(metric.labels().get(i), values[i]));
        }
        return new Series(metric, bounded);
    }

    private String bounded(Label label, String value) {
        if (label.closed()) {
            return label.values().contains(value) ? value : Label.OTHER;
        }
        Set<String> known = learnt.computeIfAbsent(label, _ -> ConcurrentHashMap.newKeySet());
        if (known.contains(value) || value.equals(Label.OTHER)) {
            return value;
        }
        synchronized (known) {
            return known.size() < label.most() && known.add(value) ? value : Label.OTHER;
        }
    }

    private static List<Tag> tags(Series series) {
        List<Tag> tags = new ArrayList<>();
        for (int i = 0; i < series.values().size(); i++) {
            tags.add(Tag.create(
                    series.metric().labels().get(i).name(), series.values().get(i)));
        }
        return tags;
    }
}
