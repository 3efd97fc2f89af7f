package dev.dashboard.session;

import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The places of live sessions, and the line before them. A session has one seat at most, from the wish for a process until its end
 * is recorded: that is the lock that the CLI does not have (two processes may resume one conversation, and both would write).
 *
 * <p>A seat waits until there is a place and a free start. The line is fair: next is the session whose person has the fewest seats
 * before it, and among those the one that came first. Guarded by its own lock; sessions are told outside it.
 */
final class Places {
    /**
     * @param processes live at once
     * @param starts of them, so many between their launch and their first answer
     * @param queued that may wait
     */
    record Limits(int processes, int starts, int queued) {}

    private enum Stage {
        WAITING,
        STARTING,
        RUNNING,
        /** Nobody owns its process any more; it keeps its place until it is recorded what became of it. */
        SETTLING
    }

    private static final class Seat {
        final SessionId session;
        final Optional<UserId> person;
        final Instant since;
        Stage stage;
        Optional<Session> owner = Optional.empty();
        Optional<Instant> restingSince = Optional.empty();
        boolean leaving;
        boolean working;

        Seat(SessionId session, Optional<UserId> person, Instant since, Stage stage) {
            this.session = session;
            this.person = person;
            this.since = since;
            this.stage = stage;
        }

        boolean isWaiting() {
            return stage == Stage.WAITING;
        }
    }

    private final Limits limits;
    /** In the order of arrival. */
    private final Map<SessionId, Seat> seats = new LinkedHashMap<>();

    /** Sessions whose contents just go. */
    private final Set<SessionId> forgotten = new HashSet<>();

    private boolean closed;
    private boolean paused;

    Places(Limits limits) {
        this.limits = limits;
    }

    // ---- coming and going

    /**
     * Takes a seat, and a place at once where there is one.
     *
     * @return the place in the line, or empty when the session may start now
     */
    synchronized Optional<Integer> enter(SessionId id, UserId person, Instant now) {
        if (closed) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "server-stopping",
                            "The server is stopping. Try again when it is back.")
                    .retryAfter(Duration.ofSeconds(5));
        }
        if (forgotten.contains(id)) {
            throw Sessions.contentsExpired();
        }
        Seat seat = seats.get(id);
        if (seat != null && seat.stage == Stage.SETTLING) {
            throw Problem.conflict(
                    "being-settled",
                    "This session is being settled: an earlier process of it may still finish its turn, and what it did is"
                            + " looked up. Try again in a moment.");
        }
        if (seat != null) {
            throw Problem.conflict(
                    "already-live",
                    "This session has a process already, waits for one, or its process is just ending.");
        }
        boolean free = hasFreePlace();
        if (!free && count(Stage.WAITING) >= limits.queued()) {
            throw new Problem(
                            Problem.Kind.BUSY,
                            "queue-full",
                            "All " + limits.processes()
                                    + " places for CLI processes are in use (cli.max-processes) and "
                                    + limits.queued()
                                    + " sessions wait already (cli.max-queued). Nothing was recorded; try again later.")
                    .retryAfter(Duration.ofSeconds(10));
        }
        seats.put(id, new Seat(id, Optional.of(person), now, free ? Stage.STARTING : Stage.WAITING));
        return free ? Optional.empty() : Optional.of(position(id).orElseThrow());
    }

    /** Nobody waits where there is a free place: what comes free is given away at once. */
    private boolean hasFreePlace() {
        return !paused
                && seats.size() - count(Stage.WAITING) < limits.processes()
                && count(Stage.STARTING) < limits.starts();
    }

    /** Keeps a session from being taken up until {@link #endForgetting}; false when somebody has it. It takes no place. */
    synchronized boolean beginForgetting(SessionId id) {
        return !seats.containsKey(id) && forgotten.add(id);
    }

    synchronized void endForgetting(SessionId id) {
        forgotten.remove(id);
    }

    private int count(Stage stage) {
        return (int) seats.values().stream().filter(seat -> seat.stage == stage).count();
    }

    /** Who owns the seat; before the session begins, since its end releases the seat and must not come first. */
    void hold(SessionId id, Session session) {
        synchronized (this) {
            seats.get(id).owner = Optional.of(session);
            notifyAll();
        }
        admit();
    }

    /** An owner for a seat that was kept for recovery: its process lives. */
    synchronized void adopt(SessionId id, Session session, boolean hasAnswered) {
        Seat seat = seats.get(id);
        seat.owner = Optional.of(session);
        seat.stage = hasAnswered ? Stage.RUNNING : Stage.STARTING;
        notifyAll();
    }

    /** Its process has answered, or is known not to: another one may start. */
    void started(SessionId id) {
        synchronized (this) {
            Seat seat = seats.get(id);
            if (seat == null || seat.stage != Stage.STARTING) {
                return;
            }
            seat.stage = Stage.RUNNING;
        }
        admit();
    }

    /** Its process is over, and it wants another one; it keeps the rank of its arrival. */
    void waitAgain(SessionId id) {
        synchronized (this) {
            Seat seat = seats.get(id);
            seat.stage = Stage.WAITING;
            seat.restingSince = Optional.empty();
            seat.leaving = false;
            seat.working = false;
            notifyAll();
        }
        admit();
    }

    /** Nobody gets a place until {@link #resume}: whoever has the processes takes none at present. */
    synchronized void pause() {
        paused = true;
    }

    void resume() {
        synchronized (this) {
            paused = false;
        }
        admit();
    }

    synchronized boolean isPaused() {
        return paused;
    }

    /** The place in the line of whoever would join it now. */
    synchronized int lineEnd() {
        return count(Stage.WAITING) + 1;
    }

    /** For a session that was left behind, by an earlier server or by its owner; it keeps its place until it is released. */
    synchronized void reserveForRecovery(SessionId id) {
        seats.put(id, new Seat(id, Optional.empty(), Instant.EPOCH, Stage.SETTLING));
    }

    void release(SessionId id) {
        synchronized (this) {
            seats.remove(id);
            notifyAll();
        }
        admit();
    }

    /** Gives what is free to those who wait, and tells them. */
    private void admit() {
        List<Session> admitted = new ArrayList<>();
        synchronized (this) {
            List<Seat> line = line();
            for (Seat seat : line) {
                if (!closed && hasFreePlace() && seat.owner.isPresent()) {
                    seat.stage = Stage.STARTING;
                    admitted.add(seat.owner.get());
                }
            }
        }
        admitted.forEach(Session::placed);
    }

    /** Waits until somebody else owns the session's seat, or nobody any more; at most as long as given. */
    synchronized void awaitChange(SessionId id, Optional<Session> owner, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        try {
            while (find(id).equals(owner) && System.nanoTime() < end) {
                TimeUnit.NANOSECONDS.timedWait(this, end - System.nanoTime());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- the line

    /** The fair order. */
    private List<Seat> line() {
        Map<Optional<UserId>, Integer> taken = new HashMap<>();
        seats.values().stream()
                .filter(seat -> !seat.isWaiting())
                .forEach(seat -> taken.merge(seat.person, 1, Integer::sum));
        record Ranked(Seat seat, int before) {}
        return seats.values().stream()
                .filter(Seat::isWaiting)
                .map(seat -> new Ranked(seat, taken.merge(seat.person, 1, Integer::sum)))
                .sorted(Comparator.comparingInt(Ranked::before))
                .map(Ranked::seat)
                .toList();
    }

    synchronized List<Processes.Waiting> waiting() {
        List<Processes.Waiting> waiting = new ArrayList<>();
        for (Seat seat : line()) {
            waiting.add(new Processes.Waiting(seat.session, waiting.size() + 1, seat.since));
        }
        return waiting;
    }

    synchronized Optional<Integer> position(SessionId id) {
        return waiting().stream()
                .filter(seat -> seat.session().equals(id))
                .map(Processes.Waiting::position)
                .findFirst();
    }

    // ---- making room

    /** A session rests from now on, or works again; whoever rests longest makes room for those who wait. */
    synchronized void resting(SessionId id, Optional<Instant> since) {
        Seat seat = seats.get(id);
        if (seat != null) {
            seat.restingSince = since;
            seat.leaving &= since.isPresent();
        }
    }

    /** A turn of it runs, or none. */
    synchronized void working(SessionId id, boolean works) {
        Seat seat = seats.get(id);
        if (seat != null && seat.working != works) {
            seat.working = works;
            notifyAll();
        }
    }

    /** Waits until no turn runs; false when one still does after the time. */
    synchronized boolean awaitQuiet(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (seats.values().stream().anyMatch(seat -> seat.working)) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    /** Whoever has rested longest, and at least since the given moment, is asked to park; one for each that waits. */
    void makeRoom(Instant restedSince) {
        List<Session> asked = new ArrayList<>();
        synchronized (this) {
            long leaving = seats.values().stream().filter(seat -> seat.leaving).count();
            boolean full = seats.size() - count(Stage.WAITING) >= limits.processes();
            seats.values().stream()
                    .filter(seat -> full && !seat.leaving && seat.owner.isPresent())
                    .filter(seat -> seat.restingSince
                            .filter(since -> !since.isAfter(restedSince))
                            .isPresent())
                    .sorted(Comparator.comparing(seat -> seat.restingSince.orElseThrow()))
                    .limit(Math.max(0, count(Stage.WAITING) - leaving))
                    .forEach(seat -> {
                        seat.leaving = true;
                        asked.add(seat.owner.get());
                    });
        }
        asked.forEach(Session::makeRoom);
    }

    // ---- who is there

    synchronized Optional<Session> find(SessionId id) {
        return Optional.ofNullable(seats.get(id)).flatMap(seat -> seat.owner);
    }

    /** Whether the session has its seat, also while nobody can be reached there: it begins, or is being settled. */
    synchronized boolean isTaken(SessionId id) {
        return seats.containsKey(id);
    }

    /** Sessions that have a place. */
    synchronized int live() {
        return seats.size() - count(Stage.WAITING);
    }

    Limits limits() {
        return limits;
    }

    /** Sessions with a place whose owner can be reached. */
    synchronized List<Session> owners() {
        return seats.values().stream()
                .filter(seat -> !seat.isWaiting())
                .flatMap(seat -> seat.owner.stream())
                .toList();
    }

    /** No seat is given any more; answers all who sit. */
    synchronized List<Session> closeAll() {
        closed = true;
        return seats.values().stream().flatMap(seat -> seat.owner.stream()).toList();
    }
}
