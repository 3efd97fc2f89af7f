package dev.dashboard.store;

import java.sql.Connection;
import java.sql.SQLException;

/** Reading by plain JDBC, for pages that are asked for often. The connection refuses writes and must not leave the work. */
@FunctionalInterface
public interface ReadWork<T> {
    T read(Connection connection) throws SQLException;
}
