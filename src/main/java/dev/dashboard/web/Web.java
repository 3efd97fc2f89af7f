package dev.dashboard.web;

import dev.dashboard.approval.Approvals;
import dev.dashboard.auth.AccessTokens;
import dev.dashboard.auth.ApiTokens;
import dev.dashboard.auth.Invitations;
import dev.dashboard.auth.Refusals;
import dev.dashboard.auth.Rule;
import dev.dashboard.auth.SignIns;
import dev.dashboard.auth.Users;
import dev.dashboard.auth.Viewer;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.mask.Masking;
import dev.dashboard.observe.AccessLog;
import dev.dashboard.observe.Health;
import dev.dashboard.observe.LogLevel;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.problem.Problem;
import dev.dashboard.session.SessionIndex;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.PathMatchers;
import io.helidon.http.Status;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.context.ContextFeature;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.security.SecurityFeature;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The server: two listeners, one table of all routes. Owns the listeners, the connection guard and the event streams; closing
 * ends the streams with a word, then stops listening.
 */
public final class Web implements AutoCloseable {
    private static final String MANAGEMENT = "management";
    private static final Duration GRACE = Duration.ofSeconds(3);
    /** The longest that {@link #close} takes: the streams, then each of the two listeners. */
    public static final Duration LONGEST_CLOSE = GRACE.multipliedBy(3);

    private static final int BACKLOG = 256;

    /** What the web side is made of. */
    public record Parts(
            Journal journal,
            Feed feed,
            Users users,
            SignIns signIns,
            Invitations invitations,
            ApiTokens apiTokens,
            AccessTokens tokens,
            Refusals refusals,
            SessionIndex sessions,
            Approvals approvals,
            Health health,
            Metrics metrics,
            AccessLog accessLog,
            LogLevel logLevel,
            Supplier<ServerFacts> facts,
            List<ConfiguredValue> configuration,
            Masking masking,
            Clock clock) {}

    private final ConnectionGuard guard;
    private final EventStream events;
    private final List<Route> table;
    private final WebServer server;
    private volatile boolean closing;

    /**
     * Starts listening.
     *
     * @param domain the routes of sessions, projects and approvals
     */
    public Web(WebSettings settings, Parts parts, List<Route> domain) {
        SecurityHeaders headers = new SecurityHeaders(settings.tls());
        ProblemHandler problems = new ProblemHandler(headers, parts.metrics(), parts.masking());
        this.guard = new ConnectionGuard(settings.requestTime());
        this.events = new EventStream(
                parts.journal(),
                parts.feed(),
                parts.sessions(),
                guard,
                settings,
                holds(parts),
                parts.metrics(),
                parts.clock());
        parts.signIns().whenEnded(events::end);
        parts.apiTokens().whenEnded(events::end);
        parts.users().whenChanged(events::endOf);
        measure(parts.metrics(), settings);
        this.table = table(settings, parts, domain);
        Edge edge = new Edge(settings, headers, guard, parts.metrics(), parts.accessLog(), () -> closing);
        Gate gate = new Gate(edge, guard, parts, settings.writesPerMinute());

        HttpRouting.Builder routing = HttpRouting.builder().addFilter(edge);
        problems.addTo(routing);
        addTable(routing, gate);
        this.server = WebServer.builder()
                .shutdownHook(false)
                .shutdownGracePeriod(GRACE)
                .featuresDiscoverServices(false)
                .addFeature(ContextFeature.create())
                .addFeature(SecurityFeature.builder()
                        .security(parts.tokens().security(AuthRoutes.accessCookie(settings.tls())))
                        .build())
                .addFeature(Management.observe(parts.health(), parts.metrics(), MANAGEMENT))
                // Nagle's wait for an acknowledgement delays every second event of a stream by up to 40 ms (measured).
                .connectionOptions(options -> options.tcpNoDelay(true))
                .host(settings.host())
                .port(settings.port())
                .backlog(BACKLOG)
                .maxTcpConnections(settings.connections())
                .maxPayloadSize(settings.requestBody())
                .idleConnectionTimeout(ConnectionGuard.IDLE)
                .idleConnectionPeriod(Duration.ofSeconds(5))
                .protocolsDiscoverServices(false)
                .addConnectionSelector(guard.selector(http1(settings), true))
                .directHandlers(problems.direct())
                .routing(routing)
                .putSocket(MANAGEMENT, management(settings, headers, problems))
                .build()
                .start();
        // An address that cannot be had is only logged by the server, which then serves nobody.
        if (!server.isRunning()) {
            close();
            throw new Problem(
                    Problem.Kind.UNAVAILABLE,
                    "cannot-listen",
                    "server.host, server.port, management.host, management.port: the dashboard cannot listen on "
                            + settings.host() + ":" + settings.port() + " and " + settings.managementHost() + ":"
                            + settings.managementPort() + "; another program may have a port.");
        }
    }

    private void measure(Metrics metrics, WebSettings settings) {
        metrics.gauge(Metric.SUBSCRIBERS, events::open);
        metrics.gauge(Metric.SUBSCRIBERS_LIMIT, settings::maxSubscribers);
        metrics.gauge(Metric.CONNECTIONS, guard::connections);
        metrics.gauge(Metric.CONNECTIONS_LIMIT, settings::connections);
    }

    private static Predicate<Viewer> holds(Parts parts) {
        return viewer -> viewer.token().isPresent()
                ? parts.apiTokens().holds(viewer)
                : parts.signIns().holds(viewer);
    }

    private List<Route> table(WebSettings settings, Parts parts, List<Route> domain) {
        List<Route> all = new ArrayList<>();
        all.addAll(new AuthRoutes(
                        parts.signIns(),
                        parts.invitations(),
                        parts.tokens(),
                        parts.facts(),
                        parts.metrics(),
                        settings.tls())
                .routes());
        all.addAll(new SystemRoutes(
                        parts.facts(),
                        parts.configuration(),
                        parts.health(),
                        parts.logLevel(),
                        parts.metrics(),
                        settings,
                        parts.clock())
                .routes());
        all.addAll(new LogLevelRoutes(parts.logLevel(), parts.journal()).routes());
        all.addAll(events.routes());
        all.addAll(domain);
        all.addAll(new Assets().routes());
        return List.copyOf(all);
    }

    private void addTable(HttpRouting.Builder routing, Gate gate) {
        Map<String, List<Route>> byPath =
                table.stream().collect(Collectors.groupingBy(Route::path, LinkedHashMap::new, Collectors.toList()));
        byPath.forEach((path, routes) -> {
            if (path.equals("/")) {
                // Before the page takes all that is left: what looks like the API and is not there is a 404 in JSON.
                routing.any("/api", Web::unknown);
                routing.any("/api/*", Web::unknown);
                routing.any("/health/*", Web::unknown);
                routing.any("/metrics", Web::unknown);
            }
            for (Route route : routes) {
                if (route.rule() != Rule.PUBLIC) {
                    // The token is checked by the server's own security; whether one is needed is the gate's to say.
                    routing.route(
                            route.method(),
                            PathMatchers.create(path),
                            SecurityFeature.authenticate().authenticationOptional());
                }
                routing.route(route.method(), PathMatchers.create(path), gate.of(route));
            }
            routing.any(path, wrongMethod(routes));
        });
    }

    private static void unknown(
            io.helidon.webserver.http.ServerRequest request, io.helidon.webserver.http.ServerResponse response) {
        throw Problem.notFound("not-found", "There is nothing at this address.");
    }

    private static Handler wrongMethod(List<Route> routes) {
        String allow =
                routes.stream().map(route -> route.method().text()).sorted().collect(Collectors.joining(", "));
        return (_, _) -> {
            throw new HttpException("method not allowed", Status.METHOD_NOT_ALLOWED_405, true)
                    .header(HeaderValues.create(HeaderNames.ALLOW, allow));
        };
    }

    private static Http1Config http1(WebSettings settings) {
        return Http1Config.builder()
                .maxHeadersSize(settings.requestHeaders())
                .validateResponseHeaders(true)
                // A body that was announced is always read: an answer before it would leave open where the next request
                // begins.
                .continueImmediately(true)
                // Both would put raw headers, cookies among them, into the log.
                .receiveLog(false)
                .sendLog(false)
                .build();
    }

    private ListenerConfig management(WebSettings settings, SecurityHeaders headers, ProblemHandler problems) {
        HttpRouting.Builder routing = HttpRouting.builder().addFilter(new Management(settings, headers, guard));
        problems.addTo(routing);
        return ListenerConfig.builder()
                .name(MANAGEMENT)
                .host(settings.managementHost())
                .port(settings.managementPort())
                .shutdownGracePeriod(GRACE)
                .maxTcpConnections(64)
                .maxPayloadSize(0)
                .protocolsDiscoverServices(false)
                .addConnectionSelector(guard.selector(http1(settings), false))
                .directHandlers(problems.direct())
                .routing(routing)
                .build();
    }

    /** The table of all routes. */
    List<Route> routes() {
        return table;
    }

    /** The port that browsers use. */
    public int port() {
        return server.port();
    }

    public int managementPort() {
        return server.port(MANAGEMENT);
    }

    /** Tells those who listen that the server is about to stop; everything is served as before. */
    public void announceStop() {
        events.announce();
    }

    /** Ends the streams, refuses what still comes, lets requests under way finish within a few seconds, stops. */
    @Override
    public void close() {
        closing = true;
        events.drain(GRACE);
        guard.keepNone();
        server.stop();
        guard.close();
    }
}
