package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.CliInput;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Prompts that people write while a turn runs: in whose hands they are, in which order, and when they go. */
class LineTest extends StateSpec {
    private static final PromptId THIRD = PromptId.parse("cccccccc-cccc-4ccc-8ccc-cccccccccccc");

    /** The first runs, the second and the third wait. */
    private void oneRunsTwoWait() {
        ready();
        when(submit(FIRST, "one"));
        runs(FIRST);
        when(submit(SECOND, "two"));
        when(submit(THIRD, "three"));
        events.clear();
        inputs.clear();
    }

    @Test
    void eachGoesWhenTheTurnBeforeItHasEndedAndNeverTwoAtOnce() {
        oneRunsTwoWait();
        assertEquals(List.of(), inputs);
        ends(FIRST);
        assertEquals(List.of(turn(SECOND, "two")), inputs);
        runs(SECOND);
        ends(SECOND);
        assertEquals(List.of(turn(SECOND, "two"), turn(THIRD, "three")), inputs);
    }

    @Test
    void aTurnThatTheCliBeganByItselfIsNotDisturbed() {
        ready();
        hear(
                "{'type':'system','subtype':'init','session_id':'cli-1','model':'m','permissionMode':'default','tools':[]}");
        when(submit(FIRST, "one"));
        assertEquals(List.of(), inputs);
        result(SECOND, "'subtype':'success','is_error':false,'terminal_reason':'completed'");
        assertEquals(List.of(turn(FIRST, "one")), inputs);
    }

    @Test
    void aCliThatOnlySaysThatItIsBusyInTheBackgroundTakesPrompts() {
        ready();
        hear("{'type':'system','subtype':'session_state_changed','state':'running'}");
        when(submit(FIRST, "one"));
        assertEquals(List.of(turn(FIRST, "one")), inputs);
    }

    @Test
    void aPromptThatWaitsRunsAsItWasChangedLast() {
        oneRunsTwoWait();
        when(new Signal.Edit(DENIZ, SECOND, "two, better"));
        assertEquals(List.of(new Event.PromptEdited(SECOND, "two, better")), events);
        assertInstanceOf(Decision.Answer.AlreadyDone.class, when(new Signal.Edit(DENIZ, SECOND, "two, better")));
        ends(FIRST);
        assertEquals(List.of(turn(SECOND, "two, better")), inputs);
    }

    @Test
    void theOrderIsThePeoples() {
        oneRunsTwoWait();
        when(new Signal.Move(MARA, THIRD, 0));
        assertEquals(List.of(new Event.PromptsReordered(List.of(THIRD, SECOND))), events);
        assertInstanceOf(Decision.Answer.AlreadyDone.class, when(new Signal.Move(MARA, SECOND, 99)));
        ends(FIRST);
        assertEquals(List.of(turn(THIRD, "three")), inputs);
    }

    @Test
    void whatIsTakenBackNeverRunsNotEvenWhenItIsAskedForAgain() {
        oneRunsTwoWait();
        when(new Signal.Remove(MARA, SECOND));
        assertEquals(List.of(new Event.PromptRemoved(SECOND)), events);
        ends(FIRST);
        assertEquals(List.of(turn(THIRD, "three")), inputs);
        assertEquals("prompt-removed", refusal(new Signal.Deliver(MARA, SECOND)));
        assertInstanceOf(Decision.Answer.AlreadyDone.class, when(submit(SECOND, "two")));
    }

    @Test
    void whatTheCliHasIsNotChangedAnyMore() {
        oneRunsTwoWait();
        assertEquals("prompt-not-waiting", refusal(new Signal.Edit(MARA, FIRST, "other")));
        assertEquals("prompt-not-waiting", refusal(new Signal.Move(MARA, FIRST, 0)));
        assertEquals("prompt-not-waiting", refusal(new Signal.Remove(MARA, FIRST)));
        assertEquals("prompt-not-waiting", refusal(new Signal.Hasten(MARA, FIRST)));
        assertEquals("prompt-unknown", refusal(new Signal.Remove(MARA, new PromptId(UUID.randomUUID()))));
    }

    @Test
    void nowCutsTheRunningTurnAndOnlyThatPromptGoes() {
        oneRunsTwoWait();
        when(new Signal.Hasten(MARA, THIRD));
        assertEquals(List.of(new Event.PromptHastened(THIRD)), events);
        assertEquals(List.of(new CliInput.UserTurn(THIRD.toString(), "three", true)), inputs);
        ends(FIRST);
        runs(THIRD);
        ends(THIRD);
        assertEquals(turn(SECOND, "two"), inputs.getLast());
        assertEquals(2, inputs.size());
    }

    @Test
    void aPromptThatIsSentAsNowDoesNotWait() {
        oneRunsTwoWait();
        PromptId fourth = new PromptId(UUID.randomUUID());
        when(new Signal.Submit(MARA, fourth, "stop that", true));
        assertEquals(List.of(new Event.PromptSubmitted(fourth, "stop that"), new Event.PromptHastened(fourth)), events);
        assertEquals(List.of(new CliInput.UserTurn(fourth.toString(), "stop that", true)), inputs);
    }

    @Test
    void withNothingRunningNowIsNext() {
        ready();
        when(new Signal.Submit(MARA, FIRST, "one", true));
        assertEquals(List.of(turn(FIRST, "one")), inputs);
    }

    @Test
    void anInterruptHoldsTheLineAndTheNextPromptGoesFirst() {
        oneRunsTwoWait();
        when(new Signal.Interrupt(MARA));
        assertEquals(List.of(new Event.InterruptionRequested(), new Event.QueueHeld("interrupted")), events);
        inputs.clear();
        aborted(FIRST);
        assertEquals(List.of(), inputs);
        events.clear();
        PromptId correction = new PromptId(UUID.randomUUID());
        when(submit(correction, "not so"));
        assertEquals(
                List.of(
                        new Event.PromptSubmitted(correction, "not so"),
                        new Event.PromptsReordered(List.of(correction, SECOND, THIRD)),
                        new Event.QueueReleased()),
                events);
        assertEquals(List.of(turn(correction, "not so")), inputs);
        runs(correction);
        ends(correction);
        assertEquals(turn(SECOND, "two"), inputs.getLast());
    }

    @Test
    void aTurnThatWasCutForAPromptDoesNotHoldTheOthers() {
        oneRunsTwoWait();
        when(new Signal.Hasten(MARA, THIRD));
        aborted(FIRST);
        runs(THIRD);
        ends(THIRD);
        assertEquals(Optional.empty(), state.held());
        assertEquals(turn(SECOND, "two"), inputs.getLast());
    }

    @Test
    void whatAnEarlierProcessLeftBehindCanBeDismissed() {
        state = launching(java.util.Map.of(FIRST, new SessionState.Prompt(SessionState.Stage.CUT, "hello")));
        ready();
        when(new Signal.Remove(MARA, FIRST));
        assertEquals(new Event.PromptRemoved(FIRST), events.getLast());
        assertEquals("prompt-removed", refusal(new Signal.Deliver(MARA, FIRST)));
    }

    @Test
    void aTurnThatFailsHoldsTheLineSoThatTheOthersDoNotFailToo() {
        oneRunsTwoWait();
        result(FIRST, "'subtype':'success','is_error':true,'api_error_status':529,'terminal_reason':'api_error'");
        assertTrue(events.contains(new Event.QueueHeld("turn-failed")));
        assertEquals(List.of(), inputs);
        when(new Signal.Hasten(MARA, SECOND));
        assertTrue(events.contains(new Event.QueueReleased()));
        assertEquals(List.of(turn(SECOND, "two")), inputs);
    }

    @Test
    void anEmptyLineIsNeverHeld() {
        ready();
        when(submit(FIRST, "one"));
        runs(FIRST);
        when(submit(SECOND, "two"));
        when(new Signal.Interrupt(MARA));
        when(new Signal.Remove(MARA, SECOND));
        assertEquals(Optional.empty(), state.held());
        aborted(FIRST);
        inputs.clear();
        when(submit(THIRD, "three"));
        assertEquals(List.of(turn(THIRD, "three")), inputs);
    }

    @Test
    void atTheEndOfTheProcessWhatWaitsIsNotGiven() {
        oneRunsTwoWait();
        when(new Signal.Stop(MARA, "stopped"));
        ends(FIRST);
        assertFalse(inputs.contains(turn(SECOND, "two")));
        assertEquals("prompt-not-waiting", refusal(new Signal.Edit(MARA, SECOND, "other")));
    }

    private void aborted(PromptId prompt) {
        result(prompt, "'subtype':'error_during_execution','is_error':true,'terminal_reason':'aborted_streaming'");
    }

    private static CliInput turn(PromptId prompt, String text) {
        return new CliInput.UserTurn(prompt.toString(), text);
    }
}
