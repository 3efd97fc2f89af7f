package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.session.SessionState.Phase;
import dev.dashboard.session.SessionState.Stage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a session does when whoever has its process goes. */
class PartingTest extends StateSpec {
    private static final Duration DRAIN = Duration.ofSeconds(60);
    private static final String LEAVING = "runner-leaving";

    private void runnerLeaves() {
        when(new Signal.Part(LEAVING, Optional.of(now.plus(DRAIN))));
    }

    private void serverStops() {
        when(new Signal.Part("server-stopped", Optional.empty()));
    }

    private Stage stage(PromptId prompt) {
        return state.prompts().get(prompt).stage();
    }

    private static Event ended(int code) {
        return new Event.SessionEnded(LEAVING, Optional.of(code), Event.Leftover.NONE);
    }

    @Test
    void whoRestsIsParkedAtOnceWithTheCause() {
        ready();
        runnerLeaves();
        pass(Duration.ZERO);
        assertEquals(List.of(new Event.StopRequested(LEAVING)), events);
        assertTrue(effects.contains(new Decision.Effect.StopProcess(false)), "politely");
        when(exit(0, ""));
        assertEquals(ended(0), events.getLast());
        assertEquals(Phase.OVER, state.phase());
    }

    @Test
    void aTurnThatRunsEndsAndThenTheSessionIsParked() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        runnerLeaves();
        pass(DRAIN.minusSeconds(1));
        assertEquals(List.of(), all(Event.StopRequested.class));
        ends(FIRST);
        pass(Duration.ZERO);
        assertEquals(List.of(new Event.StopRequested(LEAVING)), all(Event.StopRequested.class));
        when(exit(0, ""));
        assertEquals(ended(0), events.getLast());
        assertEquals(Stage.FINISHED, stage(FIRST));
    }

    @Test
    void aTurnThatDoesNotEndInTimeIsCutAsByACrashWithItsCause() {
        ready();
        when(submit(FIRST, "hello"));
        when(submit(SECOND, "and then"));
        runs(FIRST);
        runnerLeaves();
        pass(DRAIN);
        assertTrue(effects.contains(new Decision.Effect.StopProcess(true)), "at once: it is no interrupt of a person");
        when(exit(137, ""));
        assertEquals(new Event.SessionInterrupted(LEAVING, Event.Leftover.NONE), events.getLast());
        assertEquals(List.of(), all(Event.TurnInterrupted.class));
        assertEquals(Phase.OVER, state.phase());
        assertTrue(stage(FIRST).isOpen(), "it is offered again");
        assertEquals(1, inputs.size(), "what waited behind it was not given");
    }

    @Test
    void aRequestThatWaitsForAPersonIsWithdrawnAtOnce() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        hear(canUseTool("q1", "make"));
        runnerLeaves();
        assertTrue(effects.contains(new Decision.Effect.StopProcess(true)));
        when(exit(137, ""));
        assertEquals(1, all(Event.ApprovalWithdrawn.class).size());
        assertEquals(new Event.SessionInterrupted(LEAVING, Event.Leftover.NONE), events.getLast());
    }

    @Test
    void soIsOneThatComesWhileTheRunnerLeaves() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        runnerLeaves();
        hear(canUseTool("q1", "make"));
        assertEquals(new Event.StopRequested(LEAVING), events.getLast());
    }

    @Test
    void whatWasAnsweredMayStillRun() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        hear(canUseTool("q1", "make"));
        when(new Signal.Decide(
                MARA,
                last(Event.ApprovalRequested.class).approval(),
                true,
                Optional.empty(),
                Optional.empty(),
                jakarta.json.JsonValue.EMPTY_JSON_ARRAY));
        runnerLeaves();
        pass(DRAIN.minusSeconds(1));
        assertEquals(List.of(), all(Event.StopRequested.class));
    }

    @Test
    void promptsThatWaitedGoOnWaitingForThePlaceWithTheNextRunner() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        runnerLeaves();
        when(submit(SECOND, "and then"));
        ends(FIRST);
        pass(Duration.ZERO);
        when(submit(THIRD, "and last"));
        assertEquals(1, inputs.size());
        when(exit(0, ""));
        assertEquals(
                List.of(ended(0), new Event.SessionQueued(LINE_END)), events.subList(events.size() - 2, events.size()));
        assertTrue(effects.contains(new Decision.Effect.WaitAgain()));
        assertEquals(Phase.QUEUED, state.phase());

        inputs.clear();
        when(new Signal.Admitted(MARA, "launch-2", true));
        when(new Signal.Launched(4712, 99, NOON));
        hear("{'type':'control_response','response':{'subtype':'success','request_id':'launch-2-1','response':{}}}");
        assertEquals(Stage.SENT, stage(SECOND));
        assertEquals(Stage.WAITING, stage(THIRD));
        assertEquals(2, inputs.size(), "the greeting and one prompt");
    }

    @Test
    void aHeldLineStaysHeld() {
        ready();
        when(submit(FIRST, "hello"));
        when(submit(SECOND, "and then"));
        runs(FIRST);
        when(new Signal.Interrupt(MARA));
        result(FIRST, "'subtype':'error_during_execution','is_error':true,'terminal_reason':'aborted_streaming'");
        runnerLeaves();
        pass(Duration.ZERO);
        when(exit(0, ""));
        assertEquals(new Event.QueueHeld("interrupted"), events.getLast());
        assertEquals(Optional.of("interrupted"), state.held());
        assertEquals(Phase.QUEUED, state.phase());
    }

    @Test
    void aPromptMayStillBeChangedOrTakenBackWhileTheProcessEnds() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        when(submit(SECOND, "and then"));
        when(submit(THIRD, "and last"));
        runnerLeaves();
        ends(FIRST);
        pass(Duration.ZERO);
        assertEquals(Phase.STOPPING, state.phase());
        when(new Signal.Edit(MARA, SECOND, "or rather"));
        when(new Signal.Remove(MARA, THIRD));
        assertEquals("or rather", state.prompts().get(SECOND).text());
        assertEquals(Stage.REMOVED, stage(THIRD));
    }

    @Test
    void aPromptThatShallRunNowDoesNotCutATurnThatMayEnd() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        runnerLeaves();
        when(new Signal.Submit(MARA, SECOND, "now", true));
        assertEquals(1, inputs.size());
        assertEquals(Stage.WAITING, stage(SECOND));
    }

    @Test
    void aLaunchThatIsNotTakenWaitsAgain() {
        when(submit(FIRST, "hello"));
        when(new Signal.LaunchPostponed());
        assertEquals(new Event.SessionQueued(LINE_END), events.getLast());
        assertEquals(Phase.QUEUED, state.phase());
        assertEquals(Stage.WAITING, stage(FIRST));
    }

    @Test
    void aProcessThatIsJustStartingIsReadyFirst() {
        when(submit(FIRST, "hello"));
        when(new Signal.Launched(4711, 99, NOON));
        runnerLeaves();
        assertEquals(List.of(), all(Event.StopRequested.class));
        answerInitialize();
        pass(Duration.ZERO);
        assertEquals(new Event.StopRequested(LEAVING), events.getLast());
        when(exit(0, ""));
        assertEquals(Phase.QUEUED, state.phase());
    }

    @Test
    void whatOutlivedItsTurnIsGivenTheTimeTooAndNothingWasCut() {
        ready();
        alone = false;
        runnerLeaves();
        pass(Duration.ZERO);
        pass(Duration.ofSeconds(1));
        assertEquals(List.of(), events);
        pass(DRAIN);
        assertTrue(effects.contains(new Decision.Effect.StopProcess(false)));
        when(exit(0, ""));
        assertEquals(ended(0), events.getLast());
    }

    @Test
    void aProcessThatTheRunnerEndedItselfIsNoFailure() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        runnerLeaves();
        when(exit(143, ""));
        assertEquals(new Event.SessionInterrupted(LEAVING, Event.Leftover.NONE), events.getLast());
    }

    @Test
    void aProcessThatFailsMeanwhileHasFailed() {
        ready();
        runnerLeaves();
        when(exit(1, "it broke"));
        assertEquals(1, all(Event.SessionFailed.class).size());
    }

    @Test
    void whenTheServerStopsARequestStillWaitsForAnAnswer() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        hear(canUseTool("q1", "make"));
        serverStops();
        pass(DRAIN);
        assertEquals(List.of(), all(Event.StopRequested.class));
        assertEquals(Phase.READY, state.phase());
    }

    @Test
    void whenTheServerStopsNoTurnBeginsAndWhoRestsIsParked() {
        ready();
        when(submit(FIRST, "hello"));
        runs(FIRST);
        serverStops();
        when(submit(SECOND, "and then"));
        ends(FIRST);
        pass(Duration.ZERO);
        assertEquals(new Event.StopRequested("server-stopped"), events.getLast());
        when(exit(0, ""));
        assertEquals(new Event.SessionEnded("server-stopped", Optional.of(0), Event.Leftover.NONE), events.getLast());
        assertEquals(1, inputs.size());
        assertFalse(effects.contains(new Decision.Effect.WaitAgain()));
    }
}
