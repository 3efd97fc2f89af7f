package dev.dashboard.store;

import dev.dashboard.problem.Problem;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * Copies a database that another process may be writing, page by page, as it stands at one moment. The writer goes on meanwhile: its
 * write-ahead log only cannot be taken over until the copy is done.
 *
 * <p>SQLite's backup, in one step. In smaller steps it begins anew after each write of another process, and under a busy server never
 * ends. {@code VACUUM INTO} takes two to three times as long, and writes damaged content anew as if it were sound: of 186 pages that
 * were filled with random bytes one by one, a check of its result missed 105, of the backup's 4.
 *
 * <p>Native calls on the caller's thread, which must be a platform thread.
 */
public final class DatabaseCopy {
    private static final String READ_WRITE = "2";
    private static final int ALL_PAGES = -1;
    private static final int PAUSE_MILLIS = 100;
    private static final int TRIES_WHEN_BUSY = 100;

    private DatabaseCopy() {}

    /**
     * @param source must exist; is not changed
     * @param target an empty file, which keeps its owner and mode; a partial one is left when it fails. Not in WAL mode afterwards, so
     *     that it can be read without writing beside it
     * @throws Problem UNAVAILABLE {@code disk-full}, {@code database-damaged} or {@code database-not-copied}
     */
    public static void write(Path source, Path target) {
        try (SQLiteConnection connection = open(source)) {
            check(connection
                    .getDatabase()
                    .backup("main", target.toString(), null, PAUSE_MILLIS, TRIES_WHEN_BUSY, ALL_PAGES));
        } catch (SQLException e) {
            throw failed(SQLiteErrorCode.getErrorCode(e.getErrorCode()), e);
        }
        try (SQLiteConnection connection = open(target);
                Statement statement = connection.createStatement();
                ResultSet mode = statement.executeQuery("PRAGMA journal_mode = DELETE")) {
            if (!mode.next() || !mode.getString(1).equals("delete")) {
                throw failed(SQLiteErrorCode.SQLITE_ERROR, null);
            }
        } catch (SQLException e) {
            throw failed(SQLiteErrorCode.getErrorCode(e.getErrorCode()), e);
        }
    }

    /** Not made if it is not there. */
    private static SQLiteConnection open(Path file) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("open_mode", READ_WRITE);
        properties.setProperty("busy_timeout", Long.toString(Pools.BUSY_TIMEOUT.toMillis()));
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath(), properties);
        return connection.unwrap(SQLiteConnection.class);
    }

    private static void check(int code) {
        if (code != SQLiteErrorCode.SQLITE_OK.code && code != SQLiteErrorCode.SQLITE_DONE.code) {
            throw failed(SQLiteErrorCode.getErrorCode(code), null);
        }
    }

    private static Problem failed(SQLiteErrorCode code, SQLException cause) {
        Problem problem = switch (code) {
            case SQLITE_FULL ->
                unavailable("disk-full", "The disk became full while the database was copied; nothing is left of it.");
            case SQLITE_CORRUPT, SQLITE_NOTADB ->
                unavailable(
                        "database-damaged",
                        "The database is damaged (" + code.message
                                + "). Restore the last backup; keep the damaged file.");
            default -> unavailable("database-not-copied", "The database cannot be copied (" + code.message + ").");
        };
        return cause == null ? problem : problem.causedBy(cause);
    }

    private static Problem unavailable(String code, String message) {
        return new Problem(Problem.Kind.UNAVAILABLE, code, message);
    }
}
