package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.LoggerContext;
import dev.dashboard.support.Await;
import dev.dashboard.support.LogLines;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogLevelTest {
    private static final System.Logger OURS = System.getLogger("dev.dashboard.somewhere");
    private static final System.Logger LIBRARY = System.getLogger("io.helidon.somewhere");

    private final ch.qos.logback.classic.Logger logger =
            ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("dev.dashboard");
    private ch.qos.logback.classic.Level before;
    private LogLevel level;

    @BeforeEach
    void start() {
        before = logger.getLevel();
        level = new LogLevel("INFO", Clock.systemUTC());
    }

    @AfterEach
    void close() {
        level.close();
        logger.setLevel(before);
    }

    @Test
    void untilThenItIsTheOneThatWasAskedFor() {
        level.set(level.planned("debug", Duration.ofMinutes(15)));

        assertTrue(OURS.isLoggable(Level.DEBUG));
        assertEquals("debug", level.state().level());
        assertEquals("info", level.state().configured());
        assertTrue(level.state().until().orElseThrow().isAfter(Instant.now().plus(Duration.ofMinutes(14))));
    }

    @Test
    void itGoesBackByItself() {
        level.set(level.planned("debug", Duration.ofMillis(50)));

        Await.until("the configured level", () -> !OURS.isLoggable(Level.DEBUG));

        assertEquals(new LogLevel.State("info", "info", Optional.empty()), level.state());
        assertTrue(OURS.isLoggable(Level.INFO));
    }

    /** Whoever looks for something else after five minutes has their own time. */
    @Test
    void aSecondOneHasItsOwnTime() {
        level.set(level.planned("debug", Duration.ofHours(1)));
        level.set(level.planned("error", Duration.ofMillis(50)));

        Await.until("the configured level", () -> level.state().until().isEmpty());
        assertFalse(OURS.isLoggable(Level.DEBUG));
        assertTrue(OURS.isLoggable(Level.INFO));
    }

    @Test
    void theConfiguredOneHoldsWithoutAnEnd() {
        level.set(level.planned("debug", Duration.ofHours(1)));
        level.set(level.planned("info", Duration.ofHours(1)));

        assertEquals(new LogLevel.State("info", "info", Optional.empty()), level.state());
        assertFalse(OURS.isLoggable(Level.DEBUG));
    }

    /** At DEBUG the server's library would write raw headers. */
    @Test
    void noLibraryIsTouched() {
        boolean library = LIBRARY.isLoggable(Level.DEBUG);

        level.set(level.planned("debug", Duration.ofHours(1)));

        assertFalse(library);
        assertFalse(LIBRARY.isLoggable(Level.DEBUG));
    }

    @Test
    void theLogExplainsItsOwnSilence() {
        try (LogLines lines = LogLines.of("dev.dashboard", ch.qos.logback.classic.Level.INFO)) {
            level.set(level.planned("error", Duration.ofHours(1)));
            level.set(level.planned("info", Duration.ofHours(1)));

            List<String> said = lines.objects().stream()
                    .map(line -> line.getString("message"))
                    .toList();
            assertEquals(2, said.size(), said::toString);
            assertTrue(said.getFirst().startsWith("log level changed level=error until=2"), said::toString);
            assertEquals("log level changed level=info until=-", said.getLast());
        }
    }
}
