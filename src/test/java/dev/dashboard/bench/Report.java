package dev.dashboard.bench;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** The figures, as a table for people and as JSON for comparison. Used by one thread. */
final class Report {
    private record Row(
            String name, double value, String unit, OptionalDouble floor, OptionalDouble aim, Optional<Boolean> met) {}

    private final List<Row> rows = new ArrayList<>();

    void add(String name, double value, String unit) {
        add(new Row(name, value, unit, OptionalDouble.empty(), OptionalDouble.empty(), Optional.empty()));
    }

    /** A figure that must not be above its aim. */
    void atMost(String name, double value, String unit, double aim) {
        add(new Row(name, value, unit, OptionalDouble.empty(), OptionalDouble.of(aim), Optional.of(value <= aim)));
    }

    void atLeast(String name, double value, String unit, double aim) {
        add(new Row(name, value, unit, OptionalDouble.empty(), OptionalDouble.of(aim), Optional.of(value >= aim)));
    }

    /** A delay that may be so much above the machine's own. */
    void above(String name, double value, double floor, double margin) {
        add(new Row(
                name,
                value,
                "ms",
                OptionalDouble.of(floor),
                OptionalDouble.of(floor + margin),
                Optional.of(value <= floor + margin)));
    }

    private void add(Row row) {
        rows.add(row);
        System.out.println(line(row));
    }

    private static String line(Row row) {
        String text = String.format(Locale.ROOT, "%-66s %10.2f %-8s", row.name(), row.value(), row.unit());
        if (row.floor().isPresent()) {
            text += String.format(Locale.ROOT, "  floor %8.2f", row.floor().getAsDouble());
        }
        if (row.aim().isPresent()) {
            text += String.format(
                    Locale.ROOT,
                    "  aim %10.2f  %s",
                    row.aim().getAsDouble(),
                    row.met().orElseThrow() ? "met" : "NOT MET");
        }
        return text.stripTrailing();
    }

    void write(Path file) throws IOException {
        JsonArrayBuilder figures = Json.createArrayBuilder();
        for (Row row : rows) {
            var figure = Json.createObjectBuilder().add("name", row.name()).add("unit", row.unit());
            row.floor().ifPresent(floor -> figure.add("floor", floor));
            row.aim().ifPresent(aim -> figure.add("aim", aim));
            row.met().ifPresent(met -> figure.add("met", met));
            figures.add(Double.isFinite(row.value()) ? figure.add("value", row.value()) : figure.addNull("value"));
        }
        JsonObject report = Json.createObjectBuilder()
                .add("processors", Runtime.getRuntime().availableProcessors())
                .add("java", Runtime.version().toString())
                .add("figures", figures)
                .build();
        Files.writeString(file, report + "\n");
        System.out.println("\nwritten to " + file);
    }
}
