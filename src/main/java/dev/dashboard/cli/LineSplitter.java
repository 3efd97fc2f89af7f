package dev.dashboard.cli;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts a stream into lines, as it arrives. The buffer grows with the line, to a limit; of a longer line only the beginning is kept, the
 * rest is counted and dropped up to the next line break. For one thread at a time.
 */
final class LineSplitter {
    /** Each live process keeps a line's buffer, so a small one is worth while: most lines are below 4 KiB. */
    private static final int LINE = 4 * 1024;
    /** A buffer that has grown beyond this is given back after its line. */
    private static final int LARGE = 64 * 1024;

    sealed interface Line {
        /** Where the next line begins, in bytes from the beginning of the stream. */
        long end();
    }

    /** Whole, without its line break; what is not UTF-8 is replaced. */
    record Whole(String text, long end) implements Line {}

    record TooLong(String beginning, long bytes, long end) implements Line {}

    private final int limit;
    private long offset;
    private byte[] line = new byte[LINE];
    private int length;
    private long total;

    /** @param from where in the stream the first byte to come stands */
    LineSplitter(int limitBytes, long from) {
        this.limit = limitBytes;
        this.offset = from;
    }

    /** Hands over the lines that are complete now; empty ones are none. */
    void add(byte[] bytes, int count, Consumer<Line> lines) {
        int position = 0;
        while (position < count) {
            int end = lineEnd(bytes, position, count);
            keep(bytes, position, end - position);
            boolean complete = end < count;
            int next = complete ? end + 1 : end;
            offset += next - position;
            position = next;
            if (complete) {
                hand(lines);
            }
        }
    }

    /** The stream is over: what stood after the last line break is the last line. */
    void end(Consumer<Line> lines) {
        hand(lines);
    }

    private static int lineEnd(byte[] bytes, int position, int count) {
        int end = position;
        while (end < count && bytes[end] != '\n') {
            end++;
        }
        return end;
    }

    private void keep(byte[] bytes, int position, int count) {
        int kept = Math.min(count, limit - length);
        if (length + kept > line.length) {
            line = Arrays.copyOf(line, (int) Math.min(limit, Math.max(length + kept, 2L * line.length)));
        }
        System.arraycopy(bytes, position, line, length, kept);
        length += kept;
        total += count;
    }

    private void hand(Consumer<Line> lines) {
        if (total == 0) {
            return;
        }
        boolean whole = total <= limit;
        int shown = whole ? length : Math.min(length, CliCodec.KEPT_CHARACTERS);
        String text = new String(line, 0, shown, StandardCharsets.UTF_8);
        Line taken = whole ? new Whole(text, offset) : new TooLong(text, total, offset);
        length = 0;
        total = 0;
        if (line.length > LARGE) {
            line = new byte[LINE]; // one large line must not hold its memory for the session's life
        }
        lines.accept(taken);
    }
}
