package dev.dashboard.runner;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.ChildListener;
import dev.dashboard.custody.Exit;
import dev.dashboard.custody.ProcessId;
import dev.dashboard.custody.ResourceUse;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.LogContext;
import dev.dashboard.run.Worker;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A process that a runner has. One thread reads what the runner says and hands it on; one writes what is wanted of the process. When the
 * connection breaks it is made again, the output goes on at the byte that was heard last, and writes that were not acknowledged are sent
 * again under their numbers.
 *
 * <p>Lost is a process whose runner says that it does not know it, or that is away for longer than the patience.
 */
final class RemoteChild implements Child {
    private static final Logger LOG = System.getLogger(RemoteChild.class.getName());
    /** As many as a process's queue takes. */
    private static final int WINDOW = 64;

    private static final Duration FIRST_RETRY = Duration.ofMillis(50);
    private static final Duration LAST_RETRY = Duration.ofSeconds(1);
    private static final Duration CLOSE = Duration.ofSeconds(10);
    /** Telling of every line what is kept would cost a frame for each. */
    private static final long KEPT_STEP = 64 * 1024;

    /** More than the longest line and what may be unrecorded before it, 12 MiB; less than the smallest spool. */
    private static final long MOST_UNKEPT = 78L * 1024 * 1024;

    private record Write(long number, byte[] bytes) {}

    private record Stopping(Duration endOfInput, Duration terminate) {}

    private final RunnerCustody runner;
    private final String session;
    private final String launch;
    private final ChildListener listener;
    private final ProcessId id;
    private final Instant startedAt;
    private final CountDownLatch told = new CountDownLatch(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wanted = lock.newCondition();
    /** Taken here and not yet in the process's pipe, oldest first. */
    private final Deque<Write> writes = new ArrayDeque<>();

    private Link link;
    /** The last write that was sent over this connection. */
    private long sent;

    private long accepted;
    /** Up to this number, writes of an earlier server; those beyond {@link #written} still wait in the process's queue. */
    private final long inherited;
    /** The last that has gone into the pipe. */
    private long written;

    private long kept;
    private long keptSent;
    private Optional<Stopping> stopping = Optional.empty();
    private boolean stopSent;
    private boolean killing;
    private boolean killSent;
    private boolean left;
    private boolean over;

    /** Of the thread that reads. */
    private long heard;

    private volatile ResourceUse use = ResourceUse.NONE;

    RemoteChild(
            RunnerCustody runner,
            String session,
            String launch,
            long from,
            ChildListener listener,
            Link link,
            Frame.Present present) {
        this.runner = runner;
        this.session = session;
        this.launch = launch;
        this.listener = listener;
        this.link = link;
        this.id = present.id();
        this.startedAt = present.startedAt();
        this.accepted = present.accepted();
        this.sent = present.accepted();
        this.inherited = present.accepted();
        this.written = present.written();
        this.heard = from;
        this.kept = from;
        this.keptSent = from;
    }

    void begin() {
        Worker.virtual(
                "session-" + session + "-runner",
                LogContext.ofSession(session),
                this::listen,
                _ -> lost("the server failed to hear it"));
        Worker.virtual("session-" + session + "-orders", LogContext.ofSession(session), this::order);
    }

    // ---- what the runner says

    private void listen() throws InterruptedException {
        Link current = link;
        while (true) {
            try {
                if (hear(current.read())) {
                    return;
                }
            } catch (IOException e) {
                current.close();
                if (isLeft()) {
                    return;
                }
                LOG.log(Level.INFO, "runner away session={0} reason={1}", session, e.getMessage());
                Optional<Link> again = comeBack();
                if (again.isEmpty()) {
                    return;
                }
                current = again.get();
            }
        }
    }

    /** @return whether that was all */
    private boolean hear(Frame frame) throws IOException {
        switch (frame) {
            case Frame.Output(var bytes) -> {
                listener.output(bytes, bytes.length);
                heard += bytes.length;
                // A line without an end is never kept; it must not fill the spool for ever.
                kept(heard - MOST_UNKEPT);
            }
            case Frame.Written(var number) -> written(number);
            case Frame.Use(var figures) -> use = figures;
            case Frame.Exited(var exit) -> {
                if (!isLeft()) {
                    exited(exit);
                }
                return true;
            }
            default ->
                throw new IOException("a frame out of turn: " + frame.getClass().getSimpleName());
        }
        return false;
    }

    private void written(long number) {
        lock.lock();
        try {
            written = Math.max(written, number);
            while (!writes.isEmpty() && writes.getFirst().number() <= number) {
                writes.removeFirst();
            }
        } finally {
            lock.unlock();
        }
    }

    private void exited(Exit exit) {
        lock.lock();
        try {
            over = true;
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
        use = ResourceUse.NONE;
        runner.over(this);
        try {
            listener.exited(exit);
        } finally {
            told.countDown();
        }
    }

    private void lost(String why) {
        link.close();
        if (!isOver() && !isLeft()) {
            LOG.log(Level.WARNING, "process lost session={0} reason={1}", session, why);
            exited(Exit.ofLost(why));
        }
    }

    // ---- a connection that broke

    /** Empty when there is nothing to come back to; then it was told. */
    private Optional<Link> comeBack() throws InterruptedException {
        long end = System.nanoTime() + runner.patience().toNanos();
        Duration pause = FIRST_RETRY;
        while (System.nanoTime() < end) {
            // Also before the first attempt: a runner that takes the connection and drops it would be asked without a
            // pause.
            Thread.sleep(pause);
            if (isLeft()) {
                return Optional.empty();
            }
            try {
                return reattached();
            } catch (IOException | Problem e) {
                LOG.log(Level.DEBUG, "runner still away session={0} reason={1}", session, e.getMessage());
            }
            pause = pause.multipliedBy(2).compareTo(LAST_RETRY) > 0 ? LAST_RETRY : pause.multipliedBy(2);
        }
        lost("the runner was away for " + runner.patience().toSeconds() + " s");
        return Optional.empty();
    }

    private Optional<Link> reattached() throws IOException {
        Link fresh = runner.connect();
        try {
            fresh.write(new Frame.Attach(launch, heard));
            Frame answer = RunnerCustody.soon(fresh);
            if (answer instanceof Frame.Unknown) {
                fresh.close();
                lost("the runner does not know it any more");
                return Optional.empty();
            }
            return goOn(fresh, RunnerCustody.present(answer)) ? Optional.of(fresh) : Optional.empty();
        } catch (IOException | RuntimeException e) {
            fresh.close();
            throw e;
        }
    }

    /** @return false when it was let go meanwhile */
    private boolean goOn(Link fresh, Frame.Present present) {
        lock.lock();
        try {
            if (left) {
                fresh.close();
                return false;
            }
            link = fresh;
            written = Math.max(written, present.written());
            sent = present.accepted();
            while (!writes.isEmpty() && writes.getFirst().number() <= present.written()) {
                writes.removeFirst();
            }
            keptSent = 0;
            stopSent = false;
            killSent = false;
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
        LOG.log(Level.INFO, "runner back session={0}", session);
        return true;
    }

    // ---- what is wanted of the process

    /** Sends what is wanted, one frame at a time, in order; a broken connection is the reader's to mend. */
    private void order() throws InterruptedException {
        while (true) {
            Link current;
            Frame[] next;
            lock.lock();
            try {
                next = next();
                while (next.length == 0) {
                    if (over || left) {
                        return;
                    }
                    wanted.await();
                    next = next();
                }
                current = link;
            } finally {
                lock.unlock();
            }
            try {
                for (Frame frame : next) {
                    current.write(frame);
                }
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "order not sent session={0} reason={1}", session, e.getMessage());
                current.close();
            }
        }
    }

    private Frame[] next() {
        if (over || left) {
            return new Frame[0];
        }
        if (killing && !killSent) {
            killSent = true;
            return new Frame[] {new Frame.Kill()};
        }
        for (Write write : writes) {
            if (write.number() > sent) {
                sent = write.number();
                return input(write);
            }
        }
        if (stopping.isPresent() && !stopSent) {
            stopSent = true;
            return new Frame[] {
                new Frame.Stop(stopping.get().endOfInput(), stopping.get().terminate())
            };
        }
        if (kept - keptSent >= KEPT_STEP) {
            keptSent = kept;
            return new Frame[] {new Frame.Kept(kept)};
        }
        return new Frame[0];
    }

    private static Frame[] input(Write write) {
        int length = write.bytes().length;
        int parts = Math.max(1, (length + Frame.CHUNK - 1) / Frame.CHUNK);
        Frame[] frames = new Frame[parts];
        for (int part = 0; part < parts; part++) {
            int from = part * Frame.CHUNK;
            byte[] bytes = Arrays.copyOfRange(write.bytes(), from, Math.min(length, from + Frame.CHUNK));
            frames[part] = new Frame.Input(write.number(), part == parts - 1, bytes);
        }
        return frames;
    }

    @Override
    public boolean write(long number, byte[] bytes) {
        lock.lock();
        try {
            if (number <= accepted) {
                return true;
            }
            if (room() == 0) {
                return false;
            }
            accepted = number;
            writes.add(new Write(number, bytes));
            wanted.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long accepted() {
        lock.lock();
        try {
            return accepted;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int room() {
        lock.lock();
        try {
            long waiting = writes.size() + Math.clamp(inherited - written, 0, WINDOW);
            return over || left || killing || stopping.isPresent() ? 0 : (int) Math.max(0, WINDOW - waiting);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void kept(long offset) {
        lock.lock();
        try {
            kept = Math.max(kept, offset);
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void stop(Duration endOfInput, Duration terminate) {
        lock.lock();
        try {
            if (stopping.isEmpty() && !killing) {
                stopping = Optional.of(new Stopping(endOfInput, terminate));
                wanted.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void kill() {
        lock.lock();
        try {
            killing = true;
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** After a kill it waits for the end to be told; then, and else, it lets go: what lives goes on, what has ended may be forgotten. */
    @Override
    public void close() {
        if (isEnding()) {
            awaitEnd();
        }
        boolean ended;
        Link current;
        lock.lock();
        try {
            ended = over && !left;
            left = true;
            current = link;
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
        runner.over(this);
        if (ended) {
            take(current);
        }
        current.close();
    }

    /** The end is recorded: the runner may forget it. One that does not hear this forgets it by itself, later. */
    private static void take(Link link) {
        try {
            link.write(new Frame.Taken());
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "end not acknowledged reason={0}", e.getMessage());
        }
    }

    private boolean isEnding() {
        lock.lock();
        try {
            return killing && !over;
        } finally {
            lock.unlock();
        }
    }

    private void awaitEnd() {
        try {
            if (!told.await(CLOSE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.log(
                        Level.WARNING,
                        "end of process not heard session={0} pid={1}",
                        session,
                        Long.toString(id.pid()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- what is known of it

    String session() {
        return session;
    }

    @Override
    public ProcessId id() {
        return id;
    }

    @Override
    public Instant startedAt() {
        return startedAt;
    }

    @Override
    public boolean isAlive() {
        return !isOver();
    }

    private boolean isOver() {
        lock.lock();
        try {
            return over;
        } finally {
            lock.unlock();
        }
    }

    private boolean isLeft() {
        lock.lock();
        try {
            return left;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public ResourceUse use() {
        return use;
    }
}
