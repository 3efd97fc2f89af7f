package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.CliInput;
import dev.dashboard.custody.Exit;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.problem.Problem;
import jakarta.json.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The product's rules: given a state, when a signal, then these events and inputs. No threads, no clock. */
class SessionStateTest extends StateSpec {
    // ---- starting

    @Test
    void initializeIsTheFirstThingTheCliIsTold() {
        when(new Signal.Launched(4711, 99, NOON));
        assertEquals(List.of(new Event.ProcessStarted(LAUNCH, 4711, 99, NOON)), events);
        assertEquals(List.of(new CliInput.Initialize(LAUNCH + "-1")), inputs);
    }

    @Test
    void promptsThatComeBeforeTheCliIsReadyWaitAndKeepTheirOrder() {
        when(new Signal.Launched(4711, 99, NOON));
        inputs.clear();
        when(submit(SECOND, "two"));
        when(submit(FIRST, "one"));
        assertEquals(List.of(), inputs);
        answerInitialize();
        assertEquals(List.of(new CliInput.UserTurn(SECOND.toString(), "two")), inputs);
        runs(SECOND);
        ends(SECOND);
        assertEquals(new CliInput.UserTurn(FIRST.toString(), "one"), inputs.getLast());
        assertEquals(2, inputs.size());
    }

    @Test
    void aCliThatDoesNotAnswerInitializeInTimeIsEndedAndTheSessionSaysWhy() {
        when(new Signal.Launched(4711, 99, NOON));
        assertEquals(Optional.of(NOON.plusSeconds(30)), state.deadline());
        when(new Signal.Elapsed());
        assertFalse(effects.contains(new Decision.Effect.StopProcess(true)));
        now = NOON.plusSeconds(30);
        when(new Signal.Elapsed());
        assertTrue(effects.contains(new Decision.Effect.StopProcess(true)));
        when(exit(137, ""));
        assertEquals("cli-not-answering", last(Event.SessionFailed.class).code());
    }

    @Test
    void anUntitledSessionIsNamedAfterItsFirstPromptAndOnlyThat() {
        state = launching(false, Map.of());
        ready();
        when(submit(FIRST, "Fix the refund test\nand more"));
        when(submit(SECOND, "Now push"));
        assertEquals(List.of(new Event.SessionTitled("Fix the refund test")), all(Event.SessionTitled.class));
    }

    // ---- prompts

    @Test
    void aPromptIsRecordedAndThenGivenToTheCliUnderItsOwnId() {
        ready();
        when(submit(FIRST, "hello"));
        assertEquals(List.of(new Event.PromptSubmitted(FIRST, "hello")), events);
        assertEquals(List.of(new CliInput.UserTurn(FIRST.toString(), "hello")), inputs);
    }

    @Test
    void theSamePromptAgainRunsNothing() {
        ready();
        when(submit(FIRST, "hello"));
        events.clear();
        inputs.clear();
        assertInstanceOf(Decision.Answer.AlreadyDone.class, when(submit(FIRST, "hello")));
        assertEquals(List.of(), events);
        assertEquals(List.of(), inputs);
    }

    @Test
    void theSameIdWithOtherTextIsRefused() {
        ready();
        when(submit(FIRST, "hello"));
        assertEquals("prompt-id-reused", refusal(submit(FIRST, "other")));
    }

    @Test
    void aPromptOfAnEarlierLifeIsKnownInThisOne() {
        state = launching(Map.of(FIRST, new SessionState.Prompt(SessionState.Stage.FINISHED, "hello")));
        ready();
        assertInstanceOf(Decision.Answer.AlreadyDone.class, when(submit(FIRST, "hello")));
        assertEquals(List.of(), inputs);
    }

    @Test
    void aPromptWaitsWhileTheCliTakesNoInputAndIsGivenWhenItDoes() {
        ready();
        room = 0;
        when(submit(FIRST, "hello"));
        assertEquals(List.of(new Event.PromptSubmitted(FIRST, "hello")), events);
        assertEquals(List.of(), inputs);
        room = 64;
        when(new Signal.Heard(new dev.dashboard.cli.CliOutput.KeepAlive(), 0, 0));
        assertEquals(List.of(new CliInput.UserTurn(FIRST.toString(), "hello")), inputs);
    }

    @Test
    void theFiftyFirstOpenPromptIsRefused() {
        ready();
        for (int i = 0; i < SessionState.MAX_OPEN_PROMPTS; i++) {
            when(submit(new PromptId(new java.util.UUID(7, i)), "p" + i));
        }
        assertEquals("prompts-waiting", refusal(submit(FIRST, "one too many")));
    }

    @Test
    void aPromptIsDeliveredOnceHoweverOftenTheCliSaysSo() {
        ready();
        when(submit(FIRST, "hello"));
        hear(lifecycle(FIRST, "queued"));
        hear(lifecycle(FIRST, "started"));
        hear(replay(FIRST));
        assertEquals(List.of(new Event.PromptDelivered(FIRST)), all(Event.PromptDelivered.class));
    }

    @Test
    void aCutPromptRunsAgainUnderAUuidOfItsOwnSinceTheCliMayTakeTheOldOneAsDone() {
        state = launching(Map.of(FIRST, new SessionState.Prompt(SessionState.Stage.CUT, "hello")));
        ready();
        when(new Signal.Deliver(MARA, FIRST));
        assertEquals(List.of(new Event.DeliveryRequested(FIRST)), events);
        CliInput.UserTurn sent = (CliInput.UserTurn) inputs.getFirst();
        assertEquals("hello", sent.text());
        assertNotEquals(FIRST.toString(), sent.uuid());
        assertEquals("prompt-in-flight", refusal(new Signal.Deliver(MARA, FIRST)));
        hear(lifecycle(PromptId.parse(sent.uuid()), "started"));
        hear(lifecycle(PromptId.parse(sent.uuid()), "completed"));
        assertEquals(new Event.PromptDelivered(FIRST), last(Event.PromptDelivered.class));
        assertEquals(new Event.PromptFinished(FIRST, "completed"), last(Event.PromptFinished.class));
        assertEquals("prompt-already-ran", refusal(new Signal.Deliver(MARA, FIRST)));
    }

    @Test
    void aCutPromptThatIsDeliveredBeforeTheCliIsReadyWaitsAndThenRunsUnderTheSameUuid() {
        state = launching(Map.of(FIRST, new SessionState.Prompt(SessionState.Stage.CUT, "hello")));
        when(new Signal.Deliver(MARA, FIRST));
        when(new Signal.Launched(4711, 99, NOON));
        answerInitialize();
        assertEquals(
                List.of(new CliInput.UserTurn(SessionState.againUuid(FIRST, state.launch()), "hello")),
                inputs.stream().filter(CliInput.UserTurn.class::isInstance).toList());
    }

    // ---- activity and turns

    @Test
    void activityIsWhatTheCliSays() {
        ready();
        hear("{'type':'system','subtype':'session_state_changed','state':'running'}");
        hear("{'type':'system','subtype':'session_state_changed','state':'running'}");
        hear("{'type':'system','subtype':'session_state_changed','state':'idle'}");
        assertEquals(
                List.of(new Event.ActivityChanged("running"), new Event.ActivityChanged("idle")),
                all(Event.ActivityChanged.class));
    }

    @Test
    void aCliThatDoesNotSayItsActivityIsJudgedByItsPrompts() {
        ready();
        when(submit(FIRST, "hello"));
        hear(lifecycle(FIRST, "started"));
        hear(result("success", false, "completed", FIRST));
        assertEquals(
                List.of(new Event.ActivityChanged("running"), new Event.ActivityChanged("idle")),
                all(Event.ActivityChanged.class));
    }

    @Test
    void successWithIsErrorIsAnErrorInWords() {
        ready();
        when(submit(FIRST, "hello"));
        hear(
                "{'type':'result','subtype':'success','is_error':true,'api_error_status':401,'terminal_reason':'api_error',"
                        + "'result':'Invalid API key','uuid':'r1','session_id':'cli-1','user_message_uuids':['" + FIRST
                        + "']}");
        Event.TurnOutcome outcome = last(Event.TurnEnded.class).outcome();
        assertTrue(outcome.isError());
        assertEquals("model-auth", outcome.error().orElseThrow().code());
        assertEquals(new Event.PromptFinished(FIRST, "failed"), last(Event.PromptFinished.class));
    }

    @Test
    void theContextMeterIsTheLastRequestOfTheMainConversation() {
        ready();
        when(submit(FIRST, "hello"));
        hear("{'type':'stream_event','api_message_id':'m1','parent_tool_use_id':null,'event':{'type':'message_delta',"
                + "'delta':{'stop_reason':'end_turn'},'usage':{'input_tokens':100,'output_tokens':20,"
                + "'cache_read_input_tokens':2000,'cache_creation_input_tokens':500}}}");
        hear(result("success", false, "completed", FIRST));
        assertEquals(Optional.of(2620L), last(Event.TurnEnded.class).outcome().contextTokens());
    }

    @Test
    void nothingToInterruptIsAConflict() {
        ready();
        assertEquals("not-working", refusal(new Signal.Interrupt(MARA)));
    }

    @Test
    void anInterruptedTurnIsToldAsSuchAndItsPromptCancelled() {
        ready();
        when(submit(FIRST, "hello"));
        hear(lifecycle(FIRST, "started"));
        when(new Signal.Interrupt(MARA));
        assertEquals(new CliInput.Interrupt(LAUNCH + "-2"), inputs.getLast());
        hear(result("error_during_execution", true, "aborted_streaming", FIRST));
        assertEquals(1, all(Event.TurnInterrupted.class).size());
        assertEquals(new Event.PromptFinished(FIRST, "cancelled"), last(Event.PromptFinished.class));
    }

    @Test
    void anInterruptThatOvertakesItsPromptIsRepeatedWhenThePromptStarts() {
        ready();
        when(submit(FIRST, "hello"));
        when(new Signal.Interrupt(MARA));
        inputs.clear();
        hear(lifecycle(FIRST, "started"));
        assertEquals(List.of(new CliInput.Interrupt(LAUNCH + "-3")), inputs);
    }

    @Test
    void aNewConversationIdIsFollowed() {
        ready();
        hear(
                "{'type':'system','subtype':'init','session_id':'cli-2','model':'m','permissionMode':'default','tools':[]}");
        assertEquals(new Event.ConversationReset("cli-2"), last(Event.ConversationReset.class));
        assertEquals("cli-2", state.cliSessionId());
    }

    @Test
    void whatIsNotUnderstoodIsKept() {
        ready();
        hear("{'type':'brand_new_thing','x':1}");
        assertTrue(last(Event.OutputNotUnderstood.class).line().contains("brand_new_thing"));
    }

    // ---- approvals

    @Test
    void allowingSendsTheInputBackUnchanged() {
        ready();
        hear(canUseTool("q1", "touch a.txt"));
        ApprovalId asked = last(Event.ApprovalRequested.class).approval();
        when(new Signal.Decide(MARA, asked, true, Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY));
        assertEquals(
                new CliInput.Permission("q1", new CliInput.Allow(json("{'command':'touch a.txt'}"))), inputs.getLast());
    }

    @Test
    void theReasonOfADenialIsWhatTheModelReads() {
        ready();
        hear(canUseTool("q1", "rm -rf build"));
        ApprovalId asked = last(Event.ApprovalRequested.class).approval();
        when(new Signal.Decide(
                MARA, asked, false, Optional.empty(), Optional.of("not here"), JsonValue.EMPTY_JSON_ARRAY));
        assertEquals(new CliInput.Permission("q1", new CliInput.Deny("not here", false)), inputs.getLast());
    }

    @Test
    void theSecondAnswerIsRefused() {
        ready();
        hear(canUseTool("q1", "ls"));
        ApprovalId asked = last(Event.ApprovalRequested.class).approval();
        when(new Signal.Decide(MARA, asked, true, Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY));
        inputs.clear();
        assertEquals(
                "approval-not-pending",
                refusal(new Signal.Decide(
                        DENIZ, asked, false, Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY)));
        assertEquals(List.of(), inputs);
    }

    @Test
    void aWithdrawnRequestTakesNoAnswer() {
        ready();
        hear(canUseTool("q1", "ls"));
        ApprovalId asked = last(Event.ApprovalRequested.class).approval();
        hear("{'type':'control_cancel_request','request_id':'q1'}");
        assertEquals(new Event.ApprovalWithdrawn(asked, "cli"), last(Event.ApprovalWithdrawn.class));
        assertEquals(
                "approval-not-pending",
                refusal(new Signal.Decide(
                        MARA, asked, true, Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY)));
    }

    @Test
    void aRequestThatGoesWithAnInterruptSaysSo() {
        ready();
        hear(canUseTool("q1", "ls"));
        ApprovalId asked = last(Event.ApprovalRequested.class).approval();
        hear("{'type':'system','subtype':'session_state_changed','state':'requires_action'}");
        when(new Signal.Interrupt(MARA));
        hear("{'type':'control_cancel_request','request_id':'q1'}");
        assertEquals(new Event.ApprovalWithdrawn(asked, "interrupted"), last(Event.ApprovalWithdrawn.class));
    }

    @Test
    void aDecisionIsDeliveredWhenTheCallHasItsResult() {
        ready();
        hear(canUseTool("q1", "ls"));
        ApprovalId asked = last(Event.ApprovalRequested.class).approval();
        when(new Signal.Decide(MARA, asked, true, Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY));
        hear("{'type':'user','uuid':'u9','message':{'role':'user','content':[{'type':'tool_result',"
                + "'tool_use_id':'toolu_q1','content':'ok','is_error':false}]},'parent_tool_use_id':null}");
        assertEquals(new Event.ApprovalDelivered(asked), last(Event.ApprovalDelivered.class));
    }

    @Test
    void whenTheProcessDiesOpenRequestsAreWithdrawnAndAnsweredOnesAreNotKnown() {
        ready();
        hear(canUseTool("q1", "ls"));
        ApprovalId answered = last(Event.ApprovalRequested.class).approval();
        hear(canUseTool("q2", "pwd"));
        ApprovalId open = last(Event.ApprovalRequested.class).approval();
        when(new Signal.Decide(MARA, answered, true, Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY));
        when(exit(137, ""));
        assertEquals(new Event.ApprovalUnsettled(answered), last(Event.ApprovalUnsettled.class));
        assertEquals(new Event.ApprovalWithdrawn(open, "process-ended"), last(Event.ApprovalWithdrawn.class));
    }

    @Test
    void aRequestThatIsNotServedIsRefusedSoThatTheTurnGoesOn() {
        ready();
        hear("{'type':'control_request','request_id':'x1','request':{'subtype':'elicitation'}}");
        assertInstanceOf(CliInput.RefuseRequest.class, inputs.getLast());
    }

    // ---- ends

    @Test
    void stoppingIsRecordedBeforeTheProcessIsTouchedAndItsEndWithProof() {
        ready();
        when(new Signal.Stop(MARA, "stopped"));
        assertEquals(new Event.StopRequested("stopped"), events.getLast());
        assertTrue(effects.contains(new Decision.Effect.StopProcess(false)));
        assertEquals("session-not-live", refusal(submit(FIRST, "late")));
        assertEquals("already-stopping", refusal(new Signal.Stop(MARA, "stopped")));
        when(new Signal.Exited(new Exit(OptionalInt.of(0), "", new Exit.Leftover(2, 2, 0))));
        assertEquals(
                new Event.SessionEnded("stopped", Optional.of(0), new Event.Leftover(2, 2, 0)),
                last(Event.SessionEnded.class));
        assertTrue(effects.contains(new Decision.Effect.Finish()));
    }

    @Test
    void aProcessThatEndsUnaskedIsAFailureWithItsLastWords() {
        ready();
        when(exit(143, "segfault"));
        Event.SessionFailed failed = last(Event.SessionFailed.class);
        assertEquals("cli-died", failed.code());
        assertEquals(Optional.of(143), failed.exitCode());
        assertEquals("segfault", failed.stderrTail());
    }

    @Test
    void lastWordsAreRecordedWithoutTheKeysInThem() {
        ready();
        when(exit(
                1,
                "refused: Authorization: Bearer " + "k3y".repeat(10) + " by https://mara" + ":pa55@proxy.test; "
                        + SERVER_SECRET));
        assertEquals(
                "refused: Authorization: Bearer [masked] by https://mara:[masked]@proxy.test; [masked]",
                last(Event.SessionFailed.class).stderrTail());
    }

    @Test
    void aConversationThatTheCliLostIsSaidInWords() {
        when(new Signal.Launched(4711, 99, NOON));
        when(exit(1, "No conversation found with session ID: x"));
        assertEquals("conversation-missing", last(Event.SessionFailed.class).code());
    }

    @Test
    void aProcessThatCouldNotBeStartedFailsTheSessionWithTheRemedy() {
        when(new Signal.LaunchFailed(new Problem(
                Problem.Kind.UNAVAILABLE, "cli-missing", "Claude CLI not found. Install it or set cli.path.")));
        Event.SessionFailed failed = last(Event.SessionFailed.class);
        assertEquals("cli-missing", failed.code());
        assertTrue(failed.message().contains("cli.path"));
    }
}
