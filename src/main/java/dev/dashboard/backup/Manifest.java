package dev.dashboard.backup;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import java.time.Instant;
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

    public JsonObject json() {
        JsonObjectBuilder rows = Json.createObjectBuilder();
        new TreeMap<>(contents.rows()).forEach(rows::add);
        return Json.createObjectBuilder()
                .add("programVersion", program)
                .add("schemaVersion", contents.schema())
                .add("takenAt", takenAt.toString())
                .add("durationMillis", took.toMillis())
                .add("bytes", bytes)
                .add("sha256", sha256)
                .add("events", contents.events())
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
