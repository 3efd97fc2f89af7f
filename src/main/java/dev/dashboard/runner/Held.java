package dev.dashboard.runner;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.ChildListener;
import dev.dashboard.custody.Exit;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** One launch in the runner's hands, with what it wrote and how it ended, until a server has heard both. */
final class Held implements ChildListener {
    private static final Logger LOG = System.getLogger(Held.class.getName());

    private final String launch;
    private final Spool spool;
    private final CompletableFuture<Child> child = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Optional<Exit> exit = Optional.empty();
    /** Why the disk did not take its output; empty while it does. */
    private volatile String fault = "";

    private long exitedNanos;
    private long written;
    /** Whoever listens now; a later one takes its place. */
    private Optional<Link> listener = Optional.empty();

    Held(String launch, Spool spool) {
        this.launch = launch;
        this.spool = spool;
    }

    void begin(Child started) {
        child.complete(started);
    }

    String launch() {
        return launch;
    }

    Child child() {
        return child.join();
    }

    Spool spool() {
        return spool;
    }

    // ---- what the process does

    @Override
    public void output(byte[] bytes, int count) {
        try {
            spool.add(bytes, count);
        } catch (UncheckedIOException e) {
            LOG.log(Level.ERROR, "spool cannot be written, ending the process launch=" + launch, e);
            fault = "The runner could not keep what the process wrote, and ended it: "
                    + e.getCause().getMessage() + "\n";
            child().kill();
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void written(long number) {
        lock.lock();
        try {
            written = number;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void exited(Exit how) {
        lock.lock();
        try {
            exit = Optional.of(new Exit(how.code(), fault + how.stderrTail(), how.leftover(), how.lost()));
            exitedNanos = System.nanoTime();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        spool.over();
    }

    // ---- what is known of it

    /** How it ended, once it has. */
    Exit awaitExit() throws InterruptedException {
        lock.lock();
        try {
            while (exit.isEmpty()) {
                changed.await();
            }
            return exit.get();
        } finally {
            lock.unlock();
        }
    }

    boolean hasExited() {
        lock.lock();
        try {
            return exit.isPresent();
        } finally {
            lock.unlock();
        }
    }

    /** How long before {@code now}, by {@link System#nanoTime}, it ended; zero while it lives. */
    long overForNanos(long now) {
        lock.lock();
        try {
            return exit.isPresent() ? Math.max(1, now - exitedNanos) : 0;
        } finally {
            lock.unlock();
        }
    }

    /** The number of the last write that has gone into the pipe. */
    long written() {
        lock.lock();
        try {
            return written;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until another write has gone into the pipe; empty when there is none any more. */
    Optional<Long> awaitWritten(long beyond) throws InterruptedException {
        lock.lock();
        try {
            while (written <= beyond && exit.isEmpty()) {
                changed.await();
            }
            return written > beyond ? Optional.of(written) : Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    // ---- who listens

    /** Whoever listened before is let go: it has gone without a word. */
    void listen(Link link) {
        Optional<Link> before;
        lock.lock();
        try {
            before = listener;
            listener = Optional.of(link);
        } finally {
            lock.unlock();
        }
        before.ifPresent(Link::close);
    }

    void leave(Link link) {
        lock.lock();
        try {
            listener = listener.filter(other -> other != link);
        } finally {
            lock.unlock();
        }
    }

    boolean hasListener() {
        lock.lock();
        try {
            return listener.isPresent();
        } finally {
            lock.unlock();
        }
    }
}
