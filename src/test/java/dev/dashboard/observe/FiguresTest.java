package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.observe.Figures.Figure;
import dev.dashboard.observe.Figures.Sample;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class FiguresTest {
    private static final Instant BEGIN = Instant.parse("2026-01-02T03:04:05.678Z");

    private Instant now = BEGIN;
    private double total = 100;
    private double count = 10;

    @Test
    void aRateIsWhatCameInEachSecondSinceTheLastSample() {
        Figures figures = figures(Figure.of("events", "per-second", Figures.rate(() -> total)));
        total = 120;
        assertEquals(4, next(figures, 5));
        total = 150;
        assertEquals(3, next(figures, 10));
        assertEquals(0, next(figures, 5));
    }

    @Test
    void aMeanIsOfWhatWasMeasuredSinceTheLastSampleAndNothingWhenNothingWas() {
        Figures figures = figures(Figure.of("commit", "seconds", Figures.mean(() -> total, () -> count)));
        total += 0.6;
        count += 3;
        assertEquals(0.2, next(figures, 5), 1e-9);
        assertEquals(Double.NaN, next(figures, 5));
    }

    @Test
    void whatCannotBeReadLeavesAGapAndTakesNothingFromTheOthers() {
        Figures figures = figures(
                Figure.of("broken", "number", _ -> {
                    throw new IllegalStateException("no such meter");
                }),
                Figure.of("endless", "number", _ -> OptionalDouble.of(Double.POSITIVE_INFINITY)),
                Figure.of("whole", "number", Figures.now(() -> OptionalDouble.of(7))));
        next(figures, 5);
        assertEquals(
                List.of(OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.of(7)),
                figures.after(Instant.EPOCH).getFirst().values());
    }

    @Test
    void theNewestHalfHourIsKeptAndReadInPagesByTime() {
        Figures figures = figures(Figure.of("count", "number", Figures.now(() -> OptionalDouble.of(count))));
        for (int i = 0; i < 400; i++) {
            next(figures, 5);
        }
        List<Sample> all = figures.after(Instant.EPOCH);
        assertEquals(360, all.size());
        assertEquals(BEGIN.plusSeconds(41 * 5), all.getFirst().time());
        assertEquals(BEGIN.plusSeconds(400 * 5), all.getLast().time());
        assertEquals(all.subList(358, 360), figures.after(all.get(357).time()));
        assertEquals(List.of(), figures.after(all.getLast().time()));
        assertEquals(Duration.ofMinutes(30), Figures.INTERVAL.multipliedBy(Figures.KEPT));
    }

    @Test
    void theMainFiguresAreReadFromTheMetrics() {
        Metrics metrics = new Metrics();
        metrics.gauge(Metric.SESSIONS, () -> 2, "working");
        metrics.gauge(Metric.CLI_PROCESSES_LIMIT, () -> 20);
        List<Figure> main = Figures.main(metrics);
        Figures figures = new Figures(main, clock());
        metrics.record(Metric.JOURNAL_COMMIT, Duration.ofMillis(4));
        metrics.record(Metric.JOURNAL_BATCH, 30);
        next(figures, 10);
        List<OptionalDouble> values = figures.after(Instant.EPOCH).getFirst().values();
        assertEquals(2, values.get(place(main, "sessions-working")).orElseThrow());
        assertEquals(0.004, values.get(place(main, "journal-commit")).orElseThrow(), 1e-9);
        assertEquals(3, values.get(place(main, "events")).orElseThrow(), 1e-9);
        assertEquals(
                OptionalDouble.of(20),
                main.get(place(main, "cli-processes")).limit().get());
    }

    private static int place(List<Figure> main, String name) {
        return main.stream().map(Figure::name).toList().indexOf(name);
    }

    private Figures figures(Figure... list) {
        return new Figures(List.of(list), clock());
    }

    /** The value of the first figure after so many seconds; NaN for none. */
    private double next(Figures figures, int seconds) {
        now = now.plusSeconds(seconds);
        figures.sample();
        return figures.after(now.minusMillis(1)).getLast().values().getFirst().orElse(Double.NaN);
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public Instant instant() {
                return now;
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException("UTC only");
            }
        };
    }
}
