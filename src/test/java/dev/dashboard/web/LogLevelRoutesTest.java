package dev.dashboard.web;

import static dev.dashboard.web.Browser.code;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import jakarta.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Who may have more logged, for how long, and that it is on record. */
@Timeout(60)
class LogLevelRoutesTest {
    private static final String PATH = "/api/v1/system/log-level";

    @TempDir
    private static Path dir;

    private static TestWeb web;
    private static Browser admin;

    @BeforeAll
    static void open() throws Exception {
        web = new TestWeb(dir);
        admin = web.signedIn();
    }

    @AfterEach
    void putBack() throws Exception {
        put("{\"level\":\"info\"}");
    }

    @AfterAll
    static void close() {
        web.close();
        // Here the level of the tests themselves holds again.
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger("dev.dashboard")).setLevel(null);
    }

    @Test
    void forAQuarterOfAnHourUnlessSaidOtherwise() throws Exception {
        HttpResponse<String> answer = put("{\"level\":\"debug\"}");

        assertEquals(200, answer.statusCode(), answer::body);
        JsonObject state = Browser.object(answer);
        assertEquals("debug", state.getString("level"));
        assertEquals("info", state.getString("configured"));
        assertEquals(15, minutesUntil(Instant.parse(state.getString("until"))));
        assertEquals("debug", web.logLevel.state().level());
    }

    @Test
    void administratorsSeeWhatHoldsAndOthersDoNot() throws Exception {
        put("{\"level\":\"warn\",\"minutes\":1440}");

        JsonObject system = Browser.object(admin.get("/api/v1/system"));

        assertEquals("warn", system.getJsonObject("logLevel").getString("level"));
        assertTrue(system.getJsonObject("logLevel").containsKey("until"));
        assertFalse(Browser.object(web.invited(admin, "op", "operator").get("/api/v1/system"))
                .containsKey("logLevel"));
    }

    @Test
    void whoHadItChangedIsOnRecord() throws Exception {
        long before = web.journal.lastSeq();

        put("{\"level\":\"debug\",\"minutes\":3}");
        put("{\"level\":\"info\"}");

        List<Event.LogLevelChanged> recorded = web.journal.after(before, 1000).stream()
                .map(Envelope::event)
                .filter(Event.LogLevelChanged.class::isInstance)
                .map(Event.LogLevelChanged.class::cast)
                .toList();
        assertEquals(2, recorded.size());
        assertEquals("info", recorded.getFirst().before());
        assertEquals("debug", recorded.getFirst().level());
        assertEquals(3, minutesUntil(recorded.getFirst().until().orElseThrow()));
        assertEquals(new Event.LogLevelChanged("debug", "info", Optional.empty()), recorded.getLast());
        String audit = admin.get("/api/v1/audit?action=log-level-changed").body();
        assertTrue(audit.contains("had the log level changed from info to debug until "), audit);
    }

    @Test
    void whatIsNotUnderstoodChangesNothing() throws Exception {
        for (Map.Entry<String, String> one : Map.of(
                        "{}", "400 field-missing",
                        "{\"level\":\"trace\"}", "400 field-value",
                        "{\"level\":\"DEBUG\"}", "400 field-value",
                        "{\"level\":\"debug\",\"minutes\":0}", "400 field-value",
                        "{\"level\":\"debug\",\"minutes\":1441}", "400 field-value",
                        "{\"level\":\"debug\",\"minutes\":1.5}", "400 field-value",
                        "{\"level\":\"debug\",\"logger\":\"io.helidon\"}", "400 unknown-field")
                .entrySet()) {
            assertEquals(one.getValue(), code(put(one.getKey())), one.getKey());
        }
        assertEquals(Optional.empty(), web.logLevel.state().until());
    }

    /** Rounded up: some of the first one is over. */
    private static long minutesUntil(Instant until) {
        return Duration.between(web.clock.instant(), until)
                .plusMinutes(1)
                .minusNanos(1)
                .toMinutes();
    }

    private static HttpResponse<String> put(String body) throws Exception {
        return admin.send("PUT", PATH, body);
    }
}
