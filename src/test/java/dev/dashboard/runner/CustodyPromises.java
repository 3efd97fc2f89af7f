package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.Exit;
import dev.dashboard.custody.Exit.Leftover;
import dev.dashboard.custody.Version;
import dev.dashboard.problem.Problem;
import dev.dashboard.support.Await;
import dev.dashboard.support.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What holds whoever has the processes. Real children, run against both faces of custody. */
@Timeout(60)
abstract class CustodyPromises {
    private static final Duration QUICK = Duration.ofMillis(150);

    @TempDir
    private Path folder;

    House house;
    Custody custody;
    final Heard heard = new Heard();

    abstract Custody open(House place) throws IOException;

    @BeforeEach
    void open() throws IOException {
        house = new House(folder);
        custody = open(house);
    }

    @AfterEach
    void close() {
        custody.ofInstance("test-" + house.scratch().getFileName())
                .forEach(left -> ProcessHandle.of(left.id().pid()).ifPresent(ProcessHandle::destroyForcibly));
        custody.close();
        house.close();
    }

    Child start(String script) throws IOException {
        return custody.start(house.command(script), heard);
    }

    @Test
    void theEndTellsCodeOutputAndStderr() throws IOException {
        Child child = start("echo out; echo 'it broke' >&2; exit 3");

        Exit exit = heard.awaitExit();

        assertEquals(new Exit(OptionalInt.of(3), "it broke\n", Leftover.NONE), exit);
        assertEquals("out\n", heard.text());
        assertFalse(child.isAlive());
        assertEquals(0, child.room());
        assertFalse(child.write(1, new byte[1]));
    }

    @Test
    void ofALongStderrTheTailIsKept() throws IOException {
        start("head -c 300000 /dev/zero | tr '\\0' x >&2; echo last >&2");

        String tail = heard.awaitExit().stderrTail();

        assertEquals((64 - 8) * 1024, tail.length());
        assertTrue(tail.endsWith("xlast\n"));
    }

    @Test
    void muchOutputIsHeardWhole() throws IOException {
        start("seq 1 400000");

        heard.awaitExit();

        assertEquals(2_688_895, heard.count());
        assertTrue(heard.text().endsWith("399999\n400000\n"));
    }

    @Test
    void aProcessThatIgnoresEverythingIsKilledWithItsChildren() throws IOException {
        Child child = start("trap '' TERM; (trap '' TERM; echo ready; sleep 300; sleep 300)");
        heard.awaitText("ready");
        Await.until("the children run", () -> child.use().processes() >= 3);
        assertEquals(
                List.of(child.id().pid()),
                custody.running().stream().map(Custody.Running::pid).toList());

        child.stop(QUICK, QUICK);

        Exit exit = heard.awaitExit();
        assertEquals(OptionalInt.of(137), exit.code());
        assertEquals(0, exit.leftover().remaining());
        assertTrue(exit.leftover().killed() >= 2, exit.toString());
        assertEquals(List.of(), custody.running());
    }

    @Test
    void aStopEndsStdinThenAsksThenKills() throws IOException {
        start("cat > /dev/null; echo end of input; exit 5").stop(Duration.ofSeconds(20), Duration.ofSeconds(20));

        assertEquals(OptionalInt.of(5), heard.awaitExit().code());
        assertEquals("end of input\n", heard.text());
    }

    @Test
    void whatIsSaidUponSigtermIsStillHeard() throws IOException {
        Child child = start("trap 'echo bye; echo why >&2; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
        heard.awaitText("ready");

        child.stop(Duration.ZERO, Duration.ofSeconds(20));

        assertEquals(OptionalInt.of(7), heard.awaitExit().code());
        assertEquals("why\n", heard.awaitExit().stderrTail());
        assertEquals("ready\nbye\n", heard.text());
    }

    @Test
    void aGrandchildInASessionOfItsOwnIsFoundAndEnded() throws IOException {
        Command command = house.command("setsid -f bash -c 'trap \"\" TERM; echo $$ > stray; while :; do sleep 1; done'"
                + " < /dev/null > /dev/null 2>&1; while [ ! -s stray ]; do sleep 0.02; done");
        custody.start(command, heard);

        Exit exit = heard.awaitExit();

        assertTrue(exit.leftover().found() >= 1, exit.toString());
        assertEquals(0, exit.leftover().remaining());
        assertFalse(Processes.isAlive(number(command.directory().resolve("stray"))));
    }

    @Test
    void aStrangerThatHoldsStdoutDoesNotHoldTheEnd() throws IOException {
        Command command = house.command("setsid -f env -i bash -c 'echo $$ > stray; exec sleep 30';"
                + " while [ ! -s stray ]; do sleep 0.02; done; echo said");
        custody.start(command, heard);
        heard.awaitExit();

        long stray = number(command.directory().resolve("stray"));
        try {
            assertTrue(Processes.isAlive(stray), "the stand-in was found, so this tests nothing");
            assertEquals("said\n", heard.text());
        } finally {
            ProcessHandle.of(stray).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void aListenerThatBlocksDoesNotSaveTheProcess() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Heard blocking = new Heard() {
            @Override
            public void output(byte[] more, int count) {
                entered.countDown();
                try {
                    assertTrue(release.await(30, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                super.output(more, count);
            }
        };
        Child child = custody.start(house.command("while :; do echo again; done"), blocking);
        assertTrue(entered.await(10, TimeUnit.SECONDS));

        child.kill();

        Await.until("the process is gone", () -> !Processes.isAlive(child.id().pid()));
        assertTrue(blocking.exits.isEmpty());
        release.countDown();
        assertEquals(OptionalInt.of(137), blocking.awaitExit().code());
    }

    /** Two places are the writer's and the pipe's. */
    @Test
    void aProcessThatDoesNotReadTakesSomeSixtyWritesAndIsKilledAllTheSame() throws IOException {
        Child child = start("sleep 300");
        byte[] line = new byte[100_000];
        AtomicInteger taken = new AtomicInteger();
        // The writer may take one out of the full queue at any moment, once.
        Await.until("it takes no more", () -> {
            while (taken.get() < 100 && child.write(taken.get() + 1, line)) {
                taken.incrementAndGet();
            }
            return child.room() == 0;
        });

        assertTrue(taken.get() >= 64 && taken.get() <= 66, "taken " + taken);
        child.stop(QUICK, QUICK);
        assertEquals(OptionalInt.of(143), heard.awaitExit().code());
    }

    @Test
    void aLongWriteArrivesWholeAndAWriteWithATakenNumberIsPassedOver() throws IOException {
        Child child = start("head -c 3000001 | md5sum; read -r line; echo \"$line\"");
        byte[] large = "x".repeat(3_000_000).getBytes();

        assertTrue(child.write(3, large));
        assertTrue(child.write(3, large));
        assertTrue(child.write(2, "two\n".getBytes()));
        assertTrue(child.write(9, "\nnine\n".getBytes()));

        heard.awaitExit();
        assertEquals(9, child.accepted());
        assertTrue(heard.text().endsWith("-\nnine\n"), heard.text());
    }

    @Test
    void whoIsMarkedIsFoundAndEndedByTheMark() throws Exception {
        Command command = house.command("sleep 300");
        Child child = custody.start(command, heard);

        assertEquals(
                List.of(command.launch()),
                custody.ofInstance("test-" + house.scratch().getFileName()).stream()
                        .map(Custody.Marked::launch)
                        .distinct()
                        .toList());

        Leftover leftover = custody.end(command.launch(), Optional.of(child.id()), Duration.ofMillis(50));

        assertTrue(leftover.found() >= 1);
        assertEquals(0, leftover.remaining());
        heard.awaitExit();
        assertEquals(Leftover.NONE, custody.end(UUID.randomUUID().toString(), Optional.empty(), Duration.ZERO));
    }

    @Test
    void aFolderThatIsGoneIsSaidSo() throws IOException {
        Command command = house.command(house.projects().resolve("gone"), List.of(), Map.of());

        Problem problem = assertThrows(Problem.class, () -> custody.start(command, heard));

        assertEquals("cwd-missing", problem.code());
        assertEquals(Problem.Kind.UNAVAILABLE, problem.kind());
        assertTrue(heard.exits.isEmpty());
    }

    @Test
    void transcriptsAreReadWhole() throws IOException {
        UUID conversation = UUID.randomUUID();
        byte[] record = "line\n".repeat(100_000).getBytes();
        Path file = Files.createDirectories(house.claude().resolve("projects/a-project"))
                .resolve(conversation + ".jsonl");
        Files.write(file, record);

        assertTrue(custody.hasTranscript(conversation));
        try (var in = custody.transcript(conversation).orElseThrow()) {
            assertEquals(new String(record), new String(in.readAllBytes()));
        }
        assertFalse(custody.hasTranscript(UUID.randomUUID()));
        assertTrue(custody.transcript(UUID.randomUUID()).isEmpty());
    }

    @Test
    void whatTheCliKeptOfAConversationIsDeletedAndNothingElse() throws IOException {
        UUID gone = UUID.randomUUID();
        UUID kept = UUID.randomUUID();
        Path project = house.claude().resolve("projects/a-project");
        Path elsewhere = Files.writeString(
                Files.createDirectories(house.claude().resolve("elsewhere")).resolve("a.txt"), "a");
        for (UUID one : List.of(gone, kept)) {
            Files.createDirectories(project.resolve(one + "/subagents"));
            Files.writeString(project.resolve(one + ".jsonl"), "line");
            Files.writeString(project.resolve(one + "/subagents/agent-1.jsonl"), "line");
            Files.createDirectories(house.claude().resolve("file-history/" + one));
            Files.writeString(house.claude().resolve("file-history/" + one + "/copy"), "line");
        }
        Files.createSymbolicLink(project.resolve(gone + "/link"), elsewhere.getParent());
        Files.createDirectories(house.claude().resolve("projects/another"));
        Files.writeString(house.claude().resolve("projects/another/" + gone + ".jsonl"), "line");

        custody.forget(gone);
        custody.forget(gone);

        assertFalse(custody.hasTranscript(gone));
        assertTrue(custody.hasTranscript(kept));
        assertTrue(Files.exists(elsewhere));
        try (Stream<Path> all = Files.walk(house.claude())) {
            assertEquals(
                    List.of(),
                    all.filter(path -> path.toString().contains(gone.toString()))
                            .toList());
        }
        assertTrue(Files.exists(project.resolve(kept + "/subagents/agent-1.jsonl")));
        assertTrue(Files.exists(house.claude().resolve("file-history/" + kept + "/copy")));
    }

    @Test
    void theVersionIsAsked() throws Exception {
        Files.writeString(house.program(), "#!/bin/bash\necho \"2.1 $1\"\n");

        assertEquals(new Version.Answered(house.program(), 0, "2.1 --version"), custody.version());
    }

    @Test
    void closingAfterAKillWaitsForTheEnd() throws IOException {
        Child child = start("sleep 300");

        child.kill();
        child.close();

        assertEquals(1, heard.exits.size());
    }

    private static long number(Path file) {
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
