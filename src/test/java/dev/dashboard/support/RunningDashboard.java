package dev.dashboard.support;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The packaged program in a process of its own, on free ports and in a scratch folder, as {@code scripts/start.sh} starts it. It may
 * be killed and started again on the same data. Closing it ends the server, and every CLI that any of its lives has started.
 */
public final class RunningDashboard implements AutoCloseable {
    public static final List<String> JVM_FLAGS = List.of(
            "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx512m");

    private static final String READY = "Dashboard ready: ";
    private static final String PASSWORD = "correct horse battery";

    private final Path jar;
    private final Path scratch;
    /** Stands before the program's own command line. */
    private final List<String> prefix;

    private final Map<String, String> environment = new HashMap<>();
    private final List<Program> lives = new ArrayList<>();
    private volatile Program program;

    private RunningDashboard(Path jar, Path scratch, List<String> prefix) {
        this.jar = jar;
        this.scratch = scratch;
        this.prefix = prefix;
    }

    /**
     * Starts it and waits until it is ready.
     *
     * @param root of the checkout, which has been packaged
     * @param scratch an empty folder; the data lie in {@code data} below it
     * @param more configuration by its variables, stronger than the defaults here
     */
    public static RunningDashboard start(Path root, Path scratch, Map<String, String> more)
            throws IOException, InterruptedException {
        RunningDashboard dashboard = new RunningDashboard(
                root.resolve("target/dashboard.jar").toAbsolutePath(), scratch.toRealPath(), List.of());
        dashboard.configure(more);
        dashboard.restart();
        return dashboard;
    }

    /**
     * Makes everything ready and starts nothing yet: whoever changes the user by the prefix has owners to change first.
     *
     * @param prefix a command that runs the rest of its line
     */
    public static RunningDashboard prepare(Path jar, Path scratch, List<String> prefix, Map<String, String> more)
            throws IOException {
        RunningDashboard dashboard = new RunningDashboard(jar, scratch, prefix);
        dashboard.configure(more);
        return dashboard;
    }

    private void configure(Map<String, String> more) throws IOException {
        Path secrets = secretsOf(scratch);
        byte[] key = new byte[48];
        new SecureRandom().nextBytes(key);
        secret(secrets.resolve("jwt_secret"), Base64.getEncoder().encodeToString(key));
        environment.putAll(Map.of(
                "DASHBOARD_SERVER_PORT", "0",
                "DASHBOARD_SERVER_DRAIN_HOLD", "PT0S",
                "DASHBOARD_MANAGEMENT_PORT", "0",
                "DASHBOARD_DATA_DIR", data().toString(),
                "DASHBOARD_SECRETS_DIR", secrets.toString(),
                "DASHBOARD_PROJECTS_ROOTS", Files.createDirectories(projects()).toString(),
                "DASHBOARD_LIMITS_WRITES_PER_MINUTE", "100000"));
        environment.putAll(more);
    }

    /** Where the secrets of a dashboard lie, or will lie, that starts in this scratch folder. */
    public static Path secretsOf(Path scratch) throws IOException {
        return privateFolder(privateFolder(scratch.resolve("data")).resolve("secrets"));
    }

    private static Path privateFolder(Path folder) throws IOException {
        Files.createDirectories(folder);
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }

    /** Puts a secret where the server finds it at its next start. */
    public static void secret(Path file, String content) throws IOException {
        ServerLogs.secret(content.strip());
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    // ---- its lives

    /** Starts it again, on the same data. */
    public void restart() throws IOException, InterruptedException {
        program = launch(Map.of());
        lives.add(program);
    }

    /** A second server on the same data; what it says when it does not start is in the exception. */
    public Program second() throws IOException, InterruptedException {
        return launch(Map.of());
    }

    private Program launch(Map<String, String> more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_FLAGS);
        // These lives are short, and starting is most of them: what the second compiler costs they never get back.
        command.add("-XX:TieredStopAtLevel=1");
        if (prefix.isEmpty()) {
            command.addAll(ClassArchive.flags(jar));
        }
        command.addAll(List.of("-jar", jar.toString()));
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(more);
        return Program.start(READY, scratch, all, command);
    }

    /** SIGKILL of the server alone: no goodbye, and its children live on. */
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

    // ---- its places

    public URI url() {
        return URI.create(program.url());
    }

    public Path data() {
        return scratch.resolve("data");
    }

    /** The root below which people may work. */
    public Path projects() {
        return scratch.resolve("projects");
    }

    /** The administrator, signed in, in a browser of their own; the first time with the one-time password, which is replaced. */
    public Person administrator() throws IOException {
        Person person = new Person(this::url);
        Path oneTime = data().resolve("initial-admin-password");
        if (Files.exists(oneTime)) {
            String given = Files.readString(oneTime).strip();
            person.signIn("admin", given).expect(200);
            person.changePassword(given, PASSWORD).expect(200);
        } else {
            person.signIn("admin", PASSWORD).expect(200);
        }
        return person;
    }

    /** What all its lives have logged. */
    public String log() {
        return lives.stream().map(Program::output).collect(Collectors.joining("\n---- started again ----\n"));
    }

    @Override
    public void close() {
        lives.forEach(Program::close);
        // The CLIs of a life that was killed are nobody's children any more; the mark of the folder finds them.
        Processes.marked("CLAUDE_CONFIG_DIR", data().resolve("claude").toString())
                .forEach(ProcessHandle::destroyForcibly);
    }
}
