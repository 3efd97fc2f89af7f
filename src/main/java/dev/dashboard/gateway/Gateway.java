package dev.dashboard.gateway;

import dev.dashboard.event.Event;
import dev.dashboard.event.SessionId;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.LogContext;
import dev.dashboard.run.Worker;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The Messages API as the CLIs of this dashboard see it: a listener of its own, which passes requests on to the model with the key, for
 * those that present the token of a live launch. Only {@code POST /v1/messages} and {@code POST /v1/messages/count_tokens}; errors of
 * its own have the API's shape.
 *
 * <p>Owns the listener, its connections and the client; closing ends what passes through. Each request has its own thread.
 */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Gateway.class.getName());
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration GRACE = Duration.ofSeconds(1);
    private static final Duration DRAIN = Duration.ofSeconds(10);

    /** So long a failure tells something of the present, when nobody has asked since. */
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private static final int MOST_HEADERS = 64 * 1024;
    private static final int PIECE = 16 * 1024;
    static final String MESSAGES = "/v1/messages";
    private static final String COUNT_TOKENS = "/v1/messages/count_tokens";
    private static final String BEARER = "bearer ";

    /**
     * @param port 0 takes a free one
     * @param maxRequests so many may pass at once, half of them of one launch; further ones are told that it is overloaded
     */
    public record Settings(String host, int port, int maxRequests) {
        public Settings at(int other) {
            return new Settings(host, other, maxRequests);
        }
    }

    private final GatewayTokens tokens;
    private final Function<String, Optional<SessionId>> live;
    private final BiConsumer<SessionId, Event.ModelAnswered> journal;
    private final Upstream upstream;
    private final Metrics metrics;
    private final Room room;
    private final Connections connections = new Connections();
    private final HttpClient client;
    private final WebServer server;

    /** When the model's service was last out of reach, unless it has answered since. */
    private volatile OptionalLong unreachable = OptionalLong.empty();

    /**
     * Starts listening.
     *
     * @param live the session whose present process has this launch; asked once for each request, on its thread
     * @param journal records what came of a request; asked on its thread after its end, and may fail
     * @throws Problem UNAVAILABLE {@code gateway-cannot-listen} when the address is taken or not this machine's
     */
    public static Gateway start(
            Settings settings,
            GatewayTokens tokens,
            Function<String, Optional<SessionId>> live,
            BiConsumer<SessionId, Event.ModelAnswered> journal,
            Upstream upstream,
            Metrics metrics) {
        Gateway gateway = new Gateway(settings, tokens, live, journal, upstream, metrics);
        LOG.log(Level.INFO, "gateway started port={0} upstream={1}", Integer.toString(gateway.port()), upstream);
        return gateway;
    }

    private Gateway(
            Settings settings,
            GatewayTokens tokens,
            Function<String, Optional<SessionId>> live,
            BiConsumer<SessionId, Event.ModelAnswered> journal,
            Upstream upstream,
            Metrics metrics) {
        this.journal = journal;
        this.tokens = tokens;
        this.live = live;
        this.upstream = upstream;
        this.metrics = metrics;
        this.room = new Room(settings.maxRequests());
        this.client = HttpClient.newBuilder()
                // One connection for one request: its end is that request's alone, and its window is the socket's.
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .executor(task -> Worker.virtual("gateway-client", task::run))
                .build();
        this.server = listen(settings);
        metrics.gauge(Metric.MODEL_REQUESTS_IN_FLIGHT, room::taken);
        metrics.gauge(Metric.MODEL_REQUESTS_LIMIT, settings::maxRequests);
    }

    private WebServer listen(Settings settings) {
        WebServer listening = WebServer.builder()
                .host(settings.host())
                .port(settings.port())
                .shutdownHook(false)
                .shutdownGracePeriod(GRACE)
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(false)
                .addConnectionSelector(connections.selector(http1()))
                // Nagle's wait for an acknowledgement would hold pieces of a stream back.
                .connectionOptions(options -> options.tcpNoDelay(true))
                // Those over maxRequests need a connection to be told so.
                .maxTcpConnections(2 * settings.maxRequests() + 16)
                .maxPayloadSize(Exchange.LONGEST_REQUEST)
                .directHandlers(direct())
                .routing(this::route)
                .build()
                .start();
        // An address that cannot be had is only logged by the server.
        if (!listening.isRunning()) {
            close(listening);
            throw new Problem(
                    Problem.Kind.UNAVAILABLE,
                    "gateway-cannot-listen",
                    "gateway.host, gateway.port: the model gateway cannot listen on " + settings.host() + ":"
                            + settings.port() + ".");
        }
        return listening;
    }

    private static Http1Config http1() {
        return Http1Config.builder()
                .maxHeadersSize(MOST_HEADERS)
                .continueImmediately(true)
                // Both would put raw headers, tokens among them, into the log.
                .receiveLog(false)
                .sendLog(false)
                .build();
    }

    /** What is refused before there is a request: in the API's shape, and without repeating what was sent. */
    private static DirectHandlers direct() {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, (_, _, status, _, _) -> {
                ApiFault fault = status.code() == ApiFault.TOO_LARGE.status()
                        ? ApiFault.TOO_LARGE
                        : ApiFault.UNREADABLE.with(status.code());
                return DirectHandler.TransportResponse.builder()
                        .status(io.helidon.http.Status.create(fault.status()))
                        .header(HeaderNames.CONTENT_TYPE, "application/json")
                        .entity(fault.body())
                        .keepAlive(false)
                        .build();
            });
        }
        return handlers.build();
    }

    private void route(HttpRouting.Builder routing) {
        routing.post(MESSAGES, this::serve).post(COUNT_TOKENS, this::serve).any((request, response) -> {
            throw refuse(ApiFault.UNKNOWN_PATH, request, response);
        });
    }

    private void serve(ServerRequest request, ServerResponse response) {
        Optional<String> launch = launch(request);
        Optional<SessionId> session = launch.flatMap(live);
        if (session.isEmpty()) {
            throw refuse(ApiFault.REFUSED, request, response);
        }
        throw LogContext.ofSession(session.get())
                .call(() -> pass(launch.orElseThrow(), session.get(), request, response));
    }

    /** How it ends: every connection is one request's alone. */
    private CloseConnectionException pass(
            String launch, SessionId session, ServerRequest request, ServerResponse response) {
        if (!room.enter(launch)) {
            return refuse(ApiFault.FULL, request, response);
        }
        Exchange exchange = new Exchange(request, response, connections, client, upstream, metrics);
        try {
            count(exchange.run());
        } finally {
            room.leave(launch);
        }
        exchange.answered().ifPresent(answered -> {
            connections.end(request.socketId());
            record(session, answered);
        });
        return over();
    }

    private void count(String outcome) {
        metrics.count(Metric.MODEL_REQUESTS, outcome);
        if (outcome.equals(ApiFault.UNREACHABLE.outcome())) {
            unreachable = OptionalLong.of(System.nanoTime());
        } else if (Character.isDigit(outcome.charAt(0))) {
            // An answer, whatever it says.
            unreachable = OptionalLong.empty();
        }
    }

    /**
     * What is wrong, as a sentence for operators: nobody listens, or the model's service was out of reach for the last request of the last
     * ten minutes. Nobody is asked for it, so it answers at once.
     */
    public Optional<String> fault() {
        if (!server.isRunning()) {
            return Optional.of("the model gateway does not listen any more");
        }
        OptionalLong since = unreachable;
        if (since.isEmpty()) {
            return Optional.empty();
        }
        Duration ago = Duration.ofNanos(System.nanoTime() - since.getAsLong());
        return ago.compareTo(REMEMBERED) > 0
                ? Optional.empty()
                : Optional.of("the model's service could not be reached " + ago.toSeconds()
                        + " s ago, and has not answered since");
    }

    private Optional<String> launch(ServerRequest request) {
        String given = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
        return given.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? tokens.launch(given.substring(BEARER.length()).strip())
                : Optional.empty();
    }

    /** The answer has passed, whatever comes of this. */
    private void record(SessionId session, Event.ModelAnswered answered) {
        try {
            journal.accept(session, answered);
        } catch (RuntimeException e) {
            metrics.count(Metric.MODEL_ANSWERS_UNRECORDED);
            LOG.log(Level.WARNING, "what a request to the model took is not recorded session=" + session, e);
        }
    }

    /** The body is taken first: closed on top of it, the connection would be reset, and the reason lost. */
    private CloseConnectionException refuse(ApiFault fault, ServerRequest request, ServerResponse response) {
        metrics.count(Metric.MODEL_REQUESTS, fault.outcome());
        connections.limit(request.socketId(), DRAIN);
        try {
            if (request.content().hasEntity()) {
                drain(request.content().inputStream());
            }
            fault.send(response);
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "a client of the gateway left before it was refused", e);
        }
        return over();
    }

    private static void drain(InputStream in) throws IOException {
        byte[] piece = new byte[PIECE];
        while (in.read(piece) >= 0) {}
    }

    /** One request on a connection: the thread that waits for a hang-up may still read from it. */
    private static CloseConnectionException over() {
        return new CloseConnectionException("one request on a connection of the gateway");
    }

    public int port() {
        return server.port();
    }

    /** How a process on this machine comes here. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port());
    }

    /** Ends what passes through, and stops listening. Harmless when repeated. */
    @Override
    public void close() {
        connections.closeAll();
        close(server);
    }

    private void close(WebServer listening) {
        listening.stop();
        client.shutdownNow();
        connections.close();
    }
}
