package dev.dashboard.store;

import java.time.Duration;

/**
 * Whether the writer's thread is stuck in work that it was given. Waiting for work, for SQLite or for a disk is not being stuck: a
 * restart would not cure that. Written by the writer's thread alone; anybody may look.
 */
final class Pulse {
    private static final long RESTING = Long.MIN_VALUE;

    private volatile long since = RESTING;

    /** From here on the thread runs work that it was given. */
    void beat() {
        since = System.nanoTime();
    }

    /** From here on it does not. */
    void rest() {
        since = RESTING;
    }

    /** For how long it has been in one piece of such work, without asking SQLite for anything; zero when it is in none. */
    Duration still() {
        long from = since;
        return from == RESTING ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - from);
    }
}
