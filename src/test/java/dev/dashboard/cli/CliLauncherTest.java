package dev.dashboard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.CliOutput.Unrecognized;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.Exit.Leftover;
import dev.dashboard.custody.LocalCustody;
import dev.dashboard.problem.Problem;
import dev.dashboard.support.Await;
import dev.dashboard.support.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real children, heard line by line: small scripts that behave as the CLI never should. What custody itself promises, CustodyPromises says. */
@Timeout(60)
class CliLauncherTest {
    private static final StopPlan QUICK =
            new StopPlan(Duration.ofMillis(100), Duration.ofMillis(100), Duration.ofMillis(200));

    @TempDir
    private Path folder;

    private final Custody custody = new LocalCustody(Path.of("claude"), Path.of("claude-config"));
    private final CliLauncher launcher = new CliLauncher(custody);
    private final HeardOutputs heard = new HeardOutputs();

    @AfterEach
    void close() {
        custody.close();
    }

    @Test
    void garbageIsHeardAndTheProcessLivesOn() throws IOException {
        CliProcess process =
                start("echo 'no json'; echo; echo '[]'; echo '{\"type\":\"keep_alive\"}'; cat > /dev/null");

        heard.await(CliOutput.KeepAlive.class);

        assertEquals(3, heard.outputs.size());
        assertInstanceOf(Unrecognized.class, heard.outputs.getFirst());
        assertTrue(process.isAlive());
        process.stop(QUICK);
        assertEquals(OptionalInt.of(0), heard.awaitExit().code());
        assertEquals(Leftover.NONE, heard.awaitExit().leftover());
    }

    @Test
    void aLineWithoutItsBreakIsStillHeardAtTheEnd() throws IOException {
        start("printf '{\"type\":\"keep_alive\"}'");

        heard.awaitExit();

        assertEquals(List.of(new CliOutput.KeepAlive()), heard.outputs);
    }

    @Test
    void anOverlongLineIsKeptInPartAndTheNextOneIsUnderstood() throws IOException {
        start("head -c 67108874 /dev/zero | tr '\\0' x; echo; echo '{\"type\":\"keep_alive\"}'");

        heard.await(CliOutput.KeepAlive.class);

        Unrecognized line = assertInstanceOf(Unrecognized.class, heard.outputs.getFirst());
        assertEquals(CliProcess.LONGEST_LINE_BYTES + 10, line.length());
        assertEquals(CliCodec.KEPT_CHARACTERS, line.line().length());
    }

    @Test
    void sigtermIsTriedBeforeSigkill() throws IOException {
        CliProcess process =
                start("trap 'exit 7' TERM; echo '{\"type\":\"keep_alive\"}'; while :; do sleep 0.05; done");
        heard.await(CliOutput.KeepAlive.class);

        process.stop(new StopPlan(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofSeconds(10)));

        assertEquals(OptionalInt.of(7), heard.awaitExit().code());
    }

    @Test
    void aGrandchildWithoutMarksIsFoundByDescent() throws IOException {
        CliProcess process = start("env -i bash -c 'echo $$ > stray; sleep 300; true' & wait");
        Await.until("the grandchild runs", () -> strayKnown());

        process.kill();

        assertEquals(0, heard.awaitExit().leftover().remaining());
        assertTrue(heard.awaitExit().leftover().killed() >= 1);
        assertFalse(isAlive(stray()));
    }

    /** One line more than the queue holds: the writer has taken it and stands in the pipe, which is shorter than the line. */
    @Test
    void aProcessThatDoesNotReadIsKilledAllTheSame() throws IOException {
        CliProcess process = start("sleep 300");
        CliInput prompt = new CliInput.UserTurn("u", "x".repeat(100_000));
        for (int sent = 0; sent < 64; sent++) {
            Await.until("there is room for line " + sent, () -> HeardOutputs.send(process, prompt));
        }

        assertEquals(0, process.room());
        assertFalse(HeardOutputs.send(process, prompt));
        process.stop(QUICK);
        assertEquals(OptionalInt.of(143), heard.awaitExit().code());
        assertFalse(HeardOutputs.send(process, prompt));
    }

    @Test
    void whatCannotBeStartedSaysWhyAndWhatToDo() throws IOException {
        Path plain = Files.writeString(folder.resolve("plain"), "not a program");
        Path noShell = script("#!/no/such/shell\n");

        assertEquals("cli-missing", failure(folder.resolve("none"), folder).code());
        assertEquals("cli-not-executable", failure(plain, folder).code());
        assertEquals("cli-not-executable", failure(folder, folder).code());
        assertEquals(
                "cwd-missing",
                failure(script("#!/bin/bash\n"), folder.resolve("gone")).code());
        Problem broken = failure(noShell, folder);
        assertEquals("cli-start-failed", broken.code());
        assertEquals(Problem.Kind.UNAVAILABLE, broken.kind());
        assertTrue(broken.getMessage().contains("--version"));
    }

    @Test
    void useCountsTheWholeTree() throws IOException {
        CliProcess process = start("sleep 300 & sleep 300 & echo '{\"type\":\"keep_alive\"}'; wait");
        heard.await(CliOutput.KeepAlive.class);

        Await.until("three processes are counted", () -> process.use().processes() == 3);

        assertTrue(process.use().residentBytes() > 1_000_000, process.use().toString());
    }

    private CliProcess start(String script) throws IOException {
        return launcher.start(command(script, marks()), heard);
    }

    private Command command(String script, Map<String, String> environment) throws IOException {
        return new Command(script("#!/bin/bash\n" + script + "\n"), List.of(), environment, folder);
    }

    private static Map<String, String> marks() {
        String launch = UUID.randomUUID().toString();
        return Map.of(
                "PATH",
                System.getenv("PATH"),
                Command.SESSION_MARK,
                "s1",
                Command.LAUNCH_MARK,
                launch,
                Command.INSTANCE_MARK,
                "test-" + launch);
    }

    private Path script(String text) throws IOException {
        Path file = Files.createTempFile(folder, "stand-in", ".sh");
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private Problem failure(Path program, Path directory) {
        Command command = new Command(program, List.of(), Map.of(), directory);
        return assertThrows(Problem.class, () -> launcher.start(command, heard));
    }

    private boolean strayKnown() {
        try {
            return Files.exists(folder.resolve("stray")) && Files.size(folder.resolve("stray")) > 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private long stray() {
        try {
            return Long.parseLong(Files.readString(folder.resolve("stray")).strip());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isAlive(long pid) {
        return Processes.isAlive(pid);
    }
}
