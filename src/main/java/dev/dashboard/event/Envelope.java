package dev.dashboard.event;

import java.time.Instant;
import java.util.Optional;

/**
 * An event with its place in the one order of all events.
 *
 * @param seq 1, 2, 3 … without gaps over the whole journal
 * @param time when it was recorded, in milliseconds
 * @param session the session it belongs to, if any
 */
public record Envelope(long seq, Instant time, Optional<SessionId> session, Actor actor, Event event) {}
