package dev.dashboard.auth;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Slows guessing: so many refused attempts a minute for a name and for an address, then a wait that doubles each time the limit is
 * reached again. An attempt is counted before the password is looked at, so that many at once do not slip through, and taken
 * back when it succeeds.
 *
 * <p>Were a name counted over all addresses alike, everybody who knows it could keep its person out, from as many addresses as
 * they like, by guessing on. So a person is counted apart where they are at home: at an address from which this name has signed in
 * within {@link #LATELY}. The same numbers hold there, for this name at this address alone, so what strangers guess elsewhere neither
 * uses up the person's attempts nor gets more of its own when the person signs in. Who guesses from a person's own address
 * gains five attempts a minute, and shares the limit of the address with them.
 *
 * <p>Thread-safe by one lock, held for a few map operations. Bounded: {@value #MOST} keys, and as many homes; the longest untouched
 * is forgotten first. To make it forget keys, an attacker needs that many addresses, since addresses are limited too; to make it
 * forget homes, that many successful sign-ins.
 */
final class SignInLimiter {
    static final int MOST = 20_000;
    static final Duration WINDOW = Duration.ofMinutes(1);
    static final Duration LONGEST = Duration.ofMinutes(15);
    static final Duration LATELY = Duration.ofDays(30);

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
    private final Map<String, Bucket> buckets = bounded();
    /** When a name last signed in from an address; by both. */
    private final Map<String, Instant> homes = bounded();

    SignInLimiter(Clock clock, int perName, int perAddress) {
        this.clock = clock;
        this.perName = perName;
        this.perAddress = perAddress;
    }

    private static <V> Map<String, V> bounded() {
        return new LinkedHashMap<>(64, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                return size() > MOST;
            }
        };
    }

    /** Counts an attempt; or, without counting, how long to wait. */
    synchronized Optional<Wait> attempt(String nameKey, String address) {
        Instant now = clock.instant();
        String from = network(address);
        Bucket name = bucket(nameBucket(nameKey, from, now));
        Bucket place = bucket("address " + from);
        Optional<Wait> wait = blocked(name, perName, now).or(() -> blocked(place, perAddress, now));
        if (wait.isEmpty()) {
            name.attempts++;
            place.attempts++;
        }
        return wait;
    }

    /** As the other one, for somebody who gives no name. */
    synchronized Optional<Wait> attempt(String address) {
        Bucket place = bucket("address " + network(address));
        Optional<Wait> wait = blocked(place, perAddress, clock.instant());
        if (wait.isEmpty()) {
            place.attempts++;
        }
        return wait;
    }

    /** One host has a whole /64 of IPv6 to itself, so that counts as one address. */
    private static String network(String address) {
        if (!address.contains(":")) {
            return address;
        }
        try {
            byte[] bytes = InetAddress.ofLiteral(address).getAddress();
            return bytes.length == 16 ? HexFormat.of().formatHex(bytes, 0, 8) + "/64" : address;
        } catch (IllegalArgumentException _) {
            return address;
        }
    }

    private Bucket bucket(String key) {
        return buckets.computeIfAbsent(key, _ -> new Bucket());
    }

    /** An address holds no space, so no name can be taken for another name at a home. */
    private String nameBucket(String nameKey, String address, Instant now) {
        Instant last = homes.get(home(nameKey, address));
        boolean atHome = last != null && now.isBefore(last.plus(LATELY));
        return atHome ? "home " + home(nameKey, address) : "name " + nameKey;
    }

    private static String home(String nameKey, String address) {
        return address + " " + nameKey;
    }

    /** The attempt was right: the name starts afresh where it was counted, and the address is not charged for it. */
    synchronized void succeeded(String nameKey, String address) {
        Instant now = clock.instant();
        String from = network(address);
        buckets.remove(nameBucket(nameKey, from, now));
        Optional.ofNullable(buckets.get("address " + from)).ifPresent(b -> b.attempts = Math.max(0, b.attempts - 1));
        homes.put(home(nameKey, from), now);
    }

    /** A sign-in of before this limiter began. */
    synchronized void remember(String nameKey, String address, Instant when) {
        if (!address.isEmpty()) {
            homes.put(home(nameKey, network(address)), when);
        }
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
