package dev.dashboard.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.Schema;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApiTokenId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import dev.dashboard.support.Await;
import dev.dashboard.support.TestClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The chain holds what people did, and every way to change it afterwards shows. */
class AuditLogTest {
    private static final UserId MARA = UserId.random();
    private static final Actor BY_TOKEN = new Actor.Person(MARA, "mara", Optional.of("ci"));
    private static final SessionId SESSION = SessionId.random();

    private static final AuditLog.Filter NO_FILTER =
            new AuditLog.Filter(Optional.empty(), Optional.empty(), Optional.empty());

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private Database db;
    private Feed feed;
    private Journal journal;
    private AuditLog audit;

    @BeforeEach
    void open() {
        db = Database.open(dir.resolve("dashboard.db"), 2);
        Migrations.apply(db, Schema.MIGRATIONS);
        feed = new Feed();
        journal = new Journal(db, feed, List.of(AuditLog.projection()), clock);
        audit = new AuditLog(db);
    }

    @AfterEach
    void close() {
        feed.close();
        db.close();
    }

    private Path anchorFile() {
        return dir.resolve("audit-anchor");
    }

    private void record(Event event) {
        journal.append(List.of(new Draft(Optional.of(SESSION), BY_TOKEN, event)));
    }

    /** Ten prompts, and between them what nobody is accountable for. */
    private void work() {
        for (int i = 1; i <= 10; i++) {
            record(new Event.PromptSubmitted(new PromptId(UUID.randomUUID()), "prompt " + i));
            record(new Event.ActivityChanged("running"));
        }
    }

    private void anchored() {
        AuditAnchor.start(anchorFile(), audit, clock).close();
    }

    private AuditCheck.Result check() {
        return new AuditCheck(audit, journal, anchorFile()).check();
    }

    private void assertFault(long n, String words) {
        AuditCheck.Fault fault = check().fault().orElseThrow(() -> new AssertionError("nothing was found"));
        assertEquals(n, fault.n(), fault.reason());
        assertTrue(fault.reason().contains(words), fault.reason());
    }

    /** As somebody who has the file, and not this program. */
    private void tamper(String... statements) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("dashboard.db"));
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.executeUpdate(sql);
            }
        }
    }

    // ---- what stands in it

    @Test
    void aRecordSaysWhoDidWhatWhereAndByWhichToken() {
        record(new Event.PromptSubmitted(new PromptId(UUID.randomUUID()), "deploy with sk-ant-REDACTED"));

        AuditRecord only = audit.after(0, 10).getFirst();

        assertEquals("prompt-submitted", only.action());
        assertEquals(Optional.of(SESSION), only.session());
        assertEquals("sent a prompt", only.summary());
        assertTrue(
                only.actor().toString().contains("mara")
                        && only.actor().toString().contains("ci"),
                only.actor()::toString);
        assertFalse(only.detail().toString().contains("sk-ant-api03"), "secrets are masked: " + only.detail());
    }

    @Test
    void aRecordNamesWhoItIsAboutAsTheyWereCalledThen() {
        UserId olga = UserId.random();
        Instant end = Instant.parse("2026-01-04T00:00:00Z");
        record(new Event.InvitationIssued(olga, Optional.of("olga"), end));
        record(new Event.SignedOutEverywhere(olga, Optional.of("olga")));
        record(new Event.SignedOutEverywhere(MARA, Optional.of("mara")));
        record(new Event.ApiTokenRevoked(ApiTokenId.random(), olga, "nightly", Optional.of("Olga Ny")));
        record(new Event.ApiTokenRevoked(ApiTokenId.random(), MARA, "mine", Optional.of("mara")));

        assertEquals(
                List.of(
                        "made a link by which olga chooses a password",
                        "ended all sign-ins of olga",
                        "ended all their own sign-ins",
                        "revoked the API token nightly of Olga Ny",
                        "revoked the API token mine"),
                audit.after(0, 10).stream().map(AuditRecord::summary).toList());
        assertTrue(
                audit.after(0, 1).getFirst().detail().toString().contains(olga.toString()),
                "and the id says who for good");
        assertTrue(check().whole());
    }

    @Test
    void recordsFromBeforeNamesWereKeptSayAPerson() {
        UserId olga = UserId.parse("0f0e0d0c-0b0a-4908-8706-050403020100");
        record(new Event.InvitationIssued(olga, Optional.empty(), Instant.parse("2026-01-04T00:00:00Z")));
        record(new Event.SignedOutEverywhere(olga, Optional.empty()));
        record(new Event.SignedOutEverywhere(MARA, Optional.empty()));
        record(new Event.ApiTokenRevoked(ApiTokenId.random(), olga, "nightly", Optional.empty()));

        List<AuditRecord> records = audit.after(0, 10);
        assertEquals(
                List.of(
                        "made a link by which a person chooses a password",
                        "ended all sign-ins of a person",
                        "ended all their own sign-ins",
                        "revoked the API token nightly"),
                records.stream().map(AuditRecord::summary).toList());
        assertEquals(
                "{\"userId\":\"0f0e0d0c-0b0a-4908-8706-050403020100\",\"expiresAt\":\"2026-01-04T00:00:00.000Z\"}",
                records.getFirst().detail().toString());
        assertTrue(check().whole());
    }

    @Test
    void ofALongPromptItHasTheBeginningAndTheJournalTheWhole() {
        record(new Event.PromptSubmitted(new PromptId(UUID.randomUUID()), "x".repeat(100_000)));

        assertTrue(audit.after(0, 10).getFirst().detail().toString().length() < 1_000);
        assertTrue(check().whole());
    }

    @Test
    void whatTheCliSaysIsNobodysDoing() {
        work();
        assertEquals(10, audit.head().n());
        assertEquals(
                List.of("prompt-submitted"),
                audit.after(0, 100).stream().map(AuditRecord::action).distinct().toList());
    }

    @Test
    void pagesGoBackByNumberAndCanBeOfOnePersonOrSession() {
        work();
        assertEquals(
                List.of(10L, 9L, 8L),
                audit.page(NO_FILTER, Long.MAX_VALUE, 3).stream()
                        .map(AuditRecord::n)
                        .toList());
        assertEquals(
                List.of(7L, 6L),
                audit.page(NO_FILTER, 8, 2).stream().map(AuditRecord::n).toList());
        assertEquals(
                10,
                audit.page(
                                new AuditLog.Filter(Optional.of(MARA), Optional.empty(), Optional.of(SESSION)),
                                Long.MAX_VALUE,
                                100)
                        .size());
        assertEquals(
                List.of(),
                audit.page(
                        new AuditLog.Filter(Optional.of(UserId.random()), Optional.empty(), Optional.empty()),
                        Long.MAX_VALUE,
                        100));
    }

    @Test
    void theSameJournalGivesTheSameChain() {
        work();
        List<AuditRecord> before = audit.after(0, 100);

        journal.rebuild(AuditLog.projection());

        assertEquals(before, audit.after(0, 100));
    }

    @Test
    void aJournalThatIsOlderThanItsAuditGetsOneAtTheStart() throws Exception {
        work();
        List<AuditRecord> before = audit.after(0, 100);
        tamper("DELETE FROM audit");

        audit.fill(journal);

        assertEquals(before, audit.after(0, 100));
        audit.fill(journal);
        assertEquals(before, audit.after(0, 100), "and no second one");
    }

    // ---- whether it is whole

    @Test
    void aChainThatNobodyTouchedIsWholeAndSaysHowFarItIsAnchored() {
        work();
        anchored();

        AuditCheck.Result result = check();

        assertTrue(result.whole(), () -> result.fault().toString());
        assertEquals(10, result.records());
        assertEquals(10, result.anchored().orElseThrow().n());
        assertEquals(audit.head(), result.head().orElseThrow());
    }

    @Test
    void anEmptyAuditIsWhole() {
        assertTrue(check().whole());
    }

    @Test
    void aChangedRecordShows() throws Exception {
        work();
        tamper("UPDATE audit SET digest = replace(digest, substr(digest, 1, 1), 'x') WHERE n = 4");
        assertFault(4, "was changed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"person = 'jonas'", "action = 'signed-in'", "session = NULL"})
    void aRecordThatIsFiledWhereItIsNotFoundShows(String change) throws Exception {
        work();
        tamper("UPDATE audit SET " + change + " WHERE n = 7");
        assertFault(7, "filed under another");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "actor = replace(actor, 'mara', 'jonas')",
                "time = time + 1",
                "session = '11111111-1111-4111-8111-111111111111'",
                "data = replace(data, 'prompt 6', 'prompt 0')",
                "data = data || ' '"
            })
    void anEventThatWasChangedInTheJournalShows(String change) throws Exception {
        work();
        tamper("UPDATE events SET " + change + " WHERE data LIKE '%prompt 6%'");
        assertFault(6, "is not what it was");
    }

    /** Releases find better words, mask more, and store more of an event: none of that is tampering. */
    @Test
    void whatAReleaseStoredOtherwiseStaysWhole() throws Exception {
        tamper(
                "INSERT INTO events(seq, time, session, actor, type, data) VALUES (1, 1000, NULL, '{\"kind\": \"server\"}',"
                        + " 'signed-out-everywhere', '{ \"userId\" : \"11111111-1111-4111-8111-111111111111\", \"gone\": 1 }')");
        journal = new Journal(db, feed, List.of(AuditLog.projection()), clock);
        audit.fill(journal);

        assertTrue(check().whole());
        assertEquals(
                "ended all sign-ins of a person", audit.after(0, 1).getFirst().summary());
        assertEquals(audit.after(0, 1), audit.page(NO_FILTER, Long.MAX_VALUE, 1));
    }

    @Test
    void aRemovedRecordShows() throws Exception {
        work();
        tamper("DELETE FROM audit WHERE n = 5");
        assertFault(5, "removed");
    }

    @Test
    void aRemovedRecordShowsAlsoWhenTheOthersCloseTheGap() throws Exception {
        work();
        tamper("DELETE FROM audit WHERE n = 5", "UPDATE audit SET n = n - 1 WHERE n > 5");
        assertFault(5, "removed");
    }

    @Test
    void twoExchangedRecordsShow() throws Exception {
        work();
        tamper(
                "UPDATE audit SET n = -1 WHERE n = 3",
                "UPDATE audit SET n = 3 WHERE n = 4",
                "UPDATE audit SET n = 4 WHERE n = -1");
        assertFault(3, "exchanged");
    }

    @Test
    void aRecordThatWasPutInShows() throws Exception {
        work();
        tamper("INSERT INTO audit SELECT 11, 20, person, action, session, digest, hash FROM audit WHERE n = 10");
        assertFault(11, "knows nothing");
    }

    @Test
    void aCutEndShowsByTheJournal() throws Exception {
        work();
        tamper("DELETE FROM audit WHERE n > 8");
        assertFault(9, "missing");
    }

    @Test
    void aCutEndShowsByTheAnchorWhenTheJournalWasCutToo() throws Exception {
        work();
        anchored();
        tamper("DELETE FROM events WHERE seq > 16", "DELETE FROM audit WHERE n > 8");
        assertFault(9, "cut off");
    }

    @Test
    void anEmptiedDatabaseShowsByTheAnchor() throws Exception {
        work();
        anchored();
        tamper("DELETE FROM events", "DELETE FROM audit");
        assertFault(1, "cut off");
    }

    @Test
    void aJournalAndAnAuditThatWereWrittenAnewShowByTheAnchor() throws Exception {
        work();
        anchored();
        tamper("UPDATE events SET data = replace(data, 'prompt 6', 'prompt 0') WHERE data LIKE '%prompt 6%'");
        journal.rebuild(AuditLog.projection());

        assertFault(10, "written anew");
    }

    // ---- the anchor

    @Test
    void theAnchorIsWrittenByItselfForTheOwnerAloneAndGoesOn() throws Exception {
        work();
        try (AuditAnchor _ = AuditAnchor.start(anchorFile(), audit, clock)) {
            Await.until(
                    "it is anchored",
                    () -> AuditAnchor.read(anchorFile()).stream().anyMatch(a -> a.n() == 10));
            work();
            Await.until(
                    "and anchored again",
                    () -> AuditAnchor.read(anchorFile()).getLast().n() == 20);
        }
        assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(anchorFile()));
        assertTrue(check().whole());
    }

    @Test
    void anAnchorThatLagsIsNoFaultAndALineThatACrashCutIsLeftOut() throws Exception {
        work();
        anchored();
        Files.writeString(anchorFile(), Files.readString(anchorFile()) + "11 abc");
        work();

        assertTrue(check().whole());
        assertEquals(10, check().anchored().orElseThrow().n());
    }

    @ParameterizedTest
    @ValueSource(strings = {"11 abc", "11 ", "\u0000\u0000\u00ff", "restored then"})
    void whatIsLeftOfALineIsNotInTheWayOfTheNext(String rest) throws Exception {
        work();
        anchored();
        Files.writeString(anchorFile(), rest, StandardCharsets.ISO_8859_1, StandardOpenOption.APPEND);
        work();
        anchored();
        work();
        anchored();

        assertTrue(check().whole());
        assertEquals(List.of(10L, 20L, 30L), anchors());
        assertEquals(rest.startsWith("restored") ? List.of("then") : List.of(), AuditAnchor.restores(anchorFile()));
    }

    @Test
    void aLineThatAFullDiskTookAPartOfIsTakenBack() throws Exception {
        work();
        anchored();
        String before = Files.readString(anchorFile());
        try (SmallDisk disk = new SmallDisk(anchorFile(), 20, true)) {
            assertThrows(IOException.class, () -> AuditAnchor.append(disk, nextLine()));
        }
        assertEquals(before, Files.readString(anchorFile()));
        try (SmallDisk disk = new SmallDisk(anchorFile(), 1_000, true)) {
            AuditAnchor.append(disk, nextLine());
        }
        assertEquals(before + nextLine() + "\n", Files.readString(anchorFile()), "a part at a time, and all of it");
    }

    @Test
    void whatCannotBeTakenOutOfAFileThatMayOnlyGrowIsMarkedAndLeftOut() throws Exception {
        work();
        anchored();
        String line = nextLine();
        try (SmallDisk full = new SmallDisk(anchorFile(), 20, false)) {
            assertThrows(IOException.class, () -> AuditAnchor.append(full, line));
        }
        try (SmallDisk disk = new SmallDisk(anchorFile(), 1_000, false)) {
            AuditAnchor.mend(disk, line.substring(0, 20));
        }
        work();
        anchored();

        assertTrue(check().whole());
        assertEquals(List.of(10L, 20L), anchors());
        assertEquals(
                line.substring(0, 20) + " cut", Files.readAllLines(anchorFile()).get(1));
    }

    @Test
    void anAnchorOfWhichALineInTheMiddleWasAlteredIsDamaged() throws Exception {
        work();
        anchored();
        work();
        anchored();
        String text = Files.readString(anchorFile());
        Files.writeString(anchorFile(), text.replaceFirst("10 [0-9a-f]", "10 x"));

        Problem damaged = assertThrows(Problem.class, this::anchored);

        assertEquals("audit-anchor-damaged", damaged.code());
        assertTrue(damaged.getMessage().startsWith("Line 1 of the audit anchor is damaged"), damaged::getMessage);
    }

    @Test
    void aLongAnchorFileIsShortenedAndKeepsTheNewest() throws Exception {
        work();
        String line = "1 " + audit.after(0, 1).getFirst().hash() + " 2026-01-01T00:00:00Z\n";
        Files.writeString(anchorFile(), line.repeat((int) (AuditAnchor.MOST_BYTES / line.length()) + 10));

        anchored();

        assertTrue(Files.size(anchorFile()) < AuditAnchor.MOST_BYTES);
        assertEquals(10, AuditAnchor.read(anchorFile()).getLast().n());
        assertTrue(check().whole());
    }

    private String nextLine() {
        return "11 " + audit.head().hash() + " 2026-01-01T00:00:00Z";
    }

    private List<Long> anchors() {
        return AuditAnchor.read(anchorFile()).stream()
                .map(AuditAnchor.Anchor::n)
                .toList();
    }

    /** Takes at most {@code AT_ONCE} bytes at a time, as many as there is room for, and gives back what it took, or not. */
    private static final class SmallDisk implements SeekableByteChannel {
        private static final int AT_ONCE = 13;

        private final SeekableByteChannel file;
        private final boolean shrinks;
        private int room;

        SmallDisk(Path file, int room, boolean shrinks) throws IOException {
            this.file = Files.newByteChannel(file, StandardOpenOption.APPEND);
            this.room = room;
            this.shrinks = shrinks;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            if (room == 0) {
                throw new IOException("No space left on device");
            }
            int taken = Math.min(bytes.remaining(), Math.min(room, AT_ONCE));
            file.write(bytes.slice(bytes.position(), taken));
            bytes.position(bytes.position() + taken);
            room -= taken;
            return taken;
        }

        @Override
        public SeekableByteChannel truncate(long size) throws IOException {
            if (!shrinks) {
                throw new IOException("Operation not permitted");
            }
            file.truncate(size);
            return this;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public int read(ByteBuffer bytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long position() {
            throw new UnsupportedOperationException();
        }

        @Override
        public SeekableByteChannel position(long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
