package dev.dashboard.store;

/**
 * One unit of work of the writer: all of it is committed, or none. Runs on the writer's thread, so it must be quick, must not
 * wait for anything, and must not call into {@link Database}.
 */
@FunctionalInterface
public interface WriteWork<T> {
    T write(Transaction transaction);
}
