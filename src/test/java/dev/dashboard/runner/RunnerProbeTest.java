package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A probe every few seconds, for years: it finds out what it is for, and leaves nothing behind. */
@Timeout(60)
class RunnerProbeTest {
    private static final int MANY = 2 * Runner.MAX_CONNECTIONS;

    @TempDir
    private Path folder;

    private House house;
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void open() throws IOException {
        house = new House(folder);
        logger().addAppender(log);
        log.start();
    }

    @AfterEach
    void close() {
        logger().detachAppender(log);
        house.close();
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger("dev.dashboard.runner");
    }

    private List<String> warnings() {
        return List.copyOf(log.list).stream()
                .filter(line -> line.getLevel().isGreaterOrEqual(ch.qos.logback.classic.Level.INFO))
                .map(ILoggingEvent::getFormattedMessage)
                .distinct()
                .toList();
    }

    @Test
    void aRunnerThatServesTheProbersUserHasRoomForAllProbesAndLogsNone() {
        house.start();

        for (int i = 0; i < MANY; i++) {
            RunnerProbe.ask(house.socket());
        }

        house.close();
        assertEquals(List.of(), warnings());
    }

    /** In its container the runner is probed by its own user, whom it does not serve. */
    @Test
    void theRunnersOwnUserHearsThatItIsThereThoughItIsNotServed() {
        house.start(house.settings(Map.of("DASHBOARD_RUNNER_PEERS", "nobody")));

        for (int i = 0; i < MANY; i++) {
            RunnerProbe.ask(house.socket());
        }

        house.close();
        assertEquals(List.of(), warnings());
    }

    @Test
    void aRunnerThatIsFullDoesNotTakeConnections() throws IOException {
        house.start();
        List<SocketChannel> held = new ArrayList<>();
        try {
            for (int i = 0; i < Runner.MAX_CONNECTIONS; i++) {
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(house.socket()));
                held.add(channel);
                assertTrue(new Link(channel).read() instanceof Frame.Challenge);
            }

            assertEquals("runner-full", code(house.socket()));
        } finally {
            for (SocketChannel channel : held) {
                channel.close();
            }
        }
    }

    @Test
    void whereNoRunnerIsItSaysWhatIsWrong() throws Exception {
        assertEquals("runner-unreachable", code(house.socket()));

        answers(new byte[] {0, 0, 0, 1, 'Z'}, "runner-incompatible");
        answers("HTTP/1.1 400 Bad\r\n\r\n".getBytes(StandardCharsets.US_ASCII), "runner-incompatible");
        answers(new byte[0], "runner-unreachable");
        answers(framed(new Frame.Challenge(Frame.VERSION + 1, Keys.nonce())), "runner-incompatible");
        answers(framed(new Frame.Welcome()), "runner-incompatible");
        assertDoesNotThrow(() -> answers(framed(new Frame.Challenge(Frame.VERSION, Keys.nonce())), ""));
    }

    private static byte[] framed(Frame frame) {
        byte[] body = FrameCodec.encode(frame);
        return ByteBuffer.allocate(4 + body.length)
                .putInt(body.length)
                .put(body)
                .array();
    }

    /** Somebody who says this and closes; empty: the probe is content. */
    private void answers(byte[] word, String code) throws Exception {
        Path socket = folder.resolve("other.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Thread peer = Thread.ofPlatform().start(() -> {
                try (SocketChannel channel = server.accept()) {
                    channel.write(ByteBuffer.wrap(word));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            if (code.isEmpty()) {
                RunnerProbe.ask(socket);
            } else {
                assertEquals(code, code(socket));
            }
            peer.join();
        } finally {
            socket.toFile().delete();
        }
    }

    private static String code(Path socket) {
        return assertThrows(Problem.class, () -> RunnerProbe.ask(socket)).code();
    }
}
