package dev.dashboard.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.support.Await;
import dev.dashboard.support.TestEngine;
import io.helidon.metrics.api.Tag;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SessionFiguresTest {
    @TempDir
    Path folder;

    private final Metrics metrics = new Metrics();
    private TestEngine engine;
    private SessionFigures figures;

    @BeforeEach
    void start() throws IOException {
        engine = TestEngine.start(folder);
        figures = new SessionFigures(engine.index, engine.approvals, engine.sessions, metrics, engine.clock);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    /** A session to which this has happened, all of it long ago as far as processes go. */
    private SessionId session(Event... events) throws IOException {
        SessionId id = SessionId.random();
        record(
                id,
                new Event.SessionCreated(
                        engine.project("a").id(),
                        folder.toString(),
                        Optional.of("one"),
                        Optional.empty(),
                        "default",
                        Optional.empty(),
                        TestEngine.MARA.id(),
                        Sharing.TEAM_READ));
        record(id, events);
        return id;
    }

    private void record(SessionId session, Event... events) {
        engine.journal.append(Arrays.stream(events)
                .map(event -> new Draft(Optional.of(session), Actor.CLI, event))
                .toList());
    }

    private double gauge(Metric metric, Tag... tags) {
        return metrics.registry()
                .gauge(metric.exposed(), List.of(tags))
                .orElseThrow()
                .value()
                .doubleValue();
    }

    private double sessions(String state) {
        return gauge(Metric.SESSIONS, Tag.create("state", state));
    }

    @Test
    void sessionsStandInTheStateOfTheLastLook() throws Exception {
        Event runs = new Event.ActivityChanged("running");
        session(runs);
        session(runs, new Event.TurnStalled("model-silent", Optional.empty(), Duration.ofMinutes(5), false));
        session(new Event.SessionQueued(1));
        session(new Event.SessionEnded("parked", Optional.of(0), Event.Leftover.NONE));
        assertEquals(0, sessions("working"), "whoever scrapes does not wait for the database");

        figures.look();

        assertEquals(2, sessions("working"));
        assertEquals(1, sessions("queued"));
        assertEquals(1, sessions("parked"));
        assertEquals(0, sessions("failed"));
        assertEquals(1, gauge(Metric.SESSIONS_STALLED));
    }

    @Test
    void theOldestRequestAgesWithoutALookAndIsGoneWithItsAnswer() throws Exception {
        figures.look();
        assertEquals(0, gauge(Metric.APPROVALS_OLDEST));
        ApprovalId first = new ApprovalId(UUID.randomUUID());
        SessionId session = session(asked(first));
        engine.clock.forward(Duration.ofMinutes(10));
        record(session, asked(new ApprovalId(UUID.randomUUID())));

        figures.look();
        engine.clock.forward(Duration.ofMinutes(5));

        assertEquals(1, sessions("asking"));
        assertEquals(2, gauge(Metric.APPROVALS_PENDING));
        assertAge(Duration.ofMinutes(15));

        record(session, new Event.ApprovalWithdrawn(first, "cli"));
        figures.look();

        assertEquals(1, gauge(Metric.APPROVALS_PENDING));
        assertAge(Duration.ofMinutes(5));
    }

    private void assertAge(Duration age) {
        double seconds = gauge(Metric.APPROVALS_OLDEST);
        assertTrue(seconds >= age.toSeconds() && seconds < age.toSeconds() + 30, seconds + " s");
    }

    private static Event asked(ApprovalId approval) {
        return new Event.ApprovalRequested(
                approval,
                "permission",
                "request",
                "call",
                "Bash",
                JsonValue.EMPTY_JSON_OBJECT,
                Optional.empty(),
                Optional.empty(),
                JsonValue.EMPTY_JSON_ARRAY,
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void processesTakePlacesAndMemory() throws Exception {
        assertEquals(0, gauge(Metric.CLI_PROCESSES));
        assertEquals(8, gauge(Metric.CLI_PROCESSES_LIMIT));
        assertEquals(8, gauge(Metric.SESSION_QUEUE_LIMIT));

        SessionId session = engine.ready("one");

        assertEquals(1, gauge(Metric.CLI_PROCESSES));
        Await.until("its memory is seen", () -> gauge(Metric.CLI_RESIDENT) > 1_000_000);
        engine.stop(session);
        Await.until("nothing is left", () -> gauge(Metric.CLI_RESIDENT) == 0);
    }
}
