package dev.dashboard.store;

/** A piece of housekeeping that somebody else knows how to do. */
public record Chore(String name, Slice slice) {
    /** One slice of it. */
    @FunctionalInterface
    public interface Slice {
        /** Does a little, in some milliseconds; returns whether there is more. */
        boolean more();
    }
}
