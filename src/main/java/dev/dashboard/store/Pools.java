package dev.dashboard.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Duration;

/** Both connection pools, and the one place for pragmas: each connection gets them when it is opened. */
final class Pools {
    /** How long a statement waits for a lock that another process holds; after it, UNAVAILABLE. */
    static final Duration BUSY_TIMEOUT = Duration.ofSeconds(2);

    /** The write-ahead log is cut back to this size after a checkpoint. */
    private static final long WAL_KEPT_BYTES = 64L << 20;

    /**
     * Housekeeping takes the log over into the database beside the writer. Only where it cannot keep up does the writer do it itself, in a
     * commit, and then has little left to do; without either the log would never begin anew under writes without a pause.
     */
    private static final int AUTO_CHECKPOINT_PAGES = 16_000;

    private Pools() {}

    /**
     * One connection. Full sync, since "shown means stored" is a promise. IMMEDIATE takes the write lock at the begin: a
     * transaction that read first and then writes would otherwise fail at once, whatever the busy timeout.
     */
    static HikariDataSource writer(Path file) {
        HikariConfig config = common(file, "database-writer", 1);
        config.addDataSourceProperty("journal_mode", "WAL");
        config.addDataSourceProperty("transaction_mode", "IMMEDIATE");
        // What is deleted or changed is overwritten: what people said must not be on a free page when it has expired,
        // and
        // a row may have moved, or been changed, long before.
        config.addDataSourceProperty("secure_delete", "true");
        config.setConnectionInitSql("PRAGMA wal_autocheckpoint = " + AUTO_CHECKPOINT_PAGES);
        return new HikariDataSource(config);
    }

    /** As many connections as there are reading threads; SQLite itself refuses writes on them. */
    static HikariDataSource readers(Path file, int readers) {
        HikariConfig config = common(file, "database-reader", readers);
        config.addDataSourceProperty("journal_mode", "WAL");
        config.setConnectionInitSql("PRAGMA query_only=1");
        return new HikariDataSource(config);
    }

    /** One connection that cannot write, not even beside the file; the file must not be in WAL mode. */
    static HikariDataSource readOnly(Path file) {
        HikariConfig config = common(file, "database-read-only", 1);
        config.addDataSourceProperty("open_mode", "1");
        config.setReadOnly(true);
        return new HikariDataSource(config);
    }

    private static HikariConfig common(Path file, String name, int size) {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        config.setJdbcUrl("jdbc:sqlite:" + file.toAbsolutePath());
        config.setMaximumPoolSize(size);
        config.setConnectionTimeout(2 * BUSY_TIMEOUT.toMillis());
        // A connection to a file does not grow stale.
        config.setMaxLifetime(0);
        config.setIdleTimeout(0);
        config.addDataSourceProperty("synchronous", "FULL");
        config.addDataSourceProperty("foreign_keys", "true");
        config.addDataSourceProperty("busy_timeout", Long.toString(BUSY_TIMEOUT.toMillis()));
        // Nobody asks for generated keys; the driver would run one more query after each insert to have them at hand.
        config.addDataSourceProperty("jdbc.get_generated_keys", "false");
        config.addDataSourceProperty("journal_size_limit", Long.toString(WAL_KEPT_BYTES));
        return config;
    }
}
