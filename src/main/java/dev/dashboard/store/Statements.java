package dev.dashboard.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs statements on one connection and keeps the ones that were used last prepared.
 *
 * <p>Owned by one database thread. A statement in use is out of the cache, so that a mapper which runs the same text again gets
 * one of its own instead of resetting the one that is being read.
 */
final class Statements implements AutoCloseable {
    /** More than the server has distinct statements; beyond it the longest unused is closed. */
    private static final int KEPT = 128;

    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new LinkedHashMap<>(64, 0.75f, true);

    Statements(Connection connection) {
        this.connection = connection;
    }

    /** Runs a text without parameters that may hold several statements. */
    void script(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    int update(String sql, Object... params) throws SQLException {
        return with(sql, statement -> {
            bind(statement, params);
            return statement.executeUpdate();
        });
    }

    void batch(String sql, List<Object[]> rows) throws SQLException {
        with(sql, statement -> {
            for (Object[] row : rows) {
                bind(statement, row);
                statement.addBatch();
            }
            return statement.executeBatch();
        });
    }

    <T> List<T> query(String sql, int limit, RowMapper<T> mapper, Object... params) throws SQLException {
        return with(sql, statement -> {
            bind(statement, params);
            try (ResultSet results = statement.executeQuery()) {
                Row row = new JdbcRow(results);
                List<T> found = new ArrayList<>();
                while (found.size() < limit && results.next()) {
                    found.add(mapper.map(row));
                }
                return found;
            }
        });
    }

    private interface Use<T> {
        T of(PreparedStatement statement) throws SQLException;
    }

    private <T> T with(String sql, Use<T> use) throws SQLException {
        PreparedStatement kept = prepared.remove(sql);
        PreparedStatement statement = kept == null ? connection.prepareStatement(sql) : kept;
        boolean good = false;
        try {
            T result = use.of(statement);
            good = true;
            return result;
        } finally {
            if (good) {
                keep(sql, statement);
            } else {
                statement.close();
            }
        }
    }

    private void keep(String sql, PreparedStatement statement) throws SQLException {
        PreparedStatement other = prepared.put(sql, statement);
        if (other != null) {
            other.close();
        }
        if (prepared.size() > KEPT) {
            String eldest = prepared.keySet().iterator().next();
            prepared.remove(eldest).close();
        }
    }

    /** Every placeholder must be given: SQLite would bind NULL to the rest and find nothing. */
    private static void bind(PreparedStatement statement, Object[] params) throws SQLException {
        int expected = statement.getParameterMetaData().getParameterCount();
        if (expected != params.length) {
            throw new IllegalArgumentException(
                    "the statement has " + expected + " parameters, but " + params.length + " were given");
        }
        for (int i = 0; i < params.length; i++) {
            statement.setObject(i + 1, Values.bind(params[i]));
        }
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : prepared.values()) {
            statement.close();
        }
        prepared.clear();
    }
}
