package dev.dashboard.cli;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Typed reading of an object that anybody may have written: a member that is missing or of another type is empty, one that must be
 * there throws {@link Malformed}, and nothing else ever throws.
 */
record Fields(JsonObject json) {
    /** Exponents beyond this cost time and memory to turn into a number. */
    private static final int LARGEST_SCALE = 40;

    /** A line lacks what it must have. */
    static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Malformed(String message) {
            super(message, null, false, false);
        }
    }

    Optional<String> string(String name) {
        return json.get(name) instanceof JsonString text ? Optional.of(text.getString()) : Optional.empty();
    }

    String required(String name) {
        return string(name).filter(text -> !text.isEmpty()).orElseThrow(() -> new Malformed("no text in " + name));
    }

    boolean flag(String name) {
        return json.get(name) == JsonValue.TRUE;
    }

    Optional<BigDecimal> decimal(String name) {
        if (!(json.get(name) instanceof JsonNumber number)) {
            return Optional.empty();
        }
        BigDecimal value = number.bigDecimalValue();
        boolean sane = Math.abs((long) value.scale()) <= LARGEST_SCALE && value.precision() <= LARGEST_SCALE;
        return sane ? Optional.of(value) : Optional.empty();
    }

    Optional<Long> number(String name) {
        return decimal(name)
                .filter(value -> value.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0)
                .map(BigDecimal::longValue);
    }

    Optional<Integer> integer(String name) {
        return number(name).filter(value -> value == value.intValue()).map(Long::intValue);
    }

    int requiredIndex(String name) {
        return integer(name).filter(value -> value >= 0).orElseThrow(() -> new Malformed("no index in " + name));
    }

    /** A count or an amount; 0 when it is missing or negative. */
    long amount(String name) {
        return number(name).filter(value -> value >= 0).orElse(0L);
    }

    Optional<Instant> time(String name) {
        return string(name).flatMap(Fields::parseTime);
    }

    Fields object(String name) {
        return new Fields(json.get(name) instanceof JsonObject object ? object : JsonValue.EMPTY_JSON_OBJECT);
    }

    Fields requiredObject(String name) {
        if (json.get(name) instanceof JsonObject object) {
            return new Fields(object);
        }
        throw new Malformed("no object in " + name);
    }

    boolean has(String name) {
        return json.containsKey(name);
    }

    JsonArray array(String name) {
        return json.get(name) instanceof JsonArray array ? array : JsonValue.EMPTY_JSON_ARRAY;
    }

    List<String> strings(String name) {
        return array(name).stream()
                .filter(JsonString.class::isInstance)
                .map(text -> ((JsonString) text).getString())
                .toList();
    }

    private static Optional<Instant> parseTime(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException e) {
            return Optional.empty(); // not a time: the same as none
        }
    }
}
