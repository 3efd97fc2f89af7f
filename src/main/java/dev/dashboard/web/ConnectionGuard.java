package dev.dashboard.web;

import dev.dashboard.run.Worker;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.uri.UriPath;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Two protections that the server lacks (helidon note, section 5): it refuses requests whose framing two parsers could read
 * differently, and it closes connections on which something takes too long: a request to arrive, an answer to be taken.
 *
 * <p>Owns the deadlines of all connections (as many as connections are allowed) and one thread
 * that looks at them. Its methods are called on each connection's own thread.
 */
final class ConnectionGuard implements Http1ConnectionListener, AutoCloseable {
    private static final Logger LOG = System.getLogger(ConnectionGuard.class.getName());
    private static final Pattern DIGITS = Pattern.compile("\\d{1,18}");
    private static final Duration LOOK = Duration.ofMillis(250);

    /** How long an ordinary answer may take, computing and sending; streams set their own limit. */
    static final Duration ANSWER = Duration.ofMinutes(5);

    /** How long a connection may be kept between two requests. */
    static final Duration IDLE = Duration.ofMinutes(1);

    /**
     * How long, and how much, of a body that was refused unread is still taken and dropped: closed at once, the connection would be
     * reset, and a client that is still sending could miss the answer that says why.
     */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private static final int MOST_DROPPED = 64 << 20;

    /** @param idle whether the connection is between two requests */
    private record Deadline(ConnectionContext connection, long nanos, boolean idle) {}

    private final Map<String, Deadline> deadlines = new ConcurrentHashMap<>();
    /** Connections on which the body of the present request is announced and not read to its end. */
    private final Set<String> unread = ConcurrentHashMap.newKeySet();

    private final AtomicInteger open = new AtomicInteger();
    private final Duration requestTime;
    private final Worker worker;
    private volatile boolean stopping;

    ConnectionGuard(Duration requestTime) {
        this.requestTime = requestTime;
        this.worker = Worker.virtual("connection-guard", Worker.lasting(this::watch));
    }

    /**
     * HTTP/1.1 with every connection watched from its first moment to its last.
     *
     * @param counted whether they count as {@link #connections}
     */
    ServerConnectionSelector selector(Http1Config config, boolean counted) {
        Http1ConnectionSelector http = Http1ConnectionSelector.builder()
                .config(Http1Config.builder(config).addReceiveListener(this).build())
                .build();
        return new ServerConnectionSelector() {
            @Override
            public int bytesToIdentifyConnection() {
                return http.bytesToIdentifyConnection();
            }

            @Override
            public Support supports(BufferData data) {
                return http.supports(data);
            }

            @Override
            public Set<String> supportedApplicationProtocols() {
                return http.supportedApplicationProtocols();
            }

            @Override
            public ServerConnection connection(ConnectionContext context) {
                deadlines.put(context.childSocketId(), deadline(context, requestTime));
                ConnectionContext strict = StrictReader.over(context);
                return new Watched(http.connection(strict), strict, counted ? 1 : 0);
            }
        };
    }

    /** Forgets the connection when it is over. */
    private final class Watched implements ServerConnection {
        private final ServerConnection connection;
        private final ConnectionContext context;
        private final String socket;
        private final int one;

        Watched(ServerConnection connection, ConnectionContext context, int one) {
            this.connection = connection;
            this.context = context;
            this.socket = context.childSocketId();
            this.one = one;
        }

        @Override
        public void handle(Limit limit) throws InterruptedException {
            open.addAndGet(one);
            try {
                connection.handle(limit);
            } finally {
                open.addAndGet(-one);
                if (unread.remove(socket)) {
                    limit(socket, LINGER);
                    drop(context.dataReader());
                }
                deadlines.remove(socket);
            }
        }

        private static void drop(DataReader reader) {
            try {
                for (int dropped = 0; dropped < MOST_DROPPED; ) {
                    reader.ensureAvailable();
                    dropped += reader.available();
                    reader.skip(reader.available());
                }
            } catch (RuntimeException e) {
                LOG.log(Level.DEBUG, "the other side has closed, or its time is over", e);
            }
        }

        @Override
        public Duration idleTime() {
            return connection.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            connection.close(interrupt);
        }
    }

    @Override
    public void prologue(ConnectionContext connection, HttpPrologue prologue) {
        limit(connection.childSocketId(), requestTime);
        try {
            UriPath.create(prologue.uriPath().path()).path();
        } catch (IllegalArgumentException e) {
            // The server reads the decoded path as a path once more, and finds that some are none (/%2f/., /%20.) only
            // then.
            throw badRequest("path");
        }
    }

    @Override
    public void headers(ConnectionContext connection, Headers headers) {
        StrictReader.headersRead(connection);
        checkFraming(headers);
        boolean body = headers.contains(HeaderNames.CONTENT_LENGTH) || headers.contains(HeaderNames.TRANSFER_ENCODING);
        if (body) {
            unread.add(connection.childSocketId());
        } else {
            limit(connection.childSocketId(), ANSWER);
        }
    }

    private static void checkFraming(Headers headers) {
        int lengths = count(headers, HeaderNames.CONTENT_LENGTH);
        int encodings = count(headers, HeaderNames.TRANSFER_ENCODING);
        boolean clear = headers.stream().noneMatch(header -> header.name().isEmpty())
                && lengths + encodings <= 1
                && (lengths == 0
                        || DIGITS.matcher(
                                        headers.get(HeaderNames.CONTENT_LENGTH).get())
                                .matches())
                && (encodings == 0
                        || headers.get(HeaderNames.TRANSFER_ENCODING).get().equals("chunked"));
        if (!clear) {
            throw badRequest("ambiguous framing");
        }
    }

    private static RequestException badRequest(String what) {
        return RequestException.builder()
                .type(DirectHandler.EventType.BAD_REQUEST)
                .status(Status.BAD_REQUEST_400)
                .setKeepAlive(false)
                .message(what)
                .build();
    }

    private static int count(Headers headers, io.helidon.http.HeaderName name) {
        return headers.contains(name) ? headers.get(name).allValues().size() : 0;
    }

    /** How many are open of those that are counted. */
    int connections() {
        return open.get();
    }

    /** Whether the connection was closed because something took too long; for who notices its end, on its own thread. */
    boolean hasCut(String socket) {
        return !deadlines.containsKey(socket);
    }

    /** The next step on this connection must be over within the given time, or it is closed. */
    void limit(String socket, Duration time) {
        deadlines.computeIfPresent(socket, (_, old) -> deadline(old.connection(), time));
    }

    /** Nothing is awaited on this connection until the next {@link #limit}. */
    void unlimit(String socket) {
        deadlines.computeIfPresent(socket, (_, old) -> new Deadline(old.connection(), Long.MAX_VALUE, false));
    }

    /** What belongs to the answer to a request that could not be read to its end: nobody knows where the next one would begin. */
    static void closeIfSaid(ServerResponse response) {
        if (response.isSent() && response.headers().contains(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("the answer said that it is the last one");
        }
    }

    /**
     * The request is answered; the next one must have begun, its first line complete, before the connection counts as idle. What is
     * still to come of this one gets no more time for that.
     */
    void done(ServerRequest request) {
        if (request.content().consumed()) {
            unread.remove(request.socketId());
            deadlines.computeIfPresent(
                    request.socketId(),
                    (_, old) -> new Deadline(old.connection(), System.nanoTime() + IDLE.toNanos(), true));
        }
    }

    /**
     * From now on no connection is kept for another request. The server waits for every connection when it stops, and browsers
     * keep theirs open: each stop would take the whole grace.
     */
    void keepNone() {
        stopping = true;
        closeIdle();
    }

    private void closeIdle() {
        deadlines.forEach((socket, deadline) -> {
            if (deadline.idle() && deadlines.remove(socket, deadline)) {
                close(deadline.connection(), "the server stops");
            }
        });
    }

    private static Deadline deadline(ConnectionContext connection, Duration time) {
        return new Deadline(connection, System.nanoTime() + time.toNanos(), false);
    }

    private void watch() throws InterruptedException {
        while (true) {
            Thread.sleep(LOOK);
            long now = System.nanoTime();
            deadlines.forEach((socket, deadline) -> {
                if (deadline.nanos() != Long.MAX_VALUE && deadline.nanos() - now < 0) {
                    deadlines.remove(socket, deadline);
                    close(deadline.connection(), "it took too long");
                }
            });
            if (stopping) {
                closeIdle();
            }
        }
    }

    private static void close(ConnectionContext connection, String why) {
        try {
            connection.serverSocket().close();
            LOG.log(Level.INFO, "connection closed, {0}", why);
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "connection was already closed", e);
        }
    }

    @Override
    public void close() {
        worker.close();
    }
}
