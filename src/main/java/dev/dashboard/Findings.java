package dev.dashboard;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;

/** Reads what the management port tells of readiness. Apart from {@link Healthcheck}, which seldom needs JSON and its libraries. */
final class Findings {
    private Findings() {}

    /** Those of the checks that failed, else those by which the server is degraded. Empty when the answer tells nothing of them. */
    static List<String> faults(String body) {
        List<String> vital = new ArrayList<>();
        List<String> others = new ArrayList<>();
        try (JsonReader reader = Json.createReader(new StringReader(body))) {
            for (JsonValue check : reader.readObject().getJsonArray("checks")) {
                JsonObject data = check.asJsonObject().getJsonObject("data");
                List<String> failed = List.of(data.getString("failed", "").split(", "));
                data.forEach((name, said) -> {
                    if (said instanceof JsonString text
                            && !name.equals("failed")
                            && !text.getString().equals("ok")) {
                        (failed.contains(name) ? vital : others).add(name + ": " + text.getString());
                    }
                });
            }
        } catch (JsonException | NullPointerException | ClassCastException e) {
            // Another server's answer, or one without details: its status alone tells.
            return List.of();
        }
        return vital.isEmpty() ? others : vital;
    }
}
