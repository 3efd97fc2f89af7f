package dev.dashboard.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether the server should get requests: named checks handed in at the start, and whether it is about to stop. A failed vital
 * check makes it unready; a failed other one makes it degraded, which is shown and still serves. Checks are run when asked and
 * must answer within about a second. Safe for all threads.
 */
public final class Readiness {
    /** A check by name; {@code fault} is empty when all is well, else a sentence for operators. */
    public record Check(String name, boolean vital, Supplier<Optional<String>> fault) {}

    /** What a check said. */
    public record Finding(String name, boolean vital, Optional<String> fault) {}

    private final List<Check> checks;
    private volatile boolean draining;

    public Readiness(List<Check> checks) {
        this.checks = List.copyOf(checks);
    }

    /** What was handed in. */
    public List<Check> checks() {
        return checks;
    }

    /** From now on not ready, so that no new requests are sent here. */
    public void drain() {
        draining = true;
    }

    public boolean draining() {
        return draining;
    }

    public boolean ready() {
        return !draining
                && checks.stream()
                        .filter(Check::vital)
                        .map(Readiness::run)
                        .allMatch(f -> f.fault().isEmpty());
    }

    /** All checks run now, also the one whether the server is stopping. */
    public List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        findings.add(new Finding(
                "draining", true, draining ? Optional.of("the server is about to stop") : Optional.empty()));
        checks.forEach(check -> findings.add(run(check)));
        return findings;
    }

    private static Finding run(Check check) {
        try {
            return new Finding(check.name(), check.vital(), check.fault().get());
        } catch (RuntimeException e) {
            // A probe that cannot be run has not shown that all is well; the finding carries the reason.
            return new Finding(
                    check.name(),
                    check.vital(),
                    Optional.of("the check failed: " + e.getClass().getSimpleName()));
        }
    }
}
