package dev.dashboard.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SinceTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

    private final Since<Integer> since = new Since<>();

    @Test
    void anEndHasItsDurationOnceCountedFromTheFirstBeginning() {
        since.began(1, NOON);
        since.began(1, NOON.plusSeconds(5));

        assertEquals(Optional.of(Duration.ofSeconds(8)), since.ended(1, NOON.plusSeconds(8)));
        assertEquals(Optional.empty(), since.ended(1, NOON.plusSeconds(9)));
    }

    @Test
    void whatBeganBeforeAnybodyLookedOrWasForgottenHasNone() {
        since.began(1, NOON);
        since.forget(1);

        assertFalse(since.has(1));
        assertEquals(Optional.empty(), since.ended(1, NOON));
        assertEquals(Optional.empty(), since.ended(2, NOON));
    }

    @Test
    void aClockThatIsSetBackMakesNothingNegative() {
        since.began(1, NOON);

        assertEquals(Optional.of(Duration.ZERO), since.ended(1, NOON.minusSeconds(60)));
    }

    @Test
    void beyondTheBoundTheOldestIsForgotten() {
        for (int i = 0; i <= Since.MOST; i++) {
            since.began(i, NOON);
        }

        assertFalse(since.has(0));
        assertEquals(Optional.of(Duration.ZERO), since.ended(1, NOON));
        assertEquals(Optional.of(Duration.ZERO), since.ended(Since.MOST, NOON));
    }
}
