package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SpoolTest {
    private static final int SEGMENT = 1000;
    private static final int LIMIT = 5000;

    @TempDir
    private Path scratch;

    private Path folder;
    private Spool spool;

    @BeforeEach
    void open() throws IOException {
        folder = Files.createDirectory(scratch.resolve("spool"));
        spool = new Spool(folder, SEGMENT, LIMIT);
    }

    @AfterEach
    void close() {
        spool.close();
    }

    @Test
    void whatWasAddedIsReadFromAnyOffset() throws Exception {
        byte[] all = random(4000, 1);
        for (int at = 0; at < all.length; at += 400) {
            add(all, at, 400);
        }
        spool.over();

        for (int from : new int[] {0, 1, 399, 400, 999, 1000, 1001, 3999, 4000}) {
            assertArrayEquals(java.util.Arrays.copyOfRange(all, from, 4000), rest(from), "from " + from);
        }
        assertFalse(spool.has(4001));
    }

    @Test
    void segmentsThatAreKeptGoFromTheDisk() throws Exception {
        add(random(4000, 2), 0, 1000);
        add(random(4000, 2), 1000, 1000);
        add(random(4000, 2), 2000, 500);
        assertEquals(3, files());

        spool.kept(999);
        assertEquals(3, files());
        spool.kept(1000);
        assertEquals(2, files());
        spool.kept(2500);

        assertEquals(1, files());
        assertTrue(spool.has(2500));
        assertFalse(spool.has(2499));
        assertFalse(spool.has(0));
        add(new byte[] {42}, 0, 1);
        assertArrayEquals(new byte[] {42}, once(2500));
    }

    @Test
    void whatIsKeptBeyondTheEndIsTakenAsTheEnd() throws Exception {
        add(new byte[] {1, 2, 3}, 0, 3);
        spool.kept(Long.MAX_VALUE);
        spool.kept(1);

        assertTrue(spool.has(3));
        assertFalse(spool.has(2));
    }

    @Test
    void whenItIsFullAddingWaitsUntilSomethingIsKept() throws Exception {
        for (int i = 0; i < 5; i++) {
            add(new byte[1000], 0, 1000);
        }
        CompletableFuture<Void> added = later(() -> add(new byte[] {7}, 0, 1));
        assertThrows(TimeoutException.class, () -> added.get(50, TimeUnit.MILLISECONDS), "it waits");

        spool.kept(1);

        added.get(10, TimeUnit.SECONDS);
        assertArrayEquals(new byte[] {7}, once(5000));
    }

    @Test
    void closingLetsGoOfWhoeverWaits() throws Exception {
        add(new byte[LIMIT], 0, LIMIT);
        CompletableFuture<Void> adding = later(() -> add(new byte[1], 0, 1));
        CompletableFuture<Void> reading = later(() -> assertEquals(0, once(LIMIT).length));
        assertThrows(TimeoutException.class, () -> adding.get(50, TimeUnit.MILLISECONDS), "it waits");
        assertFalse(reading.isDone());

        spool.close();

        adding.get(10, TimeUnit.SECONDS);
        reading.get(10, TimeUnit.SECONDS);
        assertFalse(Files.exists(folder));
    }

    /** A connection that ends interrupts its reader, in whatever it does just then; the process's output must not suffer. */
    @Test
    void anInterruptedReaderSpoilsNothingForOthers() throws Exception {
        add(random(1000, 3), 0, 1000);
        for (int i = 0; i < 200; i++) {
            Thread reader = Thread.ofVirtual().start(() -> {
                try {
                    while (!Thread.currentThread().isInterrupted()) {
                        once(0);
                    }
                } catch (InterruptedException | IOException _) {
                    // What it was interrupted for.
                }
            });
            Await.until("the reader runs", reader::isAlive);
            reader.interrupt();
            assertTrue(reader.join(Duration.ofSeconds(10)), "it ends when it is told to");
            spool.kept(0);
            assertArrayEquals(random(1000, 3), once(0));
            if (i == 100) {
                spool.add(new byte[] {1}, 1);
            }
        }
        spool.close();
    }

    @Test
    void aDiskThatRefusesIsToldToWhoeverAdds() throws Exception {
        Spool nowhere = new Spool(scratch.resolve("missing"), SEGMENT, LIMIT);

        assertThrows(UncheckedIOException.class, () -> nowhere.add(new byte[1], 1));
    }

    @Test
    void oneAddsWhileAnotherReadsAndKeeps() throws Exception {
        byte[] all = random(300_000, 4);
        CompletableFuture<Void> adding = later(() -> {
            Random sizes = new Random(5);
            for (int at = 0; at < all.length; ) {
                int count = Math.min(1 + sizes.nextInt(700), all.length - at);
                add(all, at, count);
                at += count;
            }
            spool.over();
        });
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (Spool.Reader reader = spool.reader(0)) {
            for (byte[] part = reader.next(333); part.length > 0; part = reader.next(333)) {
                read.write(part);
                spool.kept(read.size() - 100);
            }
        }

        adding.get(10, TimeUnit.SECONDS);
        assertArrayEquals(all, read.toByteArray());
    }

    private interface Work {
        void run() throws Exception;
    }

    private static CompletableFuture<Void> later(Work work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                work.run();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    private void add(byte[] from, int offset, int count) throws InterruptedException {
        spool.add(java.util.Arrays.copyOfRange(from, offset, offset + count), count);
    }

    private byte[] rest(long from) throws Exception {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        try (Spool.Reader reader = spool.reader(from)) {
            for (byte[] part = reader.next(128); part.length > 0; part = reader.next(128)) {
                rest.write(part);
            }
        }
        return rest.toByteArray();
    }

    private byte[] once(long from) throws InterruptedException, IOException {
        try (Spool.Reader reader = spool.reader(from)) {
            return reader.next(1000);
        }
    }

    private long files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.count();
        }
    }

    private static byte[] random(int count, long seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
