package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.UserId;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What people and programs send wrongly to sessions, projects and approvals: each gets a status, a code, and words that name the
 * field or the limit; nothing is recorded, and the next request is served.
 */
@Timeout(60)
class BadInputTest {
    private static final Actor.Person MARA =
            new Actor.Person(UserId.parse("11111111-1111-4111-8111-111111111111"), "mara");
    private static final String NOBODY = "99999999-9999-4999-8999-999999999999";

    /** Stopped; prompt and approval are of it. */
    private static final SessionId SESSION = SessionId.random();

    private static final PromptId PROMPT = new PromptId(UUID.randomUUID());
    private static final ApprovalId APPROVAL = new ApprovalId(UUID.randomUUID());

    @TempDir
    static Path dir;

    // One server for all: that it survives one test after the other is the point.
    private static TestWeb server;
    private static Browser browser;
    private static long recorded;

    @BeforeAll
    static void start() throws Exception {
        server = new TestWeb(dir);
        browser = server.signedIn();
        ProjectId project = ProjectId.random();
        Path folder = Files.createDirectory(dir.resolve("project"));
        record(Optional.empty(), new Event.ProjectAdded(project, folder.toString(), "project"));
        record(
                Optional.of(SESSION),
                new Event.SessionCreated(
                        project,
                        folder.toString(),
                        Optional.of("one"),
                        Optional.empty(),
                        "default",
                        Optional.empty(),
                        MARA.id(),
                        Sharing.TEAM_READ),
                new Event.SessionStarted("launch", SESSION.toString(), false),
                new Event.PromptSubmitted(PROMPT, "hello"),
                new Event.PromptFinished(PROMPT, "completed"),
                new Event.ApprovalRequested(
                        APPROVAL,
                        "permission",
                        "request",
                        "toolu",
                        "Bash",
                        JsonValue.EMPTY_JSON_OBJECT,
                        Optional.empty(),
                        Optional.empty(),
                        JsonValue.EMPTY_JSON_ARRAY,
                        Optional.empty(),
                        Optional.empty()),
                new Event.ApprovalWithdrawn(APPROVAL, "process-ended"),
                new Event.SessionEnded("stopped", Optional.of(0), Event.Leftover.NONE));
        recorded = server.journal.lastSeq();
    }

    /** Whatever was sent: nothing of it is in the journal, but at most that it was refused, and the server serves the next. */
    @AfterEach
    void theServerGoesOn() throws Exception {
        HttpResponse<String> next = browser.get("/api/v1/sessions");
        assertEquals(200, next.statusCode(), next.body());
        assertEquals(1, Browser.object(next).getJsonArray("sessions").size());
        assertEquals(
                List.of(),
                server.journal.after(recorded, Journal.MAX_PAGE).stream()
                        .map(Envelope::event)
                        .filter(event -> !(event instanceof Event.AccessRefused))
                        .toList());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    // ---- addresses

    @ParameterizedTest
    @CsvSource({
        "GET,    /sessions/{none},                       session-unknown",
        "GET,    /sessions/{none}/events,                session-unknown",
        "POST,   /sessions/{none}/prompts,               session-unknown",
        "POST,   /sessions/{none}/prompts/{none}/deliveries, session-unknown",
        "GET,    /sessions/{one}/prompts/{none},         prompt-unknown",
        "POST,   /sessions/{one}/prompts/{none}/deliveries, prompt-unknown",
        "GET,    /sessions/{none}/prompts,               session-unknown",
        "PATCH,  /sessions/{none}/prompts/{none},        session-unknown",
        "PATCH,  /sessions/{one}/prompts/{none},         prompt-unknown",
        "DELETE, /sessions/{one}/prompts/{none},         prompt-unknown",
        "POST,   /sessions/{none}/interruptions,         session-unknown",
        "POST,   /sessions/{none}/stops,                 session-unknown",
        "POST,   /sessions/{none}/resumptions,           session-unknown",
        "PATCH,  /sessions/{none},                       session-unknown",
        "GET,    /approvals/{none},                      approval-unknown",
        "PUT,    /approvals/{none}/decision,             approval-unknown",
    })
    void whatDoesNotExistIsNotFound(String method, String path, String code) throws Exception {
        JsonObject problem = refused(404, code, browser.send(method, api(path), bodyFor(method, path)));
        assertTrue(problem.getString("detail").contains(NOBODY), problem.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/sessions/x",
                "/sessions/1",
                "/sessions/{one}0",
                "/sessions/{one}/prompts/x",
                "/approvals/%00",
                "/approvals?session=x",
                "/sessions?after=x",
            })
    void anIdThatIsNoneIsRefused(String path) throws Exception {
        HttpResponse<String> answer = browser.get(api(path));
        assertEquals(400, answer.statusCode(), answer.body());
        assertFalse(Browser.object(answer).getString("detail").isBlank());
    }

    @ParameterizedTest
    @CsvSource({
        "/sessions/{one}/events?limit=0, limit",
        "/sessions/{one}/events?limit=1001, limit",
        "/sessions/{one}/events?limit=-1, limit",
        "/sessions/{one}/events?limit=ten, limit",
        "/sessions/{one}/events?limit=99999999999999999999, limit",
        "/sessions/{one}/events?after=-1, after",
        "/sessions/{one}/events?before=0, before",
        "/sessions?limit=501, limit",
        "/approvals?state=open, state",
        "/approvals?limit=501, limit",
        "/approvals?after=-1, after",
    })
    void aParameterOutOfItsRangeIsNamed(String path, String field) throws Exception {
        HttpResponse<String> answer = browser.get(api(path));
        assertEquals(400, answer.statusCode(), answer.body());
        assertEquals(field, Browser.object(answer).getString("field"), answer.body());
    }

    @Test
    void aChangeOfAPromptIsOneChange() throws Exception {
        String prompt = api("/sessions/{one}/prompts/" + PROMPT);
        for (String body : List.of("{}", "{\"now\":false}", "{\"text\":\"a\",\"position\":0}")) {
            refused(400, "change-unclear", browser.send("PATCH", prompt, body));
        }
        refused(409, "prompt-not-waiting", browser.send("PATCH", prompt, "{\"position\":0}"));
        refused(409, "prompt-not-waiting", browser.send("DELETE", prompt, ""));
    }

    @Test
    void theLargestPageIsServed() throws Exception {
        assertEquals(200, browser.get(api("/sessions/{one}/events?limit=1000")).statusCode());
    }

    // ---- bodies

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "nothing",
                "[]",
                "\"text\"",
                "{\"promptId\":\"a\",\"promptId\":\"b\",\"text\":\"c\"}",
                "{\"text\":\"a\"} and more",
                "{'text':'a'}",
                "{\"text\":\"\\uD8\"}",
            })
    void whatIsNoJsonObjectIsRefused(String body) throws Exception {
        refused(400, "body-not-json", browser.post(api("/sessions/{one}/prompts"), body));
    }

    @Test
    void deepNestingIsRefusedAndBreaksNothing() throws Exception {
        String deep = "[".repeat(100_000);
        refused(400, "body-not-json", browser.post(api("/sessions/{one}/prompts"), "{\"text\":" + deep));
        String closed = "{\"decision\":\"allow\",\"input\":" + "{\"a\":".repeat(500) + "1" + "}".repeat(501);
        HttpResponse<String> answer = browser.send("PUT", api("/approvals/" + APPROVAL + "/decision"), closed);
        assertTrue(answer.statusCode() == 400 || answer.statusCode() == 409, answer.body());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | /sessions | {\"projectId\":7} | 400 field-type | projectId",
                "POST | /sessions | {\"title\":\"a\"} | 400 field-missing | projectId",
                "POST | /sessions | {\"projectId\":\"{none}\",\"permissionMode\":\"bypassPermissions\"} | 400 field-value | permissionMode",
                "POST | /sessions | {\"projectId\":\"{none}\",\"effort\":\"all\"} | 400 field-value | effort",
                "POST | /sessions | {\"projectId\":\"{none}\",\"dangerously\":true} | 400 unknown-field | dangerously",
                "POST | /sessions/{one}/prompts | {\"promptId\":\"{none}\",\"text\":[\"a\"]} | 400 field-type | text",
                "POST | /sessions/{one}/prompts | {\"promptId\":\"{none}\"} | 400 field-missing | text",
                "POST | /sessions/{one}/prompts | {\"promptId\":\"{none}\",\"text\":\"a\",\"now\":1} | 400 field-type | now",
                "POST | /sessions/{one}/prompts | {\"promptId\":\"{none}\",\"text\":\"a\",\"later\":true} | 400 unknown-field | later",
                "PATCH | /sessions/{one}/prompts/{none} | {\"position\":-1} | 400 field-value | position",
                "PATCH | /sessions/{one}/prompts/{none} | {\"position\":1.5} | 400 field-value | position",
                "PATCH | /sessions/{one}/prompts/{none} | {\"position\":1e400} | 400 field-value | position",
                "PATCH | /sessions/{one}/prompts/{none} | {\"position\":\"0\"} | 400 field-type | position",
                "PATCH | /sessions/{one}/prompts/{none} | {\"text\":1} | 400 field-type | text",
                "PATCH | /sessions/{one} | {\"title\":null} | 400 field-missing | title",
                "POST | /projects | {\"path\":{}} | 400 field-type | path",
                "POST | /projects | {} | 400 field-missing | path",
                "PUT | /approvals/{approval}/decision | {\"decision\":\"maybe\"} | 400 field-value | decision",
                "PUT | /approvals/{approval}/decision | {\"decision\":true} | 400 field-type | decision",
                "PUT | /approvals/{approval}/decision | {\"decision\":\"allow\",\"input\":\"rm\"} | 400 field-type | input",
                "PUT | /approvals/{approval}/decision | {\"decision\":\"allow\",\"always\":true} | 400 unknown-field | always",
            })
    void aFieldOfTheWrongKindIsNamed(String method, String path, String body, String expected, String field)
            throws Exception {
        HttpResponse<String> answer = browser.send(method, api(path), filled(body));
        assertEquals(expected, Browser.code(answer), answer.body());
        assertEquals(field, Browser.object(answer).getString("field"));
        assertTrue(Browser.object(answer).getString("detail").contains(field));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"projectId\":\"{none}\",\"model\":\"--dangerously-skip-permissions\"} | 400 model-invalid",
                "{\"projectId\":\"{none}\",\"title\":\"two\\nlines\"} | 400 title-invalid",
                "{\"projectId\":\"{none}\"} | 404 project-unknown",
                "{\"projectId\":\"../etc\"} | 400 invalid-id",
            })
    void aSessionWithAWrongOptionIsNotCreated(String body, String expected) throws Exception {
        assertEquals(expected, Browser.code(browser.post(api("/sessions"), filled(body))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/sessions?limit=1&limit=1",
                "/approvals?state=pending&state=pending",
                "/audit?before=1&before=2",
                "/tokens?all=true&all=false",
                "/sessions/{one}/events?after=0&after=1"
            })
    void aParameterThatIsGivenTwiceIsRefused(String path) throws Exception {
        JsonObject problem = refused(400, "parameter-repeated", browser.get(api(path)));
        assertTrue(
                path.contains("?" + problem.getString("field") + "=")
                        || path.contains("&" + problem.getString("field")),
                path);
    }

    @Test
    void anAnswerDoesNotRepeatASecretThatWasSent() throws Exception {
        HttpResponse<String> answer =
                browser.post(api("/projects"), "{\"path\":\"" + dir + "/?password=hunter2hunter2\"}");

        assertEquals(400, answer.statusCode());
        assertTrue(answer.body().contains("/?password=[masked]"), answer.body());
        assertFalse(answer.body().contains("hunter2"), answer.body());
    }

    @Test
    void aPromptBeyondItsSizeIsRefusedWithTheLimitAndOneOfItsSizeIsLookedAt() throws Exception {
        JsonObject problem = refused(
                413,
                "prompt-too-large",
                browser.post(api("/sessions/{one}/prompts"), prompt("x".repeat((256 << 10) + 1))));
        assertTrue(problem.getString("detail").contains("256 KiB"), problem.toString());
        // In bytes, not in characters.
        refused(
                413,
                "prompt-too-large",
                browser.post(api("/sessions/{one}/prompts"), prompt("\u00fc".repeat((128 << 10) + 1))));
        refused(409, "session-not-live", browser.post(api("/sessions/{one}/prompts"), prompt("x".repeat(256 << 10))));
        refused(413, "body-too-large", browser.post(api("/sessions/{one}/prompts"), prompt("x".repeat(1 << 20))));
    }

    /** It is sent while the server has refused it already: the answer must not be lost in the end of the connection. */
    @RepeatedTest(20)
    void aBodyFarBeyondTheLimitGetsItsAnswer() throws Exception {
        refused(413, "body-too-large", browser.post(api("/sessions/{one}/prompts"), prompt("x".repeat(8 << 20))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\\n\\t"})
    void anEmptyPromptIsRefused(String text) throws Exception {
        refused(
                400,
                "prompt-empty",
                browser.post(
                        api("/sessions/{one}/prompts"), filled("{\"promptId\":\"{none}\",\"text\":\"" + text + "\"}")));
    }

    // ---- what the state does not allow

    @Test
    void anIdWithOtherTextIsRefusedAndTheSameTextGetsTheFirstAnswer() throws Exception {
        String path = api("/sessions/{one}/prompts");
        refused(
                409,
                "prompt-id-reused",
                browser.post(path, Browser.json("promptId", PROMPT.toString(), "text", "other")));
        HttpResponse<String> same = browser.post(path, Browser.json("promptId", PROMPT.toString(), "text", "hello"));
        assertEquals(202, same.statusCode(), same.body());
        assertEquals(PROMPT.toString(), Browser.object(same).getString("promptId"));
    }

    @ParameterizedTest
    @CsvSource({
        "/sessions/{one}/prompts/{prompt}/deliveries, prompt-already-ran",
        "/sessions/{one}/interruptions, session-not-live",
        "/sessions/{one}/stops, session-not-live",
    })
    void whatTheStateDoesNotAllowIsAConflict(String path, String code) throws Exception {
        refused(409, code, browser.post(api(path), "{}"));
    }

    @Test
    void aConflictSaysTheState() throws Exception {
        JsonObject problem = refused(409, "session-not-live", browser.post(api("/sessions/{one}/stops"), "{}"));
        assertEquals("stopped", problem.getString("state"));
    }

    @Test
    void anAnswerToAWithdrawnRequestIsNotUsed() throws Exception {
        refused(
                409,
                "approval-withdrawn",
                browser.send("PUT", api("/approvals/{approval}/decision"), "{\"decision\":\"allow\"}"));
    }

    // ---- folders

    @Test
    void aFolderOutsideTheRootsIsRefusedHoweverItIsWritten() throws Exception {
        Path link = Files.createSymbolicLink(dir.resolve("link"), Path.of("/usr"));
        for (String path : List.of("/", "/usr", dir + "/../..", link.toString(), link + "/bin", "/no/such/folder")) {
            refused(403, "path-not-allowed", browser.post(api("/projects"), Browser.json("path", path)));
        }
        Files.delete(link);
    }

    @Test
    void aPathThatIsNoFolderIsNamed() throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "x");
        refused(400, "path-not-a-folder", browser.post(api("/projects"), Browser.json("path", file.toString())));
        refused(400, "path-missing", browser.post(api("/projects"), Browser.json("path", dir + "/none")));
        refused(400, "path-not-absolute", browser.post(api("/projects"), Browser.json("path", "project")));
        refused(400, "path-invalid", browser.post(api("/projects"), "{\"path\":\"/a\\u0000b\"}"));
        refused(400, "field-length", browser.post(api("/projects"), Browser.json("path", "/" + "x".repeat(5_000))));
    }

    // ---- helpers

    private JsonObject refused(int status, String code, HttpResponse<String> answer) {
        assertEquals(status + " " + code, Browser.code(answer), answer.body());
        assertEquals(
                "application/problem+json",
                answer.headers().firstValue("Content-Type").orElse(""));
        JsonObject problem = Browser.object(answer);
        assertFalse(problem.getString("detail").isBlank());
        return problem;
    }

    private String api(String path) {
        return "/api/v1" + filled(path);
    }

    private String filled(String text) {
        return text.replace("{none}", NOBODY)
                .replace("{one}", SESSION.toString())
                .replace("{prompt}", PROMPT.toString())
                .replace("{approval}", APPROVAL.toString());
    }

    /** A body that is right, so that only the address is wrong. */
    private String bodyFor(String method, String path) {
        if (method.equals("GET") || method.equals("DELETE")) {
            return "";
        }
        if (path.contains("/prompts/") && method.equals("PATCH")) {
            return "{\"position\":0}";
        }
        if (path.endsWith("/prompts")) {
            return prompt("hello");
        }
        if (path.endsWith("/decision")) {
            return "{\"decision\":\"deny\"}";
        }
        return method.equals("PATCH") ? "{\"title\":\"other\"}" : "{}";
    }

    private String prompt(String text) {
        return Json.createObjectBuilder()
                .add("promptId", NOBODY)
                .add("text", text)
                .build()
                .toString();
    }

    private static void record(Optional<SessionId> of, Event... events) {
        server.journal.append(
                Arrays.stream(events).map(event -> new Draft(of, MARA, event)).toList());
    }
}
