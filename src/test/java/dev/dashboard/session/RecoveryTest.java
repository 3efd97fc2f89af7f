package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Command;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.problem.Problem;
import dev.dashboard.support.Await;
import dev.dashboard.support.Samples;
import dev.dashboard.support.TestEngine;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server died: what its journal and the CLI's transcript tell together, and what they do not. */
@Timeout(60)
class RecoveryTest {
    private static final String STRANGE_BLOCK = "{\"type\":\"redacted_thinking\",\"data\":\"x\"}";

    @TempDir
    Path folder;

    private final SessionId session = SessionId.random();
    private final String launch = UUID.randomUUID().toString();
    private String conversation = session.toString();
    private final PromptId first = new PromptId(UUID.randomUUID());
    private final PromptId second = new PromptId(UUID.randomUUID());
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
    void whatOnlyTheTranscriptHasIsTakenFromThereAndNothingIsTakenTwice() throws Exception {
        live(
                new Event.PromptSubmitted(first, "hello"),
                new Event.PromptDelivered(first),
                new Event.ActivityChanged("running"),
                new Event.AssistantReplied("a1", "m1", 0, "one", false, Optional.empty()),
                new Event.OutputNotUnderstood(STRANGE_BLOCK, "a block of a kind that is not known"));
        transcript(
                user(first.toString(), Json.createValue("hello")),
                assistant("a1", "m1", "tool_use", text("one")),
                assistant("a2", "m1", "tool_use", STRANGE_BLOCK),
                assistant("a3", "m1", "tool_use", toolUse("toolu_1")),
                user("u1", toolResult("toolu_1", false, "done")),
                assistant("a4", "m2", "end_turn", text("two")),
                "{\"type\":\"assistant\",\"uuid\":\"cut off");

        recover();

        assertEquals(List.of("one", "two"), engine.replies(session));
        Event.ToolCalled called = only(Event.ToolCalled.class);
        assertEquals("toolu_1", called.toolUseId());
        assertEquals(2, called.index(), "two blocks of its message came before");
        assertEquals("done", only(Event.ToolReturned.class).content());
        assertEquals(1, engine.events(session, Event.OutputNotUnderstood.class).size());
        assertEquals(new Event.PromptFinished(first, "completed"), only(Event.PromptFinished.class));
        assertEquals("server-died", only(Event.SessionInterrupted.class).cause());
        assertEquals("completed", engine.prompts.get(session, first).state());

        List<Event> once = engine.events(session);
        append(new Event.SessionStarted(UUID.randomUUID().toString(), conversation, true));
        recover(SessionStatus.PARKED);
        List<Event> twice = engine.events(session);
        assertEquals(once, twice.subList(0, once.size()));
        assertEquals(
                List.of(Event.SessionStarted.class, Event.SessionEnded.class),
                twice.subList(once.size(), twice.size()).stream()
                        .map(Object::getClass)
                        .toList());
    }

    @Test
    void anApprovalIsSettledByWhatIsKnownAndNeverGuessed() throws Exception {
        ApprovalId open = asked("toolu_open");
        ApprovalId acted = asked("toolu_acted");
        ApprovalId unseen = asked("toolu_unseen");
        ApprovalId overtaken = asked("toolu_overtaken");
        ApprovalId declined = asked("toolu_declined");
        ApprovalId deniedBySilence = asked("toolu_silence");
        live(
                new Event.PromptSubmitted(first, "hello"),
                new Event.PromptDelivered(first),
                requested(open, "toolu_open"),
                requested(acted, "toolu_acted"),
                requested(unseen, "toolu_unseen"),
                requested(overtaken, "toolu_overtaken"),
                requested(declined, "toolu_declined"),
                requested(deniedBySilence, "toolu_silence"));
        decide(acted, "allow", Optional.empty());
        decide(unseen, "allow", Optional.empty());
        decide(overtaken, "allow", Optional.empty());
        decide(declined, "deny", Optional.of("not on a Friday"));
        decide(deniedBySilence, "deny", Optional.of("not on a Friday"));
        transcript(
                user(first.toString(), Json.createValue("hello")),
                assistant("a1", "m1", "tool_use", toolUse("toolu_acted")),
                user("u1", toolResult("toolu_acted", false, "done")),
                user("u2", toolResult("toolu_overtaken", true, "The stream was closed.")),
                user("u3", toolResult("toolu_declined", true, "Denied: not on a Friday")),
                user("u4", toolResult("toolu_silence", true, "The stream was closed.")));

        recover();

        assertEquals(
                List.of(new Event.ApprovalWithdrawn(open, "server-restarted")),
                engine.events(session, Event.ApprovalWithdrawn.class));
        assertEquals(
                List.of(new Event.ApprovalDelivered(acted), new Event.ApprovalDelivered(declined)),
                engine.events(session, Event.ApprovalDelivered.class));
        assertEquals(
                List.of(
                        new Event.ApprovalUnsettled(unseen),
                        new Event.ApprovalUnsettled(overtaken),
                        new Event.ApprovalUnsettled(deniedBySilence)),
                engine.events(session, Event.ApprovalUnsettled.class));
        assertEquals("withdrawn", engine.approvals.get(open).state());
        assertEquals("unknown", engine.approvals.get(overtaken).delivery().orElseThrow());
        assertEquals("delivered", engine.approvals.get(acted).delivery().orElseThrow());
    }

    /** All results of a session, its pictures for instance, may be larger than the memory. */
    @Test
    void ofTheResultsOnlyThoseThatSettleARequestAreKept() {
        var known = new Recovery.Known();
        known.note(returned("toolu_before"));
        known.note(requested(asked("toolu_open"), "toolu_open"));
        known.note(requested(asked("toolu_over"), "toolu_over"));
        known.note(returned("toolu_open"));
        known.note(returned("toolu_over"));
        known.note(new Event.ApprovalDelivered(asked("toolu_over")));
        known.note(returned("toolu_after"));

        assertEquals(Set.of("toolu_open"), known.returned.keySet());
        assertEquals(4, known.lines.size(), "which lines are recorded is known of all");
    }

    @Test
    void aLaterPromptThatFinishedDoesNotCompleteAnEarlierOneThatWasCut() throws Exception {
        conversation = "9ff82705-9b03-4986-9b74-6a93c36a3667";
        PromptId before = PromptId.parse(sampleUuid("3bd6b7d9"));
        PromptId cut = PromptId.parse(sampleUuid("3020c3bc"));
        PromptId after = PromptId.parse(sampleUuid("446004d5"));
        live(
                new Event.PromptSubmitted(before, "before"),
                new Event.PromptDelivered(before),
                new Event.PromptFinished(before, "completed"),
                new Event.PromptSubmitted(cut, "cut"),
                new Event.PromptDelivered(cut),
                new Event.PromptSubmitted(after, "after"));
        Files.copy(Samples.file("transcript-kill9-resumed.jsonl"), transcriptFile());

        recover();

        assertEquals("cut", engine.prompts.get(session, cut).state());
        assertEquals("completed", engine.prompts.get(session, after).state());
        assertEquals(
                List.of(before, cut, after),
                engine.events(session, Event.PromptDelivered.class).stream()
                        .map(Event.PromptDelivered::prompt)
                        .toList());
        assertFalse(engine.replies(session).contains("No response requested."), "these are words of the CLI itself");
    }

    @Test
    void aPromptWhoseAnswerHasNoEndIsNotCompleted() throws Exception {
        live(
                new Event.PromptSubmitted(first, "hello"),
                new Event.PromptDelivered(first),
                new Event.PromptSubmitted(second, "never taken up"));
        transcript(
                user(first.toString(), Json.createValue("hello")),
                assistant("a1", "m1", "tool_use", toolUse("toolu_1")),
                apiError("a2"));

        recover();

        assertTrue(engine.events(session, Event.PromptFinished.class).isEmpty());
        assertEquals("cut", engine.prompts.get(session, first).state());
        assertEquals("cut", engine.prompts.get(session, second).state());
    }

    @Test
    void aMissingTranscriptIsSaidAndNothingIsGuessed() throws Exception {
        live(
                new Event.PromptSubmitted(first, "hello"),
                new Event.PromptDelivered(first),
                new Event.ActivityChanged("running"));

        recover();

        Event.NoticeGiven notice = only(Event.NoticeGiven.class);
        assertEquals("warning", notice.level());
        assertTrue(notice.text().contains("could not be read"), notice.text());
        assertEquals("cut", engine.prompts.get(session, first).state());
        assertTrue(engine.events(session, Event.PromptFinished.class).isEmpty());
    }

    @Test
    void aSessionThatNeverHadAPromptHasNoTranscriptAndMissesNone() throws Exception {
        live();

        recover(SessionStatus.PARKED);

        assertTrue(engine.events(session, Event.NoticeGiven.class).isEmpty());
    }

    @Test
    void aSessionThatWaitedForAPlaceComesBackParkedOrInterruptedIfAPromptWaitedToo() throws Exception {
        live(new Event.SessionEnded("parked", Optional.of(0), Event.Leftover.NONE), new Event.SessionQueued(1));

        recover(SessionStatus.PARKED);

        assertEquals(
                "server-died",
                engine.events(session, Event.SessionEnded.class).getLast().reason());
        append(new Event.SessionQueued(1));
        append(new Event.PromptSubmitted(first, "hello"));
        recover(SessionStatus.INTERRUPTED);
        assertEquals("cut", engine.prompts.get(session, first).state());
    }

    @Test
    void aPromptThatWasJustWakingAParkedSessionIsCutAndMayRunAgain() throws Exception {
        live(
                new Event.PromptSubmitted(first, "hello"),
                new Event.SessionEnded("parked", Optional.of(0), Event.Leftover.NONE));
        engine.sessions.recover();
        assertEquals(0, engine.sessions.live(), "one that is only parked is left alone");
        append(new Event.PromptSubmitted(second, "and this"), new Event.SessionTitled("hello"));

        recover(SessionStatus.INTERRUPTED);

        assertEquals("cut", engine.prompts.get(session, second).state());
        engine.sessions.deliver(session, second, TestEngine.MARA);
        engine.awaitPrompt(session, second, "completed");
    }

    @Test
    void aProcessThatSurvivedItsServerIsEndedAndUntilThenNobodyStartsAnother() throws Exception {
        ProcessBuilder builder = new ProcessBuilder("sleep", "300");
        builder.environment().put(Command.LAUNCH_MARK, launch);
        Process orphan = builder.start();
        try {
            live();
            engine.sessions.recover();

            assertEquals("being-settled", refusal());
            engine.await(session, SessionStatus.PARKED);
        } finally {
            orphan.destroyForcibly();
        }
        assertEquals(new Event.Leftover(1, 1, 0), only(Event.SessionEnded.class).leftover());
        Await.until("the place is free", () -> engine.sessions.live() == 0);
        engine.sessions.resume(session, TestEngine.MARA);
        engine.await(session, SessionStatus.IDLE);
    }

    private String refusal() {
        return assertThrows(Problem.class, () -> engine.sessions.resume(session, TestEngine.MARA))
                .code();
    }

    // ---- what the journal has

    /** A session as a server leaves it that dies: started, ready, then these events. */
    private void live(Event... more) throws IOException {
        var project = engine.project("a");
        append(
                new Event.SessionCreated(
                        project.id(),
                        project.path().toString(),
                        Optional.of("one"),
                        Optional.empty(),
                        "default",
                        Optional.empty(),
                        TestEngine.MARA.id(),
                        Sharing.TEAM_READ),
                new Event.SessionStarted(launch, conversation, false),
                // A number that cannot belong to a process.
                new Event.ProcessStarted(launch, 4_194_305, 1, Instant.EPOCH),
                new Event.SessionReady("2.1.330", "none", Optional.empty()));
        append(more);
    }

    private void append(Event... events) {
        engine.journal.append(Arrays.stream(events)
                .map(event -> new Draft(Optional.of(session), Actor.CLI, event))
                .toList());
    }

    private static ApprovalId asked(String toolUseId) {
        return new ApprovalId(UUID.nameUUIDFromBytes(toolUseId.getBytes(StandardCharsets.UTF_8)));
    }

    private static Event requested(ApprovalId approval, String toolUseId) {
        return new Event.ApprovalRequested(
                approval,
                "permission",
                "request-" + toolUseId,
                toolUseId,
                "Bash",
                JsonValue.EMPTY_JSON_OBJECT,
                Optional.empty(),
                Optional.empty(),
                JsonValue.EMPTY_JSON_ARRAY,
                Optional.empty(),
                Optional.empty());
    }

    private static Event.ToolReturned returned(String toolUseId) {
        return new Event.ToolReturned(
                "line-" + toolUseId, toolUseId, false, "done", Optional.empty(), Optional.empty());
    }

    private void decide(ApprovalId approval, String decision, Optional<String> reason) {
        engine.journal.append(List.of(new Draft(
                Optional.of(session),
                TestEngine.MARA,
                new Event.ApprovalResolved(approval, decision, Optional.empty(), reason, JsonValue.EMPTY_JSON_ARRAY))));
    }

    private void recover() {
        recover(SessionStatus.INTERRUPTED);
    }

    private void recover(SessionStatus becomes) {
        engine.sessions.recover();
        engine.await(session, becomes);
        Await.until("the place is free", () -> engine.sessions.live() == 0);
    }

    private <T extends Event> T only(Class<T> kind) {
        List<T> all = engine.events(session, kind);
        assertEquals(1, all.size(), all.toString());
        return all.getFirst();
    }

    // ---- what the CLI has written

    private Path transcriptFile() throws IOException {
        Path projects = engine.configDirectory.resolve("projects").resolve("-a");
        return Files.createDirectories(projects).resolve(conversation + ".jsonl");
    }

    private void transcript(String... lines) throws IOException {
        Files.write(transcriptFile(), List.of(lines));
    }

    private static String user(String uuid, JsonValue content) {
        return line("user", uuid, Json.createObjectBuilder().add("role", "user").add("content", content));
    }

    private static String assistant(String uuid, String messageId, String stopReason, String block) {
        return line("assistant", uuid, message(messageId, "some-model", stopReason, block));
    }

    /** What the CLI writes when the model could not be asked; its stop reason must not count as an end. */
    private static String apiError(String uuid) {
        return line("assistant", uuid, message("m9", "<synthetic>", "end_turn", text("API Error")));
    }

    private static JsonObjectBuilder message(String id, String model, String stopReason, String block) {
        return Json.createObjectBuilder()
                .add("id", id)
                .add("role", "assistant")
                .add("model", model)
                .add("stop_reason", stopReason)
                .add("content", Json.createArrayBuilder().add(json(block)));
    }

    private static String line(String type, String uuid, JsonObjectBuilder message) {
        return Json.createObjectBuilder()
                .add("type", type)
                .add("isSidechain", false)
                .add("uuid", uuid)
                .add("message", message)
                .build()
                .toString();
    }

    private static String text(String text) {
        return Json.createObjectBuilder()
                .add("type", "text")
                .add("text", text)
                .build()
                .toString();
    }

    private static String toolUse(String id) {
        return "{\"type\":\"tool_use\",\"id\":\"" + id + "\",\"name\":\"Bash\",\"input\":{\"command\":\"ls\"}}";
    }

    private static JsonArray toolResult(String id, boolean isError, String content) {
        return Json.createArrayBuilder()
                .add(Json.createObjectBuilder()
                        .add("type", "tool_result")
                        .add("tool_use_id", id)
                        .add("is_error", isError)
                        .add("content", content))
                .build();
    }

    private static JsonObject json(String text) {
        try (var reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    private static String sampleUuid(String beginning) throws IOException {
        try (Stream<String> lines = Files.lines(Samples.file("transcript-kill9-resumed.jsonl"))) {
            return lines.map(RecoveryTest::json)
                    .map(line -> line.getString("uuid", ""))
                    .filter(uuid -> uuid.startsWith(beginning))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
