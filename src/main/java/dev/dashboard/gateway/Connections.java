package dev.dashboard.gateway;

import dev.dashboard.run.Worker;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The open connections of CLIs, each with the moment by which something must have happened on it, or it is closed.
 *
 * <p>Owns the deadlines and one thread that looks at them. Its methods may be called by any thread.
 */
final class Connections implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Connections.class.getName());
    private static final Duration LOOK = Duration.ofMillis(250);

    /** From the connection's first moment to the end of the request's headers. */
    private static final Duration HEADERS = Duration.ofSeconds(10);

    private record Open(ConnectionContext context, long nanos) {}

    private final Map<String, Open> open = new ConcurrentHashMap<>();
    private final Worker worker = Worker.virtual("gateway-connections", this::watch);

    /** HTTP/1.1 with each connection known from its first moment to its last. */
    ServerConnectionSelector selector(Http1Config config) {
        Http1ConnectionSelector http =
                Http1ConnectionSelector.builder().config(config).build();
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
                open.put(context.childSocketId(), new Open(context, System.nanoTime() + HEADERS.toNanos()));
                return new Known(http.connection(context), context.childSocketId());
            }
        };
    }

    /** Forgotten when it is over. */
    private final class Known implements ServerConnection {
        private final ServerConnection connection;
        private final String socket;

        Known(ServerConnection connection, String socket) {
            this.connection = connection;
            this.socket = socket;
        }

        @Override
        public void handle(Limit limit) throws InterruptedException {
            try {
                connection.handle(limit);
            } finally {
                open.remove(socket);
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

    /** The next thing on this connection must have happened within the given time. */
    void limit(String socket, Duration time) {
        open.computeIfPresent(socket, (_, old) -> new Open(old.context(), System.nanoTime() + time.toNanos()));
    }

    Optional<ConnectionContext> find(String socket) {
        return Optional.ofNullable(open.get(socket)).map(Open::context);
    }

    /** Ends the connection now; what was written is still delivered. */
    void end(String socket) {
        Optional.ofNullable(open.remove(socket)).ifPresent(connection -> closed(connection.context()));
    }

    private void watch() throws InterruptedException {
        while (true) {
            Thread.sleep(LOOK);
            long now = System.nanoTime();
            open.forEach((socket, connection) -> {
                if (connection.nanos() - now < 0 && open.remove(socket, connection)) {
                    LOG.log(Level.INFO, "connection of a CLI closed, nothing happened on it for too long");
                    closed(connection.context());
                }
            });
        }
    }

    private static void closed(ConnectionContext connection) {
        try {
            connection.serverSocket().close();
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "connection was already closed", e);
        }
    }

    /** Closes those that are open: whatever they wait for ends. */
    void closeAll() {
        open.values().forEach(connection -> closed(connection.context()));
    }

    @Override
    public void close() {
        worker.close();
    }
}
