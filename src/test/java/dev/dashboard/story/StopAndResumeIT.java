package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient.Heard;
import dev.dashboard.support.Person;
import dev.dashboard.support.Processes;
import dev.dashboard.support.Together;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StopAndResumeIT {
    @RegisterExtension
    static final Stage stage = Stage.demo();

    @Test
    void afterAStopNoProcessIsLeftAndTheConversationCanGoOn() throws Exception {
        Play play = stage.play();
        play.turn("echo my number is 4711");
        long pid = play.pid();
        String launch = play.launch();
        JsonObject before = play.json();

        Heard.Event ended = play.stop();

        assertEquals("stopped", play.json().getString("state"));
        assertEquals("stopped", ended.data().getString("reason"));
        assertEquals(0, ended.data().getJsonObject("leftover").getInt("remaining"));
        assertFalse(Processes.isAlive(pid));
        assertEquals(List.of(), Processes.marked("DASHBOARD_LAUNCH", launch));
        assertFalse(play.json().containsKey("pid"), "no process, no number");
        stage.anna().stop(play.session()).refused(409, "session-not-live");

        play.resume();

        assertNotEquals(pid, play.pid());
        assertEquals(before.getString("cliSessionId"), play.json().getString("cliSessionId"));
        long history = contextTokens(play.turn("echo and again"));
        JsonObject after = play.json();
        assertEquals(2, after.getInt("turns"));
        assertTrue(after.getJsonNumber("cost").doubleValue()
                > before.getJsonNumber("cost").doubleValue());
        assertTrue(history > before.getInt("contextTokens"), "the model was sent the earlier turn as well");
        assertTrue(transcript(play).contains("my number is 4711")
                && transcript(play).contains("and again"));
    }

    private static long contextTokens(Heard.Event turn) {
        return turn.data().getJsonNumber("contextTokens").longValue();
    }

    private static String transcript(Play play) throws Exception {
        return String.join("\n", Files.readAllLines(stage.transcript(play)));
    }

    @Test
    void ofTwoResumesAtOnceOneWins() throws Exception {
        Play play = stage.play();
        play.turn("echo hello");
        play.stop();

        List<Person.Answer> answers = Together.run(
                () -> stage.anna().resume(play.session()), () -> stage.anna().resume(play.session()));

        assertEquals(1, answers.stream().filter(a -> a.status() == 202).count(), answers::toString);
        answers.stream()
                .filter(a -> a.status() != 202)
                .findFirst()
                .orElseThrow()
                .refused(409, "already-live");
        play.awaitState("idle");
        assertEquals(
                1, play.processes().stream().filter(p -> p.pid() == play.pid()).count());
        assertEquals(2, play.stored("session-started").size());
    }

    @Test
    void aStopInMidTurnCutsItAndEndsWhatItHasStarted() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("bash touch stopped.txt; sleep 300");
        stage.anna().allow(play.awaitRequest(line.seq())).expect(200);
        Await.until("the command runs", () -> Files.exists(stage.folder().resolve("stopped.txt")));

        Heard.Event ended = play.stop();

        assertEquals(0, ended.data().getJsonObject("leftover").getInt("remaining"));
        play.awaitNoProcess();
        String state = stage.anna().promptState(play.session(), line.id());
        assertTrue(List.of("cancelled", "cut").contains(state), state);
    }

    @Test
    void aCommandThatLeftTheTreeIsFoundAndEndedAtStop() throws Exception {
        Play play = stage.play();
        Path file = stage.folder().resolve("daemon.txt");
        play.turnAllowed("bash setsid sh -c 'echo $$ > daemon.txt; exec sleep 300' > /dev/null 2>&1 < /dev/null &");
        Await.until("the daemon runs", () -> Files.exists(file) && !read(file).isBlank());
        long daemon = Long.parseLong(read(file).strip());
        assertTrue(Processes.isAlive(daemon));

        Heard.Event ended = play.stop();

        assertFalse(Processes.isAlive(daemon), "stop means the whole tree is gone");
        assertTrue(ended.data().getJsonObject("leftover").getInt("found") >= 1, () -> ended.toString());
        assertEquals(0, ended.data().getJsonObject("leftover").getInt("remaining"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
