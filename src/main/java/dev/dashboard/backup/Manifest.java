package dev.dashboard.backup;

import dev.dashboard.problem.Problem;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a snapshot holds, so that it can be told later whether it still is what was taken.
 *
 * @param program version of the program that took it
 * @param takenAt before anything was read: all that was stored by then is in it
 * @param took until it was looked through
 * @param bytes of the file
 * @param sha256 of the file, hexadecimal
 */
public record Manifest(String program, Instant takenAt, Duration took, long bytes, String sha256, Contents contents) {
    /** A line for each table, and a dozen more. */
    private static final int MOST_BYTES = 256 * 1024;

    /** @throws Problem UNAVAILABLE {@code manifest-not-read}, saying why */
    public static Manifest read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new IOException("it is larger than " + MOST_BYTES + " bytes");
            }
            return of(bytes);
        } catch (IOException
                | JsonException
                | NullPointerException
                | ClassCastException
                | ArithmeticException
                | DateTimeException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "manifest-not-read",
                            "The manifest " + file + " cannot be read ("
                                    + e.getClass().getSimpleName() + ": " + e.getMessage() + ").")
                    .causedBy(e);
        }
    }

    private static Manifest of(byte[] bytes) {
        try (JsonReader reader = Json.createReader(new ByteArrayInputStream(bytes))) {
            JsonObject said = reader.readObject();
            JsonObject audit = said.getJsonObject("audit");
            Map<String, Long> rows = new HashMap<>();
            JsonObject tables = said.getJsonObject("rows");
            tables.keySet().forEach(table -> rows.put(table, number(tables, table)));
            return new Manifest(
                    said.getString("programVersion"),
                    Instant.parse(said.getString("takenAt")),
                    Duration.ofMillis(number(said, "durationMillis")),
                    number(said, "bytes"),
                    said.getString("sha256"),
                    new Contents(
                            Math.toIntExact(number(said, "schemaVersion")),
                            said.getString("journal", ""),
                            number(said, "events"),
                            number(audit, "records"),
                            audit.getString("headHash"),
                            rows));
        }
    }

    private static long number(JsonObject said, String name) {
        return said.getJsonNumber(name).longValueExact();
    }

    public JsonObject json() {
        JsonObjectBuilder rows = Json.createObjectBuilder();
        new TreeMap<>(contents.rows()).forEach(rows::add);
        JsonObjectBuilder said = Json.createObjectBuilder()
                .add("programVersion", program)
                .add("schemaVersion", contents.schema())
                .add("takenAt", takenAt.toString())
                .add("durationMillis", took.toMillis())
                .add("bytes", bytes)
                .add("sha256", sha256);
        if (!contents.journal().isEmpty()) {
            said.add("journal", contents.journal());
        }
        return said.add("events", contents.events())
                .add("lastSeq", contents.events())
                .add(
                        "audit",
                        Json.createObjectBuilder()
                                .add("records", contents.auditRecords())
                                .add("headHash", contents.auditHash()))
                .add("rows", rows)
                .build();
    }
}
