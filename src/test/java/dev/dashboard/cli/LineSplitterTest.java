package dev.dashboard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    private static final int LIMIT = 100_000;

    @Test
    void aLineIsTheSameHoweverItArrives() throws IOException {
        String text = "one\n\ntwö\r\n" + "x".repeat(LIMIT) + "\n" + "y".repeat(LIMIT + 1) + "\nlast";
        for (int step : List.of(1, 7, 4096, 1 << 20)) {
            LineReader reader = new LineReader(dripping(text, step), LIMIT);

            assertEquals(
                    List.of(
                            new LineReader.Whole("one"),
                            new LineReader.Whole("twö\r"),
                            new LineReader.Whole("x".repeat(LIMIT)),
                            new LineReader.TooLong("y".repeat(CliCodec.KEPT_CHARACTERS), LIMIT + 1),
                            new LineReader.Whole("last")),
                    all(reader));
        }
    }

    @Test
    void aLongLineDoesNotCutTheNextOne() throws IOException {
        LineReader reader = new LineReader(dripping("a".repeat(3 * LIMIT) + "\nb\n", 4096), LIMIT);

        assertEquals(
                List.of(
                        new LineReader.TooLong("a".repeat(CliCodec.KEPT_CHARACTERS), 3 * LIMIT),
                        new LineReader.Whole("b")),
                all(reader));
    }

    @Test
    void bytesThatAreNoTextAreReplaced() throws IOException {
        InputStream in = new ByteArrayInputStream(new byte[] {'a', (byte) 0xff, (byte) 0xc3, '\n'});

        assertEquals(List.of(new LineReader.Whole("a\ufffd\ufffd")), all(new LineReader(in, LIMIT)));
    }

    private static List<LineReader.Line> all(LineReader reader) throws IOException {
        List<LineReader.Line> lines = new ArrayList<>();
        LineReader.Line line = reader.next();
        while (!(line instanceof LineReader.End)) {
            lines.add(line);
            line = reader.next();
        }
        return lines;
    }

    /** Gives at most so many bytes at a time. */
    private static InputStream dripping(String text, int step) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public int read(byte[] bytes, int offset, int length) {
                return super.read(bytes, offset, Math.min(step, length));
            }
        };
    }
}
