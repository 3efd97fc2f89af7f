package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A copy is taken by the packaged program while the packaged server, whose folder it is, works. */
class SnapshotIT {
    @RegisterExtension
    static final Stage stage = Stage.demo();

    @TempDir
    private Path copies;

    private record Run(int code, String out, String err) {}

    private Run run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-jar",
                "target/dashboard.jar"));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(copies, "out", ".txt");
        Path err = Files.createTempFile(copies, "err", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS));
        return new Run(
                process.exitValue(),
                Files.readString(out).strip(),
                Files.readString(err).strip());
    }

    private Run snapshot(Path target) throws Exception {
        return run("snapshot", "--data", stage.dashboard().data().toString(), "--to", target.toString());
    }

    @Test
    void holdsAPrefixOfTheJournalOfAServerThatWorksOn() throws Exception {
        Play play = stage.play();
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger turns = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread work = Thread.ofPlatform().start(() -> {
            try {
                while (!enough.get()) {
                    play.turn("echo turn " + turns.get());
                    turns.incrementAndGet();
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        Await.until("it works", () -> turns.get() > 0);

        long before = lastSeq(database());
        int turnsBefore = turns.get();
        Path target = copies.resolve("copy.db");
        Run run = snapshot(target);
        int turnsMeanwhile = turns.get() - turnsBefore;
        long after = lastSeq(database());
        Await.until("it works on", () -> turns.get() > turnsBefore + turnsMeanwhile + 1 || failure.get() != null);
        enough.set(true);
        work.join();

        assertEquals(null, failure.get());
        assertEquals(0, run.code(), run::toString);
        assertEquals("", run.err());
        assertEquals(Files.readString(copies.resolve("copy.db.json")).strip(), run.out());
        JsonObject manifest = object(run.out());
        long last = manifest.getJsonNumber("lastSeq").longValue();
        assertTrue(before <= last && last <= after, before + " <= " + last + " <= " + after);
        assertTrue(lastSeq(database()) > last, "the server went on");
        assertEquals(last, lastSeq(target));
        assertEquals(0, notIn(target, database(), last), "rows that the server's journal has otherwise");

        Run again = snapshot(target);
        assertEquals(1, again.code());
        assertTrue(again.err().contains("is there already"), again::toString);
        assertEquals("", again.out());
    }

    /** What restores it looks no further than the folder. */
    @Test
    void anAuditIsVerifiedFromIt() throws Exception {
        stage.play().turn("echo on record");
        Path folder = Files.createDirectory(copies.resolve("restored"));
        Run run = snapshot(folder.resolve("dashboard.db"));
        assertEquals(0, run.code(), run::toString);

        Run verified = run("verify-audit", "--data", folder.toString());

        JsonObject audit = object(run.out()).getJsonObject("audit");
        assertEquals(0, verified.code(), verified::toString);
        assertTrue(
                verified.out()
                        .startsWith("records " + audit.getInt("records") + " hash " + audit.getString("headHash")),
                verified::toString);
    }

    @Test
    void wrongUsageAndAMissingDatabaseAreToldApart() throws Exception {
        assertEquals(64, run("snapshot", "--data", copies.toString()).code());
        assertEquals(64, run("snap").code());
        Run missing = run(
                "snapshot",
                "--data",
                copies.toString(),
                "--to",
                copies.resolve("x.db").toString());
        assertEquals(1, missing.code());
        assertTrue(missing.err().startsWith("snapshot: There is no "), missing::toString);
        assertEquals(0, run("snapshot", "--help").code());
    }

    private static JsonObject object(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    private static Path database() {
        return stage.dashboard().data().resolve("dashboard.db");
    }

    private static long lastSeq(Path database) throws SQLException {
        return number(database, "SELECT max(seq) FROM events");
    }

    private static long notIn(Path copy, Path live, long last) throws SQLException {
        String columns = "SELECT seq, time, session, actor, type, data FROM ";
        String both = "(" + columns + "events EXCEPT " + columns + "live.events) UNION ALL SELECT * FROM (" + columns
                + "live.events WHERE seq <= " + last + " EXCEPT " + columns + "events)";
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + copy);
                Statement statement = connection.createStatement()) {
            statement.execute("ATTACH '" + live + "' AS live");
            try (ResultSet result = statement.executeQuery("SELECT count(*) FROM (SELECT * FROM " + both + ")")) {
                return result.getLong(1);
            }
        }
    }

    private static long number(Path database, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.getLong(1);
        }
    }
}
