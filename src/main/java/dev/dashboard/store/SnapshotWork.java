package dev.dashboard.store;

/** Several reads that must agree with each other. */
@FunctionalInterface
public interface SnapshotWork<T> {
    T read(Reads reads);
}
