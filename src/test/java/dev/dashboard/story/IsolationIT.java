package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dashboard.demo.DemoModel;
import dev.dashboard.demo.DemoProject;
import dev.dashboard.runner.Keys;
import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient;
import dev.dashboard.support.Person;
import dev.dashboard.support.RealCli;
import dev.dashboard.support.RunningDashboard;
import dev.dashboard.support.RunningRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The server is one user, the runner another: what commands that the model runs can then not do, each tried by the real CLI. The same
 * attempts by the server's own user go through, so each tries something.
 *
 * <p>Needs root, since only root makes processes of other users; the users need no entry anywhere. CI is root; elsewhere the test says
 * that it was left out.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IsolationIT {
    private static final int SERVER = 64_101;
    private static final int RUNNER = 64_102;
    /** Both are in it: whose the socket is. */
    private static final int SHARED = 64_103;

    private static final int OTHER = 64_104;

    private Path scratch;
    private DemoModel model;
    private RunningRunner runner;
    private RunningDashboard dashboard;
    private Person anna;
    private Path project;

    @BeforeAll
    void twoUsers() throws Exception {
        boolean isRoot = System.getProperty("user.name").equals("root");
        if (!isRoot && System.getenv("CI") != null) {
            fail("CI must run as root here: only root makes processes of other users");
        }
        assumeTrue(isRoot, "left out: only root makes processes of other users. CI runs it");
        scratch = Files.createTempDirectory("isolation").toRealPath();
        open(scratch, "rwxr-xr-x");
        Path app = folder("app", 0, 0, "rwxr-xr-x");
        Path jar = Files.copy(Path.of("target/dashboard.jar"), app.resolve("dashboard.jar"));
        run("cp", "-r", "target/lib", app.toString());
        Path cli = Files.copy(RealCli.program(), app.resolve("claude"));
        open(jar, "rw-r--r--");
        open(cli, "rwxr-xr-x");
        model = DemoModel.start(0);

        project = DemoProject.create(
                folder("projects", RUNNER, RUNNER, "rwxr-xr-x").resolve("sample"));
        Path secrets = RunningDashboard.secretsOf(scratch);
        Path publicKey = scratch.resolve("runner.pub");
        Keys.generate(secrets.resolve("runner_key"), publicKey);
        RunningDashboard.secret(secrets.resolve("anthropic_api_key"), model.apiKey());
        Files.writeString(scratch.resolve("data/audit-anchor"), "");
        Path shared = folder("shared", RUNNER, SHARED, "rwxr-x---");
        run("chmod", "g+s", shared.toString());
        Path socket = shared.resolve("runner.sock");
        Path home = folder("runner", RUNNER, RUNNER, "rwx------");

        dashboard = RunningDashboard.prepare(
                jar,
                scratch,
                as(SERVER, "--groups", Integer.toString(SHARED)),
                Map.of(
                        "DASHBOARD_CLI_PATH", cli.toString(),
                        "DASHBOARD_MODEL_BASE_URL", model.baseUrl().toString(),
                        "DASHBOARD_RUNNER_SOCKET", socket.toString(),
                        "DASHBOARD_RUNNER_USER", Integer.toString(RUNNER)));
        owner(scratch.resolve("data"), SERVER, SERVER);
        owner(scratch.resolve("projects"), RUNNER, RUNNER);
        runner = RunningRunner.start(
                jar,
                scratch,
                as(RUNNER, "--clear-groups"),
                Map.of(
                        "DASHBOARD_RUNNER_SOCKET", socket.toString(),
                        "DASHBOARD_RUNNER_PUBLIC_KEY_FILE", publicKey.toString(),
                        "DASHBOARD_RUNNER_SPOOL_DIR", home.resolve("spool").toString(),
                        "DASHBOARD_RUNNER_CONFIG_DIR", home.resolve("claude").toString(),
                        "DASHBOARD_RUNNER_PEERS", Integer.toString(SERVER),
                        "DASHBOARD_CLI_PATH", cli.toString(),
                        "DASHBOARD_PROJECTS_ROOTS", project.getParent().toString()));
        dashboard.restart();
        anna = dashboard.administrator();
    }

    @Test
    void commandsOfTheModelReachNothingOfTheServers() throws Exception {
        Map<String, String> attempts = attempts();
        Path script = project.resolve("attempts.sh");
        Files.writeString(script, script(attempts));
        open(script, "rwxr-xr-x");

        List<String> byTheModel = byTheModel("./attempts.sh");
        List<String> byTheServer = by(SERVER, script);

        assertEquals(attempts.keySet().stream().map(name -> name + ": refused").toList(), byTheModel);
        assertEquals(attempts.keySet().stream().map(name -> name + ": reached").toList(), byTheServer);
        assertTrue(dashboard.program().isAlive(), "the server was not signalled");
        anna.get("/sessions").expect(200);
    }

    /** The probe of the runner's container is the runner's own user; anybody else who is not served is worth a line. */
    @Test
    void theRunnersOwnUserMayAskWhetherItIsThereAndAnotherUserIsLogged() throws Exception {
        String socket = runner.socket().toString();
        assertEquals(
                List.of("the runner takes connections"), byProgram(RUNNER, RUNNER, "healthcheck", "--socket", socket));
        assertFalse(runner.log().contains("connection refused user=" + RUNNER), runner::log);

        assertEquals(
                List.of("the runner takes connections"), byProgram(OTHER, SHARED, "healthcheck", "--socket", socket));
        Await.until("it is logged", () -> runner.log().contains("connection refused user=" + OTHER));
    }

    private List<String> byProgram(int user, int group, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(as(user, "--groups", Integer.toString(group)));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-Xmx32m", "-jar", scratch.resolve("app/dashboard.jar").toString()));
        command.addAll(List.of(arguments));
        return output(command);
    }

    /** What is nobody's but root's: there the control is root. */
    @Test
    void commandsOfTheModelWriteNowhereButInTheirOwnFolders() throws Exception {
        Map<String, String> attempts = new LinkedHashMap<>();
        attempts.put("the program", "touch " + scratch.resolve("app/dashboard.jar"));
        attempts.put("beside the program", touchAndRemove(scratch.resolve("app/x")));
        attempts.put("beside everything", touchAndRemove(scratch.resolve("x")));
        attempts.put("settings of the system", touchAndRemove(Path.of("/etc/x-of-the-isolation-test")));
        attempts.put("programs of the system", touchAndRemove(Path.of("/usr/local/bin/x-of-the-isolation-test")));
        Path script = project.resolve("attempts.sh");
        Files.writeString(script, script(attempts));
        open(script, "rwxr-xr-x");

        assertEquals(attempts.keySet().stream().map(name -> name + ": refused").toList(), byTheModel("./attempts.sh"));
        assertEquals(attempts.keySet().stream().map(name -> name + ": reached").toList(), by(0, script));
    }

    private static String touchAndRemove(Path file) {
        return "touch " + file + " && rm " + file;
    }

    @Test
    void whatTheWorkNeedsIsThere() throws Exception {
        List<String> said = byTheModel("touch made.txt && id -u && env");

        assertEquals(Integer.toString(RUNNER), said.getFirst());
        assertEquals(RUNNER, Files.getAttribute(project.resolve("made.txt"), "unix:uid"));
        assertFalse(said.stream().anyMatch(line -> line.contains(model.apiKey())), "the key of the model");
    }

    private Map<String, String> attempts() throws IOException {
        Path data = dashboard.data();
        Path secrets = data.resolve("secrets");
        long pid = serverPid();
        Map<String, String> attempts = new LinkedHashMap<>();
        attempts.put("model key", "cat " + secrets.resolve("anthropic_api_key"));
        attempts.put("signing key", "cat " + secrets.resolve("jwt_secret"));
        attempts.put("key to the runner", "cat " + secrets.resolve("runner_key"));
        attempts.put("secrets folder", "ls " + secrets);
        attempts.put("data folder", "ls " + data);
        attempts.put("database", "head -c 16 " + data.resolve("dashboard.db"));
        attempts.put("database, writing", "dd if=/dev/null of=" + data.resolve("dashboard.db") + " conv=notrunc");
        attempts.put("audit anchor", "cat " + data.resolve("audit-anchor"));
        attempts.put("environment of the server", "head -c 1 /proc/" + pid + "/environ | grep -q .");
        attempts.put("memory of the server", "head -c 1 /proc/" + pid + "/maps | grep -q .");
        attempts.put("files of the server", "ls /proc/" + pid + "/fd | grep -q .");
        attempts.put("signals to the server", "kill -0 " + pid);
        attempts.put("writing beside the data", touchAndRemove(data.resolve("x")));
        return attempts;
    }

    private static String script(Map<String, String> attempts) {
        StringBuilder script = new StringBuilder("#!/bin/bash\n");
        attempts.forEach((name, command) -> script.append("if (")
                .append(command)
                .append(") >/dev/null 2>&1; then echo '")
                .append(name)
                .append(": reached'; else echo '")
                .append(name)
                .append(": refused'; fi\n"));
        return script.toString();
    }

    /** What the command said, run by the real CLI because the model wanted it and somebody allowed it. */
    private List<String> byTheModel(String command) throws Exception {
        try (EventClient events = EventClient.after(anna.lastSeq(), anna)) {
            Play play = new Play(anna, anna.startSession(anna.addProject(project.toString())), events);
            play.awaitState("idle");
            play.turnAllowed("bash " + command);
            return play.stored("tool-returned")
                    .getFirst()
                    .getJsonObject("data")
                    .getString("content")
                    .strip()
                    .lines()
                    .toList();
        }
    }

    private List<String> by(int user, Path script) throws Exception {
        List<String> command = new ArrayList<>(as(user, "--clear-groups"));
        command.add(script.toString());
        return output(command);
    }

    private List<String> output(List<String> command) throws Exception {
        Path output = scratch.resolve("control.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return Files.readAllLines(output);
    }

    /** setpriv becomes the program, so its process is the server's. */
    private long serverPid() {
        return dashboard.program().pid();
    }

    // ---- users and owners

    private static List<String> as(int user, String... groups) {
        List<String> command = new ArrayList<>(List.of("setpriv", "--reuid", Integer.toString(user), "--regid"));
        command.add(Integer.toString(user));
        command.addAll(List.of(groups));
        return command;
    }

    private Path folder(String name, int user, int group, String mode) throws IOException {
        Path folder = Files.createDirectory(scratch.resolve(name));
        open(folder, mode);
        owner(folder, user, group);
        return folder;
    }

    private static void open(Path path, String mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private static void owner(Path path, int user, int group) throws IOException {
        try (Stream<Path> paths = Files.walk(path)) {
            for (Path one : paths.toList()) {
                Files.setAttribute(one, "unix:uid", user);
                Files.setAttribute(one, "unix:gid", group);
            }
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    }

    @AfterAll
    void close() throws IOException {
        if (anna != null) {
            anna.close();
        }
        if (dashboard != null) {
            dashboard.close();
        }
        if (runner != null) {
            runner.close();
        }
        if (model != null) {
            model.close();
        }
        if (scratch != null) {
            try (Stream<Path> paths = Files.walk(scratch)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }
}
