package dev.dashboard.store;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The writer's connection with its transaction control, which is plain SQL: the driver's own way begins the next transaction
 * together with each commit, and would hold the file's write lock while nobody writes.
 */
final class WriterConnection {
    private static final Logger LOG = System.getLogger(WriterConnection.class.getName());

    private final Connection connection;
    private final Statements statements;
    private boolean open;

    WriterConnection(Connection connection) {
        this.connection = connection;
        this.statements = new Statements(connection);
    }

    Statements statements() {
        return statements;
    }

    void begin() throws SQLException {
        statements.update("BEGIN IMMEDIATE");
        open = true;
    }

    void commit() throws SQLException {
        statements.update("COMMIT");
        open = false;
    }

    void mark() throws SQLException {
        statements.update("SAVEPOINT unit");
    }

    void release() throws SQLException {
        statements.update("RELEASE unit");
    }

    /** Fails when SQLite has rolled back the whole transaction by itself: then the group is lost. */
    void backToMark() throws SQLException {
        statements.update("ROLLBACK TO unit");
        statements.update("RELEASE unit");
    }

    /** Returns whether the connection is surely outside of a transaction and may be used again. */
    boolean rollback() {
        if (!open) {
            return true;
        }
        open = false;
        try {
            statements.update("ROLLBACK");
            return true;
        } catch (SQLException e) {
            LOG.log(Level.DEBUG, "nothing left to roll back", e);
            return false;
        }
    }

    /** Closes the connection for good: it does not go back to the pool as it is. */
    void discard() {
        try {
            statements.close();
            // Aborted, the pool throws it away instead of lending it again.
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.log(Level.WARNING, "writer connection did not close cleanly", e);
        }
    }
}
