package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.observe.Health.Check;
import dev.dashboard.observe.Health.Effect;
import dev.dashboard.observe.Health.Finding;
import dev.dashboard.support.Await;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HealthTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    private static Check check(String name, Effect effect, Supplier<Optional<String>> fault) {
        return Check.asked(name, effect, "runbooks/Some.md", fault);
    }

    private static Health health(Check... checks) {
        return new Health(List.of(checks), Duration.ZERO, SHORT);
    }

    private static Optional<String> fault(Health health, String name) {
        return health.findings().stream()
                .filter(finding -> finding.name().equals(name))
                .findFirst()
                .flatMap(Finding::fault);
    }

    private static Supplier<Optional<String>> fails() {
        return () -> Optional.of("it fails");
    }

    @Test
    void theEffectOfACheckSaysWhatItsFailingMeans() {
        Health dead = health(check("a", Effect.DEAD, fails()));
        assertFalse(dead.live());
        assertFalse(dead.ready(), "who is dead gets no requests either");
        Health unready = health(check("a", Effect.UNREADY, fails()));
        assertTrue(unready.live());
        assertFalse(unready.ready());
        Health degraded = health(check("a", Effect.DEGRADED, fails()));
        assertTrue(degraded.live());
        assertTrue(degraded.ready());
        assertEquals(Optional.of("it fails"), fault(degraded, "a"));
    }

    @Test
    void itHasStartedWhenItIsToldSo() {
        Health health = health();
        assertFalse(health.hasStarted());
        health.started();
        assertTrue(health.hasStarted());
    }

    @Test
    void aCheckThatHangsFailsAloneAndIsRunOnce() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        Health health = health(
                check("hangs", Effect.UNREADY, () -> {
                    runs.incrementAndGet();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return Optional.empty();
                }),
                check("well", Effect.UNREADY, Optional::empty));
        for (int i = 0; i < 3; i++) {
            assertTrue(fault(health, "hangs").orElseThrow().startsWith("no answer"));
            assertEquals(Optional.empty(), fault(health, "well"));
        }
        assertEquals(1, runs.get());
        never.countDown();
        Await.until("it is well", () -> fault(health, "hangs").isEmpty());
    }

    @Test
    void aCheckThatCannotBeRunHasNotShownThatAllIsWell() {
        Health health = health(
                check("asked", Effect.UNREADY, () -> {
                    throw new IllegalStateException("secret detail");
                }),
                Check.known("known", Effect.UNREADY, "runbooks/Some.md", () -> {
                    throw new StackOverflowError("secret detail");
                }));
        assertEquals(Optional.of("the check failed: IllegalStateException"), fault(health, "asked"));
        assertEquals(Optional.of("the check failed: StackOverflowError"), fault(health, "known"));
    }

    @Test
    void anAnswerHoldsForAWhileHoweverOftenAndByHowManyItIsAsked() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Health health = new Health(
                List.of(check("a", Effect.UNREADY, () -> {
                    runs.incrementAndGet();
                    return Optional.empty();
                })),
                Duration.ofMinutes(1));
        List<Thread> askers = IntStream.range(0, 50)
                .mapToObj(_ -> Thread.ofVirtual().start(health::ready))
                .toList();
        for (Thread asker : askers) {
            asker.join();
        }
        assertEquals(1, runs.get());
    }

    @Test
    void aScrapeRunsNoCheckAndTellsWhatTheLastLookFound() {
        AtomicInteger runs = new AtomicInteger();
        Metrics metrics = new Metrics();
        try (Health health = health(check("cli", Effect.DEGRADED, () -> {
            runs.incrementAndGet();
            return Optional.of("it fails");
        }))) {
            health.measure(metrics);
            assertEquals(0.0, failing(metrics, "cli", "degraded"));
            assertEquals(0, runs.get());
            health.watch();
            Await.until("it has looked", () -> failing(metrics, "cli", "degraded") == 1.0);
            assertEquals(0.0, failing(metrics, "draining", "unready"));
        }
    }

    private static double failing(Metrics metrics, String check, String effect) {
        return metrics.registry()
                .gauge(
                        Metric.CHECK_FAILING.registered(),
                        List.of(
                                io.helidon.metrics.api.Tag.create("check", check),
                                io.helidon.metrics.api.Tag.create("effect", effect)))
                .orElseThrow()
                .value()
                .doubleValue();
    }
}
