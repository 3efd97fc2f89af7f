package dev.dashboard.store;

import java.sql.ResultSet;
import java.sql.SQLException;

/** The present row of a result set. */
final class JdbcRow extends Row {
    private final ResultSet results;

    JdbcRow(ResultSet results) {
        this.results = results;
    }

    @Override
    Object value(String name) {
        try {
            return results.getObject(name);
        } catch (SQLException e) {
            throw Failures.of(e);
        }
    }
}
