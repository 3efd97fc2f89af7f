package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.observe.Health;
import dev.dashboard.observe.Metric;
import dev.dashboard.support.Await;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What administrators are told of the server; who else is told has {@code AccessMatrixTest}. */
@Timeout(60)
class OperationsRoutesTest {
    @TempDir
    private Path dir;

    private TestWeb web;
    private Browser admin;

    @BeforeEach
    void open() throws Exception {
        web = new TestWeb(dir);
        admin = web.signedIn();
    }

    @AfterEach
    void close() {
        web.close();
    }

    @Test
    void eachCheckSaysWhatFollowsAndWhichPageToRead() throws Exception {
        JsonObject health = get("/api/v1/system/health");
        assertEquals(
                "true true true",
                "%s %s %s".formatted(health.get("live"), health.get("ready"), health.get("degraded")));
        JsonObject cli = check(health, "cli");
        assertFalse(cli.getBoolean("ok"));
        assertEquals("degraded", cli.getString("effect"));
        assertEquals("no claude on the PATH", cli.getString("message"));
        assertEquals("runbooks/SessionsNotStarting.md", cli.getString("runbook"));
        assertTrue(check(health, "journal").getBoolean("ok"));
        assertFalse(check(health, "journal").containsKey("message"));

        web.deaths.add("the writer does not move");
        JsonObject dead = get("/api/v1/system/health");
        assertFalse(dead.getBoolean("live") || dead.getBoolean("ready"));
        assertEquals("dead", check(dead, "writer").getString("effect"));

        web.deaths.clear();
        web.faults.add("the journal cannot be written");
        JsonObject failing = get("/api/v1/system/health");
        assertFalse(failing.getBoolean("ready"));
        assertEquals("unready", check(failing, "journal").getString("effect"));
        assertEquals("the journal cannot be written", check(failing, "journal").getString("message"));
    }

    @Test
    void everyPageThatIsNamedCanBeReadAndNothingElse() throws Exception {
        for (Health.Finding finding : web.health.findings()) {
            String page = finding.runbook();
            String name = page.replaceAll("runbooks/|[.]md", "");
            assertEquals(
                    Files.readString(Path.of(page)),
                    get("/api/v1/system/runbooks/" + name).getString("text"),
                    page);
        }
        for (String other : List.of("Nothing", "..%2Fconfig%2Fapplication.yaml", "README.md", "%00")) {
            assertEquals(404, admin.get("/api/v1/system/runbooks/" + other).statusCode(), other);
        }
    }

    @Test
    void figuresArePagedByTheTimeOfTheNewestThatIsKnown() throws Exception {
        Await.until(
                "the first sample was taken",
                () -> !web.figures.after(Instant.EPOCH).isEmpty());
        JsonObject answer = get("/api/v1/system/figures");
        JsonObject first = answer.getJsonArray("samples").getJsonObject(0);
        assertEquals(5, answer.getInt("intervalSeconds"));
        assertEquals(
                answer.getJsonArray("figures").size(),
                first.getJsonArray("values").size());
        assertEquals(
                "sessions-working",
                answer.getJsonArray("figures").getJsonObject(0).getString("name"));
        JsonArray later =
                samples("?after=" + Instant.parse(first.getString("time")).toEpochMilli());
        assertTrue(later.stream().noneMatch(sample -> sample.equals(first)), later::toString);
        assertEquals("400 parameter-out-of-range", Browser.code(admin.get("/api/v1/system/figures?after=yesterday")));
    }

    @Test
    void theLastErrorsSayWhereTheyComeFrom() throws Exception {
        System.getLogger("dev.dashboard.web.Sample")
                .log(System.Logger.Level.WARNING, "something is odd", new IllegalStateException("for the test"));
        JsonObject line = get("/api/v1/system/errors").getJsonArray("lines").getJsonObject(0);
        assertEquals("WARN", line.getString("level"));
        assertEquals("dev.dashboard.web.Sample", line.getString("logger"));
        assertEquals("something is odd", line.getString("message"));
        assertTrue(line.getString("exception").contains("IllegalStateException: for the test"), line::toString);
        assertFalse(line.containsKey("requestId"));
    }

    @Test
    void whatRunsAndWhenTheLastBackupWasIsToldWithTheFacts() throws Exception {
        web.metrics.gauge(Metric.BACKUP_LAST_SUCCESS, () -> 0);
        JsonObject runtime = get("/api/v1/system").getJsonObject("runtime");
        assertEquals(Runtime.version().toString(), runtime.getString("java"));
        assertFalse(runtime.containsKey("lastBackupAt"));

        web.metrics.gauge(Metric.BACKUP_LAST_SUCCESS, () -> 1_767_323_045);
        web.metrics.gauge(Metric.BACKUP_VERIFIED, () -> 1);
        web.metrics.gauge(Metric.DATABASE_SIZE, () -> 4_096);
        web.metrics.gauge(Metric.WAL_SIZE, () -> 2_000_000);
        runtime = get("/api/v1/system").getJsonObject("runtime");
        assertEquals("2026-01-02T03:04:05.000Z", runtime.getString("lastBackupAt"));
        assertTrue(runtime.getBoolean("backupVerified"));
        assertEquals(2_004_096, runtime.getInt("databaseBytes"));
    }

    @Test
    void limitsSayHowFullTheyAreAndWhatSetsThem() throws Exception {
        web.metrics.gauge(Metric.CLI_PROCESSES, () -> 3);
        web.metrics.gauge(Metric.CLI_PROCESSES_LIMIT, () -> 20);
        JsonObject places = get("/api/v1/system/limits").getJsonArray("limits").getValuesAs(JsonObject.class).stream()
                .filter(limit -> limit.getString("name").equals("cli-processes"))
                .findFirst()
                .orElseThrow();
        assertEquals(
                "{\"name\":\"cli-processes\",\"used\":3,\"limit\":20,\"unit\":\"number\",\"key\":\"cli.max-processes\"}",
                places.toString());
    }

    private JsonObject get(String path) throws Exception {
        return Browser.object(admin.get(path));
    }

    private JsonArray samples(String query) throws Exception {
        return get("/api/v1/system/figures" + query).getJsonArray("samples");
    }

    private static JsonObject check(JsonObject health, String name) {
        return health.getJsonArray("checks").getValuesAs(JsonObject.class).stream()
                .filter(check -> check.getString("name").equals(name))
                .findFirst()
                .orElseThrow();
    }
}
