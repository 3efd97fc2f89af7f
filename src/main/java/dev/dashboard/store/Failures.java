package dev.dashboard.store;

import dev.dashboard.problem.Problem;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;

/** Sorts what SQLite reports: our faults, and failures of what it stands on. */
final class Failures {
    /** Primary result codes: CONSTRAINT, TOOBIG, MISMATCH, RANGE, ERROR. See sqlite.org/rescode.html. */
    private static final int CONSTRAINT = 19;

    private static final Set<Integer> OURS = Set.of(1, 18, CONSTRAINT, 20, 25);

    private Failures() {}

    /** The exception for callers: a {@link StoreException} for our own faults, else UNAVAILABLE. */
    static RuntimeException of(SQLException e) {
        int primary = e.getErrorCode() & 0xff;
        return OURS.contains(primary) ? new StoreException(e, primary == CONSTRAINT) : unavailable(e);
    }

    static Problem unavailable(Throwable cause) {
        return new Problem(
                        Problem.Kind.UNAVAILABLE,
                        "journal-unavailable",
                        "The journal cannot be written or read now; nothing was recorded. Try again; if it stays so, the"
                                + " disk may be full or the database locked.")
                .causedBy(cause);
    }

    static Problem busy(int limit) {
        return new Problem(
                        Problem.Kind.BUSY,
                        "database-busy",
                        "The database has " + limit + " requests waiting, which is its limit; nothing was recorded.")
                .retryAfter(Duration.ofSeconds(1));
    }

    static Problem readOnly() {
        return new Problem(
                Problem.Kind.UNAVAILABLE,
                "database-read-only",
                "This database was opened for reading; nothing was recorded.");
    }

    static Problem closed() {
        return new Problem(
                Problem.Kind.UNAVAILABLE, "database-closed", "The server is stopping; nothing was recorded.");
    }
}
