package dev.dashboard.cli;

import java.time.Instant;

/** A running CLI. All methods may be called from any thread, none of them blocks on the child, all are harmless after its end. */
public interface CliProcess extends AutoCloseable {

    long pid();

    ProcessId id();

    /** When the process began, by the machine's clock; exact to a second or so (see {@link ProcessId} for an identity). */
    Instant startedAt();

    /** Queues a line for stdin. False: the queue of 64 is full, or the process has ended or is being stopped. */
    boolean send(CliInput input);

    /** How many more inputs would be taken; 0 when it has ended or is being stopped. Only the owner sends, so room seen is room kept. */
    int room();

    /**
     * Begins to stop the process, in the background; {@link CliListener#exited} tells the end. A second call does nothing, but {@link
     * #kill} may cut it short.
     */
    void stop(StopPlan plan);

    /** Ends the process and its tree at once (SIGKILL). */
    void kill();

    boolean isAlive();

    /** Of the process and its descendants, as last looked at: up to some seconds old. */
    ResourceUse use();

    /** {@link #kill}, and waits a bounded time for {@link CliListener#exited} to have been told. */
    @Override
    void close();
}
