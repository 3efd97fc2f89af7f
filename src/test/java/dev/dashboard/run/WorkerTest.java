package dev.dashboard.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of work that fails. */
@Timeout(30)
class WorkerTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @Test
    void workThatLastsGoesOnAfterAFailureAndEndsByItselfOrWhenItIsClosed() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch again = new CountDownLatch(2);
        Worker worker = Worker.virtual("lasting", Worker.lasting(() -> {
            again.countDown();
            if (runs.incrementAndGet() == 1) {
                throw new AssertionError("an error too");
            }
            new CountDownLatch(1).await();
        }));
        assertTrue(again.await(10, TimeUnit.SECONDS), "it begins anew");
        worker.close();
        assertFalse(worker.isAlive());
        assertEquals(2, runs.get());

        Worker done = Worker.platform("done", Worker.lasting(runs::incrementAndGet));
        assertTrue(done.join(SOON), "it had nothing more to do");
        assertEquals(3, runs.get());
    }

    @Test
    void otherWorkEndsWithItsFailureAndItsOwnerIsTold() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        Worker worker = Worker.virtual(
                "once",
                () -> {
                    throw new IllegalStateException("a bug");
                },
                _ -> told.countDown());
        assertTrue(told.await(10, TimeUnit.SECONDS));
        assertTrue(worker.join(SOON));
    }
}
