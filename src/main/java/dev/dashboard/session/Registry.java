package dev.dashboard.session;

import dev.dashboard.event.SessionId;
import dev.dashboard.problem.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The places of live sessions: each session has one at most, and there are so many in all. A place is reserved before anything
 * happens, then held by the session, and released when its end is recorded. Guarded by its own lock; never calls out under it.
 */
final class Registry {
    private final int places;
    private final Map<SessionId, Optional<Session>> taken = new HashMap<>();
    /** Of these, the sessions whose process nobody owns any more, until it is recorded what became of them. */
    private final Set<SessionId> settling = new HashSet<>();

    private boolean closed;

    Registry(int places) {
        this.places = places;
    }

    synchronized void reserve(SessionId id) {
        if (closed) {
            throw new Problem(
                    Problem.Kind.UNAVAILABLE, "server-stopping", "The server is stopping. Try again when it is back.");
        }
        if (settling.contains(id)) {
            throw Problem.conflict(
                    "being-settled",
                    "This session is being settled: an earlier process of it may still finish its turn, and what it did is"
                            + " looked up. Try again in a moment.");
        }
        if (taken.containsKey(id)) {
            throw Problem.conflict("already-live", "This session has a process already, or one that is just ending.");
        }
        if (taken.size() >= places) {
            throw new Problem(
                            Problem.Kind.BUSY,
                            "no-free-place",
                            "All " + places
                                    + " places for CLI processes are in use (cli.max-processes). Stop a session first.")
                    .retryAfter(Duration.ofSeconds(10));
        }
        taken.put(id, Optional.empty());
    }

    /** For a session that was left behind, by an earlier server or by its owner; it keeps its place until it is settled. */
    synchronized void reserveForRecovery(SessionId id) {
        taken.put(id, Optional.empty());
        settling.add(id);
    }

    /** Before the session begins: its end releases the place, and must not come first. */
    synchronized void hold(SessionId id, Session session) {
        taken.replace(id, Optional.of(session));
    }

    synchronized Optional<Session> find(SessionId id) {
        return taken.getOrDefault(id, Optional.empty());
    }

    /** Whether the session has its place, also while nobody can be reached there: it begins, or is being settled. */
    synchronized boolean isTaken(SessionId id) {
        return taken.containsKey(id);
    }

    synchronized void release(SessionId id) {
        taken.remove(id);
        settling.remove(id);
    }

    synchronized int size() {
        return taken.size();
    }

    /** No place is given any more; answers the sessions that live. */
    synchronized List<Session> closeAll() {
        closed = true;
        return taken.values().stream().flatMap(Optional::stream).toList();
    }
}
