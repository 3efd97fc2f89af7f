package dev.dashboard.attack;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One connection to the server, byte by byte, and its answers read by RFC 9112. */
final class Wire implements AutoCloseable {
    static final int PATIENCE_MILLIS = 20_000;

    /** An answer, headers by their names in lower case. */
    record Answer(int status, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        /** The code of a Problem; empty for what is none. */
        String code() {
            int at = body.indexOf("\"code\":\"");
            return at < 0 ? "" : body.substring(at + 8, body.indexOf('"', at + 8));
        }

        @Override
        public String toString() {
            return status + " " + headers + "\n" + body;
        }
    }

    private final Socket socket;
    private final InputStream in;

    Wire(URI server) throws IOException {
        this(server, 0);
    }

    /** @param receiveBuffer bytes; 0 for the usual */
    Wire(URI server, int receiveBuffer) throws IOException {
        socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new java.io.BufferedInputStream(socket.getInputStream());
    }

    static Answer ask(URI server, String request) throws IOException {
        try (Wire wire = new Wire(server)) {
            wire.send(request);
            return wire.answer().orElseThrow(() -> new AssertionError("no answer to " + shown(request)));
        }
    }

    static String shown(String request) {
        return request.substring(0, Math.min(200, request.length()))
                .replace("\r", "\\r")
                .replace("\n", "\\n")
                .replace("\0", "\\0");
    }

    Socket socket() {
        return socket;
    }

    /** Latin-1: each character is a byte. */
    void send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** Waits for the first byte of an answer; false when the server has closed instead. */
    boolean isAnswered() throws IOException {
        in.mark(1);
        boolean answered = in.read() >= 0;
        in.reset();
        return answered;
    }

    /** The next answer; empty when the server has closed instead. */
    Optional<Answer> answer() throws IOException {
        try {
            String first = line();
            if (first.isEmpty()) {
                return Optional.empty();
            }
            Map<String, String> headers = new TreeMap<>();
            for (String line = line(); !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                if (colon < 0) {
                    throw new AssertionError("not a header: " + line);
                }
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
            if (!first.startsWith("HTTP/1.1 ")) {
                throw new AssertionError("not a status line: " + first);
            }
            int status = Integer.parseInt(first.substring(9, 12));
            return Optional.of(new Answer(status, headers, body(headers)));
        } catch (java.net.SocketException e) {
            // Reset: the server closed while bytes of ours were still under way.
            return Optional.empty();
        }
    }

    private String body(Map<String, String> headers) throws IOException {
        if (headers.getOrDefault("content-type", "").startsWith("text/event-stream")) {
            // It has no end; who wants more of it reads on.
            return "";
        }
        if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
            StringBuilder text = new StringBuilder();
            for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
                text.append(take(size));
                line();
            }
            line();
            return text.toString();
        }
        return take(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    }

    private String take(int bytes) throws IOException {
        byte[] taken = in.readNBytes(bytes);
        if (taken.length < bytes) {
            throw new AssertionError("the answer ends after " + taken.length + " of " + bytes + " bytes");
        }
        return new String(taken, StandardCharsets.UTF_8);
    }

    /** Without its end; empty at the end of the connection. */
    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
