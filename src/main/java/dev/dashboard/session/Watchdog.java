package dev.dashboard.session;

import dev.dashboard.cli.CliInput;
import dev.dashboard.cli.CliOutput;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Event;
import dev.dashboard.session.SessionState.Asked;
import dev.dashboard.session.SessionState.Phase;
import dev.dashboard.session.SessionState.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Says when a turn is silent for too long, and what it seems to wait for. A turn that waits for a person is not silent. Pure.
 *
 * <p>The CLI itself does not give up a model that says nothing (claude-cli note, section 8).
 */
final class Watchdog {
    static final String MODEL_SILENT = "model-silent";
    static final String TOOL_RUNNING = "tool-running";
    static final String RETRYING = "retrying";
    static final String RATE_LIMITED = "rate-limited";

    private Watchdog() {}

    /** Every line counts, also one that is not recorded. */
    static void heard(CliOutput output, Change change) {
        Instant now = change.facts().now();
        Watch watch = change.watch.at(now);
        if (watch.stalled()) {
            watch = watch.stalled(false);
            change.record(Actor.SERVER, new Event.TurnRevived());
        }
        change.watch = switch (output) {
            case CliOutput.ApiRetry _ -> watch.waitsFor(Optional.of(RETRYING));
            case CliOutput.RateLimit limit
            when limit.status().equals("rejected") -> watch.waitsFor(Optional.of(RATE_LIMITED));
            case CliOutput.KeepAlive _ -> watch;
            case CliOutput.Result _ -> watch.turnOver();
            default -> watch.waitsFor().isEmpty() ? watch : watch.waitsFor(Optional.empty());
        };
    }

    /** After each decision: the timer runs exactly while a silence would count. */
    static void keepTime(Change change) {
        if (!isWatched(change)) {
            change.timers.remove(Timer.STALL);
        } else if (!change.timers.containsKey(Timer.STALL) && !change.watch.stalled()) {
            // What came before, the silence of a rest or of a person, is none of the turn's.
            change.watch = change.watch.at(change.facts().now());
            change.timers.put(
                    Timer.STALL,
                    change.facts().now().plus(change.facts().rules().stallAfter()));
        }
    }

    private static boolean isWatched(Change change) {
        return change.phase == Phase.READY
                && change.isTurnOpen()
                && change.asked.values().stream().allMatch(Asked::answered);
    }

    static void due(Change change) {
        Instant now = change.facts().now();
        Duration silent = Duration.between(change.watch.heardAt(), now);
        Duration limit = change.facts().rules().stallAfter();
        if (silent.compareTo(limit) < 0) {
            change.timers.put(Timer.STALL, change.watch.heardAt().plus(limit));
            return;
        }
        Optional<String> tool = change.watch.tools().values().stream().findFirst();
        String cause = change.watch.waitsFor().orElse(tool.isPresent() ? TOOL_RUNNING : MODEL_SILENT);
        boolean interrupts = change.facts().rules().stallInterrupts() && cause.equals(MODEL_SILENT) && change.hasRoom();
        change.watch = change.watch.stalled(true);
        change.record(
                Actor.SERVER,
                new Event.TurnStalled(cause, tool.filter(_ -> cause.equals(TOOL_RUNNING)), silent, interrupts));
        if (interrupts) {
            change.send(new CliInput.Interrupt(change.nextRequestId()));
            change.turn = change.turn.withInterrupt();
            Line.hold("interrupted", change);
        }
    }
}
