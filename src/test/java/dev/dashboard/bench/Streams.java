package dev.dashboard.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Many readers of event streams on one thread, so that thousands of them cost the measured machine little. Used by one thread.
 *
 * <p>Each reader decodes the chunks of its answer, cuts lines, and notes the arrival of the stand-in's events right after the
 * read that brought them.
 */
final class Streams implements AutoCloseable {
    private static final int SELECT_MILLIS = 50;

    /** One reader. */
    final class Reader {
        private enum At {
            HEADER,
            SIZE,
            DATA,
            BREAK
        }

        Delays delays = new Delays();
        private final SocketChannel channel;
        private final SelectionKey key;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
        private At at = At.HEADER;
        private int chunkLeft;
        private int size;
        private boolean ended;

        private Reader(String query, int receiveBuffer) throws IOException {
            channel = SocketChannel.open();
            if (receiveBuffer > 0) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
            }
            channel.connect(new InetSocketAddress(server.getHost(), server.getPort()));
            String request = "GET /api/v1/events" + query + " HTTP/1.1\r\nHost: " + server.getAuthority()
                    + "\r\nCookie: " + cookie + "\r\nAccept: text/event-stream\r\n\r\n";
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_READ, this);
        }

        boolean isOpen() {
            return at != At.HEADER;
        }

        /** From now on it takes nothing, until it is released. */
        void hold() {
            key.interestOps(0);
        }

        void release() {
            key.interestOps(SelectionKey.OP_READ);
        }

        private void read() throws IOException {
            buffer.clear();
            int count = channel.read(buffer);
            long arrival = System.nanoTime();
            if (count < 0) {
                ended = true;
                key.cancel();
                return;
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                take(buffer.get(), arrival);
            }
        }

        private void take(byte one, long arrival) throws IOException {
            switch (at) {
                case HEADER -> header(one);
                case SIZE -> {
                    if (one == '\n') {
                        chunkLeft = size;
                        size = 0;
                        at = At.DATA;
                    } else if (one != '\r') {
                        size = size * 16 + Character.digit(one, 16);
                    }
                }
                case DATA -> {
                    if (one == '\n') {
                        line(arrival);
                    } else {
                        line.write(one);
                    }
                    if (--chunkLeft == 0) {
                        at = At.BREAK;
                    }
                }
                case BREAK -> at = one == '\n' ? At.SIZE : At.BREAK;
            }
        }

        private void header(byte one) throws IOException {
            line.write(one);
            if (one == '\n' && line.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                String header = line.toString(StandardCharsets.ISO_8859_1);
                if (!header.startsWith("HTTP/1.1 200")) {
                    throw new IOException("the event stream was refused: " + header);
                }
                line.reset();
                at = At.SIZE;
            }
        }

        private void line(long arrival) {
            String text = line.toString(StandardCharsets.ISO_8859_1);
            line.reset();
            if (text.startsWith("data:") && text.contains("\"assistant-replied\"")) {
                delays.take(session(text), text, arrival);
            }
        }

        private static String session(String line) {
            String member = "\"sessionId\":\"";
            int at = line.indexOf(member) + member.length();
            return line.substring(at, line.indexOf('"', at));
        }
    }

    private final URI server;
    private final String cookie;
    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    private final List<Reader> readers = new ArrayList<>();

    Streams(URI server, String cookie) throws IOException {
        this.server = server;
        this.cookie = cookie;
    }

    /** Opens one more; its answer is read by {@link #readUntil}. */
    Reader open(String query, int receiveBuffer) throws IOException {
        Reader reader = new Reader(query, receiveBuffer);
        readers.add(reader);
        return reader;
    }

    /** Waits until every stream has answered. */
    void awaitOpen(Duration limit) throws IOException {
        readUntil(() -> readers.stream().allMatch(Reader::isOpen), limit);
    }

    /** Begins to count anew. */
    void forgetDelays() {
        readers.forEach(reader -> reader.delays = new Delays());
    }

    List<Delays> delays() {
        return readers.stream().map(reader -> reader.delays).toList();
    }

    /** Reads what comes until it is enough, a stream has ended, or the time is over; whether it was enough. */
    boolean readUntil(BooleanSupplier enough, Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!enough.getAsBoolean()) {
            if (System.nanoTime() > deadline || readers.stream().anyMatch(reader -> reader.ended)) {
                return false;
            }
            selector.select(SELECT_MILLIS);
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isValid() && key.isReadable()) {
                    ((Reader) key.attachment()).read();
                }
            }
            selector.selectedKeys().clear();
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        for (Reader reader : readers) {
            reader.channel.close();
        }
        selector.close();
    }
}
