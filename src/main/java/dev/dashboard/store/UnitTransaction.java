package dev.dashboard.store;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The transaction of one unit of work: the writer's statements, for as long as the unit runs. */
final class UnitTransaction implements Transaction {
    private final Statements statements;
    private final Pulse pulse;
    private final Thread thread = Thread.currentThread();
    private final List<Runnable> hooks = new ArrayList<>(1);
    private int events;
    private boolean over;
    private RuntimeException broken;

    UnitTransaction(Statements statements, Pulse pulse) {
        this.statements = statements;
        this.pulse = pulse;
    }

    private interface Call<T> {
        T now() throws SQLException;
    }

    @Override
    public int update(String sql, Object... params) {
        return run(() -> statements.update(sql, params));
    }

    @Override
    public void batch(String sql, List<Object[]> rows) {
        run(() -> {
            statements.batch(sql, rows);
            return rows.size();
        });
    }

    @Override
    public <T> List<T> list(String sql, RowMapper<T> mapper, Object... params) {
        return run(() -> statements.query(sql, Integer.MAX_VALUE, mapper, params));
    }

    @Override
    public <T> Optional<T> first(String sql, RowMapper<T> mapper, Object... params) {
        return run(() -> statements.query(sql, 1, mapper, params)).stream().findFirst();
    }

    @Override
    public void afterCommit(Runnable hook) {
        checkUsable();
        hooks.add(hook);
    }

    @Override
    public void stores(int more) {
        checkUsable();
        events += more;
    }

    /** How many events it said that it stores. */
    int events() {
        return events;
    }

    /** Several statements in one text, without parameters; for migrations. */
    void script(String sql) {
        run(() -> {
            statements.script(sql);
            return 0;
        });
    }

    /** Hands out what is to run after the commit; throws when the unit swallowed a failure that is final. */
    List<Runnable> finish() {
        checkUsable();
        return hooks;
    }

    void end() {
        over = true;
    }

    /**
     * After a failure of disk or lock SQLite may have rolled everything back by itself; a unit that went on would then write
     * outside of any transaction. So such a failure is final, even when the unit swallows it.
     */
    private <T> T run(Call<T> call) {
        checkUsable();
        pulse.rest();
        try {
            return call.now();
        } catch (SQLException e) {
            RuntimeException failure = Failures.of(e);
            if (!(failure instanceof StoreException)) {
                broken = failure;
            }
            throw failure;
        } finally {
            pulse.beat();
        }
    }

    private void checkUsable() {
        if (over || Thread.currentThread() != thread) {
            throw new IllegalStateException("a transaction is valid only inside its unit of work");
        }
        if (broken != null) {
            throw broken;
        }
    }
}
