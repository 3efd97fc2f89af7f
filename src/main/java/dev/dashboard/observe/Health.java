package dev.dashboard.observe;

import dev.dashboard.run.Worker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Whether the server lives, should get requests, and has started: named checks that are handed in at the start, and whether it is about
 * to stop. Each check says what its failing makes of the server, so that a dependency that is down never looks like a server that a
 * restart would cure.
 *
 * <p>Checks run when somebody asks, and every few seconds once {@link #watch} was called, which logs each change. A check that waits for
 * something has a thread of its own, at most one, and {@link #LIMIT} to answer: one that hangs fails alone. Safe for all threads.
 */
public final class Health implements AutoCloseable {
    /** A check that has not answered by then has failed; less than what a container waits for the answer. */
    static final Duration LIMIT = Duration.ofSeconds(3);

    private static final Logger LOG = System.getLogger(Health.class.getName());

    /** Anybody may ask, as often as they like; so an answer holds for a moment. */
    private static final Duration KEPT = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofSeconds(5);

    private static final String DRAINING = "draining";

    /** What a failed check makes of the server, the worst first. */
    public enum Effect {
        /** Only a restart can help. */
        DEAD,
        /** Requests should not come here. */
        UNREADY,
        /** Something does not work, and the rest does. */
        DEGRADED;

        /** As in metrics and answers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param runbook the page that says what to do, from the root of the checkout
     * @param waits whether it may wait for something; the others answer at once
     * @param fault empty when all is well, else a sentence for operators, without secrets
     */
    public record Check(String name, Effect effect, String runbook, boolean waits, Supplier<Optional<String>> fault) {
        /** One that answers at once, from what is known already. */
        public static Check known(String name, Effect effect, String runbook, Supplier<Optional<String>> fault) {
            return new Check(name, effect, runbook, false, fault);
        }

        /** One that asks somebody, and may wait for the answer. */
        public static Check asked(String name, Effect effect, String runbook, Supplier<Optional<String>> fault) {
            return new Check(name, effect, runbook, true, fault);
        }
    }

    /** What a check said. */
    public record Finding(String name, Effect effect, String runbook, Optional<String> fault) {
        public boolean isWell() {
            return fault.isEmpty();
        }
    }

    private final List<Probe> probes;
    private final Duration kept;
    private final Duration limit;
    private final CountDownLatch closed = new CountDownLatch(1);
    private Optional<Worker> watching = Optional.empty();
    private volatile boolean started;
    private volatile boolean draining;

    public Health(List<Check> checks) {
        this(checks, KEPT);
    }

    /** @param kept how long an answer holds before the check is run again */
    public Health(List<Check> checks, Duration kept) {
        this(checks, kept, LIMIT);
    }

    /** @param limit how long a check may take */
    Health(List<Check> checks, Duration kept, Duration limit) {
        List<Check> all = new ArrayList<>(checks);
        all.add(Check.known(
                DRAINING,
                Effect.UNREADY,
                "runbooks/StartAndStop.md",
                () -> draining ? Optional.of("the server is about to stop") : Optional.empty()));
        this.probes = all.stream().map(Probe::new).toList();
        this.kept = kept;
        this.limit = limit;
    }

    /** Looks every few seconds from now on, and logs what begins to fail and what is well again. */
    public synchronized void watch() {
        watching = Optional.of(Worker.platform("health", this::look));
    }

    private void look() throws InterruptedException {
        do {
            findings();
        } while (!closed.await(LOOK.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Everything is wired. */
    public void started() {
        started = true;
    }

    public boolean hasStarted() {
        return started;
    }

    /** From now on not ready, so that no new requests are sent here. */
    public void drain() {
        draining = true;
    }

    /** False when only a restart can help; not for anything that the server depends on. */
    public boolean live() {
        return findings(List.of(Effect.DEAD)).stream().allMatch(Finding::isWell);
    }

    public boolean ready() {
        return findings(List.of(Effect.DEAD, Effect.UNREADY)).stream().allMatch(Finding::isWell);
    }

    /** All checks. */
    public List<Finding> findings() {
        return findings(List.of(Effect.values()));
    }

    /** The checks whose failing has one of these effects; takes {@link #LIMIT} at most. */
    public List<Finding> findings(List<Effect> effects) {
        List<Probe> asked = probes.stream()
                .filter(probe -> effects.contains(probe.check.effect()))
                .toList();
        // All begin before the first is awaited.
        asked.forEach(Probe::begin);
        long deadline = System.nanoTime() + limit.toNanos();
        return asked.stream().map(probe -> probe.await(deadline)).toList();
    }

    /** Which checks there are, without running any, and whether each failed when it was last run. */
    public List<Finding> latest() {
        return probes.stream().map(Probe::latest).toList();
    }

    /** One gauge for each check; a look at it runs nothing, so {@link #watch} must. */
    public void measure(Metrics metrics) {
        for (Probe probe : probes) {
            metrics.gauge(
                    Metric.CHECK_FAILING,
                    () -> probe.latest().isWell() ? 0 : 1,
                    probe.check.name(),
                    probe.check.effect().word());
        }
    }

    /** Ends the looking. Harmless when repeated. */
    @Override
    public void close() {
        closed.countDown();
        Optional<Worker> worker;
        synchronized (this) {
            worker = watching;
        }
        worker.ifPresent(Worker::close);
    }

    /** A check, what it said last, and whether it is being run. */
    private final class Probe {
        private final Check check;
        /** Of the run that is under way, or was last. */
        private CompletableFuture<Finding> run;

        private long nanos;
        private volatile Finding latest;

        Probe(Check check) {
            this.check = check;
            this.latest = finding(Optional.empty());
        }

        private Finding finding(Optional<String> fault) {
            return new Finding(check.name(), check.effect(), check.runbook(), fault);
        }

        Finding latest() {
            return latest;
        }

        /** Runs it, unless it is being run or has just said something. */
        void begin() {
            CompletableFuture<Finding> mine = new CompletableFuture<>();
            synchronized (this) {
                if (run != null && (!run.isDone() || System.nanoTime() - nanos < kept.toNanos())) {
                    return;
                }
                run = mine;
                nanos = System.nanoTime();
            }
            if (check.waits()) {
                // Not a virtual thread: when those do not run, that is another check's to say.
                Worker.platform("health-" + check.name(), () -> mine.complete(answer()));
            } else {
                mine.complete(answer());
            }
        }

        private Finding answer() {
            try {
                return settled(check.fault().get());
            } catch (RuntimeException | Error e) {
                // A check that cannot be run has not shown that all is well.
                return settled(Optional.of("the check failed: " + e.getClass().getSimpleName()));
            }
        }

        Finding await(long deadline) {
            CompletableFuture<Finding> mine;
            long since;
            synchronized (this) {
                mine = run;
                since = nanos;
            }
            try {
                return mine.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException _) {
                return settled(Optional.of("no answer for "
                        + Duration.ofNanos(System.nanoTime() - since).toSeconds() + " s"));
            } catch (ExecutionException e) {
                throw new IllegalStateException("answers are never exceptions", e);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return latest;
            }
        }

        private Level level() {
            return switch (check.effect()) {
                case DEAD -> Level.ERROR;
                // A stop is nobody's fault.
                case UNREADY -> check.name().equals(DRAINING) ? Level.INFO : Level.ERROR;
                case DEGRADED -> Level.WARNING;
            };
        }

        /** Keeps it, and says so when it is another thing than before. */
        private synchronized Finding settled(Optional<String> fault) {
            Finding before = latest;
            latest = finding(fault);
            if (before.isWell() && fault.isPresent()) {
                LOG.log(
                        level(),
                        "check fails name={0} effect={1} says={2}",
                        check.name(),
                        check.effect().word(),
                        fault.get());
            } else if (!before.isWell() && fault.isEmpty()) {
                LOG.log(Level.INFO, "check is well again name={0}", check.name());
            }
            return latest;
        }
    }
}
