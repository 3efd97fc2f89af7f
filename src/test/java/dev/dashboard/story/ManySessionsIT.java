package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient.Heard;
import dev.dashboard.support.Person;
import dev.dashboard.support.Processes;
import dev.dashboard.support.Together;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * More sessions than places. Two processes may live, two sessions may wait; who rests gives its place back after a few seconds, and
 * sooner when somebody waits for it. Who must keep its place in a story is asking.
 */
@Timeout(180)
class ManySessionsIT {
    private static final Set<String> OVER = Set.of("parked", "stopped", "interrupted", "failed");

    @RegisterExtension
    static final Stage stage = Stage.demo(
            "DASHBOARD_CLI_MAX_PROCESSES", "2",
            "DASHBOARD_CLI_MAX_QUEUED", "2",
            "DASHBOARD_CLI_IDLE_PARKING", "PT4S",
            "DASHBOARD_CLI_IDLE_PARKING_WHEN_FULL", "PT1S");

    /** A story leaves the places as it found them, so that the next one may count on them. */
    @AfterEach
    void stopAll() {
        for (JsonObject session : sessions()) {
            if (!OVER.contains(session.getString("state"))) {
                stage.anna().stop(session.getString("id"));
            }
        }
        Await.until(
                "all sessions are over",
                () -> sessions().stream().allMatch(session -> OVER.contains(session.getString("state"))));
        Await.until("no process is left", () -> live().isEmpty());
    }

    // ---- the line

    @Test
    void theThirdWaitsWithItsPlaceInTheLineAndStartsWhenOneStops() throws Exception {
        Play first = asking();
        Play second = asking();

        Play third = stage.begin();
        Play fourth = stage.begin();

        assertWaits(third, 1);
        assertWaits(fourth, 2);
        assertEquals(Set.of(first.session(), second.session()), Set.copyOf(live()));
        assertEquals(List.of(third.session(), fourth.session()), waiting());
        assertEquals(List.of(), third.processes(), "who waits has no process");
        Play.Line line = third.prompt("echo I have waited");
        assertEquals("submitted", stage.anna().promptState(third.session(), line.id()));

        first.stop();

        third.await(line.seq(), "turn-ended");
        assertEquals(List.of("I have waited"), third.answers());
        assertFalse(third.json().containsKey("queuePosition"), "who has a place has none in the line");
        // The third rests now, and the fourth waits: it is given the place of the one that rests.
        fourth.awaitState("idle");
        third.awaitState("parked");
        assertEquals("parked", reasons(third).getLast());
        assertEquals(List.of(), waiting());
        second.awaitState("asking");
    }

    @Test
    void whenTheLineIsFullNothingIsRecorded() throws Exception {
        Play parked = parked();
        asking();
        asking();
        Play third = stage.begin();
        stage.begin();
        int sessions = sessions().size();
        List<JsonObject> before = parked.stored();

        Person.Answer one = stage.anna().openSession(stage.project());
        UUID prompt = UUID.randomUUID();
        Person.Answer other = stage.anna().prompt(parked.session(), prompt, "echo wake up");

        for (Person.Answer answer : List.of(one, other)) {
            String detail = answer.refused(503, "queue-full").getString("detail");
            assertTrue(detail.contains("2"), () -> "the limit is named: " + detail);
        }
        assertEquals(sessions, sessions().size());
        stage.anna().get("/sessions/" + parked.session() + "/prompts/" + prompt).expect(404);
        assertEquals(before, parked.stored());
        assertEquals("parked", parked.json().getString("state"));

        third.stop();

        stage.anna().prompt(parked.session(), prompt, "echo wake up").expect(202);
        assertWaits(parked, 2);
    }

    @Test
    void whoWaitsCanBeStoppedAndTheNextMovesUp() throws Exception {
        Play first = asking();
        asking();
        Play third = stage.begin();
        Play fourth = stage.begin();
        assertWaits(fourth, 2);
        stage.anna().resume(third.session()).refused(409, "already-live");

        third.stop();

        assertEquals("stopped", third.json().getString("state"));
        assertEquals(List.of(), third.stored("session-started"), "it never had a process");
        assertWaits(fourth, 1);

        first.stop();

        fourth.awaitState("idle");
    }

    // ---- parking

    @Test
    void whoRestsIsParkedAndAPromptBringsItBackWithAllItHad() throws Exception {
        Play play = stage.play("title", "A long day", "permissionMode", "acceptEdits", "model", "sonnet");
        long told = contextTokens(play.turn("echo my number is 4711"));
        JsonObject before = play.json();
        long pid = play.pid();

        play.awaitState("parked");

        assertEquals(List.of("parked"), reasons(play));
        assertFalse(Processes.isAlive(pid));
        assertEquals(List.of(), play.processes());
        assertFalse(play.json().containsKey("pid"), "no process, no number");

        long remembered = contextTokens(play.turn("echo and again"));

        JsonObject after = play.json();
        for (String kept : List.of("title", "permissionMode", "cliSessionId")) {
            assertEquals(before.getString(kept), after.getString(kept), kept);
        }
        assertEquals(before.getString("model"), after.getString("model"));
        assertTrue(remembered > told, "the model was sent the earlier turn as well");
        String transcript = Files.readString(stage.transcript(play));
        assertTrue(transcript.contains("my number is 4711") && transcript.contains("and again"));
        assertEquals(List.of("my number is 4711", "and again"), play.answers());
        assertEquals(2, play.stored("session-started").size());
    }

    @Test
    void aPromptThatIsRepeatedWakesNobody() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("echo once");
        play.awaitState("parked");

        assertEquals(
                line.seq(),
                stage.anna()
                        .prompt(play.session(), line.id(), "echo once")
                        .expect(202)
                        .getJsonNumber("seq")
                        .longValue());
        stage.anna().prompt(play.session(), line.id(), "echo twice").refused(409, "prompt-id-reused");

        assertEquals("parked", play.json().getString("state"));
        assertEquals(1, play.stored("session-started").size());
        assertEquals(List.of("once"), play.answers());
    }

    @Test
    void twoPromptsAtOnceWakeItOnce() throws Exception {
        Play play = parked();

        List<Play.Line> lines = Together.run(() -> play.prompt("echo one"), () -> play.prompt("echo two"));

        for (Play.Line line : lines) {
            Await.until(
                    "the prompt ran",
                    () -> stage.anna().promptState(play.session(), line.id()).equals("completed"));
        }
        assertEquals(2, play.stored("session-started").size(), "one life before, and one for both");
    }

    @Test
    void whoAsksIsNotParked() throws Exception {
        Play asking = asking();
        Play resting = stage.play();

        resting.awaitState("parked");

        assertEquals("asking", asking.json().getString("state"), "though it was left alone for longer");
    }

    @Test
    void aBackgroundTaskKeepsItsSessionAliveUntilItHasEnded() throws Exception {
        Play busy = stage.play();
        String file = "ended-" + UUID.randomUUID() + ".txt";
        busy.turn("background while [ ! -e " + file + " ]; do sleep 0.2; done");
        Play resting = stage.play();

        resting.awaitState("parked");

        assertEquals("idle", busy.json().getString("state"), "though it rested for longer");
        long seq = stage.anna().lastSeq();
        Files.createFile(stage.folder().resolve(file));
        // The end of the task is told to the model, which is a turn; then nothing is left to wait for.
        busy.await(seq, "turn-ended");
        busy.awaitState("parked");
    }

    @Test
    void aProcessLeftInItsTreeKeepsASessionAlive() throws Exception {
        Play busy = stage.play();
        // It stays a child of the tool's shell for long enough to be seen there.
        busy.turnAllowed(
                "bash (while :; do sleep 1; done) > /dev/null 2>&1 < /dev/null & timeout 3 tail -f /dev/null; true");
        Play resting = stage.play();

        resting.awaitState("parked");

        assertEquals("idle", busy.json().getString("state"), "though it rested for longer");
    }

    @Test
    void afterACrashWhoRestedOrWaitedIsParkedAndWakesByAPrompt() throws Exception {
        Play asking = asking();
        Play resting = stage.play();
        resting.turn("echo remember me");
        Play waiting = stage.begin();

        stage.dashboard().kill9();
        stage.dashboard().restart();

        asking.awaitState("interrupted");
        resting.awaitState("parked");
        waiting.awaitState("parked");
        Play.Line one = resting.prompt("echo still here");
        Play.Line other = waiting.prompt("echo here at last");
        Await.until("both ran", () -> ran(resting, one) && ran(waiting, other));
        assertEquals(List.of("remember me", "still here"), resting.answers());
        assertEquals(List.of("here at last"), waiting.answers());
    }

    // ---- the cast

    /** A session that waits for somebody's answer, and so keeps its place. */
    private static Play asking() throws InterruptedException {
        Play play = stage.play();
        play.awaitRequest(play.prompt("bash touch never").seq());
        play.awaitState("asking");
        return play;
    }

    private static Play parked() throws InterruptedException {
        Play play = stage.play();
        play.turn("echo good night");
        play.awaitState("parked");
        return play;
    }

    private static void assertWaits(Play play, int position) {
        play.awaitState("queued");
        JsonObject session = play.json();
        assertEquals(position, session.getInt("queuePosition"), session::toString);
    }

    private static boolean ran(Play play, Play.Line line) {
        return stage.anna().promptState(play.session(), line.id()).equals("completed");
    }

    private static long contextTokens(Heard.Event turn) {
        return turn.data().getJsonNumber("contextTokens").longValue();
    }

    private static List<String> reasons(Play play) {
        return play.stored("session-ended").stream()
                .map(event -> event.getJsonObject("data").getString("reason"))
                .toList();
    }

    private static List<JsonObject> sessions() {
        return stage.anna()
                .get("/sessions")
                .expect(200)
                .getJsonArray("sessions")
                .getValuesAs(JsonObject.class);
    }

    private static List<String> live() {
        return ids("live");
    }

    private static List<String> waiting() {
        return ids("queue");
    }

    private static List<String> ids(String list) {
        return stage.anna().processes().getJsonArray(list).getValuesAs(JsonObject.class).stream()
                .map(entry -> entry.getString("sessionId"))
                .toList();
    }
}
