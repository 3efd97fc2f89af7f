package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A runner that is asked to stop, as by a deploy of it: nothing fails, nothing runs twice, and what waited goes on with the next one. */
class RunnerLeavesIT {
    private static final Duration DRAIN = Duration.ofSeconds(60);
    private static final String LEAVING = "runner-leaving";

    @RegisterExtension
    static final Stage stage = Stage.behindRunner(0.5, "DASHBOARD_CLI_ORPHAN_PATIENCE", "PT3S");

    @Test
    void aTurnEndsThenTheRunnerGoesAndWhatWaitedRunsOnceWithTheNextOne() throws Exception {
        Play resting = stage.play();
        resting.turn("echo before");
        Play working = stage.play();
        Play.Line first = working.prompt("echo " + "word ".repeat(400) + "end");
        working.awaitDraft("word");
        Play.Line second = working.prompt("echo second");

        stage.runner().program().terminate();

        resting.awaitState("parked");
        assertEquals(LEAVING, reason(resting, "session-ended", "reason"));
        Play.Line woken = resting.prompt("echo after");
        resting.awaitState("queued");
        Play fresh = stage.begin();
        fresh.awaitState("queued");
        assertTrue(fresh.json().getInt("queuePosition") >= 1, "its place is shown");
        Play.Line late = working.prompt("echo late");
        working.await(first.seq(), "turn-ended");
        assertEquals(0, stage.runner().program().awaitExit(DRAIN), "with the last process, not with the time");
        working.awaitState("queued");
        assertEquals("submitted", stage.anna().promptState(working.session(), second.id()));
        assertEquals(1, working.answers().size());
        assertTrue(working.answers().getFirst().endsWith("end"), "the whole answer");

        stage.runner().restart();

        completed(working, second);
        completed(working, late);
        completed(resting, woken);
        fresh.awaitState("idle");
        assertEquals(List.of("second", "late"), working.answers().subList(1, 3));
        assertEquals(List.of("before", "after"), resting.answers());
        for (Play play : List.of(working, resting, fresh)) {
            assertEquals(List.of(), play.stored("session-failed"));
            assertEquals(List.of(), play.stored("session-interrupted"));
            Play.assertGapFree(play.events().numbers());
        }
        assertEquals(3, working.stored("prompt-delivered").size(), "each prompt once");
    }

    private static String reason(Play play, String type, String member) {
        return play.stored(type).getLast().getJsonObject("data").getString(member);
    }

    private static void completed(Play play, Play.Line line) {
        Await.until(
                "the prompt has run",
                Duration.ofSeconds(40),
                () -> stage.anna().promptState(play.session(), line.id()).equals("completed"));
    }

    @Test
    void aRequestThatWaitsForAPersonIsCutAndItsPromptOffered() throws Exception {
        Play play = stage.play();
        Path file = stage.folder().resolve("asked.txt");
        Play.Line line = play.prompt("bash echo x >> asked.txt");
        String request = play.awaitRequest(line.seq());

        int code = stage.runner().stop(DRAIN.minusSeconds(20));

        assertEquals(0, code);
        play.await(line.seq(), "session-interrupted");
        assertEquals(LEAVING, reason(play, "session-interrupted", "cause"));
        assertEquals("withdrawn", stage.anna().approval(request).getString("state"));
        assertEquals("cut", stage.anna().promptState(play.session(), line.id()));
        assertEquals("interrupted", play.json().getString("state"));
        stage.runner().restart();
        long again = stage.anna()
                .deliver(play.session(), line.id())
                .expect(202)
                .getJsonNumber("seq")
                .longValue();
        stage.anna().allow(play.awaitRequest(again)).expect(200);
        completed(play, line);
        assertEquals(List.of("x"), Files.readAllLines(file));
    }

    @Test
    void aTurnThatIsTooLongIsCutWithItsCauseAndNothingOfItIsLeft() throws Exception {
        stage.runner().stop(DRAIN);
        stage.runner().restart(Map.of("DASHBOARD_RUNNER_DRAIN", "PT2S"));
        Play play = stage.play();
        Path file = stage.folder().resolve("long.txt");
        Play.Line line = play.prompt("bash echo x >> long.txt; sleep 300");
        stage.anna().allow(play.awaitRequest(line.seq())).expect(200);
        Await.until("the command runs", () -> Files.exists(file));

        assertEquals(0, stage.runner().stop(Duration.ofSeconds(20)));

        play.await(line.seq(), "session-interrupted");
        assertEquals(LEAVING, reason(play, "session-interrupted", "cause"));
        assertEquals("cut", stage.anna().promptState(play.session(), line.id()));
        play.awaitNoProcess();
        assertEquals(List.of("x"), Files.readAllLines(file));
        stage.runner().restart();
        play.resume();
        play.turn("echo resumed");
    }

    @Test
    void aServerThatComesBackMeanwhileBringsItsSessionsToRestToo() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("echo " + "word ".repeat(400) + "end");
        play.awaitDraft("word");

        stage.runner().program().terminate();
        stage.dashboard().kill9();
        play.events().awaitEnd();
        stage.dashboard().restart();
        play.events().resume();

        play.await(line.seq(), "turn-ended");
        assertEquals(0, stage.runner().program().awaitExit(DRAIN.minusSeconds(10)));
        play.awaitState("parked");
        assertEquals("completed", stage.anna().promptState(play.session(), line.id()));
        assertEquals(1, play.answers().size());
        stage.runner().restart();
        play.turn("echo on");
    }

    @Test
    void aRunnerWithNothingToEndGoesAtOnceAndStartsWaitForTheNext() throws Exception {
        Play parked = stage.play();
        parked.turn("echo here");
        stage.runner().stop(DRAIN);
        stage.runner().restart();
        Await.until(
                "the server has the runner",
                () -> stage.anna().openSession(stage.project()).status() == 201);
        Play settled = stage.play();
        settled.stop();

        assertEquals(0, stage.runner().stop(Duration.ofSeconds(15)));

        Play.Line line = new Play.Line(UUID.randomUUID(), 0);
        stage.anna().prompt(parked.session(), line.id(), "echo there").expect(202);
        parked.awaitState("queued");
        stage.runner().restart();
        completed(parked, line);
        assertEquals(List.of("here", "there"), parked.answers());
    }
}
