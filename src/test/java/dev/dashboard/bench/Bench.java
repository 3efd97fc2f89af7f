package dev.dashboard.bench;

import dev.dashboard.support.Person;
import dev.dashboard.support.Program;
import dev.dashboard.support.RunningDashboard;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.spi.ToolProvider;

/**
 * Measures the engine from the child's write to the client's read, and what it costs in time to start, in memory and in
 * processor time, each beside its aim.
 *
 * <p>Delays are those of the whole way: pipe, decoding, journal with full sync, stream, client. The floor (see {@link Floor}) is
 * measured in the same run, with as many children. The clients run in this process on the same machine, so part of the delay is
 * their own. Each scenario has a server of its own, and ends by itself.
 *
 * <p>Arguments: the root of the checkout, then {@code --only NAME} (may be repeated), {@code --soak MINUTES}, {@code --list}.
 */
public final class Bench {
    private static final int SECONDS_PER_RUN = 8;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int BURST = 20_000;
    private static final int BYTES = 400;
    private static final int STARTS = 3;
    private static final int FIRST_PAGE = 200;

    private interface Scenario {
        void run() throws Exception;
    }

    private final Path root;
    private final Path scratch;
    private final Path standIn;
    private final Report report = new Report();
    /** Enough for the processor's clock, which counts hundredths of a second. */
    private static final int REQUESTS = 3_000;

    private int folders;

    private Bench(Path root, Path scratch) {
        this.root = root;
        this.scratch = scratch;
        this.standIn = root.resolve("src/test/resources/stand-in/emitter.pl");
    }

    private Map<String, Scenario> scenarios() {
        Map<String, Scenario> all = new LinkedHashMap<>();
        all.put("start", this::starts);
        all.put("single", () -> steady("1 x 50/s, 20 clients", 1, 50, 0, 20, OptionalDouble.empty(), 0));
        all.put("ten", () -> steady("10 x 20/s, 20 clients each", 10, 20, 20, 0, OptionalDouble.of(2), 15));
        all.put("fifty", () -> steady("50 x 20/s, 4 clients each, 5 on all", 50, 20, 4, 5, OptionalDouble.of(3), 30));
        all.put("burst", this::burst);
        all.put("subscribers", this::subscribers);
        all.put("live", this::live);
        all.put("parked", this::parked);
        all.put("million", this::million);
        all.put("logs", this::logs);
        all.put("scrape", this::scrape);
        all.put("measured", this::measured);
        all.put("runner", () -> RunnerBench.run(report));
        all.put("gateway", () -> GatewayBench.run(report));
        all.put("housekeeping", () -> HousekeepingBench.run(report, folder("housekeeping")));
        return all;
    }

    public static void main(String[] args) throws Exception {
        Path root = Path.of(args[0]).toRealPath();
        List<String> wanted = new ArrayList<>();
        int soakMinutes = 0;
        Path scratch = Files.createTempDirectory("bench");
        try {
            Bench bench = new Bench(root, scratch);
            Map<String, Scenario> scenarios = bench.scenarios();
            for (int i = 1; i < args.length; i++) {
                switch (args[i]) {
                    case "--list" -> {
                        scenarios.keySet().forEach(System.out::println);
                        return;
                    }
                    case "--only" -> wanted.add(args[++i]);
                    case "--soak" -> soakMinutes = Integer.parseInt(args[++i]);
                    default -> throw new IllegalArgumentException("unknown option " + args[i]);
                }
            }
            require(scenarios.keySet().containsAll(wanted), "unknown scenario in " + wanted + "; see --list");
            if (wanted.isEmpty() && soakMinutes == 0) {
                wanted.addAll(scenarios.keySet());
            }
            for (String name : wanted) {
                scenarios.get(name).run();
            }
            if (soakMinutes > 0) {
                bench.soak(soakMinutes);
            }
            bench.report.write(root.resolve("target/bench.json"));
        } finally {
            delete(scratch);
        }
    }

    // ---- delays

    private void steady(
            String name,
            int sessions,
            int rate,
            int clientsEach,
            int clientsOnAll,
            OptionalDouble margin50,
            double margin99)
            throws Exception {
        String wish = wish(rate, rate * SECONDS_PER_RUN);
        try (Engine engine = engine(Map.of())) {
            // A server that runs for weeks is not measured in its first seconds.
            engine.warmUp();
            List<Delays> floor = floors(sessions, wish);
            double floor50 = Delays.percentileMillis(floor, 0.50);
            double floor99 = Delays.percentileMillis(floor, 0.99);
            List<String> ids = engine.startSessions(sessions);
            try (Streams streams = engine.streams()) {
                String after = "?after=" + engine.person.lastSeq();
                for (String id : ids) {
                    for (int i = 0; i < clientsEach; i++) {
                        streams.open(after + "&session=" + id, 0);
                    }
                }
                for (int i = 0; i < clientsOnAll; i++) {
                    streams.open(after, 0);
                }
                streams.awaitOpen(LIMIT);
                // One round for the compiler, which takes half a core meanwhile, and one that counts.
                int expected = rate * SECONDS_PER_RUN * sessions * (clientsEach + clientsOnAll);
                promptAndRead(engine, ids, wish, streams, expected);
                streams.forgetDelays();
                ids.forEach(id -> engine.person.awaitState(id, "idle"));
                double cpu = engine.cpuSeconds();
                long start = System.nanoTime();
                promptAndRead(engine, ids, wish, streams, expected);
                double share = (engine.cpuSeconds() - cpu) * 1e9 / (System.nanoTime() - start);
                double got50 = Delays.percentileMillis(streams.delays(), 0.50);
                double got99 = Delays.percentileMillis(streams.delays(), 0.99);
                if (margin50.isPresent()) {
                    report.above(name + ": delay p50", got50, floor50, margin50.getAsDouble());
                    report.above(name + ": delay p99", got99, floor99, margin99);
                } else {
                    report.add(name + ": delay p50 (floor " + floor50 + ")", got50, "ms");
                    report.add(name + ": delay p99 (floor " + floor99 + ")", got99, "ms");
                }
                report.add(name + ": server's processor time", 100 * share, "% of one");
                complete(name, streams.delays(), expected);
            }
        }
    }

    /** What logging costs: with next to nothing logged, then with all that there is. */
    private void logs() throws Exception {
        logged("logs off", Map.of("DASHBOARD_LOG_LEVEL", "ERROR", "DASHBOARD_LOG_ACCESS", "false"));
        logged("logs at DEBUG", Map.of("DASHBOARD_LOG_LEVEL", "DEBUG", "DASHBOARD_LOG_ACCESS", "true"));
    }

    private void logged(String name, Map<String, String> configuration) throws Exception {
        String wish = wish(20, 20 * SECONDS_PER_RUN);
        try (Engine engine = engine(configuration)) {
            engine.warmUp();
            List<String> ids = engine.startSessions(10);
            try (Streams streams = engine.streams()) {
                String after = "?after=" + engine.person.lastSeq();
                for (String id : ids) {
                    streams.open(after + "&session=" + id, 0);
                }
                streams.awaitOpen(LIMIT);
                int expected = 20 * SECONDS_PER_RUN * ids.size();
                promptAndRead(engine, ids, wish, streams, expected);
                streams.forgetDelays();
                ids.forEach(id -> engine.person.awaitState(id, "idle"));
                long lines = lines(engine);
                promptAndRead(engine, ids, wish, streams, expected);
                report.add(
                        name + ": lines besides those of requests, for " + expected + " events",
                        lines(engine) - lines,
                        "lines");
                report.add(name + ": delay p50", Delays.percentileMillis(streams.delays(), 0.50), "ms");
                report.add(name + ": delay p99", Delays.percentileMillis(streams.delays(), 0.99), "ms");
            }
            median(REQUESTS, () -> engine.person.get("/auth/me").expect(200));
            double cpu = engine.cpuSeconds();
            report.add(
                    name + ": a request",
                    median(REQUESTS, () -> engine.person.get("/auth/me").expect(200)),
                    "ms");
            report.add(name + ": processor time of a request", 1e6 * (engine.cpuSeconds() - cpu) / REQUESTS, "us");
        }
    }

    private static long lines(Engine engine) {
        return engine.server
                .log()
                .lines()
                .filter(line -> !line.contains("dev.dashboard.access"))
                .count();
    }

    /** Reads from the first event on, though the last prompt is not sent yet: what is not read looks like a delay. */
    static void promptAndRead(Engine engine, List<String> ids, String wish, Streams streams, int expected)
            throws IOException {
        CompletableFuture<Void> prompts = CompletableFuture.runAsync(() -> engine.promptAll(ids, wish));
        streams.readUntil(() -> received(streams.delays()) >= expected, LIMIT);
        prompts.join();
    }

    private void measured() throws Exception {
        int management = freePort();
        Path jar = MeasuredBench.without(root.resolve("target"), folder("without"));
        RunningDashboard unmeasured = RunningDashboard.prepare(
                jar, folder("engine" + folders++), List.of(), environment(Map.of("DASHBOARD_LOG_LEVEL", "ERROR")));
        unmeasured.restart();
        try (Engine with = engine(Map.of("DASHBOARD_MANAGEMENT_PORT", Integer.toString(management)));
                Engine without = new Engine(unmeasured)) {
            MeasuredBench.run(report, with, management, without);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** As many children at once as sessions are measured: they share the cores with whoever reads them. */
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

    /** Flat out from one session, with a fast reader and one that takes nothing until the fast one has all. */
    private void burst() throws Exception {
        Delays floor = Floor.measure(standIn, wish(0, BURST));
        report.add("floor: " + BURST + " events flat out", floor.ratePerSecond(), "events/s");
        try (Engine engine = engine(Map.of())) {
            engine.warmUp();
            double alone = burst(engine, false);
            report.atLeast(BURST + " events flat out, stored with full sync", alone, "events/s", 10_000);
            double beside = burst(engine, true);
            report.atLeast("the same beside a reader that takes nothing", beside, "events/s", 10_000);
        }
    }

    private double burst(Engine engine, boolean slow) throws Exception {
        List<String> ids = engine.startSessions(1);
        try (Streams streams = engine.streams()) {
            String query = "?session=" + ids.getFirst() + "&after=" + engine.person.lastSeq();
            Streams.Reader fast = streams.open(query, 0);
            streams.awaitOpen(LIMIT);
            if (slow) {
                Streams.Reader resting = streams.open(query, 4096);
                streams.awaitOpen(LIMIT);
                resting.hold();
                engine.promptAll(ids, wish(0, BURST));
                streams.readUntil(() -> fast.delays.received() >= BURST, LIMIT);
                report.add("received by the resting one meanwhile", resting.delays.received(), "events");
                long start = System.nanoTime();
                resting.release();
                streams.readUntil(() -> resting.delays.received() >= BURST, LIMIT);
                report.add("it catches up within", (System.nanoTime() - start) / 1e6, "ms");
                complete("the resting reader", List.of(resting.delays), BURST);
            } else {
                engine.promptAll(ids, wish(0, BURST));
                streams.readUntil(() -> fast.delays.received() >= BURST, LIMIT);
                firstPage(engine, ids.getFirst());
            }
            complete("the fast reader", List.of(fast.delays), BURST);
            return fast.delays.ratePerSecond();
        }
    }

    private void firstPage(Engine engine, String session) {
        String path = "/sessions/" + session + "/events?limit=" + FIRST_PAGE + "&before=" + Integer.MAX_VALUE;
        report.atMost(
                "newest " + FIRST_PAGE + " events of a session of " + BURST + ", median of 30",
                median(30, () -> engine.person.get(path).expect(200)),
                "ms",
                50);
    }

    // ---- memory and rest

    private void subscribers() throws Exception {
        int count = 2_000;
        int warmUp = 200;
        // A server notices only at its next beat that a reader is gone, so those of the warm-up still count.
        String most = Integer.toString(count + warmUp);
        try (Engine engine =
                engine(Map.of("DASHBOARD_STREAM_PER_PERSON", most, "DASHBOARD_STREAM_MAX_SUBSCRIBERS", most))) {
            engine.warmUp();
            try (Streams few = engine.streams()) {
                for (int i = 0; i < warmUp; i++) {
                    few.open("", 0);
                }
                few.awaitOpen(LIMIT);
            }
            double before = engine.residentKibibytes();
            try (Streams streams = engine.streams()) {
                for (int i = 0; i < count; i++) {
                    streams.open("", 0);
                    if (i % 100 == 99) {
                        streams.awaitOpen(LIMIT);
                    }
                }
                report.atMost(
                        count + " idle subscribers: resident, each",
                        (engine.residentKibibytes() - before) / count,
                        "KiB",
                        64);
                double cpu = engine.cpuSeconds();
                // Read, since beats come.
                streams.readUntil(() -> false, Duration.ofSeconds(20));
                report.add(count + " idle subscribers: processor", 100 * (engine.cpuSeconds() - cpu) / 20, "% of one");
            }
        }
    }

    private void live() throws Exception {
        int count = 40;
        try (Engine engine = engine(Map.of())) {
            engine.warmUp();
            double heap = engine.heapKibibytes();
            double before = engine.residentKibibytes();
            List<String> ids = engine.startSessions(count);
            report.atMost(
                    "live idle session: resident, each of " + count,
                    (engine.residentKibibytes() - before) / count,
                    "KiB",
                    600);
            report.add("live idle session: heap, each of " + count, (engine.heapKibibytes() - heap) / count, "KiB");
            require(ids.stream().allMatch(id -> engine.person.state(id).equals("idle")), "the sessions are not idle");
        }
    }

    private void parked() throws Exception {
        int open = 500;
        int live = 20;
        Map<String, String> settings = Map.of(
                "DASHBOARD_CLI_MAX_PROCESSES", Integer.toString(live),
                "DASHBOARD_CLI_IDLE_PARKING", "PT1S",
                "DASHBOARD_CLI_IDLE_PARKING_WHEN_FULL", "PT0.2S");
        try (Engine engine = engine(settings)) {
            List<String> ids = engine.parkSessions(live);
            double heap = engine.heapKibibytes();
            double resident = engine.residentKibibytes();
            ids.addAll(engine.parkSessions(open - live));
            double parked = open - live;
            report.atMost("parked session: heap, each of " + open, (engine.heapKibibytes() - heap) / parked, "KiB", 20);
            report.add("parked session: resident, each", (engine.residentKibibytes() - resident) / parked, "KiB");
            List<String> awake = ids.subList(0, live);
            engine.promptAll(awake, "{\"hold\":1}");
            for (String id : awake) {
                engine.person.awaitState(id, "working");
            }
            double cpu = engine.cpuSeconds();
            Thread.sleep(Duration.ofSeconds(30));
            report.atMost(
                    open + " open sessions, " + live + " of them live: processor",
                    100 * (engine.cpuSeconds() - cpu) / 30,
                    "% of one",
                    2);
        }
    }

    // ---- what monitoring asks for

    /** With sessions that work meanwhile, as a Prometheus would find them. */
    private void scrape() throws Exception {
        int count = 50;
        int rate = 10;
        int port = freePort();
        HttpRequest metrics = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                .build();
        try (HttpClient client = HttpClient.newHttpClient();
                Engine engine = engine(Map.of("DASHBOARD_MANAGEMENT_PORT", Integer.toString(port)))) {
            engine.warmUp();
            List<String> ids = engine.startSessions(count);
            engine.promptAll(ids, wish(rate, rate * 60));
            double took = median(60, () -> scraped(client, metrics));
            String scrape = scraped(client, metrics);
            report.atMost("scrape with " + count + " working sessions, median of 60", took, "ms", 50);
            report.atMost("its size", scrape.getBytes(StandardCharsets.UTF_8).length / 1024.0, "KiB", 256);
            report.atMost(
                    "its series",
                    scrape.lines().filter(line -> !line.startsWith("#")).count(),
                    "",
                    3_000);
        }
    }

    private static String scraped(HttpClient client, HttpRequest request) {
        try {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            require(answer.statusCode() == 200, "no scrape: " + answer.statusCode());
            return answer.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    // ---- a long journal

    private record Speeds(double list, double page, double append) {}

    private void million() throws Exception {
        Speeds small = speeds(10_000);
        Speeds large = speeds(1_000_000);
        report.add("ten thousand events: list, median", small.list(), "ms");
        report.add("ten thousand events: newest page, median", small.page(), "ms");
        report.add("ten thousand events: append, median", small.append(), "ms");
        report.atMost("a million events: list", large.list() / small.list(), "x", 1.5);
        report.atMost("a million events: newest page", large.page() / small.page(), "x", 1.5);
        report.atMost("a million events: append", large.append() / small.append(), "x", 1.5);
    }

    private Speeds speeds(int events) throws Exception {
        try (Engine engine = engine(Map.of())) {
            List<String> ids = engine.fill(events, 50);
            engine.warmUp();
            report.add(
                    "start with " + events + " events", engine.server.program().readyMillis(), "ms");
            String session = ids.getFirst();
            String page = "/sessions/" + session + "/events?limit=" + FIRST_PAGE + "&before=" + Integer.MAX_VALUE;
            double list = median(60, () -> engine.person.get("/sessions").expect(200));
            double opened = median(60, () -> engine.person.get(page).expect(200));
            double append = median(120, () -> {
                Person.Answer answer = engine.person.rename(session, "title " + System.nanoTime());
                require(answer.status() < 300, answer.toString());
            });
            return new Speeds(list, opened, append);
        }
    }

    // ---- endurance

    /** Half of the usual load; the heap after a collection, once a minute. */
    private void soak(int minutes) throws Exception {
        int sessions = 10;
        int rate = 10;
        try (Engine engine = engine(Map.of())) {
            engine.warmUp();
            List<String> ids = engine.startSessions(sessions);
            try (Streams streams = engine.streams()) {
                for (int i = 0; i < 5; i++) {
                    streams.open("?after=" + engine.person.lastSeq(), 0);
                }
                streams.awaitOpen(LIMIT);
                engine.promptAll(ids, wish(rate, rate * 60 * minutes));
                List<Double> heaps = new ArrayList<>();
                for (int minute = 1; minute <= minutes; minute++) {
                    streams.readUntil(() -> false, Duration.ofMinutes(1));
                    heaps.add(engine.heapKibibytes() / 1024);
                    report.add("soak: heap after collection, minute " + minute, heaps.getLast(), "MiB");
                }
                int expected = rate * 60 * minutes * sessions * 5;
                streams.readUntil(() -> received(streams.delays()) >= expected, LIMIT);
                complete("soak", streams.delays(), expected);
                // The tail of recent events fills within the first two minutes.
                double from = heaps.get(Math.min(2, heaps.size() - 1));
                report.atMost("soak: growth since the third minute", heaps.getLast() - from, "MiB", 2);
                report.add("soak: resident at the end", engine.server.program().residentMebibytes(), "MiB");
            }
        }
    }

    // ---- start

    /** Each program has an archive of its own classes, as {@code start.sh} gives it; the first run, which makes it, is told apart. */
    private void starts() throws IOException, InterruptedException {
        List<Double> bare = new ArrayList<>();
        List<Double> ours = new ArrayList<>();
        for (int i = 0; i <= STARTS; i++) {
            try (Program program = Program.start(BareServer.READY, folder("bare" + i), Map.of(), bareCommand(i))) {
                bare.add(program.readyMillis());
            }
            try (RunningDashboard dashboard = server(folder("start"), Map.of())) {
                ours.add(dashboard.program().readyMillis());
            }
        }
        report.add("start to ready: bare Helidon + DbClient, first", bare.removeFirst(), "ms");
        report.add("start to ready: dashboard, first on new data", ours.removeFirst(), "ms");
        report.add("start to ready: bare, median of " + STARTS, median(bare), "ms");
        report.add("start to ready: dashboard, median of " + STARTS, median(ours), "ms");
    }

    // ---- parts

    private Engine engine(Map<String, String> more) throws Exception {
        return new Engine(server(folder("engine" + folders++), more));
    }

    private RunningDashboard server(Path folder, Map<String, String> more) throws IOException, InterruptedException {
        return RunningDashboard.start(root, folder, environment(more));
    }

    private Map<String, String> environment(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "DASHBOARD_CLI_PATH",
                standIn.toString(),
                "DASHBOARD_CLI_MAX_PROCESSES",
                "60",
                "DASHBOARD_STREAM_PER_PERSON",
                "300",
                "JDK_JAVA_OPTIONS",
                String.join(" ", archive("dashboard"))));
        environment.putAll(more);
        return environment;
    }

    private static int received(List<Delays> delays) {
        return delays.stream().mapToInt(Delays::received).sum();
    }

    private void complete(String name, List<Delays> heard, int expected) {
        report.atMost(name + ": lost", expected - received(heard), "events", 0);
        report.atMost(
                name + ": doubled", heard.stream().mapToInt(Delays::doubled).sum(), "events", 0);
    }

    private static double median(int times, Runnable request) {
        for (int i = 0; i < 10; i++) {
            request.run();
        }
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            request.run();
            millis.add((System.nanoTime() - start) / 1e6);
        }
        return median(millis);
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

    static String wish(int rate, int count) {
        return "{\"rate\":" + rate + ",\"count\":" + count + ",\"bytes\":" + BYTES + "}";
    }

    static double median(List<Double> values) {
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
