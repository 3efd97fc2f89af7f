package dev.dashboard.auth;

import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Records that somebody signed in asked for what they may not. At most {@value #MOST_PER_MINUTE} a minute of one person and one
 * reason: nobody can fill the journal by being refused, and a page of somebody else's that sends what is refused as foreign hides
 * nothing that the person does. Any thread.
 */
public final class Refusals {
    static final int MOST_PER_MINUTE = 10;

    private static final Logger LOG = System.getLogger(Refusals.class.getName());
    private static final int MOST_COUNTED = 10_000;

    private record Counted(UserId person, String code) {}

    private record Count(long minute, int refusals) {}

    private final Journal journal;
    private final Clock clock;
    /** Of the present minute; its lock is itself. */
    private final Map<Counted, Count> counts = new LinkedHashMap<>();

    public Refusals(Journal journal, Clock clock) {
        this.journal = journal;
        this.clock = clock;
    }

    /** @param route its method and pattern */
    public void record(Viewer viewer, String route, String code, String address) {
        if (!counts(new Counted(viewer.user().id(), code))) {
            return;
        }
        try {
            journal.append(List.of(
                    new Draft(Optional.empty(), viewer.actor(), new Event.AccessRefused(route, code, address))));
        } catch (Problem e) {
            // Who is refused stays refused, whether or not it can be written down.
            LOG.log(Level.WARNING, "refusal not recorded route={0} code={1} cause={2}", route, code, e.code());
        }
    }

    private boolean counts(Counted refusal) {
        long minute = clock.millis() / Duration.ofMinutes(1).toMillis();
        synchronized (counts) {
            Count count = counts.getOrDefault(refusal, new Count(minute, 0));
            int refusals = count.minute() == minute ? count.refusals() : 0;
            if (counts.size() >= MOST_COUNTED) {
                counts.values().removeIf(old -> old.minute() != minute);
            }
            counts.put(refusal, new Count(minute, refusals + 1));
            return refusals < MOST_PER_MINUTE;
        }
    }
}
