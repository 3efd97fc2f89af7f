package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Child;
import dev.dashboard.support.Await;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that break at random bytes, seeded: nothing is lost, and nothing comes twice, in either direction. */
@Timeout(120)
class CutsTest {
    private static final int LINES = 400;

    @TempDir
    private Path folder;

    private House house;
    private final Heard heard = new Heard();

    @BeforeEach
    void open() throws IOException {
        house = new House(folder);
        house.start();
    }

    @AfterEach
    void close() {
        house.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void noByteOfTheOutputIsLostOrHeardTwice(long seed) throws Exception {
        try (Cutter cutter = new Cutter(house, seed, 100_000);
                RunnerCustody custody = house.custody(cutter.socket(), House.PATIENCE)) {
            custody.start(house.command("seq 1 300000"), heard);

            assertFalse(heard.awaitExit().lost());
            assertTrue(cutter.cuts.get() >= 5, "cuts " + cutter.cuts);
        }
        assertArrayEquals(numbers(300_000), heard.all());
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void everyWriteReachesTheProcessOnceAndInOrder(long seed) throws Exception {
        try (Cutter cutter = new Cutter(house, seed, 3_000);
                RunnerCustody custody = house.custody(cutter.socket(), House.PATIENCE)) {
            Child child = custody.start(house.command("exec cat"), heard);
            for (int number = 1; number <= LINES; number++) {
                int next = number;
                Await.until("write " + next + " is taken", () -> child.write(next, (next + "\n").getBytes()));
            }
            Await.until("all comes back", () -> heard.text().endsWith("\n" + LINES + "\n"));
            child.kill();
            heard.awaitExit();
            assertTrue(cutter.cuts.get() >= 2, "cuts " + cutter.cuts);
        }
        assertArrayEquals(numbers(LINES), heard.all());
    }

    private static byte[] numbers(int count) {
        StringBuilder all = new StringBuilder();
        for (int i = 1; i <= count; i++) {
            all.append(i).append('\n');
        }
        return all.toString().getBytes();
    }

    /** Stands between server and runner, and closes each connection after a random number of bytes of both directions. */
    private static final class Cutter implements AutoCloseable {
        private final Path socket;
        private final Path runner;
        private final ServerSocketChannel listening;
        private final Random random;
        private final int most;
        private final AtomicInteger cuts = new AtomicInteger();

        Cutter(House house, long seed, int most) throws IOException {
            this.socket = house.scratch().resolve("cutter.sock");
            this.runner = house.socket();
            this.random = new Random(seed);
            this.most = most;
            listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listening.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().start(this::accept);
        }

        Path socket() {
            return socket;
        }

        private void accept() {
            try {
                while (true) {
                    SocketChannel server = listening.accept();
                    SocketChannel there = SocketChannel.open(UnixDomainSocketAddress.of(runner));
                    // Enough for a handshake, mostly.
                    AtomicInteger left = new AtomicInteger(100 + random.nextInt(most));
                    Thread.ofVirtual().start(() -> pass(server, there, left));
                    Thread.ofVirtual().start(() -> pass(there, server, left));
                }
            } catch (IOException _) {
                // The test is over.
            }
        }

        private void pass(SocketChannel from, SocketChannel to, AtomicInteger left) {
            ByteBuffer buffer = ByteBuffer.allocate(4096);
            try (from;
                    to) {
                while (from.read(buffer.clear()) >= 0) {
                    buffer.flip();
                    int may = left.getAndAdd(-buffer.remaining());
                    boolean cut = may < buffer.remaining();
                    buffer.limit(Math.max(0, Math.min(may, buffer.limit())));
                    while (buffer.hasRemaining()) {
                        to.write(buffer);
                    }
                    if (cut) {
                        cuts.incrementAndGet();
                        return;
                    }
                }
            } catch (IOException _) {
                // The other direction has closed both.
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }
}
