package dev.dashboard.custody;

import dev.dashboard.custody.Exit.Leftover;
import dev.dashboard.run.LogContext;
import dev.dashboard.run.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The process, its three pumps, its end.
 *
 * <p>Threads: {@code session-ID-stdin}, {@code -stdout} and {@code -stderr} are platform threads, since a blocked call on a pipe holds
 * its carrier; {@code -end} waits for the process, sweeps its tree and tells {@code exited}; {@code -stop} runs the ladder.
 *
 * <p>The end follows from the exit, never from the end of stdout alone: a grandchild may hold that open for ever. So once the
 * process and its tree are gone, stdout has a short grace, counted only while its reader waits for data; then the end is told. A
 * gate between the two makes sure that nothing is heard after it.
 */
final class LocalChild implements Child {
    private static final Logger LOG = System.getLogger(LocalChild.class.getName());

    static final int QUEUED_WRITES = 64;
    private static final int CHUNK = 16 * 1024;
    static final int STDERR_TAIL_BYTES = 64 * 1024;

    /** How long a pipe may stay silent after the end before it is given up. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
    private static final Duration CLOSE = Duration.ofSeconds(10);

    /** Bytes to write, or the end of stdin. */
    private sealed interface Outgoing {}

    private record Send(long number, byte[] bytes) implements Outgoing {}

    private record EndOfInput() implements Outgoing {}

    private final String session;
    private final String name;
    private final String launch;
    private final Process process;
    private final ProcessId id;
    private final Instant startedAt;
    private final ProcessTree tree;
    private final ChildListener listener;
    private final Consumer<LocalChild> ended;

    /** A place more than may be written: the end of input always fits. */
    private final BlockingQueue<Outgoing> outgoing = new ArrayBlockingQueue<>(QUEUED_WRITES + 1);

    private final Tail stderr = new Tail(STDERR_TAIL_BYTES);
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch told = new CountDownLatch(1);

    /** Held while the listener hears something; {@code over} changes under it. */
    private final ReentrantLock gate = new ReentrantLock();

    private volatile boolean over;

    private volatile long waitingSince;
    /** Of the last write that was taken; guarded by this. */
    private long accepted;

    LocalChild(Command command, Process process, ChildListener listener, Consumer<LocalChild> ended) {
        this.session = command.session();
        this.name = "session-" + session;
        this.launch = command.launch();
        this.process = process;
        this.id = ProcessTable.row(process.pid())
                .map(ProcessTable.Row::id)
                .orElse(new ProcessId(process.pid(), 0)); // it has ended already
        this.startedAt = ProcessTable.startedAt(id).orElseGet(Instant::now);
        this.tree = new ProcessTree(id, System.nanoTime());
        this.listener = listener;
        this.ended = ended;
    }

    void begin() {
        LOG.log(Level.INFO, "cli started session={0} pid={1}", name, Long.toString(id.pid()));
        Worker stdin = Worker.platform(name + "-stdin", context(), this::pumpIn, _ -> {});
        Worker stdout = Worker.platform(name + "-stdout", context(), this::pumpOut, _ -> kill());
        Worker errors = Worker.platform(name + "-stderr", context(), this::pumpErrors, _ -> {});
        Worker.virtual(name + "-end", context(), () -> end(stdin, stdout, errors), _ -> tellWithoutProof());
    }

    // ---- pumps

    /** For each of its threads one. */
    private LogContext context() {
        return LogContext.ofSession(session);
    }

    private void pumpIn() throws InterruptedException {
        try (OutputStream out = process.getOutputStream()) {
            while (outgoing.take() instanceof Send(long number, byte[] bytes)) {
                out.write(bytes);
                out.flush();
                listener.written(number);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "stdin closed session={0} reason={1}", name, e.getMessage());
        }
    }

    /** A pipe that breaks is a pipe that ends: how the process ended is told by its exit. */
    private void pumpOut() {
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = process.getInputStream()) {
            boolean open = true;
            while (open) {
                waitingSince = Math.max(1, System.nanoTime());
                int count = in.read(chunk);
                waitingSince = 0;
                open = count >= 0 && hear(chunk, count);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "stdout broke session={0} reason={1}", name, e.getMessage());
        }
    }

    private boolean hear(byte[] chunk, int count) {
        gate.lock();
        try {
            if (!over) {
                listener.output(chunk, count);
            }
            return !over;
        } finally {
            gate.unlock();
        }
    }

    /** How long the pipe has been silent; zero while what it brought is being heard. */
    private long silentForMillis() {
        long since = waitingSince;
        return since == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
    }

    private void pumpErrors() {
        byte[] chunk = new byte[8 * 1024];
        try (InputStream in = process.getErrorStream()) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                stderr.add(chunk, count);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "stderr broke session={0} reason={1}", name, e.getMessage());
        }
    }

    // ---- the end

    private void end(Worker stdin, Worker stdout, Worker errors) throws InterruptedException {
        int code = process.waitFor();
        Leftover leftover = ProcessSweep.end(launch, tree::look);
        drain(stdout);
        errors.join(GRACE);
        LOG.log(
                Level.INFO,
                "cli ended session={0} pid={1} code={2} strays={3} remaining={4}",
                name,
                Long.toString(id.pid()),
                code,
                leftover.found(),
                leftover.remaining());
        try {
            tell(new Exit(OptionalInt.of(code), stderr.text(), leftover));
        } finally {
            ended.accept(this);
            told.countDown();
            stdin.close();
        }
    }

    /** Lets the reader bring what stands in the pipe, at the listener's pace; gives up a pipe that a stranger holds open. */
    private void drain(Worker stdout) throws InterruptedException {
        long start = System.nanoTime();
        while (!stdout.join(LOOK_AGAIN)) {
            long ended = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            if (Math.min(ended, silentForMillis()) >= GRACE.toMillis()) {
                LOG.log(Level.WARNING, "stdout still held open after the end session={0}", name);
                return;
            }
        }
    }

    /** The owner must hear of the end even if the sweep itself has failed (which was logged). */
    private void tellWithoutProof() {
        if (!over) {
            tell(new Exit(OptionalInt.empty(), stderr.text(), Leftover.NONE));
            ended.accept(this);
            told.countDown();
        }
    }

    private void tell(Exit exit) {
        gate.lock();
        try {
            over = true;
            listener.exited(exit);
        } finally {
            gate.unlock();
        }
    }

    // ---- what the owner may do

    @Override
    public synchronized boolean write(long number, byte[] bytes) {
        if (number <= accepted) {
            return true;
        }
        boolean taken = room() > 0 && outgoing.offer(new Send(number, bytes));
        accepted = taken ? number : accepted;
        return taken;
    }

    @Override
    public synchronized long accepted() {
        return accepted;
    }

    @Override
    public int room() {
        return stopping.get() || !process.isAlive() ? 0 : Math.max(0, QUEUED_WRITES - outgoing.size());
    }

    /** What was heard is kept by whoever heard it. */
    @Override
    public void kept(long offset) {}

    @Override
    public void stop(Duration endOfInput, Duration terminate) {
        if (stopping.compareAndSet(false, true)) {
            Worker.virtual(name + "-stop", context(), () -> descend(endOfInput, terminate));
        }
    }

    /** Signals go by the handle: the process's own {@code destroy} would also close the pipes, with the last words in them. */
    private void descend(Duration endOfInput, Duration terminate) throws InterruptedException {
        if (!endOfInput.isZero()) {
            outgoing.offer(new EndOfInput());
            process.waitFor(endOfInput);
        }
        if (!terminate.isZero() && process.isAlive()) {
            process.toHandle().destroy();
            process.waitFor(terminate);
        }
        if (process.isAlive()) {
            LOG.log(Level.WARNING, "process did not end when asked session={0} pid={1}", name, Long.toString(id.pid()));
            kill();
        }
    }

    /** Descendants are collected before: those of a dead parent cannot be told from others. */
    @Override
    public void kill() {
        stopping.set(true);
        if (process.isAlive()) {
            tree.look(ProcessTable.rows());
            process.toHandle().destroyForcibly();
        }
    }

    @Override
    public void close() {
        kill();
        try {
            if (!told.await(CLOSE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.log(Level.WARNING, "end of cli not heard session={0} pid={1}", name, Long.toString(id.pid()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
        return process.isAlive();
    }

    @Override
    public ResourceUse use() {
        return process.isAlive() ? tree.use() : ResourceUse.NONE;
    }

    String session() {
        return session;
    }

    ProcessTree tree() {
        return tree;
    }
}
