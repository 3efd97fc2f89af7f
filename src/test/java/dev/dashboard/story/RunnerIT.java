package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A runner has the processes: what the server's end, and the runner's, do to the sessions. */
class RunnerIT {
    @RegisterExtension
    static final Stage stage =
            Stage.behindRunner(0.5, "DASHBOARD_RUNNER_PATIENCE", "PT5S", "DASHBOARD_CLI_ORPHAN_PATIENCE", "PT3S");

    @Test
    void aTurnGoesThroughTheRunner() throws Exception {
        Play play = stage.play();

        play.turn("echo through the runner");
        play.turnAllowed("bash echo ran > through.txt");

        assertEquals("through the runner", play.answers().getFirst());
        assertEquals(List.of("ran"), Files.readAllLines(stage.folder().resolve("through.txt")));
        Await.until(
                "what the process takes is told",
                () -> stage.anna().processes().toString().contains(play.session()));
        play.stop();
        play.awaitNoProcess();
    }

    @Test
    void aTurnGoesOnWhileTheServerIsAwayAndNothingOfItIsLost() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("echo " + "word ".repeat(400) + "end");
        play.awaitDraft("word");
        long pid = play.pid();

        crash(play);

        play.ended(line);
        assertEquals(pid, play.pid(), "the same process");
        assertEquals(1, play.answers().size());
        assertTrue(play.answers().getFirst().endsWith("end"), "the whole answer");
        assertEquals("completed", stage.anna().promptState(play.session(), line.id()));
        play.turn("echo and on");
        assertNothingTwice(play);
        Play.assertGapFree(play.events().numbers());
    }

    @Test
    void aRequestThatWaitedStillWaitsAndIsAnsweredOnce() throws Exception {
        Play play = stage.play();
        Path file = stage.folder().resolve("waited.txt");
        Play.Line line = play.prompt("bash echo x >> waited.txt");
        String request = play.awaitRequest(line.seq());

        crash(play);

        Await.until("the session asks", () -> play.json().getString("state").equals("asking"));
        assertEquals("pending", stage.anna().approval(request).getString("state"));
        Await.until(
                "the server has the process again",
                () -> stage.anna().allow(request).status() == 200);
        play.ended(line);
        assertEquals(List.of("x"), Files.readAllLines(file));
        assertEquals("delivered", stage.anna().approval(request).getString("delivery"));
        assertNothingTwice(play);
    }

    @Test
    void tenSessionsWorkOnWhileTheServerIsAway() throws Exception {
        List<Play> plays = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            plays.add(stage.begin());
        }
        Map<Play, Play.Line> lines = new LinkedHashMap<>();
        for (Play play : plays) {
            play.awaitState("idle");
            lines.put(play, play.prompt("echo " + "word ".repeat(300) + "end"));
        }
        plays.getLast().awaitDraft("word");

        stage.dashboard().kill9();
        for (Play play : plays) {
            play.events().awaitEnd();
        }
        stage.dashboard().restart();
        for (Play play : plays) {
            play.events().resume();
        }

        for (Play play : plays) {
            play.ended(lines.get(play));
            assertEquals(1, play.answers().size());
            assertTrue(play.answers().getFirst().endsWith("end"));
            assertNothingTwice(play);
            assertAllOfTheTranscriptIsRecorded(play);
            Play.assertGapFree(play.events().numbers());
        }
    }

    @Test
    void aServerThatStopsPolitelyLeavesTheSessionsAlone() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("echo " + "word ".repeat(300) + "end");
        play.awaitDraft("word");
        long pid = play.pid();

        stage.dashboard().stop(Duration.ofSeconds(30));
        play.events().awaitEnd();
        stage.dashboard().restart();
        play.events().resume();

        play.ended(line);
        assertEquals(pid, play.pid());
        assertNothingTwice(play);
    }

    @Test
    void aPromptThatWaitedInTheLineRunsWhenItsTurnComes() throws Exception {
        Play play = stage.play();
        Play.Line first = play.prompt("echo " + "word ".repeat(200) + "end");
        play.awaitDraft("word");
        Play.Line second = play.prompt("echo second");

        crash(play);

        play.await(second.seq(), "prompt-delivered");
        Await.until(
                "both ran",
                () -> stage.anna().promptState(play.session(), second.id()).equals("completed"));
        assertEquals("completed", stage.anna().promptState(play.session(), first.id()));
        assertEquals("second", play.answers().getLast());
        assertNothingTwice(play);
    }

    @Test
    void aRunnerThatDiesCutsWhatWorkedAndNothingRunsTwice() throws Exception {
        Play working = stage.play();
        Play resting = stage.play();
        resting.turn("echo rest");
        Path file = stage.folder().resolve("once.txt");
        Play.Line line = working.prompt("bash echo x >> once.txt; sleep 60");
        stage.anna().allow(working.awaitRequest(line.seq())).expect(200);
        Await.until("the command runs", () -> Files.exists(file));

        stage.runner().kill9();
        stage.runner().restart();

        working.await(line.seq(), "session-interrupted");
        working.awaitNoProcess();
        assertEquals("interrupted", working.json().getString("state"));
        assertEquals("cut", stage.anna().promptState(working.session(), line.id()));
        assertEquals(List.of("x"), Files.readAllLines(file));
        resting.awaitState("parked");
        resting.turn("echo back again");
        working.resume();
        working.turn("echo resumed");
        assertNothingTwice(working);
        assertNothingTwice(resting);
    }

    @Test
    void aRunnerThatIsAwayIsToldAndTheSessionGoesOnWhenItIsBack() throws Exception {
        Play before = stage.play();
        before.turn("echo before");
        Play parked = stage.play();
        parked.turn("echo parked");
        parked.stop();
        // Without a word: of one that says so, starts would wait for the next.
        stage.runner().kill9();

        Play play = stage.begin();
        play.awaitState("failed");
        assertEquals("runner-unreachable", play.json().getJsonObject("failure").getString("code"));
        stage.anna().resume(parked.session()).refused(503, "runner-unreachable");
        assertEquals("stopped", parked.json().getString("state"), "nothing was recorded");

        stage.runner().restart();
        before.awaitState("parked");
        play.resume();
        play.turn("echo after");
        parked.resume();
        before.turn("echo again");
        assertEquals(List.of("before", "again"), before.answers());
    }

    /** Kills the server, starts it again on the same data, and comes back to the stream by number. */
    private static void crash(Play play) throws Exception {
        stage.dashboard().kill9();
        play.events().awaitEnd();
        stage.dashboard().restart();
        play.events().resume();
    }

    /** The CLI's own record has no line of the model that ours has not. */
    private static void assertAllOfTheTranscriptIsRecorded(Play play) throws Exception {
        Set<String> recorded = play.stored().stream()
                .map(event -> event.getJsonObject("data").getString("cliUuid", ""))
                .collect(Collectors.toSet());
        List<String> said = Files.readAllLines(stage.transcript(play)).stream()
                .map(Play::parse)
                .filter(line -> line.getString("type", "").equals("assistant"))
                .map(line -> line.getString("uuid"))
                .toList();
        assertFalse(said.isEmpty());
        assertTrue(recorded.containsAll(said), () -> said + " in " + recorded);
    }

    /** Each line of the CLI is recorded once. */
    private static void assertNothingTwice(Play play) {
        List<String> keys = play.stored().stream()
                .map(event -> event.getJsonObject("data"))
                .filter(data -> data.containsKey("cliUuid"))
                .map(RunnerIT::key)
                .toList();
        assertEquals(new ArrayList<>(new LinkedHashSet<>(keys)), keys);
    }

    private static String key(JsonObject data) {
        return data.getString("cliUuid") + "/" + data.getInt("index", -1) + "/" + data.getString("toolUseId", "");
    }
}
