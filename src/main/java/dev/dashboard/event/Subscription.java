package dev.dashboard.event;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * One listener: a cursor into the feed's tail or, when it has fallen behind, into the journal. Nothing is queued for it, so a
 * slow one costs nobody anything.
 *
 * <p>Owned by the thread that calls {@link #next}; {@link #position}, {@link #nudge} and {@link #close} are safe for any thread.
 */
public final class Subscription implements AutoCloseable {
    /** Events handed out at once. */
    static final int BATCH = 256;

    /** How far one that listens to some sessions only may lie behind without being woken: well within the tail. */
    static final int LAG = Tail.COUNT / 4;

    /** What comes next. */
    public sealed interface Next {
        /** Events in order, without a gap but for those that the filter refused; never empty. */
        record Events(List<Recorded> recorded) implements Next {
            public Events {
                recorded = List.copyOf(recorded);
            }

            public List<Envelope> envelopes() {
                return recorded.stream().map(Recorded::envelope).toList();
            }
        }

        /** Drafts that changed, each in its present form; an empty text means that it was given up. Never empty. */
        record Drafts(List<SessionDraft> drafts) implements Next {
            public Drafts {
                drafts = List.copyOf(drafts);
            }
        }

        /** Nothing came within the time, or it was nudged; {@link Subscription#position} may have moved over events that were refused. */
        record Idle() implements Next {}

        /** The feed or the subscription was closed. */
        record Ended() implements Next {}
    }

    private final Feed feed;
    private final Journal journal;
    private final Predicate<Envelope> filter;
    private final Predicate<SessionId> draftsOf;
    /** The sessions whose news wake it; empty for all. */
    private final Set<SessionId> only;

    private volatile long cursor;
    private volatile Thread waiting;
    private volatile boolean closed;
    private volatile boolean nudged;

    // Of the listening thread only.
    private long draftsSeen;
    private boolean draftsDue;

    Subscription(
            Feed feed,
            Journal journal,
            long afterSeq,
            Predicate<Envelope> filter,
            Predicate<SessionId> draftsOf,
            Set<SessionId> only) {
        this.feed = feed;
        this.journal = journal;
        this.cursor = afterSeq;
        this.filter = filter;
        this.draftsOf = draftsOf;
        this.only = only;
    }

    /**
     * Waits, at most for the given time, and returns what comes next: events first, then drafts that changed. A steady flow of
     * events does not hold back drafts: they come whenever the listener has caught up once.
     */
    public Next next(Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + wait.toNanos();
        while (!isEnded()) {
            if (nudged) {
                nudged = false;
                return new Next.Idle();
            }
            Optional<Next> found = take();
            if (found.isPresent()) {
                return found.get();
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return new Next.Idle();
            }
            if (!hasMore()) {
                sleep(left);
            }
        }
        return new Next.Ended();
    }

    private boolean isEnded() {
        return closed || feed.isClosed();
    }

    private boolean hasMore() {
        return cursor < feed.lastSeq() || draftsSeen < feed.drafts().version();
    }

    /** One step forward; empty when there was nothing, or nothing that the filters let through. */
    private Optional<Next> take() throws InterruptedException {
        long last = feed.lastSeq();
        boolean behind = cursor < last;
        if (!behind || draftsDue) {
            draftsDue = false;
            Optional<Next> drafts = takeDrafts();
            if (!behind || drafts.isPresent()) {
                return drafts;
            }
        }
        return takeEvents(last);
    }

    private Optional<Next> takeDrafts() {
        if (draftsSeen == feed.drafts().version()) {
            return Optional.empty();
        }
        Drafts.Changes changes = feed.drafts().since(draftsSeen, draftsOf);
        draftsSeen = changes.version();
        return changes.drafts().isEmpty() ? Optional.empty() : Optional.of(new Next.Drafts(changes.drafts()));
    }

    private Optional<Next> takeEvents(long last) throws InterruptedException {
        List<Recorded> batch = feed.tail().after(cursor, last, BATCH);
        if (batch.isEmpty()) {
            Optional<List<Recorded>> page = feed.catchUp().page(journal, cursor, last);
            if (page.isEmpty()) {
                return Optional.empty();
            }
            batch = page.get();
        }
        if (batch.isEmpty() || batch.getFirst().seq() != cursor + 1) {
            throw new IllegalStateException("the journal lacks event " + (cursor + 1));
        }
        List<Recorded> wanted =
                batch.stream().filter(one -> filter.test(one.envelope())).toList();
        cursor = batch.getLast().seq();
        draftsDue = cursor == last;
        return wanted.isEmpty() ? Optional.empty() : Optional.of(new Next.Events(wanted));
    }

    private void sleep(long nanos) throws InterruptedException {
        waiting = Thread.currentThread();
        try {
            // Looked at once more after the name was put up: whoever publishes from here on sees it.
            if (!hasMore() && !isEnded() && !nudged) {
                LockSupport.parkNanos(this, nanos);
            }
        } finally {
            waiting = null;
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /** Wakes it when something came that it listens to, or when it lies too far behind the last number. */
    void wakeFor(Set<SessionId> touched, long last) {
        if (only.isEmpty() || last - cursor > LAG || !Collections.disjoint(touched, only)) {
            wake();
        }
    }

    void wake() {
        Thread thread = waiting;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /** Has whoever waits in {@link #next}, or comes there next, look around once. */
    public void nudge() {
        nudged = true;
        wake();
    }

    /** The number up to which everything was handed out or refused. */
    public long position() {
        return cursor;
    }

    /** Ends the subscription; whoever waits in {@link #next} gets Ended. Harmless when repeated. */
    @Override
    public void close() {
        closed = true;
        feed.forget(this);
        wake();
    }
}
