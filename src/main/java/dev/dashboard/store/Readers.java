package dev.dashboard.store;

import dev.dashboard.run.Worker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import javax.sql.DataSource;

/** The threads that read, each with a client of its own over the shared pool. */
final class Readers {
    /** Reads that wait; beyond it callers are told BUSY. */
    static final int QUEUE = 4096;

    private static final Logger LOG = System.getLogger(Readers.class.getName());
    private static final Duration DRAIN = Duration.ofSeconds(5);

    private record Read<T>(Function<Client, T> work, CompletableFuture<T> answer) {
        void run(Client client) {
            if (answer.isDone()) {
                return;
            }
            T result;
            try {
                result = work.apply(client);
            } catch (Throwable e) {
                client.giveBack();
                answer.completeExceptionally(e);
                return;
            }
            client.giveBack();
            answer.complete(result);
        }
    }

    private final BlockingQueue<Read<?>> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Read<Void> last = new Read<>(_ -> null, new CompletableFuture<>());
    private final List<Worker> workers = new ArrayList<>();

    Readers(DataSource pool, int count) {
        for (int i = 1; i <= count; i++) {
            Client client = new Client(pool);
            workers.add(Worker.platform("database-reader-" + i, () -> work(client)));
        }
    }

    /** Completes exceptionally at once when the queue is full. */
    <T> CompletableFuture<T> submit(Function<Client, T> work) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        if (!queue.offer(new Read<>(work, answer))) {
            answer.completeExceptionally(Failures.busy(QUEUE));
        }
        return answer;
    }

    boolean isCurrent() {
        return workers.stream().anyMatch(Worker::isCurrent);
    }

    private void work(Client client) throws InterruptedException {
        Read<?> read = queue.take();
        while (read != last) {
            read.run(client);
            read = queue.take();
        }
    }

    /** Reads what is queued, then ends. Nothing may be submitted any more. */
    void close() throws InterruptedException {
        for (int i = 0; i < workers.size(); i++) {
            queue.put(last);
        }
        for (Worker worker : workers) {
            if (!worker.join(DRAIN)) {
                LOG.log(Level.WARNING, "reader did not finish seconds={0}", DRAIN.toSeconds());
            }
            worker.close();
        }
    }
}
