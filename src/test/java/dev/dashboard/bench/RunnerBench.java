package dev.dashboard.bench;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.ChildListener;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.Exit;
import dev.dashboard.custody.LocalCustody;
import dev.dashboard.runner.Keys;
import dev.dashboard.runner.RunnerCustody;
import dev.dashboard.support.Program;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Measures what the way through a runner adds: the time from a child's write to its listener, beside a custody in this program, and the
 * memory of a runner. Needs perl for the child, and Linux.
 */
final class RunnerBench {
    private static final int SAMPLES = 4_000;
    private static final int WARM_UP = 1_000;
    private static final int CHILDREN = 20;

    /** Writes the time of System.nanoTime about each millisecond. */
    private static final String CHILD = """
            #!/usr/bin/perl
            use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC usleep);
            $| = 1;
            for (my $i = 0; $i < %d; $i++) { printf "%%d\\n", clock_gettime(CLOCK_MONOTONIC) * 1e9; usleep(1000); }
            """.formatted(SAMPLES + WARM_UP);

    private RunnerBench() {}

    static void run(Report report) throws Exception {
        Path scratch = Files.createTempDirectory("runner-bench").toRealPath();
        Path projects = Files.createDirectory(scratch.resolve("projects"));
        Path claude = Files.createDirectory(scratch.resolve("claude"));
        Path program = Files.writeString(scratch.resolve("child"), CHILD);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        Keys.generate(scratch.resolve("secret"), scratch.resolve("open"));
        Map<String, String> environment = Map.of(
                "DASHBOARD_RUNNER_SOCKET", scratch.resolve("runner.sock").toString(),
                "DASHBOARD_RUNNER_PUBLIC_KEY_FILE", scratch.resolve("open").toString(),
                "DASHBOARD_RUNNER_SPOOL_DIR", scratch.resolve("spool").toString(),
                "DASHBOARD_RUNNER_CONFIG_DIR", claude.toString(),
                "DASHBOARD_CLI_PATH", program.toString(),
                "DASHBOARD_PROJECTS_ROOTS", projects.toString());
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-Xmx256m",
                // The program's own logging, and not that of the tests.
                "-Dlogback.configurationFile=logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.dashboard.Main",
                "runner");
        try (Program _ = Program.start("Runner ready: ", scratch, environment, command);
                Custody local = new LocalCustody(program, claude);
                Custody remote = new RunnerCustody(
                        scratch.resolve("runner.sock"),
                        Keys.privateKey(Files.readString(scratch.resolve("secret"))),
                        Optional.empty(),
                        Duration.ofSeconds(5))) {
            long pid = runnerPid();
            report.add("runner, no children: memory", residentMebibytes(pid), "MiB");
            // One round for the compiler, and one that counts.
            delays(local, program, projects);
            delays(remote, program, projects);
            tell(report, "a child's chunk, heard beside the server", delays(local, program, projects));
            tell(report, "the same through a runner", delays(remote, program, projects));
            Files.writeString(program, "#!/usr/bin/perl\nsleep 300;\n");
            List<Child> children = new ArrayList<>();
            for (int i = 0; i < CHILDREN; i++) {
                children.add(remote.start(command(program, projects), new Stamps()));
            }
            Thread.sleep(3_000);
            report.add("runner, " + CHILDREN + " children: memory", residentMebibytes(pid), "MiB");
            children.forEach(Child::kill);
            children.forEach(Child::close);
        }
    }

    /** In nanoseconds, the shortest first. */
    private static long[] delays(Custody custody, Path program, Path folder) throws Exception {
        Stamps stamps = new Stamps();
        custody.start(command(program, folder), stamps);
        stamps.over.join();
        return stamps.delays.stream()
                .skip(WARM_UP)
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
    }

    static void tell(Report report, String name, long[] sorted) {
        report.add(name + ": delay p50", sorted[sorted.length / 2] / 1e6, "ms");
        report.add(name + ": delay p99", sorted[sorted.length * 99 / 100] / 1e6, "ms");
    }

    private static Command command(Path program, Path folder) {
        return new Command(
                program,
                List.of(),
                Map.of(
                        Command.SESSION_MARK,
                        "bench",
                        Command.LAUNCH_MARK,
                        UUID.randomUUID().toString()),
                folder);
    }

    /** It is the only child so far. */
    private static long runnerPid() throws IOException {
        return ProcessHandle.current()
                .children()
                .findFirst()
                .orElseThrow(() -> new IOException("the runner is not there"))
                .pid();
    }

    private static double residentMebibytes(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .sum()
                / 1024.0;
    }

    /** The delay of the first line of each chunk. */
    private static final class Stamps implements ChildListener {
        private final List<Long> delays = new ArrayList<>();
        private final CompletableFuture<Void> over = new CompletableFuture<>();

        @Override
        public void output(byte[] bytes, int count) {
            long now = System.nanoTime();
            String text = new String(bytes, 0, count, StandardCharsets.US_ASCII);
            delays.add(now - Long.parseLong(text.lines().findFirst().orElseThrow()));
        }

        @Override
        public void exited(Exit exit) {
            over.complete(null);
        }
    }
}
