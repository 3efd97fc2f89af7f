package dev.dashboard.session;

import dev.dashboard.problem.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The line before a session's owner, and the only way to it. Any thread may add; the owner alone takes.
 *
 * <p>Full means: a person's request waits 2 s and is then told "busy"; what the CLI says waits as long as it takes, so that the
 * pipe slows the CLI.
 */
final class Mailbox {
    static final int CAPACITY = 1_000;
    /** Most signals decided in one go, and so recorded in one append. */
    private static final int BATCH = 256;

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** How often a waiting reader looks whether the owner has ended meanwhile. */
    private static final Duration RECHECK = Duration.ofMillis(100);

    /** A signal, and who waits for the answer. */
    record Mail(Signal signal, CompletableFuture<Reply> reply) {}

    private final BlockingQueue<Mail> queue = new ArrayBlockingQueue<>(CAPACITY);
    private volatile boolean closed;

    /** Waits for room as long as it takes; the back-pressure on the CLI. Dropped once the owner has ended. */
    void put(Signal signal) throws InterruptedException {
        Mail mail = new Mail(signal, new CompletableFuture<>());
        boolean taken = false;
        while (!taken && !closed) {
            taken = queue.offer(mail, RECHECK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Adds a person's request; the answer comes when it is recorded, or refused. */
    CompletableFuture<Reply> ask(Signal.Command command) throws InterruptedException {
        Mail mail = new Mail(command, new CompletableFuture<>());
        if (closed || !queue.offer(mail, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            if (closed) {
                throw over();
            }
            throw new Problem(
                            Problem.Kind.BUSY,
                            "session-busy",
                            "The session has " + CAPACITY + " signals waiting. Nothing was recorded; send it again.")
                    .retryAfter(PATIENCE);
        }
        if (closed) {
            // The owner may have emptied the line just before this came in.
            drain();
        }
        return mail.reply();
    }

    /** Waits up to the given time for a first signal, then takes what else is there. Empty when the time passed. */
    List<Mail> take(long waitNanos) throws InterruptedException {
        List<Mail> batch = new ArrayList<>();
        Mail first = waitNanos <= 0 ? queue.poll() : queue.poll(waitNanos, TimeUnit.NANOSECONDS);
        if (first != null) {
            batch.add(first);
            queue.drainTo(batch, BATCH - 1);
        }
        return batch;
    }

    /** Tells the people who wait in the line that it cannot be done; what the CLI said stays, in its order. */
    void refuse(Problem problem) {
        queue.removeIf(
                mail -> mail.signal() instanceof Signal.Command && mail.reply().completeExceptionally(problem));
    }

    /** No more signals are decided; everybody who waits is told so. */
    void close() {
        closed = true;
        drain();
    }

    private void drain() {
        List<Mail> rest = new ArrayList<>();
        queue.drainTo(rest);
        rest.forEach(mail -> mail.reply().completeExceptionally(over()));
    }

    private static Problem over() {
        return Problem.conflict("session-not-live", "The session's process has just ended. Resume it, then try again.");
    }
}
