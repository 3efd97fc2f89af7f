package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.EventClient.Heard;
import dev.dashboard.support.Processes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ShutdownIT {
    /** The steps of a stop's ladder together, and some seconds for a busy machine. */
    private static final Duration GRACE = Duration.ofSeconds(20);

    @RegisterExtension
    static final Stage stage = Stage.demo();

    @Test
    void aServerThatIsAskedToStopParksItsSessionsAndFindsThemAgain() throws Exception {
        Play resting = stage.play();
        resting.turn("echo I rest");
        Play working = stage.play();
        Play.Line line = working.prompt("slow");
        working.awaitDraft("3, ");
        String launch = working.launch();

        stage.dashboard().program().terminate();

        resting.events().awaitBye();
        working.events().awaitBye();
        int code = stage.dashboard().program().awaitExit(GRACE);
        assertEquals(143, code, "the JVM's own, after a signal");
        assertEquals(List.of(), Processes.marked("DASHBOARD_LAUNCH", launch));
        assertEquals(
                List.of("draining"),
                resting.events().heard().stream()
                        .filter(Heard.Bye.class::isInstance)
                        .map(bye -> ((Heard.Bye) bye).reason())
                        .toList());

        stage.dashboard().restart();
        resting.events().resume();
        working.events().resume();

        assertEquals("parked", resting.json().getString("state"));
        assertEquals("parked", working.json().getString("state"));
        assertEquals(List.of(), resting.stored("session-interrupted"), "a stop is no crash");
        Heard.Event ended = working.await(line.seq(), "session-ended");
        assertEquals("server-stopped", ended.data().getString("reason"));
        assertEquals(0, ended.data().getJsonObject("leftover").getInt("remaining"));
        working.await(line.seq(), "turn-interrupted");
        assertEquals("cancelled", stage.anna().promptState(working.session(), line.id()));
        resting.resume();
        resting.turn("echo I am back");
        assertEquals(List.of("I rest", "I am back"), resting.answers());
        working.resume();
        working.turn("echo so am I");
        assertEquals("so am I", working.answers().getLast());
        Play.assertGapFree(resting.events().numbers());
    }

    @Test
    void aSecondServerOnTheSameDataIsRefusedInWords() throws Exception {
        Play play = stage.play();

        IOException refused =
                assertThrows(IOException.class, () -> stage.dashboard().second().close());

        assertTrue(refused.getMessage().startsWith("exit code 1 "), refused::getMessage);
        assertTrue(refused.getMessage().contains("another dashboard uses "), refused::getMessage);
        assertTrue(refused.getMessage().contains(stage.dashboard().data().toString()), refused::getMessage);
        play.turn("echo the first is unharmed");
        assertEquals(List.of("the first is unharmed"), play.answers());
    }
}
