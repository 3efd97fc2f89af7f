package dev.dashboard.audit;

import dev.dashboard.audit.AuditAnchor.Anchor;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Recorded;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sha256;
import dev.dashboard.event.Tombstone;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether the chain is whole: computes it again from the journal and compares link by link, and with what was anchored outside the
 * database. Reads in pages; takes some seconds for a million events.
 */
public final class AuditCheck {
    /** @param fault the first link that is not as it should be */
    public record Result(long records, Optional<AuditLog.Head> head, Optional<Anchor> anchored, Optional<Fault> fault) {
        public boolean whole() {
            return fault.isEmpty();
        }
    }

    /** @param reason for people */
    public record Fault(long n, String reason) {}

    private static final Logger LOG = System.getLogger(AuditCheck.class.getName());

    private final AuditLog log;
    private final Journal journal;
    private final Supplier<List<Anchor>> anchors;

    public AuditCheck(AuditLog log, Journal journal, Path anchorFile) {
        this(log, journal, () -> AuditAnchor.read(anchorFile));
    }

    /** @param anchors asked for at each check, before anything else is read; oldest first */
    public AuditCheck(AuditLog log, Journal journal, Supplier<List<Anchor>> anchors) {
        this.log = log;
        this.journal = journal;
        this.anchors = anchors;
    }

    public Result check() {
        // In this order: what is anchored is committed, and what is committed by then is compared.
        List<Anchor> known = anchors.get();
        Walk walk = new Walk(known, journal.lastSeq());
        Optional<Fault> fault = walk.fault();
        AuditLog.Head head = log.head();
        return new Result(
                head.n(),
                Optional.of(head).filter(last -> last.n() > 0),
                known.isEmpty() ? Optional.empty() : Optional.of(known.getLast()),
                fault);
    }

    /** One way along both. */
    private final class Walk {
        /** Of each session whose contents go, up to which event that is recorded. */
        private final Map<SessionId, Long> expired = new HashMap<>();

        /** Of these sessions, what all that goes comes to so far. */
        private final Map<SessionId, String> contents = new HashMap<>();

        private final Map<Long, String> anchored = new HashMap<>();
        private final long lastAnchored;
        private final long until;
        private final Deque<Link> page = new ArrayDeque<>();
        private long read;
        private long n;
        private String hash = Link.NO_HASH;

        Walk(List<Anchor> anchors, long until) {
            anchors.forEach(anchor -> anchored.put(anchor.n(), anchor.hash()));
            this.lastAnchored = anchors.isEmpty() ? 0 : anchors.getLast().n();
            this.until = until;
            readExpiries();
        }

        /** Only what stands before a record is explained by it: nobody can have known of more. */
        private void readExpiries() {
            for (AuditLog.Expiry expiry : log.expiries()) {
                expired.merge(expiry.session(), Math.min(expiry.through(), expiry.seq() - 1), Math::max);
            }
        }

        Optional<Fault> fault() {
            long seq = 0;
            List<Recorded> events = journal.recordedAfter(seq, Journal.MAX_PAGE);
            while (!events.isEmpty() && seq < until) {
                for (Recorded event : events) {
                    Optional<Fault> fault = event.seq() > until ? Optional.empty() : compare(event);
                    if (fault.isPresent()) {
                        return fault;
                    }
                }
                seq = events.getLast().seq();
                events = journal.recordedAfter(seq, Journal.MAX_PAGE);
            }
            return rest();
        }

        private Optional<Fault> compare(Recorded event) {
            Optional<Link> wanted;
            try {
                Optional<Fault> fault = expiry(event);
                if (fault.isPresent()) {
                    return fault;
                }
                wanted = Link.of(event, n + 1, hash);
            } catch (IllegalStateException e) {
                LOG.log(Level.WARNING, "the audit meets an event that cannot be read reason={0}", e.getMessage());
                n++;
                return fault("Event " + event.seq() + " of the journal cannot be read: it was changed.");
            }
            if (wanted.isEmpty()) {
                return Optional.empty();
            }
            Optional<Link> found = next();
            n++;
            if (found.isEmpty()) {
                return fault(
                        "It is missing: the journal has event " + event.seq() + ", the audit has no record of it.");
            }
            if (!found.equals(wanted)) {
                return fault(difference(found.get(), wanted.get()));
            }
            hash = wanted.get().hash();
            String then = anchored.get(n);
            return then == null || then.equals(hash)
                    ? Optional.empty()
                    : fault("The anchor outside the database has another hash for it: the chain was written anew.");
        }

        /**
         * A tombstone is taken where a later record explains it, and where all that went comes to what that record says: so contents can be
         * lost, but not exchanged.
         */
        private Optional<Fault> expiry(Recorded event) {
            if (event.isExpired() && !isExplained(event)) {
                n++;
                return fault("Event " + event.seq() + " of the journal was emptied, and nobody recorded why.");
            }
            Optional<SessionId> session = event.session().filter(expired::containsKey);
            if (session.isEmpty()) {
                return Optional.empty();
            }
            if (Tombstone.mayBe(event.type())) {
                contents.merge(
                        session.get(),
                        Tombstone.chained(Sha256.NOTHING, event.digest()),
                        (before, _) -> Tombstone.chained(before, event.digest()));
                return Optional.empty();
            }
            return event.envelope().event() instanceof Event.ContentsExpired told
                            && !told.contents().equals(contents.getOrDefault(session.get(), Sha256.NOTHING))
                    ? changed(event.seq())
                    : Optional.empty();
        }

        private boolean isExplained(Recorded tombstone) {
            if (!Tombstone.mayBe(tombstone.type()) || tombstone.session().isEmpty()) {
                return false;
            }
            SessionId session = tombstone.session().get();
            if (!expired.containsKey(session)) {
                // It may have expired since this check began; what it comes to is then for the next one.
                readExpiries();
            }
            return tombstone.seq() <= expired.getOrDefault(session, 0L);
        }

        private Optional<Fault> changed(long seq) {
            n++;
            return fault("What expired of the session of event " + seq
                    + " of the journal is not what it was when this was recorded.");
        }

        private String difference(Link found, Link wanted) {
            if (found.n() != wanted.n() || found.seq() != wanted.seq()) {
                return "Event " + wanted.seq() + " of the journal should be here, and " + found.seq()
                        + " is: a record was removed, put in or exchanged.";
            }
            if (!found.follows(hash)) {
                return "It was changed: its hash does not fit.";
            }
            return found.digest().equals(wanted.digest())
                    ? "It was changed: it is filed under another person, action or session than event " + found.seq()
                            + "."
                    : "Event " + found.seq() + " of the journal is not what it was when this was recorded.";
        }

        private Optional<Fault> rest() {
            Optional<Link> more = next();
            if (more.filter(record -> record.seq() <= until).isPresent()) {
                n++;
                return fault("The journal knows nothing of it.");
            }
            if (lastAnchored > n) {
                n++;
                return fault("The anchor outside the database goes on to record " + lastAnchored
                        + ": the end of the chain, and of the journal, was cut off.");
            }
            return Optional.empty();
        }

        private Optional<Fault> fault(String reason) {
            return Optional.of(new Fault(n, reason));
        }

        private Optional<Link> next() {
            if (page.isEmpty()) {
                page.addAll(log.links(read, Journal.MAX_PAGE));
            }
            Optional<Link> next = Optional.ofNullable(page.poll());
            next.ifPresent(record -> read = record.n());
            return next;
        }
    }
}
