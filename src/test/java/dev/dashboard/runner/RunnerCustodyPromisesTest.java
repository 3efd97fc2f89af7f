package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.Exit;
import dev.dashboard.problem.Problem;
import dev.dashboard.support.Await;
import dev.dashboard.support.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** By way of a runner: all the same, and what only a runner can do. */
class RunnerCustodyPromisesTest extends CustodyPromises {
    @Override
    Custody open(House place) throws IOException {
        place.start();
        return place.custody();
    }

    @Test
    void theNextServerGoesOnAtTheByteThatTheLastOneKept() throws Exception {
        Command command = house.command("for i in $(seq 1 20000); do echo $i; done; read -r go; echo \"went $go\"");
        Heard first = new Heard();
        custody.start(command, first);
        first.awaitText("\n1000\n");

        custody.close();
        long from = first.count() / 2;
        try (RunnerCustody next = house.custody()) {
            Child child = next.attach("s1", command.launch(), from, heard).orElseThrow();
            assertTrue(child.isAlive());
            child.write(1, "on\n".getBytes());
            assertEquals(OptionalInt.of(0), heard.awaitExit().code());
        }

        String all = new String(first.all(), 0, (int) from, StandardCharsets.UTF_8) + heard.text();
        assertEquals(numbers(20_000) + "went on\n", all);
    }

    @Test
    void anEndThatNobodyHeardWaitsForTheNextServerUntilItIsTaken() throws Exception {
        Command command = house.command("read -r go; echo ended; echo why >&2; exit 4");
        Child child = custody.start(command, heard);
        child.write(1, "go\n".getBytes());
        heard.awaitExit();
        custody.close(); // as of a server that was killed before it recorded the end: the first close is the custody's

        Command unheard = house.command("echo said; exit 6");
        try (RunnerCustody second = house.custody()) {
            second.start(unheard, new Heard());
        }
        Await.until(
                "it ends",
                () -> Processes.marked(Command.LAUNCH_MARK, unheard.launch()).isEmpty());

        try (RunnerCustody third = house.custody()) {
            Heard again = new Heard();
            Child ended = third.attach("s1", unheard.launch(), 0, again).orElseThrow();
            assertEquals(OptionalInt.of(6), again.awaitExit().code());
            assertEquals("said\n", again.text());
            assertFalse(ended.isAlive());

            ended.close();

            Await.until(
                    "the runner forgets it",
                    () -> third.attach("s1", unheard.launch(), 0, new Heard()).isEmpty());
            assertFalse(Files.exists(house.spool().resolve(unheard.launch())));
        }
    }

    @Test
    void lettingGoOfAProcessLeavesItRunning() throws IOException {
        Child child = start("sleep 300");

        child.close();

        assertTrue(Processes.isAlive(child.id().pid()));
        assertTrue(heard.exits.isEmpty());
        assertEquals(List.of(), custody.running());
    }

    @Test
    void theNextServerIsToldWhatWasWritten() throws Exception {
        Command command = house.command("sleep 300");
        Child child = custody.start(command, heard);
        for (int number = 1; number <= 30; number++) {
            assertTrue(child.write(number, new byte[100_000]));
        }
        Await.until(
                "it has all of them",
                () -> house.runner()
                                .find(command.launch())
                                .orElseThrow()
                                .child()
                                .accepted()
                        == 30);

        Child again = reattached(command);

        assertTrue(again.room() >= 32 && again.room() <= 36, "room " + again.room());
        assertTrue(again.write(30, new byte[1]));
        assertTrue(again.write(31, new byte[1]));
    }

    private Child reattached(Command command) {
        return custody.attach("s1", command.launch(), 0, new Heard()).orElseThrow();
    }

    @Test
    void aLaunchThatNobodyKnowsIsNotThere() {
        assertEquals(Optional.empty(), custody.attach("s1", UUID.randomUUID().toString(), 0, heard));
    }

    @Test
    void bytesThatAreKeptAreNotThereAnyMore() throws Exception {
        Command command = house.command("head -c 1000000 /dev/zero; sleep 300");
        Child child = custody.start(command, heard);
        Await.until("all is heard", () -> heard.count() == 1_000_000);
        child.kept(1_000_000);

        Await.until(
                "they are gone",
                () -> custody.attach("s1", command.launch(), 10, new Heard()).isEmpty());
        assertTrue(
                custody.attach("s1", command.launch(), 1_000_000, new Heard()).isPresent());
    }

    @Test
    void onlyItsOwnProgramIsStartedWithItsOwnPlaces() throws Exception {
        Command asked = house.command("env");
        custody.start(
                new Command(Path.of("/bin/false"), List.of("--print"), asked.environment(), asked.directory()), heard);

        assertEquals(OptionalInt.of(0), heard.awaitExit().code());
        assertTrue(heard.text().contains("HOME=" + house.claude() + "\n"));
        assertTrue(heard.text().contains("CLAUDE_CONFIG_DIR=" + house.claude() + "\n"));
        assertFalse(heard.text().contains("DASHBOARD_RUNNER"));
    }

    @Test
    void whatIsNotAllowedIsRefusedByName() throws Exception {
        Path folder = house.command("echo").directory();
        refused("LD_PRELOAD", house.command(folder, List.of(), Map.of("LD_PRELOAD", "/x.so")));
        refused("an argument", house.command(folder, List.of("--dangerously-skip-permissions"), Map.of()));
        refused("projects", house.command(house.scratch(), List.of(), Map.of()));
        refused("no UUID", house.command(folder, List.of(), Map.of(Command.LAUNCH_MARK, "../../etc")));
        assertTrue(heard.exits.isEmpty());
    }

    private void refused(String named, Command command) {
        Problem problem = assertThrows(Problem.class, () -> custody.start(command, heard));
        assertEquals("runner-refused", problem.code());
        assertTrue(problem.getMessage().contains(named), problem.getMessage());
    }

    @Test
    void aLaunchIsStartedOnce() throws Exception {
        Command command = house.command("sleep 300");
        custody.start(command, heard);

        assertEquals(
                "runner-refused",
                assertThrows(Problem.class, () -> custody.start(command, heard)).code());
    }

    @Test
    void moreProcessesThanMayLiveAreRefused() throws Exception {
        house.close();
        house.start(house.settings(Map.of("DASHBOARD_CLI_MAX_PROCESSES", "2")));
        start("sleep 300");
        start("sleep 300");

        Problem problem = assertThrows(Problem.class, () -> start("sleep 300"));

        assertEquals("runner-full", problem.code());
        assertTrue(problem.getMessage().contains("2"));
    }

    /** A server that hears nothing and keeps nothing: the process waits, and nothing is lost. */
    @Test
    void aSpoolThatIsFullMakesTheProcessWait() throws Exception {
        house.close();
        RunnerSettings usual = house.settings(Map.of());
        house.start(new RunnerSettings(
                usual.socket(),
                usual.key(),
                usual.peers(),
                usual.program(),
                usual.roots(),
                usual.configDirectory(),
                usual.spool(),
                usual.maxProcesses(),
                100_000,
                500_000,
                usual.endOfInput(),
                usual.terminate(),
                usual.drain(),
                usual.variables()));
        Command command = house.command("seq 1 400000; echo all > done");
        Heard first = new Heard();
        Child child = custody.start(command, first);
        Await.until("the spool is full", () -> first.count() >= 500_000);
        assertThrows(
                AssertionError.class,
                () -> Await.until("more is heard", Duration.ofMillis(200), () -> first.count() >= 600_000));
        assertFalse(Files.exists(command.directory().resolve("done")));

        Await.until("all is heard", Duration.ofSeconds(30), () -> {
            child.kept(first.count());
            return !first.exits.isEmpty();
        });

        assertArrayEquals(numbers(400_000).getBytes(), first.all());
    }

    @Test
    void nobodyThereIsSaidWithTheRemedy() throws Exception {
        house.close();

        Problem problem = assertThrows(Problem.class, () -> start("echo"));

        assertEquals("runner-unreachable", problem.code());
        assertEquals(Problem.Kind.UNAVAILABLE, problem.kind());
        assertEquals(
                "runner-unreachable",
                assertThrows(Problem.class, () -> custody.hasTranscript(UUID.randomUUID()))
                        .code());
        assertEquals(
                "runner-unreachable",
                assertThrows(Problem.class, custody::version).code());
        house.start();
    }

    /** To their sessions they are lost with it: they did not go by themselves. */
    @Test
    void aRunnerThatStopsEndsItsProcessesPolitelyAndTheyCountAsLost() throws Exception {
        Path goodbye = house.scratch().resolve("goodbye");
        start("trap 'echo bye > " + goodbye + "; exit 9' TERM; echo ready; while :; do sleep 0.05; done");
        heard.awaitText("ready");

        house.close();
        assertEquals("bye\n", Files.readString(goodbye));
        assertFalse(Files.exists(house.socket()));
        house.start();

        Exit exit = heard.awaitExit();
        assertTrue(exit.lost());
        assertEquals(OptionalInt.empty(), exit.code());
        assertEquals("ready\n", heard.text());
    }

    @Test
    void aSecondRunnerIsRefusedAndTouchesNothing() throws Exception {
        Command command = house.command("for i in $(seq 1 5000); do echo $i; done; read -r go; echo went");
        Child child = custody.start(command, heard);
        heard.awaitText("\n5000\n");

        assertEquals(
                "runner-running",
                assertThrows(Problem.class, () -> Runner.start(house.settings(Map.of())))
                        .code());
        assertEquals(
                "runner-running",
                assertThrows(
                                Problem.class,
                                () -> Runner.start(house.settings(Map.of(
                                        "DASHBOARD_RUNNER_SPOOL_DIR",
                                        house.scratch().resolve("other-spool").toString()))))
                        .code());

        Heard again = new Heard();
        Child taken = custody.attach("s1", command.launch(), 0, again).orElseThrow();
        taken.write(1, "\n".getBytes());
        again.awaitExit();
        assertEquals(numbers(5000) + "went\n", again.text());
        child.close();
    }

    @Test
    void ofASpoolFolderOnlySpoolsAreCleared() throws Exception {
        house.close();
        Path precious = Files.writeString(house.spool().resolve("precious"), "x");
        Path old = Files.createDirectory(house.spool().resolve(UUID.randomUUID().toString()));
        Files.writeString(old.resolve("0.out"), "x");

        house.start();

        assertTrue(Files.exists(precious));
        assertFalse(Files.exists(old));
    }

    @Test
    void theUserOfTheRunnerIsLookedAt() throws Exception {
        try (RunnerCustody wrong =
                        new RunnerCustody(house.socket(), house.key(), Optional.of("nobody"), Duration.ofSeconds(1));
                RunnerCustody number = new RunnerCustody(
                        house.socket(), house.key(), Optional.of(ownNumber()), Duration.ofSeconds(1))) {
            assertEquals(
                    "runner-stranger",
                    assertThrows(Problem.class, () -> wrong.ofInstance("x")).code());
            assertEquals(List.of(), number.ofInstance("x"));
        }
    }

    private static String ownNumber() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
    }

    private static String numbers(int count) {
        StringBuilder all = new StringBuilder();
        for (int i = 1; i <= count; i++) {
            all.append(i).append('\n');
        }
        return all.toString();
    }
}
