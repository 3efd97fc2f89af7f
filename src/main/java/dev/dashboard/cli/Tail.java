package dev.dashboard.cli;

import java.nio.charset.StandardCharsets;

/** The last bytes of a stream. Guards itself: one thread adds, another asks. */
final class Tail {
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

    /** As text; a character that was cut in two at the beginning is left out. */
    synchronized String text() {
        int length = (int) Math.min(total, ring.length);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = ring[(int) ((total - length + i) % ring.length)];
        }
        int start = 0;
        while (total > length && start < Math.min(4, length) && (bytes[start] & 0xC0) == 0x80) {
            start++;
        }
        return new String(bytes, start, length - start, StandardCharsets.UTF_8);
    }
}
