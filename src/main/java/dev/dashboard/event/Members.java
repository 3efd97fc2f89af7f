package dev.dashboard.event;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds the members of one JSON object; an empty Optional leaves its member out. */
final class Members {
    /** Looked up once: the static methods of {@code Json} search the class path for it at every call, some 100 µs each. */
    static final JsonProvider JSON = JsonProvider.provider();

    private static final DateTimeFormatter MILLIS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    private final JsonObjectBuilder json = JSON.createObjectBuilder();

    /** ISO-8601 in UTC with milliseconds, and with more digits only where there are more. */
    static String time(Instant instant) {
        return instant.getNano() % 1_000_000 == 0 ? MILLIS.format(instant) : instant.toString();
    }

    Members text(String name, String value) {
        json.add(name, value);
        return this;
    }

    Members text(String name, Optional<String> value) {
        value.ifPresent(present -> json.add(name, present));
        return this;
    }

    Members texts(String name, List<?> values) {
        var array = JSON.createArrayBuilder();
        values.forEach(value -> array.add(value.toString()));
        json.add(name, array);
        return this;
    }

    Members texts(String name, Map<String, String> values) {
        JsonObjectBuilder object = JSON.createObjectBuilder();
        values.forEach(object::add);
        json.add(name, object);
        return this;
    }

    Members number(String name, long value) {
        json.add(name, value);
        return this;
    }

    Members number(String name, Optional<? extends Number> value) {
        switch (value.orElse(null)) {
            case null -> {}
            case Double number -> json.add(name, number);
            case Number number -> json.add(name, number.longValue());
        }
        return this;
    }

    Members decimal(String name, BigDecimal value) {
        json.add(name, value);
        return this;
    }

    Members flag(String name, boolean value) {
        json.add(name, value);
        return this;
    }

    Members instant(String name, Instant value) {
        return text(name, time(value));
    }

    Members instant(String name, Optional<Instant> value) {
        return text(name, value.map(Members::time));
    }

    /** The name must end in {@code Ms}. What is below a millisecond is lost. */
    Members millis(String name, Duration value) {
        return number(name, value.toMillis());
    }

    Members json(String name, JsonValue value) {
        json.add(name, value);
        return this;
    }

    Members json(String name, Optional<? extends JsonValue> value) {
        value.ifPresent(present -> json.add(name, present));
        return this;
    }

    JsonObject build() {
        return json.build();
    }
}
