package dev.dashboard.web;

import dev.dashboard.observe.Metrics;
import dev.dashboard.observe.Readiness;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import io.helidon.health.HealthCheckResponse;
import io.helidon.health.HealthCheckType;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.observe.ObserveFeature;
import io.helidon.webserver.observe.health.HealthObserver;
import io.helidon.webserver.observe.metrics.MetricsObserver;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The second listener, for operators alone: health with details, and metrics. */
final class Management implements Filter {
    /** Addresses, and names without a dot as containers have; a foreign page can only come under a name with one. */
    private static final Pattern LOCAL = Pattern.compile("[a-z0-9_-]+|[0-9.]+|\\[[0-9a-f:.]+]");

    private final WebSettings settings;
    private final SecurityHeaders headers;
    private final ConnectionGuard guard;

    Management(WebSettings settings, SecurityHeaders headers, ConnectionGuard guard) {
        this.settings = settings;
        this.headers = headers;
        this.guard = guard;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        headers.set(request, response);
        try {
            String host =
                    Edge.withoutPort(request.headers().first(HeaderNames.HOST).orElse(""));
            if (!LOCAL.matcher(host).matches() && !settings.allowedHosts().contains(host)) {
                throw new Problem(Kind.FORBIDDEN, "host-not-allowed", "This server does not answer under this name.");
            }
            chain.proceed();
        } finally {
            guard.done(request);
        }
        ConnectionGuard.closeIfSaid(response);
    }

    static ObserveFeature observe(Readiness readiness, Metrics metrics, String socket) {
        return ObserveFeature.builder()
                .observersDiscoverServices(false)
                .sockets(List.of(socket))
                .endpoint("/")
                .addObserver(HealthObserver.builder()
                        .useSystemServices(false)
                        .details(true)
                        .addCheck(() -> response(true, List.of()), HealthCheckType.LIVENESS, "running")
                        .addCheck(() -> response(true, List.of()), HealthCheckType.STARTUP, "started")
                        .addCheck(() -> readiness(readiness), HealthCheckType.READINESS, "dashboard")
                        .build())
                .addObserver(MetricsObserver.builder()
                        .meterRegistry(metrics.registry())
                        .build())
                .build();
    }

    private static HealthCheckResponse readiness(Readiness readiness) {
        List<Readiness.Finding> findings = readiness.findings();
        boolean ready = findings.stream()
                .noneMatch(finding -> finding.vital() && finding.fault().isPresent());
        return response(ready, findings);
    }

    private static HealthCheckResponse response(boolean up, List<Readiness.Finding> findings) {
        HealthCheckResponse.Builder builder = HealthCheckResponse.builder()
                .status(up ? HealthCheckResponse.Status.UP : HealthCheckResponse.Status.DOWN);
        boolean degraded = findings.stream()
                .anyMatch(finding -> !finding.vital() && finding.fault().isPresent());
        if (!findings.isEmpty()) {
            builder.detail("degraded", degraded);
        }
        if (!up) {
            builder.detail("failed", failed(findings));
        }
        findings.forEach(
                finding -> builder.detail(finding.name(), finding.fault().orElse("ok")));
        return builder.build();
    }

    /** By which of the details the server is down, and not only degraded. */
    private static String failed(List<Readiness.Finding> findings) {
        return findings.stream()
                .filter(finding -> finding.vital() && finding.fault().isPresent())
                .map(Readiness.Finding::name)
                .collect(Collectors.joining(", "));
    }
}
