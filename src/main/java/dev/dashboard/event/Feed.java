package dev.dashboard.event;

import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * Hands committed events to everybody who listens, and the drafts of blocks in the making; never waits for a listener.
 *
 * <p>Owns the tail of recent events, what those who fell behind share, the current drafts, the set of subscriptions, and one
 * thread that wakes those who wait: a publisher only stores and rings, whatever the number of listeners. Who listens to some
 * sessions only is woken for those, and now and then, so that it stays within the tail. Publishing is for the journal's writer alone; everything else is safe for any
 * thread.
 *
 * <p>Order: a publisher removes the drafts that an event replaces before the event can be seen, and a subscription never reads
 * beyond what is published. So no draft comes after the block that replaces it.
 */
public final class Feed implements AutoCloseable {
    private final Tail tail = new Tail();
    private final CatchUp catchUp = new CatchUp();
    private final Drafts drafts = new Drafts();
    private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();
    /** Sessions of which something came since the last round of wake-ups; the waker empties it. */
    private final Set<SessionId> touched = ConcurrentHashMap.newKeySet();

    private final AtomicBoolean rung = new AtomicBoolean();
    private final Semaphore bell = new Semaphore(0);
    private final Worker waker;
    private volatile long last;
    private volatile boolean closed;

    public Feed() {
        waker = Worker.virtual("feed-waker", Worker.lasting(this::wakeOnRing));
    }

    private void wakeOnRing() throws InterruptedException {
        while (!closed) {
            bell.acquire();
            // Before looking: what is published from here on rings again.
            rung.set(false);
            Set<SessionId> sessions = takeTouched();
            subscriptions.forEach(subscription -> subscription.wakeFor(sessions, last));
        }
    }

    private Set<SessionId> takeTouched() {
        Set<SessionId> taken = new HashSet<>();
        touched.removeIf(taken::add);
        return taken;
    }

    private void ring(SessionId session) {
        touched.add(session);
        ring();
    }

    private void ring() {
        if (rung.compareAndSet(false, true)) {
            bell.release();
        }
    }

    /** Where the journal stands before anything is published. */
    void begin(long seq) {
        last = seq;
    }

    /** Hands on what was committed, in the order of the commits; called by one thread only. */
    public void publish(List<Envelope> committed) {
        publishRecorded(committed.stream().map(Recorded::of).toList());
    }

    void publishRecorded(List<Recorded> committed) {
        for (Recorded event : committed) {
            drafts.recorded(event.envelope());
            tail.add(event);
        }
        last = committed.getLast().seq();
        // After the number went up: a waker that takes them from here on wakes readers that can see the events.
        committed.forEach(event -> event.session().ifPresent(touched::add));
        ring();
    }

    /** They are other than they were published: whoever wants them reads the journal. Called by the publishing thread only. */
    void withdraw(List<Recorded> changed) {
        changed.forEach(event -> tail.remove(event.seq()));
        catchUp.withdraw();
    }

    /** Sets the draft of a block; ignored when the block is recorded already. */
    public void draft(SessionId session, DraftBlock block) {
        drafts.put(session, block);
        ring(session);
    }

    /** Gives up the drafts of one message; listeners get them once more with an empty text. */
    public void clearDrafts(SessionId session, String messageId) {
        drafts.clear(session, Optional.of(messageId));
        ring(session);
    }

    /** Gives up all drafts of a session. */
    public void clearDrafts(SessionId session) {
        drafts.clear(session, Optional.empty());
        ring(session);
    }

    /** As {@link #subscribe(Journal, long, Predicate, Predicate)}, without drafts. */
    public Subscription subscribe(Journal journal, long afterSeq, Predicate<Envelope> filter) {
        return subscribe(journal, afterSeq, filter, _ -> false);
    }

    /**
     * As {@link #subscribe(Journal, long, Predicate, Predicate)}, with the events and drafts of these sessions only, or of all
     * and of none when the set is empty.
     */
    public Subscription subscribe(
            Journal journal,
            long afterSeq,
            Predicate<Envelope> filter,
            Predicate<SessionId> draftsOf,
            Collection<SessionId> sessions) {
        Set<SessionId> only = Set.copyOf(sessions);
        if (only.isEmpty()) {
            return subscribe(journal, afterSeq, filter, draftsOf);
        }
        Predicate<Envelope> both =
                envelope -> envelope.session().filter(only::contains).isPresent() && filter.test(envelope);
        return subscribeOnly(journal, afterSeq, both, id -> only.contains(id) && draftsOf.test(id), only);
    }

    /**
     * Listens from after a number on. The caller closes the subscription.
     *
     * @param filter which events are handed out; the position moves on over the others
     * @param draftsOf of which sessions drafts are handed out; the current ones come first of all
     * @throws Problem INVALID {@code after-invalid} for a negative number; CONFLICT {@code after-unknown} for one that this
     *     journal has not given yet, which happens to a browser after a backup was restored: it must load anew
     */
    public Subscription subscribe(
            Journal journal, long afterSeq, Predicate<Envelope> filter, Predicate<SessionId> draftsOf) {
        return subscribeOnly(journal, afterSeq, filter, draftsOf, Set.of());
    }

    private Subscription subscribeOnly(
            Journal journal,
            long afterSeq,
            Predicate<Envelope> filter,
            Predicate<SessionId> draftsOf,
            Set<SessionId> only) {
        if (afterSeq < 0) {
            throw Problem.invalid("after-invalid", "after must be the number of an event, or 0.");
        }
        // A reader may know a number a moment before it is published; the table decides.
        if (afterSeq > last && afterSeq > journal.storedSeq()) {
            throw Problem.conflict(
                    "after-unknown", "The journal has no event " + afterSeq + " yet; load the page anew.");
        }
        Subscription subscription = new Subscription(this, journal, afterSeq, filter, draftsOf, only);
        subscriptions.add(subscription);
        return subscription;
    }

    void forget(Subscription subscription) {
        subscriptions.remove(subscription);
    }

    Tail tail() {
        return tail;
    }

    CatchUp catchUp() {
        return catchUp;
    }

    Drafts drafts() {
        return drafts;
    }

    /** The number of the last event that was published. */
    public long lastSeq() {
        return last;
    }

    boolean isClosed() {
        return closed;
    }

    public int subscribers() {
        return subscriptions.size();
    }

    /** Ends every subscription, those made later too: their next answer is Ended. Publishing stays possible. */
    @Override
    public void close() {
        closed = true;
        ring();
        waker.close();
        subscriptions.forEach(Subscription::wake);
    }
}
