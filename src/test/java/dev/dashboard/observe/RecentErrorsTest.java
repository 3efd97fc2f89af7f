package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.mask.Masking;
import dev.dashboard.run.LogContext;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecentErrorsTest {
    private static final Logger LOG = System.getLogger("somewhere");
    private static final String SECRET = "q3Zt7vK1mW9xB5nR2cY8dF4hJ6gL0pSa";

    private final List<String> counted = new ArrayList<>();
    private final RecentErrors errors = RecentErrors.listen(new Masking(List.of(SECRET))::mask, counted::add);

    @AfterEach
    void close() {
        errors.close();
    }

    @Test
    void warningsAndErrorsAreKeptNewestFirstAndCounted() {
        LOG.log(Level.WARNING, "first");
        LOG.log(Level.INFO, "nothing to worry about");
        LOG.log(Level.ERROR, "second number={0}", 2);

        List<RecentErrors.Line> lines = errors.lines();

        assertEquals(
                List.of("second number=2", "first"),
                lines.stream().map(RecentErrors.Line::message).toList());
        assertEquals("ERROR", lines.getFirst().level());
        assertEquals("somewhere", lines.getFirst().logger());
        assertEquals(List.of("warn", "error"), counted);
    }

    @Test
    void aLineSaysForWhichRequestAndSession() {
        LogContext.ofRequest("r1").run(() -> {
            LogContext.session("s1");
            LOG.log(Level.WARNING, "x");
        });

        assertEquals(Optional.of("r1"), errors.lines().getFirst().requestId());
        assertEquals(Optional.of("s1"), errors.lines().getFirst().sessionId());
    }

    @Test
    void theOldestIsForgotten() {
        for (int i = 0; i <= RecentErrors.MOST; i++) {
            LOG.log(Level.WARNING, "line " + i);
        }

        assertEquals(RecentErrors.MOST, errors.lines().size());
        assertEquals("line 1", errors.lines().getLast().message());
        assertEquals(RecentErrors.MOST + 1, counted.size());
    }

    @Test
    void noSecretIsKeptAlsoNotOneThatACutWouldHalve() {
        String filler = "x".repeat(RecentErrors.LONGEST_TEXT - 10);
        LOG.log(Level.ERROR, filler + " " + SECRET, new IllegalStateException("bad header " + SECRET));

        RecentErrors.Line line = errors.lines().getFirst();

        assertFalse(line.message().contains(SECRET.substring(0, 8)), line.message());
        assertTrue(line.exception().orElseThrow().contains("bad header " + Masking.MASK));
        assertTrue(line.message().length() <= RecentErrors.LONGEST_TEXT);
        assertTrue(line.exception().orElseThrow().length() <= RecentErrors.LONGEST_TEXT);
    }

    @Test
    void afterTheEndNothingIsKept() {
        errors.close();

        LOG.log(Level.WARNING, "late");

        assertEquals(List.of(), errors.lines());
    }
}
