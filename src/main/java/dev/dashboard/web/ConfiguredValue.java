package dev.dashboard.web;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import java.util.List;

/**
 * What holds for one key of the configuration, for administrators; nothing secret stands in it any more.
 *
 * @param source where the value came from
 */
public record ConfiguredValue(String key, String value, String source) {
    static JsonArray json(List<ConfiguredValue> values) {
        JsonArrayBuilder array = Json.createArrayBuilder();
        values.forEach(value -> array.add(Json.createObjectBuilder()
                .add("key", value.key())
                .add("value", value.value())
                .add("source", value.source())));
        return array.build();
    }
}
