package dev.dashboard.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.dashboard.docs.Runbooks.Block;
import dev.dashboard.support.RealCli;
import dev.dashboard.support.RunningDashboard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs what runbooks say, in truth, on a server of its own: every block that only reads and needs no more than a server, then the stop,
 * then what is for a stopped server. Which blocks only read is told by their programs, so that a new one is run without being listed.
 * Needs the real CLI, curl, fuser and sqlite3.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RunbookBlocksIT {
    private static final Set<String> READS = Set.of(
            "awk",
            "cat",
            "curl",
            "date",
            "df",
            "du",
            "export",
            "find",
            "free",
            "fuser",
            "grep",
            "head",
            "ls",
            "ps",
            "sort",
            "tail",
            "tr",
            "wc",
            "$CLI",
            "scripts/doctor.sh",
            "scripts/install-claude-cli.sh",
            "scripts/rotate-secrets.sh");

    /** Words of blocks that need more than this server, and what that is. */
    private static final Map<String, String> NEEDS = Map.of(
            "$ENVIRONMENT", "an environment of compose",
            "ENVIRONMENT=", "an environment of compose",
            "docker ", "an environment of compose",
            "SITE=", "a site",
            "SOCKET=", "a runner",
            ".data-exercise", "the exercise's own folder; the commands are the same as elsewhere");

    private static final Pattern WRITES_A_FILE = Pattern.compile("(?<![2&])>\\s*(?!/dev/null|&)\\S");
    private static final Pattern NOT_FOUND = Pattern.compile(
            "command not found|No such file|unbound variable|syntax error|invalid option|unrecognized option|usage:");

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    static Path scratch;

    private static RunningDashboard dashboard;
    private static int management;

    private record Said(int code, String output) {}

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            management = free.getLocalPort();
        }
        dashboard = RunningDashboard.start(
                Path.of(""),
                scratch,
                Map.of(
                        "DASHBOARD_DEMO", "true",
                        "DASHBOARD_CLI_PATH", RealCli.program().toString(),
                        "DASHBOARD_MANAGEMENT_PORT", Integer.toString(management)));
    }

    @AfterAll
    static void stop() {
        if (dashboard != null) {
            dashboard.close();
        }
    }

    @Test
    @Order(1)
    void everyBlockThatOnlyReadsDoesWhatItsPageSays() throws IOException, InterruptedException {
        List<String> wrong = new ArrayList<>();
        int ran = 0;
        for (Block block : Runbooks.commands()) {
            if (!onlyReads(block) || need(block).isPresent()) {
                continue;
            }
            ran++;
            Said said = run(block.text());
            if (said.code() != 0 || NOT_FOUND.matcher(said.output()).find()) {
                wrong.add(block.place() + " ended with " + said.code() + ":\n" + said.output());
            }
            if (block.text().contains("/health/ready") && !said.output().contains("\"status\":\"UP\"")) {
                wrong.add(block.place() + " does not show that the server is ready:\n" + said.output());
            }
            if (block.text().contains("doctor.sh") && !said.output().contains("0 failed")) {
                wrong.add(block.place() + " finds a fault where there is none:\n" + said.output());
            }
        }
        if (!wrong.isEmpty()) {
            fail(String.join("\n", wrong));
        }
        assertTrue(ran >= 12, "only " + ran + " blocks were run");
    }

    @Test
    @Order(2)
    void theDoctorKnowsTheRealServerAliveAndKilled() throws IOException, InterruptedException {
        String alive = run("scripts/doctor.sh --data \"$DATA\"").output();
        assertTrue(
                alive.contains(
                        "ok    server       process " + dashboard.program().pid() + " is ready"),
                alive);
        assertTrue(alive.contains("ok    database     whole"), alive);
        assertTrue(alive.contains("as the server has it"), alive);
        dashboard.kill9();
        String killed = run("scripts/doctor.sh --data \"$DATA\"").output();
        assertTrue(killed.contains("warn  server       none runs"), killed);
        assertTrue(killed.contains("ok    database     whole"), killed);
        dashboard.restart();
        String again = run("scripts/doctor.sh --data \"$DATA\"").output();
        assertTrue(
                again.contains(
                        "ok    server       process " + dashboard.program().pid() + " is ready"),
                again);
    }

    @Test
    @Order(3)
    void theServerIsStoppedAsThePageSaysAndItsAuditIsWholeUntilTheExerciseChangesIt()
            throws IOException, InterruptedException {
        dashboard.administrator(); // so that there is a sign-in to change
        Block stop = only("StartAndStop.md", "kill -TERM");
        Said stopped = run(stop.text());
        assertEquals(0, stopped.code(), stopped.output());
        int code = dashboard.program().awaitExit(LIMIT);
        assertTrue(code == 0 || code == 143, "exit code " + code);

        List<Block> blocks = Runbooks.commands().stream()
                .filter(block -> block.page().endsWith("AuditBroken.md"))
                .filter(block -> block.text().contains("verify-audit"))
                .toList();
        assertEquals(2, blocks.size());
        for (Block block : blocks) {
            Said said = run(block.text());
            assertEquals(0, said.code(), block.place() + "\n" + said.output());
            assertTrue(said.output().lines().anyMatch("whole"::equals), block.place() + "\n" + said.output());
        }

        Said changed = run(only("Onboarding.md", "UPDATE events").text());
        assertEquals(1, changed.code(), changed.output());
        assertTrue(changed.output().contains("NOT WHOLE at record"), changed.output());
    }

    private static Block only(String page, String text) {
        List<Block> found = Runbooks.commands().stream()
                .filter(block -> block.page().endsWith(page) && block.text().contains(text))
                .toList();
        assertEquals(1, found.size(), page + ": " + text);
        return found.getFirst();
    }

    private static boolean onlyReads(Block block) {
        List<List<String>> commands = Runbooks.simpleCommands(block.text());
        return !WRITES_A_FILE.matcher(block.text()).find()
                && commands.stream().anyMatch(command -> !command.getFirst().equals("export"))
                && commands.stream().allMatch(RunbookBlocksIT::onlyReads);
    }

    private static boolean onlyReads(List<String> command) {
        return READS.contains(command.getFirst())
                && (!command.getFirst().equals("scripts/rotate-secrets.sh") || command.contains("--help"));
    }

    private static Optional<String> need(Block block) {
        return NEEDS.keySet().stream()
                .filter(block.text()::contains)
                .findFirst()
                .map(NEEDS::get);
    }

    /** As if pasted into a shell in the checkout, on a machine on which the server has the usual places. */
    private static Said run(String text) throws IOException, InterruptedException {
        String data = dashboard.data().toString();
        String here = text.replace("http://127.0.0.1:9090", "http://127.0.0.1:" + management)
                .replaceAll("(?m)^export DATA=.*$", "")
                // Without an option it looks at the usual folder, where no server runs here.
                .replaceAll("(?m)scripts/doctor\\.sh$", "scripts/doctor.sh --data \"\\$DATA\"");
        ProcessBuilder builder = new ProcessBuilder("bash", "-eu", "-c", here).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("DASHBOARD_"));
        environment.putAll(Map.of(
                "DATA", data,
                "MANAGEMENT", "http://127.0.0.1:" + management,
                "DASHBOARD_CLI_PATH", RealCli.program().toString(),
                "DASHBOARD_SERVER_PORT", Integer.toString(dashboard.url().getPort()),
                "DASHBOARD_MANAGEMENT_PORT", Integer.toString(management),
                "JAVA_HOME", System.getProperty("java.home"),
                "PATH", System.getProperty("java.home") + "/bin:" + System.getenv("PATH")));
        Process bash = builder.start();
        bash.getOutputStream().close();
        String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(bash.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS), "did not end: " + text);
        return new Said(bash.exitValue(), output);
    }
}
