package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.observe.Metric;
import dev.dashboard.support.Await;
import dev.dashboard.support.Person;
import dev.dashboard.support.Queries;
import dev.dashboard.support.Queries.Query;
import dev.dashboard.support.Queries.Selector;
import dev.dashboard.support.Tool;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the server exposes, what rules and dashboards ask for, and what people are told, by the real programs: a server and its runner with
 * the real CLI, the proxy, the probe, Prometheus and Alertmanager with the configuration of an environment. Grafana, Loki and Alloy are in
 * no package of Debian: of Grafana its queries are asked here, the rest is looked at by {@code monitoring-config-test.sh}.
 *
 * <p>Needs prometheus, promtool, prometheus-alertmanager, prometheus-blackbox-exporter and caddy.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MonitoringIT {
    private static final int MANAGEMENT = Tool.freePort();
    private static final int SERVER = Tool.freePort();

    /** What is missing here and why; everything else that is asked for must have a figure after such a run. */
    private static final Map<String, String> NO_FIGURES = Map.of(
            "changes(dashboard_start_time_seconds[1m]) > 0", "the server has not started again",
            "max(dashboard_backup_last_success_timestamp_seconds > 0)", "there was no backup",
            "ALERTS{alertstate=\"firing\", alertname!=\"Watchdog\"}", "nothing is wrong",
            "dashboard_check_failing == 1", "no check fails",
            "increase(dashboard_http_request_seconds_count{status=\"5xx\"}", "no request has failed");

    /** What may be missing: it comes by the clock. */
    private static final Map<String, String> BY_THE_CLOCK = Map.of(
            "dashboard_checkpoint_seconds_bucket", "the log is taken over a minute after a write",
            "dashboard_housekeeping_held_seconds_bucket", "the housekeeping has its hour",
            "dashboard_housekeeping_last_run_timestamp_seconds > 0", "the housekeeping has its hour");

    private static final Duration MINUTE = Duration.ofMinutes(1);

    /**
     * Prometheus drops an alert that it evaluates before it knows of Alertmanager, which may take it 5 s after a start, and evaluates it each
     * 30 s: within a minute of its start, and what a busy machine adds.
     */
    private static final Duration HEARTBEAT = Duration.ofMinutes(3);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    @RegisterExtension
    static final Stage stage = Stage.behindRunner(
            0.2,
            "DASHBOARD_MANAGEMENT_PORT",
            Integer.toString(MANAGEMENT),
            "DASHBOARD_SERVER_PORT",
            Integer.toString(SERVER));

    @TempDir
    static Path scratch;

    private static Surveillance surveillance;
    private final List<String> wrong = new ArrayList<>();

    @BeforeAll
    static void watch() throws Exception {
        surveillance = Surveillance.start(scratch, MANAGEMENT, SERVER);
        aRunWithEverythingInIt();
    }

    @AfterAll
    static void close() {
        if (surveillance != null) {
            surveillance.close();
        }
    }

    private static void aRunWithEverythingInIt() throws Exception {
        Play play = stage.play();
        play.turn("echo hello");
        play.turnAllowed("bash echo x > monitored.txt");
        Play.Line denied = play.prompt("bash echo y > monitored.txt");
        stage.anna().deny(play.awaitRequest(denied.seq()), "No.").expect(200);
        play.ended(denied);
        play.turn("error 400");
        try (Person stranger = new Person(() -> stage.dashboard().url())) {
            stranger.signIn("admin", "not the password").refused(401, "sign-in-refused");
        }
        play.stop();
        stage.play().turn("echo once more");
        surveillance.awaitData("quick", "sum(dashboard_turns_total{outcome=\"completed\"}) >= 4");
        surveillance.awaitData("quick", "sum(increase(dashboard_approval_delivery_seconds_count[5m])) > 0");
    }

    // ---- what is exposed

    @Test
    @Order(1)
    void whatIsExposedIsTheCatalogueAndClean() throws Exception {
        long began = System.nanoTime();
        String exposed = scrape();
        double millis = (System.nanoTime() - began) / 1e6;
        Path file = Files.writeString(scratch.resolve("exposed.txt"), exposed);
        Tool.run(Map.of(), file, List.of(Tool.path("promtool", "prometheus"), "check", "metrics"));

        Set<String> names = Pattern.compile("(?m)^# TYPE (\\S+)")
                .matcher(exposed)
                .results()
                .map(type -> type.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> catalogue =
                Arrays.stream(Metric.values()).map(Metric::exposed).collect(Collectors.toCollection(TreeSet::new));
        // A histogram's maximum is a gauge beside it.
        names.removeIf(name -> name.endsWith("_max") && catalogue.contains(name.replaceFirst("_max$", "")));
        assertEquals(catalogue, names);
        long series = exposed.lines().filter(line -> !line.startsWith("#")).count();
        System.out.printf(
                "FIGURE a scrape after a short run: %d series, %d bytes, %.0f ms%n", series, exposed.length(), millis);
    }

    private static String scrape() throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + MANAGEMENT + "/metrics"))
                    .header("Accept", "text/plain")
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    // ---- what is asked

    @Test
    @Order(2)
    void everyMetricThatRulesAndDashboardsNameIsThere() throws Exception {
        Set<String> known = names();
        Set<String> asked = new TreeSet<>();
        for (Query query : Queries.all()) {
            for (Selector selector : query.selectors()) {
                asked.add(selector.metric());
                if (!known.contains(selector.metric())) {
                    wrong.add(query + "\n  nobody exposes " + selector.metric());
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(asked.size() > 60, asked::toString);
    }

    private static Set<String> names() {
        JsonArray names = surveillance
                .get("quick", "/api/v1/label/__name__/values")
                .orElseThrow()
                .getJsonArray("data");
        return names.getValuesAs(JsonString.class).stream()
                .map(JsonString::getString)
                .collect(Collectors.toSet());
    }

    @Test
    @Order(3)
    void everyQueryIsAnsweredAndThoseThatShouldHaveAFigureHaveOne() throws Exception {
        List<Query> queries = new ArrayList<>(Queries.ofDashboards());
        Queries.ofRules().stream()
                .filter(rule -> !rule.alert())
                .map(Queries.Rule::query)
                .forEach(queries::add);
        Set<String> without = new TreeSet<>();
        for (Query query : queries) {
            JsonObject answer = surveillance.ask("quick", query.filledIn()).orElseThrow();
            if (!answer.getString("status").equals("success") || answer.containsKey("warnings")) {
                wrong.add(query + "\n  " + answer);
            } else if (figures(answer).isEmpty()
                    && BY_THE_CLOCK.keySet().stream().noneMatch(query.expression()::contains)) {
                NO_FIGURES.keySet().stream()
                        .filter(query.expression()::contains)
                        .findFirst()
                        .ifPresentOrElse(without::add, () -> wrong.add(query + "\n  has no figure: " + answer));
            }
        }
        assertEquals(List.of(), wrong);
        assertEquals(new TreeSet<>(NO_FIGURES.keySet()), without, "of these some have a figure now");
        assertTrue(queries.size() > 120, queries.size() + " queries");
    }

    @Test
    @Order(4)
    void everyQueryOfARunbookIsAnswered() throws Exception {
        List<Query> queries = Queries.ofRunbooks();
        for (Query query : queries) {
            JsonObject answer = surveillance.ask("quick", query.expression()).orElseThrow();
            if (!answer.getString("status").equals("success")) {
                wrong.add(query + "\n  " + answer);
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(queries.size() > 50, queries.size() + " queries");
    }

    /** Values of an answer, those aside that are no number: a share or a quantile of nothing. */
    private static List<String> figures(JsonObject answer) {
        JsonObject data = answer.getJsonObject("data");
        Stream<JsonArray> values = data.getString("resultType").equals("scalar")
                ? Stream.of(data.getJsonArray("result"))
                : data.getJsonArray("result").getValuesAs(JsonObject.class).stream()
                        .map(one -> one.getJsonArray("value"));
        return values.map(value -> value.getString(1))
                .filter(value -> !value.equals("NaN"))
                .toList();
    }

    /** Both have loaded all rules, and each could be evaluated with what real programs expose. */
    @Test
    @Order(5)
    void everyRuleIsEvaluatedAndNoneCallsWithoutAFault() throws Exception {
        List<Queries.Rule> written = Queries.ofRules();
        for (String which : List.of("quick", "shipped")) {
            List<JsonObject> rules = surveillance
                    .get(which, "/api/v1/rules")
                    .orElseThrow()
                    .getJsonObject("data")
                    .getJsonArray("groups")
                    .getValuesAs(JsonObject.class)
                    .stream()
                    .flatMap(group -> group.getJsonArray("rules").getValuesAs(JsonObject.class).stream())
                    .toList();
            assertEquals(written.size(), rules.size(), which);
            rules.stream()
                    .filter(rule -> rule.containsKey("lastError")
                            || which.equals("quick")
                                    && !rule.getString("health").equals("ok"))
                    .forEach(rule -> wrong.add(which + ": " + rule));
        }
        JsonArray calls = surveillance
                .ask("quick", "ALERTS{alertstate=\"firing\", severity=\"page\"}")
                .orElseThrow()
                .getJsonObject("data")
                .getJsonArray("result");
        assertEquals(List.of(), wrong);
        assertTrue(calls.isEmpty(), calls::toString);
    }

    // ---- what people are told

    @Test
    @Order(6)
    void whenTheServerDiesPeopleAreToldWithinAMinuteAndToldAgainWhenItIsBack() throws Exception {
        String told = "DashboardDown (staging), page: ";
        try {
            Await.until(
                    "the heartbeat arrives",
                    HEARTBEAT,
                    LOOK_AGAIN,
                    () -> !surveillance.heartbeats().isEmpty());
            long killed = System.nanoTime();
            stage.dashboard().kill9();
            double firing = awaitMessage("[FIRING:1] " + told, killed);
            assertTrue(firing < MINUTE.toSeconds(), "it took " + firing + " s");
            for (String message : List.of(
                    surveillance.slack("[FIRING:1] " + told).getFirst().text(),
                    surveillance.mails("[FIRING:1] " + told).getFirst())) {
                assertTrue(message.contains(Surveillance.RUNBOOKS + "/runbooks/DashboardDown.md"), message);
                assertTrue(message.contains("nobody can see, prompt or approve anything"), message);
                assertTrue(message.contains("has not answered Prometheus for"), message);
            }
            stage.dashboard().restart();
            double over = awaitMessage("[RESOLVED] " + told, System.nanoTime());
            System.out.printf("FIGURE from the kill to the message: %.0f s; from ready again: %.0f s%n", firing, over);
        } catch (AssertionError e) {
            System.err.println(surveillance.log());
            throw e;
        }
    }

    /** In Slack and by mail; seconds since then until both were there. */
    private static double awaitMessage(String text, long since) {
        Await.until(
                "Slack and mail are told " + text,
                MINUTE.plusSeconds(30),
                LOOK_AGAIN,
                () -> !surveillance.slack(text).isEmpty()
                        && !surveillance.mails(text).isEmpty());
        return (System.nanoTime() - since) / 1e9;
    }
}
