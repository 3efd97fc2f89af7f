package dev.dashboard.runner;

import dev.dashboard.custody.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A place for a runner: its keys, its folders, and a stand-in for the CLI that does what the file {@code script} in its folder says. The
 * runner is in this program unless one is started elsewhere.
 */
final class House implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Path scratch;
    private final Path program;
    private final Path projects;
    private final Path secretKey;
    private Optional<Runner> runner = Optional.empty();

    House(Path folder) throws IOException {
        scratch = folder.toRealPath();
        projects = Files.createDirectories(scratch.resolve("projects"));
        Files.createDirectories(scratch.resolve("claude"));
        program = Files.writeString(scratch.resolve("program"), "#!/bin/bash\n. ./script\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        secretKey = scratch.resolve("secret");
        Keys.generate(secretKey, scratch.resolve("open"));
    }

    Map<String, String> environment() {
        return Map.of(
                "PATH", System.getenv("PATH"),
                "DASHBOARD_RUNNER_SOCKET", socket().toString(),
                "DASHBOARD_RUNNER_PUBLIC_KEY_FILE", scratch.resolve("open").toString(),
                "DASHBOARD_RUNNER_SPOOL_DIR", scratch.resolve("spool").toString(),
                "DASHBOARD_RUNNER_CONFIG_DIR", scratch.resolve("claude").toString(),
                "DASHBOARD_CLI_PATH", program.toString(),
                "DASHBOARD_PROJECTS_ROOTS", projects.toString());
    }

    RunnerSettings settings(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(environment());
        environment.putAll(more);
        return RunnerSettings.read(environment, System.getProperty("user.name"));
    }

    Runner start(RunnerSettings settings) {
        Runner started = Runner.start(settings);
        runner = Optional.of(started);
        return started;
    }

    Runner runner() {
        return runner.orElseThrow();
    }

    Runner start() {
        return start(settings(Map.of()));
    }

    RunnerCustody custody() throws IOException {
        return custody(socket(), PATIENCE);
    }

    RunnerCustody custody(Path socket, Duration patience) throws IOException {
        return new RunnerCustody(socket, key(), Optional.of(System.getProperty("user.name")), patience);
    }

    PrivateKey key() throws IOException {
        return Keys.privateKey(Files.readString(secretKey));
    }

    Path socket() {
        return scratch.resolve("runner.sock");
    }

    Path scratch() {
        return scratch;
    }

    Path projects() {
        return projects;
    }

    Path program() {
        return program;
    }

    Path claude() {
        return scratch.resolve("claude");
    }

    Path spool() {
        return scratch.resolve("spool");
    }

    /** In a folder of its own. */
    Command command(String script) throws IOException {
        Path folder = Files.createTempDirectory(projects, "project");
        Files.writeString(folder.resolve("script"), script + "\n");
        return command(folder, List.of(), Map.of());
    }

    Command command(Path folder, List<String> arguments, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                Command.SESSION_MARK,
                "s1",
                Command.LAUNCH_MARK,
                UUID.randomUUID().toString(),
                Command.INSTANCE_MARK,
                "test-" + scratch.getFileName(),
                "PATH",
                System.getenv("PATH")));
        environment.putAll(more);
        return new Command(program, arguments, environment, folder);
    }

    @Override
    public void close() {
        runner.ifPresent(Runner::close);
    }
}
