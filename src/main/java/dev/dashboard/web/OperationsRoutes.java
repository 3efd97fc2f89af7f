package dev.dashboard.web;

import dev.dashboard.auth.Rule;
import dev.dashboard.observe.Figures;
import dev.dashboard.observe.Health;
import dev.dashboard.observe.Health.Effect;
import dev.dashboard.observe.Limits;
import dev.dashboard.observe.RecentErrors;
import dev.dashboard.problem.Problem;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** What administrators see of the server's own state: each check, how the main figures moved, how full its limits are. */
public final class OperationsRoutes {
    private static final Pattern PAGE = Pattern.compile("[A-Za-z][A-Za-z-]{0,63}");

    /** Of all times in milliseconds, the last that has four digits for its year. */
    private static final long LATEST = 253_402_300_799_999L;

    private static final MathContext DIGITS = new MathContext(6);

    private final Health health;
    private final Figures figures;
    private final Limits limits;
    private final RecentErrors errors;
    private final Clock clock;

    public OperationsRoutes(Health health, Figures figures, Limits limits, RecentErrors errors, Clock clock) {
        this.health = health;
        this.figures = figures;
        this.limits = limits;
        this.errors = errors;
        this.clock = clock;
    }

    public List<Route> routes() {
        return List.of(
                Route.get("/api/v1/system/health", Rule.ADMIN, call -> call.ok(health())),
                Route.get("/api/v1/system/figures", Rule.ADMIN, this::figures),
                Route.get("/api/v1/system/errors", Rule.ADMIN, call -> call.ok(errors())),
                Route.get("/api/v1/system/limits", Rule.ADMIN, call -> call.ok(limits())),
                Route.get("/api/v1/system/runbooks/{name}", Rule.ADMIN, this::runbook));
    }

    // ---- health

    private JsonObject health() {
        List<Health.Finding> findings = health.findings();
        JsonArrayBuilder checks = Json.createArrayBuilder();
        findings.forEach(finding -> checks.add(json(finding)));
        boolean live = isWell(findings, Effect.DEAD);
        return Json.createObjectBuilder()
                .add("live", live)
                .add("ready", live && isWell(findings, Effect.UNREADY))
                .add("started", health.hasStarted())
                .add("degraded", !isWell(findings, Effect.DEGRADED))
                .add("checkedAt", Times.iso(clock.instant()))
                .add("checks", checks)
                .build();
    }

    private static boolean isWell(List<Health.Finding> findings, Effect effect) {
        return findings.stream().filter(finding -> finding.effect() == effect).allMatch(Health.Finding::isWell);
    }

    private static JsonObjectBuilder json(Health.Finding finding) {
        JsonObjectBuilder check = Json.createObjectBuilder()
                .add("name", finding.name())
                .add("effect", finding.effect().word())
                .add("ok", finding.isWell())
                .add("runbook", finding.runbook());
        finding.fault().ifPresent(fault -> check.add("message", fault));
        return check;
    }

    // ---- figures

    private void figures(Call call) {
        Instant after = Instant.ofEpochMilli(call.number("after", 0, LATEST).orElse(0L));
        JsonArrayBuilder samples = Json.createArrayBuilder();
        figures.after(after).forEach(sample -> samples.add(json(sample)));
        call.ok(Json.createObjectBuilder()
                .add("intervalSeconds", Figures.INTERVAL.toSeconds())
                .add("figures", described())
                .add("samples", samples)
                .build());
    }

    private JsonArrayBuilder described() {
        JsonArrayBuilder list = Json.createArrayBuilder();
        for (Figures.Figure figure : figures.figures()) {
            JsonObjectBuilder one =
                    Json.createObjectBuilder().add("name", figure.name()).add("unit", figure.unit());
            OptionalDouble limit = figure.limit().get();
            if (limit.isPresent() && Double.isFinite(limit.getAsDouble())) {
                one.add("limit", rounded(limit.getAsDouble()));
            }
            list.add(one);
        }
        return list;
    }

    private static JsonObjectBuilder json(Figures.Sample sample) {
        JsonArrayBuilder values = Json.createArrayBuilder();
        for (OptionalDouble value : sample.values()) {
            if (value.isPresent()) {
                values.add(rounded(value.getAsDouble()));
            } else {
                values.addNull();
            }
        }
        return Json.createObjectBuilder().add("time", Times.iso(sample.time())).add("values", values);
    }

    /** More digits than anybody reads would make half an hour three times as long. */
    private static BigDecimal rounded(double value) {
        return new BigDecimal(
                BigDecimal.valueOf(value).round(DIGITS).stripTrailingZeros().toPlainString());
    }

    // ---- limits

    private JsonObject limits() {
        JsonArrayBuilder list = Json.createArrayBuilder();
        for (Limits.Limit limit : limits.now()) {
            JsonObjectBuilder one = Json.createObjectBuilder()
                    .add("name", limit.name())
                    .add("used", Math.round(limit.used()))
                    .add("limit", Math.round(limit.limit()))
                    .add("unit", limit.unit());
            limit.key().ifPresent(key -> one.add("key", key));
            list.add(one);
        }
        return Json.createObjectBuilder().add("limits", list).build();
    }

    // ---- the log

    private JsonObject errors() {
        JsonArrayBuilder lines = Json.createArrayBuilder();
        errors.lines().forEach(line -> lines.add(json(line)));
        return Json.createObjectBuilder().add("lines", lines).build();
    }

    private static JsonObjectBuilder json(RecentErrors.Line line) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("time", Times.iso(line.time()))
                .add("level", line.level())
                .add("logger", line.logger())
                .add("message", line.message());
        line.requestId().ifPresent(id -> json.add("requestId", id));
        line.sessionId().ifPresent(id -> json.add("sessionId", id));
        line.exception().ifPresent(trace -> json.add("exception", trace));
        return json;
    }

    // ---- runbooks

    /** They travel with the server: whoever looks at what fails may have no checkout at hand. */
    private void runbook(Call call) {
        String name = call.path("name");
        String text = PAGE.matcher(name).matches() ? page(name) : "";
        if (text.isEmpty()) {
            throw Problem.notFound("runbook-unknown", "There is no such page in the runbooks of this version.");
        }
        call.ok(Json.createObjectBuilder().add("name", name).add("text", text).build());
    }

    private static String page(String name) {
        try (InputStream in = OperationsRoutes.class.getClassLoader().getResourceAsStream("runbooks/" + name + ".md")) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
