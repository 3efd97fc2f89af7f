import static us.abstracta.jmeter.javadsl.JmeterDsl.constantTimer;
import static us.abstracta.jmeter.javadsl.JmeterDsl.httpHeaders;
import static us.abstracta.jmeter.javadsl.JmeterDsl.httpSampler;
import static us.abstracta.jmeter.javadsl.JmeterDsl.jsonExtractor;
import static us.abstracta.jmeter.javadsl.JmeterDsl.jsr223PostProcessor;
import static us.abstracta.jmeter.javadsl.JmeterDsl.testPlan;
import static us.abstracta.jmeter.javadsl.JmeterDsl.threadGroup;
import static us.abstracta.jmeter.javadsl.JmeterDsl.whileController;

import dev.dashboard.support.EventClient;
import dev.dashboard.support.Person;
import dev.dashboard.support.RunningDashboard;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.http.entity.ContentType;
import us.abstracta.jmeter.javadsl.core.TestPlanStats;
import us.abstracta.jmeter.javadsl.core.stats.StatsSummary;
import us.abstracta.jmeter.javadsl.core.threadgroups.BaseThreadGroup;
import us.abstracta.jmeter.javadsl.http.HttpHeaders;

/**
 * The load of a team at work: one sign-in, event streams that stay open, people who look around, people who prompt, people who
 * decide. Started by {@code scripts/load-test.sh}, which knows its class path; see there for the options.
 *
 * <p>All of it is counted beforehand, so it ends by itself and every request can be missed. It stays within the server's usual limits
 * for one person, therefore nothing may be refused. Used by one thread beside JMeter's own.
 */
final class Load {
    private static final int LOOKS = 20;
    private static final int WRITERS = 4;
    private static final int PROMPTS = 5;
    private static final int DECIDERS = 2;
    private static final int DECISIONS = 2;
    private static final int ALONE = 200;
    private static final Duration LIMIT = Duration.ofMinutes(8);

    private static final String PROMPT =
            "{\"promptId\":\"${__UUID()}\",\"text\":\"say the number ${__counter(TRUE)}\"}";
    private static final String ASKING =
            "{\"promptId\":\"${__UUID()}\",\"text\":\"{\\\"permission\\\":\\\"touch a.txt\\\"}\"}";

    /** @param project where to work on a server that was given; empty: only look */
    private record Options(
            Path root,
            Optional<URI> server,
            Optional<String> project,
            int rounds,
            int readers,
            int streams,
            boolean gate) {}

    /** What one kind of request came to; times in milliseconds. */
    private record Kind(long planned, long count, long errors, double median, double p95, double max) {}

    private final Options options;
    private final JsonObject thresholds;
    private final Map<String, Kind> kinds = new TreeMap<>();
    private final List<String> missed = new ArrayList<>();

    private Load(Options options) throws IOException {
        this.options = options;
        try (JsonReader reader =
                Json.createReader(Files.newInputStream(options.root().resolve("src/test/load/thresholds.json")))) {
            thresholds = reader.readObject();
        }
    }

    public static void main(String[] args) throws Exception {
        Load load = new Load(options(args));
        Thread.ofPlatform().daemon().start(Load::giveUpAtTheLimit);
        boolean met = load.run();
        // JMeter leaves threads behind that would keep the process.
        System.exit(met ? 0 : 1);
    }

    private static void giveUpAtTheLimit() {
        try {
            Thread.sleep(LIMIT);
        } catch (InterruptedException e) {
            return;
        }
        System.err.println("load: not done after " + LIMIT.toMinutes() + " minutes");
        System.exit(1);
    }

    /** Checked by the script already. */
    private static Options options(String[] args) {
        Optional<URI> server = Optional.empty();
        Optional<String> project = Optional.empty();
        int rounds = 5;
        int readers = 6;
        int streams = 20;
        boolean gate = false;
        for (int i = 1; i < args.length; i++) {
            switch (args[i]) {
                case "--server" -> server = Optional.of(URI.create(args[++i]));
                case "--project" -> project = Optional.of(args[++i]);
                case "--rounds" -> rounds = Integer.parseInt(args[++i]);
                case "--readers" -> readers = Integer.parseInt(args[++i]);
                case "--streams" -> streams = Integer.parseInt(args[++i]);
                case "--gate" -> gate = true;
                default -> throw new IllegalArgumentException("unknown option " + args[i]);
            }
        }
        return new Options(Path.of(args[0]).toAbsolutePath(), server, project, rounds, readers, streams, gate);
    }

    // ---- against whom

    private boolean run() throws Exception {
        if (options.server().isPresent()) {
            URI server = options.server().orElseThrow();
            try (Person person = new Person(() -> server)) {
                String name = System.getenv("LOAD_USER");
                String password = Files.readString(Path.of(System.getenv("LOAD_PASSWORD_FILE")))
                        .strip();
                once("sign-in", () -> person.signIn(name, password).expect(200));
                return run(server, person, options.project(), 0);
            }
        }
        Path scratch = Files.createTempDirectory("load").toRealPath();
        try (RunningDashboard own = RunningDashboard.start(options.root(), scratch, configuration())) {
            own.administrator().close();
            // Again, since the first time is two sign-ins and a change of the password.
            List<Person> in = new ArrayList<>();
            once("sign-in", () -> in.add(administrator(own)));
            try (Person person = in.getFirst()) {
                String project = person.addProject(
                        Files.createDirectories(own.projects().resolve("load")).toString());
                return run(own.url(), person, Optional.of(project), DECIDERS);
            }
        } finally {
            try (Stream<Path> paths = Files.walk(scratch)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    private static Person administrator(RunningDashboard own) {
        try {
            return own.administrator();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The limits that everybody has, not those of the tests. */
    private Map<String, String> configuration() {
        return Map.of(
                "DASHBOARD_CLI_PATH",
                options.root()
                        .resolve("src/test/resources/stand-in/stand-in.mjs")
                        .toString(),
                "DASHBOARD_LIMITS_WRITES_PER_MINUTE",
                "300");
    }

    // ---- the mix

    private boolean run(URI server, Person person, Optional<String> project, int deciders) throws Exception {
        double busyBefore = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        String api = server.resolve("/api/v1").toString();
        HttpHeaders headers = httpHeaders()
                .header("Cookie", person.cookieHeader())
                .header("X-CSRF-Token", person.csrfToken())
                .header("Origin", server.toString());
        List<String> writing = sessions(person, project, project.isPresent() ? WRITERS : 0);
        List<String> deciding = sessions(person, project, deciders);

        double alone =
                testPlan(headers, threadGroup("alone", 1, ALONE, httpSampler("list-sessions", api + "/sessions")))
                                .run()
                                .byLabel("list-sessions")
                                .sampleTime()
                                .median()
                                .toNanos()
                        / 1e6;

        long from = person.lastSeq();
        List<EventClient> streams = new ArrayList<>();
        List<Double> opened = new ArrayList<>();
        try {
            for (int i = 0; i < options.streams(); i++) {
                long start = System.nanoTime();
                streams.add(EventClient.after(from, person));
                opened.add((System.nanoTime() - start) / 1e6);
            }
            kinds.put("open-stream", kind(options.streams(), opened));

            List<BaseThreadGroup<?>> groups = new ArrayList<>();
            groups.add(looking(api, writing));
            writing.forEach(session -> groups.add(prompting(api, session)));
            deciding.forEach(session -> groups.add(deciding(api, session)));
            Instant start = Instant.now();
            var plan = testPlan(headers);
            groups.forEach(plan::children);
            TestPlanStats stats = plan.run();
            double seconds = Duration.between(start, Instant.now()).toMillis() / 1e3;

            long looks = (long) options.readers() * options.rounds() * LOOKS;
            add(stats, "list-sessions", looks);
            add(stats, "read-page", looks);
            if (!writing.isEmpty()) {
                add(stats, "read-session", looks);
                long decisions = (long) deciding.size() * options.rounds() * DECISIONS;
                add(stats, "submit-prompt", (long) writing.size() * options.rounds() * PROMPTS + decisions);
                if (decisions > 0) {
                    add(stats, "list-approvals", 0);
                    add(stats, "decide-approval", decisions);
                }
            }
            long heard = checkStreams(person, streams, from, writing, deciding);
            double median = kinds.get("list-sessions").median();
            double ratio = median / Math.max(1, alone);
            judge(ratio);
            report(server, busyBefore, seconds, stats.overall().samplesCount(), heard, ratio);
            return missed.isEmpty();
        } finally {
            streams.forEach(EventClient::close);
            Stream.concat(writing.stream(), deciding.stream()).forEach(person::stop);
        }
    }

    private static List<String> sessions(Person person, Optional<String> project, int count) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(person.startSession(project.orElseThrow(), "title", "load " + i));
        }
        ids.forEach(id -> person.awaitState(id, "idle"));
        return ids;
    }

    private BaseThreadGroup<?> looking(String api, List<String> sessions) {
        var group = threadGroup(
                "looking",
                options.readers(),
                options.rounds() * LOOKS,
                httpSampler("list-sessions", api + "/sessions"),
                httpSampler("read-page", api.replace("/api/v1", "/")));
        if (!sessions.isEmpty()) {
            group.children(httpSampler(
                    "read-session",
                    api + "/sessions/" + sessions.getFirst() + "/events?limit=100&before=" + Integer.MAX_VALUE));
        }
        return group;
    }

    private BaseThreadGroup<?> prompting(String api, String session) {
        return threadGroup(
                "prompting " + session,
                1,
                options.rounds() * PROMPTS,
                httpSampler("submit-prompt", api + "/sessions/" + session + "/prompts")
                        .post(PROMPT, ContentType.APPLICATION_JSON)
                        // Nobody types faster.
                        .children(constantTimer(Duration.ofMillis(100))));
    }

    private BaseThreadGroup<?> deciding(String api, String session) {
        return threadGroup(
                "deciding " + session,
                1,
                options.rounds() * DECISIONS,
                httpSampler("submit-prompt", api + "/sessions/" + session + "/prompts")
                        .post(ASKING, ContentType.APPLICATION_JSON),
                whileController(
                        "${__groovy((vars.get('approval') ?: '').isEmpty())}",
                        httpSampler("list-approvals", api + "/approvals?state=pending&session=" + session)
                                .children(
                                        constantTimer(Duration.ofMillis(50)),
                                        jsonExtractor("approval", "approvals[0].id")
                                                .defaultValue(""))),
                httpSampler("decide-approval", api + "/approvals/${approval}/decision")
                        .method("PUT")
                        .body("{\"decision\":\"allow\"}")
                        .header("Content-Type", "application/json")
                        .children(jsr223PostProcessor("vars.remove('approval')")));
    }

    // ---- what came of it

    private void once(String kind, Runnable request) {
        long start = System.nanoTime();
        request.run();
        kinds.put(kind, kind(1, List.of((System.nanoTime() - start) / 1e6)));
    }

    private static Kind kind(long planned, List<Double> millis) {
        List<Double> sorted = millis.stream().sorted().toList();
        int count = sorted.size();
        return new Kind(
                planned,
                count,
                0,
                sorted.get(count / 2),
                sorted.get(Math.min(count - 1, count * 95 / 100)),
                sorted.getLast());
    }

    /** @param planned how many there must be; 0 for what is asked until it is there */
    private void add(TestPlanStats stats, String label, long planned) {
        StatsSummary summary = stats.byLabel(label);
        kinds.put(
                label,
                summary == null
                        ? new Kind(planned, 0, 0, 0, 0, 0)
                        : new Kind(
                                planned,
                                summary.samplesCount(),
                                summary.errorsCount(),
                                summary.sampleTime().median().toNanos() / 1e6,
                                summary.sampleTime().perc95().toNanos() / 1e6,
                                summary.sampleTime().max().toNanos() / 1e6));
    }

    /** Every prompt's turn has ended, and all streams have heard the same events in the same order; how many each. */
    private long checkStreams(
            Person person, List<EventClient> streams, long from, List<String> writing, List<String> deciding)
            throws InterruptedException {
        Set<String> own =
                Set.copyOf(Stream.concat(writing.stream(), deciding.stream()).toList());
        Map<String, Integer> turns = new TreeMap<>();
        writing.forEach(session -> turns.put(session, options.rounds() * PROMPTS));
        deciding.forEach(session -> turns.put(session, options.rounds() * DECISIONS));
        for (String session : own) {
            person.awaitState(session, "idle");
        }
        long last = person.lastSeq();
        List<List<Long>> heard = new ArrayList<>();
        for (EventClient stream : streams) {
            if (last > from) {
                stream.awaitHeard(
                        "event " + last,
                        one -> one instanceof EventClient.Heard.Event event && event.seq() >= last
                                ? Optional.of(event)
                                : Optional.empty());
            }
            heard.add(stream.numbers().stream().filter(seq -> seq <= last).toList());
            for (Map.Entry<String, Integer> turn : turns.entrySet()) {
                long ended = stream.events(turn.getKey()).stream()
                        .filter(event -> event.type().equals("turn-ended"))
                        .count();
                if (ended != turn.getValue()) {
                    missed.add("a stream heard of " + ended + " turns of a session instead of " + turn.getValue());
                }
            }
        }
        if (Set.copyOf(heard).size() > 1) {
            missed.add("the streams did not hear the same events");
        }
        return heard.isEmpty() ? 0 : heard.getFirst().size();
    }

    private void judge(double ratio) {
        JsonObject byKind = thresholds.getJsonObject("kinds");
        kinds.forEach((name, kind) -> {
            if (kind.errors() > thresholds.getInt("errors")) {
                missed.add(name + ": " + kind.errors() + " of " + kind.count() + " failed");
            }
            if (kind.planned() > 0 && kind.count() != kind.planned()) {
                missed.add(name + ": " + kind.count() + " requests instead of " + kind.planned());
            }
            int most = byKind.getJsonObject(name).getInt("p95Millis");
            if (!options.gate() && kind.p95() > most) {
                missed.add(name + ": p95 " + Math.round(kind.p95()) + " ms instead of " + most);
            }
        });
        if (ratio > thresholds.getInt("ratio")) {
            missed.add("under load a look at the sessions took " + Math.round(ratio) + " times what it takes alone");
        }
    }

    private void report(URI server, double busyBefore, double seconds, long samples, long heard, double ratio)
            throws IOException {
        System.out.printf(
                Locale.ROOT,
                "%-18s %8s %7s %10s %10s %10s%n",
                "kind",
                "requests",
                "failed",
                "median ms",
                "p95 ms",
                "max ms");
        JsonObjectBuilder figures = Json.createObjectBuilder();
        kinds.forEach((name, kind) -> {
            System.out.printf(
                    Locale.ROOT,
                    "%-18s %8d %7d %10.1f %10.1f %10.1f%n",
                    name,
                    kind.count(),
                    kind.errors(),
                    kind.median(),
                    kind.p95(),
                    kind.max());
            figures.add(
                    name,
                    Json.createObjectBuilder()
                            .add("requests", kind.count())
                            .add("failed", kind.errors())
                            .add("medianMillis", rounded(kind.median()))
                            .add("p95Millis", rounded(kind.p95()))
                            .add("maxMillis", rounded(kind.max())));
        });
        System.out.printf(
                Locale.ROOT,
                "%d requests in %.1f s, %.0f a second; %d streams heard %d events each; a look took %.1f times as long as alone%n",
                samples,
                seconds,
                samples / seconds,
                options.streams(),
                heard,
                ratio);
        missed.forEach(miss -> System.out.println("MISSED " + miss));
        JsonArrayBuilder misses = Json.createArrayBuilder();
        missed.forEach(misses::add);
        JsonObject report = Json.createObjectBuilder()
                .add("at", Instant.now().toString())
                .add("server", options.server().isPresent() ? server.toString() : "own, with a stand-in for the CLI")
                .add("processors", Runtime.getRuntime().availableProcessors())
                .add("java", Runtime.version().toString())
                .add("loadAverageBefore", rounded(busyBefore))
                .add("readers", options.readers())
                .add("streams", options.streams())
                .add("seconds", rounded(seconds))
                .add("requestsPerSecond", rounded(samples / seconds))
                .add("eventsForEachStream", heard)
                .add("timesAlone", rounded(ratio))
                .add("kinds", figures)
                .add("missed", misses)
                .build();
        Path file = options.root().resolve("target/load.json");
        Files.writeString(file, report + "\n");
        System.out.println("written to " + file);
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }
}
