package dev.dashboard.store;

import java.io.Serial;
import java.sql.SQLException;

/** A statement that the database refused: a fault of ours in its text or values, or a violated constraint. */
public final class StoreException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final boolean constraint;

    StoreException(SQLException cause, boolean constraint) {
        super(cause.getMessage(), cause);
        this.constraint = constraint;
    }

    /** Whether a constraint of the schema was violated, for instance a value that must be unique. */
    public boolean isConstraint() {
        return constraint;
    }
}
