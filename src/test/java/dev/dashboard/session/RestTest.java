package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Event;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When a process may be taken from a session that rests, and when never. */
class RestTest extends StateSpec {
    private static final Duration LIMIT = RULES.idleParking().orElseThrow();

    @Test
    void afterTheTimeOfRestTheProcessEndsAndTheSessionIsParked() {
        ready();
        pass(LIMIT);
        assertEquals(List.of(new Event.StopRequested("parked")), events);
        assertTrue(effects.contains(new Decision.Effect.StopProcess(false)));
        assertEquals(SessionState.PARKING, refusal(submit(FIRST, "hello")));
        when(exit(0, ""));
        assertEquals(new Event.SessionEnded("parked", Optional.of(0), Event.Leftover.NONE), events.getLast());
    }

    @Test
    void workBeginsTheTimeAnew() {
        ready();
        now = now.plus(LIMIT.minusSeconds(1));
        when(submit(FIRST, "hello"));
        runs(FIRST);
        ends(FIRST);
        events.clear();
        pass(LIMIT.minusSeconds(1));
        assertEquals(List.of(), events);
        pass(Duration.ofSeconds(1));
        assertEquals(List.of(new Event.StopRequested("parked")), events);
    }

    @Test
    void whoHasSomethingInTheBackgroundIsLeftAlone() {
        ready();
        hear("{'type':'system','subtype':'background_tasks_changed','tasks':[{'task_id':'b1'}]}");
        events.clear();
        pass(LIMIT.multipliedBy(2));
        when(new Signal.MakeRoom());
        assertEquals(List.of(), events);
        hear("{'type':'system','subtype':'background_tasks_changed','tasks':[]}");
        pass(LIMIT);
        assertEquals(new Event.StopRequested("parked"), events.getLast());
    }

    @Test
    void aCommandThatOutlivedItsTurnKeepsTheProcess() {
        ready();
        alone = false;
        pass(LIMIT);
        assertEquals(List.of(), events);
        alone = true;
        pass(Duration.ofMinutes(1));
        assertEquals(List.of(new Event.StopRequested("parked")), events);
    }

    @Test
    void whoIsAskedToMakeRoomDoesSoUnlessItWorks() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        when(new Signal.MakeRoom());
        assertFalse(events.contains(new Event.StopRequested("parked")));
        ends(FIRST);
        when(new Signal.MakeRoom());
        assertEquals(new Event.StopRequested("parked"), events.getLast());
    }
}
