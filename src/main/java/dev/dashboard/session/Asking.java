package dev.dashboard.session;

import dev.dashboard.cli.CliInput;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Event;
import dev.dashboard.problem.Problem;
import dev.dashboard.session.SessionState.Asked;
import dev.dashboard.session.SessionState.Phase;
import dev.dashboard.session.SessionState.Timer;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the CLI asks people, and their answers: the first that is recorded counts. Pure. */
final class Asking {
    /** The reason of a refusal that nobody gave. */
    static final String EXPIRED = "expired";

    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private Asking() {}

    static Decision answer(Signal.Decide decide, Change change) {
        Optional<Map.Entry<String, Asked>> entry = change.asked.entrySet().stream()
                .filter(e -> e.getValue().approval().equals(decide.approval())
                        && !e.getValue().answered())
                .findFirst();
        if (entry.isEmpty()) {
            return change.refused(
                    Problem.conflict("approval-not-pending", "This request no longer waits for an answer."));
        }
        if (change.phase != Phase.READY) {
            return change.refused(SessionState.notLive());
        }
        if (!change.hasRoom()) {
            return change.refused(SessionState.stdinFull());
        }
        Asked request = entry.get().getValue();
        change.record(
                decide.actor(),
                new Event.ApprovalResolved(
                        decide.approval(),
                        decide.allow() ? "allow" : "deny",
                        decide.input(),
                        decide.reason(),
                        decide.remembered()));
        give(
                entry.get().getKey(),
                request,
                decide.allow()
                        ? new CliInput.Allow(decide.input().orElse(request.input()), decide.remembered())
                        : new CliInput.Deny(reasonForModel(decide.reason()), false),
                change);
        return change.done();
    }

    private static void give(String requestId, Asked request, CliInput.Decision decision, Change change) {
        change.asked.put(requestId, request.withAnswer());
        // The silence while the person thought is none of the turn's.
        change.watch = change.watch.at(change.facts().now());
        change.send(new CliInput.Permission(requestId, decision));
    }

    /** What the model reads when a person denies. */
    static String reasonForModel(Optional<String> reason) {
        return reason.orElse("The person declined this.");
    }

    // ---- time

    /** After each decision: the soonest end of a request's time. */
    static void keepTime(Change change) {
        if (change.asked.isEmpty() && !change.timers.containsKey(Timer.EXPIRE)) {
            return;
        }
        Optional<Instant> soonest = change.asked.values().stream()
                .filter(request -> !request.answered())
                .flatMap(request -> request.expiresAt().stream())
                .min(Instant::compareTo);
        if (soonest.isEmpty() || change.phase != Phase.READY) {
            change.timers.remove(Timer.EXPIRE);
        } else {
            change.timers.putIfAbsent(Timer.EXPIRE, soonest.get());
        }
    }

    static void due(Change change) {
        Instant now = change.facts().now();
        List<Map.Entry<String, Asked>> over = change.asked.entrySet().stream()
                .filter(entry -> !entry.getValue().answered())
                .filter(entry -> entry.getValue()
                        .expiresAt()
                        .filter(end -> !end.isAfter(now))
                        .isPresent())
                .toList();
        for (Map.Entry<String, Asked> entry : over) {
            if (!change.hasRoom()) {
                change.timers.put(Timer.EXPIRE, now.plus(TRY_AGAIN));
                return;
            }
            change.record(
                    Actor.SERVER,
                    new Event.ApprovalResolved(
                            entry.getValue().approval(),
                            "deny",
                            Optional.empty(),
                            Optional.of(EXPIRED),
                            JsonValue.EMPTY_JSON_ARRAY));
            give(entry.getKey(), entry.getValue(), new CliInput.Deny(EXPIRED, false), change);
        }
    }
}
