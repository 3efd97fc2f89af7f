package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient;
import dev.dashboard.support.EventClient.Heard;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server that is asked to stop while people read, write and listen, and turns run. */
class StopUnderLoadIT {
    /** The JVM's own: a signal ended it, after everything was closed. */
    private static final int STOPPED = 143;
    /** What a container gives it; see the compose files. */
    private static final Duration GRACE = Duration.ofSeconds(40);

    private static final String SHORT = "echo " + "word ".repeat(250) + "end";

    @RegisterExtension
    static final Stage alone = Stage.demo(
            "DASHBOARD_DEMO_PACE", "0.5",
            "DASHBOARD_SERVER_DRAIN_HOLD", "PT1S",
            "DASHBOARD_SERVER_DRAIN_TURNS", "PT15S");

    @RegisterExtension
    static final Stage behindRunner = Stage.behindRunner(0.5, "DASHBOARD_SERVER_DRAIN_HOLD", "PT1S");

    @Test
    void noRequestIsCutNoEventIsLostAndTurnsMayEnd() throws Exception {
        Play calm = alone.play();
        Play first = alone.play();
        Play second = alone.play();
        Play endless = alone.play();
        Play asking = alone.play();
        Play.Line cut = endless.prompt("bash echo x >> endless.txt; sleep 300");
        alone.anna().allow(endless.awaitRequest(cut.seq())).expect(200);
        asking.awaitRequest(asking.prompt("bash echo x >> never.txt").seq());
        List<Play> all = List.of(calm, first, second, endless, asking);
        Map<Play, Play.Line> lines = Map.of(first, first.prompt(SHORT), second, second.prompt(SHORT));
        first.awaitDraft("word");
        second.awaitDraft("word");

        try (Load load = new Load(alone.anna(), calm.session(), first.session(), Integer.MAX_VALUE)) {
            load.awaitAnswers(60);
            Stopped stopped = stop(alone, all, 1);
            load.join();

            assertEquals(STOPPED, stopped.code());
            assertTrue(stopped.took().compareTo(GRACE) < 0, "took " + stopped.took());
            load.assertNoneWasCut();
            assertTrue(
                    load.answered().stream()
                            .anyMatch(sent -> sent.answer().status() == 503
                                    && sent.answer().body().contains("draining")),
                    "prompts are refused while turns end");
            alone.dashboard().restart();
            load.assertRecorded(marks(calm, first));
        }
        assertAllIsInTheJournal(alone, all);
        for (Map.Entry<Play, Play.Line> line : lines.entrySet()) {
            assertEquals(
                    "completed",
                    alone.anna()
                            .promptState(
                                    line.getKey().session(), line.getValue().id()));
            assertTrue(line.getKey().answers().getFirst().endsWith("end"), "the whole answer");
        }
        assertEquals("cancelled", alone.anna().promptState(endless.session(), cut.id()));
        assertEquals(1, endless.stored("turn-interrupted").size());
        assertEquals(List.of(), asking.stored("approval-resolved"), "silence never means yes");
        for (Play play : all) {
            assertEquals("parked", play.json().getString("state"));
            assertEquals(List.of(), play.stored("session-interrupted"), "a stop is no crash");
            JsonObject end = play.stored("session-ended").getLast().getJsonObject("data");
            assertEquals("server-stopped", end.getString("reason"));
            assertEquals(0, end.getJsonObject("leftover").getInt("remaining"));
        }
        endless.events().resume();
        endless.turn("echo on");
    }

    @Test
    void withARunnerNoRequestIsCutAndTheSessionsGoOn() throws Exception {
        Play calm = behindRunner.play();
        Play first = behindRunner.play();
        Play second = behindRunner.play();
        List<Play> all = List.of(calm, first, second);
        Map<Play, Play.Line> lines = Map.of(first, first.prompt(SHORT), second, second.prompt(SHORT));
        first.awaitDraft("word");
        second.awaitDraft("word");
        Map<Play, Long> processes = Map.of(first, first.pid(), second, second.pid());

        try (Load load = new Load(behindRunner.anna(), calm.session(), first.session(), 4)) {
            load.awaitAnswers(60);
            Stopped stopped = stop(behindRunner, all, 0);
            load.join();

            assertEquals(STOPPED, stopped.code());
            assertTrue(stopped.took().compareTo(Duration.ofSeconds(20)) < 0, "took " + stopped.took());
            load.assertNoneWasCut();
            behindRunner.dashboard().restart();
            load.assertRecorded(marks(calm, first));
            Set<String> prompts =
                    load.taken().filter(mark -> !mark.startsWith("title")).collect(Collectors.toSet());
            Await.until(
                    "what was taken has run",
                    Duration.ofSeconds(60),
                    () -> ran(first).containsAll(prompts));
        }
        assertAllIsInTheJournal(behindRunner, all);
        for (Map.Entry<Play, Play.Line> line : lines.entrySet()) {
            Play play = line.getKey();
            assertEquals(
                    "completed",
                    behindRunner
                            .anna()
                            .promptState(play.session(), line.getValue().id()));
            assertEquals(processes.get(play), play.pid(), "the same process");
            assertTrue(play.answers().getFirst().endsWith("end"), "the whole answer");
        }
        assertEquals(Set.copyOf(first.answers()).size(), first.answers().size(), "nothing ran twice");
    }

    private static Set<String> ran(Play play) {
        return play.stored("prompt-finished").stream()
                .map(event -> event.getJsonObject("data").getString("promptId"))
                .collect(Collectors.toSet());
    }

    private record Stopped(int code, Duration took) {}

    private static Stopped stop(Stage stage, List<Play> listening, long told) throws Exception {
        long begin = System.nanoTime();
        stage.dashboard().program().terminate();
        int code = stage.dashboard().program().awaitExit(GRACE);
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        for (Play play : listening) {
            play.events().awaitEnd();
            assertEquals(
                    List.of(new Heard.Bye("draining")),
                    play.events().heard().stream()
                            .filter(Heard.Bye.class::isInstance)
                            .toList(),
                    "a farewell, once");
            assertEquals(
                    told,
                    play.events().heard().stream()
                            .filter(Heard.Draining.class::isInstance)
                            .count(),
                    "that the server will stop");
            assertTrue(play.events().heard().getLast() instanceof Heard.Bye, "and nothing after it");
            Play.assertGapFree(play.events().numbers());
        }
        return new Stopped(code, took);
    }

    /** Titles and prompts that are recorded. */
    private static Set<String> marks(Play renamed, Play prompted) {
        Set<String> marks = renamed.stored("session-titled").stream()
                .map(event -> event.getJsonObject("data").getString("title"))
                .collect(Collectors.toSet());
        prompted.stored("prompt-submitted")
                .forEach(event -> marks.add(event.getJsonObject("data").getString("promptId")));
        return marks;
    }

    /** Whatever anybody saw is there, word for word, under the same number. */
    private static void assertAllIsInTheJournal(Stage stage, List<Play> listened) {
        long last = stage.anna().lastSeq();
        EventClient again = stage.closing(EventClient.after(0, stage.anna()));
        Await.until("the journal is read", Duration.ofSeconds(30), () -> again.lastSeq() >= last);
        Map<Long, String> journal =
                again.events().stream().collect(Collectors.toMap(Heard.Event::seq, Heard.Event::text));
        for (Play play : listened) {
            for (Heard.Event seen : play.events().events()) {
                assertEquals(seen.text(), journal.get(seen.seq()));
            }
        }
    }
}
