package dev.dashboard.trace;

import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import java.time.Instant;
import java.util.Optional;

/** The way of one prompt: when it came to where. Of one thread; what was not reached, or not heard, is empty. */
final class Way {
    private final SessionId session;
    private final PromptId prompt;
    private final Optional<Arrivals.Arrival> arrival;
    private final Instant submittedAt;
    private Optional<Instant> processStartedAt = Optional.empty();
    private Optional<Instant> processReadyAt = Optional.empty();
    private Optional<Instant> deliveredAt = Optional.empty();
    private Optional<Instant> heardAt = Optional.empty();
    private Optional<Instant> turnStartedAt = Optional.empty();
    private Optional<Instant> turnEndedAt = Optional.empty();
    private Optional<String> model = Optional.empty();
    private Optional<Event.TurnOutcome> turn = Optional.empty();
    private Instant overAt;
    private String outcome = "";

    /** @param submittedAt when it was recorded */
    Way(SessionId session, PromptId prompt, Optional<Arrivals.Arrival> arrival, Instant submittedAt) {
        this.session = session;
        this.prompt = prompt;
        this.arrival = arrival;
        this.submittedAt = submittedAt;
        this.overAt = submittedAt;
    }

    /** A process is started for the session, while the prompt waits. */
    void processStarted(Instant at) {
        processStartedAt = Optional.of(at);
        processReadyAt = Optional.empty();
    }

    void processReady(Instant at) {
        processReadyAt = Optional.of(at);
    }

    /** A prompt that was cut may be delivered again; the first time counts. */
    void delivered(Instant at) {
        deliveredAt = deliveredAt.or(() -> Optional.of(at));
    }

    void heard(Instant at) {
        heardAt = heardAt.or(() -> Optional.of(at));
    }

    void turnStarted(Instant at, String by) {
        turnStartedAt = turnStartedAt.or(() -> Optional.of(at));
        model = model.or(() -> Optional.of(by));
    }

    void turnEnded(Instant at, Event.TurnOutcome how) {
        turnEndedAt = Optional.of(at);
        turn = Optional.of(how);
    }

    /** @param how {@code completed, failed, cancelled, removed, cut} */
    void over(Instant at, String how) {
        overAt = at;
        outcome = how;
    }

    SessionId session() {
        return session;
    }

    PromptId prompt() {
        return prompt;
    }

    Optional<Arrivals.Arrival> arrival() {
        return arrival;
    }

    /** The arrival of its request; without one, when it was recorded. */
    Instant beganAt() {
        return arrival.map(Arrivals.Arrival::at)
                .filter(at -> at.isBefore(submittedAt))
                .orElse(submittedAt);
    }

    Instant submittedAt() {
        return submittedAt;
    }

    Optional<Instant> processStartedAt() {
        return processStartedAt;
    }

    Optional<Instant> processReadyAt() {
        return processReadyAt;
    }

    Optional<Instant> deliveredAt() {
        return deliveredAt;
    }

    Optional<Instant> heardAt() {
        return heardAt;
    }

    Optional<Instant> turnStartedAt() {
        return turnStartedAt;
    }

    Optional<Instant> turnEndedAt() {
        return turnEndedAt;
    }

    Optional<String> model() {
        return model;
    }

    Optional<Event.TurnOutcome> turn() {
        return turn;
    }

    Instant overAt() {
        return overAt;
    }

    String outcome() {
        return outcome;
    }
}
