package dev.dashboard.custody;

import java.time.Duration;
import java.time.Instant;

/** A process in custody. All methods may be called from any thread, none of them blocks on the process, all are harmless after its end. */
public interface Child extends AutoCloseable {

    ProcessId id();

    /** When the process began, by the machine's clock; exact to a second or so. */
    Instant startedAt();

    /**
     * Queues bytes for its stdin, which are written whole and once.
     *
     * @param number above that of every write before; a number that was written already is passed over
     * @return false: the queue of 64 is full, or the process has ended or is being stopped
     */
    boolean write(long number, byte[] bytes);

    /** The number of the last write that was taken; 0 before the first. */
    long accepted();

    /** How many more writes would be taken; 0 when it has ended or is being stopped. */
    int room();

    /** Output up to this byte is kept by whoever listens, and need not be told again. */
    void kept(long offset);

    /**
     * Ends its stdin after what is queued, in the background; {@link ChildListener#exited} tells the end. What lives after a time gets
     * SIGTERM, and after another SIGKILL, with its tree.
     *
     * @param endOfInput waits for a clean exit; zero leaves the step out
     * @param terminate waits after SIGTERM; zero leaves the step out
     */
    void stop(Duration endOfInput, Duration terminate);

    /** Ends the process and its tree at once (SIGKILL). */
    void kill();

    boolean isAlive();

    /** Of the process and its descendants, as last looked at: up to some seconds old. */
    ResourceUse use();

    /** Lets go of it: {@link #kill}, and waits a bounded time for {@link ChildListener#exited} to have been told. */
    @Override
    void close();
}
