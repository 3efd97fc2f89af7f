package dev.dashboard.cli;

import dev.dashboard.cli.CliExit.Leftover;
import dev.dashboard.run.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
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
final class LocalCliProcess implements CliProcess {
    private static final Logger LOG = System.getLogger(LocalCliProcess.class.getName());

    static final int QUEUED_INPUTS = 64;
    static final int LONGEST_LINE_BYTES = 64 * 1024 * 1024;
    static final int STDERR_TAIL_BYTES = 64 * 1024;

    /** How long a pipe may stay silent after the end before it is given up. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
    private static final Duration CLOSE = Duration.ofSeconds(10);

    /** A line to write, or the end of stdin. */
    private sealed interface Outgoing {}

    private record Send(CliInput input) implements Outgoing {}

    private record EndOfInput() implements Outgoing {}

    private final String session;
    private final String name;
    private final String launch;
    private final Process process;
    private final ProcessId id;
    private final Instant startedAt;
    private final ProcessTree tree;
    private final CliListener listener;
    private final Consumer<LocalCliProcess> ended;

    /** Two places more than may be sent: the ladder's interrupt and its end of input always fit. */
    private final BlockingQueue<Outgoing> outgoing = new ArrayBlockingQueue<>(QUEUED_INPUTS + 2);

    private final LineReader lines;
    private final Tail stderr = new Tail(STDERR_TAIL_BYTES);
    private final Progress progress = new Progress();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch told = new CountDownLatch(1);

    /** Held while the listener hears something; {@code over} changes under it. */
    private final ReentrantLock gate = new ReentrantLock();

    private volatile boolean over;

    LocalCliProcess(CliCommand command, Process process, CliListener listener, Consumer<LocalCliProcess> ended) {
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
        this.lines = new LineReader(process.getInputStream(), LONGEST_LINE_BYTES);
    }

    void begin() {
        LOG.log(Level.INFO, "cli started session={0} pid={1}", name, Long.toString(id.pid()));
        Worker stdin = Worker.platform(name + "-stdin", this::pumpIn);
        Worker stdout = Worker.platform(name + "-stdout", this::pumpOut, _ -> kill());
        Worker errors = Worker.platform(name + "-stderr", this::pumpErrors);
        Worker.virtual(name + "-end", () -> end(stdin, stdout, errors), _ -> tellWithoutProof());
    }

    // ---- pumps

    private void pumpIn() throws InterruptedException {
        try (OutputStream out = process.getOutputStream()) {
            while (outgoing.take() instanceof Send(CliInput input)) {
                out.write((CliCodec.encode(input) + "\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "stdin closed session={0} reason={1}", name, e.getMessage());
        }
    }

    private void pumpOut() throws IOException {
        boolean open = true;
        while (open) {
            open = switch (next()) {
                case LineReader.Whole(String text) -> hear(CliCodec.decode(text));
                case LineReader.TooLong(String beginning, long bytes) ->
                    hear(new CliOutput.Unrecognized(beginning, "longer than " + LONGEST_LINE_BYTES + " bytes", bytes));
                case LineReader.End() -> false;
            };
        }
    }

    /** A pipe that breaks is a pipe that ends: how the process ended is told by its exit. */
    private LineReader.Line next() {
        try {
            return lines.next();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "stdout broke session={0} reason={1}", name, e.getMessage());
            return new LineReader.End();
        }
    }

    private boolean hear(CliOutput output) {
        progress.noticed(output);
        gate.lock();
        try {
            if (!over) {
                listener.heard(output);
            }
            return !over;
        } finally {
            gate.unlock();
        }
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
        progress.exited();
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
            tell(new CliExit(OptionalInt.of(code), stderr.text(), leftover));
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
            if (Math.min(ended, lines.waitedForMillis()) >= GRACE.toMillis()) {
                LOG.log(Level.WARNING, "stdout still held open after the end session={0}", name);
                return;
            }
        }
    }

    /** The owner must hear of the end even if the sweep itself has failed (which was logged). */
    private void tellWithoutProof() {
        if (!over) {
            tell(new CliExit(OptionalInt.empty(), stderr.text(), Leftover.NONE));
            ended.accept(this);
            told.countDown();
        }
    }

    private void tell(CliExit exit) {
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
    public boolean send(CliInput input) {
        return room() > 0 && outgoing.offer(new Send(input));
    }

    @Override
    public int room() {
        return stopping.get() || !process.isAlive() ? 0 : Math.max(0, QUEUED_INPUTS - outgoing.size());
    }

    @Override
    public void stop(StopPlan plan) {
        if (stopping.compareAndSet(false, true)) {
            Worker.virtual(name + "-stop", () -> descend(plan));
        }
    }

    /** Signals go by the handle: the process's own {@code destroy} would also close the pipes, with the last words in them. */
    private void descend(StopPlan plan) throws InterruptedException {
        if (!plan.interrupt().isZero()) {
            String request = "stop-" + UUID.randomUUID();
            progress.interrupting(request);
            outgoing.offer(new Send(new CliInput.Interrupt(request, true)));
            progress.awaitRest(plan.interrupt());
        }
        if (!plan.endOfInput().isZero()) {
            outgoing.offer(new EndOfInput());
            process.waitFor(plan.endOfInput());
        }
        if (!plan.terminate().isZero() && process.isAlive()) {
            process.toHandle().destroy();
            process.waitFor(plan.terminate());
        }
        if (process.isAlive()) {
            LOG.log(Level.WARNING, "cli did not end when asked session={0} pid={1}", name, Long.toString(id.pid()));
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
    public long pid() {
        return id.pid();
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

    /** Whether a turn runs, from what the CLI says; only the stop needs it. Guards itself. */
    private static final class Progress {
        private boolean working;
        private boolean exited;
        private Optional<String> interrupt = Optional.empty();
        private boolean answered;

        synchronized void noticed(CliOutput output) {
            switch (output) {
                case CliOutput.SystemInit _ -> working = true;
                case CliOutput.Result _ -> working = false;
                case CliOutput.SessionStateChanged(String state) -> working = !state.equals("idle");
                case CliOutput.ControlResponse answer ->
                    answered |= interrupt.filter(answer.requestId()::equals).isPresent();
                default -> {
                    return;
                }
            }
            notifyAll();
        }

        synchronized void interrupting(String request) {
            interrupt = Optional.of(request);
        }

        synchronized void exited() {
            exited = true;
            notifyAll();
        }

        /** Until the interrupt was taken and its turn has ended, the process is gone, or the time is up. */
        synchronized void awaitRest(Duration limit) throws InterruptedException {
            long end = System.nanoTime() + limit.toNanos();
            while (!exited && !(answered && !working)) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return;
                }
                wait(left);
            }
        }
    }
}
