package dev.dashboard.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dashboard.Schema;
import dev.dashboard.audit.AuditAnchor;
import dev.dashboard.audit.AuditLog;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.DatabaseCopy;
import dev.dashboard.store.Migrations;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot is good or it is not there. {@code SnapshotIT} takes one from a server that writes. */
@Timeout(120)
class SnapshotTest {
    private static final SessionId SESSION = SessionId.random();
    private static final Actor SOMEBODY = new Actor.Person(UserId.random(), "Anna", Optional.empty());
    private static final Clock NOON = Clock.fixed(Instant.parse("2026-03-01T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    private Path dir;

    private Path database;
    private Path anchor;
    private Path target;
    private Database db;
    private Feed feed;
    private Journal journal;

    @BeforeEach
    void open() throws IOException {
        database = Files.createDirectory(dir.resolve("data")).resolve("dashboard.db");
        anchor = dir.resolve("data/audit-anchor");
        target = Files.createDirectory(dir.resolve("copies")).resolve("copy.db");
        db = Database.open(database, 1);
        Migrations.apply(db, Schema.MIGRATIONS);
        feed = new Feed();
        journal = new Journal(db, feed, List.of(AuditLog.projection()), Clock.systemUTC());
        for (int i = 1; i <= 200; i++) {
            record(new Event.PromptSubmitted(new PromptId(UUID.randomUUID()), "prompt " + "x".repeat(i * 20)));
            record(new Event.ActivityChanged("running"));
        }
    }

    private void record(Event event) {
        journal.append(List.of(new Draft(Optional.of(SESSION), SOMEBODY, event)));
    }

    @AfterEach
    void close() {
        feed.close();
        db.close();
    }

    private static Verification verification() {
        return new Verification(Schema.AUDIT_CHAIN, Schema.MIGRATIONS.size());
    }

    private Manifest take() {
        return new Snapshot(verification(), "1.2.3", NOON).take(database, anchor, target);
    }

    /** The reason, after it was seen that nothing is left. */
    private Problem refused() throws IOException {
        Problem problem = assertThrows(Problem.class, this::take);
        assertEquals(List.of(), left());
        return problem;
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(target.getParent())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** As somebody who has the file, and not this program. The server is stopped first: its pages are in memory. */
    private void tamper(String... statements) throws Exception {
        close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.executeUpdate(sql);
            }
        }
    }

    @Test
    void holdsWhatIsStoredAndSaysSo() throws Exception {
        Manifest manifest = take();

        assertEquals(List.of("copy.db", "copy.db.json"), left());
        assertEquals("rw-------", mode(target));
        assertEquals("rw-------", mode(Snapshot.manifestOf(target)));
        JsonObject json = read(Snapshot.manifestOf(target));
        assertEquals(manifest.json(), json);
        assertEquals("1.2.3", json.getString("programVersion"));
        assertEquals(Schema.MIGRATIONS.size(), json.getInt("schemaVersion"));
        assertEquals("2026-03-01T12:00:00Z", json.getString("takenAt"));
        assertEquals(400, json.getInt("events"));
        assertEquals(400, json.getInt("lastSeq"));
        assertEquals(200, json.getJsonObject("audit").getInt("records"));
        assertEquals(new AuditLog(db).head().hash(), json.getJsonObject("audit").getString("headHash"));
        assertEquals(400, json.getJsonObject("rows").getInt("events"));
        assertEquals(200, json.getJsonObject("rows").getInt("audit"));
        assertEquals(tables(), new TreeSet<>(json.getJsonObject("rows").keySet()));
        assertEquals(Files.size(target), json.getInt("bytes"));
        assertEquals(Snapshot.sha256(target), json.getString("sha256"));
        assertTrue(json.getInt("durationMillis") >= 0);
    }

    private TreeSet<String> tables() {
        return new TreeSet<>(
                db.list("SELECT name FROM sqlite_schema WHERE type = 'table'", Map.of(), row -> row.string("name")));
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static JsonObject read(Path file) throws IOException {
        try (JsonReader reader = Json.createReader(Files.newBufferedReader(file))) {
            return reader.readObject();
        }
    }

    @Test
    void theServersDatabaseIsLeftAsItIsAndGoesOn() {
        take();

        record(new Event.ActivityChanged("idle"));
        assertEquals(401, journal.lastSeq());
        assertTrue(db.writable());
    }

    /** It may be looked through again, years later, by somebody who may not write it. */
    @Test
    void canBeLookedThroughWithoutBeingChanged() throws Exception {
        Contents taken = take().contents();
        String before = Snapshot.sha256(target);
        FileTime time = Files.getLastModifiedTime(target);
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("r--------"));
        Files.setPosixFilePermissions(target.getParent(), PosixFilePermissions.fromString("r-x------"));
        try {
            assertEquals(taken, verification().of(target, List.of()));
        } finally {
            Files.setPosixFilePermissions(target.getParent(), PosixFilePermissions.fromString("rwx------"));
        }
        assertEquals(before, Snapshot.sha256(target));
        assertEquals(time, Files.getLastModifiedTime(target));
        assertEquals(List.of("copy.db", "copy.db.json"), left());
    }

    @Test
    void itsManifestIsReadAsItWasWrittenAndFitsIt() {
        Manifest taken = take();

        Manifest read = Manifest.read(Snapshot.manifestOf(target));
        assertEquals(taken.json(), read.json());
        assertEquals(taken.contents(), verification().compare(target, read));
    }

    /** A restore keeps it, whatever was written since and whatever became of an event's data; a new server has another one. */
    @Test
    void theJournalIsKnownAgainInEachCopyAndInNoOtherServer() throws Exception {
        Manifest first = take();
        String journal = first.json().getString("journal");
        assertTrue(journal.matches("[0-9a-f]{16}"), journal);
        // Of a release that did not say it.
        Path older = dir.resolve("older.json");
        Files.writeString(older, first.json().toString().replace("\"journal\":\"" + journal + "\",", ""));
        Manifest said = Manifest.read(older);
        assertFalse(said.json().containsKey("journal"));
        assertEquals(journal, verification().compare(target, said).journal());

        database = dir.resolve("data/other.db");
        target = dir.resolve("copies/empty.db");
        try (Database other = Database.open(database, 1);
                Feed fed = new Feed()) {
            Migrations.apply(other, Schema.MIGRATIONS);
            assertEquals("", take().contents().journal());
            Journal another =
                    new Journal(other, fed, List.of(), Clock.offset(Clock.systemUTC(), Duration.ofSeconds(1)));
            another.append(List.of(new Draft(Optional.of(SESSION), SOMEBODY, new Event.ActivityChanged("running"))));
            target = dir.resolve("copies/first.db");
            String told = take().contents().journal();
            assertNotEquals(journal, told);

            other.write(tx -> tx.update("UPDATE events SET data = replace(data, 'running', 'idle')"));
            another.append(List.of(new Draft(Optional.of(SESSION), SOMEBODY, new Event.ActivityChanged("idle"))));
            target = dir.resolve("copies/second.db");
            assertEquals(told, take().contents().journal());
        }
    }

    @Test
    void aCopyThatIsAnotherOneIsToldFromIt() throws Exception {
        Manifest taken = take();
        Path other = dir.resolve("other.db");
        assertEquals("snapshot-missing", differs(other, taken).code());

        byte[] sound = Files.readAllBytes(target);
        Files.write(other, Arrays.copyOf(sound, sound.length - 4096));
        assertTrue(differs(other, taken).getMessage().contains("bytes should be " + sound.length));

        sound[sound.length / 2] ^= 1;
        Files.write(other, sound);
        assertTrue(differs(other, taken).getMessage().contains("SHA-256"));
    }

    /** A sound database whose bytes fit, and whose manifest speaks of another. */
    @Test
    void eachNumberOfTheManifestIsHeldToTheCopy() throws Exception {
        JsonObject good = take().json();
        Path words = dir.resolve("words.json");
        for (String said : List.of(
                "\"schemaVersion\":" + good.getInt("schemaVersion"),
                "\"events\":400,",
                "\"records\":200",
                "\"audit\":200",
                "\"sessions\":0")) {
            String changed = said.replaceFirst("\\d+", "7");
            assertTrue(good.toString().contains(said), said);
            Files.writeString(words, good.toString().replace(said, changed));
            assertEquals(
                    "snapshot-differs", differs(target, Manifest.read(words)).code(), said);
        }
        for (String text :
                List.of(good.getString("journal"), good.getJsonObject("audit").getString("headHash"))) {
            Files.writeString(words, good.toString().replace(text, "x"));
            assertEquals(
                    "snapshot-differs", differs(target, Manifest.read(words)).code());
        }
    }

    private static Problem differs(Path file, Manifest manifest) {
        return assertThrows(Problem.class, () -> verification().compare(file, manifest));
    }

    @Test
    void whatIsNoManifestIsSaidToBeNone() throws IOException {
        Path words = dir.resolve("words.json");
        for (String said : List.of("", "[]", "{}", "{\"programVersion\":1}", "x".repeat(300_000))) {
            Files.writeString(words, said);
            assertEquals(
                    "manifest-not-read",
                    assertThrows(Problem.class, () -> Manifest.read(words)).code());
        }
        assertEquals(
                "manifest-not-read",
                assertThrows(Problem.class, () -> Manifest.read(dir.resolve("none")))
                        .code());
    }

    @Test
    void aServerStartsFromIt() {
        take();

        try (Database restored = Database.open(target, 1);
                Feed other = new Feed()) {
            Migrations.apply(restored, Schema.MIGRATIONS);
            Journal again = new Journal(restored, other, List.of(AuditLog.projection()), Clock.systemUTC());
            again.append(List.of(new Draft(Optional.of(SESSION), SOMEBODY, new Event.ActivityChanged("idle"))));
            assertEquals(401, again.lastSeq());
            assertEquals(journal.after(0, 1000), again.after(0, 400));
        }
    }

    @Test
    void alsoOfAStoppedServerAndByAPathOfAnyKind() throws IOException {
        close();
        target = Files.createDirectory(dir.resolve("a b=c%20;'é")).resolve("x&'.db");

        assertEquals(400, take().contents().events());
        assertEquals(List.of("x&'.db", "x&'.db.json"), left());
    }

    @Test
    void overwritesNothing() throws IOException {
        Files.writeString(target, "mine");
        assertEquals("snapshot-exists", assertThrows(Problem.class, this::take).code());
        assertEquals("mine", Files.readString(target));
        Files.delete(target);

        Files.createSymbolicLink(target, dir.resolve("elsewhere"));
        assertEquals("snapshot-exists", assertThrows(Problem.class, this::take).code());
        assertFalse(Files.exists(dir.resolve("elsewhere")));
        Files.delete(target);

        Files.writeString(Snapshot.manifestOf(target), "mine too");
        assertEquals("snapshot-exists", assertThrows(Problem.class, this::take).code());
        assertEquals(List.of("copy.db.json"), left());
    }

    @Test
    void whatIsMissingIsSaidAndNotMade() throws IOException {
        database = dir.resolve("data/other.db");
        assertEquals("database-missing", refused().code());
        assertFalse(Files.exists(database));

        database = dir.resolve("data/dashboard.db");
        target = dir.resolve("no such folder/copy.db");
        assertEquals(
                "snapshot-not-written", assertThrows(Problem.class, this::take).code());
    }

    @Test
    void whatIsNoDatabaseIsDamaged() throws IOException {
        database = Files.writeString(dir.resolve("data/other.db"), "no database ".repeat(1000));

        assertEquals("database-damaged", refused().code());
    }

    @Test
    void aNewerOrAnOlderSchemaIsLeftToItsOwnRelease() throws Exception {
        tamper("INSERT INTO schema_version(version, name, applied_at) VALUES (99, 'x', 0)");
        assertEquals("schema-newer", refused().code());

        tamper("DELETE FROM schema_version WHERE version > 8");
        assertEquals("schema-older", refused().code());

        tamper("DROP TABLE schema_version");
        assertEquals("schema-older", refused().code());
    }

    @Test
    void damagedPagesAreFound() throws Exception {
        close();
        int root;
        int pageSize;
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            try (ResultSet result =
                    statement.executeQuery("SELECT rootpage FROM sqlite_schema WHERE name = 'events_by_session'")) {
                root = result.getInt(1);
            }
            try (ResultSet result = statement.executeQuery("PRAGMA page_size")) {
                pageSize = result.getInt(1);
            }
        }
        byte[] sound = Files.readAllBytes(database);
        int found = 0;
        List<Integer> pages = new ArrayList<>(List.of(root));
        for (int page = 2; page <= sound.length / pageSize; page += 7) {
            pages.add(page);
        }
        for (int page : pages) {
            Files.write(database, sound);
            try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
                file.seek((long) (page - 1) * pageSize);
                file.write(new byte[] {0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55});
            }
            assertEquals("database-damaged", refused().code(), "page " + page + " of " + sound.length / pageSize);
            found++;
        }
        assertTrue(found > 10, "pages tried: " + found);
    }

    @Test
    void aReferenceToNothingIsFound() throws Exception {
        tamper(
                "PRAGMA foreign_keys = OFF",
                "CREATE TABLE leads_nowhere(session TEXT REFERENCES sessions(id))",
                "INSERT INTO leads_nowhere VALUES ('nobody')");

        Problem problem = refused();
        assertEquals("database-damaged", problem.code());
        assertTrue(
                problem.getMessage().contains("a row of leads_nowhere refers to one of sessions"),
                problem.getMessage());
    }

    @Test
    void aGapInTheJournalIsFoundAndNamed() throws Exception {
        tamper("DELETE FROM events WHERE seq = 42", "DELETE FROM events WHERE seq = 44");
        Problem problem = refused();
        assertEquals("journal-gap", problem.code());
        assertTrue(problem.getMessage().contains("event 42 is missing"), problem.getMessage());

        tamper("DELETE FROM events WHERE seq < 10");
        problem = refused();
        assertEquals("journal-gap", problem.code());
        assertTrue(problem.getMessage().contains("event 1 is missing"), problem.getMessage());
    }

    @Test
    void aBrokenLinkOfTheAuditIsFoundAndNamed() throws Exception {
        tamper("UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE n = 7");

        Problem problem = refused();
        assertEquals("audit-broken", problem.code());
        assertTrue(problem.getMessage().contains("record 7"), problem.getMessage());
    }

    @Test
    void aTailThatWasCutOffIsFoundByTheAnchor() throws Exception {
        AuditAnchor.start(anchor, new AuditLog(db), Clock.systemUTC()).close();
        tamper("DELETE FROM audit WHERE n > 190", "DELETE FROM events WHERE seq > 379");

        Problem problem = refused();
        assertEquals("audit-broken", problem.code());
        assertTrue(problem.getMessage().contains("cut off"), problem.getMessage());
    }

    /** What the server anchors after the copy was taken is not in it. */
    @Test
    void anAnchorFromBeforeIsNoFault() {
        AuditAnchor.start(anchor, new AuditLog(db), Clock.systemUTC()).close();
        record(new Event.PromptSubmitted(new PromptId(UUID.randomUUID()), "one more"));

        assertEquals(201, take().contents().auditRecords());
    }

    /** Only root mounts a disk of its own; CI is root, elsewhere the test says that it was left out. */
    @Test
    void aFullDiskIsSaidWithWhatIsNeeded() throws Exception {
        onADisk("2m", disk -> {
            target = disk.resolve("copy.db");
            try (RandomAccessFile file =
                    new RandomAccessFile(disk.resolve("filler").toFile(), "rw")) {
                file.write(new byte[1_500_000]);
            }
            Problem problem = assertThrows(Problem.class, this::take);
            assertEquals("disk-full", problem.code());
            assertTrue(
                    problem.getMessage().matches("The snapshot needs up to \\d+ MiB, and 1 MiB are free .*"),
                    problem.getMessage());
            assertEquals(List.of("filler"), left());
        });
    }

    /** There was room when it was looked for. */
    @Test
    void aDiskThatFillsUpMeanwhileIsSaidToo() throws Exception {
        onADisk("256k", disk -> {
            Path copy = Files.createFile(disk.resolve("copy.db"));
            Problem problem = assertThrows(Problem.class, () -> DatabaseCopy.write(database, copy));
            assertEquals("disk-full", problem.code());
        });
    }

    private interface OnDisk {
        void use(Path disk) throws Exception;
    }

    private void onADisk(String size, OnDisk work) throws Exception {
        boolean isRoot = System.getProperty("user.name").equals("root");
        if (!isRoot && System.getenv("CI") != null) {
            fail("CI must run as root here: only root mounts a small disk");
        }
        assumeTrue(isRoot, "left out: only root mounts a small disk. CI runs it");
        Path disk = Files.createDirectory(dir.resolve("disk"));
        mount("-t", "tmpfs", "-o", "size=" + size, "tmpfs", disk.toString());
        try {
            work.use(disk);
        } finally {
            run("umount", disk.toString());
        }
    }

    private static void mount(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(arguments));
        run(command.toArray(String[]::new));
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), String.join(" ", command));
    }
}
