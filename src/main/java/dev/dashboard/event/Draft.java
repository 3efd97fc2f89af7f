package dev.dashboard.event;

import java.util.Optional;

/**
 * An event that is to be recorded; the journal gives it its number and its time.
 *
 * @param readNanos when the CLI's line was read that it follows from, by {@link System#nanoTime}; {@link #NOT_READ} for what follows from
 *     none. It is not stored: with it, and no longer than the event is fresh, is measured how long the event was on its way
 */
public record Draft(Optional<SessionId> session, Actor actor, Event event, long readNanos) {
    public static final long NOT_READ = 0;

    public Draft(Optional<SessionId> session, Actor actor, Event event) {
        this(session, actor, event, NOT_READ);
    }
}
