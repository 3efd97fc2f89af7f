package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.Credential;
import dev.dashboard.cli.StopPlan;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.problem.Problem;
import dev.dashboard.project.Project;
import dev.dashboard.run.Worker;
import dev.dashboard.support.Await;
import dev.dashboard.support.TestEngine;
import dev.dashboard.support.TestEngine.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the CLI, the disk or the journal does, the session says what happened and the others go on. */
@Timeout(120)
class SessionsTest {
    /** The ways in which waking can go together are many; some show only now and then. */
    private static final int PARKINGS = 20;

    @TempDir
    Path folder;

    private TestEngine engine;

    @AfterEach
    void close() {
        engine.close();
    }

    private void start(Settings settings) throws IOException {
        engine = TestEngine.start(folder, settings);
    }

    // ---- the server is about to stop

    @Test
    void whileItDrainsNothingBeginsAndWhatRestsIsParkedAndARepeatedPromptHasItsFirstAnswer() throws Exception {
        start(Settings.USUAL);
        Project project = engine.project("a");
        SessionId session = engine.create(project, "one");
        engine.await(session, SessionStatus.IDLE);
        PromptId prompt = new PromptId(UUID.randomUUID());
        long first = engine.sessions
                .prompt(session, prompt, "hello", TestEngine.MARA)
                .seq();
        engine.awaitPrompt(session, prompt, "completed");

        engine.sessions.drain(Duration.ofSeconds(60));

        engine.await(session, SessionStatus.PARKED);
        assertEquals(
                "server-stopped",
                engine.events(session, Event.SessionEnded.class).getLast().reason());
        assertEquals(
                first,
                engine.sessions
                        .prompt(session, prompt, "hello", TestEngine.MARA)
                        .seq());
        for (Runnable beginning : List.<Runnable>of(
                () -> engine.prompt(session, "more"),
                () -> engine.create(project, "two"),
                () -> engine.sessions.resume(session, TestEngine.MARA),
                () -> engine.sessions.deliver(session, prompt, TestEngine.MARA),
                () -> engine.sessions.hasten(session, prompt, TestEngine.MARA))) {
            Problem refused = assertThrows(Problem.class, beginning::run);
            assertEquals("draining", refused.code());
            assertTrue(refused.retryAfter().isPresent());
        }
    }

    // ---- the CLI is not what it should be

    @Test
    void aMissingCliIsNamedAndOnceInstalledTheSameSessionStarts() throws Exception {
        start(Settings.USUAL);
        Files.delete(engine.program);

        SessionId session = engine.create(engine.project("a"), "one");

        SessionSummary.Failure failure = engine.awaitFailure(session);
        assertEquals("cli-missing", failure.code());
        assertTrue(failure.message().contains(engine.program.toString()), failure.message());
        assertTrue(failure.remedy().contains("resume"), failure.remedy());
        engine.assertGoesOn();
        engine.sessions.resume(session, TestEngine.MARA);
        engine.await(session, SessionStatus.IDLE);
        assertTrue(engine.index.get(session).failure().isEmpty());
    }

    @Test
    void aCliThatMayNotBeExecutedIsNamed() throws Exception {
        start(Settings.USUAL);
        Files.setPosixFilePermissions(engine.program, PosixFilePermissions.fromString("rw-r--r--"));

        SessionId session = engine.create(engine.project("a"), "one");

        SessionSummary.Failure failure = engine.awaitFailure(session);
        assertEquals("cli-not-executable", failure.code());
        assertTrue(failure.message().contains("executable"), failure.message());
        engine.assertGoesOn();
    }

    @Test
    void aCliOfAnotherVersionRunsAndIsReported() throws Exception {
        start(Settings.USUAL);
        String standIn =
                Files.readString(engine.program).lines().skip(1).findFirst().orElseThrow();
        engine.install(standIn.replaceFirst("exec ", "") + " | sed -u 's/2[.]1[.]330/9.9.9/g'");

        SessionId session = engine.ready("one");
        PromptId prompt = engine.prompt(session, "hello");

        engine.awaitPrompt(session, prompt, "completed");
        assertEquals("9.9.9", engine.index.get(session).cliVersion().orElseThrow());
        CliHealth.Finding finding = new CliHealth(engine.custody, engine.clock).finding();
        assertEquals("other-version", finding.state());
        assertTrue(finding.isUsable());
        assertTrue(finding.message().orElseThrow().contains("9.9.9"));
    }

    @Test
    void garbageBetweenGoodLinesIsKeptAndTheSessionGoesOn() throws Exception {
        start(Settings.USUAL);

        SessionId session = engine.ready("fault:garbage");
        PromptId prompt = engine.prompt(session, "hello");

        engine.awaitPrompt(session, prompt, "completed");
        assertEquals(List.of("You said: hello"), engine.replies(session));
        List<String> kept = engine.events(session, Event.OutputNotUnderstood.class).stream()
                .map(Event.OutputNotUnderstood::line)
                .toList();
        assertTrue(kept.contains("this is no JSON {"), kept.toString());
        assertTrue(kept.contains("{\"type\":\"never_heard_of\",\"uuid\":1}"), kept.toString());
    }

    @Test
    void aProgramThatIsNotTheCliIsGivenUpInTime() throws Exception {
        start(Settings.USUAL.initializeTimeout(Duration.ofSeconds(1)));
        engine.install("while read -r line; do echo 'command not understood'; done");

        SessionId session = engine.create(engine.project("a"), "one");

        SessionSummary.Failure failure = engine.awaitFailure(session);
        assertEquals("cli-not-answering", failure.code());
        assertTrue(failure.message().contains("1 s"), failure.message());
        assertTrue(failure.remedy().contains("cli.path"), failure.remedy());
        assertEquals(
                List.of("command not understood"),
                engine.events(session, Event.OutputNotUnderstood.class).stream()
                        .map(Event.OutputNotUnderstood::line)
                        .toList());
        assertEquals(
                0,
                engine.events(session, Event.SessionFailed.class)
                        .getFirst()
                        .leftover()
                        .remaining());
    }

    @Test
    void aCliThatNeverAnswersIsEndedAndTheOthersGoOn() throws Exception {
        start(Settings.USUAL.initializeTimeout(Duration.ofSeconds(3)));

        SessionId session = engine.create(engine.project("a"), "fault:silent");

        assertEquals("cli-not-answering", engine.awaitFailure(session).code());
        assertFalse(isAlive(session));
        engine.assertGoesOn();
    }

    @Test
    void aCliThatEndsAtOnceSaysHowAndWithWhichWords() throws Exception {
        start(Settings.USUAL);

        SessionId session = engine.create(engine.project("a"), "fault:exit-at-once");

        SessionSummary.Failure failure = engine.awaitFailure(session);
        assertEquals("cli-start-failed", failure.code());
        assertEquals(3, failure.exitCode().orElseThrow());
        assertTrue(failure.stderrTail().contains("told to exit at once"), failure.stderrTail());
        assertTrue(failure.message().contains("before it was ready"), failure.message());
        engine.assertGoesOn();
    }

    @Test
    void aPromptThatWasCutByTheDeathOfTheCliRunsOnceWhenDeliveredAgain() throws Exception {
        start(Settings.USUAL);
        SessionId session = engine.ready("fault:dies-mid-turn");

        PromptId prompt = engine.prompt(session, "hello");

        SessionSummary.Failure failure = engine.awaitFailure(session);
        assertEquals("cli-died", failure.code());
        assertEquals(9, failure.exitCode().orElseThrow());
        assertEquals("cut", engine.prompts.get(session, prompt).state());
        engine.sessions.rename(session, "cured", TestEngine.MARA);
        engine.sessions.deliver(session, prompt, TestEngine.MARA);
        engine.awaitPrompt(session, prompt, "completed");
        assertEquals(1, engine.events(session, Event.PromptSubmitted.class).size());
        Problem again = assertThrows(Problem.class, () -> engine.sessions.deliver(session, prompt, TestEngine.MARA));
        assertEquals("prompt-already-ran", again.code());
    }

    @Test
    void aCliThatIgnoresSigtermIsKilledAtStopAndTheProofIsRecorded() throws Exception {
        Duration step = Duration.ofMillis(200);
        start(Settings.USUAL.stopPlan(new StopPlan(step, step, step)));
        SessionId session = engine.ready("fault:ignores-sigterm");

        engine.stop(session);

        Event.SessionEnded ended =
                engine.events(session, Event.SessionEnded.class).getFirst();
        assertEquals("stopped", ended.reason());
        assertEquals(137, ended.exitCode().orElseThrow());
        assertEquals(0, ended.leftover().remaining());
        assertFalse(isAlive(session));
        engine.assertGoesOn();
    }

    @Test
    void aTokenThatCannotBeReadIsNamedAndOnceThereTheSessionStarts() throws Exception {
        Path token = folder.resolve("token");
        start(Settings.USUAL.credential(new Credential.OAuthTokenFile(token)));

        SessionId session = engine.create(engine.project("a"), "one");

        SessionSummary.Failure failure = engine.awaitFailure(session);
        assertEquals("credential-unreadable", failure.code());
        assertTrue(failure.message().contains(token.toString()), failure.message());
        Files.writeString(token, "sk-stand-in\n");
        engine.sessions.resume(session, TestEngine.MARA);
        engine.await(session, SessionStatus.IDLE);
    }

    // ---- the folder is not what it was

    @Test
    void aFolderThatWasRemovedIsNamedAndTheSessionStaysAsItWas() throws Exception {
        start(Settings.USUAL);
        Project project = engine.project("gone");
        SessionId session = stopped(project);
        Files.delete(project.path());

        Problem problem = assertThrows(Problem.class, () -> engine.sessions.resume(session, TestEngine.MARA));

        assertEquals(Problem.Kind.CONFLICT, problem.kind());
        assertEquals("cwd-missing", problem.code());
        assertTrue(problem.getMessage().contains(project.path().toString()), problem.getMessage());
        assertEquals(SessionStatus.STOPPED, engine.index.get(session).status());
        Files.createDirectory(project.path());
        engine.sessions.resume(session, TestEngine.MARA);
        engine.await(session, SessionStatus.IDLE);
    }

    @Test
    void aFolderThatBecameALinkOutOfTheRootsIsRefused() throws Exception {
        start(Settings.USUAL);
        Project project = engine.project("swapped");
        SessionId session = stopped(project);
        Files.delete(project.path());
        Files.createSymbolicLink(project.path(), Files.createDirectory(folder.resolve("outside")));
        long before = engine.journal.lastSeq();

        Problem problem = assertThrows(Problem.class, () -> engine.sessions.resume(session, TestEngine.MARA));

        assertEquals(Problem.Kind.FORBIDDEN, problem.kind());
        assertEquals("path-not-allowed", problem.code());
        assertEquals(before, engine.journal.lastSeq());
        assertEquals(0, engine.sessions.live());
        engine.assertGoesOn();
    }

    // ---- places and races

    @Test
    void theSessionBeyondTheLastPlaceWaitsVisiblyAndStartsWhenOneIsFree() throws Exception {
        start(Settings.USUAL.places(1));
        SessionId first = engine.ready("one");
        SessionId second = engine.create(engine.project("b"), "two");
        SessionId third = engine.create(engine.project("c"), "three");

        assertEquals(SessionStatus.QUEUED, engine.index.get(second).status());
        assertEquals(List.of(new Event.SessionQueued(1)), engine.events(second, Event.SessionQueued.class));
        assertEquals(Optional.of(1), engine.sessions.position(second));
        assertEquals(Optional.of(2), engine.sessions.position(third));
        assertTrue(engine.events(second, Event.SessionStarted.class).isEmpty());
        PromptId prompt = engine.prompt(second, "hello");
        engine.stop(first);

        engine.awaitPrompt(second, prompt, "completed");
        assertEquals(Optional.of(1), engine.sessions.position(third));
        engine.stop(second);
        engine.await(third, SessionStatus.IDLE);
    }

    @Test
    void aFullLineRefusesWithItsLimitsAndLeavesNoTrace() throws Exception {
        start(Settings.USUAL.places(1).queued(1));
        SessionId first = engine.ready("one");
        SessionId waiting = engine.create(engine.project("b"), "two");
        Project project = engine.project("c");
        long before = engine.journal.lastSeq();

        Problem problem = assertThrows(Problem.class, () -> engine.create(project, "three"));

        assertEquals("queue-full", problem.code());
        assertEquals(Problem.Kind.BUSY, problem.kind());
        assertTrue(problem.getMessage().contains("All 1 places"), problem.getMessage());
        assertTrue(problem.getMessage().contains("1 sessions wait"), problem.getMessage());
        assertTrue(problem.retryAfter().isPresent());
        assertEquals(before, engine.journal.lastSeq());
        engine.stop(waiting);
        // Its end is recorded before its place in the line is free; whoever asks in between is told to try again.
        Await.until("nobody waits", () -> engine.sessions.waiting() == 0);
        SessionId next = engine.create(project, "three");
        engine.stop(first);
        engine.await(next, SessionStatus.IDLE);
    }

    @Test
    void aSessionThatWaitsCanBeStoppedAndItsPromptIsOfferedAgain() throws Exception {
        start(Settings.USUAL.places(1));
        engine.ready("one");
        SessionId waiting = engine.create(engine.project("b"), "two");
        PromptId prompt = engine.prompt(waiting, "hello");

        engine.stop(waiting);

        assertEquals("cut", engine.prompts.get(waiting, prompt).state());
        // Its end is recorded before its place in the line is free.
        Await.until(
                "it does not wait any more",
                () -> engine.sessions.position(waiting).isEmpty());
        assertTrue(engine.events(waiting, Event.SessionStarted.class).isEmpty());
    }

    @Test
    void noMoreStartAtOnceThanMay() throws Exception {
        start(Settings.USUAL.starts(1).initializeTimeout(Duration.ofSeconds(2)));
        SessionId hanging = engine.create(engine.project("a"), "fault:silent");

        SessionId next = engine.create(engine.project("b"), "two");

        assertEquals(SessionStatus.QUEUED, engine.index.get(next).status());
        engine.await(hanging, SessionStatus.FAILED);
        engine.await(next, SessionStatus.IDLE);
    }

    // ---- rest

    @Test
    void aSessionThatRestsIsParkedAndItsNextPromptWakesIt() throws Exception {
        start(Settings.USUAL.idleParking(Duration.ofMinutes(10), Duration.ZERO));
        SessionId session = engine.ready("one");
        PromptId first = engine.prompt(session, "hello");
        engine.awaitPrompt(session, first, "completed");
        engine.await(session, SessionStatus.IDLE);
        long pid = pid(session);

        engine.clock.forward(Duration.ofMinutes(11));
        engine.touch(session);
        engine.await(session, SessionStatus.PARKED);
        Await.until("its place is free", () -> engine.sessions.live() == 0);
        assertTrue(ProcessHandle.of(pid).isEmpty());
        PromptId second = engine.prompt(session, "again");

        engine.awaitPrompt(session, second, "completed");
        assertEquals(List.of("You said: hello", "You said: again"), engine.replies(session));
        long before = engine.journal.lastSeq();
        engine.sessions.prompt(session, first, "hello", TestEngine.MARA);
        assertEquals(before, engine.journal.lastSeq(), "a repeated prompt is known and runs nothing");
    }

    @Test
    void ofManyPromptsToAParkedSessionEachRunsOnceInOneLife() throws Exception {
        start(Settings.USUAL.idleParking(Duration.ofMinutes(10), Duration.ZERO));
        SessionId session = engine.ready("one");
        for (int round = 1; round <= PARKINGS; round++) {
            engine.await(session, SessionStatus.IDLE);
            engine.clock.forward(Duration.ofMinutes(11));
            engine.touch(session);
            List<PromptId> prompts = IntStream.range(0, 8)
                    .mapToObj(_ -> new PromptId(UUID.randomUUID()))
                    .toList();

            List<Worker> people = prompts.stream()
                    .map(prompt -> Worker.virtual(
                            "person-" + prompt,
                            () -> engine.sessions.prompt(session, prompt, "text " + prompt, TestEngine.MARA)))
                    .toList();
            for (Worker person : people) {
                assertTrue(person.join(Duration.ofSeconds(30)));
            }

            for (PromptId prompt : prompts) {
                engine.awaitPrompt(session, prompt, "completed");
            }
            assertEquals(
                    round * 8,
                    engine.events(session, Event.PromptSubmitted.class).size());
            assertEquals(
                    round * 8,
                    engine.events(session, Event.PromptFinished.class).size());
            assertEquals(
                    round + 1,
                    engine.events(session, Event.SessionStarted.class).size());
        }
    }

    @Test
    void whoRestsLongestMakesRoomForThoseWhoWait() throws Exception {
        start(Settings.USUAL.places(2).idleParking(Duration.ofHours(1), Duration.ofMinutes(1)));
        SessionId older = resting("older");
        engine.clock.forward(Duration.ofMinutes(2));
        SessionId younger = resting("younger");

        SessionId waiting = engine.create(engine.project("c"), "waiting");

        engine.await(waiting, SessionStatus.IDLE);
        assertEquals(SessionStatus.PARKED, engine.index.get(older).status());
        assertEquals(SessionStatus.IDLE, engine.index.get(younger).status());
    }

    /** The owner answers after it has begun its rest, which is a moment after everybody sees that it is idle. */
    private SessionId resting(String title) throws IOException {
        SessionId session = engine.ready(title);
        assertThrows(Problem.class, () -> engine.sessions.interrupt(session, TestEngine.MARA));
        return session;
    }

    @Test
    void ofManyResumesAtOnceExactlyOneWins() throws Exception {
        start(Settings.USUAL);
        SessionId session = stopped(engine.project("a"));
        Queue<String> outcomes = new ConcurrentLinkedQueue<>();

        List<Worker> people = IntStream.range(0, 8)
                .mapToObj(n -> Worker.virtual("person-" + n, () -> outcomes.add(resume(session))))
                .toList();
        for (Worker person : people) {
            assertTrue(person.join(Duration.ofSeconds(30)));
        }

        assertEquals(1, outcomes.stream().filter("resumed"::equals).count(), outcomes.toString());
        assertEquals(7, outcomes.stream().filter("already-live"::equals).count(), outcomes.toString());
        assertEquals(2, engine.events(session, Event.SessionStarted.class).size());
        engine.await(session, SessionStatus.IDLE);
        PromptId prompt = engine.prompt(session, "hello");
        engine.awaitPrompt(session, prompt, "completed");
    }

    @Test
    void aSessionCanBeResumedAsSoonAsItsEndIsSeen() throws Exception {
        start(Settings.USUAL);
        SessionId session = engine.ready("one");
        for (int i = 0; i < 3; i++) {
            engine.stop(session);
            engine.sessions.resume(session, TestEngine.MARA);
            engine.await(session, SessionStatus.IDLE);
        }
    }

    @Test
    void aPromptToASessionWithoutAProcessIsRefusedWithTheState() throws Exception {
        start(Settings.USUAL);
        SessionId session = stopped(engine.project("a"));

        Problem problem = assertThrows(Problem.class, () -> engine.prompt(session, "hello"));

        assertEquals(Problem.Kind.CONFLICT, problem.kind());
        assertEquals("session-not-live", problem.code());
        assertEquals("stopped", problem.details().getString("state"));
        assertTrue(engine.events(session, Event.PromptSubmitted.class).isEmpty());
    }

    // ---- the journal refuses

    @Test
    void whileTheJournalRefusesNothingIsSentAndWhatTheCliSaidIsRecordedAfterwards() throws Exception {
        start(Settings.USUAL);
        SessionId session = engine.ready("one");
        PromptId streaming = engine.prompt(session, "{\"rate\":30,\"count\":150,\"bytes\":60}");
        Await.until("the stream has begun", () -> engine.replies(session).size() > 3);
        PromptId blocked = new PromptId(UUID.randomUUID());

        try (AutoCloseable _ = engine.lockJournal()) {
            for (int i = 0; i < 2; i++) {
                Problem problem = assertThrows(
                        Problem.class, () -> engine.sessions.prompt(session, blocked, "blocked", TestEngine.MARA));
                assertEquals(Problem.Kind.UNAVAILABLE, problem.kind());
                assertEquals("journal-unavailable", problem.code());
            }
        }

        engine.awaitPrompt(session, streaming, "completed");
        assertEquals(
                IntStream.rangeClosed(1, 150).boxed().toList(),
                engine.replies(session).stream()
                        .map(text -> Integer.valueOf(text.substring(0, text.indexOf(' '))))
                        .toList());
        assertTrue(engine.prompts.find(session, blocked).isEmpty());
        engine.sessions.prompt(session, blocked, "blocked", TestEngine.MARA);
        engine.awaitPrompt(session, blocked, "completed");
        assertEquals("You said: blocked", engine.replies(session).getLast());
        assertEquals(
                1,
                engine.replies(session).stream()
                        .filter(t -> t.contains("blocked"))
                        .count());
    }

    @Test
    void whenTheJournalStaysAwayTheProcessIsEndedAndTheSessionSettledLater() throws Exception {
        start(Settings.USUAL);
        SessionId session = engine.ready("one");
        PromptId streaming = engine.prompt(session, "{\"rate\":20,\"count\":10000,\"bytes\":60}");
        Await.until("the stream has begun", () -> engine.replies(session).size() > 3);
        long pid = pid(session);

        try (AutoCloseable _ = engine.lockJournal()) {
            Problem refused = assertThrows(Problem.class, () -> engine.prompt(session, "blocked"));
            assertEquals("journal-unavailable", refused.code());
            engine.clock.forward(Duration.ofSeconds(11));
            Await.until("the process has ended", () -> ProcessHandle.of(pid).isEmpty());
            // Not recorded yet, so nobody may start another process over it.
            Await.until("it is being settled", () -> resume(session).equals("being-settled"));
            long asked = System.nanoTime();
            Problem gone = assertThrows(Problem.class, () -> engine.prompt(session, "too late"));
            assertEquals("session-not-live", gone.code());
            Duration waited = Duration.ofNanos(System.nanoTime() - asked);
            // It might be a stop, which takes eleven seconds here at most; nobody waits for several.
            assertTrue(waited.compareTo(Duration.ofSeconds(19)) < 0, () -> "the refusal took " + waited);
        }

        engine.await(session, SessionStatus.INTERRUPTED);
        assertEquals(
                "journal-unavailable",
                engine.events(session, Event.SessionInterrupted.class)
                        .getFirst()
                        .cause());
        assertEquals("cut", engine.prompts.get(session, streaming).state());
        Await.until("the place is free", () -> engine.sessions.live() == 0);
        engine.assertGoesOn();
        assertEquals("resumed", resume(session));
        engine.await(session, SessionStatus.IDLE);
    }

    private String resume(SessionId session) {
        try {
            engine.sessions.resume(session, TestEngine.MARA);
            return "resumed";
        } catch (Problem problem) {
            return problem.code();
        }
    }

    private SessionId stopped(Project project) {
        SessionId session = engine.create(project, "one");
        engine.await(session, SessionStatus.IDLE);
        engine.stop(session);
        return session;
    }

    private long pid(SessionId session) {
        return engine.events(session, Event.ProcessStarted.class).getLast().pid();
    }

    private boolean isAlive(SessionId session) {
        return ProcessHandle.of(pid(session)).isPresent();
    }
}
