package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.EventClient.Heard;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Prompts that are written while the session works: they wait with the server, in people's order, and run one after another. */
@Timeout(120)
class PromptLineIT {
    @RegisterExtension
    static final Stage stage = Stage.demo("DASHBOARD_CLI_STALL_AFTER", "PT1S");

    @Test
    void whatWaitsCanBeSeenChangedOrderedAndTakenBackAndRunsOneAfterAnother() throws Exception {
        Play play = stage.play();
        Play.Line first = play.prompt("bash echo x > waits.txt");
        String request = play.awaitRequest(first.seq());
        Play.Line second = play.prompt("echo two");
        Play.Line third = play.prompt("echo three");
        Play.Line fourth = play.prompt("echo four");

        assertEquals(List.of("echo two", "echo three", "echo four"), waiting(play));
        change(play, fourth, Json.createObjectBuilder().add("position", 0));
        change(play, third, Json.createObjectBuilder().add("text", "echo three, better"));
        stage.anna().removePrompt(play.session(), second.id()).expect(202);
        assertEquals(List.of("echo four", "echo three, better"), waiting(play));
        stage.anna().allow(request).expect(200);

        awaitState(play, third, "completed");
        assertEquals(List.of("four", "three, better"), play.answers().subList(1, 3));
        assertEquals("removed", state(play, second));
        assertEquals(3, play.stored("turn-ended").size(), "each is a turn of its own");
        stage.anna().changePrompt(play.session(), third.id(), position(0)).refused(409, "prompt-not-waiting");
        JsonObject refusal =
                stage.anna().removePrompt(play.session(), first.id()).refused(409, "prompt-not-waiting");
        assertEquals("completed", refusal.getString("promptState"), "the refusal says what became of it");
    }

    @Test
    void nowCutsTheRunningTurnAndGoesBeforeWhatWaits() throws Exception {
        Play play = stage.play();
        Play.Line running = play.prompt("bash echo x > never.txt");
        play.awaitRequest(running.seq());
        Play.Line waits = play.prompt("echo later");
        Play.Line now = play.prompt("echo at once");

        change(play, now, Json.createObjectBuilder().add("now", true));

        awaitState(play, waits, "completed");
        assertEquals("completed", state(play, now));
        assertEquals(
                List.of("at once", "later"),
                play.answers().stream()
                        .filter(text -> text.equals("at once") || text.equals("later"))
                        .toList());
        assertFalse(stage.folder().resolve("never.txt").toFile().exists(), "nobody allowed it");
        assertEquals("withdrawn", onlyApproval(play).getString("state"));
    }

    @Test
    void anInterruptHoldsWhatWaitsAndTheNextPromptGoesFirst() throws Exception {
        Play play = stage.play();
        Play.Line running = play.prompt("bash echo x > held.txt");
        play.awaitRequest(running.seq());
        Play.Line waits = play.prompt("echo afterwards");

        stage.anna().interrupt(play.session()).expect(202);

        play.await(running.seq(), "turn-interrupted");
        play.awaitState("idle");
        assertEquals("interrupted", play.json().getString("held"));
        assertEquals("interrupted", stage.anna().openPrompts(play.session()).getString("held"));
        assertEquals("submitted", state(play, waits));
        play.prompt("echo not like that");
        awaitState(play, waits, "completed");
        assertEquals(
                List.of("not like that", "afterwards"),
                play.answers().stream().filter(text -> !text.isBlank()).toList());
        assertFalse(play.json().containsKey("held"));
    }

    @Test
    void whatWaitsWhenTheSessionIsStoppedDoesNotRunButIsOffered() throws Exception {
        Play play = stage.play();
        Play.Line running = play.prompt("bash echo x > stopped.txt");
        play.awaitRequest(running.seq());
        Play.Line waits = play.prompt("echo offered");

        play.stop();

        assertEquals("cut", state(play, waits));
        play.resume();
        assertEquals("idle", play.json().getString("state"));
        stage.anna().deliver(play.session(), waits.id()).expect(202);
        awaitState(play, waits, "completed");
        assertFalse(stage.folder().resolve("stopped.txt").toFile().exists(), "nothing runs unasked");
    }

    @Test
    void aToolThatRunsSilentlyIsNamedAndRevivedWhenItSpeaks() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("bash until [ -e wake.txt ]; do sleep 0.2; done; touch woke.txt");
        stage.anna().allow(play.awaitRequest(line.seq())).expect(200);
        // On a busy machine the model may have been silent for that long before.
        long allowed = play.await(line.seq(), "approval-resolved").seq();

        Heard.Event silence = play.await(allowed, "turn-stalled");

        JsonObject stalled = silence.data();
        assertEquals("tool-running", stalled.getString("cause"));
        assertEquals("Bash", stalled.getString("tool"));
        assertFalse(stalled.getBoolean("interrupts"));
        assertEquals("tool-running", play.json().getJsonObject("stalled").getString("cause"));
        Files.createFile(stage.folder().resolve("wake.txt"));
        Heard.Event revived = play.await(silence.seq(), "turn-revived");
        assertTrue(revived.seq() < play.ended(line).seq());
        assertFalse(play.json().containsKey("stalled"));
    }

    private static void change(Play play, Play.Line line, jakarta.json.JsonObjectBuilder change) {
        stage.anna().changePrompt(play.session(), line.id(), change.build()).expect(202);
    }

    private static JsonObject position(int position) {
        return Json.createObjectBuilder().add("position", position).build();
    }

    private static List<String> waiting(Play play) {
        return stage.anna().openPrompts(play.session()).getJsonArray("prompts").getValuesAs(JsonObject.class).stream()
                .filter(prompt -> prompt.getString("state").equals("submitted"))
                .map(prompt -> prompt.getString("text"))
                .toList();
    }

    private static JsonObject onlyApproval(Play play) {
        return stage.anna()
                .get("/approvals?session=" + play.session())
                .expect(200)
                .getJsonArray("approvals")
                .getJsonObject(0);
    }

    private static String state(Play play, Play.Line line) {
        return stage.anna().promptState(play.session(), line.id());
    }

    private static void awaitState(Play play, Play.Line line, String wanted) {
        UUID id = line.id();
        dev.dashboard.support.Await.until(
                "the prompt is " + wanted,
                () -> stage.anna().promptState(play.session(), id).equals(wanted));
    }
}
