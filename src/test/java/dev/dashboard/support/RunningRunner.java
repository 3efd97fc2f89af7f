package dev.dashboard.support;

import dev.dashboard.runner.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The packaged program as a runner, in a process of its own. It may be killed and started again. */
public final class RunningRunner implements AutoCloseable {
    private static final List<String> JVM_FLAGS =
            List.of("-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-XX:TieredStopAtLevel=1", "-Xmx256m");

    private final Path jar;
    private final Path scratch;
    private final List<String> prefix;
    private final Map<String, String> environment;
    private final List<Program> lives = new ArrayList<>();
    private Program program;

    private RunningRunner(Path jar, Path scratch, List<String> prefix, Map<String, String> environment) {
        this.jar = jar;
        this.scratch = scratch;
        this.prefix = prefix;
        this.environment = environment;
    }

    /**
     * Starts it and waits until it is ready.
     *
     * @param root of the checkout, which has been packaged
     * @param scratch an empty folder, in which its socket, its spool and the CLI's folder come to lie
     * @param privateKey where the server finds its half of the keys; both are made here
     * @param projects where the CLI may work
     */
    public static RunningRunner start(Path root, Path scratch, Path privateKey, Path projects)
            throws IOException, InterruptedException {
        Path publicKey = scratch.resolve("runner.pub");
        Keys.generate(privateKey, publicKey);
        Map<String, String> environment = Map.of(
                "DASHBOARD_RUNNER_SOCKET", scratch.resolve("runner.sock").toString(),
                "DASHBOARD_RUNNER_PUBLIC_KEY_FILE", publicKey.toString(),
                "DASHBOARD_RUNNER_SPOOL_DIR", scratch.resolve("spool").toString(),
                "DASHBOARD_RUNNER_CONFIG_DIR",
                        privateFolder(scratch.resolve("claude")).toString(),
                "DASHBOARD_CLI_PATH", RealCli.program().toString(),
                "DASHBOARD_PROJECTS_ROOTS", projects.toString());
        return start(root.resolve("target/dashboard.jar").toAbsolutePath(), scratch, List.of(), environment);
    }

    /** With a command before the program's own, for instance one that changes the user; everything it needs lies ready. */
    public static RunningRunner start(Path jar, Path scratch, List<String> prefix, Map<String, String> environment)
            throws IOException, InterruptedException {
        RunningRunner runner = new RunningRunner(jar, scratch, prefix, environment);
        runner.restart();
        return runner;
    }

    private static Path privateFolder(Path folder) throws IOException {
        Files.createDirectories(folder);
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }

    public void restart() throws IOException, InterruptedException {
        restart(Map.of());
    }

    /** With further variables, in this life only. */
    public void restart(Map<String, String> more) throws IOException, InterruptedException {
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(more);
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        if (prefix.isEmpty()) {
            command.addAll(ClassArchive.flags(jar));
        }
        command.addAll(List.of("-jar", jar.toString(), "runner"));
        program = Program.start("Runner ready: ", scratch, all, command);
        lives.add(program);
    }

    /** SIGKILL of the runner alone: the processes that it has live on, with nobody at their pipes. */
    public void kill9() throws InterruptedException {
        program.kill9();
    }

    /** SIGTERM, and waits; the exit code. */
    public int stop(Duration limit) throws InterruptedException {
        program.terminate();
        return program.awaitExit(limit);
    }

    public Program program() {
        return program;
    }

    /** Where it listens. */
    public Path socket() {
        return Path.of(environment.get("DASHBOARD_RUNNER_SOCKET"));
    }

    /** The CLI's own folder. */
    public Path configDirectory() {
        return Path.of(environment.get("DASHBOARD_RUNNER_CONFIG_DIR"));
    }

    public String log() {
        return lives.stream().map(Program::output).collect(Collectors.joining("\n---- started again ----\n"));
    }

    @Override
    public void close() {
        // Politely it would first let the processes finish, of which nobody wants anything any more.
        lives.forEach(Program::kill);
        Processes.marked("CLAUDE_CONFIG_DIR", configDirectory().toString()).forEach(ProcessHandle::destroyForcibly);
    }
}
