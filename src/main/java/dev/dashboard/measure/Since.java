package dev.dashboard.measure;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * When things began, until they end. What began before anybody looked, and what is forgotten since there are too many, has an end without
 * a duration. For one thread.
 */
final class Since<K> {
    /** Far more than sessions that live at once, and requests that wait. */
    static final int MOST = 10_000;

    private final Map<K, Instant> begun = new LinkedHashMap<>();

    /** The first beginning counts. */
    void began(K key, Instant time) {
        begun.putIfAbsent(key, time);
        if (begun.size() > MOST) {
            begun.remove(begun.keySet().iterator().next());
        }
    }

    boolean has(K key) {
        return begun.containsKey(key);
    }

    /** How long it took, and forgets it. Both times are the wall clock's, which may have been set back meanwhile: then it took none. */
    Optional<Duration> ended(K key, Instant time) {
        return Optional.ofNullable(begun.remove(key))
                .map(beginning -> Duration.between(beginning, time))
                .map(took -> took.isNegative() ? Duration.ZERO : took);
    }

    void forget(K key) {
        begun.remove(key);
    }
}
