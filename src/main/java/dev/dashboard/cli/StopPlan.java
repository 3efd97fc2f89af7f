package dev.dashboard.cli;

import java.time.Duration;

/**
 * How long each step of a stop may take before the next one: cut the turn, end stdin, SIGTERM; then SIGKILL of the whole tree. A
 * step of zero is left out.
 *
 * @param interrupt waits for the turn's result
 * @param endOfInput waits for a clean exit
 * @param terminate waits after SIGTERM
 */
public record StopPlan(Duration interrupt, Duration endOfInput, Duration terminate) {
    public static final StopPlan DEFAULT =
            new StopPlan(Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofSeconds(5));

    public StopPlan {
        if (interrupt.isNegative() || endOfInput.isNegative() || terminate.isNegative()) {
            throw new IllegalArgumentException("the times of a stop cannot be negative");
        }
    }
}
