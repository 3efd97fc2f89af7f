package dev.dashboard.session;

import dev.dashboard.custody.Custody;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.Recorded;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sha256;
import dev.dashboard.event.Tombstone;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Row;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Lets the contents of sessions go once their project has kept them for long enough (ADR 15). Of a session without a process whose last
 * event is old enough: first the CLI's own record of it, then it is recorded that its contents go, then they do, a few at a time. So
 * whatever ends this in between leaves words in the journal and no claim that they went, or a claim that the next run makes good.
 *
 * <p>One slice at a time, by one thread.
 */
public final class Retention {
    private static final Logger LOG = System.getLogger(Retention.class.getName());

    /** Events of one slice. */
    static final int SLICE = 200;

    private static final int BATCH = 100;

    /** With so many sessions kept back by what keeps the CLI's record, it keeps all of them. */
    private static final int MOST_KEPT_BACK = 3;

    private static final long MILLIS_PER_DAY = Duration.ofDays(1).toMillis();

    /** A session that can be taken up again at once is not over; one of those without a process is, until somebody comes back to it. */
    private static final String OVER = "s.state IN ('parked', 'stopped', 'interrupted', 'failed')"
            + " AND (s.expired_seq IS NULL OR s.last_seq > s.expired_seq)";

    private static final String DUE = """
            SELECT s.id, p.retention_days AS days FROM sessions s JOIN projects p ON p.id = s.project
              JOIN events e ON e.seq = s.last_seq
             WHERE p.retention_days IS NOT NULL AND e.time < :now - p.retention_days * :day AND
            """ + OVER;

    private final Database database;
    private final Journal journal;
    private final Custody custody;
    private final Places places;
    private final Clock clock;
    private final RetentionListener listener;

    private final Deque<Due> queue = new ArrayDeque<>();
    private Optional<Step> current = Optional.empty();

    /** Whose contents stay for now; until the end of the run. */
    private final Set<SessionId> left = new HashSet<>();

    private int keptBack;
    private Optional<Problem> failure = Optional.empty();
    private int sessions;
    private long events;

    private record Due(SessionId session, int days) {}

    private sealed interface Step {
        /**
         * Looks at all that is to go.
         *
         * @param seq the last event that was looked at
         * @param contents of those that lose their contents, see {@link Tombstone#chained}
         */
        record Looking(Due due, long seq, String contents, Set<UUID> conversations) implements Step {}

        /** @param seq the last event of those up to which nothing is left */
        record Burying(SessionId session, long through, long seq) implements Step {}
    }

    Retention(
            Database database,
            Journal journal,
            Custody custody,
            Places places,
            Clock clock,
            RetentionListener listener) {
        this.database = database;
        this.journal = journal;
        this.custody = custody;
        this.places = places;
        this.clock = clock;
        this.listener = listener;
    }

    /** How many sessions of a project would lose their contents if it kept them for so many days. */
    public int due(ProjectId project, int days) {
        return database.first(
                        "SELECT count(*) AS n FROM sessions s JOIN events e ON e.seq = s.last_seq"
                                + " WHERE s.project = :project AND e.time < :now - :days * :day AND " + OVER,
                        Map.of(
                                "project",
                                project.toString(),
                                "now",
                                clock.millis(),
                                "days",
                                days,
                                "day",
                                MILLIS_PER_DAY),
                        row -> row.intValue("n"))
                .orElseThrow();
    }

    /** Whether any project says that contents of its sessions go. */
    public boolean isPromised() {
        return database.first(
                        "SELECT 1 AS n FROM projects WHERE retention_days IS NOT NULL LIMIT 1", Map.of(), _ -> true)
                .isPresent();
    }

    /** All that is due, at once; for a start before anybody can read. */
    public void catchUp() {
        boolean more = true;
        while (more) {
            more = more();
        }
    }

    /**
     * One slice.
     *
     * @return whether there is more
     * @throws Problem UNAVAILABLE: at the end of a run in which a session had to be left as it is, as the failure of the first; or at once,
     *     where the journal cannot be written. The next call begins anew
     */
    public boolean more() {
        try {
            if (current.isEmpty()) {
                current = next();
            }
            if (current.isEmpty()) {
                finish();
                return false;
            }
            current = step(current.get());
            return true;
        } catch (RuntimeException e) {
            current = Optional.empty();
            queue.clear();
            forgetRun();
            throw e;
        }
    }

    private void finish() {
        if (sessions > 0 || events > 0) {
            LOG.log(Level.INFO, "contents expired sessions={0} events={1}", sessions, Long.toString(events));
        }
        sessions = 0;
        events = 0;
        Optional<Problem> first = failure;
        forgetRun();
        if (first.isPresent()) {
            throw first.get();
        }
    }

    private void forgetRun() {
        left.clear();
        keptBack = 0;
        failure = Optional.empty();
    }

    private Optional<Step> step(Step step) {
        return switch (step) {
            case Step.Looking looking -> look(looking);
            case Step.Burying burying -> bury(burying);
        };
    }

    // ---- which

    /** What was begun comes first, also by an earlier server. */
    private Optional<Step> next() {
        Optional<Step> begun = database.first(
                "SELECT session, through, buried FROM expiring ORDER BY session",
                Map.of(),
                row -> new Step.Burying(
                        SessionId.parse(row.string("session")), row.longValue("through"), row.longValue("buried")));
        if (begun.isPresent()) {
            return begun;
        }
        if (queue.isEmpty()) {
            database
                    .list(
                            DUE + " ORDER BY s.created_seq LIMIT :limit",
                            due("limit", BATCH + left.size()),
                            Retention::due)
                    .stream()
                    .filter(one -> !left.contains(one.session()))
                    .forEach(queue::add);
        }
        return Optional.ofNullable(queue.poll()).map(due -> new Step.Looking(due, 0, Sha256.NOTHING, Set.of()));
    }

    private static Due due(Row row) {
        return new Due(SessionId.parse(row.string("id")), row.intValue("days"));
    }

    private Map<String, Object> due(String name, Object value) {
        return Map.of("now", clock.millis(), "day", MILLIS_PER_DAY, name, value);
    }

    private boolean isDue(SessionId session) {
        return database.first(DUE + " AND s.id = :id", due("id", session.toString()), Retention::due)
                .isPresent();
    }

    // ---- what there is of it

    private Optional<Step> look(Step.Looking looking) {
        Optional<Step.Looking> more = further(looking);
        return more.isPresent() ? more.map(Step.class::cast) : expire(looking);
    }

    /** Empty when there is nothing behind it. */
    private Optional<Step.Looking> further(Step.Looking looking) {
        List<Recorded> page = journal.recordedAfter(looking.due().session(), looking.seq(), SLICE);
        if (page.isEmpty()) {
            return Optional.empty();
        }
        String contents = looking.contents();
        Set<UUID> conversations = new HashSet<>(looking.conversations());
        for (Recorded one : page) {
            if (Tombstone.mayBe(one.type())) {
                contents = Tombstone.chained(contents, one.digest());
            } else {
                conversation(one.envelope().event()).map(UUID::fromString).ifPresent(conversations::add);
            }
        }
        return Optional.of(new Step.Looking(looking.due(), page.getLast().seq(), contents, Set.copyOf(conversations)));
    }

    private static Optional<String> conversation(Event event) {
        if (event instanceof Event.SessionStarted started) {
            return Optional.of(started.cliSessionId());
        }
        return event instanceof Event.ConversationReset reset ? Optional.of(reset.cliSessionId()) : Optional.empty();
    }

    // ---- it goes

    private Optional<Step> expire(Step.Looking looked) {
        SessionId session = looked.due().session();
        if (!places.beginForgetting(session)) {
            left.add(session);
            return Optional.empty();
        }
        try {
            // Somebody may have come back to it since.
            if (!isDue(session)) {
                left.add(session);
                return Optional.empty();
            }
            looked.conversations().forEach(custody::forget);
            return Optional.of(record(looked));
        } catch (Problem e) {
            keepBack(session, e);
            return Optional.empty();
        } finally {
            places.endForgetting(session);
        }
    }

    private void keepBack(SessionId session, Problem why) {
        LOG.log(Level.WARNING, "contents kept although they are due session={0} code={1}", session, why.code());
        left.add(session);
        keptBack++;
        failure = failure.or(() -> Optional.of(why));
        if (keptBack >= MOST_KEPT_BACK) {
            throw why;
        }
    }

    /** Nobody takes it up meanwhile, but it may have got a title in this moment: then that goes too, for the CLI's record is gone. */
    private Step.Burying record(Step.Looking looked) {
        Step.Looking all = looked;
        Optional<Step.Burying> begun = begin(all);
        while (begun.isEmpty()) {
            all = further(all)
                    .orElseThrow(
                            () -> new IllegalStateException("the session's row tells of an event that is not there"));
            begun = begin(all);
        }
        sessions++;
        listener.sessionExpired();
        return begun.get();
    }

    /** Empty when there are events behind those that were looked at. */
    private Optional<Step.Burying> begin(Step.Looking all) {
        SessionId session = all.due().session();
        return journal.append(appender -> {
            long last = appender.tx()
                    .first(
                            "SELECT last_seq FROM sessions WHERE id = ?",
                            row -> row.longValue("last_seq"),
                            session.toString())
                    .orElseThrow();
            if (last != all.seq()) {
                return Optional.empty();
            }
            Event expired = new Event.ContentsExpired(all.seq(), all.due().days(), all.contents());
            appender.record(new Draft(Optional.of(session), Actor.SERVER, expired));
            // What was written to a process whose end was not heard in the usual way.
            Launches.forget(appender.tx(), session);
            appender.tx()
                    .update(
                            "INSERT OR REPLACE INTO expiring(session, through, buried) VALUES (?, ?, 0)",
                            session.toString(),
                            all.seq());
            return Optional.of(new Step.Burying(session, all.seq(), 0));
        });
    }

    private Optional<Step> bury(Step.Burying burying) {
        List<Recorded> page = journal.recordedAfter(burying.session(), burying.seq(), SLICE).stream()
                .filter(one -> one.seq() <= burying.through())
                .toList();
        List<Recorded> words = page.stream()
                .filter(one -> Tombstone.mayBe(one.type()) && !one.isExpired())
                .toList();
        long seq = page.isEmpty() ? burying.through() : page.getLast().seq();
        boolean done = seq >= burying.through();
        String session = burying.session().toString();
        journal.bury(words, tx -> {
            if (done) {
                tx.update("DELETE FROM expiring WHERE session = ?", session);
            } else {
                tx.update("UPDATE expiring SET buried = ? WHERE session = ?", seq, session);
            }
        });
        events += words.size();
        listener.eventsBuried(
                words.size(),
                words.stream().mapToLong(one -> one.data().length()).sum());
        return done ? Optional.empty() : Optional.of(new Step.Burying(burying.session(), burying.through(), seq));
    }
}
