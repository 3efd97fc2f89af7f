package dev.dashboard.store;

/** Turns one row into a value. Called on a database thread: quick, and without calls into {@link Database}. */
@FunctionalInterface
public interface RowMapper<T> {
    T map(Row row);
}
