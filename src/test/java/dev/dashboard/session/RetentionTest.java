package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.Schema;
import dev.dashboard.approval.Approvals;
import dev.dashboard.audit.AuditAnchor.Anchor;
import dev.dashboard.audit.AuditCheck;
import dev.dashboard.audit.AuditLog;
import dev.dashboard.backup.Verification;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.LocalCustody;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.Projection;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.Recorded;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.Subscription;
import dev.dashboard.event.Tombstone;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.project.Projects;
import dev.dashboard.project.Workspace;
import dev.dashboard.store.Database;
import dev.dashboard.store.DatabaseCopy;
import dev.dashboard.store.Migrations;
import dev.dashboard.support.TestClock;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Contents go and events stay: the chain of the audit, the tables and the pages are as ever, and no word is left in the file. */
@Timeout(120)
final class RetentionTest {
    private static final Actor.Person MARA = new Actor.Person(UserId.random(), "mara");
    private static final List<String> ENDS = List.of("stopped", "parked", "failed", "interrupted");

    /** What stands in each text of a session, and nowhere else. */
    private static final String MARK = "zebra-";

    @TempDir
    private Path dir;

    private final TestClock clock = new TestClock();
    private final Map<String, Integer> told = new HashMap<>();
    private Path file;
    private Path claude;
    private Database db;
    private Feed feed;
    private Journal journal;
    private Projects projects;
    private SessionIndex index;
    private AuditLog audit;
    private Custody custody;
    private Places places;
    private List<Projection> projections;
    private Retention retention;

    /** What is recorded together, in one commit. */
    private final List<Draft> drafts = new ArrayList<>();

    private boolean together;

    @BeforeEach
    void open() throws Exception {
        file = dir.resolve("dashboard.db");
        claude = Files.createDirectories(dir.resolve("claude/projects/demo"))
                .getParent()
                .getParent();
        Files.createDirectories(dir.resolve("projects"));
        start();
    }

    private void start() {
        db = Database.open(file, 2);
        Migrations.apply(db, Schema.MIGRATIONS);
        feed = new Feed();
        index = new SessionIndex(db);
        projections = List.of(
                Projects.projection(),
                Approvals.projection(),
                Prompts.projection(),
                index.projection(),
                AuditLog.projection());
        journal = new Journal(db, feed, projections, clock);
        audit = new AuditLog(db);
        projects = new Projects(db, journal, Workspace.of(List.of(dir.resolve("projects"))));
        custody = new LocalCustody(dir.resolve("no-claude"), claude);
        places = new Places(new Places.Limits(4, 4, 4));
        retention = retention();
    }

    private Retention retention() {
        return new Retention(db, journal, custody, places, clock, new RetentionListener() {
            @Override
            public void sessionExpired() {
                told.merge("sessions", 1, Integer::sum);
            }

            @Override
            public void eventsBuried(int events, long bytes) {
                told.merge("events", events, Integer::sum);
                told.merge("slices", 1, Integer::sum);
                assertTrue(events <= Retention.SLICE, "a slice of " + events);
            }
        });
    }

    @AfterEach
    void close() {
        custody.close();
        feed.close();
        db.close();
    }

    // ---- stories

    private ProjectId project(String name) throws Exception {
        Path folder = Files.createDirectories(dir.resolve("projects/" + name));
        return projects.add(folder.toString(), MARA).project().id();
    }

    private void keepFor(ProjectId project, int days) {
        projects.retain(project, Optional.of(days), MARA);
    }

    private void record(SessionId session, Actor actor, Event event) {
        drafts.add(new Draft(Optional.of(session), actor, event));
        if (!together) {
            write();
        }
    }

    private void write() {
        journal.append(List.copyOf(drafts));
        drafts.clear();
    }

    private SessionId opened(ProjectId project) throws Exception {
        SessionId session = SessionId.random();
        record(
                session,
                MARA,
                new Event.SessionCreated(
                        project,
                        "/demo",
                        Optional.empty(),
                        Optional.empty(),
                        "default",
                        Optional.empty(),
                        MARA.id(),
                        Sharing.PRIVATE));
        record(session, MARA, new Event.SessionTitled(words(session)));
        record(session, MARA, new Event.SessionStarted("launch-" + session, session.toString(), false));
        record(session, Actor.SERVER, new Event.ProcessStarted("launch-" + session, 4_194_305, 7, Instant.EPOCH));
        record(session, Actor.CLI, new Event.SessionReady("2.1.330", "none", Optional.of("some-model")));
        Files.writeString(transcript(session), words(session));
        return session;
    }

    private Path transcript(SessionId session) {
        return claude.resolve("projects/demo/" + session + ".jsonl");
    }

    private static String words(SessionId session) {
        return MARK + session + " said";
    }

    private static JsonObject object(SessionId session) {
        return Json.createObjectBuilder().add("command", words(session)).build();
    }

    /** Everything that may be said in a turn. */
    private void turn(SessionId session, Random random) {
        PromptId prompt = new PromptId(UUID.randomUUID());
        String long_ = words(session) + "x".repeat(random.nextInt(6_000));
        Optional<String> none = Optional.empty();
        together = true;
        record(session, MARA, new Event.PromptSubmitted(prompt, words(session)));
        if (random.nextBoolean()) {
            record(session, MARA, new Event.PromptEdited(prompt, long_));
        }
        record(session, Actor.CLI, new Event.ActivityChanged("running"));
        record(session, Actor.CLI, new Event.PromptDelivered(prompt));
        record(session, Actor.CLI, new Event.TurnStarted("some-model", "default", List.of("Bash")));
        record(session, Actor.CLI, new Event.AssistantThought("u", "m", 0, long_, none));
        record(session, Actor.CLI, new Event.ToolCalled("u", "m", 1, "t", "Bash", object(session), none));
        if (random.nextBoolean()) {
            ask(session, random);
        }
        record(session, Actor.CLI, new Event.ToolReturned("u", "t", false, long_, Optional.of(object(session)), none));
        record(session, Actor.CLI, new Event.AssistantReplied("u", "m", 2, words(session), false, none));
        switch (random.nextInt(6)) {
            case 0 -> record(session, Actor.CLI, new Event.NoticeGiven("info", words(session)));
            case 1 -> record(session, Actor.CLI, new Event.OutputNotUnderstood(words(session), "new"));
            case 2 -> record(session, Actor.CLI, new Event.PermissionDenied("t", "Bash", words(session)));
            case 3 ->
                record(
                        session,
                        Actor.CLI,
                        new Event.BackgroundTasksChanged(
                                Json.createArrayBuilder().add(object(session)).build()));
            case 4 ->
                record(session, Actor.CLI, new Event.ApiRetried(1, 3, Duration.ZERO, Optional.of(529), words(session)));
            default ->
                record(
                        session,
                        Actor.CLI,
                        new Event.ConversationReset(UUID.randomUUID().toString()));
        }
        record(
                session,
                Actor.CLI,
                new Event.TurnEnded(new Event.TurnOutcome(
                        "u",
                        false,
                        "completed",
                        Optional.empty(),
                        Duration.ofSeconds(3),
                        2,
                        new Event.Tokens(1, 2, 3, 4),
                        new BigDecimal("0.25"),
                        Optional.of(10L),
                        Optional.of(100L),
                        List.of(prompt))));
        record(session, Actor.CLI, new Event.PromptFinished(prompt, "completed"));
        record(session, Actor.CLI, new Event.ActivityChanged("idle"));
        together = false;
        write();
    }

    private void ask(SessionId session, Random random) {
        ApprovalId approval = new ApprovalId(UUID.randomUUID());
        JsonArray rules = Json.createArrayBuilder()
                .add(Json.createObjectBuilder()
                        .add("type", "addRules")
                        .add("destination", "session")
                        .add("behavior", "allow")
                        .add(
                                "rules",
                                Json.createArrayBuilder()
                                        .add(Json.createObjectBuilder()
                                                .add("toolName", "Bash")
                                                .add("ruleContent", words(session)))))
                .build();
        record(
                session,
                Actor.CLI,
                new Event.ApprovalRequested(
                        approval,
                        "permission",
                        "r",
                        "t",
                        "Bash",
                        object(session),
                        Optional.of(words(session)),
                        Optional.empty(),
                        rules,
                        Optional.empty(),
                        Optional.empty()));
        if (random.nextBoolean()) {
            record(
                    session,
                    MARA,
                    new Event.ApprovalResolved(
                            approval, "allow", Optional.of(object(session)), Optional.of(words(session)), rules));
            record(session, Actor.CLI, new Event.ApprovalDelivered(approval));
        } else {
            record(session, Actor.CLI, new Event.ApprovalWithdrawn(approval, "interrupted"));
        }
    }

    private void end(SessionId session, String how) {
        switch (how) {
            case "failed" ->
                record(
                        session,
                        Actor.SERVER,
                        new Event.SessionFailed(
                                "cli-died",
                                words(session),
                                words(session),
                                Optional.of(1),
                                words(session),
                                Event.Leftover.NONE));
            case "interrupted" ->
                record(session, Actor.SERVER, new Event.SessionInterrupted("server-died", Event.Leftover.NONE));
            default -> record(session, Actor.SERVER, new Event.SessionEnded(how, Optional.of(0), Event.Leftover.NONE));
        }
    }

    private SessionId ended(ProjectId project, int turns, String how) throws Exception {
        SessionId session = opened(project);
        Random random = new Random(turns);
        for (int i = 0; i < turns; i++) {
            turn(session, random);
        }
        end(session, how);
        return session;
    }

    private void days(int days) {
        clock.forward(Duration.ofDays(days).plusSeconds(1));
    }

    // ---- what is to be seen of it

    private List<Recorded> events(SessionId session) {
        return journal.recordedAfter(session, 0, Journal.MAX_PAGE);
    }

    private boolean isWhole(SessionId session) {
        return events(session).stream().noneMatch(Recorded::isExpired);
    }

    private boolean isGone(SessionId session) {
        return events(session).stream()
                .filter(one -> Tombstone.mayBe(one.type()))
                .allMatch(Recorded::isExpired);
    }

    private List<Long> numbers() {
        List<Long> numbers = new ArrayList<>();
        List<Recorded> page = journal.recordedAfter(0, Journal.MAX_PAGE);
        while (!page.isEmpty()) {
            page.forEach(one -> numbers.add(one.seq()));
            page = journal.recordedAfter(page.getLast().seq(), Journal.MAX_PAGE);
        }
        return numbers;
    }

    private Map<String, List<String>> tables() {
        Map<String, List<String>> tables = new LinkedHashMap<>();
        projections.forEach(one -> tables.put(one.name(), table(one.name())));
        return tables;
    }

    private List<String> table(String name) {
        return db.read(connection -> {
            List<String> rows = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    var results = statement.executeQuery("SELECT * FROM " + name + " ORDER BY 1, 2")) {
                while (results.next()) {
                    StringBuilder row = new StringBuilder();
                    for (int i = 1; i <= results.getMetaData().getColumnCount(); i++) {
                        row.append(results.getMetaData().getColumnName(i))
                                .append('=')
                                .append(results.getString(i))
                                .append('|');
                    }
                    rows.add(row.toString());
                }
            }
            return rows;
        });
    }

    private void assertTablesComeOutTheSame() {
        Map<String, List<String>> kept = tables();
        for (Projection projection : projections) {
            journal.rebuild(projection);
            assertEquals(kept.get(projection.name()), table(projection.name()), projection.name() + " computed anew");
        }
    }

    private Anchor anchor() {
        AuditLog.Head head = audit.head();
        return new Anchor(head.n(), head.hash(), clock.instant());
    }

    private Optional<AuditCheck.Fault> fault(List<Anchor> anchors) {
        return new AuditCheck(audit, journal, () -> anchors).check().fault();
    }

    /** As somebody who has the file, and not this program. */
    private void tamper(String sql, Object... values) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            assertTrue(statement.executeUpdate() > 0, sql);
        }
    }

    /**
     * All that can be found in the file: what its tables and indexes hold, and the pages that nothing is on. Not the unused middle of a page
     * that is in use, in which SQLite may leave a copy of a row that moved (ADR 15).
     */
    private String found() throws Exception {
        Path rows = dir.resolve("rows-" + UUID.randomUUID() + ".db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            try (var cut = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
                assertTrue(cut.next() && cut.getInt(1) == 0, "the log is cut");
            }
            statement.executeUpdate("VACUUM INTO '" + rows + "'");
        }
        assertEquals(0, Files.size(file.resolveSibling("dashboard.db-wal")));
        return Files.readString(rows, StandardCharsets.ISO_8859_1)
                + freePages(ByteBuffer.wrap(Files.readAllBytes(file)));
    }

    /** By the list of them that begins in the file's head. */
    private static String freePages(ByteBuffer bytes) {
        int size = Short.toUnsignedInt(bytes.getShort(16));
        StringBuilder found = new StringBuilder();
        int trunk = bytes.getInt(32);
        while (trunk != 0) {
            int at = (trunk - 1) * size;
            append(found, bytes, trunk, size);
            for (int i = 0; i < bytes.getInt(at + 4); i++) {
                append(found, bytes, bytes.getInt(at + 8 + 4 * i), size);
            }
            trunk = bytes.getInt(at);
        }
        return found.toString();
    }

    private static void append(StringBuilder found, ByteBuffer bytes, int page, int size) {
        found.append(new String(bytes.array(), (page - 1) * size, size, StandardCharsets.ISO_8859_1));
    }

    // ---- what goes, and when

    @Test
    void whatWasSaidGoesWhenItsTimeIsOverAndWhatHappenedStays() throws Exception {
        ProjectId project = project("demo");
        SessionId old = ended(project, 3, "stopped");
        days(20);
        SessionId young = ended(project, 1, "parked");
        SessionSummary before = index.get(old);
        keepFor(project, 30);
        retention.catchUp();
        assertTrue(isWhole(old), "30 days are not over");
        days(10);
        assertEquals(1, retention.due(project, 30));
        retention.catchUp();

        assertTrue(isGone(old));
        assertTrue(isWhole(young));
        assertFalse(Files.exists(transcript(old)));
        assertTrue(Files.exists(transcript(young)));
        assertEquals(0, retention.due(project, 30));
        assertEquals(1, told.get("sessions"));
        SessionSummary after = index.get(old);
        assertTrue(after.expiredAt().isPresent());
        assertEquals(Optional.empty(), after.title());
        assertEquals(List.of(), after.remembered());
        assertEquals(before.cost(), after.cost());
        assertEquals(before.tokens(), after.tokens());
        assertEquals(before.turns(), after.turns());
        assertEquals(before.prompts(), after.prompts());
        assertEquals(before.status(), after.status());
        assertEquals(List.of(), new Prompts(db).all(old));
        assertEquals(Optional.empty(), fault(List.of()));
        assertFalse(audit.after(0, 500).stream()
                .anyMatch(one -> one.json().toString().contains(words(old))));
        assertTrue(audit.after(0, 500).stream().anyMatch(one -> one.summary().contains("keeps them for 30 days")));
    }

    @Test
    void neverOfASessionThatIsNotOverAndNeverForEver() throws Exception {
        ProjectId project = project("demo");
        ProjectId other = project("other");
        SessionId live = opened(project);
        turn(live, new Random(1));
        SessionId forEver = ended(other, 1, "stopped");
        SessionId taken = ended(project, 1, "stopped");
        assertFalse(retention.isPromised());
        keepFor(project, 1);
        assertTrue(retention.isPromised());
        days(400);
        places.reserveForRecovery(taken);

        retention.catchUp();

        assertTrue(isWhole(live));
        assertTrue(isWhole(forEver));
        assertTrue(isWhole(taken), "what became of it is not known yet");
        assertTrue(Files.exists(transcript(taken)));
        places.release(taken);
        retention.catchUp();
        assertTrue(isGone(taken));
    }

    @Test
    void nobodyComesBackToItWhileItGoes() throws Exception {
        ProjectId project = project("demo");
        SessionId session = ended(project, 1, "parked");
        assertTrue(places.beginForgetting(session));
        Problem refused = assertThrows(Problem.class, () -> places.enter(session, MARA.id(), clock.instant()));
        assertEquals("contents-expired", refused.code());
        places.endForgetting(session);
        places.enter(session, MARA.id(), clock.instant());
        assertFalse(places.beginForgetting(session));
    }

    @Test
    void aTitleThatItGetsLaterGoesAsWell() throws Exception {
        ProjectId project = project("demo");
        SessionId session = ended(project, 1, "stopped");
        keepFor(project, 7);
        days(7);
        retention.catchUp();
        record(session, MARA, new Event.SessionTitled(words(session)));
        retention.catchUp();
        assertEquals(Optional.of(words(session)), index.get(session).title());
        days(7);
        retention.catchUp();
        assertTrue(isGone(session));
        assertEquals(Optional.empty(), index.get(session).title());
        assertEquals(2, told.get("sessions"));
        assertEquals(Optional.empty(), fault(List.of()));
        assertTablesComeOutTheSame();
    }

    @Test
    void aTranscriptThatCannotBeDeletedKeepsItsSessionAndNoOther() throws Exception {
        ProjectId project = project("demo");
        SessionId kept = ended(project, 1, "stopped");
        SessionId gone = ended(project, 1, "stopped");
        keepFor(project, 7);
        days(7);
        // The way to it is there, and the transcript's name is a folder that cannot be emptied: nobody may delete in
        // it.
        Path locked = Files.createDirectories(claude.resolve("projects/demo/" + kept + "/subagents"));
        Files.writeString(locked.resolve("agent.jsonl"), "line");
        assertTrue(locked.toFile().setWritable(false));
        try {
            if (Files.isWritable(locked)) {
                return; // for root there is nothing that cannot be deleted
            }
            assertEquals(
                    "transcript-kept",
                    assertThrows(Problem.class, retention::catchUp).code());
            assertTrue(isWhole(kept));
            assertTrue(isGone(gone));
        } finally {
            assertTrue(locked.toFile().setWritable(true));
        }
        retention.catchUp();
        assertTrue(isGone(kept));
    }

    @Test
    void whoReadsTheNewestEventsGetsNoWordsEither() throws Exception {
        ProjectId project = project("demo");
        SessionId session = ended(project, 2, "stopped");
        keepFor(project, 7);
        days(7);
        retention.catchUp();
        long last = journal.lastSeq();
        try (Subscription reader = feed.subscribe(journal, 0, _ -> true)) {
            while (reader.position() < last) {
                assertInstanceOf(Subscription.Next.Events.class, reader.next(Duration.ofSeconds(5)))
                        .envelopes()
                        .stream()
                        .filter(one -> one.session().equals(Optional.of(session)))
                        .forEach(one -> assertFalse(one.toString().contains(MARK), one::toString));
            }
        }
    }

    // ---- random journals

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverWasSaidAndWhateverIsKeptTheRestIsAsItWas(long seed) throws Exception {
        Random random = new Random(seed);
        List<ProjectId> all = List.of(project("a"), project("b"), project("c"));
        List<SessionId> live = new ArrayList<>();
        List<SessionId> over = new ArrayList<>();
        List<Anchor> anchors = new ArrayList<>();
        for (int step = 0; step < 60; step++) {
            switch (random.nextInt(8)) {
                case 0, 1 -> live.add(opened(all.get(random.nextInt(3))));
                case 2, 3, 4 -> {
                    if (!live.isEmpty()) {
                        turn(live.get(random.nextInt(live.size())), random);
                    }
                }
                case 5 -> {
                    if (!live.isEmpty()) {
                        SessionId session = live.remove(random.nextInt(live.size()));
                        end(session, ENDS.get(random.nextInt(ENDS.size())));
                        over.add(session);
                    }
                }
                case 6 -> {
                    days(random.nextInt(20));
                    Optional<Integer> kept =
                            random.nextInt(4) == 0 ? Optional.empty() : Optional.of(1 + random.nextInt(60));
                    projects.retain(all.get(random.nextInt(3)), kept, MARA);
                }
                default -> {
                    // A run that is cut off after some slices, as by a crash: another one goes on.
                    for (int slices = random.nextInt(12); slices > 0 && retention.more(); slices--) {
                        anchors.add(anchor());
                    }
                    retention = retention();
                }
            }
            anchors.add(anchor());
        }
        assertEquals(Optional.empty(), fault(anchors), "in the middle of it");
        assertTablesComeOutTheSame();
        List<Long> numbers = numbers();

        keepFor(all.get(0), 1);
        days(2);
        retention.catchUp();

        assertEquals(numbers, numbers().subList(0, numbers.size()));
        for (int i = 0; i < numbers().size(); i++) {
            assertEquals(i + 1L, numbers().get(i));
        }
        assertTablesComeOutTheSame();
        assertEquals(Optional.empty(), fault(anchors));
        Path copy = dir.resolve("copy-" + seed + ".db");
        DatabaseCopy.write(file, copy);
        assertEquals(
                audit.head().hash(),
                new Verification(Schema.AUDIT_CHAIN, Schema.MIGRATIONS.size())
                        .of(copy, anchors)
                        .auditHash());
        String bytes = found();
        for (SessionId session : over) {
            boolean expired = index.get(session).expiredAt().isPresent();
            assertEquals(expired, isGone(session), "all of it or nothing");
            assertEquals(!expired, bytes.contains(MARK + session), "the words of " + session + " expired=" + expired);
            assertEquals(!expired, Files.exists(transcript(session)));
        }
        for (SessionId session : live) {
            assertTrue(isWhole(session));
        }
    }

    // ---- cut off

    @Test
    void aCrashAtAnyPointLeavesWordsOrAClaimThatTheNextStartMakesGood() throws Exception {
        ProjectId project = project("demo");
        SessionId session = ended(project, 40, "stopped");
        keepFor(project, 7);
        days(7);
        List<Anchor> anchors = List.of(anchor());
        int slices = 0;
        int lives = 0;
        boolean more = true;
        while (more) {
            // What was only looked at is looked at again, so each life lasts a slice longer than the one before.
            lives++;
            for (int i = 0; i < lives && more; i++) {
                more = retention.more();
                slices++;
            }
            boolean claimed = index.get(session).expiredAt().isPresent();
            assertTrue(claimed || isWhole(session), "nothing is gone of which that is not on record");
            assertTrue(!claimed || !Files.exists(transcript(session)), "and no record before the CLI's own is gone");
            assertEquals(Optional.empty(), fault(anchors));
            close();
            start();
        }
        assertTrue(lives > 3 && slices > 8, "only " + slices + " slices in " + lives + " lives");
        assertTrue(isGone(session));
        assertEquals(List.of(), table("expiring"));
        assertFalse(found().contains(MARK));
        assertTablesComeOutTheSame();
    }

    // ---- nobody can hide behind it

    @Test
    void eachByteOfATombstoneCounts() throws Exception {
        ProjectId project = project("demo");
        SessionId session = ended(project, 1, "failed");
        keepFor(project, 7);
        days(7);
        retention.catchUp();
        assertEquals(Optional.empty(), fault(List.of()));
        for (String type : List.of("prompt-submitted", "assistant-replied", "session-failed")) {
            Recorded stone = events(session).stream()
                    .filter(one -> one.type().equals(type))
                    .findFirst()
                    .orElseThrow();
            String data = stone.data();
            for (int at = 0; at < data.length(); at++) {
                char other = data.charAt(at) == '0' ? '1' : '0';
                tamper(
                        "UPDATE events SET data = ? WHERE seq = ?",
                        data.substring(0, at) + other + data.substring(at + 1),
                        stone.seq());
                int byteAt = at;
                assertTrue(fault(List.of()).isPresent(), () -> "byte " + byteAt + " of " + data + " of " + type);
            }
            tamper("UPDATE events SET data = ? WHERE seq = ?", data, stone.seq());
        }
        assertEquals(Optional.empty(), fault(List.of()));
    }

    @Test
    void aTombstoneWhereNoneBelongsIsFound() throws Exception {
        ProjectId project = project("demo");
        SessionId expired = ended(project, 1, "stopped");
        SessionId other = ended(project("other"), 1, "stopped");
        keepFor(project, 7);
        days(7);
        retention.catchUp();
        record(expired, MARA, new Event.SessionTitled("later"));
        String stone = "{\"expired\":\"" + "0123456789abcdef".repeat(4) + "\"}";

        assertMisplaced(stone, first(other, "assistant-replied"));
        assertMisplaced(stone, first(other, "prompt-submitted"));
        assertMisplaced(stone, first(expired, "turn-ended"));
        assertMisplaced(stone, events(expired).getLast());
        assertMisplaced(stone, journal.recordedAfter(0, 1).getFirst());
    }

    private Recorded first(SessionId session, String type) {
        return events(session).stream()
                .filter(one -> one.type().equals(type))
                .findFirst()
                .orElseThrow();
    }

    /** Even one that holds the digest of what it takes the place of. */
    private void assertMisplaced(String stone, Recorded event) throws Exception {
        String right = "{\"expired\":\"" + event.digest() + "\"}";
        for (String data : List.of(stone, right)) {
            tamper("UPDATE events SET data = ? WHERE seq = ?", data, event.seq());
            AuditCheck.Fault fault = fault(List.of()).orElseThrow(() -> new AssertionError(event.type()));
            assertEquals(
                    "Event " + event.seq() + " of the journal was emptied, and nobody recorded why.", fault.reason());
        }
        tamper("UPDATE events SET data = ? WHERE seq = ?", event.data(), event.seq());
        assertEquals(Optional.empty(), fault(List.of()));
    }

    @Test
    void contentsThatAreExchangedBeforeTheyGoAreFound() throws Exception {
        ProjectId project = project("demo");
        SessionId session = ended(project, 20, "stopped");
        keepFor(project, 7);
        days(7);
        while (index.get(session).expiredAt().isEmpty()) {
            assertTrue(retention.more());
        }
        Recorded last = events(session).reversed().stream()
                .filter(one -> one.type().equals("assistant-replied"))
                .findFirst()
                .orElseThrow();
        assertFalse(last.isExpired());
        tamper("UPDATE events SET data = replace(data, 'said', 'sung') WHERE seq = ?", last.seq());
        assertTrue(fault(List.of()).orElseThrow().reason().contains("What expired of the session"));
        retention.catchUp();
        assertTrue(fault(List.of()).orElseThrow().reason().contains("What expired of the session"), "for good");
    }

    @Test
    void theRecordOfItIsHeldAsAnyOther() throws Exception {
        ProjectId project = project("demo");
        SessionId session = ended(project, 1, "stopped");
        keepFor(project, 7);
        days(7);
        retention.catchUp();
        Recorded record = first(session, "contents-expired");
        for (String changed : List.of(
                record.data().replace("\"days\":7", "\"days\":70"),
                record.data().replace("\"through\":", "\"through\":9"),
                "{}",
                "no JSON")) {
            tamper("UPDATE events SET data = ? WHERE seq = ?", changed, record.seq());
            assertTrue(fault(List.of()).isPresent(), changed);
        }
        tamper("UPDATE events SET data = ? WHERE seq = ?", record.data(), record.seq());
        assertDoesNotThrow(() -> fault(List.of()));
        assertEquals(Optional.empty(), fault(List.of()));
    }
}
