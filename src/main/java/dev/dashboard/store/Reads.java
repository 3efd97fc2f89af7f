package dev.dashboard.store;

import java.util.List;
import java.util.Optional;

/** Reads that see one state of the database. Parameters by position ({@code ?}); valid only inside the work they are given to. */
public interface Reads {
    <T> List<T> list(String sql, RowMapper<T> mapper, Object... params);

    /** The first row, if there is one; further rows are not read. */
    <T> Optional<T> first(String sql, RowMapper<T> mapper, Object... params);
}
