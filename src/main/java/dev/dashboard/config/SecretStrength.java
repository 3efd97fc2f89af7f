package dev.dashboard.config;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** Whether a value can have come from a random source. Pure: nothing is proven, the usual mistakes are found. */
final class SecretStrength {
    private static final double LEAST_BITS = 128;
    private static final List<String> WELL_KNOWN = List.of(
            "changeme",
            "change-me",
            "change_me",
            "secret",
            "password",
            "default",
            "example",
            "dashboard",
            "replace",
            "your-key",
            "your_key",
            "0123456789",
            "abcdefgh",
            "qwerty",
            "dev-only",
            "insecure");

    private SecretStrength() {}

    /** Holds a word of those that stand in documentation and templates. */
    static boolean isWellKnown(String value) {
        String lower = value.toLowerCase(Locale.ROOT);
        return WELL_KNOWN.stream().anyMatch(lower::contains);
    }

    /** Too few different characters, one part over and over, or a walk along the alphabet. */
    static boolean isRegular(String value) {
        return bits(value) < LEAST_BITS || repeatsItself(value) || mostlyWalks(value);
    }

    /** Shannon's measure over the characters: 48 random bytes in base64 give about 300, a repeated word under 100. */
    private static double bits(String value) {
        Map<Integer, Integer> counts = new HashMap<>();
        value.chars().forEach(c -> counts.merge(c, 1, Integer::sum));
        double bits = 0;
        for (int count : counts.values()) {
            bits -= count * Math.log((double) count / value.length()) / Math.log(2);
        }
        return bits;
    }

    /** A quarter of it stands in it once more. */
    private static boolean repeatsItself(String value) {
        int quarter = value.length() / 4;
        return IntStream.range(0, value.length() - quarter)
                .anyMatch(start -> value.indexOf(value.substring(start, start + quarter), start + 1) >= 0);
    }

    /** From one character to its neighbour and on; of random ones about one step in thirty does that. */
    private static boolean mostlyWalks(String value) {
        int steps = 0;
        for (int i = 1; i < value.length(); i++) {
            steps += Math.abs(value.charAt(i) - value.charAt(i - 1)) <= 1 ? 1 : 0;
        }
        return steps > value.length() / 2;
    }
}
