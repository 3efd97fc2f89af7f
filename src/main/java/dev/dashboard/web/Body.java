package dev.dashboard.web;

import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The JSON object of a request. Each getter checks type and length and throws a Problem INVALID that names the field and the
 * limit; members that the route does not know are refused, since a misspelt option must not be ignored.
 */
public final class Body {
    private static final JsonReaderFactory READERS = Json.createReaderFactory(
            Map.of(jakarta.json.JsonConfig.KEY_STRATEGY, jakarta.json.JsonConfig.KeyStrategy.NONE));

    private static final int MOST_LEVELS = 100;

    private final JsonObject json;

    private Body(JsonObject json) {
        this.json = json;
    }

    static Body parse(byte[] bytes, Set<String> allowed) {
        JsonObject json = object(text(bytes));
        for (String name : json.keySet()) {
            if (!allowed.contains(name)) {
                throw fault("unknown-field", name, "is not a field of this request");
            }
        }
        json.forEach((name, value) -> check(name, value, MOST_LEVELS));
        return new Body(json);
    }

    /** What goes on to the journal, to browsers and to the CLI must be what each of them can read. */
    private static void check(String field, JsonValue value, int levels) {
        if (levels == 0) {
            throw fault("field-depth", field, "must not be nested deeper than " + MOST_LEVELS + " levels");
        }
        switch (value) {
            case JsonString string -> checkText(field, string.getString());
            case JsonArray array -> array.forEach(element -> check(field, element, levels - 1));
            case JsonObject object ->
                object.forEach((name, member) -> {
                    checkText(field, name);
                    check(field, member, levels - 1);
                });
            default -> {
                // A number or a word; the parser limits both.
            }
        }
    }

    private static void checkText(String field, String text) {
        // Half of a character has no UTF-8, so what is stored would not be what was sent.
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw fault("field-text", field, "must not contain half of a character (a lone surrogate)");
        }
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Problem.invalid("body-not-utf-8", "The body must be UTF-8.").causedBy(e);
        }
    }

    private static JsonObject object(String text) {
        try (JsonReader reader = READERS.createReader(new StringReader(text));
                JsonParser parser = Json.createParser(new StringReader(text))) {
            JsonObject object = reader.readObject();
            // The reader stops at the object's end; the parser fails when anything follows it.
            parser.next();
            parser.skipObject();
            if (parser.hasNext()) {
                throw new JsonException("more after the object");
            }
            return object;
        } catch (RuntimeException e) {
            // The parser's limits (nesting, number length) come as plain RuntimeException (helidon note, section 2).
            throw notJson(e);
        }
    }

    private static Problem notJson(RuntimeException e) {
        return Problem.invalid("body-not-json", "The body must be one JSON object with each name once.")
                .causedBy(e);
    }

    /** A text that must be there. */
    public String text(String name, int least, int most) {
        return optText(name, least, most).orElseThrow(() -> fault("field-missing", name, "is missing"));
    }

    /** A text that may be left out. */
    public Optional<String> optText(String name, int least, int most) {
        Optional<JsonValue> value = value(name);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (!(value.get() instanceof JsonString string)) {
            throw fault("field-type", name, "must be a text");
        }
        String text = string.getString();
        int length = text.codePointCount(0, text.length());
        if (length < least || length > most) {
            throw fault("field-length", name, "must have " + least + " to " + most + " characters");
        }
        return Optional.of(text);
    }

    /** A text whose size in UTF-8 is limited by the route itself. */
    public String anyText(String name) {
        return text(name, 0, Integer.MAX_VALUE);
    }

    /** One of a closed set of words. */
    public Optional<String> optWord(String name, Set<String> words) {
        Optional<String> word = optText(name, 0, 100);
        word.filter(text -> !words.contains(text)).ifPresent(text -> {
            throw fault("field-value", name, "must be one of " + String.join(", ", new java.util.TreeSet<>(words)));
        });
        return word;
    }

    public String word(String name, Set<String> words) {
        return optWord(name, words).orElseThrow(() -> fault("field-missing", name, "is missing"));
    }

    public Optional<Boolean> optFlag(String name) {
        return value(name).map(value -> {
            if (value != JsonValue.TRUE && value != JsonValue.FALSE) {
                throw fault("field-type", name, "must be true or false");
            }
            return value == JsonValue.TRUE;
        });
    }

    public Optional<Integer> optNumber(String name, int least, int most) {
        return value(name).map(value -> {
            if (!(value instanceof JsonNumber number)) {
                throw fault("field-type", name, "must be a number");
            }
            BigDecimal decimal = number.bigDecimalValue();
            if (decimal.compareTo(BigDecimal.valueOf(least)) < 0
                    || decimal.compareTo(BigDecimal.valueOf(most)) > 0
                    || !number.isIntegral()) {
                throw fault("field-value", name, "must be a whole number from " + least + " to " + most);
            }
            return number.intValueExact();
        });
    }

    /** A number, or null where nothing is to be set; it must be said which. */
    public Optional<Integer> numberOrNull(String name, int least, int most) {
        if (!json.containsKey(name)) {
            throw fault("field-missing", name, "is missing");
        }
        return optNumber(name, least, most);
    }

    public Optional<JsonObject> optObject(String name) {
        return value(name).map(value -> {
            if (!(value instanceof JsonObject object)) {
                throw fault("field-type", name, "must be an object");
            }
            return object;
        });
    }

    public Optional<JsonArray> optArray(String name) {
        return value(name).map(value -> {
            if (!(value instanceof JsonArray array)) {
                throw fault("field-type", name, "must be a list");
            }
            return array;
        });
    }

    private Optional<JsonValue> value(String name) {
        return Optional.ofNullable(json.get(name)).filter(value -> value != JsonValue.NULL);
    }

    private static Problem fault(String code, String name, String what) {
        String shown = shown(name);
        return new Problem(Kind.INVALID, code, shown + " " + what + ".").with("field", shown);
    }

    private static String shown(String name) {
        StringBuilder shown = new StringBuilder();
        name.codePoints().limit(64).forEach(c -> shown.appendCodePoint(isShowable(c) ? c : '?'));
        return shown.toString();
    }

    private static boolean isShowable(int c) {
        return !Character.isISOControl(c) && (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE);
    }
}
