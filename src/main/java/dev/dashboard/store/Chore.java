package dev.dashboard.store;

/**
 * A piece of housekeeping that somebody else knows how to do.
 *
 * @param erases what it takes away is not to be found in the write-ahead log either, as soon as that can be cut
 */
public record Chore(String name, boolean erases, Slice slice) {
    /** One slice of it. */
    @FunctionalInterface
    public interface Slice {
        /** Does a little, in some milliseconds; returns whether there is more. */
        boolean more();
    }
}
