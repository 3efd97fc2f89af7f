package dev.dashboard.web;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.regex.Pattern;

/**
 * The bytes of one connection, read by RFC 9112 where the server's own parser is lax: the form of the request line, and the frames
 * of a chunked body, whose lines it would read without any limit. Two parsers that read one request differently are how
 * a request is smuggled past a proxy, so whatever is not exactly right ends the connection. Of the connection's thread.
 */
final class StrictReader extends DataReader {
    /** Origin-form alone: an authority in the target would contradict the Host header. */
    private static final Pattern REQUEST_LINE = Pattern.compile("[A-Z]{1,20} /(?!/)[!-~&&[^#]]* HTTP/1\\.1");

    /** More digits than any body that is accepted needs; no extensions. */
    private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9A-Fa-f]{1,8}");

    private static final int LONGEST_CHUNK_LINE = 10;

    private boolean requestLineIsNext = true;
    private boolean lastChunkWasRead;

    private StrictReader(DataReader source) {
        super(() -> next(source));
    }

    private static byte[] next(DataReader source) {
        source.ensureAvailable();
        return source.readBytes(source.available());
    }

    /** The connection as it was, but for its reader. */
    static ConnectionContext over(ConnectionContext connection) {
        return new Connection(connection, new StrictReader(connection.dataReader()));
    }

    /** All headers of a request were read: the next line that is taken whole is the next request's. */
    static void headersRead(ConnectionContext connection) {
        if (connection.dataReader() instanceof StrictReader strict) {
            strict.requestLineIsNext = true;
        }
    }

    /** Called for the request line, and for the value of one header. */
    @Override
    public byte[] readBytes(int length) {
        byte[] bytes = super.readBytes(length);
        if (requestLineIsNext) {
            requestLineIsNext = false;
            if (!REQUEST_LINE
                    .matcher(new String(bytes, StandardCharsets.ISO_8859_1))
                    .matches()) {
                throw malformed("request line");
            }
        }
        return bytes;
    }

    /** Called for the size of a chunk, and for the empty line after the last; trailers are not taken. */
    @Override
    public String readLine() {
        String line = readAsciiString(lineLength());
        skip(2);
        if (lastChunkWasRead ? !line.isEmpty() : !CHUNK_SIZE.matcher(line).matches()) {
            throw malformed("chunk");
        }
        lastChunkWasRead = !lastChunkWasRead && line.chars().allMatch(digit -> digit == '0');
        return line;
    }

    private int lineLength() {
        try {
            int length = findNewLine(LONGEST_CHUNK_LINE);
            if (length >= LONGEST_CHUNK_LINE) {
                throw malformed("chunk size");
            }
            return length;
        } catch (IncorrectNewLineException e) {
            throw malformed("line end");
        }
    }

    /** The server skips two bytes where a line ends, or a chunk, and does not look at them. */
    @Override
    public void skip(int length) {
        if (length == 2 && (read() != '\r' || read() != '\n')) {
            throw malformed("line end");
        }
        if (length != 2) {
            super.skip(length);
        }
    }

    /** Not by {@link #skip}, which takes two bytes for the end of a line. */
    @Override
    public BufferData readBuffer(int length) {
        BufferData data = getBuffer(length);
        super.skip(length);
        return data;
    }

    @Override
    public BufferData readBuffer() {
        ensureAvailable();
        return readBuffer(available());
    }

    private static RequestException malformed(String what) {
        return RequestException.builder()
                .type(DirectHandler.EventType.BAD_REQUEST)
                .status(Status.BAD_REQUEST_400)
                .setKeepAlive(false)
                .message("malformed " + what)
                .build();
    }

    private record Connection(ConnectionContext real, DataReader dataReader) implements ConnectionContext {
        @Override
        public ListenerContext listenerContext() {
            return real.listenerContext();
        }

        @Override
        public ExecutorService executor() {
            return real.executor();
        }

        @Override
        public DataWriter dataWriter() {
            return real.dataWriter();
        }

        @Override
        public Router router() {
            return real.router();
        }

        @Override
        public Optional<ProxyProtocolData> proxyProtocolData() {
            return real.proxyProtocolData();
        }

        @Override
        public HelidonSocket serverSocket() {
            return real.serverSocket();
        }

        @Override
        public PeerInfo remotePeer() {
            return real.remotePeer();
        }

        @Override
        public PeerInfo localPeer() {
            return real.localPeer();
        }

        @Override
        public boolean isSecure() {
            return real.isSecure();
        }

        @Override
        public String socketId() {
            return real.socketId();
        }

        @Override
        public String childSocketId() {
            return real.childSocketId();
        }
    }
}
