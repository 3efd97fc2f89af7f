package dev.dashboard.cli;

import dev.dashboard.custody.Exit;

/**
 * Hears one process. Calls come one at a time and in order, from threads of the process, never from a caller's.
 *
 * <p>A call may block: then the CLI's pipe fills and the CLI waits; nothing is lost. A call that never returns postpones {@link
 * #exited} for ever, but neither {@link CliProcess#kill} nor the end of the process tree.
 */
public interface CliListener {

    /**
     * @param end where, in bytes of its stdout, the next line begins
     * @param readNanos when the line's last bytes were read, by {@link System#nanoTime}
     */
    void heard(CliOutput output, long end, long readNanos);

    /** Told exactly once and last: the process and its tree have been ended, and nothing more will be heard. */
    void exited(Exit exit);
}
