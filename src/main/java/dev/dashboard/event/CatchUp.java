package dev.dashboard.event;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads the journal for listeners that fell behind, few at a time. Those who read a large event at the same time share it: else one of 10 MB
 * that a hundred browsers missed would be in memory a hundred times.
 *
 * <p>Owns what is shared, guarded by its own monitor, which is held for memory operations only; what nobody reads any more goes by itself.
 */
final class CatchUp {
    /** Who may read at once; whoever comes next finds what they have read. */
    static final int READERS = 2;

    private static final Duration TURN = Duration.ofSeconds(1);

    private final Semaphore turns = new Semaphore(READERS, true);
    private final Map<Long, WeakReference<Recorded>> large = new HashMap<>();
    private long withdrawals;

    /** What comes after {@code seq}, as {@link Journal#streamPage}; empty when others read for so long that it was not its turn. */
    Optional<List<Recorded>> page(Journal journal, long seq, long through) throws InterruptedException {
        if (!turns.tryAcquire(TURN.toMillis(), TimeUnit.MILLISECONDS)) {
            return Optional.empty();
        }
        try {
            Optional<Recorded> next = shared(seq + 1);
            return Optional.of(next.isPresent() ? List.of(next.get()) : read(journal, seq, through));
        } finally {
            turns.release();
        }
    }

    private List<Recorded> read(Journal journal, long seq, long through) {
        long before = withdrawals();
        List<Recorded> page = journal.streamPage(seq, through);
        // Only the last of a page can be so large: the page ends behind it.
        if (page.isEmpty() || page.getLast().weight() < Journal.PAGE_BYTES) {
            return page;
        }
        List<Recorded> sharing = new ArrayList<>(page);
        sharing.add(share(sharing.removeLast(), before));
        return sharing;
    }

    private synchronized Optional<Recorded> shared(long seq) {
        return Optional.ofNullable(large.get(seq)).map(WeakReference::get);
    }

    private synchronized long withdrawals() {
        return withdrawals;
    }

    /** @param before how many withdrawals there had been before it was read: it may be of before a later one */
    private synchronized Recorded share(Recorded read, long before) {
        Optional<Recorded> known = shared(read.seq());
        if (known.isEmpty() && withdrawals == before) {
            large.values().removeIf(one -> one.refersTo(null));
            large.put(read.seq(), new WeakReference<>(read));
        }
        return known.orElse(read);
    }

    /** Some events are other than they were: whoever comes next reads them anew. */
    synchronized void withdraw() {
        withdrawals++;
        large.clear();
    }
}
