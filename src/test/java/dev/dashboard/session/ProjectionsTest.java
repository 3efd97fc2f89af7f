package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.approval.Approval;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Projection;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.support.Await;
import dev.dashboard.support.TestEngine;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tables say what the events say, and can be computed from them again. */
@Timeout(60)
class ProjectionsTest {
    @TempDir
    Path folder;

    private final SessionId session = SessionId.random();
    private TestEngine engine;

    @BeforeEach
    void start() throws Exception {
        engine = TestEngine.start(folder);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    // ---- computed anew

    @Test
    void everyTableComputedAnewFromARichStoryIsTheSame() throws Exception {
        aRichStory();
        Map<String, List<String>> before = tables();
        before.forEach((name, rows) -> assertTrue(rows.size() >= 3, name + " has only " + rows));

        for (Projection projection : engine.projections) {
            engine.journal.rebuild(projection);
            assertEquals(before, tables(), "after a rebuild of " + projection.name());
        }
    }

    /** Answers, questions of both outcomes and of none, an interrupt, a death, a second life, a rename. */
    private void aRichStory() throws Exception {
        SessionId talk = engine.ready("talk");
        engine.awaitPrompt(talk, engine.prompt(talk, "hello"), "completed");
        PromptId allowed = engine.prompt(talk, "{\"permission\":\"touch a.txt\"}");
        engine.allow(pending(talk).id());
        engine.awaitPrompt(talk, allowed, "completed");
        PromptId denied = engine.prompt(talk, "{\"permission\":\"rm -rf /\"}");
        engine.deny(pending(talk).id(), "no");
        engine.awaitPrompt(talk, denied, "completed");
        PromptId cancelled = engine.prompt(talk, "{\"rate\":20,\"count\":5000}");
        Await.until("it streams", () -> engine.replies(talk).size() > 5);
        engine.sessions.interrupt(talk, TestEngine.MARA);
        engine.awaitPrompt(talk, cancelled, "cancelled");
        engine.sessions.rename(talk, "renamed", TestEngine.MARA);

        SessionId asking = engine.ready("asking");
        engine.prompt(asking, "{\"permission\":\"make\"}");
        pending(asking);
        engine.stop(asking);

        SessionId died = engine.ready("fault:dies-mid-turn");
        engine.prompt(died, "hello");
        engine.awaitFailure(died);
        engine.sessions.resume(died, TestEngine.MARA);
        engine.await(died, SessionStatus.IDLE);
        engine.stop(died);
        engine.stop(talk);
    }

    private Approval pending(SessionId of) {
        Await.until("it asks", () -> !pendingOf(of).isEmpty());
        return pendingOf(of).getFirst();
    }

    private List<Approval> pendingOf(SessionId of) {
        return engine.approvals
                .page(Optional.empty(), Optional.of("pending"), Optional.of(of), 0, 10)
                .approvals();
    }

    private Map<String, List<String>> tables() {
        Map<String, List<String>> tables = new LinkedHashMap<>();
        engine.projections.forEach(projection -> tables.put(projection.name(), engine.table(projection.name())));
        return tables;
    }

    // ---- the state that people see

    @Test
    void aSessionStartsRestsAndWorks() throws Exception {
        created();
        assertState("starting", 0);
        record(new Event.ProcessStarted("launch", 4_194_305, 7, Instant.EPOCH));
        assertState("starting", 0);
        record(new Event.SessionReady("2.1.330", "none", Optional.of("some-model")));
        assertState("idle", 0);
        assertEquals("some-model", summary().model().orElseThrow());
        record(new Event.ActivityChanged("running"));
        assertState("working", 0);
        record(new Event.ToolCalled("u", "m", 0, "t", "Bash", JsonValue.EMPTY_JSON_OBJECT, Optional.empty()));
        assertTrue(summary().activity().orElseThrow().contains("Bash"));
        record(
                new Event.AssistantReplied(
                        "u", "m", 1, "All tests pass.\nThree files changed.", false, Optional.empty()),
                new Event.AssistantReplied("v", "n", 0, "I looked around.", false, Optional.of("t")),
                new Event.TurnEnded(outcome("0.25")),
                new Event.ActivityChanged("idle"));
        assertState("idle", 0);
        assertEquals("All tests pass.", summary().activity().orElseThrow(), "the last words to people stay");
    }

    @Test
    void whileOneOfTwoRequestsIsOpenSomebodyIsWaitedForWhateverTheCliSays() throws Exception {
        ready();
        ApprovalId first = ask();
        Instant since = summary().statusSince();
        ApprovalId second = ask();
        assertState("asking", 2);
        record(new Event.ActivityChanged("running"));
        assertState("asking", 2);
        record(new Event.ApprovalResolved(
                first, "allow", Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY));
        assertState("asking", 1);
        record(new Event.ActivityChanged("idle"));
        assertState("asking", 1);
        assertEquals(since, summary().statusSince(), "it has been asking since the first request");
        record(new Event.ApprovalWithdrawn(second, "cli"));
        assertState("working", 0);
        record(new Event.ActivityChanged("idle"));
        assertState("idle", 0);
    }

    @Test
    void anEndSettlesTheStateWhateverWasGoingOn() throws Exception {
        ready();
        ask();
        record(
                new Event.ActivityChanged("running"),
                new Event.SessionFailed(
                        "cli-died", "It died.", "Resume.", Optional.of(9), "tail", Event.Leftover.NONE));
        assertState("failed", 0);
        SessionSummary.Failure failure = summary().failure().orElseThrow();
        assertEquals(new SessionSummary.Failure("cli-died", "It died.", "Resume.", Optional.of(9), "tail"), failure);
        assertTrue(summary().custody().orElseThrow().process().isEmpty());

        record(new Event.SessionStarted("launch-2", session.toString(), true));
        assertState("starting", 0);
        assertTrue(summary().failure().isEmpty(), "a new start forgets the old failure");
        record(new Event.SessionEnded("server-stopped", Optional.of(0), Event.Leftover.NONE));
        assertState("parked", 0);

        record(new Event.SessionStarted("launch-3", session.toString(), true));
        record(new Event.SessionInterrupted("server-died", Event.Leftover.NONE));
        assertState("interrupted", 0);

        record(new Event.SessionStarted("launch-4", session.toString(), true));
        record(new Event.SessionEnded("stopped", Optional.of(143), Event.Leftover.NONE));
        assertState("stopped", 0);
    }

    @Test
    void whatTurnsCostAddsUpAndTheContextIsTheLastOne() throws Exception {
        ready();
        record(new Event.TurnEnded(outcome("0.1")), new Event.TurnInterrupted(outcome("0.000000001")));
        SessionSummary summary = summary();
        assertEquals(2, summary.turns());
        assertEquals(new BigDecimal("0.100000001"), summary.cost());
        assertEquals(new Event.Tokens(2, 4, 6, 8), summary.tokens());
        assertEquals(Optional.of(700L), summary.contextTokens());
        record(new Event.ConversationReset("other"));
        assertTrue(summary().contextTokens().isEmpty());
        assertEquals("other", summary().cliSessionId());
    }

    @Test
    void howItsLastTurnWentWrongIsSaidUntilTheNextOneBegins() throws Exception {
        ready();
        record(
                turnStarted("claude-a"),
                new Event.TurnEnded(failed("The key was refused.")),
                new Event.ActivityChanged("idle"));
        assertEquals(
                Optional.of(new SessionSummary.TurnFault("failed", Optional.of("The key was refused."))),
                summary().turnFault());
        assertEquals(Optional.of("claude-a"), summary().turnModel());
        record(
                new Event.StopRequested("parked"),
                new Event.SessionEnded("parked", Optional.of(0), Event.Leftover.NONE));
        assertEquals("failed", summary().turnFault().orElseThrow().kind(), "parking does not hide it");

        record(new Event.SessionStarted("launch-2", session.toString(), true), turnStarted("claude-b"));
        assertEquals(Optional.empty(), summary().turnFault());
        assertEquals(Optional.of("claude-b"), summary().turnModel());
        record(new Event.ModelFellBack("claude-b", "claude-c"), new Event.TurnEnded(outcome("0.1")));
        assertEquals(Optional.empty(), summary().turnFault());
        assertEquals(Optional.of("claude-c"), summary().turnModel());
    }

    @Test
    void aTurnThatAStopOfTheServerCutsIsSaidAndAPersonsOwnStopIsNot() throws Exception {
        ready();
        record(new Event.StopRequested("stopped"));
        assertEquals(Optional.empty(), summary().turnFault());
        record(new Event.ActivityChanged("idle"), new Event.StopRequested("server-stopped"));
        assertEquals(Optional.empty(), summary().turnFault(), "it rested");
        record(
                new Event.ActivityChanged("running"),
                new Event.StopRequested("server-stopped"),
                new Event.SessionEnded("server-stopped", Optional.of(0), Event.Leftover.NONE));
        assertEquals(
                Optional.of(new SessionSummary.TurnFault("cut", Optional.empty())),
                summary().turnFault());
    }

    @Test
    void aSilenceCountsFromTheLastWordUntilTheNextOne() throws Exception {
        ready();
        record(new Event.TurnStalled("model-silent", Optional.empty(), Duration.ofMinutes(2), false));
        SessionSummary.Stalled stalled = summary().stalled().orElseThrow();
        assertEquals("model-silent", stalled.cause());
        assertTrue(stalled.since().isBefore(Instant.now().minusSeconds(119)), "since " + stalled.since());

        record(new Event.TurnRevived());
        assertEquals(Optional.empty(), summary().stalled());
    }

    @Test
    void aPromptIsCutWithItsProcessOnlyWhileItIsOpen() throws Exception {
        ready();
        PromptId done = submitted();
        PromptId failed = submitted();
        PromptId taken = submitted();
        PromptId waiting = submitted();
        record(
                new Event.PromptDelivered(done),
                new Event.PromptFinished(done, "completed"),
                new Event.PromptFinished(failed, "failed"),
                new Event.PromptDelivered(taken),
                new Event.SessionInterrupted("server-died", Event.Leftover.NONE));
        assertEquals("completed", promptState(done));
        assertEquals("failed", promptState(failed));
        assertEquals("cut", promptState(taken));
        assertEquals("cut", promptState(waiting));
        assertEquals(4, summary().prompts());
        record(new Event.DeliveryRequested(taken));
        assertEquals("submitted", promptState(taken));
        assertEquals(4, summary().prompts(), "it is the same prompt");
    }

    private void created() throws Exception {
        var project = engine.project("a");
        record(
                new Event.SessionCreated(
                        project.id(),
                        project.path().toString(),
                        Optional.of("one"),
                        Optional.empty(),
                        "default",
                        Optional.empty(),
                        TestEngine.MARA.id(),
                        Sharing.TEAM_READ),
                new Event.SessionStarted("launch", session.toString(), false));
    }

    private void ready() throws Exception {
        created();
        record(new Event.SessionReady("2.1.330", "none", Optional.empty()), new Event.ActivityChanged("running"));
    }

    @Test
    void requestsArePagedByTheNumberOfTheLastOneSeen() throws Exception {
        created();
        List<ApprovalId> asked = List.of(ask(), ask(), ask(), ask(), ask());
        List<ApprovalId> seen = new ArrayList<>();
        long after = 0;
        for (int size : List.of(2, 2, 1)) {
            List<Approval> page = engine.approvals
                    .page(Optional.empty(), Optional.of("pending"), Optional.empty(), after, 2)
                    .approvals();
            assertEquals(size, page.size());
            page.forEach(approval -> seen.add(approval.id()));
            after = page.getLast().seq();
        }
        assertEquals(asked, seen);
    }

    private ApprovalId ask() {
        ApprovalId approval = new ApprovalId(UUID.randomUUID());
        record(new Event.ApprovalRequested(
                approval,
                "permission",
                "request",
                "toolu",
                "Bash",
                JsonValue.EMPTY_JSON_OBJECT,
                Optional.empty(),
                Optional.empty(),
                JsonValue.EMPTY_JSON_ARRAY,
                Optional.empty(),
                Optional.empty()));
        return approval;
    }

    private PromptId submitted() {
        PromptId prompt = new PromptId(UUID.randomUUID());
        record(new Event.PromptSubmitted(prompt, "text"));
        return prompt;
    }

    private String promptState(PromptId prompt) {
        return engine.prompts.get(session, prompt).state();
    }

    private static Event turnStarted(String model) {
        return new Event.TurnStarted(model, "default", List.of());
    }

    private static Event.TurnOutcome outcome(String cost) {
        return outcome(cost, Optional.empty());
    }

    private static Event.TurnOutcome failed(String message) {
        return outcome("0", Optional.of(new Event.TurnError("model-auth", message, "Sign in.", Optional.of(401))));
    }

    private static Event.TurnOutcome outcome(String cost, Optional<Event.TurnError> error) {
        return new Event.TurnOutcome(
                UUID.randomUUID().toString(),
                error.isPresent(),
                "completed",
                error,
                Duration.ofSeconds(1),
                1,
                new Event.Tokens(1, 2, 3, 4),
                new BigDecimal(cost),
                Optional.of(700L),
                Optional.of(200_000L),
                List.of());
    }

    private void record(Event... events) {
        engine.journal.append(Arrays.stream(events)
                .map(event -> new Draft(
                        Optional.of(session),
                        event instanceof Event.ApprovalResolved ? TestEngine.MARA : Actor.CLI,
                        event))
                .toList());
    }

    private SessionSummary summary() {
        return engine.index.get(session);
    }

    private void assertState(String state, int pending) {
        assertEquals(state, summary().status().word());
        assertEquals(pending, summary().pendingApprovals());
    }
}
