package dev.dashboard.store;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/**
 * One row by column name. The plain getters refuse SQL NULL with the column's name; the {@code opt…} ones answer empty. Valid
 * only inside the {@link RowMapper} it is given to.
 */
public abstract sealed class Row permits JdbcRow, ClientRow {
    /** The value as the driver gives it, or null for SQL NULL. */
    abstract Object value(String name);

    public final String string(String name) {
        return present(name).toString();
    }

    public final Optional<String> optString(String name) {
        return Optional.ofNullable(value(name)).map(Object::toString);
    }

    public final long longValue(String name) {
        return number(name).longValue();
    }

    public final Optional<Long> optLong(String name) {
        return optNumber(name).map(Number::longValue);
    }

    /** Refuses a number beyond 32 bits. */
    public final int intValue(String name) {
        return Math.toIntExact(longValue(name));
    }

    public final Optional<Integer> optInt(String name) {
        return optLong(name).map(Math::toIntExact);
    }

    public final double doubleValue(String name) {
        return number(name).doubleValue();
    }

    public final Optional<Double> optDouble(String name) {
        return optNumber(name).map(Number::doubleValue);
    }

    /** 0 is false, every other number true. */
    public final boolean bool(String name) {
        return longValue(name) != 0;
    }

    /** Stored as milliseconds since 1970. */
    public final Instant instant(String name) {
        return Instant.ofEpochMilli(longValue(name));
    }

    public final Optional<Instant> optInstant(String name) {
        return optLong(name).map(Instant::ofEpochMilli);
    }

    /** Stored as text, so that no digit is lost. */
    public final BigDecimal decimal(String name) {
        return new BigDecimal(string(name));
    }

    public final Optional<BigDecimal> optDecimal(String name) {
        return optString(name).map(BigDecimal::new);
    }

    public final byte[] bytes(String name) {
        if (present(name) instanceof byte[] bytes) {
            return bytes;
        }
        throw new IllegalStateException("column " + name + " holds no bytes");
    }

    private Object present(String name) {
        Object value = value(name);
        if (value == null) {
            throw new IllegalStateException("column " + name + " is NULL");
        }
        return value;
    }

    private Number number(String name) {
        return numeric(name, present(name));
    }

    private Optional<Number> optNumber(String name) {
        return Optional.ofNullable(value(name)).map(value -> numeric(name, value));
    }

    private static Number numeric(String name, Object value) {
        if (value instanceof Number number) {
            return number;
        }
        throw new IllegalStateException("column " + name + " holds no number");
    }
}
