package dev.dashboard.bench;

import dev.dashboard.support.Person;
import dev.dashboard.support.Program;
import dev.dashboard.support.RunningDashboard;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.spi.ToolProvider;

/**
 * Measures the engine from the child's write to the client's read, and what it costs in time to start and in memory.
 *
 * <p>Delays are those of the whole way: pipe, decoding, journal with full sync, stream, client. The floor (see {@link Floor}) is
 * given beside them. The clients run in this process on the same machine, so with 20 of them part of the delay is their own.
 *
 * <p>Arguments: the root of the checkout, and {@code --floor-only} to leave the server out.
 */
public final class Bench {
    private static final int SECONDS_PER_RUN = 8;
    private static final int LIMIT_SECONDS = 40;
    private static final int BURST = 20_000;
    private static final int BYTES = 400;
    private static final int IDLE_SESSIONS = 10;
    private static final int STARTS = 3;

    private final Path root;
    private final Path scratch;
    private final Path standIn;
    private final Report report = new Report();

    private Bench(Path root, Path scratch) {
        this.root = root;
        this.scratch = scratch;
        this.standIn = root.resolve("src/test/resources/stand-in/stand-in.mjs");
    }

    public static void main(String[] args) throws Exception {
        Path root = Path.of(args[0]).toRealPath();
        boolean floorOnly = List.of(args).contains("--floor-only");
        Path scratch = Files.createTempDirectory("bench");
        try {
            Bench bench = new Bench(root, scratch);
            bench.floor();
            if (!floorOnly) {
                bench.starts();
                bench.engine();
            }
            bench.report.write(root.resolve("target/bench.json"));
        } finally {
            delete(scratch);
        }
    }

    private void floor() throws IOException, InterruptedException {
        Delays steady = Floor.measure(standIn, wish(50, 50 * SECONDS_PER_RUN));
        delays("floor: 1 x 50/s", List.of(steady));
        delays("floor: 10 x 20/s", floors(10, wish(20, 20 * SECONDS_PER_RUN)));
        Delays burst = Floor.measure(standIn, wish(0, BURST));
        report.add("floor: " + BURST + " events of " + BYTES + " bytes", burst.ratePerSecond(), "events/s");
        require(burst.received() == BURST, "the floor lost events: " + burst.received());
    }

    /** As many children at once as sessions are measured: they share the two cores with whoever reads them. */
    private List<Delays> floors(int children, String wish) throws IOException, InterruptedException {
        try (ExecutorService threads = Executors.newFixedThreadPool(children)) {
            List<Future<Delays>> measured = new ArrayList<>();
            for (int i = 0; i < children; i++) {
                measured.add(threads.submit(() -> Floor.measure(standIn, wish)));
            }
            List<Delays> delays = new ArrayList<>();
            for (Future<Delays> one : measured) {
                delays.add(one.get());
            }
            return delays;
        } catch (ExecutionException e) {
            throw new IOException("a floor was not measured", e.getCause());
        }
    }

    /** Each program has an archive of its own classes, as {@code start.sh} gives it; the first run, which makes it, is told apart. */
    private void starts() throws IOException, InterruptedException {
        List<Double> bare = new ArrayList<>();
        List<Double> ours = new ArrayList<>();
        for (int i = 0; i <= STARTS; i++) {
            try (Program program = Program.start(BareServer.READY, folder("bare" + i), Map.of(), bareCommand(i))) {
                bare.add(program.readyMillis());
            }
            try (RunningDashboard dashboard = server(folder("start"))) {
                ours.add(dashboard.program().readyMillis());
            }
        }
        report.add("start to ready: bare Helidon + DbClient, first", bare.removeFirst(), "ms");
        report.add("start to ready: dashboard, first on new data", ours.removeFirst(), "ms");
        report.add("start to ready: bare, median of " + STARTS, median(bare), "ms");
        report.add("start to ready: dashboard, median of " + STARTS, median(ours), "ms");
    }

    private void engine() throws Exception {
        try (RunningDashboard server = server(folder("engine"));
                Person person = server.administrator()) {
            String project = person.addProject(
                    Files.createDirectories(server.projects().resolve("bench")).toString());
            memory(server.program(), person, project);
            // First, since it also warms the compiler up: a server that runs for weeks is not measured in its first
            // seconds.
            burst(person, project);
            for (int readers : new int[] {1, 20}) {
                steady(person, project, 1, 50, readers);
                steady(person, project, 10, 20, readers);
            }
            report.add("memory after all this", server.program().residentMebibytes(), "MiB");
        }
    }

    private void memory(Program server, Person client, String project) throws Exception {
        double idle = server.residentMebibytes();
        List<String> sessions = startSessions(client, project, IDLE_SESSIONS);
        double withSessions = server.residentMebibytes();
        stopSessions(client, sessions);
        report.add("memory: idle, signed in", idle, "MiB");
        report.add(
                "memory: per live idle session, of " + IDLE_SESSIONS + ", without the CLI's own",
                (withSessions - idle) / IDLE_SESSIONS,
                "MiB");
    }

    private void steady(Person client, String project, int sessions, int rate, int readers) throws Exception {
        List<String> ids = startSessions(client, project, sessions);
        int expected = sessions * rate * SECONDS_PER_RUN;
        List<Delays> heard = listen(client, readers, expected, ids, wish(rate, rate * SECONDS_PER_RUN));
        String name = sessions + " x " + rate + "/s, " + readers + (readers == 1 ? " client" : " clients");
        delays(name, heard);
        complete(name, heard, expected);
        stopSessions(client, ids);
    }

    private void burst(Person client, String project) throws Exception {
        List<String> ids = startSessions(client, project, 1);
        List<Delays> heard = listen(client, 1, BURST, ids, wish(0, BURST));
        String name = BURST + " events of " + BYTES + " bytes";
        report.add(name, heard.getFirst().ratePerSecond(), "events/s");
        complete(name, heard, BURST);
        stopSessions(client, ids);
    }

    /** Opens the streams, sends the prompts, and reads until each client has all events or the time is over. */
    private static List<Delays> listen(Person client, int readers, int expected, List<String> sessions, String wish)
            throws Exception {
        long after = client.lastSeq();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        CountDownLatch open = new CountDownLatch(readers);
        List<Delays> heard = new ArrayList<>();
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(readers)) {
            for (int i = 0; i < readers; i++) {
                Delays delays = new Delays();
                heard.add(delays);
                running.add(threads.submit(() -> {
                    read(
                            client,
                            after,
                            delays,
                            open,
                            () -> delays.received() >= expected || System.nanoTime() > deadline);
                    return null;
                }));
            }
            require(open.await(LIMIT_SECONDS, TimeUnit.SECONDS), "not all event streams opened");
            for (String session : sessions) {
                client.prompt(session, UUID.randomUUID(), wish).expect(202);
            }
            for (Future<?> reader : running) {
                reader.get(LIMIT_SECONDS + 20L, TimeUnit.SECONDS); // The heartbeat wakes a reader that waits in vain.
            }
        }
        return heard;
    }

    /** Each event's arrival is taken right after its line was read. */
    private static void read(Person client, long after, Delays delays, CountDownLatch open, BooleanSupplier enough)
            throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                client.stream("?after=" + after, OptionalLong.empty()), StandardCharsets.UTF_8))) {
            open.countDown();
            while (!enough.getAsBoolean()) {
                String line = lines.readLine();
                if (line == null) {
                    throw new IOException("the event stream ended early");
                }
                if (line.startsWith("data:") && line.contains("\"assistant-replied\"")) {
                    delays.take(session(line), line, System.nanoTime());
                }
            }
        }
    }

    private static String session(String line) {
        String member = "\"sessionId\":\"";
        int at = line.indexOf(member) + member.length();
        return line.substring(at, line.indexOf('"', at));
    }

    private static List<String> startSessions(Person client, String project, int count) throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(client.startSession(project, "title", "bench " + i));
        }
        for (String id : ids) {
            client.awaitState(id, "idle");
        }
        return ids;
    }

    private static void stopSessions(Person client, List<String> ids) throws Exception {
        for (String id : ids) {
            client.awaitState(id, "idle");
            client.stop(id).expect(202);
        }
        for (String id : ids) {
            client.awaitState(id, "stopped");
        }
    }

    private void delays(String name, List<Delays> heard) {
        report.add(name + ": delay p50", Delays.percentileMillis(heard, 0.50), "ms");
        report.add(name + ": delay p99", Delays.percentileMillis(heard, 0.99), "ms");
    }

    private void complete(String name, List<Delays> heard, int expected) {
        int lost = heard.stream().mapToInt(d -> expected - d.received()).sum();
        int doubled = heard.stream().mapToInt(Delays::doubled).sum();
        report.add(name + ": lost", lost, "events");
        report.add(name + ": doubled", doubled, "events");
    }

    private RunningDashboard server(Path folder) throws IOException, InterruptedException {
        return RunningDashboard.start(
                root,
                folder,
                Map.of(
                        "DASHBOARD_CLI_PATH", standIn.toString(),
                        "JDK_JAVA_OPTIONS", String.join(" ", archive("dashboard"))));
    }

    private List<String> bareCommand(int i) {
        String classPath = bareJar() + File.pathSeparator + root.resolve("target/lib") + "/*";
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(RunningDashboard.JVM_FLAGS);
        command.addAll(archive("bare"));
        command.addAll(List.of(
                "-cp",
                classPath,
                BareServer.class.getName(),
                scratch.resolve("bare" + i).toString()));
        return command;
    }

    /** A class archive takes classes from jars only. */
    private Path bareJar() {
        Path jar = scratch.resolve("bare.jar");
        if (Files.notExists(jar)) {
            int code = ToolProvider.findFirst("jar")
                    .orElseThrow()
                    .run(
                            System.out,
                            System.err,
                            "--create",
                            "--file=" + jar,
                            "-C",
                            root.resolve("target/test-classes").toString(),
                            BareServer.class.getName().replace('.', '/') + ".class");
            require(code == 0, "the bare server could not be packed");
        }
        return jar;
    }

    /** As in {@code scripts/start.sh}. */
    private List<String> archive(String name) {
        return List.of("-XX:+AutoCreateSharedArchive", "-XX:SharedArchiveFile=" + scratch.resolve(name + ".jsa"));
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectories(scratch.resolve(name)).toRealPath();
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static String wish(int rate, int count) {
        return "{\"rate\":" + rate + ",\"count\":" + count + ",\"bytes\":" + BYTES + "}";
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void require(boolean fact, String otherwise) {
        if (!fact) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
