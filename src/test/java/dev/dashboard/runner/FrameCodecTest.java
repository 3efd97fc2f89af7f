package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody.Marked;
import dev.dashboard.custody.Exit;
import dev.dashboard.custody.ProcessId;
import dev.dashboard.custody.ResourceUse;
import dev.dashboard.custody.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
    private static final long SEED = 20_261_126;
    private static final byte[] BYTES = {0, 1, -1, 127, -128, '\n'};
    private static final Path PROGRAM = Path.of("/opt/claude");
    private static final UUID CONVERSATION = new UUID(-1, 7);
    private static final Exit.Leftover LEFTOVER = new Exit.Leftover(3, 2, 1);

    static final List<Frame> EVERY = List.of(
            new Frame.Challenge(1, BYTES),
            new Frame.Hello(Integer.MAX_VALUE, BYTES),
            new Frame.Welcome(),
            new Frame.Refused("runner-full", "Ünïcode\n"),
            new Frame.Start(
                    new Command(PROGRAM, List.of("--print", ""), Map.of("LANG", "C"), Path.of("/projects/a b"))),
            new Frame.Attach("launch", Long.MAX_VALUE),
            new Frame.Input(7, true, BYTES),
            new Frame.Input(7, false, new byte[0]),
            new Frame.Kept(1L << 40),
            new Frame.Stop(Duration.ZERO, Duration.ofMinutes(10)),
            new Frame.Kill(),
            new Frame.Taken(),
            new Frame.Present(new ProcessId(4711, 99), Instant.ofEpochMilli(1_700_000_000_123L), 5, 4),
            new Frame.Unknown(),
            new Frame.Output(BYTES),
            new Frame.Written(9),
            new Frame.Use(new ResourceUse(Duration.ofMillis(1234), 1L << 33, 3, 250)),
            new Frame.Exited(new Exit(OptionalInt.of(137), "it broke\n", LEFTOVER)),
            new Frame.Exited(new Exit(OptionalInt.empty(), "", Exit.Leftover.NONE)),
            new Frame.OfInstance("instance"),
            new Frame.Processes(List.of(new Marked(new ProcessId(1, 2), "s", "l"))),
            new Frame.Processes(List.of()),
            new Frame.End("launch", Optional.of(new ProcessId(1, 2)), Duration.ofSeconds(1)),
            new Frame.End("launch", Optional.empty(), Duration.ZERO),
            new Frame.Ended(LEFTOVER),
            new Frame.Transcript(CONVERSATION, true),
            new Frame.Forget(CONVERSATION),
            new Frame.Found(false),
            new Frame.Done(),
            new Frame.AskVersion(),
            new Frame.AskTaking(),
            new Frame.Taking(true),
            new Frame.Watch(),
            new Frame.Leaving(Duration.ofSeconds(60)),
            new Frame.TellVersion(new Version.Missing(PROGRAM)),
            new Frame.TellVersion(new Version.NotExecutable(PROGRAM)),
            new Frame.TellVersion(new Version.Answered(PROGRAM, 3, "2.1")),
            new Frame.TellVersion(new Version.Silent(PROGRAM, "no answer")));

    @Test
    void everyFrameComesBackAsItWent() throws IOException {
        for (Frame frame : EVERY) {
            Frame back = FrameCodec.decode(FrameCodec.encode(frame));

            assertEquals(frame.getClass(), back.getClass());
            assertArrayEquals(FrameCodec.encode(frame), FrameCodec.encode(back), frame.toString());
            if (!hasBytes(frame)) {
                assertEquals(frame, back);
            }
        }
    }

    /** Records compare arrays by identity. */
    private static boolean hasBytes(Frame frame) {
        return Stream.of(frame.getClass().getRecordComponents()).anyMatch(part -> part.getType() == byte[].class);
    }

    @Test
    void thereIsASampleOfEachKind() {
        Set<Class<?>> sampled = EVERY.stream().map(Object::getClass).collect(Collectors.toSet());

        assertEquals(Set.of(Frame.class.getPermittedSubclasses()), sampled);
    }

    @Test
    void aFrameThatIsCutOrGoesOnIsNone() {
        for (Frame frame : EVERY) {
            byte[] whole = FrameCodec.encode(frame);
            for (int length = 0; length < whole.length; length++) {
                byte[] cut = Arrays.copyOf(whole, length);
                assertThrows(IOException.class, () -> FrameCodec.decode(cut), frame + " cut at " + length);
            }
            assertThrows(IOException.class, () -> FrameCodec.decode(Arrays.copyOf(whole, whole.length + 1)));
        }
    }

    /** A length is believed only when its bytes are there, so a short frame never takes much memory. */
    @Test
    void whateverComesIsAFrameOrAnIOException() {
        Random random = new Random(SEED);
        int refused = 0;
        for (int round = 0; round < 60_000; round++) {
            byte[] bytes = round % 2 == 0 ? garbage(random) : mutation(random);
            try {
                FrameCodec.decode(bytes);
            } catch (IOException e) {
                refused++;
            }
        }
        assertTrue(refused > 30_000, "refused " + refused);
    }

    private static byte[] garbage(Random random) {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] mutation(Random random) {
        byte[] bytes = FrameCodec.encode(EVERY.get(random.nextInt(EVERY.size())));
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
