package dev.dashboard.support;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the servers under test have logged, a file for each, kept for the last test of the build; and what tests have told them that no
 * log may hold. Several JVMs write here, each into files of its own. Without the build's property nothing is kept.
 */
public final class ServerLogs {
    /** So much of a text: a log that has it has its beginning. */
    static final int BEGINNING = 60;

    /** Shorter ones are found by chance, in a path for instance. */
    static final int SHORTEST_WORDS = 12;

    static final int SHORTEST_SECRET = 8;

    private static final Optional<Path> FOLDER =
            Optional.ofNullable(System.getProperty("dashboard.test.logs")).map(Path::of);
    private static final Set<String> OURS = Set.of("Dashboard ready: ", "Runner ready: ");
    private static final String TOLD = ".told.jsonl";
    private static final Set<String> KNOWN = ConcurrentHashMap.newKeySet();

    /** Something that was told to a server. */
    public record Told(boolean secret, String value) {}

    private ServerLogs() {}

    public static Optional<Path> folder() {
        return FOLDER;
    }

    /**
     * A new file for what one process writes to stdout or, with another ending, to stderr.
     *
     * @param ready by which it says that it is; other programs than ours, and what only helps a test, are of no interest
     */
    static Optional<Path> newFile(String ready, String ending) throws IOException {
        if (FOLDER.isEmpty() || !OURS.contains(ready)) {
            return Optional.empty();
        }
        Files.createDirectories(FOLDER.get());
        return Optional.of(Files.createTempFile(FOLDER.get(), "server-", ending));
    }

    /** A password, a cookie, a key, a token. */
    public static void secret(String value) {
        if (value.length() >= SHORTEST_SECRET) {
            tell(true, value);
        }
    }

    /** What a person or the model said. */
    public static void words(String text) {
        if (text.length() >= SHORTEST_WORDS) {
            tell(false, text.substring(0, Math.min(text.length(), BEGINNING)));
        }
    }

    private static void tell(boolean secret, String value) {
        if (FOLDER.isPresent() && KNOWN.add(value)) {
            write(FOLDER.get(), new Told(secret, value));
        }
    }

    private static synchronized void write(Path folder, Told told) {
        String line = Json.createObjectBuilder()
                .add("secret", told.secret())
                .add("value", told.value())
                .build()
                .toString();
        try {
            Files.createDirectories(folder);
            Files.writeString(
                    folder.resolve(ProcessHandle.current().pid() + TOLD),
                    line + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static boolean isTold(Path file) {
        return file.getFileName().toString().endsWith(TOLD);
    }

    public static List<Told> told(Path file) throws IOException {
        return Files.readAllLines(file).stream().map(ServerLogs::told).toList();
    }

    private static Told told(String line) {
        try (JsonReader reader = Json.createReader(new StringReader(line))) {
            JsonObject object = reader.readObject();
            return new Told(object.getBoolean("secret"), object.getString("value"));
        }
    }
}
