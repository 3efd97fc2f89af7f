package dev.dashboard.store;

import com.zaxxer.hikari.HikariDataSource;
import dev.dashboard.problem.Problem;
import io.helidon.dbclient.DbRow;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One SQLite file. Every call into it runs on a thread of its own; callers, virtual threads as a rule, wait for the answer.
 *
 * <p>Waiting for an answer is not cut short by an interrupt, which is kept for afterwards: a write that was queued may commit
 * whatever its caller does, so only its answer is the truth.
 *
 * <p>Owns the two pools and their threads; closing writes what is queued first. Calls after that are refused.
 */
public final class Database implements AutoCloseable {
    /** A read that takes longer is given up; it may still hold its thread until it ends. */
    private static final Duration READ_LIMIT = Duration.ofSeconds(30);

    /** Told of a damaged file; more would say the same. */
    private static final int FAULTS = 10;

    private static final Duration CHECK_LIMIT = Duration.ofMinutes(10);
    private static final Duration PROBE_LIMIT = Duration.ofSeconds(2);

    /** A probe's answer holds for this long, so that probing costs at most one sync a second. */
    private static final Duration PROBE_KEPT = Duration.ofSeconds(1);

    /** Of a file that gives its free pages back a few at a time, when it is asked to. */
    static final int AUTO_VACUUM_INCREMENTAL = 2;

    /** So many writes may wait; further ones are told BUSY. */
    public static final int MOST_WAITING = Writer.QUEUE;

    private final Path file;
    /** Tells this file from another one of the same name. */
    private final Optional<Object> opened;

    /** Both are absent where nothing may be written. */
    private final Optional<HikariDataSource> writerPool;

    private final Optional<Writer> writer;
    private final HikariDataSource readerPool;
    private final Readers readers;
    private final ReadWriteLock gate = new ReentrantReadWriteLock();
    private boolean closed;
    private volatile Probe probe = new Probe(System.nanoTime() - PROBE_KEPT.toNanos(), false);

    private record Probe(long nanos, boolean good) {}

    private Database(Path file, int readerCount) {
        this.file = file;
        this.opened = key(file);
        HikariDataSource pool = Pools.writer(file);
        try {
            this.readerPool = Pools.readers(file, readerCount);
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
        this.writerPool = Optional.of(pool);
        this.writer = Optional.of(new Writer(pool));
        this.readers = new Readers(readerPool, readerCount);
    }

    private Database(Path file) {
        this.file = file;
        this.opened = key(file);
        this.writerPool = Optional.empty();
        this.writer = Optional.empty();
        this.readerPool = Pools.readOnly(file);
        this.readers = new Readers(readerPool, 1);
    }

    /**
     * Opens a file that nobody writes, as a copy is, and does not change it; writes are refused. A {@code Problem} names the file when
     * that does not work.
     */
    public static Database openReadOnly(Path file) {
        try {
            return new Database(file);
        } catch (RuntimeException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "database-not-opened",
                            "The database " + file + " cannot be opened. It must exist, and be an SQLite database.")
                    .causedBy(e);
        }
    }

    /**
     * Opens the file, and makes it, readable only by its owner, if there is none; then starts one writing and {@code readers}
     * reading threads. A {@code Problem} names the file when that does not work.
     */
    public static Database open(Path file, int readers) {
        if (readers < 1 || readers > 64) {
            throw new IllegalArgumentException("readers must be 1 to 64, not " + readers);
        }
        try {
            create(file);
            return new Database(file, readers);
        } catch (IOException | SQLException | RuntimeException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "database-not-opened",
                            "The database " + file + " cannot be opened. Its folder must exist and be writable, and the"
                                    + " file must be an SQLite database that no other program holds.")
                    .causedBy(e);
        }
    }

    /** SQLite gives its side files the rights of the file itself. */
    private static void create(Path file) throws IOException, SQLException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException _) {
            // The usual case: a database from before.
            return;
        }
        // Only a file without any table can be told how it is to handle free pages; later it takes writing all of it
        // anew.
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath());
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("PRAGMA auto_vacuum = " + AUTO_VACUUM_INCREMENTAL + "; VACUUM");
        }
    }

    /** All rows of a query; parameters by name ({@code :name}), each of which must be given. */
    public <T> List<T> list(String sql, Map<String, ?> params, RowMapper<T> mapper) {
        return rows(
                sql,
                params,
                rows -> rows.map(row -> mapper.map(new ClientRow(row))).toList());
    }

    /** The first row of a query, if there is one. */
    public <T> Optional<T> first(String sql, Map<String, ?> params, RowMapper<T> mapper) {
        return rows(
                        sql,
                        params,
                        rows -> rows.limit(1)
                                .map(row -> mapper.map(new ClientRow(row)))
                                .toList())
                .stream()
                .findFirst();
    }

    private <T> T rows(String sql, Map<String, ?> params, Function<Stream<DbRow>, T> use) {
        Map<String, Object> bound = new HashMap<>();
        params.forEach((name, value) -> bound.put(name, Values.bind(value)));
        // DbClient sends a statement unparsed when it has no parameter at all, and SQLite then finds nothing.
        bound.put("", 0);
        return ask(READ_LIMIT, client -> {
            try (Stream<DbRow> rows =
                    client.dbClient().execute().createQuery(sql).params(bound).execute()) {
                return use.apply(rows);
            }
        });
    }

    /** Plain JDBC for pages that are asked for often. All statements of the work see the same state of the database. */
    public <T> T read(ReadWork<T> work) {
        return ask(READ_LIMIT, client -> {
            try (Connection connection = client.dbClient().unwrap(Connection.class)) {
                connection.setAutoCommit(false);
                return work.read(connection);
            } catch (SQLException e) {
                throw Failures.of(e);
            }
        });
    }

    /** Several reads that agree with each other, for instance a list and the number of the last event it shows. */
    public <T> T snapshot(SnapshotWork<T> work) {
        return read(connection -> {
            try (Statements statements = new Statements(connection)) {
                UnitTransaction reads = new UnitTransaction(statements, new Pulse());
                try {
                    return work.read(reads);
                } finally {
                    reads.end();
                }
            }
        });
    }

    /**
     * Runs the work on the writer's thread and returns when it is stored for good; see {@link WriteWork}. What the work throws
     * is thrown here, and nothing of it is stored.
     *
     * @throws Problem BUSY when too much waits; UNAVAILABLE {@code journal-unavailable} when it cannot be stored
     */
    public <T> T write(WriteWork<T> work) {
        return join(queue(work));
    }

    /** As {@link #write}, with several statements in one text; for migrations. */
    void script(String sql, WriteWork<?> then) {
        write(transaction -> {
            ((UnitTransaction) transaction).script(sql);
            return then.write(transaction);
        });
    }

    /** Several statements in one text, run to their ends, stored as one unit; for housekeeping. */
    void script(String sql) {
        script(sql, _ -> null);
    }

    Path file() {
        return file;
    }

    /** Size of the write-ahead log's file; 0 when there is none. */
    long walBytes() {
        return file.resolveSibling(file.getFileName() + "-wal").toFile().length();
    }

    private <T> CompletableFuture<T> queue(WriteWork<T> work) {
        checkCaller();
        Unit<T> unit = new Unit<>(work);
        gate.readLock().lock();
        try {
            if (closed) {
                throw Failures.closed();
            }
            if (!writer.orElseThrow(Failures::readOnly).offer(unit)) {
                throw Failures.busy(Writer.QUEUE);
            }
        } finally {
            gate.readLock().unlock();
        }
        return unit.answer();
    }

    private <T> T ask(Duration limit, Function<Client, T> work) {
        checkCaller();
        CompletableFuture<T> answer;
        gate.readLock().lock();
        try {
            if (closed) {
                throw Failures.closed();
            }
            answer = readers.submit(work);
        } finally {
            gate.readLock().unlock();
        }
        return join(answer.orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** A database thread that waited for itself would wait for ever. */
    private void checkCaller() {
        if (writer.map(Writer::isCurrent).orElse(false) || readers.isCurrent()) {
            throw new IllegalStateException("work inside the database must not call into it again");
        }
    }

    private static <T> T join(CompletableFuture<T> answer) {
        try {
            return answer.join();
        } catch (CancellationException e) {
            throw Failures.unavailable(e);
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case TimeoutException cause -> throw Failures.unavailable(cause);
                case Throwable cause -> throw new IllegalStateException(cause);
            }
        }
    }

    /** From now on, tells how writing goes; one listener, the last that was given. */
    public void tell(WriteListener listener) {
        writer.orElseThrow(Failures::readOnly).tell(listener);
    }

    /** How many writes wait, at most {@link #MOST_WAITING}. */
    public int waiting() {
        return writer.map(Writer::waiting).orElse(0);
    }

    /**
     * What is wrong with the thread that writes itself, as a sentence for operators: it has ended, or it does not come out of one piece of
     * work. A database that cannot be written, or a disk that does not answer, is not its fault. Answers at once.
     *
     * @param longest one piece of work, between two questions to SQLite
     */
    public Optional<String> writerFault(Duration longest) {
        if (writer.isEmpty() || isClosed()) {
            return Optional.empty();
        }
        if (!writer.get().isAlive()) {
            return Optional.of("the thread that writes the journal has ended");
        }
        Duration still = writer.get().still();
        return still.compareTo(longest) < 0
                ? Optional.empty()
                : Optional.of("the thread that writes the journal has been in one piece of work for "
                        + still.toSeconds() + " s");
    }

    private boolean isClosed() {
        gate.readLock().lock();
        try {
            return closed;
        } finally {
            gate.readLock().unlock();
        }
    }

    /** Whether the file at its path is the one that was opened; what is written to another one's place is gone at the next start. */
    public boolean isInPlace() {
        return key(file).equals(opened);
    }

    /** Empty when there is none. */
    private static Optional<Object> key(Path file) {
        try {
            return Optional.ofNullable(
                    Files.readAttributes(file, BasicFileAttributes.class).fileKey());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Whether a write gets through to the disk within two seconds: a real one, into the file's header. For readiness; the
     * answer may be a second old.
     */
    public boolean writable() {
        Probe latest = probe;
        if (System.nanoTime() - latest.nanos < PROBE_KEPT.toNanos()) {
            return latest.good;
        }
        boolean good = probeNow();
        probe = new Probe(System.nanoTime(), good);
        return good;
    }

    private boolean probeNow() {
        // Nobody else uses this field of the header; a value that changes makes the write a real one.
        int value = (int) (System.nanoTime() & 0x3fffffff);
        try {
            CompletableFuture<Integer> answer = queue(tx -> tx.update("PRAGMA user_version = " + value));
            try {
                answer.get(PROBE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
                return true;
            } finally {
                answer.cancel(false);
            }
        } catch (ExecutionException | TimeoutException | Problem _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Reads the whole file for damage; for the start. Takes about a second per gigabyte from memory, more from a disk. */
    public void check() {
        List<String> faults = checked("quick_check");
        if (!faults.equals(List.of("ok"))) {
            throw damaged(String.join("; ", faults));
        }
    }

    /**
     * As {@link #check()}, and more: what each index holds, and where each reference leads. Takes some seconds per gigabyte. At most ten
     * sentences of each kind; empty when all is well.
     */
    public List<String> faults() {
        List<String> faults = new ArrayList<>(checked("integrity_check"));
        faults.remove("ok");
        faults.addAll(ask(CHECK_LIMIT, client -> {
            try (Connection connection = client.dbClient().unwrap(Connection.class);
                    Statements statements = new Statements(connection)) {
                return statements.query(
                        "PRAGMA foreign_key_check",
                        FAULTS,
                        row -> "a row of " + row.string("table") + " refers to one of " + row.string("parent")
                                + " that is not there");
            } catch (SQLException e) {
                throw damaged(e.getMessage());
            }
        }));
        return faults;
    }

    private List<String> checked(String pragma) {
        return ask(CHECK_LIMIT, client -> {
            try (Connection connection = client.dbClient().unwrap(Connection.class);
                    Statements statements = new Statements(connection)) {
                return statements.query("PRAGMA " + pragma + "(" + FAULTS + ")", FAULTS, row -> row.string(pragma));
            } catch (SQLException e) {
                throw damaged(e.getMessage());
            }
        });
    }

    private static Problem damaged(String what) {
        return new Problem(
                Problem.Kind.UNAVAILABLE,
                "database-damaged",
                "The database is damaged (" + what + "). Restore the last backup; keep the damaged file.");
    }

    /** Writes what is queued, ends the threads, closes the pools. Harmless when repeated. */
    @Override
    public void close() {
        gate.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            gate.writeLock().unlock();
        }
        try {
            if (writer.isPresent()) {
                writer.get().close();
            }
            readers.close();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            readerPool.close();
            writerPool.ifPresent(HikariDataSource::close);
        }
    }
}
