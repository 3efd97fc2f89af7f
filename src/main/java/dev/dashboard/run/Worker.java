package dev.dashboard.run;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A named thread with an owner, a stop and a join.
 *
 * <p>Virtual for everything that blocks politely; platform for what holds its carrier: a child's pipes and native database calls
 * (a few of those on virtual threads stop every virtual thread of the server).
 *
 * <p>Owned by whoever started it; closing interrupts, waits, and is harmless when repeated.
 */
public final class Worker implements AutoCloseable {
    private static final Duration JOIN = Duration.ofSeconds(5);
    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** What a worker does; an interrupt ends it normally. */
    @FunctionalInterface
    public interface Task {
        void run() throws Exception;
    }

    private final Thread thread;

    private Worker(Thread thread) {
        this.thread = thread;
    }

    /** Starts a virtual thread; a failure is logged once, here, with the worker's name. */
    public static Worker virtual(String name, Task task) {
        return virtual(name, task, _ -> {});
    }

    /** As {@link #virtual(String, Task)}; the owner is told of a failure after it was logged. */
    public static Worker virtual(String name, Task task, Consumer<Throwable> failed) {
        return new Worker(Thread.ofVirtual().name(name).start(guarded(name, task, failed)));
    }

    /** As {@link #virtual(String, Task)}; what it logs says for whom, also how it failed. */
    public static Worker virtual(String name, LogContext context, Task task) {
        return virtual(name, context, task, _ -> {});
    }

    /** As {@link #virtual(String, LogContext, Task)}; the owner is told of a failure after it was logged. */
    public static Worker virtual(String name, LogContext context, Task task, Consumer<Throwable> failed) {
        Runnable guarded = guarded(name, task, failed);
        return new Worker(Thread.ofVirtual().name(name).start(() -> context.run(guarded)));
    }

    /** Starts a daemon platform thread, for calls that would hold a carrier. */
    public static Worker platform(String name, Task task) {
        return platform(name, task, _ -> {});
    }

    /** As {@link #platform(String, Task)}; the owner is told of a failure after it was logged. */
    public static Worker platform(String name, Task task, Consumer<Throwable> failed) {
        return new Worker(Thread.ofPlatform().name(name).daemon(true).start(guarded(name, task, failed)));
    }

    /** As {@link #platform(String, Task, Consumer)}; what it logs says for whom, also how it failed. */
    public static Worker platform(String name, LogContext context, Task task, Consumer<Throwable> failed) {
        Runnable guarded = guarded(name, task, failed);
        return new Worker(Thread.ofPlatform().name(name).daemon(true).start(() -> context.run(guarded)));
    }

    /**
     * For work that there is only one of and that goes on for as long as the program does: when it fails, that is logged, and a little later
     * it begins anew. Whatever it had in hand is lost, so what must not be belongs in fields.
     */
    public static Task lasting(Task task) {
        return () -> {
            while (fails(task)) {
                Thread.sleep(AGAIN);
            }
        };
    }

    private static boolean fails(Task task) throws InterruptedException {
        try {
            task.run();
            return false;
        } catch (InterruptedException e) {
            throw e;
        } catch (Throwable e) {
            String name = Thread.currentThread().getName();
            log().log(Level.ERROR, "worker failed and begins anew name=" + name, e);
            return true;
        }
    }

    private static Runnable guarded(String name, Task task, Consumer<Throwable> failed) {
        return () -> {
            try {
                task.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Throwable e) {
                log().log(Level.ERROR, "worker failed name=" + name, e);
                failed.accept(e);
            }
        };
    }

    /** Not a constant: a program that only asks for another's health is done before a log would have started. */
    private static Logger log() {
        return System.getLogger(Worker.class.getName());
    }

    /** Waits until the worker has ended by itself; false when it still runs after the given time. */
    public boolean join(Duration limit) throws InterruptedException {
        return thread.join(limit);
    }

    public boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    public boolean isAlive() {
        return thread.isAlive();
    }

    /** Interrupts and waits a bounded time; says so when the worker does not end. */
    @Override
    public void close() {
        thread.interrupt();
        if (isCurrent()) {
            return;
        }
        try {
            if (!thread.join(JOIN)) {
                log().log(Level.WARNING, "worker did not end name={0} seconds={1}", thread.getName(), JOIN.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
