package dev.dashboard.custody;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Whoever has the processes. An interface because a border is crossed: {@link LocalCustody} has them beside itself, a runner has them
 * as another user, and keeps them when the server ends. Any thread.
 */
public interface Custody extends AutoCloseable {
    /** The code of the refusal of whoever has the processes and is about to leave: the next one will start it. */
    String LEAVING = "runner-leaving";

    /** The code of the refusal where nobody can be asked. */
    String UNREACHABLE = "runner-unreachable";

    /**
     * Starts a process; returns when it exists, before it said anything.
     *
     * @throws dev.dashboard.problem.Problem UNAVAILABLE with a remedy: {@code cli-missing}, {@code cli-not-executable}, {@code
     *     cwd-missing}, {@code cwd-replaced}, {@code cli-start-failed}, {@code runner-unreachable}, {@code runner-refused}, {@link #LEAVING}. Then
     *     nothing was started and the listener is never called
     */
    Child start(Command command, ChildListener listener);

    /** Whether processes live on without this server, so that {@link #attach} may find them again. */
    boolean outlivesServer();

    /** Whether a process could be started now, by who is asked; not while whoever has them is away or about to leave. */
    boolean takesLaunches();

    /**
     * From now on, whenever whoever has the processes is about to leave: how long they still have. Told on a thread of its own, perhaps
     * more than once; never by whoever ends with the server.
     */
    void whenLeaving(Consumer<Duration> told);

    /**
     * Takes a process up again that an earlier server had started, also one that has ended meanwhile and whose end nobody was told.
     *
     * @param session names the threads
     * @param launch its mark
     * @param from the first byte of its output that is still wanted
     * @return empty when nobody knows it any more
     * @throws dev.dashboard.problem.Problem UNAVAILABLE {@code runner-unreachable}: nobody can be asked now
     */
    Optional<Child> attach(String session, String launch, long from, ChildListener listener);

    /** Those that were started or taken up here and live, the oldest first. Nothing is read for it. */
    List<Running> running();

    /** All living processes of this dashboard, its strays among them, oldest first. */
    List<Marked> ofInstance(String instance);

    /**
     * Lets a process that nobody attends to any more finish what it does, and then ends everything with the launch's mark.
     *
     * @param process the one to wait for, where it is known; else the oldest that has the mark
     * @param patience how long it may take
     */
    Exit.Leftover end(String launch, Optional<ProcessId> process, Duration patience) throws InterruptedException;

    /** The CLI's own record of a conversation, from its beginning; empty when there is none. The caller closes it. */
    Optional<InputStream> transcript(UUID conversation) throws IOException;

    /** Whether there is such a record. */
    boolean hasTranscript(UUID conversation);

    /**
     * Deletes what the CLI has kept of a conversation, as far as it lies under the conversation's name; none is no failure.
     *
     * @throws dev.dashboard.problem.Problem UNAVAILABLE {@code runner-unreachable}; {@code runner-too-old}; {@code transcript-kept} when it
     *     cannot be deleted
     */
    void forget(UUID conversation);

    /**
     * Asks the CLI for its version; takes up to ten seconds.
     *
     * @throws dev.dashboard.problem.Problem UNAVAILABLE {@code runner-unreachable}
     */
    Version version() throws InterruptedException;

    /** Ends what would not outlive the server, and lets go of the rest. */
    @Override
    void close();

    /**
     * A process and what it takes.
     *
     * @param session as its command named it
     */
    record Running(String session, long pid, Instant startedAt, ResourceUse use) {}

    /** A process with our marks. */
    record Marked(ProcessId id, String session, String launch) {}
}
