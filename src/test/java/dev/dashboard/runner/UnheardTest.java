package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.custody.Exit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ends that no server takes. */
class UnheardTest {
    /** So many that they end as fast as they can. */
    private static final int TOO_MANY = 30_000;

    @TempDir
    Path folder;

    @Test
    void ofTooManyThatEndedTheOldestAreForgotten() {
        List<Held> ended = new ArrayList<>();
        for (int i = 0; i < Runner.MAX_UNHEARD + TOO_MANY; i++) {
            ended.add(new Held(UUID.randomUUID().toString(), new Spool(folder, 1, 1)));
        }
        // One right after the other: what is between them is no longer than a look at the clock.
        Exit exit = new Exit(OptionalInt.of(0), "", Exit.Leftover.NONE);
        ended.forEach(one -> one.exited(exit));
        long now = System.nanoTime();
        List<Long> longest =
                ended.stream().map(one -> one.overForNanos(now)).limit(TOO_MANY).toList();
        Collections.shuffle(ended, new Random(1));

        assertEquals(
                longest,
                Runner.unheard(ended).stream().map(one -> one.overForNanos(now)).toList());
    }
}
