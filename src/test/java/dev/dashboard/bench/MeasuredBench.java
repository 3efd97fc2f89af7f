package dev.dashboard.bench;

import dev.dashboard.observe.Metrics;
import dev.dashboard.support.Scrape;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.ConstantDescs;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * What measuring and logging cost an event on its way: a server that does both, and is scraped, beside one that does neither, under the
 * same load in turn. Both see the same machine, whatever else it does meanwhile, and of the rounds the median counts.
 */
final class MeasuredBench {
    private static final int ROUNDS = 5;
    private static final int SESSIONS = 10;
    private static final int RATE = 20;
    private static final int SECONDS = 6;
    private static final int CLIENTS = 20;
    private static final int BURST = 20_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration SCRAPES = Duration.ofSeconds(2);
    private static final Set<String> RECORDING = Set.of("count", "add", "record", "recordNanos");

    /** Figures of one server, a value for each round. */
    private static final class Side implements AutoCloseable {
        private final Engine engine;
        private final List<String> steady;
        private final List<String> flatOut;
        private final Streams streams;
        private final Streams.Reader fast;
        private final List<Double> halves = new ArrayList<>();
        private final List<Double> hundredths = new ArrayList<>();
        private final List<Double> rates = new ArrayList<>();
        private final List<Double> processor = new ArrayList<>();
        private final List<Double> processorFlatOut = new ArrayList<>();

        Side(Engine engine) throws IOException {
            this.engine = engine;
            engine.warmUp();
            steady = engine.startSessions(SESSIONS);
            flatOut = engine.startSessions(1);
            streams = engine.streams();
            String after = "?after=" + engine.person.lastSeq() + "&session=";
            for (String id : steady) {
                for (int i = 0; i < CLIENTS; i++) {
                    streams.open(after + id, 0);
                }
            }
            fast = streams.open(after + flatOut.getFirst(), 0);
            streams.awaitOpen(LIMIT);
        }

        void round(String steadyWish, String burstWish) throws IOException {
            streams.forgetDelays();
            double cpu = engine.cpuSeconds();
            long start = System.nanoTime();
            Bench.promptAndRead(engine, steady, steadyWish, streams, RATE * SECONDS * SESSIONS * CLIENTS);
            processor.add(100 * (engine.cpuSeconds() - cpu) * 1e9 / (System.nanoTime() - start));
            halves.add(Delays.percentileMillis(streams.delays(), 0.50));
            hundredths.add(Delays.percentileMillis(streams.delays(), 0.99));
            streams.forgetDelays();
            cpu = engine.cpuSeconds();
            engine.promptAll(flatOut, burstWish);
            streams.readUntil(() -> fast.delays.received() >= BURST, LIMIT);
            rates.add(fast.delays.ratePerSecond());
            processorFlatOut.add((engine.cpuSeconds() - cpu) * 1e6 / BURST);
            steady.forEach(id -> engine.person.awaitState(id, "idle"));
            engine.person.awaitState(flatOut.getFirst(), "idle");
        }

        void report(Report report, String how) {
            String name = SESSIONS + " x " + RATE + "/s, " + CLIENTS + " clients each, " + how;
            report.add(name + ": delay p50, median of " + ROUNDS, Bench.median(halves), "ms");
            report.add(name + ": delay p99, median of " + ROUNDS, Bench.median(hundredths), "ms");
            report.add(name + ": server's processor time", Bench.median(processor), "% of one");
            report.add(BURST + " events flat out, " + how + ", median", Bench.median(rates), "events/s");
            report.add("the same: server's processor time", Bench.median(processorFlatOut), "us/event");
        }

        @Override
        public void close() throws IOException {
            streams.close();
        }
    }

    private MeasuredBench() {}

    /**
     * @param with a server that may be scraped on the port
     * @param without one made of {@link #without}
     */
    static void run(Report report, Engine with, int managementPort, Engine without) throws Exception {
        try (Side measured = new Side(with);
                Side bare = new Side(without)) {
            Thread scraper = Thread.ofPlatform().daemon(true).start(() -> scrape(managementPort));
            List<Side> turns = new ArrayList<>(List.of(measured, bare));
            for (int round = 0; round < ROUNDS; round++) {
                for (Side side : turns) {
                    side.round(Bench.wish(RATE, RATE * SECONDS), Bench.wish(0, BURST));
                }
                Collections.reverse(turns);
            }
            scraper.interrupt();
            scraper.join();
            measured.report(report, "measured and logged");
            bare.report(report, "neither");
            report.add(
                    "deliveries that it has measured",
                    Scrape.of(managementPort).sum("dashboard_delivery_seconds_count"),
                    "events");
        }
    }

    /** Some times as often as Prometheus does. */
    private static void scrape(int managementPort) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Scrape.of(managementPort);
                Thread.sleep(SCRAPES);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /**
     * The packaged program with meters that take nothing: the bodies of their recording methods are empty.
     *
     * @param target where the program was packaged
     * @param folder an empty one
     */
    static Path without(Path target, Path folder) throws IOException {
        Path jar = Files.copy(target.resolve("dashboard.jar"), folder.resolve("dashboard.jar"));
        Files.createSymbolicLink(folder.resolve("lib"), target.resolve("lib"));
        try (FileSystem inside = FileSystems.newFileSystem(jar)) {
            Path metrics = inside.getPath(Metrics.class.getName().replace('.', '/') + ".class");
            Files.write(metrics, emptied(Files.readAllBytes(metrics)));
        }
        return jar;
    }

    private static byte[] emptied(byte[] original) {
        ClassFile files = ClassFile.of();
        ClassModel metrics = files.parse(original);
        return files.transformClass(
                metrics, ClassTransform.transformingMethods(MeasuredBench::records, (method, element) -> {
                    if (element instanceof CodeModel) {
                        method.withCode(CodeBuilder::return_);
                    } else {
                        method.with(element);
                    }
                }));
    }

    private static boolean records(MethodModel method) {
        return RECORDING.contains(method.methodName().stringValue())
                && method.methodTypeSymbol().returnType().equals(ConstantDescs.CD_void);
    }
}
