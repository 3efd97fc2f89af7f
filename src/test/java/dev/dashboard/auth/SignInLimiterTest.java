package dev.dashboard.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.TestClock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Guessing is slowed, and the person whose name is guessed is not kept out by it. */
class SignInLimiterTest {
    private static final String HOME = "10.0.0.1";

    private final TestClock clock = new TestClock();
    private final SignInLimiter limiter = new SignInLimiter(clock, 5, 20);

    private void guess(String name, int addresses) {
        for (int i = 0; i < addresses; i++) {
            limiter.attempt(name, "203.0.113." + i);
        }
    }

    private Optional<Duration> attempt(String name, String address) {
        return limiter.attempt(name, address).map(SignInLimiter.Wait::left);
    }

    @Test
    void aNameIsHeldOffAfterFiveAttemptsWhateverAddressTheyComeFrom() {
        guess("mara", 5);
        assertEquals(Optional.of(Duration.ofMinutes(1)), attempt("mara", "198.51.100.7"));
        assertEquals(Optional.empty(), attempt("jonas", "198.51.100.7"), "and nobody else's");
    }

    @Test
    void anAddressIsHeldOffAfterTwentyWhateverNamesItTries() {
        for (int i = 0; i < 20; i++) {
            assertEquals(Optional.empty(), attempt("name" + i, HOME));
        }
        assertEquals(Optional.of(Duration.ofMinutes(1)), attempt("another", HOME));
    }

    @Test
    void aNetworkOfOneHostIsOneAddress() {
        for (int i = 0; i < 20; i++) {
            assertEquals(Optional.empty(), attempt("name" + i, "2001:db8:1:2::" + i));
        }
        assertEquals(Optional.of(Duration.ofMinutes(1)), attempt("another", "2001:db8:1:2:ffff::1"));
        assertEquals(Optional.empty(), attempt("another", "2001:db8:1:3::1"), "the next host");
    }

    @Test
    void eachWaitIsTwiceAsLongAsTheOneBefore() {
        for (int minutes = 1; minutes <= 8; minutes *= 2) {
            guess("mara", 5);
            assertEquals(Optional.of(Duration.ofMinutes(minutes)), attempt("mara", "198.51.100.7"));
            clock.forward(Duration.ofMinutes(minutes));
        }
    }

    @Test
    void whoeverSignedInFromAnAddressLatelyComesInFromThereWhileTheNameIsGuessedElsewhere() {
        limiter.attempt("mara", HOME);
        limiter.succeeded("mara", HOME);
        guess("mara", 60);
        assertTrue(attempt("mara", "198.51.100.7").isPresent(), "strangers wait");
        assertEquals(Optional.empty(), attempt("mara", HOME));
    }

    @Test
    void atHomeTheSameNumbersHold() {
        limiter.succeeded("mara", HOME);
        for (int i = 0; i < 5; i++) {
            assertEquals(Optional.empty(), attempt("mara", HOME));
        }
        assertTrue(attempt("mara", HOME).isPresent());
    }

    @Test
    void aSignInAtHomeGivesStrangersNoMoreAttempts() {
        limiter.succeeded("mara", HOME);
        guess("mara", 5);
        limiter.attempt("mara", HOME);
        limiter.succeeded("mara", HOME);
        assertTrue(attempt("mara", "198.51.100.7").isPresent());
    }

    @Test
    void anAddressIsNoHomeForEver() {
        limiter.succeeded("mara", HOME);
        clock.forward(SignInLimiter.LATELY);
        guess("mara", 5);
        assertTrue(attempt("mara", HOME).isPresent());
    }

    @Test
    void itIsAHomeOfThatNameAlone() {
        limiter.succeeded("mara", HOME);
        guess("jonas", 5);
        assertTrue(attempt("jonas", HOME).isPresent());
    }

    @Test
    void sightOfManyNamesMakesItForgetTheOldestOnly() {
        guess("mara", 5);
        for (int i = 0; i < SignInLimiter.MOST / 4; i++) {
            limiter.attempt("n" + i, "2001:db8::" + Integer.toHexString(i));
        }
        assertTrue(attempt("mara", "198.51.100.7").isPresent());
    }
}
