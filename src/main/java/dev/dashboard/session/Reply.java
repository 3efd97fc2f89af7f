package dev.dashboard.session;

/** What a command came to. A refusal is a {@link dev.dashboard.problem.Problem} instead. */
sealed interface Reply {
    /** Recorded, under this number. */
    record Recorded(long seq) implements Reply {}

    /** It had been recorded before; nothing happened now. */
    record Known() implements Reply {}
}
