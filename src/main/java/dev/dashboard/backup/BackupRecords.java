package dev.dashboard.backup;

import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What whoever makes backups writes beside them, as it is now: whether anybody is there, what runs, what was. It is another program, so
 * nothing here is believed further than it can be read. Safe for all threads.
 */
public final class BackupRecords {
    /** The newest are told; older ones stand in the file. */
    static final int MOST_RUNS = 100;

    static final String REQUEST = "request";

    private static final Logger LOG = System.getLogger(BackupRecords.class.getName());
    private static final int MOST_BYTES = 16 * 1024;

    /** A hundred lines of the longest that are understood, and some. */
    private static final int MOST_HISTORY_BYTES = 512 * 1024;

    private static final int LONGEST_LINE = 4 * 1024;
    private static final int LONGEST_ID = 64;
    private static final int LONGEST_WORD = 64;
    private static final int LONGEST_MESSAGE = 1_000;
    private static final Set<String> TRIGGERS = Set.of("clock", "person", "deploy");
    private static final Set<String> OUTCOMES = Set.of("good", "failed");

    /** In these phases what was stored is read back and compared. */
    private static final Set<String> TRIALS = Set.of("local-check", "s3-check");

    /** How the message begins of a run that was told to stop. */
    private static final String INTERRUPTED = "interrupted";

    private final Path folder;
    private final WatchedFile<Backups.Running> status;
    private final WatchedFile<List<Backups.Run>> history;
    private final WatchedFile<String> request;
    private final LastGood lastGood;

    public BackupRecords(Path folder) {
        this.folder = folder;
        this.status = WatchedFile.whole(folder.resolve("status.json"), MOST_BYTES, bytes -> running(object(bytes)));
        this.history = WatchedFile.end(folder.resolve("history.jsonl"), MOST_HISTORY_BYTES, BackupRecords::runs);
        this.request =
                WatchedFile.whole(folder.resolve(REQUEST), MOST_BYTES, bytes -> text(object(bytes), "id", LONGEST_ID));
        this.lastGood = new LastGood(folder.resolve("last-good.json"));
    }

    public Optional<LastGood.Backup> lastGood() {
        return lastGood.backup();
    }

    /** What is said to run; whether it still does, {@link #changed} of it helps to tell. */
    Optional<Backups.Running> running() {
        return status.said();
    }

    Optional<Instant> runningSaidAt() {
        return changed("status.json");
    }

    /** Newest first. */
    List<Backups.Run> runs() {
        return history.said().orElse(List.of());
    }

    /**
     * Whether the newest run that read back what it had stored could not, or found something else. The file of the last good one says
     * nothing of it: it is only written when all was well.
     */
    public boolean failsTrials() {
        for (Backups.Run run : runs()) {
            if (isRefuted(run)) {
                return true;
            }
            if (isProven(run)) {
                return false;
            }
        }
        return false;
    }

    /** One that was told to stop meanwhile, by a deploy for instance, has found nothing. */
    private static boolean isRefuted(Backups.Run run) {
        return run.outcome().equals("failed")
                && run.phase().filter(TRIALS::contains).isPresent()
                && run.message().filter(said -> said.startsWith(INTERRUPTED)).isEmpty();
    }

    /** Stored somewhere is only what was compared there. */
    private static boolean isProven(Backups.Run run) {
        return run.outcome().equals("good")
                || run.local().orElse(false)
                || run.remote().orElse(false);
    }

    /** The id of the request that lies there; of one that nobody understands it is empty. */
    Optional<String> requestId() {
        return request.said();
    }

    Optional<Instant> requestedAt() {
        return changed(REQUEST);
    }

    /** When whoever takes requests was there last. */
    Optional<Instant> beat() {
        return changed("beat");
    }

    private Optional<Instant> changed(String name) {
        try {
            return Optional.of(Files.getLastModifiedTime(folder.resolve(name)).toInstant());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "backup record cannot be looked at", e);
            return Optional.empty();
        }
    }

    // ---- reading

    private static JsonObject object(byte[] bytes) {
        try (JsonReader reader = Json.createReader(new ByteArrayInputStream(bytes))) {
            return reader.readObject();
        }
    }

    private static Backups.Running running(JsonObject said) {
        return new Backups.Running(
                text(said, "id", LONGEST_ID),
                Instant.parse(said.getString("startedAt")),
                text(said, "phase", LONGEST_WORD),
                count(said, "done"),
                count(said, "of"));
    }

    /** A line that says nothing is left out and counted; the others stand. */
    private static List<Backups.Run> runs(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        List<String> lines = new ArrayList<>(text.lines().toList());
        if (bytes.length == MOST_HISTORY_BYTES && !lines.isEmpty()) {
            // It may have begun before what was read.
            lines.removeFirst();
        }
        List<Backups.Run> runs = new ArrayList<>();
        int damaged = 0;
        for (String line : lines.reversed()) {
            if (runs.size() == MOST_RUNS) {
                break;
            }
            if (!line.isBlank()) {
                Optional<Backups.Run> run = run(line);
                run.ifPresent(runs::add);
                damaged += run.isPresent() ? 0 : 1;
            }
        }
        if (damaged > 0) {
            LOG.log(Level.WARNING, "backup history has lines that are not understood lines={0}", damaged);
        }
        return List.copyOf(runs);
    }

    private static Optional<Backups.Run> run(String line) {
        if (line.length() > LONGEST_LINE) {
            return Optional.empty();
        }
        try {
            return Optional.of(run(object(line.getBytes(StandardCharsets.UTF_8))));
        } catch (RuntimeException e) {
            // The parser says of its limits no more than that.
            LOG.log(Level.DEBUG, "line of the backup history not understood", e);
            return Optional.empty();
        }
    }

    private static Backups.Run run(JsonObject said) {
        return new Backups.Run(
                text(said, "id", LONGEST_ID),
                Instant.parse(said.getString("startedAt")),
                Instant.parse(said.getString("finishedAt")),
                word(said, "trigger", TRIGGERS),
                word(said, "outcome", OUTCOMES),
                optText(said, "phase", LONGEST_WORD),
                optText(said, "message", LONGEST_MESSAGE),
                count(said, "bytes"),
                count(said, "seconds"),
                flag(said, "local"),
                flag(said, "remote"));
    }

    private static String text(JsonObject said, String name, int most) {
        return optText(said, name, most).orElseThrow(() -> new IllegalArgumentException(name + " is missing"));
    }

    private static Optional<String> optText(JsonObject said, String name, int most) {
        return said.get(name) instanceof JsonString text && !text.getString().isBlank()
                ? Optional.of(shortened(text.getString(), most))
                : Optional.empty();
    }

    private static String shortened(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        // Half of a character outside the basic plane is none.
        return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
    }

    private static String word(JsonObject said, String name, Set<String> words) {
        String word = said.getString(name);
        if (!words.contains(word)) {
            throw new IllegalArgumentException(name + " is none of " + words);
        }
        return word;
    }

    private static OptionalLong count(JsonObject said, String name) {
        return said.get(name) instanceof JsonNumber number
                        && number.bigDecimalValue().signum() >= 0
                ? OptionalLong.of(number.bigDecimalValue().longValue())
                : OptionalLong.empty();
    }

    private static Optional<Boolean> flag(JsonObject said, String name) {
        JsonValue value = said.get(name);
        return value == JsonValue.TRUE || value == JsonValue.FALSE
                ? Optional.of(value == JsonValue.TRUE)
                : Optional.empty();
    }
}
