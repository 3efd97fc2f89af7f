package dev.dashboard.session;

import dev.dashboard.cli.BlockIndexes;
import dev.dashboard.cli.CliInput;
import dev.dashboard.custody.Exit;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.mask.Masking;
import dev.dashboard.problem.Problem;
import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What one life of a session (one CLI process) knows, and the rules by which it decides. Immutable; {@link #decide} is pure: no
 * clock, no I/O, no randomness. What the CLI says is translated by {@link Hearing}; nothing else translates.
 *
 * @param launch marks the process of this life; empty until it has a place
 * @param timers what is waited for, and until when
 * @param activity as last recorded: {@code running, requires_action, idle}
 * @param saysActivity whether the CLI tells its activity by itself; else it is worked out from prompts and results
 * @param prompts all prompts of the session, of earlier lives too, so that a repeated id is always known
 * @param asked requests of the CLI that are open, or answered and not yet seen to be acted on, by the CLI's request id
 * @param stopping why the process is being stopped, once it is
 * @param fault why it is being ended although nobody asked
 * @param requests how many requests of ours were sent; numbers them
 * @param held why the waiting prompts do not go on by themselves; empty when they do
 * @param titled whether the session has a title; its first prompt gives it one otherwise
 * @param parting why the process must end soon, once it must
 * @param watch for the stall watchdog
 * @param blocks which block of its message the next assistant line is
 */
record SessionState(
        SessionId session,
        String launch,
        Phase phase,
        Map<Timer, Instant> timers,
        String activity,
        boolean saysActivity,
        String cliSessionId,
        String permissionMode,
        Map<PromptId, Prompt> prompts,
        Map<String, Asked> asked,
        Optional<String> stopping,
        Optional<FailureWords.Words> fault,
        long requests,
        BlockIndexes blocks,
        boolean titled,
        Optional<String> held,
        Optional<Parting> parting,
        Turn turn,
        Watch watch) {

    /** Most prompts that one session has waiting or running; fewer than the inputs that the process's line takes. */
    static final int MAX_OPEN_PROMPTS = 50;

    /** The code of the refusal that goes away by itself: the session is woken again as soon as it is parked. */
    static final String PARKING = "session-parking";

    private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

    enum Phase {
        /** It waits for a place; there is no process yet. */
        QUEUED,
        /** The process is being started. */
        LAUNCHING,
        /** It exists, and has not yet answered. */
        INITIALIZING,
        READY,
        STOPPING,
        OVER
    }

    /** What may come due; of each kind at most one runs. */
    enum Timer {
        /** While it waits in the line: see whether somebody rests. */
        ROOM,
        /** The new process must have answered. */
        INITIALIZE,
        /** It has rested long enough. */
        PARK,
        /** The turn is silent for too long. */
        STALL,
        /** A request has waited for a person for too long. */
        EXPIRE,
        /** The process must end soon, and nothing runs: see whether it may at once. */
        QUIET,
        /** The process must end now. */
        PART
    }

    /** When {@link Signal.Elapsed} is wanted next. */
    Optional<Instant> deadline() {
        return timers.values().stream().min(Instant::compareTo);
    }

    /**
     * @param again it was cut in an earlier life, and a person asked for it to run again in this one
     * @param interrupted it was interrupted before the CLI had taken it up
     */
    record Prompt(Stage stage, String text, boolean again, boolean interrupted) {
        Prompt(Stage stage, String text) {
            this(stage, text, false, false);
        }

        Prompt at(Stage next) {
            return new Prompt(next, text, again, interrupted);
        }

        Prompt withInterrupt() {
            return new Prompt(stage, text, again, true);
        }

        Prompt withText(String other) {
            return new Prompt(stage, other, again, interrupted);
        }

        /** The prompt in the CLI's words; {@code now} cuts the running turn. */
        CliInput.UserTurn turn(PromptId id, String launch, boolean now) {
            return new CliInput.UserTurn(again ? againUuid(id, launch) : id.toString(), text, now);
        }
    }

    enum Stage {
        /** Recorded; its turn has not come. */
        WAITING,
        /** Given to the CLI. */
        SENT,
        /** The CLI said that it has it. */
        TAKEN,
        FINISHED,
        /** Taken back while it waited. */
        REMOVED,
        /** An earlier process ended over it, or never got it. */
        CUT;

        boolean isOpen() {
            return this == WAITING || this == SENT || this == TAKEN;
        }
    }

    /** A request of the CLI, and whether a person has answered it. */
    record Asked(
            ApprovalId approval, String toolUseId, JsonObject input, boolean answered, Optional<Instant> expiresAt) {
        Asked withAnswer() {
            return new Asked(approval, toolUseId, input, true, expiresAt);
        }
    }

    /**
     * What decides besides the state.
     *
     * @param now by a steady clock
     * @param room how many more inputs fit into the process's line
     * @param alone whether nothing but the CLI itself is left of the process tree
     * @param lineEnd the place in the line of whoever would join it now
     */
    record Facts(Instant now, int room, boolean alone, int lineEnd, Rules rules) {}

    /**
     * @param idleParking empty for never
     * @param stallAfter how long a turn may be silent
     * @param stallInterrupts whether a turn in which the model is silent is cut
     * @param approvalsExpireAfter how long a request waits for a person; empty for ever
     */
    record Rules(
            Duration initializeTimeout,
            Optional<Duration> idleParking,
            Duration stallAfter,
            boolean stallInterrupts,
            Optional<Duration> approvalsExpireAfter,
            Masking masking) {}

    /** A session that wants a process. */
    static SessionState opening(
            SessionId session,
            String cliSessionId,
            String permissionMode,
            boolean titled,
            Map<PromptId, Prompt> prompts) {
        return new SessionState(
                session,
                "",
                Phase.QUEUED,
                Map.of(),
                "idle",
                false,
                cliSessionId,
                permissionMode,
                Map.copyOf(prompts),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                0,
                BlockIndexes.NONE,
                titled,
                Optional.empty(),
                Optional.empty(),
                Turn.NONE,
                Watch.NONE);
    }

    /**
     * Whether the CLI is at a turn, or has a prompt that will be one. What it says of its activity does not count: it may be busy with
     * something in the background, and takes prompts.
     */
    static boolean isTurnOpen(Turn turn, Map<PromptId, Prompt> prompts) {
        return turn.running()
                || prompts.values().stream().anyMatch(p -> p.stage() == Stage.SENT || p.stage() == Stage.TAKEN);
    }

    Decision decide(Signal signal, Facts facts) {
        Change change = new Change(this, facts);
        return switch (signal) {
            case Signal.Submit submit -> submit(submit, change);
            case Signal.Deliver deliver -> deliver(deliver, change);
            case Signal.Edit edit -> Line.edit(edit, change);
            case Signal.Move move -> Line.move(move, change);
            case Signal.Remove remove -> Line.remove(remove, change);
            case Signal.Hasten hasten -> Line.hasten(hasten, change);
            case Signal.Interrupt interrupt -> interrupt(interrupt, change);
            case Signal.Stop stop -> stop(stop, change);
            case Signal.Decide decide -> Asking.answer(decide, change);
            case Signal.Queued queued -> queued(queued, change);
            case Signal.Placed(var actor, var mark, var resumed) -> placed(actor, mark, resumed, change);
            case Signal.Admitted(var actor, var mark, var resumed) -> placed(actor, mark, resumed, change);
            case Signal.Withdrawn _ -> withdrawn(change);
            case Signal.MakeRoom _ -> {
                Rest.over(change);
                yield change.done();
            }
            case Signal.Launched launched -> launched(launched, change);
            case Signal.TakenUp takenUp -> takenUp(takenUp, change);
            case Signal.Left _ -> left(change);
            case Signal.Part part -> Parting.begin(part, change);
            case Signal.LaunchPostponed _ -> postponed(change);
            case Signal.LaunchFailed failed -> launchFailed(failed, change);
            case Signal.Heard heard -> {
                Watchdog.heard(heard.output(), change);
                yield Hearing.of(heard.output(), change).done();
            }
            case Signal.Exited exited -> exited(exited.exit(), change);
            case Signal.Elapsed _ -> elapsed(change);
        };
    }

    // ---- commands

    private Decision submit(Signal.Submit submit, Change change) {
        Prompt known = prompts.get(submit.prompt());
        if (known != null) {
            return known.text().equals(submit.text())
                    ? change.alreadyDone()
                    : change.refused(promptIdReused(submit.prompt()));
        }
        Optional<Problem> obstacle = obstacleForPrompt(change);
        if (obstacle.isPresent()) {
            return change.refused(obstacle.get());
        }
        change.record(submit.actor(), new Event.PromptSubmitted(submit.prompt(), submit.text()));
        if (!titled) {
            change.titled = true;
            change.record(Actor.SERVER, new Event.SessionTitled(SessionOptions.titleFrom(submit.text())));
        }
        Line.join(submit.actor(), submit.prompt(), new Prompt(Stage.WAITING, submit.text()), submit.now(), change);
        return change.done();
    }

    static Problem promptIdReused(PromptId prompt) {
        return Problem.conflict(
                "prompt-id-reused",
                "promptId: " + prompt + " was used in this session for another text. Make a new id.");
    }

    private Decision deliver(Signal.Deliver deliver, Change change) {
        Prompt known = prompts.get(deliver.prompt());
        if (known == null) {
            return change.refused(promptUnknown(deliver.prompt()));
        }
        if (known.stage() == Stage.FINISHED) {
            return change.refused(Problem.conflict(
                    "prompt-already-ran", "This prompt ran to its end. Send it as a new prompt to run it again."));
        }
        if (known.stage() == Stage.REMOVED) {
            return change.refused(Problem.conflict(
                    "prompt-removed", "This prompt was taken back. Send it as a new prompt to run it."));
        }
        if (known.stage() != Stage.CUT) {
            return change.refused(Problem.conflict("prompt-in-flight", "This prompt is with the CLI already."));
        }
        Optional<Problem> obstacle = obstacleForPrompt(change);
        if (obstacle.isPresent()) {
            return change.refused(obstacle.get());
        }
        change.record(deliver.actor(), new Event.DeliveryRequested(deliver.prompt()));
        Line.join(
                deliver.actor(), deliver.prompt(), new Prompt(Stage.WAITING, known.text(), true, false), false, change);
        return change.done();
    }

    private Optional<Problem> obstacleForPrompt(Change change) {
        if (phase == Phase.STOPPING && stopping.equals(Optional.of(Rest.PARKED))) {
            return Optional.of(Problem.conflict(PARKING, "This session is just being parked. Send the prompt again."));
        }
        if (phase == Phase.STOPPING && !Parting.isComingBack(change) || phase == Phase.OVER) {
            return Optional.of(notLive());
        }
        if (prompts.values().stream().filter(p -> p.stage().isOpen()).count() >= MAX_OPEN_PROMPTS) {
            return Optional.of(new Problem(
                            Problem.Kind.BUSY,
                            "prompts-waiting",
                            MAX_OPEN_PROMPTS
                                    + " prompts wait in this session already. Nothing was recorded; send it again later.")
                    .retryAfter(Duration.ofSeconds(10)));
        }
        return Optional.empty();
    }

    /**
     * The uuid under which a cut prompt runs again. It cannot be its own: the CLI takes a uuid as done for ever once a tool has returned in
     * its turn, also when the turn was cut after that, and says "completed" without running anything (seen with 2.1.330). That a prompt
     * is cut, and was not finished behind our back, is settled before, from the transcript. One life delivers a cut prompt once at most, so
     * that launch and prompt make it unique.
     */
    static String againUuid(PromptId id, String launch) {
        return UUID.nameUUIDFromBytes((launch + '/' + id).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private Decision interrupt(Signal.Interrupt interrupt, Change change) {
        if (phase != Phase.READY || !change.isTurnOpen() && activity.equals("idle")) {
            return change.refused(
                    Problem.conflict("not-working", "Nothing runs in this session that could be interrupted."));
        }
        if (!change.hasRoom()) {
            return change.refused(stdinFull());
        }
        change.record(interrupt.actor(), new Event.InterruptionRequested());
        change.send(new CliInput.Interrupt(change.nextRequestId()));
        change.turn = turn.withInterrupt();
        // An interrupt that overtakes the start of a prompt would find nothing to cut; it is repeated when the prompt
        // starts.
        prompts.forEach((id, prompt) -> {
            if (prompt.stage() == Stage.SENT) {
                change.prompt(id, prompt.withInterrupt());
            }
        });
        Line.hold("interrupted", change);
        return change.done();
    }

    private Decision stop(Signal.Stop stop, Change change) {
        if (phase == Phase.STOPPING || phase == Phase.OVER) {
            return change.refused(Problem.conflict("already-stopping", "This session is being stopped already."));
        }
        change.record(stop.actor(), new Event.StopRequested(stop.reason()));
        change.stopping = Optional.of(stop.reason());
        change.phase = Phase.STOPPING;
        change.timers.clear();
        if (phase == Phase.QUEUED) {
            return ended(Optional.empty(), Event.Leftover.NONE, change);
        }
        change.effect(new Decision.Effect.StopProcess(phase != Phase.READY));
        return change.done();
    }

    static Problem notLive() {
        return Problem.conflict("session-not-live", "This session's process is ending. Resume it, then try again.");
    }

    static Problem promptUnknown(PromptId prompt) {
        return Problem.notFound("prompt-unknown", "There is no prompt " + prompt + " in this session.");
    }

    static Problem stdinFull() {
        return new Problem(
                        Problem.Kind.BUSY,
                        "cli-busy",
                        "The CLI does not read its input at the moment. Nothing was recorded; send it again.")
                .retryAfter(Duration.ofSeconds(2));
    }

    // ---- life of the process

    private Decision queued(Signal.Queued queued, Change change) {
        if (phase != Phase.QUEUED) {
            return change.alreadyDone();
        }
        change.record(queued.actor(), new Event.SessionQueued(queued.position()));
        change.timers.put(Timer.ROOM, change.facts().now());
        return change.done();
    }

    private Decision placed(Actor actor, String mark, boolean resumed, Change change) {
        if (phase != Phase.QUEUED) {
            return change.alreadyDone();
        }
        change.launch = mark;
        change.phase = Phase.LAUNCHING;
        change.timers.clear();
        change.record(actor, new Event.SessionStarted(mark, cliSessionId, resumed));
        change.effect(new Decision.Effect.Launch(mark));
        return change.done();
    }

    private Decision withdrawn(Change change) {
        return phase == Phase.QUEUED ? finish(change) : change.done();
    }

    private Decision launched(Signal.Launched launched, Change change) {
        change.record(
                Actor.SERVER,
                new Event.ProcessStarted(launch, launched.pid(), launched.startTicks(), launched.startedAt()));
        if (phase == Phase.STOPPING) {
            change.effect(new Decision.Effect.StopProcess(true));
            return change.done();
        }
        change.phase = Phase.INITIALIZING;
        change.timers.put(
                Timer.INITIALIZE,
                change.facts().now().plus(change.facts().rules().initializeTimeout()));
        change.send(new CliInput.Initialize(change.nextRequestId()));
        return change.done();
    }

    /** The server may have died between any two steps of a start or a stop; the next one is taken. */
    private Decision takenUp(Signal.TakenUp process, Change change) {
        if (phase == Phase.LAUNCHING) {
            return launched(new Signal.Launched(process.pid(), process.startTicks(), process.startedAt()), change);
        }
        if (phase == Phase.STOPPING) {
            boolean cuts = stopping.equals(Optional.of(Parting.RUNNER_LEAVING)) && Parting.isCut(change);
            change.effect(new Decision.Effect.StopProcess(cuts));
        }
        return change.done();
    }

    private Decision left(Change change) {
        if (phase != Phase.OVER) {
            change.effect(new Decision.Effect.LetGo());
            change.phase = Phase.OVER;
            change.timers.clear();
        }
        return change.done();
    }

    private Decision launchFailed(Signal.LaunchFailed failed, Change change) {
        if (stopping.isPresent()) {
            return ended(Optional.empty(), Event.Leftover.NONE, change);
        }
        FailureWords.Words words = FailureWords.launch(failed.problem());
        return over(words, Optional.empty(), "", Event.Leftover.NONE, change);
    }

    private Decision elapsed(Change change) {
        timers.forEach((timer, due) -> {
            // What came due first may have ended the process, and with it the other waits.
            if (change.timers.containsKey(timer) && !due.isAfter(change.facts().now())) {
                change.timers.remove(timer);
                due(timer, change);
            }
        });
        return change.done();
    }

    private void due(Timer timer, Change change) {
        switch (timer) {
            case ROOM -> {
                change.effect(new Decision.Effect.AskForRoom());
                change.timers.put(Timer.ROOM, change.facts().now().plus(ASK_AGAIN));
            }
            case PARK -> Rest.over(change);
            case STALL -> Watchdog.due(change);
            case EXPIRE -> Asking.due(change);
            case QUIET -> Parting.quiet(change);
            case PART -> Parting.end(change);
            case INITIALIZE -> {
                change.fault = Optional.of(FailureWords.initializeTimeout(
                        change.facts().rules().initializeTimeout().toSeconds()));
                change.effect(new Decision.Effect.StopProcess(true));
            }
        }
    }

    private Decision exited(Exit exit, Change change) {
        if (exit.lost()) {
            change.effect(new Decision.Effect.Lost());
            return finish(change);
        }
        Event.Leftover leftover = new Event.Leftover(
                exit.leftover().found(),
                exit.leftover().killed(),
                exit.leftover().remaining());
        Optional<Integer> code =
                exit.code().isPresent() ? Optional.of(exit.code().getAsInt()) : Optional.empty();
        if (Parting.isExpected(code, change)) {
            return parted(code, leftover, change);
        }
        if (stopping.isPresent()) {
            return ended(code, leftover, change);
        }
        FailureWords.Words words =
                fault.orElseGet(() -> FailureWords.exit(phase == Phase.READY, code, exit.stderrTail()));
        return over(words, code, exit.stderrTail(), leftover, change);
    }

    /** The runner goes. What was cut is offered again; what waits goes on waiting, for a place with the next runner. */
    private Decision parted(Optional<Integer> code, Event.Leftover leftover, Change change) {
        boolean cut = Parting.isCut(change);
        settle(change);
        if (cut) {
            change.record(Actor.SERVER, new Event.SessionInterrupted(Parting.RUNNER_LEAVING, leftover));
            return finish(change);
        }
        change.record(Actor.SERVER, new Event.SessionEnded(Parting.RUNNER_LEAVING, code, leftover));
        return Line.waiting(prompts).isEmpty() ? finish(change) : waitAgain(change);
    }

    private Decision postponed(Change change) {
        return stopping.isPresent() ? ended(Optional.empty(), Event.Leftover.NONE, change) : waitAgain(change);
    }

    /** The same life, before its next process. */
    private Decision waitAgain(Change change) {
        change.beginAgain();
        change.record(Actor.SERVER, new Event.SessionQueued(change.facts().lineEnd()));
        held.ifPresent(cause -> change.record(Actor.SERVER, new Event.QueueHeld(cause)));
        change.effect(new Decision.Effect.ClearDrafts());
        change.effect(new Decision.Effect.WaitAgain());
        return change.done();
    }

    /** As it was asked for. */
    private Decision ended(Optional<Integer> code, Event.Leftover leftover, Change change) {
        settle(change);
        change.record(Actor.SERVER, new Event.SessionEnded(change.stopping.orElseThrow(), code, leftover));
        return finish(change);
    }

    private Decision over(
            FailureWords.Words words, Optional<Integer> code, String stderr, Event.Leftover leftover, Change change) {
        settle(change);
        change.record(
                Actor.SERVER,
                new Event.SessionFailed(
                        words.code(),
                        words.message(),
                        words.remedy(),
                        code,
                        // Commands print what they were given, keys too; what is recorded is for ever.
                        change.facts().rules().masking().mask(stderr),
                        leftover));
        return finish(change);
    }

    private Decision finish(Change change) {
        change.phase = Phase.OVER;
        change.timers.clear();
        change.effect(new Decision.Effect.ClearDrafts());
        change.effect(new Decision.Effect.Finish());
        return change.done();
    }

    /** Nobody is asked any more; and what was answered but not seen to be acted on is not known. */
    private void settle(Change change) {
        asked.forEach((_, request) -> change.record(
                Actor.SERVER,
                request.answered()
                        ? new Event.ApprovalUnsettled(request.approval())
                        : new Event.ApprovalWithdrawn(request.approval(), "process-ended")));
        change.asked.clear();
    }

    /** The same request of the CLI always has the same id with us, also when its output is read twice. */
    static ApprovalId approvalId(String launch, String requestId) {
        return new ApprovalId(UUID.nameUUIDFromBytes((launch + '/' + requestId).getBytes(StandardCharsets.UTF_8)));
    }

    /** Used by {@link Hearing}: whose turn the CLI means by a uuid. */
    Optional<PromptId> knownPrompt(String uuid) {
        return prompts.entrySet().stream()
                .filter(entry -> entry.getKey().toString().equalsIgnoreCase(uuid)
                        || entry.getValue().again()
                                && againUuid(entry.getKey(), launch).equalsIgnoreCase(uuid))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    static String requestId(String launch, long n) {
        return launch + "-" + n;
    }
}
