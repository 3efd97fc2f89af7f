package dev.dashboard.store;

import dev.dashboard.run.Worker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * The one thread that writes. It takes what waits, runs each unit under a savepoint, commits all of them with one sync, runs
 * their hooks, then answers. A lone unit waits for nobody; while a commit runs, the next group gathers by itself.
 *
 * <p>Its thread owns the connection, the statements and every {@link Unit} it took. A connection that failed in a way that
 * leaves its state in doubt is thrown away; the next group opens another, so the writer heals by itself.
 */
final class Writer {
    /** Units that wait; beyond it callers are told BUSY. */
    static final int QUEUE = 4096;

    /** Units of one commit: bounds how long the first of them waits for the last. */
    static final int GROUP = 512;

    private static final Logger LOG = System.getLogger(Writer.class.getName());
    private static final Duration DRAIN = Duration.ofSeconds(30);

    private final Client client;
    private final BlockingQueue<Unit<?>> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Unit<Void> last = new Unit<>(_ -> null);
    private final Worker worker;
    private final Pulse pulse = new Pulse();
    private volatile Optional<WriteListener> listener = Optional.empty();
    private boolean failing;
    private WriterConnection connection;

    Writer(DataSource pool) {
        this.client = new Client(pool);
        this.worker = Worker.platform("database-writer", this::work);
    }

    /** False when the queue is full. */
    boolean offer(Unit<?> unit) {
        return queue.offer(unit);
    }

    void tell(WriteListener of) {
        listener = Optional.of(of);
    }

    /** How many units wait. */
    int waiting() {
        return queue.size();
    }

    boolean isAlive() {
        return worker.isAlive();
    }

    /** For how long it has been in one piece of work; see {@link Pulse}. */
    Duration still() {
        return pulse.still();
    }

    boolean isCurrent() {
        return worker.isCurrent();
    }

    private void work() throws InterruptedException {
        List<Unit<?>> group = new ArrayList<>(GROUP);
        boolean more = true;
        while (more) {
            group.clear();
            group.add(queue.take());
            queue.drainTo(group, GROUP - 1);
            more = !group.remove(last);
            group.removeIf(unit -> !unit.isWanted());
            if (!group.isEmpty()) {
                write(group);
            }
        }
        discard();
    }

    private void write(List<Unit<?>> group) {
        List<Unit<?>> done;
        long start = System.nanoTime();
        try {
            connected().begin();
            done = run(group);
            connection.commit();
            failing = false;
        } catch (Throwable e) {
            log(e, group.size());
            say(WriteListener::failed);
            rollback();
            group.forEach(unit -> unit.refuse(Failures.unavailable(e)));
            return;
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        int events = done.stream().mapToInt(Unit::events).sum();
        say(told -> told.committed(took, events));
        done.forEach(this::runHooks);
        group.forEach(Unit::answerIt);
    }

    /** Who measures must not end the writer. */
    private void say(Consumer<WriteListener> what) {
        try {
            listener.ifPresent(what);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "listener to the writer failed", e);
        }
    }

    /** The whole story once for each outage; then a line for each attempt. */
    private void log(Throwable cause, int units) {
        if (failing) {
            LOG.log(Level.ERROR, "journal still not written units={0} cause={1}", units, cause.getMessage());
        } else {
            LOG.log(Level.ERROR, "journal not written units=" + units, cause);
        }
        failing = true;
    }

    /** Runs all units and returns those that did well. One that fails takes back only what it did itself. */
    private List<Unit<?>> run(List<Unit<?>> group) throws SQLException {
        List<Unit<?>> done = new ArrayList<>(group.size());
        for (Unit<?> unit : group) {
            connection.mark();
            if (unit.run(connection.statements(), pulse)) {
                connection.release();
                done.add(unit);
            } else {
                connection.backToMark();
            }
        }
        return done;
    }

    private void runHooks(Unit<?> unit) {
        for (Runnable hook : unit.hooks()) {
            pulse.beat();
            try {
                hook.run();
            } catch (Throwable e) {
                LOG.log(Level.ERROR, "hook after commit failed", e);
            } finally {
                pulse.rest();
            }
        }
    }

    private WriterConnection connected() throws SQLException {
        if (connection == null) {
            connection = new WriterConnection(client.dbClient().unwrap(java.sql.Connection.class));
        }
        return connection;
    }

    private void rollback() {
        if (connection != null && !connection.rollback()) {
            discard();
        }
        if (connection == null) {
            client.giveBack();
        }
    }

    private void discard() {
        if (connection != null) {
            connection.discard();
            connection = null;
        }
        client.giveBack();
    }

    /** Writes what is queued, then ends. Nothing may be offered any more. */
    void close() throws InterruptedException {
        queue.put(last);
        if (!worker.join(DRAIN)) {
            LOG.log(Level.ERROR, "writer did not finish units={0} seconds={1}", queue.size(), DRAIN.toSeconds());
        }
        worker.close();
    }
}
