package dev.dashboard.web;

import dev.dashboard.auth.Access;
import dev.dashboard.auth.Rule;
import dev.dashboard.observe.Health;
import dev.dashboard.observe.LogLevel;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/** What the server says of itself: facts for people, the description of its API, and health without details. */
final class SystemRoutes {
    /** What asks here is a probe. */
    static final String HEALTH = "/health/";

    private final Supplier<ServerFacts> facts;
    private final List<ConfiguredValue> configuration;
    private final Health health;
    private final LogLevel logLevel;
    private final Metrics metrics;
    private final WebSettings settings;
    private final Clock clock;
    private final Instant started;

    SystemRoutes(
            Supplier<ServerFacts> facts,
            List<ConfiguredValue> configuration,
            Health health,
            LogLevel logLevel,
            Metrics metrics,
            WebSettings settings,
            Clock clock) {
        this.facts = facts;
        this.configuration = List.copyOf(configuration);
        this.health = health;
        this.logLevel = logLevel;
        this.metrics = metrics;
        this.settings = settings;
        this.clock = clock;
        this.started = clock.instant();
    }

    List<Route> routes() {
        return List.of(
                Route.get(HEALTH + "live", Rule.PUBLIC, call -> answer(call, health.live())),
                Route.get(HEALTH + "ready", Rule.PUBLIC, call -> answer(call, health.ready())),
                Route.get("/api/v1/system", Rule.SIGNED_IN, this::system),
                Route.get("/api/v1/openapi.yaml", Rule.PUBLIC, SystemRoutes::openApi));
    }

    private static void answer(Call call, boolean up) {
        call.answer(
                up ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503,
                Json.createObjectBuilder().add("status", up ? "UP" : "DOWN").build());
    }

    private void system(Call call) {
        JsonObject limits = Json.createObjectBuilder()
                .add("promptBytes", settings.promptBytes())
                .add("requestBodyBytes", settings.requestBody())
                .add("writesPerMinute", settings.writesPerMinute())
                .add("subscribersPerPerson", settings.subscribersPerPerson())
                .build();
        JsonObjectBuilder system = Json.createObjectBuilder(facts.get().json())
                .add("uptimeSeconds", Duration.between(started, clock.instant()).toSeconds())
                .add("limits", limits);
        if (Access.seesConfiguration(call.viewer().user())) {
            system.add("configuration", ConfiguredValue.json(configuration));
            system.add("logLevel", LogLevelRoutes.json(logLevel.state()));
            system.add("runtime", runtime());
        }
        call.ok(system.build());
    }

    private JsonObjectBuilder runtime() {
        JsonObjectBuilder runtime = Json.createObjectBuilder()
                .add("java", Runtime.version().toString())
                .add("processors", Runtime.getRuntime().availableProcessors());
        // What was written last stands in the log beside the file.
        double log = metrics.value(Metric.WAL_SIZE).orElse(0);
        metrics.value(Metric.DATABASE_SIZE).ifPresent(bytes -> runtime.add("databaseBytes", Math.round(bytes + log)));
        // 0 is what is measured as long as there was none.
        metrics.value(Metric.BACKUP_LAST_SUCCESS).stream()
                .filter(seconds -> seconds > 0)
                .forEach(seconds -> runtime.add("lastBackupAt", Times.iso(Instant.ofEpochSecond(Math.round(seconds))))
                        .add(
                                "backupVerified",
                                metrics.value(Metric.BACKUP_VERIFIED).orElse(0) == 1));
        return runtime;
    }

    private static void openApi(Call call) {
        try (InputStream in = SystemRoutes.class.getClassLoader().getResourceAsStream("openapi.yaml")) {
            if (in == null) {
                throw new IllegalStateException("openapi.yaml is not on the class path");
            }
            call.response().headers().set(HeaderNames.CONTENT_TYPE, "application/yaml; charset=utf-8");
            call.response().send(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
