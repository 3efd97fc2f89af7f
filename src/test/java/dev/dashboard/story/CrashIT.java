package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient.Heard;
import dev.dashboard.support.Processes;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The server is killed, not asked, in the middle of a turn; the model dies with it, as in the demo it is a part of it. */
class CrashIT {
    @RegisterExtension
    static final Stage stage = Stage.demo("DASHBOARD_CLI_ORPHAN_PATIENCE", "PT5S");

    @Test
    void aCrashWhileTextComesCutsThePromptAndItRunsOnceWhenAskedFor() throws Exception {
        Play play = stage.play();
        play.turn("echo before the crash");
        Play.Line line = play.prompt("slow");
        play.awaitDraft("3, ");
        String launch = play.launch();

        crash(play);

        assertSettled(play, launch, line);
        play.resume();
        long seq = stage.anna()
                .deliver(play.session(), line.id())
                .expect(202)
                .getJsonNumber("seq")
                .longValue();
        stage.anna().deliver(play.session(), line.id()).refused(409, "prompt-in-flight");
        play.await(seq, "prompt-delivered");
        play.awaitDraft("5, ");
        stage.anna().interrupt(play.session()).expect(202);
        play.await(seq, "turn-interrupted");
        play.awaitState("idle");
        assertEquals(1, deliveries(play, line, seq));
        assertEquals("cancelled", stage.anna().promptState(play.session(), line.id()));
        assertNothingTwice(play);
        Play.assertGapFree(play.events().numbers());
    }

    @Test
    void aCrashWhileSomebodyIsAskedRunsNothingAndTheRequestIsWithdrawn() throws Exception {
        Play play = stage.play();
        Path file = stage.folder().resolve("asked.txt");
        Play.Line line = play.prompt("bash echo x >> asked.txt");
        String request = play.awaitRequest(line.seq());
        String launch = play.launch();

        crash(play);

        assertSettled(play, launch, line);
        assertFalse(Files.exists(file), "nothing may run unasked");
        assertEquals("withdrawn", stage.anna().approval(request).getString("state"));
        stage.anna().allow(request).refused(409, "approval-withdrawn");
        runAgain(play, line);
        assertEquals(List.of("x"), Files.readAllLines(file));
        stage.anna().deliver(play.session(), line.id()).refused(409, "prompt-already-ran");
        assertNothingTwice(play);
    }

    @Test
    void aCrashWhileACommandRunsLosesNeitherItsEffectNorItsResult() throws Exception {
        Play play = stage.play();
        Path file = stage.folder().resolve("running.txt");
        Play.Line line = play.prompt("bash echo began >> running.txt; sleep 2; echo x >> running.txt; echo all done");
        stage.anna().allow(play.awaitRequest(line.seq())).expect(200);
        Await.until("the command runs", () -> Files.exists(file));
        String launch = play.launch();

        crash(play);

        assertSettled(play, launch, line);
        assertEquals(List.of("began", "x"), Files.readAllLines(file));
        List<JsonObject> results = play.stored("tool-returned");
        assertEquals(1, results.size(), "the result was taken from the transcript, once");
        assertTrue(results.getFirst().toString().contains("all done"), results::toString);
        String approval = play.stored("approval-requested")
                .getFirst()
                .getJsonObject("data")
                .getString("approvalId");
        assertEquals("allowed", stage.anna().approval(approval).getString("state"));
        assertEquals("delivered", stage.anna().approval(approval).getString("delivery"));
        runAgain(play, line);
        assertEquals(List.of("began", "x", "began", "x"), Files.readAllLines(file));
        assertNothingTwice(play);
        Play.assertGapFree(play.events().numbers());
    }

    @Test
    void aCrashWhileTheSessionRestsLosesNothing() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("echo remember me");
        play.ended(line);
        List<JsonObject> before = play.stored();

        crash(play);

        play.await(line.seq(), "session-ended");
        assertEquals("parked", play.json().getString("state"));
        assertEquals(before, play.stored().subList(0, before.size()));
        assertEquals("completed", stage.anna().promptState(play.session(), line.id()));
        play.turn("echo still here");
        assertEquals(List.of("remember me", "still here"), play.answers());
    }

    /** Kills the server, starts it again on the same data, and comes back to the stream by number. */
    private static void crash(Play play) throws Exception {
        stage.dashboard().kill9();
        play.events().awaitEnd();
        stage.dashboard().restart();
        play.events().resume();
    }

    private static void assertSettled(Play play, String launch, Play.Line line) throws Exception {
        Heard.Event interrupted = play.await(line.seq(), "session-interrupted");
        assertEquals(0, interrupted.data().getJsonObject("leftover").getInt("remaining"));
        assertEquals(List.of(), Processes.marked("DASHBOARD_LAUNCH", launch), "processes of the old launch");
        assertEquals("interrupted", play.json().getString("state"));
        assertEquals("cut", stage.anna().promptState(play.session(), line.id()));
    }

    /** Resumes by delivering the cut prompt, allows its command, and waits for the end. */
    private static void runAgain(Play play, Play.Line line) throws Exception {
        String before = play.launch();
        long seq = stage.anna()
                .deliver(play.session(), line.id())
                .expect(202)
                .getJsonNumber("seq")
                .longValue();
        stage.anna().allow(play.awaitRequest(seq)).expect(200);
        play.await(seq, "turn-ended");
        play.awaitState("idle");
        assertNotEquals(before, play.launch());
        assertEquals("completed", stage.anna().promptState(play.session(), line.id()));
        assertEquals(1, deliveries(play, line, seq));
    }

    /** How often the CLI took the prompt up after a number. */
    private static long deliveries(Play play, Play.Line line, long after) {
        return play.stored(after).stream()
                .filter(event -> event.getString("type").equals("prompt-delivered"))
                .filter(event -> event.getJsonObject("data")
                        .getString("promptId")
                        .equals(line.id().toString()))
                .count();
    }

    /** Each line of the CLI is recorded once, and all that its transcript has is recorded. */
    private static void assertNothingTwice(Play play) throws IOException {
        List<String> keys = play.stored().stream()
                .map(event -> event.getJsonObject("data"))
                .filter(data -> data.containsKey("cliUuid"))
                .map(data -> data.getString("cliUuid") + "/" + data.getInt("index", -1) + "/"
                        + data.getString("toolUseId", ""))
                .toList();
        assertEquals(new ArrayList<>(new LinkedHashSet<>(keys)), keys);
        HashSet<String> known = new HashSet<>();
        keys.forEach(key -> known.add(key.substring(0, key.indexOf('/'))));
        for (String uuid : answersInTranscript(play)) {
            assertTrue(known.contains(uuid), () -> "line " + uuid + " of the transcript is not recorded");
        }
    }

    private static List<String> answersInTranscript(Play play) throws IOException {
        return Files.readAllLines(stage.transcript(play)).stream()
                .map(Play::parse)
                .filter(line -> line.getString("type", "").equals("assistant"))
                .filter(line ->
                        !line.getJsonObject("message").getString("model", "").equals("<synthetic>"))
                .filter(line -> line.getJsonObject("message").toString().contains("\"type\":\"text\""))
                .map(line -> line.getString("uuid"))
                .toList();
    }
}
