package dev.dashboard.auth;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Slows guessing: so many refused attempts a minute for a name and for an address, then a wait that doubles each time the limit is
 * reached again. An attempt is counted before the password is looked at, so that many at once do not slip through, and taken
 * back when it succeeds.
 *
 * <p>Thread-safe by one lock, held for a few map operations. Bounded: {@value #MOST} keys, the longest untouched is forgotten
 * first; to make it forget, an attacker needs that many addresses, since addresses are limited too.
 */
final class SignInLimiter {
    static final int MOST = 20_000;
    static final Duration WINDOW = Duration.ofMinutes(1);
    static final Duration LONGEST = Duration.ofMinutes(15);

    /** @param first whether this refusal is the first of its wait, which is the one worth recording */
    record Wait(Duration left, boolean first) {}

    private static final class Bucket {
        private Instant windowStart = Instant.EPOCH;
        private Instant blockedUntil = Instant.EPOCH;
        private int attempts;
        private int blocks;
        private boolean told;
    }

    private final Clock clock;
    private final int perName;
    private final int perAddress;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > MOST;
        }
    };

    SignInLimiter(Clock clock, int perName, int perAddress) {
        this.clock = clock;
        this.perName = perName;
        this.perAddress = perAddress;
    }

    /** Counts an attempt; or, without counting, how long to wait. */
    synchronized Optional<Wait> attempt(String nameKey, String address) {
        Instant now = clock.instant();
        Bucket name = buckets.computeIfAbsent("name " + nameKey, _ -> new Bucket());
        Bucket place = buckets.computeIfAbsent("address " + address, _ -> new Bucket());
        Optional<Wait> wait = blocked(name, perName, now).or(() -> blocked(place, perAddress, now));
        if (wait.isEmpty()) {
            name.attempts++;
            place.attempts++;
        }
        return wait;
    }

    /** The attempt was right: the name starts afresh, and the address is not charged for it. */
    synchronized void succeeded(String nameKey, String address) {
        buckets.remove("name " + nameKey);
        Optional.ofNullable(buckets.get("address " + address)).ifPresent(b -> b.attempts = Math.max(0, b.attempts - 1));
    }

    private static Optional<Wait> blocked(Bucket bucket, int limit, Instant now) {
        if (now.isBefore(bucket.blockedUntil)) {
            boolean first = !bucket.told;
            bucket.told = true;
            return Optional.of(new Wait(Duration.between(now, bucket.blockedUntil), first));
        }
        if (!now.isBefore(bucket.windowStart.plus(WINDOW))) {
            bucket.blocks = quietFor(bucket, now, LONGEST) ? 0 : bucket.blocks;
            bucket.windowStart = now;
            bucket.attempts = 0;
        }
        if (bucket.attempts < limit) {
            return Optional.empty();
        }
        Duration wait = WINDOW.multipliedBy(1L << Math.min(bucket.blocks, 8));
        wait = wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
        bucket.blocks++;
        bucket.attempts = 0;
        bucket.windowStart = now.plus(wait);
        bucket.blockedUntil = now.plus(wait);
        bucket.told = true;
        return Optional.of(new Wait(wait, true));
    }

    private static boolean quietFor(Bucket bucket, Instant now, Duration time) {
        return now.isAfter(bucket.blockedUntil.plus(time)) && now.isAfter(bucket.windowStart.plus(time));
    }
}
