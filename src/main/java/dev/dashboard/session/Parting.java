package dev.dashboard.session;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Event;
import dev.dashboard.session.SessionState.Asked;
import dev.dashboard.session.SessionState.Phase;
import dev.dashboard.session.SessionState.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A session whose process must end soon, since whoever has it goes: no turn begins any more, the one that runs may end, and then the
 * process does. Pure.
 *
 * <p>When the server itself goes with its processes, {@link Sessions#close} ends what still works then. When the runner goes, there is an
 * end that the session keeps by itself: a turn that has not ended until then is cut, and one that waits for a person is cut at once, since
 * it might wait for ever. That is recorded as when the runner dies, with its own cause, and the prompt is offered again. Prompts whose turn
 * had not come go on waiting, now for a place with the next runner.
 *
 * @param cause {@link #RUNNER_LEAVING} or {@link #SERVER_STOPPED}
 * @param until the end that the session keeps by itself
 */
record Parting(String cause, Optional<Instant> until) {
    static final String RUNNER_LEAVING = "runner-leaving";
    static final String SERVER_STOPPED = "server-stopped";

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    boolean isRunnerLeaving() {
        return cause.equals(RUNNER_LEAVING);
    }

    static Decision begin(Signal.Part part, Change change) {
        if (change.parting.isEmpty() && hasProcess(change)) {
            change.parting = Optional.of(new Parting(part.cause(), part.until()));
        }
        return change.done();
    }

    private static boolean hasProcess(Change change) {
        return change.phase == Phase.LAUNCHING || change.phase == Phase.INITIALIZING || change.phase == Phase.READY;
    }

    // ---- time

    /** After each decision. */
    static void keepTime(Change change) {
        if (change.parting.isEmpty() || !hasProcess(change)) {
            change.timers.remove(Timer.PART);
            change.timers.remove(Timer.QUIET);
            return;
        }
        Parting parting = change.parting.get();
        if (parting.isRunnerLeaving() && waitsForPerson(change)) {
            end(change);
            return;
        }
        parting.until().ifPresent(until -> change.timers.put(Timer.PART, until));
        if (isQuiet(change)) {
            change.timers.putIfAbsent(Timer.QUIET, change.facts().now());
        } else {
            change.timers.remove(Timer.QUIET);
        }
    }

    /** Nothing runs; prompts may wait. */
    private static boolean isQuiet(Change change) {
        return change.phase == Phase.READY
                && change.activity.equals("idle")
                && !change.isTurnOpen()
                && change.asked.isEmpty()
                && change.turn.backgroundTasks() == 0;
    }

    private static boolean waitsForPerson(Change change) {
        return change.phase == Phase.READY && change.asked.values().stream().anyMatch(request -> !request.answered());
    }

    /** Whether a turn runs that may come to its end by itself. */
    static boolean isWorking(SessionState state) {
        return SessionState.isTurnOpen(state.turn(), state.prompts())
                && state.asked().values().stream().allMatch(Asked::answered);
    }

    /** It is quiet: its process ends, unless a command that outlived its turn still runs. */
    static void quiet(Change change) {
        if (change.facts().alone()) {
            end(change);
        } else {
            change.timers.put(Timer.QUIET, change.facts().now().plus(LOOK_AGAIN));
        }
    }

    /** A turn is cut as by a crash, so that it is not taken for one that a person has interrupted; else the process ends politely. */
    static void end(Change change) {
        String cause = change.parting.orElseThrow().cause();
        change.record(Actor.SERVER, new Event.StopRequested(cause));
        change.stopping = Optional.of(cause);
        change.effect(new Decision.Effect.StopProcess(change.phase != Phase.READY || isCut(change)));
        change.phase = Phase.STOPPING;
        change.timers.clear();
    }

    static boolean isCut(Change change) {
        return change.isTurnOpen() || !change.asked.isEmpty();
    }

    // ---- the end of the process

    /**
     * Whether the process ended because the runner leaves. It may also have ended it by itself, when the server was late; a failure is none
     * of that.
     */
    static boolean isExpected(Optional<Integer> code, Change change) {
        return change.stopping.equals(Optional.of(RUNNER_LEAVING))
                || change.stopping.isEmpty()
                        && change.fault.isEmpty()
                        && change.parting.filter(Parting::isRunnerLeaving).isPresent()
                        && code.filter(how -> how == 0 || how >= 128).isPresent();
    }

    /** Whether the process ends over nothing, so that the session goes on as soon as there is another runner; prompts may join. */
    static boolean isComingBack(Change change) {
        return change.phase == Phase.STOPPING && change.stopping.equals(Optional.of(RUNNER_LEAVING)) && !isCut(change);
    }
}
