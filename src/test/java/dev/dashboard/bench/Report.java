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

/** The figures, as a table for people and as JSON for comparison. Used by one thread. */
final class Report {
    private record Row(String name, double value, String unit) {}

    private final List<Row> rows = new ArrayList<>();

    void add(String name, double value, String unit) {
        rows.add(new Row(name, value, unit));
        System.out.println(line(rows.getLast()));
    }

    private static String line(Row row) {
        return String.format(Locale.ROOT, "%-62s %12.2f  %s", row.name(), row.value(), row.unit());
    }

    void write(Path file) throws IOException {
        JsonArrayBuilder figures = Json.createArrayBuilder();
        for (Row row : rows) {
            var figure = Json.createObjectBuilder().add("name", row.name()).add("unit", row.unit());
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
