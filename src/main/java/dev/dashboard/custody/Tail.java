package dev.dashboard.custody;

import java.nio.charset.StandardCharsets;

/** The last bytes of a stream. Guards itself: one thread adds, another asks. */
final class Tail {
    /** In bytes; a private key of RSA with 8192 bits takes 6.4 KiB. */
    static final int LONGEST_SECRET = 8 * 1024;

    private final byte[] ring;
    private long total;

    Tail(int bytes) {
        ring = new byte[bytes];
    }

    synchronized void add(byte[] bytes, int count) {
        for (int i = Math.max(0, count - ring.length); i < count; i++) {
            ring[(int) ((total + i) % ring.length)] = bytes[i];
        }
        total += count;
    }

    /**
     * As text. A line that was cut in two at the beginning is left out: half of a key has no shape by which it would be known as one.
     * Of a longer line {@link #LONGEST_SECRET} bytes are.
     */
    synchronized String text() {
        int length = (int) Math.min(total, ring.length);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = ring[(int) ((total - length + i) % ring.length)];
        }
        int start = total > length ? afterTheCut(bytes) : 0;
        return new String(bytes, start, length - start, StandardCharsets.UTF_8);
    }

    private static int afterTheCut(byte[] bytes) {
        int most = Math.min(LONGEST_SECRET, bytes.length);
        for (int i = 0; i < most; i++) {
            if (bytes[i] == '\n') {
                return i + 1;
            }
        }
        // A character may begin within the next three bytes.
        int start = most;
        while (start < Math.min(most + 3, bytes.length) && (bytes[start] & 0xC0) == 0x80) {
            start++;
        }
        return start;
    }
}
