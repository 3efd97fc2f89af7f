package dev.dashboard.custody;

import java.util.OptionalInt;

/**
 * How a process ended.
 *
 * @param code its exit code; 128 and the signal's number when a signal ended it (137 SIGKILL, 143 SIGTERM); empty when it could
 *     not be learnt
 * @param stderrTail the last 64 KiB of what it wrote to stderr; may hold words of people: shown, never logged
 * @param leftover what else had to be ended
 * @param lost whoever had it in custody has lost it: how it ended, and whether it has, is not known
 */
public record Exit(OptionalInt code, String stderrTail, Leftover leftover, boolean lost) {

    public Exit(OptionalInt code, String stderrTail, Leftover leftover) {
        this(code, stderrTail, leftover, false);
    }

    public static Exit ofLost(String why) {
        return new Exit(OptionalInt.empty(), why, Leftover.NONE, true);
    }

    /**
     * Proof of what became of the process tree.
     *
     * @param found processes of the tree, other than the first, that were still there when it had ended
     * @param killed how many of them were ended by us
     * @param remaining how many were still there at the last look; 0 is the promise
     */
    public record Leftover(int found, int killed, int remaining) {
        public static final Leftover NONE = new Leftover(0, 0, 0);
    }
}
