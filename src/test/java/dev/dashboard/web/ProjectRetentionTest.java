package dev.dashboard.web;

import static dev.dashboard.web.Browser.code;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.UserId;
import jakarta.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Retention over HTTP: who sets it, what they are told before, and what is left to read after. */
@Timeout(60)
class ProjectRetentionTest {
    private static final Actor.Person SOMEBODY = new Actor.Person(UserId.random(), "Anna");

    /** Of what was said. */
    private static final Duration AGE = Duration.ofDays(10).plusMinutes(1);

    private final ProjectId project = ProjectId.random();
    private final SessionId session = SessionId.random();

    @TempDir
    Path dir;

    private TestWeb web;
    private Browser admin;

    @BeforeEach
    void start() throws Exception {
        start(new TestWeb.Tuning());
    }

    private void start(TestWeb.Tuning tuning) throws Exception {
        Path folder = Files.createDirectories(dir.resolve(UUID.randomUUID().toString()));
        web = new TestWeb(folder, tuning, List.of());
        web.clock.forward(AGE.negated());
        web.journal.append(List.of(
                new Draft(Optional.empty(), Actor.SERVER, new Event.ProjectAdded(project, dir + "/shop", "shop"))));
        record(new Event.SessionCreated(
                project,
                dir.toString(),
                Optional.of("a title"),
                Optional.empty(),
                "default",
                Optional.empty(),
                SOMEBODY.id(),
                Sharing.TEAM_WRITE));
        record(new Event.PromptSubmitted(new PromptId(UUID.randomUUID()), "a word"));
        record(new Event.SessionEnded("stopped", Optional.of(0), Event.Leftover.NONE));
        web.clock.forward(AGE);
        admin = web.signedIn();
    }

    @AfterEach
    void stop() {
        web.close();
    }

    private void record(Event event) {
        web.journal.append(List.of(new Draft(Optional.of(session), SOMEBODY, event)));
    }

    private String path() {
        return "/api/v1/projects/" + project + "/retention";
    }

    private JsonObject read(String path) throws Exception {
        HttpResponse<String> answer = admin.get(path);
        assertEquals(200, answer.statusCode(), answer::body);
        return Browser.object(answer);
    }

    private HttpResponse<String> set(String json) throws Exception {
        return admin.send("PUT", path(), json);
    }

    @Test
    void itIsForEverUntilAnAdministratorSaysOtherwiseAndThatIsOnRecord() throws Exception {
        assertTrue(read(path()).isNull("retentionDays"));
        assertFalse(read("/api/v1/projects")
                .getJsonArray("projects")
                .getJsonObject(0)
                .containsKey("retentionDays"));

        assertEquals(200, set("{\"retentionDays\":90}").statusCode());
        assertEquals(90, read(path()).getInt("retentionDays"));
        assertEquals(
                90,
                read("/api/v1/projects")
                        .getJsonArray("projects")
                        .getJsonObject(0)
                        .getInt("retentionDays"));
        long last = web.journal.lastSeq();
        assertEquals(200, set("{\"retentionDays\":90}").statusCode());
        assertEquals(last, web.journal.lastSeq(), "nothing has changed, so nothing is recorded");
        assertEquals(200, set("{\"retentionDays\":null}").statusCode());
        assertTrue(read(path()).isNull("retentionDays"));

        String audit =
                admin.get("/api/v1/audit?action=project-retention-changed").body();
        assertTrue(audit.contains("set the retention of the project shop to 90 days, from for ever"), audit);
        assertTrue(audit.contains("set the retention of the project shop to for ever, from 90 days"), audit);
    }

    @Test
    void whatCannotBeIsRefusedWithTheFieldAndItsBounds() throws Exception {
        for (String wrong : List.of("0", "-1", "3651", "1.5", "\"90\"", "1e9")) {
            HttpResponse<String> answer = set("{\"retentionDays\":" + wrong + "}");
            assertEquals(400, answer.statusCode(), wrong);
            assertEquals("retentionDays", Browser.object(answer).getString("field"), wrong);
        }
        assertTrue(set("{\"retentionDays\":0}").body().contains("must be a whole number from 1 to 3650"));
        assertEquals("400 field-missing", code(set("{}")));
        assertEquals("400 unknown-field", code(set("{\"retentionDays\":1,\"days\":2}")));
        assertEquals(400, admin.get(path() + "?days=0").statusCode());
        assertTrue(read(path()).isNull("retentionDays"));
    }

    @Test
    void aLimitThatNothingWouldKeepIsRefused() throws Exception {
        TestWeb.Tuning off = new TestWeb.Tuning();
        off.forgets = false;
        stop();
        start(off);
        HttpResponse<String> answer = set("{\"retentionDays\":90}");
        assertEquals("409 housekeeping-off", code(answer));
        assertEquals("retentionDays", Browser.object(answer).getString("field"));
        assertEquals(200, set("{\"retentionDays\":null}").statusCode());
    }

    @Test
    void whoSetsItIsToldHowManySessionsWouldGo() throws Exception {
        assertEquals(0, read(path() + "?days=11").getInt("sessionsDue"));
        assertEquals(1, read(path() + "?days=10").getInt("sessionsDue"));
        assertFalse(read(path()).containsKey("sessionsDue"));
    }

    @Test
    void whatIsLeftSaysSoAndCannotBeResumed() throws Exception {
        set("{\"retentionDays\":10}");

        web.retention.catchUp();

        String events = admin.get("/api/v1/sessions/" + session + "/events?after=0&limit=100")
                .body();
        assertFalse(events.contains("a word"), events);
        assertTrue(events.contains("\"type\":\"prompt-submitted\",\"data\":{},\"expired\":true}"), events);
        JsonObject summary = read("/api/v1/sessions/" + session);
        assertTrue(summary.containsKey("expiredAt"));
        assertFalse(summary.containsKey("title"));
        assertEquals(1, summary.getInt("prompts"));
        HttpResponse<String> resumed = admin.post("/api/v1/sessions/" + session + "/resumptions", "{}");
        assertEquals(409, resumed.statusCode());
        assertEquals("409 contents-expired", code(resumed));
        String prompt = "{\"promptId\":\"" + UUID.randomUUID() + "\",\"text\":\"go on\"}";
        assertEquals("409 contents-expired", code(admin.post("/api/v1/sessions/" + session + "/prompts", prompt)));
        String audit = admin.get("/api/v1/audit?session=" + session).body();
        assertTrue(audit.contains("sent a prompt; its text has expired"), audit);
        assertTrue(audit.contains("let the contents of the session expire"), audit);
        assertFalse(audit.contains("a word"), audit);
        assertTrue(Browser.object(admin.get("/api/v1/audit/verification")).getBoolean("whole"));
    }
}
