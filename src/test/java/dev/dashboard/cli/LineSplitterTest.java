package dev.dashboard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineSplitterTest {
    private static final int LIMIT = 100_000;

    @Test
    void aLineIsTheSameHoweverItArrives() {
        String text = "one\n\ntwö\r\n" + "x".repeat(LIMIT) + "\n" + "y".repeat(LIMIT + 1) + "\nlast";
        for (int step : List.of(1, 7, 4096, 1 << 20)) {
            assertEquals(
                    List.of(
                            new LineSplitter.Whole("one", 4),
                            new LineSplitter.Whole("twö\r", 11),
                            new LineSplitter.Whole("x".repeat(LIMIT), 12 + LIMIT),
                            new LineSplitter.TooLong("y".repeat(CliCodec.KEPT_CHARACTERS), LIMIT + 1, 14 + 2 * LIMIT),
                            new LineSplitter.Whole("last", 18 + 2 * LIMIT)),
                    split(text.getBytes(StandardCharsets.UTF_8), step));
        }
    }

    @Test
    void aLongLineDoesNotCutTheNextOne() {
        assertEquals(
                List.of(
                        new LineSplitter.TooLong("a".repeat(CliCodec.KEPT_CHARACTERS), 3 * LIMIT, 3 * LIMIT + 1),
                        new LineSplitter.Whole("b", 3 * LIMIT + 3)),
                split(("a".repeat(3 * LIMIT) + "\nb\n").getBytes(StandardCharsets.UTF_8), 4096));
    }

    @Test
    void bytesThatAreNoTextAreReplaced() {
        assertEquals(
                List.of(new LineSplitter.Whole("a\ufffd\ufffd", 4)),
                split(new byte[] {'a', (byte) 0xff, (byte) 0xc3, '\n'}, 4));
    }

    @Test
    void whoBeganInTheMiddleCountsFromThere() {
        List<LineSplitter.Line> lines = new ArrayList<>();
        LineSplitter splitter = new LineSplitter(LIMIT, 1000);

        splitter.add("one\ntwo\n".getBytes(StandardCharsets.UTF_8), 8, lines::add);

        assertEquals(List.of(new LineSplitter.Whole("one", 1004), new LineSplitter.Whole("two", 1008)), lines);
    }

    /** Gives at most so many bytes at a time, in an array that is used again. */
    private static List<LineSplitter.Line> split(byte[] bytes, int step) {
        List<LineSplitter.Line> lines = new ArrayList<>();
        LineSplitter splitter = new LineSplitter(LIMIT, 0);
        for (int at = 0; at < bytes.length; at += step) {
            byte[] chunk = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + step));
            splitter.add(chunk, chunk.length, lines::add);
            Arrays.fill(chunk, (byte) '!');
        }
        splitter.end(lines::add);
        return lines;
    }
}
