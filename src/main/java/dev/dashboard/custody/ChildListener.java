package dev.dashboard.custody;

/**
 * Hears one process. Calls come one at a time and in order, never from a caller's thread.
 *
 * <p>A call may block: then the process's pipe fills and the process waits; nothing is lost. A call that never returns postpones {@link
 * #exited} for ever, but neither {@link Child#kill} nor the end of the process tree.
 */
public interface ChildListener {

    /** The next bytes of its stdout; the array is reused after the call. */
    void output(byte[] bytes, int count);

    /** A write, and with it all before it, has gone into the process's pipe. Called on a thread of its own kind, beside the others. */
    default void written(long number) {}

    /** Told exactly once and last: the process and its tree have been ended, and nothing more will be heard. */
    void exited(Exit exit);
}
