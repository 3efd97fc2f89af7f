package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.helidon.metrics.api.Meter;
import io.helidon.metrics.api.Tag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MetricsTest {
    private final Metrics metrics = new Metrics();

    // ---- the catalogue

    @ParameterizedTest
    @EnumSource(Metric.class)
    void namesFollowTheConventions(Metric metric) {
        assertTrue(metric.exposed().matches("dashboard(_[a-z]+)+"), metric.exposed());
        assertEquals(
                metric.kind() == Metric.Kind.COUNTER || metric.kind() == Metric.Kind.TOTAL,
                metric.exposed().endsWith("_total"),
                metric.exposed());
        assertFalse(metric.exposed().endsWith("_count") || metric.exposed().endsWith("_sum"), metric.exposed());
        if (metric.kind() == Metric.Kind.HISTOGRAM_OF_SECONDS) {
            assertTrue(metric.exposed().endsWith("_seconds"), metric.exposed());
        }
        assertFalse(metric.help().endsWith("."), metric.help());
        assertEquals(metric.buckets().stream().sorted().distinct().toList(), metric.buckets());
    }

    @Test
    void noNameIsUsedTwice() {
        Set<String> names = new HashSet<>();
        for (Metric metric : Metric.values()) {
            assertTrue(names.add(metric.registered()), metric.exposed());
        }
    }

    /** What a server that has seen everything would expose: a bound that a small Prometheus takes without noticing. */
    @Test
    void allTogetherAreFewSeries() {
        long most = 0;
        for (Metric metric : Metric.values()) {
            long series = metric.labels().stream()
                    .mapToLong(label -> label.most() + 1L)
                    .reduce(1, (a, b) -> a * b);
            long lines = metric.buckets().isEmpty() ? 1 : metric.buckets().size() + 4L;
            // A route answers to one or two methods, seldom with more than three classes of status.
            most += metric == Metric.HTTP_REQUESTS ? 150 * 2 * 3 * lines : series * lines;
        }
        assertTrue(most < 12_000, most + " series");
    }

    // ---- bounds of labels

    @Test
    void aValueOutsideOfAClosedSetIsCountedAsOther() {
        metrics.count(Metric.SIGN_INS, "accepted");
        metrics.count(Metric.SIGN_INS, "<script>");
        assertTrue(values(Metric.SIGN_INS, "outcome").contains("other"));
        assertFalse(values(Metric.SIGN_INS, "outcome").contains("<script>"));
    }

    @Test
    void ofAnOpenLabelTheFirstValuesAreKeptAndFurtherOnesAreOther() throws InterruptedException {
        double before = metrics.counted(Metric.COST, "other");
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int from = t * 1000;
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 1000; i++) {
                    metrics.add(Metric.COST, 0.5, "model-" + (from + i));
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        List<String> kept = values(Metric.COST, "model").stream()
                .filter(model -> model.startsWith("model-"))
                .toList();
        assertEquals(20, kept.size());
        double counted = kept.stream()
                .mapToDouble(model -> metrics.counted(Metric.COST, model))
                .sum();
        assertEquals(4000, counted + metrics.counted(Metric.COST, "other") - before, 1e-6);
    }

    @Test
    void labelsMustBeThoseOfTheCatalogue() {
        assertThrows(IllegalArgumentException.class, () -> metrics.count(Metric.SIGN_INS));
        assertThrows(IllegalArgumentException.class, () -> metrics.count(Metric.INCIDENTS, "more"));
        assertThrows(IllegalArgumentException.class, () -> metrics.count(Metric.SUBSCRIBERS));
        assertThrows(IllegalArgumentException.class, () -> metrics.record(Metric.JOURNAL_BATCH, Duration.ofSeconds(1)));
    }

    // ---- values

    @Test
    void histogramsTellHowManyAndHowMuch() {
        Metrics.Observed before = metrics.observed(Metric.CLI_START);
        metrics.record(Metric.CLI_START, Duration.ofMillis(1500));
        metrics.recordNanos(Metric.CLI_START, 500_000_000);
        Metrics.Observed after = metrics.observed(Metric.CLI_START);
        assertEquals(2, after.count() - before.count());
        assertEquals(2.0, after.seconds() - before.seconds(), 1e-9);
    }

    @Test
    void aGaugeThatIsRegisteredAgainTellsTheNewValue() {
        metrics.gauge(Metric.WAL_SIZE, () -> 1);
        metrics.gauge(Metric.WAL_SIZE, () -> 2);
        assertEquals(
                2.0,
                metrics.registry()
                        .gauge(Metric.WAL_SIZE.registered(), List.of())
                        .orElseThrow()
                        .value());
    }

    @Test
    void whatCannotBeReadTakesNothingElseWithIt() {
        metrics.gauge(Metric.DISK_FREE, () -> {
            throw new IllegalStateException("the disk does not answer");
        });
        metrics.gauge(Metric.DISK_SIZE, () -> 7);
        AtomicInteger reads = new AtomicInteger();
        metrics.total(Metric.RUNNER_RECONNECTS, () -> {
            if (reads.incrementAndGet() > 1) {
                throw new IllegalStateException("nobody knows");
            }
            return 5;
        });
        String shown = micrometer().getMeters().stream()
                .flatMap(meter -> StreamSupport.stream(meter.measure().spliterator(), false)
                        .map(one -> meter.getId().getName() + " " + one.getValue()))
                .collect(Collectors.joining("\n"));
        assertTrue(shown.contains("dashboard_disk_free_bytes NaN"), shown);
        assertTrue(shown.contains("dashboard_disk_size_bytes 7.0"), shown);
        assertEquals(
                5,
                micrometer()
                        .get(Metric.RUNNER_RECONNECTS.registered())
                        .functionCounter()
                        .count(),
                "what was known last");
    }

    @Test
    void whatCountsIsShownBeforeItCounts() {
        // Meters are the whole program's, and other tests may have counted.
        Set<String> outcomes = values(Metric.APPROVAL_DELIVERIES, "outcome");
        assertTrue(outcomes.containsAll(Set.of("delivered", "unsettled")), outcomes::toString);
        assertEquals(
                1,
                micrometer().find(Metric.JOURNAL_BATCH.registered()).summaries().size());
    }

    // ---- what the server reads of itself

    @Test
    void whatWasMeasuredIsReadAsTheSumOfItsSeries() {
        double signIns = metrics.value(Metric.SIGN_INS).orElse(0);
        metrics.count(Metric.SIGN_INS, "accepted");
        metrics.add(Metric.SIGN_INS, 2, "limited");
        assertEquals(3, metrics.value(Metric.SIGN_INS).orElseThrow() - signIns, 1e-9);

        metrics.gauge(Metric.SESSIONS, () -> 3, "working");
        metrics.gauge(Metric.SESSIONS, () -> 4, "asking");
        assertEquals(OptionalDouble.of(3), metrics.value(Metric.SESSIONS, "working"));
        assertEquals(OptionalDouble.of(7), metrics.value(Metric.SESSIONS));
        assertEquals(OptionalDouble.empty(), metrics.value(Metric.SESSIONS, "nowhere"));

        metrics.total(Metric.JVM_GC_TIME, () -> 1.5);
        assertEquals(OptionalDouble.of(1.5), metrics.value(Metric.JVM_GC_TIME));

        Metrics.Sum requests = metrics.sum(Metric.HTTP_REQUESTS);
        metrics.record(Metric.HTTP_REQUESTS, Duration.ofMillis(250), "GET", "/a", "2xx");
        metrics.record(Metric.HTTP_REQUESTS, Duration.ofMillis(500), "GET", "/b", "4xx");
        assertEquals(2, metrics.sum(Metric.HTTP_REQUESTS).count() - requests.count(), 1e-9);
        assertEquals(0.75, metrics.sum(Metric.HTTP_REQUESTS).sum() - requests.sum(), 1e-9);

        Metrics.Sum batches = metrics.sum(Metric.JOURNAL_BATCH);
        metrics.record(Metric.JOURNAL_BATCH, 12);
        assertEquals(12, metrics.sum(Metric.JOURNAL_BATCH).sum() - batches.sum(), 1e-9);
    }

    private io.micrometer.core.instrument.MeterRegistry micrometer() {
        return metrics.registry().unwrap(io.micrometer.core.instrument.MeterRegistry.class);
    }

    private Set<String> values(Metric metric, String label) {
        Set<String> values = new HashSet<>();
        for (Meter meter : metrics.registry().meters(List.of("application"))) {
            if (meter.id().name().equals(metric.registered())) {
                StreamSupport.stream(meter.id().tags().spliterator(), false)
                        .filter(tag -> tag.key().equals(label))
                        .map(Tag::value)
                        .forEach(values::add);
            }
        }
        return values;
    }
}
