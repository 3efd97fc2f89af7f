package dev.dashboard.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Cuts a stream into lines. The buffer grows with the line, to a limit; of a longer line only the beginning is kept, the rest is
 * counted and dropped up to the next line break. One thread reads; others may ask {@link #waitedForMillis}.
 */
final class LineReader {
    /** Each live process keeps one of these and a line's buffer, so small ones are worth while: most lines are below 4 KiB. */
    private static final int CHUNK = 16 * 1024;

    private static final int LINE = 4 * 1024;
    /** A buffer that has grown beyond this is given back after its line. */
    private static final int LARGE = 64 * 1024;

    sealed interface Line {}

    /** Whole, without its line break; what is not UTF-8 is replaced. */
    record Whole(String text) implements Line {}

    record TooLong(String beginning, long bytes) implements Line {}

    /** The stream is over. What stood after the last line break is the last whole line. */
    record End() implements Line {}

    private final InputStream in;
    private final int limit;
    private final byte[] chunk = new byte[CHUNK];
    private int position;
    private int filled;
    private byte[] line = new byte[LINE];
    private int length;
    private volatile long waitingSince;

    LineReader(InputStream in, int limitBytes) {
        this.in = in;
        this.limit = limitBytes;
    }

    /** Blocks for the next line; empty ones are skipped. */
    Line next() throws IOException {
        length = 0;
        long total = 0;
        while (true) {
            if (position == filled && !fill()) {
                return total == 0 ? new End() : taken(total);
            }
            int end = lineEnd();
            keep(end - position);
            total += end - position;
            boolean complete = end < filled;
            position = complete ? end + 1 : end;
            if (complete && total > 0) {
                return taken(total);
            }
        }
    }

    private boolean fill() throws IOException {
        waitingSince = Math.max(1, System.nanoTime());
        try {
            position = 0;
            filled = Math.max(0, in.read(chunk));
            return filled > 0;
        } finally {
            waitingSince = 0;
        }
    }

    private int lineEnd() {
        int end = position;
        while (end < filled && chunk[end] != '\n') {
            end++;
        }
        return end;
    }

    private void keep(int count) {
        int kept = Math.min(count, limit - length);
        if (length + kept > line.length) {
            line = Arrays.copyOf(line, (int) Math.min(limit, Math.max(length + kept, 2L * line.length)));
        }
        System.arraycopy(chunk, position, line, length, kept);
        length += kept;
    }

    private Line taken(long total) {
        boolean whole = total <= limit;
        int shown = whole ? length : Math.min(length, CliCodec.KEPT_CHARACTERS);
        String text = new String(line, 0, shown, StandardCharsets.UTF_8);
        if (line.length > LARGE) {
            line = new byte[LINE]; // one large line must not hold its memory for the session's life
        }
        return whole ? new Whole(text) : new TooLong(text, total);
    }

    /** How long the reader has been waiting for the stream; zero when it is not. */
    long waitedForMillis() {
        long since = waitingSince;
        return since == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
    }
}
