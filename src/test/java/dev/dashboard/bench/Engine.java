package dev.dashboard.bench;

import dev.dashboard.approval.Approvals;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.UserId;
import dev.dashboard.project.Projects;
import dev.dashboard.session.Prompts;
import dev.dashboard.session.SessionIndex;
import dev.dashboard.store.Database;
import dev.dashboard.support.Person;
import dev.dashboard.support.RunningDashboard;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A running server under measurement, with a person signed in and a project. Used by one thread; closing it ends the server. */
final class Engine implements AutoCloseable {
    private static final Pattern USED = Pattern.compile("total\\s+\\d+K, used (\\d+)K");
    private static final double TICKS_PER_SECOND = 100;
    private static final int AT_ONCE = 40;
    private static final int BULK = 5_000;
    private static final int HEAP_LOOKS = 4;

    final RunningDashboard server;
    final Person person;
    private final String project;
    private int started;

    Engine(RunningDashboard server) throws IOException {
        this.server = server;
        this.person = server.administrator();
        this.project = person.addProject(
                Files.createDirectories(server.projects().resolve("bench")).toString());
    }

    Streams streams() throws IOException {
        return new Streams(server.url(), person.cookieHeader());
    }

    // ---- sessions

    /** Starts them and waits until all are idle. */
    List<String> startSessions(int count) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(person.startSession(project, "title", "bench " + started++));
        }
        ids.forEach(id -> person.awaitState(id, "idle"));
        return ids;
    }

    /** Starts them, not too many at once, and waits until all are parked. */
    List<String> parkSessions(int count) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(person.startSession(project, "title", "bench " + started++));
            if (i >= AT_ONCE) {
                person.awaitState(ids.get(i - AT_ONCE), "parked");
            }
        }
        ids.forEach(id -> person.awaitState(id, "parked"));
        return ids;
    }

    void promptAll(List<String> sessions, String text) {
        sessions.forEach(id -> person.prompt(id, UUID.randomUUID(), text).expect(202));
    }

    /** Has the compiler see the whole way some ten thousand times. */
    void warmUp() throws IOException {
        List<String> ids = startSessions(1);
        try (Streams streams = streams()) {
            Streams.Reader reader = streams.open("?after=" + person.lastSeq(), 0);
            streams.awaitOpen(Duration.ofSeconds(20));
            promptAll(ids, "{\"rate\":0,\"count\":20000,\"bytes\":400}");
            streams.readUntil(() -> reader.delays.received() >= 20_000, Duration.ofSeconds(40));
        }
        ids.forEach(id -> {
            person.awaitState(id, "idle");
            person.stop(id).expect(202);
            person.awaitState(id, "stopped");
        });
    }

    // ---- what it costs

    /** Heap in use after a full collection: the least of some, since the last steps of what just ended take a moment. */
    double heapKibibytes() throws IOException, InterruptedException {
        double least = Double.MAX_VALUE;
        for (int look = 0; look < HEAP_LOOKS; look++) {
            Thread.sleep(Duration.ofSeconds(1));
            jcmd("GC.run");
            Matcher used = USED.matcher(jcmd("GC.heap_info"));
            double sum = 0;
            while (used.find()) {
                sum += Double.parseDouble(used.group(1));
            }
            least = Math.min(least, sum);
        }
        return least;
    }

    /** Memory of the server's process alone, after a full collection. */
    double residentKibibytes() throws IOException, InterruptedException {
        jcmd("GC.run");
        return server.program().residentMebibytes() * 1024;
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(server.program().pid()),
                        command)
                .redirectErrorStream(true)
                .start();
        String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (jcmd.waitFor() != 0) {
            throw new IOException("jcmd " + command + ": " + said);
        }
        return said;
    }

    /** Processor time of the server's process alone. Linux counts it in hundredths of a second. */
    double cpuSeconds() {
        try {
            String stat = Files.readString(Path.of("/proc/" + server.program().pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    // ---- a long journal

    /** Stops the server, records so many events of ended sessions straight into its journal, and starts it again. */
    List<String> fill(int events, int sessions) throws IOException, InterruptedException {
        server.stop(Duration.ofSeconds(30));
        List<SessionId> ids =
                IntStream.range(0, sessions).mapToObj(_ -> SessionId.random()).toList();
        try (Database db = Database.open(database(), 1);
                Feed feed = new Feed()) {
            Journal journal = new Journal(
                    db,
                    feed,
                    List.of(
                            Projects.projection(),
                            Approvals.projection(),
                            Prompts.projection(),
                            new SessionIndex(db).projection()),
                    Clock.systemUTC());
            journal.append(ids.stream().map(this::created).toList());
            for (int done = 0; done < events; done += BULK) {
                int from = done;
                journal.append(IntStream.range(from, Math.min(events, from + BULK))
                        .mapToObj(i -> reply(ids.get(i % ids.size()), i))
                        .toList());
            }
            journal.append(ids.stream().map(Engine::ended).toList());
        }
        server.restart();
        return ids.stream().map(SessionId::toString).toList();
    }

    private Path database() {
        return server.data().resolve("dashboard.db");
    }

    private Draft created(SessionId session) {
        return new Draft(
                Optional.of(session),
                Actor.SERVER,
                new Event.SessionCreated(
                        ProjectId.parse(project),
                        server.projects().resolve("bench").toString(),
                        Optional.of("long ago"),
                        Optional.empty(),
                        "default",
                        Optional.empty(),
                        UserId.random(),
                        Sharing.TEAM_READ));
    }

    private static Draft reply(SessionId session, int number) {
        return new Draft(
                Optional.of(session),
                Actor.CLI,
                new Event.AssistantReplied("u" + number, "m" + number, 0, "x".repeat(400), false, Optional.empty()));
    }

    private static Draft ended(SessionId session) {
        return new Draft(
                Optional.of(session),
                Actor.CLI,
                new Event.SessionEnded("stopped", Optional.of(0), Event.Leftover.NONE));
    }

    @Override
    public void close() {
        person.close();
        server.close();
    }
}
