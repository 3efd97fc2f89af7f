package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient.Heard;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class InterruptIT {
    @RegisterExtension
    static final Stage stage = Stage.demo();

    @Test
    void anInterruptInMidStreamKeepsTheTextAndTheNextPromptWorks() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("slow");
        play.awaitDraft("4, ");

        long seq = stage.anna()
                .interrupt(play.session())
                .expect(202)
                .getJsonNumber("seq")
                .longValue();

        Heard.Event end = play.await(seq, "turn-interrupted");
        play.awaitState("idle");
        JsonObject kept = play.stored("assistant-replied").getLast().getJsonObject("data");
        assertTrue(kept.getBoolean("aborted"), kept::toString);
        assertTrue(kept.getString("text").contains("4, "), kept::toString);
        assertFalse(kept.getString("text").contains("done."), kept::toString);
        assertEquals("cancelled", stage.anna().promptState(play.session(), line.id()));
        stage.anna().interrupt(play.session()).refused(409, "not-working");
        play.turn("echo still here");
        assertEquals("still here", play.answers().getLast());
        assertTrue(end.seq() > seq);
    }

    @Test
    void anInterruptWhileSomebodyIsAskedWithdrawsTheRequest() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("bash echo x >> interrupted.txt");
        String request = play.awaitRequest(line.seq());

        long seq = stage.anna()
                .interrupt(play.session())
                .expect(202)
                .getJsonNumber("seq")
                .longValue();

        play.await(seq, "turn-interrupted");
        play.awaitState("idle");
        assertEquals("withdrawn", stage.anna().approval(request).getString("state"));
        assertEquals(0, play.json().getInt("pendingApprovals"));
        stage.anna().allow(request).refused(409, "approval-withdrawn");
        assertFalse(Files.exists(stage.folder().resolve("interrupted.txt")));
        play.turn("echo still here");
        assertEquals("still here", play.answers().getLast());
    }

    @Test
    void anInterruptEndsTheCommandThatRuns() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("bash touch runs.txt; sleep 300");
        stage.anna().allow(play.awaitRequest(line.seq())).expect(200);
        Await.until("the command runs", () -> Files.exists(stage.folder().resolve("runs.txt")));

        long seq = stage.anna()
                .interrupt(play.session())
                .expect(202)
                .getJsonNumber("seq")
                .longValue();

        play.await(seq, "turn-interrupted");
        play.awaitState("idle");
        Await.until("only the CLI is left", () -> play.processes().size() == 1);
    }
}
