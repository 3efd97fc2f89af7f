package dev.dashboard.web;

import dev.dashboard.observe.Health;
import dev.dashboard.observe.Health.Effect;
import dev.dashboard.observe.Health.Finding;
import dev.dashboard.observe.Metrics;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import io.helidon.health.HealthCheckResponse;
import io.helidon.health.HealthCheckResponse.Status;
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

    /** One check for the library, since ours have more to say than up and down. */
    private static final String CHECK = "dashboard";

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

    static ObserveFeature observe(Health health, Metrics metrics, String socket) {
        return ObserveFeature.builder()
                .observersDiscoverServices(false)
                .sockets(List.of(socket))
                .endpoint("/")
                .addObserver(HealthObserver.builder()
                        .useSystemServices(false)
                        .details(true)
                        .addCheck(
                                () -> response(health.findings(List.of(Effect.DEAD))), HealthCheckType.LIVENESS, CHECK)
                        .addCheck(() -> started(health), HealthCheckType.STARTUP, CHECK)
                        .addCheck(() -> response(health.findings()), HealthCheckType.READINESS, CHECK)
                        .build())
                .addObserver(MetricsObserver.builder()
                        .meterRegistry(metrics.registry())
                        .build())
                .build();
    }

    private static HealthCheckResponse started(Health health) {
        return HealthCheckResponse.builder()
                .status(health.hasStarted() ? Status.UP : Status.DOWN)
                .build();
    }

    private static HealthCheckResponse response(List<Finding> findings) {
        String failed = failed(findings);
        HealthCheckResponse.Builder builder =
                HealthCheckResponse.builder().status(failed.isEmpty() ? Status.UP : Status.DOWN);
        if (findings.stream().anyMatch(finding -> finding.effect() == Effect.DEGRADED)) {
            builder.detail("degraded", findings.stream().anyMatch(Management::degrades));
        }
        if (!failed.isEmpty()) {
            builder.detail("failed", failed);
        }
        findings.forEach(
                finding -> builder.detail(finding.name(), finding.fault().orElse("ok")));
        return builder.build();
    }

    private static boolean degrades(Finding finding) {
        return finding.effect() == Effect.DEGRADED && !finding.isWell();
    }

    /** By which of the details the server is down, and not only degraded. */
    private static String failed(List<Finding> findings) {
        return findings.stream()
                .filter(finding -> finding.effect() != Effect.DEGRADED && !finding.isWell())
                .map(Finding::name)
                .collect(Collectors.joining(", "));
    }
}
