package dev.dashboard.cli;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.ChildListener;
import dev.dashboard.custody.Exit;
import dev.dashboard.custody.ProcessId;
import dev.dashboard.custody.ResourceUse;
import dev.dashboard.run.LogContext;
import dev.dashboard.run.Worker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A running CLI: its lines over the bytes of a {@link Child}. All methods may be called from any thread, none of them blocks on the
 * process, all are harmless after its end.
 */
public final class CliProcess implements AutoCloseable {
    static final int LONGEST_LINE_BYTES = 64 * 1024 * 1024;

    /** Above all others: what a stop says comes last. */
    private static final long STOP_NUMBER = Long.MAX_VALUE;

    private final String session;
    private final CliListener listener;
    private final LineSplitter splitter;
    private final Progress progress = new Progress();
    private final AtomicBoolean stopping = new AtomicBoolean();
    /** Output may be heard before whoever started the process has it in hand. */
    private final CompletableFuture<Child> child = new CompletableFuture<>();

    /** @param from where in its output the first byte to be heard stands */
    CliProcess(String session, CliListener listener, long from) {
        this.session = session;
        this.listener = listener;
        this.splitter = new LineSplitter(LONGEST_LINE_BYTES, from);
    }

    ChildListener pipe() {
        return new Pipe();
    }

    void begin(Child started) {
        child.complete(started);
    }

    private Child child() {
        return child.join();
    }

    /** Called by the process, one at a time. */
    private final class Pipe implements ChildListener {
        private long readNanos;

        @Override
        public void output(byte[] bytes, int count) {
            readNanos = System.nanoTime();
            splitter.add(bytes, count, this::line);
        }

        private void line(LineSplitter.Line line) {
            CliOutput output = switch (line) {
                case LineSplitter.Whole(String text, long _) -> CliCodec.decode(text);
                case LineSplitter.TooLong(String beginning, long bytes, long _) ->
                    new CliOutput.Unrecognized(beginning, "longer than " + LONGEST_LINE_BYTES + " bytes", bytes);
            };
            progress.noticed(output);
            listener.heard(output, line.end(), readNanos);
        }

        @Override
        public void exited(Exit exit) {
            progress.exited();
            if (!exit.lost()) {
                splitter.end(this::line);
            }
            listener.exited(exit);
        }
    }

    /**
     * The line for stdin, as {@link #send} takes it; made before, so that it can be recorded with what it follows from.
     *
     * @return UTF-8, with its line break
     */
    public static byte[] line(CliInput input) {
        return (CliCodec.encode(input) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Queues a line for stdin.
     *
     * @param number above that of every line before; one that was written already is passed over
     * @return false: the queue is full, or the process has ended or is being stopped
     */
    public boolean send(long number, byte[] line) {
        return room() > 0 && child().write(number, line);
    }

    /** The number of the last line that was taken. */
    public long accepted() {
        return child().accepted();
    }

    /** How many more lines would be taken; 0 when it has ended or is being stopped. Only the owner sends, so room seen is room kept. */
    public int room() {
        // One place is kept for the interrupt of a stop.
        return stopping.get() ? 0 : Math.max(0, child().room() - 1);
    }

    /** What was heard up to here is recorded, and need not be told again. */
    public void kept(long offset) {
        child().kept(offset);
    }

    /**
     * Begins to stop the process, in the background; {@link CliListener#exited} tells the end. A second call does nothing, but {@link
     * #kill} may cut it short.
     */
    public void stop(StopPlan plan) {
        if (stopping.compareAndSet(false, true)) {
            Worker.virtual("session-" + session + "-stop", LogContext.ofSession(session), () -> descend(plan));
        }
    }

    private void descend(StopPlan plan) throws InterruptedException {
        if (!plan.interrupt().isZero()) {
            String request = "stop-" + UUID.randomUUID();
            progress.interrupting(request);
            child().write(STOP_NUMBER, line(new CliInput.Interrupt(request, true)));
            progress.awaitRest(plan.interrupt());
        }
        child().stop(plan.endOfInput(), plan.terminate());
    }

    /** Ends the process and its tree at once (SIGKILL). */
    public void kill() {
        stopping.set(true);
        child().kill();
    }

    public ProcessId id() {
        return child().id();
    }

    /** When the process began, by the machine's clock; exact to a second or so (see {@link ProcessId} for an identity). */
    public Instant startedAt() {
        return child().startedAt();
    }

    public boolean isAlive() {
        return child().isAlive();
    }

    /** Of the process and its descendants, as last looked at: up to some seconds old. */
    public ResourceUse use() {
        return child().use();
    }

    /** {@link #kill}, and waits a bounded time for {@link CliListener#exited} to have been told. */
    @Override
    public void close() {
        stopping.set(true);
        child().close();
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
