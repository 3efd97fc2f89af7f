package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.UserId;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What somebody may not see is in no list and no stream, from the moment on that it is so. */
@Timeout(120)
class SharingTest {
    private static final ProjectId PROJECT = ProjectId.random();

    @TempDir
    Path dir;

    private TestWeb web;
    private Browser admin;
    private Browser mara;
    private UserId owner;

    @BeforeEach
    void start() throws Exception {
        web = new TestWeb(dir);
        admin = web.signedIn();
        mara = web.invited(admin, "mara", "operator");
        owner = web.people.all().people().stream()
                .map(person -> person.user())
                .filter(user -> user.name().equals("admin"))
                .findFirst()
                .orElseThrow()
                .id();
        web.journal.append(List.of(
                new Draft(Optional.empty(), Actor.SERVER, new Event.ProjectAdded(PROJECT, dir.toString(), "app"))));
    }

    @AfterEach
    void stop() {
        web.close();
    }

    private SessionId session(Sharing sharing) {
        SessionId id = SessionId.random();
        record(
                id,
                new Event.SessionCreated(
                        PROJECT,
                        dir.toString(),
                        Optional.of(sharing.wire()),
                        Optional.empty(),
                        "default",
                        Optional.empty(),
                        owner,
                        sharing));
        return id;
    }

    private void record(SessionId session, Event event) {
        web.journal.append(List.of(new Draft(Optional.of(session), new Actor.Person(owner, "admin"), event)));
    }

    private void ask(SessionId session) {
        record(
                session,
                new Event.ApprovalRequested(
                        ApprovalId.random(),
                        "permission",
                        "r",
                        "t",
                        "Bash",
                        JsonValue.EMPTY_JSON_OBJECT,
                        Optional.empty(),
                        Optional.empty(),
                        JsonValue.EMPTY_JSON_ARRAY,
                        Optional.empty(),
                        Optional.empty()));
    }

    private static List<String> members(Browser who, String path, String list, String member) throws Exception {
        HttpResponse<String> answer = who.get(path);
        assertEquals(200, answer.statusCode(), answer::body);
        return Browser.object(answer).getJsonArray(list).getValuesAs(JsonObject.class).stream()
                .map(entry -> entry.getString(member))
                .toList();
    }

    /** The dialog shows what will be: told is what a session gets of which nothing is said. */
    @ParameterizedTest
    @EnumSource(Sharing.class)
    void theUsualSharingIsToldAndIsWhatASessionGets(Sharing usual) throws Exception {
        web.close();
        TestWeb.Tuning tuning = new TestWeb.Tuning();
        tuning.usualSharing = usual;
        web = new TestWeb(dir, tuning, List.of());
        mara = web.browser();
        HttpResponse<String> signIn = mara.signIn("mara", Browser.PASSWORD);
        for (HttpResponse<String> answer : List.of(signIn, mara.get("/api/v1/auth/me"))) {
            assertEquals(
                    usual.wire(), Browser.object(answer).getJsonObject("server").getString("usualSharing"));
        }
        assertEquals(usual.wire(), Browser.object(mara.get("/api/v1/system")).getString("usualSharing"));

        HttpResponse<String> silent = mara.post("/api/v1/sessions", Browser.json("projectId", PROJECT.toString()));
        assertEquals(201, silent.statusCode(), silent::body);
        assertEquals(usual.wire(), Browser.object(silent).getString("sharing"));
        HttpResponse<String> chosen =
                mara.post("/api/v1/sessions", Browser.json("projectId", PROJECT.toString(), "sharing", "private"));
        assertEquals("private", Browser.object(chosen).getString("sharing"));
    }

    @Test
    void listsShowEachPersonOnlyWhatTheyMaySee() throws Exception {
        SessionId hidden = session(Sharing.PRIVATE);
        SessionId shown = session(Sharing.TEAM_READ);
        SessionId open = session(Sharing.TEAM_WRITE);
        List.of(hidden, shown, open).forEach(this::ask);

        assertEquals(List.of(open.toString(), shown.toString()), members(mara, "/api/v1/sessions", "sessions", "id"));
        assertEquals(List.of("write", "read"), members(mara, "/api/v1/sessions", "sessions", "access"));
        assertEquals(
                List.of(shown.toString(), open.toString()),
                members(mara, "/api/v1/approvals?state=pending", "approvals", "sessionId"));
        assertEquals(List.of("own", "own", "own"), members(admin, "/api/v1/sessions", "sessions", "access"));
        assertEquals(
                3,
                members(admin, "/api/v1/approvals?state=pending", "approvals", "id")
                        .size());
    }

    @Test
    void aStreamTellsThatASessionBecamePrivateAndThenNothingMoreOfIt() throws Exception {
        SessionId session = session(Sharing.TEAM_READ);
        SessionId other = session(Sharing.TEAM_WRITE);
        SessionId hidden = session(Sharing.PRIVATE);
        long from = web.journal.lastSeq();
        record(session, new Event.SessionTitled("seen"));
        record(hidden, new Event.SessionTitled("hidden from the start"));
        assertEquals(
                200,
                admin.send("PUT", "/api/v1/sessions/" + session + "/sharing", Browser.json("sharing", "private"))
                        .statusCode());
        record(session, new Event.SessionTitled("hidden now"));
        record(other, new Event.SessionTitled("the end"));

        List<String> heard = events(mara, from, "the end");

        assertEquals(2, heard.size(), heard.toString());
        assertTrue(
                heard.getFirst().contains("session-shared") && heard.getFirst().contains("private"));
        assertTrue(heard.stream().noneMatch(event -> event.contains("hidden")), heard.toString());
        assertEquals(5, events(admin, from, "the end").size(), "an administrator hears all");
    }

    @Test
    void whatIsSharedAgainIsHeardAgain() throws Exception {
        SessionId session = session(Sharing.PRIVATE);
        long from = web.journal.lastSeq();
        admin.send("PUT", "/api/v1/sessions/" + session + "/sharing", Browser.json("sharing", "team-read"));
        record(session, new Event.SessionTitled("the end"));

        assertEquals(2, events(mara, from, "the end").size());
    }

    @Test
    void whatIsDoneWithAccountsIsInNobodysStream() throws Exception {
        SessionId session = session(Sharing.TEAM_READ);
        long from = web.journal.lastSeq();
        web.invited(admin, "jonas", "viewer");
        record(session, new Event.SessionTitled("the end"));

        assertEquals(1, events(admin, from, "the end").size());
    }

    /** The data of all events after a number, up to the one with the given words. */
    private static List<String> events(Browser who, long after, String last) throws Exception {
        HttpResponse<InputStream> response = who.client()
                .send(
                        who.request("GET", EventStream.PATH + "?after=" + after, ""),
                        HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(200, response.statusCode());
        List<String> events = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            boolean isEvent = false;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("event:")) {
                    isEvent = line.equals("event: event");
                } else if (isEvent && line.startsWith("data:")) {
                    events.add(line);
                    if (line.contains(last)) {
                        return events;
                    }
                }
            }
        }
        throw new AssertionError("the stream ended before " + last);
    }
}
