package dev.dashboard.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/**
 * A connection beside the writer's that looks at the file as a whole and takes the write-ahead log over into it. It changes no content,
 * and waits for no lock: what is not to be had at once is left for the next time.
 *
 * <p>Owned by one platform thread.
 */
final class SideConnection implements AutoCloseable {
    /**
     * How far the write-ahead log has been taken over.
     *
     * @param all frames in the log since it last began anew; -1 when nobody has written yet
     * @param taken how many of them are in the database too
     */
    record Log(boolean busy, long all, long taken) {
        /** Frames that only the log has. */
        long left() {
            return all - taken;
        }
    }

    private final Connection connection;
    private final Statements statements;

    SideConnection(Path file) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("busy_timeout", "0");
        properties.setProperty("synchronous", "FULL");
        this.connection = DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath(), properties);
        this.statements = new Statements(connection);
    }

    /** Only looks. */
    Log log() throws SQLException {
        return checkpoint("NOOP");
    }

    /** Takes over what no reader keeps from it. Readers and the writer go on meanwhile. */
    Log takeOver() throws SQLException {
        return checkpoint("PASSIVE");
    }

    /** As {@link #takeOver}, and cuts the log to nothing; busy when anybody reads from it or writes. The writer is locked out meanwhile. */
    Log cut() throws SQLException {
        return checkpoint("TRUNCATE");
    }

    private Log checkpoint(String how) throws SQLException {
        return statements
                .query(
                        "PRAGMA wal_checkpoint(" + how + ")",
                        1,
                        row -> new Log(row.bool("busy"), row.longValue("log"), row.longValue("checkpointed")))
                .getFirst();
    }

    long pageBytes() throws SQLException {
        return number("page_size");
    }

    /** Pages of the file. */
    long pages() throws SQLException {
        return number("page_count");
    }

    /** Pages of the file that nothing is on. */
    long freePages() throws SQLException {
        return number("freelist_count");
    }

    /** Whether free pages can be given back to the disk a few at a time. */
    boolean shrinks() throws SQLException {
        return number("auto_vacuum") == Database.AUTO_VACUUM_INCREMENTAL;
    }

    private long number(String pragma) throws SQLException {
        return statements
                .query("PRAGMA " + pragma, 1, row -> row.longValue(pragma))
                .getFirst();
    }

    @Override
    public void close() throws SQLException {
        try (connection) {
            statements.close();
        }
    }
}
