package dev.dashboard.session;

import dev.dashboard.problem.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The line before a session's owner, and the only way to it. Any thread may add; the owner alone takes.
 *
 * <p>Full means: a person's request waits 2 s and is then told "busy"; what the CLI says waits as long as it takes, so that the
 * pipe slows the CLI. What the CLI says, and nobody else, also waits while much of it is undecided: as many large lines as small ones
 * would not fit into the memory.
 */
final class Mailbox {
    static final int CAPACITY = 1_000;
    /** Most signals decided in one go, and so recorded in one append. */
    private static final int BATCH = 256;

    /**
     * Beyond so much output that is undecided the CLI waits. With the longest line, whose beginning may be read behind it, this is less
     * than a runner keeps without being asked.
     */
    static final long UNDECIDED_BYTES = 4L << 20;

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** How often a waiting reader looks whether the owner has ended meanwhile. */
    private static final Duration RECHECK = Duration.ofMillis(100);

    /**
     * A signal, and who waits for the answer.
     *
     * @param bytes of the CLI's output
     */
    record Mail(Signal signal, CompletableFuture<Reply> reply, long bytes) {
        Mail(Signal signal, CompletableFuture<Reply> reply) {
            this(signal, reply, 0);
        }
    }

    private final BlockingQueue<Mail> queue = new ArrayBlockingQueue<>(CAPACITY);
    private volatile boolean closed;

    /** Of the owner. */
    private long taken;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition decided = lock.newCondition();
    /** What waits in the line or is with the owner; guarded by the lock, as what follows. */
    private long undecided;

    /** Where in its output the CLI's last line ended; not known of one that is taken up. */
    private OptionalLong lastEnd = OptionalLong.empty();

    /**
     * Waits for room as long as it takes; the back-pressure on the CLI. Dropped once the owner has ended.
     *
     * <p>Output comes in first and then waits until not too much is undecided, itself included. So a line of any length passes, and
     * nothing more is read behind a large one.
     */
    void put(Signal signal) throws InterruptedException {
        long bytes = signal instanceof Signal.Heard heard ? said(heard.end()) : 0;
        Mail mail = new Mail(signal, new CompletableFuture<>(), bytes);
        boolean isIn = false;
        try {
            while (!isIn && !closed) {
                isIn = queue.offer(mail, RECHECK.toMillis(), TimeUnit.MILLISECONDS);
            }
        } finally {
            if (!isIn) {
                // Nobody will decide it: it must not stand in the way of what the next process says.
                decided(bytes);
            }
        }
        if (signal instanceof Signal.Heard) {
            awaitDecided();
        }
    }

    /** How long the line was that ends here. */
    private long said(long end) {
        lock.lock();
        try {
            long last = lastEnd.orElse(end);
            // The output of the session's next process begins at zero.
            long bytes = end < last ? end : end - last;
            lastEnd = OptionalLong.of(end);
            undecided += bytes;
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    private void awaitDecided() throws InterruptedException {
        lock.lock();
        try {
            while (!closed && undecided > UNDECIDED_BYTES) {
                decided.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void decided(long bytes) {
        lock.lock();
        try {
            undecided -= bytes;
            decided.signalAll();
        } finally {
            lock.unlock();
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

    /**
     * Waits up to the given time for a first signal, then takes what else is there. Empty when the time passed. Whoever comes for more has
     * decided what it took before.
     */
    List<Mail> take(long waitNanos) throws InterruptedException {
        decided(taken);
        taken = 0;
        List<Mail> batch = new ArrayList<>();
        Mail first = waitNanos <= 0 ? queue.poll() : queue.poll(waitNanos, TimeUnit.NANOSECONDS);
        if (first != null) {
            batch.add(first);
            queue.drainTo(batch, BATCH - 1);
            taken = batch.stream().mapToLong(Mail::bytes).sum();
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
        decided(0);
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
