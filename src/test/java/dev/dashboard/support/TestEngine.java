package dev.dashboard.support;

import dev.dashboard.Schema;
import dev.dashboard.approval.Answer;
import dev.dashboard.approval.Approvals;
import dev.dashboard.audit.AuditLog;
import dev.dashboard.cli.CliHost;
import dev.dashboard.cli.Credential;
import dev.dashboard.cli.StopPlan;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.LocalCustody;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Projection;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.UserId;
import dev.dashboard.mask.Masking;
import dev.dashboard.problem.Problem;
import dev.dashboard.project.Project;
import dev.dashboard.project.Projects;
import dev.dashboard.project.Trust;
import dev.dashboard.project.Workspace;
import dev.dashboard.session.Prompts;
import dev.dashboard.session.SessionIndex;
import dev.dashboard.session.SessionOptions;
import dev.dashboard.session.SessionStatus;
import dev.dashboard.session.SessionSummary;
import dev.dashboard.session.Sessions;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The engine as the program wires it, on a real database and with real child processes, in a folder of a test. What stands at the
 * CLI's place is a program that the test installs, and may install anew while the engine runs; at first it is the stand-in.
 */
public final class TestEngine implements AutoCloseable {
    public static final Actor.Person MARA =
            new Actor.Person(UserId.parse("11111111-1111-4111-8111-111111111111"), "mara");

    private static final Path STAND_IN =
            Path.of("src/test/resources/stand-in/stand-in.mjs").toAbsolutePath();

    /** What a test may want otherwise. */
    public record Settings(
            int places,
            int starts,
            int queued,
            Duration idleParking,
            Duration idleParkingWhenFull,
            Duration initializeTimeout,
            StopPlan stopPlan,
            Credential credential) {
        public static final Settings USUAL = new Settings(
                8,
                8,
                8,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(20),
                new StopPlan(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(2)),
                new Credential.None());

        public Settings places(int number) {
            return new Settings(
                    number, starts, queued, idleParking, idleParkingWhenFull, initializeTimeout, stopPlan, credential);
        }

        public Settings starts(int number) {
            return new Settings(
                    places, number, queued, idleParking, idleParkingWhenFull, initializeTimeout, stopPlan, credential);
        }

        public Settings queued(int number) {
            return new Settings(
                    places, starts, number, idleParking, idleParkingWhenFull, initializeTimeout, stopPlan, credential);
        }

        public Settings idleParking(Duration usual, Duration whenFull) {
            return new Settings(places, starts, queued, usual, whenFull, initializeTimeout, stopPlan, credential);
        }

        public Settings initializeTimeout(Duration limit) {
            return new Settings(places, starts, queued, idleParking, idleParkingWhenFull, limit, stopPlan, credential);
        }

        public Settings stopPlan(StopPlan plan) {
            return new Settings(
                    places, starts, queued, idleParking, idleParkingWhenFull, initializeTimeout, plan, credential);
        }

        public Settings credential(Credential other) {
            return new Settings(
                    places, starts, queued, idleParking, idleParkingWhenFull, initializeTimeout, stopPlan, other);
        }
    }

    public final List<Projection> projections;

    public final TestClock clock = new TestClock();
    public final Path root;
    public final Path program;
    public final Path configDirectory;
    public final Database database;
    public final Feed feed;
    public final Journal journal;
    public final Projects projects;
    public final Trust trust;
    public final Approvals approvals;
    public final SessionIndex index;
    public final Prompts prompts;
    public final Sessions sessions;

    private final Path file;
    public final Custody custody;

    private TestEngine(Path folder, Settings settings) throws IOException {
        root = Files.createDirectories(folder.resolve("projects")).toRealPath();
        program = Files.createDirectories(folder.resolve("bin")).resolve("claude");
        configDirectory = Files.createDirectories(folder.resolve("claude"));
        if (Files.notExists(program)) {
            installStandIn();
        }
        file = folder.resolve("dashboard.db");
        database = Database.open(file, 2);
        Migrations.apply(database, Schema.MIGRATIONS);
        feed = new Feed();
        index = new SessionIndex(database);
        projections = List.of(
                Projects.projection(),
                Approvals.projection(),
                Prompts.projection(),
                index.projection(),
                AuditLog.projection());
        journal = new Journal(database, feed, projections, clock);
        Workspace workspace = Workspace.of(List.of(root));
        projects = new Projects(database, journal, workspace);
        trust = new Trust(database, journal, projects, workspace);
        approvals = new Approvals(database);
        prompts = new Prompts(database);
        custody = new LocalCustody(program, configDirectory);
        sessions = new Sessions(
                database,
                journal,
                feed,
                custody,
                host(folder, settings.credential()),
                index,
                prompts,
                approvals,
                projects,
                workspace,
                trust,
                clock,
                Masking.SHAPES_ALONE,
                new Sessions.Limits(
                        settings.places(),
                        settings.starts(),
                        settings.queued(),
                        256 * 1024,
                        settings.stopPlan(),
                        settings.initializeTimeout(),
                        Duration.ofMinutes(2),
                        false,
                        Duration.ZERO,
                        settings.idleParking(),
                        settings.idleParkingWhenFull(),
                        Duration.ofSeconds(5)));
    }

    public static TestEngine start(Path folder) throws IOException {
        return start(folder, Settings.USUAL);
    }

    /** The same folder again is the next start of the same server. */
    public static TestEngine start(Path folder, Settings settings) throws IOException {
        TestEngine engine = new TestEngine(folder, settings);
        engine.sessions.recover();
        return engine;
    }

    private CliHost host(Path folder, Credential credential) {
        return new CliHost(
                program,
                configDirectory,
                folder,
                configDirectory,
                System.getenv("PATH"),
                Optional.empty(),
                credential,
                List.of("user"),
                folder.toString(),
                Map.of());
    }

    // ---- what stands at the CLI's place

    public void installStandIn() throws IOException {
        install("exec node '" + STAND_IN + "' \"$@\"");
    }

    /** A bash script; takes effect with the next start of a process. */
    public void install(String script) throws IOException {
        Path made = Files.writeString(program.resolveSibling("new"), "#!/bin/bash\n" + script + "\n");
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.move(made, program, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    // ---- what people do

    public Project project(String name) throws IOException {
        Path folder = Files.createDirectories(root.resolve(name));
        return projects.add(folder.toString(), MARA).project();
    }

    public SessionId create(Project project, String title) {
        SessionOptions options = new SessionOptions(
                Optional.of(title), Optional.empty(), "default", Optional.empty(), Sharing.TEAM_READ);
        return sessions.create(project.id(), options, MARA).id();
    }

    /** A session in a project of its own, ready for prompts. */
    public SessionId ready(String title) throws IOException {
        SessionId session = create(project("project-" + UUID.randomUUID()), title);
        await(session, SessionStatus.IDLE);
        return session;
    }

    public PromptId prompt(SessionId session, String text) {
        PromptId prompt = new PromptId(UUID.randomUUID());
        sessions.prompt(session, prompt, text, MARA);
        return prompt;
    }

    /** Has the owner look at its timers again after the clock was moved; changes nothing else. */
    public void touch(SessionId session) {
        try {
            sessions.interrupt(session, MARA);
        } catch (Problem problem) {
            if (!problem.code().equals("not-working")) {
                throw problem;
            }
        }
    }

    public void allow(ApprovalId approval) {
        sessions.decide(
                approval,
                new Answer(true, Optional.empty(), Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY),
                MARA);
    }

    public void deny(ApprovalId approval, String reason) {
        sessions.decide(
                approval,
                new Answer(false, Optional.empty(), Optional.empty(), Optional.of(reason), JsonValue.EMPTY_JSON_ARRAY),
                MARA);
    }

    public void stop(SessionId session) {
        sessions.stop(session, MARA);
        await(session, SessionStatus.STOPPED);
    }

    // ---- what people see

    public void await(SessionId session, SessionStatus status) {
        Await.until(
                "session is " + status.word(), () -> index.get(session).status().equals(status));
    }

    public void awaitPrompt(SessionId session, PromptId prompt, String state) {
        Await.until(
                "prompt is " + state, () -> prompts.get(session, prompt).state().equals(state));
    }

    public SessionSummary.Failure awaitFailure(SessionId session) {
        await(session, SessionStatus.FAILED);
        return index.get(session).failure().orElseThrow();
    }

    public List<Event> events(SessionId session) {
        List<Event> events = new ArrayList<>();
        List<Envelope> page = journal.after(session, 0, Journal.MAX_PAGE);
        while (!page.isEmpty()) {
            page.forEach(envelope -> events.add(envelope.event()));
            page = journal.after(session, page.getLast().seq(), Journal.MAX_PAGE);
        }
        return events;
    }

    public <T extends Event> List<T> events(SessionId session, Class<T> kind) {
        return events(session).stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    public List<String> replies(SessionId session) {
        return events(session, Event.AssistantReplied.class).stream()
                .map(Event.AssistantReplied::text)
                .toList();
    }

    /** The proof that nothing else was hurt: a session that works from its start to an answer. */
    public void assertGoesOn() throws IOException {
        installStandIn();
        SessionId other = ready("another");
        PromptId prompt = prompt(other, "still there?");
        awaitPrompt(other, prompt, "completed");
        if (!replies(other).equals(List.of("You said: still there?"))) {
            throw new AssertionError("the other session answered " + replies(other));
        }
        stop(other);
    }

    /** Holds the file's write lock, as another program would, until it is closed: the journal cannot write meanwhile. */
    public AutoCloseable lockJournal() throws SQLException {
        Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
        }
        return other;
    }

    /** A table, row by row, as text; to compare. */
    public List<String> table(String name) {
        return database.read(connection -> {
            List<String> rows = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    var results = statement.executeQuery("SELECT * FROM " + name + " ORDER BY 1, 2")) {
                int columns = results.getMetaData().getColumnCount();
                while (results.next()) {
                    StringBuilder row = new StringBuilder();
                    for (int i = 1; i <= columns; i++) {
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

    @Override
    public void close() {
        sessions.close();
        custody.close();
        feed.close();
        database.close();
    }
}
