package dev.dashboard.web;

import dev.dashboard.observe.AccessLog;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import dev.dashboard.run.LogContext;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What every request passes first, whatever its address: an id, which its log lines carry, the security headers, the check of the
 * Host header, and in the end the measurement and the line of the access log.
 */
final class Edge implements Filter {
    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

    /** None is a person who types the address. */
    private static final Set<String> OWN_OR_NOBODY = Set.of("same-origin", "none");

    private static final HeaderName SITE = HeaderNames.create("Sec-Fetch-Site");
    private static final Pattern AUTHORITY = Pattern.compile("(\\[[^\\[\\]]*]|[^:\\[\\]]*)(?::\\d{1,5})?");

    private final WebSettings settings;
    private final SecurityHeaders headers;
    private final ConnectionGuard guard;
    private final Metrics metrics;
    private final AccessLog accessLog;
    private final BooleanSupplier closing;
    private final Set<String> hosts;

    Edge(
            WebSettings settings,
            SecurityHeaders headers,
            ConnectionGuard guard,
            Metrics metrics,
            AccessLog accessLog,
            BooleanSupplier closing) {
        this.settings = settings;
        this.headers = headers;
        this.guard = guard;
        this.metrics = metrics;
        this.accessLog = accessLog;
        this.closing = closing;
        this.hosts = new HashSet<>(settings.allowedHosts());
        settings.publicUrl().ifPresent(url -> hosts.add(url.getHost().toLowerCase(Locale.ROOT)));
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        RequestInfo info = RequestInfo.of(request);
        LogContext.ofRequest(info.id()).run(() -> pass(chain, request, response, info));
    }

    private void pass(FilterChain chain, RoutingRequest request, RoutingResponse response, RequestInfo info) {
        long start = System.nanoTime();
        headers.set(request, response);
        try {
            checkOpen();
            checkHost(request);
        } catch (Problem refused) {
            // It is answered further out, where the answer cannot be seen from here.
            done(request, ProblemHandler.status(refused.kind()), 0, info, start);
            throw refused;
        }
        try {
            chain.proceed();
        } finally {
            done(request, response.status().code(), response.bytesWritten(), info, start);
        }
        ConnectionGuard.closeIfSaid(response);
    }

    private void done(RoutingRequest request, int status, long bytes, RequestInfo info, long start) {
        guard.done(request);
        long nanos = System.nanoTime() - start;
        // Only methods that a route has, so that a caller cannot make up labels.
        String method = info.route().equals(RequestInfo.OTHER)
                ? RequestInfo.OTHER
                : request.prologue().method().text();
        if (!info.route().equals(EventStream.PATH)) {
            metrics.recordNanos(Metric.HTTP_REQUESTS, nanos, method, info.route(), status / 100 + "xx");
        }
        // Probes ask every few seconds for ever: they would be most of the log.
        if (!info.route().startsWith(SystemRoutes.HEALTH)) {
            accessLog.line(new AccessLog.Answer(
                    method, info.route(), status, bytes, Duration.ofNanos(nanos).toMillis(), address(request)));
        }
    }

    private void checkOpen() {
        if (closing.getAsBoolean()) {
            throw new Problem(Kind.UNAVAILABLE, "server-stopping", "The server is stopping; try again in a moment.")
                    .retryAfter(Duration.ofSeconds(5));
        }
    }

    /** A name that is not ours means that a foreign page made the browser look us up under its own name (DNS rebinding). */
    private void checkHost(ServerRequest request) {
        String host = request.headers().first(HeaderNames.HOST).orElse("");
        if (!hosts.contains(withoutPort(host))) {
            throw new Problem(
                    Kind.FORBIDDEN,
                    "host-not-allowed",
                    "This server does not answer under this name; add it to server.allowed-hosts.");
        }
    }

    /** The name in lower case; empty when what follows it is no port. */
    static String withoutPort(String authority) {
        Matcher matcher = AUTHORITY.matcher(authority);
        return matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
    }

    /**
     * Refuses a write that a foreign page sent: what browsers say about its origin must name us. Programs say nothing of the
     * kind; they pass here and need the CSRF token all the same.
     */
    void checkOrigin(ServerRequest request) {
        // Each value: of two, one parser takes the first and another the last.
        check(values(request, SITE).allMatch("same-origin"::equals), request);
    }

    /**
     * Refuses to read for a foreign page. It would not see the answer, but an event stream that it opens takes a place; and a page
     * of another port on our own name has our cookies.
     */
    void checkReader(ServerRequest request) {
        check(values(request, SITE).allMatch(OWN_OR_NOBODY::contains), request);
    }

    private void check(boolean ownSite, ServerRequest request) {
        if (!ownSite || !values(request, HeaderNames.ORIGIN).allMatch(value -> isOurs(value, request))) {
            throw new Problem(
                    Kind.FORBIDDEN, "origin-not-allowed", "Requests are only taken from the dashboard's own pages.");
        }
    }

    private static Stream<String> values(ServerRequest request, HeaderName name) {
        return request.headers().contains(name) ? request.headers().get(name).allValues().stream() : Stream.empty();
    }

    private boolean isOurs(String origin, ServerRequest request) {
        if (settings.publicUrl().map(Edge::origin).filter(origin::equals).isPresent()) {
            return true;
        }
        String host = request.headers().first(HeaderNames.HOST).orElse("");
        // Behind a proxy the scheme is the proxy's; the authority is what an attacker cannot have. Where TLS is
        // configured, a page without it can be of anybody on the way, but for one of this machine.
        boolean plain = !settings.tls() || THIS_MACHINE.contains(withoutPort(host));
        return plain && origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
    }

    private static String origin(URI url) {
        return url.getScheme() + "://" + url.getRawAuthority();
    }

    /** The peer's address, or the nearest one that no trusted proxy has. */
    String address(ServerRequest request) {
        InetAddress address = peer(request);
        List<String> hops = request.headers().contains(HeaderNames.X_FORWARDED_FOR)
                ? request.headers().get(HeaderNames.X_FORWARDED_FOR).allValues(true)
                : List.of();
        for (String hop : hops.reversed()) {
            if (!settings.trustedProxy().test(address)) {
                break;
            }
            Optional<InetAddress> before = literal(hop.strip());
            if (before.isEmpty()) {
                break;
            }
            address = before.get();
        }
        return address.getHostAddress();
    }

    private static InetAddress peer(ServerRequest request) {
        return request.remotePeer().address() instanceof InetSocketAddress socket
                ? socket.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    private static Optional<InetAddress> literal(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            // A proxy wrote something that is no address; what is known so far stands.
            return Optional.empty();
        }
    }
}
