package dev.dashboard.web;

import static dev.dashboard.web.Browser.code;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server beside a program that makes backups, which the test plays by its files. */
@Timeout(60)
class BackupRoutesTest {
    private static final String PATH = "/api/v1/backups";

    @TempDir
    private static Path dir;

    private static TestWeb web;
    private static Browser admin;
    private static Path backups;

    @BeforeAll
    static void open() throws Exception {
        web = new TestWeb(dir);
        admin = web.signedIn();
        backups = dir.resolve("backups");
    }

    @AfterAll
    static void close() {
        web.close();
    }

    @BeforeEach
    void make() throws IOException {
        Files.createDirectory(backups);
    }

    @AfterEach
    void clear() throws IOException {
        try (Stream<Path> files = Files.list(backups)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(backups);
    }

    // ---- asking

    @Test
    void aRequestIsRecordedAndThenLiesThereForItsOwnerAlone() throws Exception {
        beat();
        long before = web.journal.lastSeq();
        String id = fresh();

        HttpResponse<String> answer = ask(id);

        assertEquals(202, answer.statusCode(), answer::body);
        List<Envelope> recorded = web.journal.after(before, 10);
        assertEquals(1, recorded.size());
        assertEquals(
                id,
                ((Event.BackupRequested) recorded.getFirst().event()).backup().toString());
        assertEquals(
                recorded.getFirst().seq(),
                Browser.object(answer).getJsonNumber("seq").longValue());
        Path request = backups.resolve("request");
        JsonObject said = Browser.parse(Files.readString(request));
        assertEquals(id, said.getString("id"));
        assertEquals("admin", said.getString("by"));
        Instant.parse(said.getString("at"));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(request)));
        try (Stream<Path> files = Files.list(backups)) {
            assertEquals(
                    List.of("beat", "request"),
                    files.map(Path::getFileName).map(Path::toString).sorted().toList());
        }
        JsonObject asked = state().getJsonObject("requested");
        assertEquals(id, asked.getString("id"));
        assertEquals("admin", asked.getString("by"));
        assertTrue(asked.getBoolean("waiting"));
        assertTrue(admin.get("/api/v1/audit?action=backup-requested").body().contains("asked for a backup"));
    }

    @Test
    void theSameIdAgainAsksForNothingMoreAndIsAnsweredTheSame() throws Exception {
        beat();
        String id = fresh();
        String answer = ask(id).body();
        long before = web.journal.lastSeq();
        Files.delete(backups.resolve("request"));

        assertEquals(answer, ask(id).body());
        status(fresh(), "snapshot");
        assertEquals(answer, ask(id).body());
        assertEquals(answer, ask(id.toUpperCase(Locale.ROOT)).body());

        assertEquals(before, web.journal.lastSeq());
        assertFalse(Files.exists(backups.resolve("request")));
    }

    @Test
    void oneRequestAtATimeUntilItIsVoid() throws Exception {
        beat();
        ask(fresh());
        assertEquals("409 backup-requested", code(ask(fresh())));

        Files.setLastModifiedTime(
                backups.resolve("request"), FileTime.from(web.clock.instant().minus(Duration.ofMinutes(61))));
        String id = fresh();
        assertEquals(202, ask(id).statusCode());
        assertTrue(Files.readString(backups.resolve("request")).contains(id));
    }

    @Test
    void whileOneRunsNoOtherIsAskedFor() throws Exception {
        beat();
        status(fresh(), "upload");
        long before = web.journal.lastSeq();
        assertEquals("409 backup-running", code(ask(fresh())));
        assertEquals(before, web.journal.lastSeq());
    }

    @Test
    void whereNobodyTakesRequestsNoneIsRecorded() throws Exception {
        long before = web.journal.lastSeq();
        assertEquals("409 backups-unavailable", code(ask(fresh())));
        assertEquals("none", state().getString("reason"));

        Instant last = web.clock.instant().minus(Duration.ofSeconds(61));
        Files.createFile(backups.resolve("beat"));
        Files.setLastModifiedTime(backups.resolve("beat"), FileTime.from(last));
        assertEquals("409 backups-unavailable", code(ask(fresh())));
        assertFalse(state().getBoolean("available"));
        assertEquals("silent", state().getString("reason"));
        assertEquals(
                last.getEpochSecond(),
                Instant.parse(state().getString("silentSince")).getEpochSecond());
        assertEquals(before, web.journal.lastSeq());
    }

    @Test
    void whatCannotBeWrittenIsSaidAndNotMadeAgain() throws Exception {
        beat();
        Files.createDirectory(backups.resolve("request"));
        // Not empty, so nothing takes its place.
        Path inside = Files.createFile(backups.resolve("request").resolve("x"));
        Files.setLastModifiedTime(
                backups.resolve("request"), FileTime.from(web.clock.instant().minus(Duration.ofHours(2))));
        String id = fresh();
        assertEquals("503 backup-not-requested", code(ask(id)));
        Files.delete(inside);
        Files.delete(backups.resolve("request"));

        web.clock.forward(Duration.ofSeconds(31));
        beat();
        JsonObject lost = state().getJsonObject("requested");
        assertEquals(id, lost.getString("id"));
        assertFalse(lost.getBoolean("waiting"));
        assertEquals(202, ask(id).statusCode());
        assertFalse(Files.exists(backups.resolve("request")));

        history(run(fresh(), web.clock.instant().plusSeconds(1), "clock", "good", ""));
        assertFalse(state().containsKey("requested"), "the next backup has made up for it");
    }

    @Test
    void whatIsNotUnderstoodAsksForNothing() throws Exception {
        beat();
        for (Map.Entry<String, String> one : Map.of(
                        "{}",
                        "400 field-missing",
                        "{\"backupId\":7}",
                        "400 field-type",
                        "{\"backupId\":\"x\"}",
                        "400 field-length",
                        "{\"backupId\":\"" + "x".repeat(36) + "\"}",
                        "400 invalid-id",
                        "{\"backupId\":\"" + fresh() + "\",\"now\":true}",
                        "400 unknown-field",
                        "{\"backupId\":\"" + "x".repeat(2000) + "\"}",
                        "413 body-too-large")
                .entrySet()) {
            assertEquals(one.getValue(), code(admin.post(PATH, one.getKey())), one.getKey());
        }
        assertFalse(Files.exists(backups.resolve("request")));
    }

    // ---- what is told

    @Test
    void whatRunsHowFarItIsAndWhatWasIsTold() throws Exception {
        beat();
        String running = fresh();
        write(
                "status.json",
                "{\"id\":\"" + running
                        + "\",\"startedAt\":\"2026-11-26T03:00:00Z\",\"phase\":\"upload\",\"done\":3,\"of\":7}");
        write(
                "last-good.json",
                "{\"finishedAt\":\"2026-11-26T02:00:12Z\",\"seconds\":12.5,\"bytes\":4096,\"verified\":true}");
        Instant start = Instant.parse("2026-11-26T01:00:00Z");
        history(
                run("a", start, "deploy", "good", ",\"bytes\":4096,\"seconds\":9.5,\"local\":true,\"remote\":true"),
                run(
                        "b",
                        start.plusSeconds(3600),
                        "clock",
                        "failed",
                        ",\"phase\":\"upload\",\"message\":\"401 for sk-ant-" + "api03-" + "x".repeat(40)
                                + "\",\"local\":true,\"remote\":false"));

        JsonObject state = state();

        assertTrue(state.getBoolean("available"));
        assertFalse(state.containsKey("reason"));
        assertEquals(
                "{\"id\":\"" + running
                        + "\",\"startedAt\":\"2026-11-26T03:00:00.000Z\",\"phase\":\"upload\",\"done\":3,\"of\":7}",
                state.getJsonObject("running").toString());
        assertEquals(
                "{\"finishedAt\":\"2026-11-26T02:00:12.000Z\",\"seconds\":12.5,\"bytes\":4096,\"verified\":true}",
                state.getJsonObject("lastGood").toString());
        JsonObject failed = state.getJsonArray("history").getJsonObject(0);
        assertEquals("b", failed.getString("id"));
        assertEquals("failed", failed.getString("outcome"));
        assertEquals("401 for [masked]", failed.getString("message"));
        assertFalse(failed.getBoolean("remote"));
        assertFalse(failed.containsKey("bytes"));
        JsonObject good = state.getJsonArray("history").getJsonObject(1);
        assertEquals("deploy", good.getString("trigger"));
        assertEquals(4096, good.getInt("bytes"));
        assertEquals(9, good.getInt("seconds"));
        assertTrue(good.getBoolean("remote"));
    }

    @Test
    void whatIsOverOrWasKilledDoesNotRun() throws Exception {
        beat();
        String id = fresh();
        status(id, "upload");
        history(run(id, Instant.now(), "person", "good", ""));
        assertFalse(state().containsKey("running"), "its end is on record");

        status(fresh(), "upload");
        assertTrue(state().containsKey("running"));
        Files.setLastModifiedTime(
                backups.resolve("status.json"),
                FileTime.from(web.clock.instant().minus(Duration.ofMinutes(6))));
        assertFalse(state().containsKey("running"), "it does not say so any more");
    }

    @Test
    void theNewestHundredAreToldAndDamagedLinesLeftOut() throws Exception {
        Instant start = Instant.parse("2026-11-01T00:00:00Z");
        String[] lines = IntStream.range(0, 1_000)
                .mapToObj(n -> run("n" + n, start.plusSeconds(3600L * n), "clock", "good", ""))
                .toArray(String[]::new);
        lines[999] = "{\"id\":\"half of a li";
        lines[998] = lines[998].replace("clock", "moon");
        lines[997] = "[]";
        lines[996] = "x".repeat(100_000);
        lines[995] = "{\"id\":" + "[".repeat(2_000);
        history(lines);
        var told = state().getJsonArray("history");
        assertEquals(100, told.size());
        assertEquals("n994", told.getJsonObject(0).getString("id"));
        assertEquals("n895", told.getJsonObject(99).getString("id"));
    }

    @Test
    void filesOfAnySizeOrKindAreSurvived() throws Exception {
        history(run("old", Instant.parse("2026-11-01T00:00:00Z"), "clock", "good", ""));
        try (RandomAccessFile huge =
                new RandomAccessFile(backups.resolve("history.jsonl").toFile(), "rw")) {
            huge.setLength(10L << 30);
        }
        try (RandomAccessFile huge =
                new RandomAccessFile(backups.resolve("status.json").toFile(), "rw")) {
            huge.setLength(10L << 30);
        }
        Files.createDirectory(backups.resolve("last-good.json"));
        JsonObject state = state();
        assertEquals(0, state.getJsonArray("history").size());
        assertFalse(state.containsKey("running"));
        assertFalse(state.containsKey("lastGood"));
    }

    // ---- the other program

    private static void beat() throws IOException {
        Path beat = backups.resolve("beat");
        Files.write(beat, new byte[0]);
        Files.setLastModifiedTime(beat, FileTime.from(web.clock.instant()));
    }

    private static void status(String id, String phase) throws IOException {
        write(
                "status.json",
                "{\"id\":\"" + id + "\",\"startedAt\":\"" + web.clock.instant() + "\",\"phase\":\"" + phase + "\"}");
    }

    private static String run(String id, Instant start, String trigger, String outcome, String more) {
        return "{\"id\":\"" + id + "\",\"startedAt\":\"" + start + "\",\"finishedAt\":\"" + start.plusSeconds(9)
                + "\",\"trigger\":\"" + trigger + "\",\"outcome\":\"" + outcome + "\"" + more + "}";
    }

    private static void history(String... lines) throws IOException {
        write("history.jsonl", String.join("\n", lines) + "\n");
    }

    private static void write(String name, String text) throws IOException {
        Files.writeString(backups.resolve(name), text);
    }

    private static String fresh() {
        return UUID.randomUUID().toString();
    }

    private static HttpResponse<String> ask(String id) throws Exception {
        return admin.post(PATH, Browser.json("backupId", id));
    }

    private static JsonObject state() throws Exception {
        HttpResponse<String> answer = admin.get(PATH);
        assertEquals(200, answer.statusCode(), answer::body);
        return Browser.object(answer);
    }
}
