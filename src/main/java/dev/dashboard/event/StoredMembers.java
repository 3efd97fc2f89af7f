package dev.dashboard.event;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reads the members of one stored object; one that is missing or of another kind is named in the exception. */
final class StoredMembers {
    private final String what;
    private final JsonObject json;

    StoredMembers(String what, JsonObject json) {
        this.what = what;
        this.json = json;
    }

    String text(String name) {
        return value(name, JsonString.class).getString();
    }

    Optional<String> optText(String name) {
        return opt(name, JsonString.class).map(JsonString::getString);
    }

    List<String> texts(String name) {
        return array(name).getValuesAs(JsonString.class).stream()
                .map(JsonString::getString)
                .toList();
    }

    Map<String, String> textsByName(String name) {
        StoredMembers members = members(name);
        return object(name).keySet().stream().collect(Collectors.toMap(Function.identity(), members::text));
    }

    UUID id(String name) {
        return UUID.fromString(text(name));
    }

    long number(String name) {
        return value(name, JsonNumber.class).longValueExact();
    }

    Optional<Long> optNumber(String name) {
        return opt(name, JsonNumber.class).map(JsonNumber::longValueExact);
    }

    int integer(String name) {
        return Math.toIntExact(number(name));
    }

    Optional<Integer> optInteger(String name) {
        return optNumber(name).map(Math::toIntExact);
    }

    Optional<Double> optDouble(String name) {
        return opt(name, JsonNumber.class).map(JsonNumber::doubleValue);
    }

    BigDecimal decimal(String name) {
        return value(name, JsonNumber.class).bigDecimalValue();
    }

    boolean flag(String name) {
        return switch (value(name, JsonValue.class).getValueType()) {
            case TRUE -> true;
            case FALSE -> false;
            case ARRAY, OBJECT, STRING, NUMBER, NULL -> throw unreadable(name);
        };
    }

    Instant instant(String name) {
        return Instant.parse(text(name));
    }

    Optional<Instant> optInstant(String name) {
        return optText(name).map(Instant::parse);
    }

    Duration millis(String name) {
        return Duration.ofMillis(number(name));
    }

    JsonObject object(String name) {
        return value(name, JsonObject.class);
    }

    Optional<JsonObject> optObject(String name) {
        return opt(name, JsonObject.class);
    }

    JsonArray array(String name) {
        return value(name, JsonArray.class);
    }

    StoredMembers members(String name) {
        return new StoredMembers(what + "." + name, object(name));
    }

    Optional<StoredMembers> optMembers(String name) {
        return optObject(name).map(object -> new StoredMembers(what + "." + name, object));
    }

    private <T extends JsonValue> T value(String name, Class<T> kind) {
        return opt(name, kind).orElseThrow(() -> unreadable(name));
    }

    private <T extends JsonValue> Optional<T> opt(String name, Class<T> kind) {
        JsonValue value = json.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!kind.isInstance(value)) {
            throw unreadable(name);
        }
        return Optional.of(kind.cast(value));
    }

    private IllegalArgumentException unreadable(String name) {
        return new IllegalArgumentException("stored " + what + " has no readable member \"" + name + "\"");
    }
}
