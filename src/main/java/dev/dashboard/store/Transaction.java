package dev.dashboard.store;

import java.util.List;

/**
 * What a {@link WriteWork} may do. Valid only inside it and on its thread.
 *
 * <p>A failed statement throws {@link StoreException} and changes nothing; after a violated constraint the work may go on.
 * A failure of the disk or a lock throws {@code Problem} UNAVAILABLE, and the unit of work is lost.
 */
public interface Transaction extends Reads {
    /** Returns the number of rows that the statement changed. */
    int update(String sql, Object... params);

    /** The same statement for every row of parameters, in order. */
    void batch(String sql, List<Object[]> rows);

    /**
     * Runs after the commit that holds this work, before its caller is answered, in the order of the commits; not at all when
     * the work is rolled back. Must be quick and must not throw: the truth is already stored.
     */
    void afterCommit(Runnable hook);

    /** Says that this work stores so many events, for who measures; adds up. */
    void stores(int events);
}
