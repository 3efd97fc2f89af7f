package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Event;
import dev.dashboard.event.SessionId;
import dev.dashboard.support.Await;
import dev.dashboard.support.TestEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people are shown of the machine is what the machine does. */
@Timeout(60)
class ProcessesTest {
    @TempDir
    Path folder;

    private TestEngine engine;

    @BeforeEach
    void start() throws IOException {
        engine = TestEngine.start(folder);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void whatRunsIsNamedByItsSessionUntilItHasEnded() throws IOException {
        SessionId first = engine.ready("first");
        SessionId second = engine.ready("second");

        assertEquals(List.of(first, second), sessions());
        assertEquals(
                engine.events(second, Event.ProcessStarted.class).getFirst().pid(),
                live(second).pid());

        engine.stop(first);

        assertEquals(List.of(second), sessions());
    }

    @Test
    void aSessionIsChargedForAllThatItHasStarted() throws IOException {
        String standIn = Path.of("src/test/resources/stand-in/stand-in.mjs")
                .toAbsolutePath()
                .toString();
        // Busy for long enough to be seen, and bounded if nobody ends it.
        engine.install("timeout 30 sh -c 'while :; do :; done' & exec node '" + standIn + "' \"$@\"");

        SessionId busy = engine.ready("busy");
        engine.installStandIn();
        SessionId resting = engine.ready("resting");

        // A tenth of a core: others may be at work on this machine.
        Await.until(
                "the load is seen",
                Duration.ofSeconds(30),
                Duration.ofMillis(200),
                () -> live(busy).cpuPercent() >= 10);
        assertTrue(live(busy).processes() >= 3, () -> live(busy).toString());
        assertTrue(live(busy).residentBytes() > 10 << 20, () -> live(busy).toString());
        Await.until("the other is looked at", () -> live(resting).processes() == 1);
    }

    private List<SessionId> sessions() {
        return engine.sessions.processes().live().stream()
                .map(Processes.Live::session)
                .toList();
    }

    private Processes.Live live(SessionId session) {
        return engine.sessions.processes().live().stream()
                .filter(process -> process.session().equals(session))
                .findFirst()
                .orElseThrow();
    }
}
