package dev.dashboard.backup;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * What the last good backup was, as whoever makes backups leaves it beside them. Read again when the file is another one, so it may be
 * asked as often as one likes. Safe for all threads.
 */
public final class LastGood {
    private static final Logger LOG = System.getLogger(LastGood.class.getName());

    /** The file says four things. */
    private static final int MOST_BYTES = 16 * 1024;

    /**
     * @param finishedAt when it was whole, and named
     * @param seconds how long it took
     * @param verified whether it was restored and compared
     */
    public record Backup(Instant finishedAt, double seconds, long bytes, boolean verified) {}

    private record Seen(BasicFileAttributes file, Optional<Backup> backup) {
        boolean isOf(BasicFileAttributes other) {
            return file.lastModifiedTime().equals(other.lastModifiedTime())
                    && file.size() == other.size()
                    && Optional.ofNullable(file.fileKey()).equals(Optional.ofNullable(other.fileKey()));
        }
    }

    private final Path file;
    private Optional<Seen> seen = Optional.empty();

    /** @param file {@code last-good.json} */
    public LastGood(Path file) {
        this.file = file;
    }

    /** Empty when there is none yet, or when what is there tells nothing, which is logged once. */
    public synchronized Optional<Backup> backup() {
        try {
            BasicFileAttributes there = Files.readAttributes(file, BasicFileAttributes.class);
            if (seen.filter(known -> known.isOf(there)).isEmpty()) {
                seen = Optional.of(new Seen(there, read()));
            }
            return seen.get().backup();
        } catch (NoSuchFileException e) {
            // No backup was made yet.
            return Optional.empty();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "backup record cannot be looked at", e);
            return Optional.empty();
        }
    }

    private Optional<Backup> read() {
        try {
            return Optional.of(backup(bytes()));
        } catch (IOException
                | JsonException
                | NullPointerException
                | ClassCastException
                | ArithmeticException
                | DateTimeException e) {
            LOG.log(Level.WARNING, "backup record not understood file={0} cause={1}", file, e.getMessage());
            return Optional.empty();
        }
    }

    private byte[] bytes() throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new IOException("it is larger than " + MOST_BYTES + " bytes");
            }
            return bytes;
        }
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
