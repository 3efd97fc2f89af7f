package dev.dashboard.run;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * Measures waits: it begins at the wall clock's time and then runs by itself, so that nothing comes due, or never does, because
 * somebody set the machine's clock. What is recorded and shown carries the wall clock's time instead.
 */
public final class SteadyClock extends Clock {
    private final Instant begin = Instant.now();
    private final long beginNanos = System.nanoTime();

    @Override
    public Instant instant() {
        return begin.plus(Duration.ofNanos(System.nanoTime() - beginNanos));
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("for waits only; they have no zone");
    }
}
