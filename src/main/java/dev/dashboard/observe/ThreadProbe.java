package dev.dashboard.observe;

import dev.dashboard.run.Worker;
import java.time.Duration;
import java.util.Optional;

/**
 * Whether a fresh virtual thread gets to run: every request and every session is one, and some native calls on them would stop all of
 * them. Asking starts one, at most one at a time, and tells how the one before fared, so it answers at once. Safe for all threads.
 */
public final class ThreadProbe {
    /** Far longer than a collection of garbage or a busy machine makes one wait. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Duration patience;
    private long askedNanos;
    private boolean waiting;

    /** @param patience how long one may wait for its turn */
    public ThreadProbe(Duration patience) {
        this.patience = patience;
    }

    /** Empty while they run, else a sentence for operators. */
    public synchronized Optional<String> fault() {
        if (waiting) {
            Duration waited = Duration.ofNanos(System.nanoTime() - askedNanos);
            return waited.compareTo(patience) < 0
                    ? Optional.empty()
                    : Optional.of("no virtual thread has run for " + waited.toSeconds() + " s");
        }
        waiting = true;
        askedNanos = System.nanoTime();
        Worker.virtual("thread-probe", this::ran);
        return Optional.empty();
    }

    private synchronized void ran() {
        waiting = false;
    }
}
