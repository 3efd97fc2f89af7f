package dev.dashboard.bench;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * What one reader received: the delay of each numbered event since the child wrote it, and which numbers came. Filled by one
 * thread, read by others after that thread was joined.
 */
final class Delays {
    private static final String TEXT = "\"text\":\"";

    private long[] nanos = new long[1024];
    private int size;
    private int doubled;
    private long firstArrival;
    private long lastArrival;
    private final Map<String, BitSet> numbersBySession = new HashMap<>();

    /** Takes a line that holds a text "NUMBER NANOSECONDS …"; other lines are passed over. True when it was one. */
    boolean take(String session, String line, long arrival) {
        int at = line.indexOf(TEXT);
        if (at < 0) {
            return false;
        }
        int numberEnd = digitsEnd(line, at + TEXT.length());
        int stampEnd = digitsEnd(line, numberEnd + 1);
        if (numberEnd == at + TEXT.length() || stampEnd <= numberEnd + 1 || line.charAt(numberEnd) != ' ') {
            return false;
        }
        int number = Integer.parseInt(line, at + TEXT.length(), numberEnd, 10);
        long stamp = Long.parseLong(line, numberEnd + 1, stampEnd, 10);
        BitSet numbers = numbersBySession.computeIfAbsent(session, _ -> new BitSet());
        if (numbers.get(number)) {
            doubled++;
        }
        numbers.set(number);
        add(arrival - stamp, arrival);
        return true;
    }

    private void add(long delay, long arrival) {
        if (size == nanos.length) {
            nanos = Arrays.copyOf(nanos, size * 2);
        }
        nanos[size++] = delay;
        firstArrival = size == 1 ? arrival : firstArrival;
        lastArrival = arrival;
    }

    private static int digitsEnd(String line, int from) {
        int end = from;
        while (end < line.length() && Character.isDigit(line.charAt(end))) {
            end++;
        }
        return end;
    }

    /** Different events received, over all sessions. */
    int received() {
        return numbersBySession.values().stream().mapToInt(BitSet::cardinality).sum();
    }

    int doubled() {
        return doubled;
    }

    /** Events per second between the first and the last arrival; 0 when there is no such time. */
    double ratePerSecond() {
        return lastArrival > firstArrival ? (size - 1) * 1e9 / (lastArrival - firstArrival) : 0;
    }

    /** The delay that this share of all events does not exceed, in milliseconds; not a number without any event. */
    static double percentileMillis(Iterable<Delays> all, double share) {
        long[] merged = {};
        for (Delays delays : all) {
            int before = merged.length;
            merged = Arrays.copyOf(merged, before + delays.size);
            System.arraycopy(delays.nanos, 0, merged, before, delays.size);
        }
        if (merged.length == 0) {
            return Double.NaN;
        }
        Arrays.sort(merged);
        int index = (int) Math.ceil(share * merged.length) - 1;
        return merged[Math.clamp(index, 0, merged.length - 1)] / 1e6;
    }
}
