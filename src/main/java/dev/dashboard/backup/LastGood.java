package dev.dashboard.backup;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * What the last good backup was, as whoever makes backups leaves it beside them. Read again when the file is another one, so it may be
 * asked as often as one likes. Safe for all threads.
 */
public final class LastGood {
    /** The file says four things. */
    private static final int MOST_BYTES = 16 * 1024;

    /**
     * @param finishedAt when it was whole, and named
     * @param seconds how long it took
     * @param verified whether it was restored and compared
     */
    public record Backup(Instant finishedAt, double seconds, long bytes, boolean verified) {}

    private final WatchedFile<Backup> file;

    /** @param file {@code last-good.json} */
    public LastGood(Path file) {
        this.file = WatchedFile.whole(file, MOST_BYTES, LastGood::backup);
    }

    /** Empty when there is none yet, or when what is there tells nothing, which is logged once. */
    public Optional<Backup> backup() {
        return file.said();
    }

    private static Backup backup(byte[] bytes) {
        try (JsonReader reader = Json.createReader(new ByteArrayInputStream(bytes))) {
            JsonObject said = reader.readObject();
            return new Backup(
                    Instant.parse(said.getString("finishedAt")),
                    said.getJsonNumber("seconds").doubleValue(),
                    said.getJsonNumber("bytes").longValueExact(),
                    said.getBoolean("verified"));
        }
    }
}
