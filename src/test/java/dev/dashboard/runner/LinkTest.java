package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LinkTest {
    @TempDir
    private Path folder;

    private ServerSocketChannel listening;
    private SocketChannel raw;
    private Link link;

    @BeforeEach
    void connect() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
        listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listening.bind(address);
        raw = SocketChannel.open(address);
        link = new Link(listening.accept());
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        raw.close();
        listening.close();
    }

    @Test
    void aFrameMayComeInTwoPiecesCutAnywhere() throws Exception {
        link.trust();
        for (Frame frame : FrameCodecTest.EVERY) {
            byte[] body = FrameCodec.encode(frame);
            byte[] whole = ByteBuffer.allocate(4 + body.length)
                    .putInt(body.length)
                    .put(body)
                    .array();
            for (int cut = 0; cut <= whole.length; cut++) {
                ByteBuffer rest = ByteBuffer.wrap(whole, cut, whole.length - cut);
                raw.write(ByteBuffer.wrap(whole, 0, cut));
                Thread late = Thread.ofVirtual().start(() -> {
                    Thread.yield();
                    try {
                        raw.write(rest);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                assertArrayEquals(body, FrameCodec.encode(link.read()));
                late.join();
            }
        }
    }

    @Test
    void aLengthThatCannotBeIsRefusedBeforeItsBytesCome() throws IOException {
        link.trust();
        for (int length : new int[] {0, -1, Integer.MIN_VALUE, Frame.MAX_BYTES + 1, Integer.MAX_VALUE}) {
            raw.write(ByteBuffer.allocate(4).putInt(length).flip());
            assertTrue(assertThrows(IOException.class, link::read).getMessage().contains("" + length));
        }
    }

    @Test
    void aStrangerGetsLittleMemory() throws IOException {
        raw.write(ByteBuffer.allocate(4).putInt(1025).flip());

        assertThrows(IOException.class, link::read);
    }

    @Test
    void whoGoesInTheMiddleOfAFrameHasGone() throws IOException {
        raw.write(ByteBuffer.allocate(6).putInt(100).flip());
        raw.close();

        assertThrows(EOFException.class, link::read);
    }

    @Test
    void ofAFrameThatIsTooLongNothingIsWritten() throws IOException {
        assertThrows(Link.FrameTooLong.class, () -> link.write(new Frame.Output(new byte[Frame.MAX_BYTES])));
        link.write(new Frame.Done());

        ByteBuffer first = ByteBuffer.allocate(5);
        raw.read(first);
        assertArrayEquals(new byte[] {0, 0, 0, 1, 'd'}, first.array());
    }
}
