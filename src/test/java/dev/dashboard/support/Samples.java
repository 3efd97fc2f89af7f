package dev.dashboard.support;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Recorded conversations with the real CLI: one per file, one record per line, {@code {"dir","t","line"}}. */
public final class Samples {
    private static final Path FOLDER = Path.of("src/test/resources/cli");

    /** {@code dir}: {@code in} was written to the CLI, {@code out} was read from it; others describe the run. */
    public record Line(String file, String dir, JsonValue value) {
        public JsonObject object() {
            return value.asJsonObject();
        }

        public String text() {
            return value.toString();
        }
    }

    private Samples() {}

    /** All conversations, transcripts left out, in the order of their names. */
    public static List<List<Line>> conversations() {
        return files().stream()
                .filter(file -> !name(file).startsWith("transcript-"))
                .map(Samples::read)
                .toList();
    }

    public static List<Line> conversation(String name) {
        return read(FOLDER.resolve(name + ".jsonl"));
    }

    public static Path file(String name) {
        return FOLDER.resolve(name);
    }

    private static List<Path> files() {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> name(file).endsWith(".jsonl")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Line> read(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(line -> record(name(file), line)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Line record(String file, String line) {
        try (var reader = Json.createReader(new StringReader(line))) {
            JsonObject record = reader.readObject();
            return new Line(file, record.getString("dir"), record.get("line"));
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }
}
