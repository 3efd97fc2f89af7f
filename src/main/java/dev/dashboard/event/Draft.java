package dev.dashboard.event;

import java.util.Optional;

/** An event that is to be recorded; the journal gives it its number and its time. */
public record Draft(Optional<SessionId> session, Actor actor, Event event) {}
