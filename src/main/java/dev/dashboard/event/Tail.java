package dev.dashboard.event;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The most recent events, bounded by count and by bytes; the newest one is always here, however large, or everybody who waits for it would
 * load it anew. One thread adds, in order; any thread reads without a lock: an event
 * lies in the slot of its number, and a slot that holds another number says that the event has left.
 */
final class Tail {
    static final int COUNT = 4096;
    static final long BYTES = 16L << 20;

    private static final int MASK = COUNT - 1;

    private final AtomicReferenceArray<Recorded> slots = new AtomicReferenceArray<>(COUNT);

    // Of the adding thread only.
    private long oldest = Long.MAX_VALUE;
    private long bytes;

    /** Adds an event with the next number; the oldest leave as the bounds demand. */
    void add(Recorded event) {
        long seq = event.seq();
        oldest = Math.clamp(oldest, seq - MASK, seq);
        Recorded replaced = slots.getAndSet((int) (seq & MASK), event);
        bytes += event.weight() - weight(replaced);
        while (bytes > BYTES && oldest < seq) {
            bytes -= weight(slots.getAndSet((int) (oldest & MASK), null));
            oldest++;
        }
    }

    /** It is not to be read here any more. For the adding thread. */
    void remove(long seq) {
        int slot = (int) (seq & MASK);
        Recorded there = slots.get(slot);
        if (there != null && there.seq() == seq) {
            bytes -= weight(there);
            slots.set(slot, null);
        }
    }

    private static long weight(Recorded event) {
        return event == null ? 0 : event.weight();
    }

    /**
     * What follows {@code seq} without a gap, up to and with {@code through}; empty when the next one has left. Not too much at once, as of a
     * page of the journal: a slow listener holds it for as long as it writes.
     */
    List<Recorded> after(long seq, long through, int limit) {
        List<Recorded> found = new ArrayList<>();
        long end = Math.min(through, seq + limit);
        long held = 0;
        for (long wanted = seq + 1; wanted <= end && held < Journal.PAGE_BYTES; wanted++) {
            Recorded event = slots.get((int) (wanted & MASK));
            if (event == null || event.seq() != wanted) {
                break;
            }
            found.add(event);
            held += event.weight();
        }
        return found;
    }
}
