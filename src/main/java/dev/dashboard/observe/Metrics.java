package dev.dashboard.observe;

import io.helidon.metrics.api.Counter;
import io.helidon.metrics.api.Gauge;
import io.helidon.metrics.api.MeterRegistry;
import io.helidon.metrics.api.MetricsFactory;
import io.helidon.metrics.api.Tag;
import io.helidon.metrics.api.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Every meter of the dashboard. Names start with {@code dashboard_}; Prometheus sees timers as {@code _seconds} and counters as
 * {@code _total}. No label has unbounded values: routes are patterns, never paths. Safe for all threads.
 */
public final class Metrics {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(5),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5)
    };

    /** A model thinks before it speaks. */
    private static final Duration[] MODEL_BUCKETS = {
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofSeconds(15),
        Duration.ofMinutes(1)
    };

    /** The library's own: it complains in the log about meters of any second registry. */
    private final MeterRegistry registry = MetricsFactory.getInstance().globalRegistry();

    /** For the endpoint that shows them. */
    public MeterRegistry registry() {
        return registry;
    }

    /** An answered request; event streams are left out, since they last as long as somebody looks. */
    public void request(String method, String route, int status, long nanos) {
        registry.getOrCreate(Timer.builder("dashboard_http_requests")
                        .description("Time to answer a request")
                        .buckets(BUCKETS)
                        .tags(List.of(
                                Tag.create("method", method),
                                Tag.create("route", route),
                                Tag.create("status", status / 100 + "xx"))))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    /** {@code outcome}: {@code accepted, refused, limited}. */
    public void signIn(String outcome) {
        count("dashboard_sign_ins", "Sign-in attempts", "outcome", outcome);
    }

    /** A bug that reached the web edge. */
    public void incident() {
        registry.getOrCreate(Counter.builder("dashboard_incidents").description("Requests answered with 500"))
                .increment();
    }

    /** {@code outcome}: {@code completed, interrupted, failed}. */
    public void turn(String outcome) {
        count("dashboard_turns", "Turns by how they ended", "outcome", outcome);
    }

    /** The CLI said something this version does not know. */
    public void outputNotUnderstood() {
        registry.getOrCreate(
                        Counter.builder("dashboard_cli_output_not_understood").description("CLI lines kept unread"))
                .increment();
    }

    /** One commit of the journal, from taking the work to the disk saying that it is stored. */
    public void journalCommit(Duration took) {
        registry.getOrCreate(Timer.builder("dashboard_journal_commit")
                        .description("Time of one journal commit")
                        .buckets(BUCKETS))
                .record(took);
    }

    /** Open event streams; read when somebody looks. */
    public void subscribers(Supplier<Integer> number) {
        registry.getOrCreate(Gauge.builder("dashboard_subscribers", number).description("Open event streams"));
    }

    /** Sessions in one state; called once for each state. */
    public void sessions(String state, Supplier<Integer> number) {
        registry.getOrCreate(Gauge.builder("dashboard_sessions", number)
                .description("Sessions by state")
                .tags(List.of(Tag.create("state", state))));
    }

    /** Whether something is wrong that does not stop the server: 1 or 0 for each named check. */
    public void degraded(String check, Supplier<Integer> value) {
        registry.getOrCreate(Gauge.builder("dashboard_degraded", value)
                .description("1 when the named part does not work but the server still serves")
                .tags(List.of(Tag.create("check", check))));
    }

    /**
     * A request to the model's gateway. {@code outcome}: the class of the model's status ({@code 2xx, 4xx, 429, 5xx}), or {@code
     * unreachable, cut, cancelled}, or what the gateway itself refused: {@code refused, full}.
     */
    public void modelRequest(String outcome) {
        count("dashboard_model_requests", "Requests to the model by how they went", "outcome", outcome);
    }

    /** From a request's arrival at the gateway to the first byte of the model's answer. */
    public void modelFirstByte(Duration took) {
        registry.getOrCreate(Timer.builder("dashboard_model_first_byte")
                        .description("Time to the first byte of the model's answer")
                        .buckets(MODEL_BUCKETS))
                .record(took);
    }

    /** {@code kind}: {@code input, output, cache-read, cache-creation}. */
    public void modelTokens(String kind, long number) {
        registry.getOrCreate(Counter.builder("dashboard_model_tokens")
                        .description("Tokens that the model has counted")
                        .tags(List.of(Tag.create("kind", kind))))
                .increment(number);
    }

    /** The journal did not take what a request to the model took. */
    public void modelAnswerUnrecorded() {
        registry.getOrCreate(Counter.builder("dashboard_model_answers_unrecorded")
                        .description("Answers of the model whose tokens are in no event"))
                .increment();
    }

    /** Requests to the model under way; read when somebody looks. */
    public void modelRequestsInFlight(Supplier<Integer> number) {
        registry.getOrCreate(Gauge.builder("dashboard_model_requests_in_flight", number)
                .description("Requests to the model under way"));
    }

    private void count(String name, String description, String label, String value) {
        registry.getOrCreate(Counter.builder(name).description(description).tags(List.of(Tag.create(label, value))))
                .increment();
    }
}
