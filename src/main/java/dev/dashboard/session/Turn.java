package dev.dashboard.session;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * What is gathered until the turn's result comes.
 *
 * @param running whether the CLI said that a turn began, and not yet how it ended
 * @param contextTokens what the last request put into the context window
 * @param error the class of the last failed request to the model, or empty
 * @param interrupted it was asked to be cut
 */
record Turn(
        boolean running,
        String model,
        Optional<Long> contextTokens,
        String error,
        BigDecimal totalCost,
        int backgroundTasks,
        boolean interrupted) {
    static final Turn NONE = new Turn(false, "", Optional.empty(), "", BigDecimal.ZERO, 0, false);

    Turn begun(String byModel) {
        return new Turn(true, byModel, contextTokens, "", totalCost, backgroundTasks, interrupted);
    }

    Turn withContext(long tokens) {
        return new Turn(running, model, Optional.of(tokens), error, totalCost, backgroundTasks, interrupted);
    }

    Turn withError(String errorClass) {
        return new Turn(running, model, contextTokens, errorClass, totalCost, backgroundTasks, interrupted);
    }

    Turn withBackgroundTasks(int number) {
        return new Turn(running, model, contextTokens, error, totalCost, number, interrupted);
    }

    Turn withInterrupt() {
        return new Turn(running, model, contextTokens, error, totalCost, backgroundTasks, true);
    }

    Turn ended(BigDecimal total) {
        return new Turn(false, model, contextTokens, "", total, backgroundTasks, false);
    }
}
