package dev.dashboard.support;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition with a deadline, never for a duration. */
public final class Await {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

    private Await() {}

    /** Returns as soon as it holds; fails, naming what was waited for, after twenty seconds. */
    public static void until(String what, BooleanSupplier holds) {
        until(what, LIMIT, holds);
    }

    public static void until(String what, Duration limit, BooleanSupplier holds) {
        until(what, limit, LOOK_AGAIN, holds);
    }

    /** Looks again after the given time; for what costs something to look at. */
    public static void until(String what, Duration limit, Duration lookAgain, BooleanSupplier holds) {
        long end = System.nanoTime() + limit.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - end >= 0) {
                throw new AssertionError("within " + limit.toMillis() + " ms it did not come true that " + what);
            }
            LockSupport.parkNanos(lookAgain.toNanos());
        }
    }
}
