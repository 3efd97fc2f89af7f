package dev.dashboard.session;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Event;
import dev.dashboard.session.SessionState.Phase;
import dev.dashboard.session.SessionState.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * When a session rests, and what follows from it: its process ends, the session stays open and comes back with the next prompt. Never
 * one that works, asks, or has something running behind it. Pure.
 */
final class Rest {
    static final String PARKED = "parked";

    /** How long to wait until the next look, while a command that outlived its turn still runs. */
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

    private Rest() {}

    static boolean isResting(SessionState state) {
        return isResting(state.phase(), state.activity(), state.asked(), state.turn(), state.prompts());
    }

    private static boolean isResting(
            Phase phase, String activity, Map<?, ?> asked, Turn turn, Map<?, SessionState.Prompt> prompts) {
        return phase == Phase.READY
                && activity.equals("idle")
                && !turn.running()
                && asked.isEmpty()
                && turn.backgroundTasks() == 0
                && prompts.values().stream().noneMatch(prompt -> prompt.stage().isOpen());
    }

    /** After each decision: the time of rest begins, or is over. */
    static void keepTime(Change change) {
        Optional<Duration> limit = change.facts().rules().idleParking();
        if (limit.isEmpty()) {
            return;
        }
        boolean resting = isResting(change.phase, change.activity, change.asked, change.turn, change.prompts());
        if (!resting) {
            change.timers.remove(Timer.PARK);
        } else if (!change.timers.containsKey(Timer.PARK)) {
            change.timers.put(Timer.PARK, change.facts().now().plus(limit.get()));
        }
    }

    /** The rest was long enough, or others need the place. */
    static void over(Change change) {
        if (!isResting(change.before())) {
            return;
        }
        if (!change.facts().alone()) {
            Instant later = change.facts().now().plus(LOOK_AGAIN);
            change.timers.put(Timer.PARK, later);
            return;
        }
        change.record(Actor.SERVER, new Event.StopRequested(PARKED));
        change.stopping = Optional.of(PARKED);
        change.phase = Phase.STOPPING;
        change.timers.clear();
        change.effect(new Decision.Effect.StopProcess(false));
    }
}
