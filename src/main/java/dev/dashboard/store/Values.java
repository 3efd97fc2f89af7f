package dev.dashboard.store;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** What a statement's parameter becomes in SQLite; {@link Row} has the way back. */
final class Values {
    private Values() {}

    /** The value to bind; null stands for SQL NULL and never leaves this package. */
    static Object bind(Object value) {
        return switch (value) {
            case null -> null;
            case Optional<?> optional -> bind(optional.orElse(null));
            case String text -> text;
            case Long number -> number;
            case Integer number -> number;
            case Double number -> number;
            case byte[] bytes -> bytes;
            case Boolean flag -> flag ? 1 : 0;
            case Instant instant -> instant.toEpochMilli();
            case BigDecimal number -> number.toPlainString();
            case UUID id -> id.toString();
            case Enum<?> constant -> constant.name();
            default ->
                throw new IllegalArgumentException(
                        "a " + value.getClass().getName() + " cannot be stored; give its text or number");
        };
    }
}
