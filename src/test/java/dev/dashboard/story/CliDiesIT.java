package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient.Heard;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CliDiesIT {
    @RegisterExtension
    static final Stage stage = Stage.demo();

    @Test
    void aCliThatDiesInMidTurnIsAFailureInWordsAndThePromptRunsOnceMore() throws Exception {
        Play play = stage.play();
        Path file = stage.folder().resolve("died.txt");
        Play.Line line = play.prompt("bash echo x >> died.txt");
        String request = play.awaitRequest(line.seq());

        kill(play);

        Heard.Event failed = play.await(line.seq(), "session-failed");
        assertFalse(failed.data().getString("message").isBlank());
        assertFalse(failed.data().getString("remedy").isBlank());
        assertEquals(137, failed.data().getInt("exitCode"));
        JsonObject session = play.json();
        assertEquals("failed", session.getString("state"));
        assertEquals(
                failed.data().getString("message"),
                session.getJsonObject("failure").getString("message"));
        assertEquals(0, session.getInt("pendingApprovals"));
        assertEquals("cut", stage.anna().promptState(play.session(), line.id()));
        stage.anna().allow(request).refused(409, "approval-withdrawn");
        play.awaitNoProcess();

        play.resume();
        long seq = stage.anna()
                .deliver(play.session(), line.id())
                .expect(202)
                .getJsonNumber("seq")
                .longValue();
        stage.anna().allow(play.awaitRequest(seq)).expect(200);
        play.await(seq, "turn-ended");
        play.awaitState("idle");
        assertEquals(List.of("x"), Files.readAllLines(file));
        stage.anna().deliver(play.session(), line.id()).refused(409, "prompt-already-ran");
    }

    @Test
    void aCliThatDiesWhileTextComesLeavesNoDraftAndTheConversationGoesOn() throws Exception {
        Play play = stage.play();
        play.turn("echo first");
        Play.Line line = play.prompt("slow");
        play.awaitDraft("3, ");

        kill(play);

        Heard.Event failed = play.await(line.seq(), "session-failed");
        assertEquals(0, failed.data().getJsonObject("leftover").getInt("remaining"));
        assertEquals("cut", stage.anna().promptState(play.session(), line.id()));
        play.resume();
        play.turn("echo second");
        assertEquals(List.of("first", "second"), play.answers());
    }

    @Test
    void aCommandOfACliThatDiedIsEndedToo() throws Exception {
        Play play = stage.play();
        Path file = stage.folder().resolve("orphan.txt");
        Play.Line line = play.prompt("bash echo $$ > orphan.txt; sleep 300");
        stage.anna().allow(play.awaitRequest(line.seq())).expect(200);
        Await.until(
                "the command runs", () -> Files.exists(file) && play.processes().size() > 1);

        kill(play);

        Heard.Event failed = play.await(line.seq(), "session-failed");
        play.awaitNoProcess();
        assertEquals(0, failed.data().getJsonObject("leftover").getInt("remaining"));
        assertFalse(failed.data().getJsonObject("leftover").getInt("found") == 0, "the command was found");
    }

    @Test
    void aPromptThatWasCutBetweenItsToolsRunsAgain() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("fix the failing test");
        String first = play.awaitRequest(line.seq());
        stage.anna().allow(first).expect(200);
        Heard.Event second = play.events()
                .await(
                        play.session(),
                        line.seq(),
                        "approval-requested",
                        data -> !data.getString("approvalId").equals(first));

        kill(play);

        play.await(second.seq(), "session-failed");
        assertEquals("cut", stage.anna().promptState(play.session(), line.id()));
        long seq = stage.anna()
                .deliver(play.session(), line.id())
                .expect(202)
                .getJsonNumber("seq")
                .longValue();
        play.awaitRequest(seq);
        assertEquals("delivered", stage.anna().promptState(play.session(), line.id()));
    }

    private static void kill(Play play) {
        ProcessHandle.of(play.pid()).orElseThrow().destroyForcibly();
    }
}
