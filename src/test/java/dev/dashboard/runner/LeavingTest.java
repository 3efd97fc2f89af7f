package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import dev.dashboard.support.Await;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A runner that is asked to stop says so, waits, and goes as soon as it has nothing more; also between versions of the protocol. */
@Timeout(120)
class LeavingTest {
    @TempDir
    private Path folder;

    private House house;
    private RunnerCustody custody;
    private final Heard heard = new Heard();
    private final List<Duration> told = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws IOException {
        house = new House(folder);
        custody = house.custody();
    }

    @AfterEach
    void close() {
        custody.close();
        house.close();
    }

    private void start(String drain) {
        house.start(house.settings(Map.of("DASHBOARD_RUNNER_DRAIN", drain)));
    }

    private void watch() {
        custody.whenLeaving(told::add);
        Await.until("the server is known", () -> house.runner().isWatched());
    }

    private Worker leaving() {
        Worker leaving = Worker.virtual("leave", () -> house.runner().leave());
        Await.until("the server is told", () -> !told.isEmpty());
        return leaving;
    }

    @Test
    void theServerIsToldAndNothingIsStartedAnyMoreAndItGoesWithTheLastProcess() throws Exception {
        start("PT1M");
        watch();
        Child child = custody.start(house.command("read line; echo got $line"), heard);

        Worker leaving = leaving();

        assertTrue(told.getFirst().toSeconds() >= 55 && told.getFirst().toSeconds() <= 60, told.toString());
        assertFalse(custody.takesLaunches());
        assertEquals(
                Custody.LEAVING,
                assertThrows(Problem.class, () -> custody.start(house.command("true"), new Heard()))
                        .code());
        assertTrue(child.write(1, "work\n".getBytes()), "what runs is served as ever");
        assertFalse(heard.awaitExit().lost());
        assertEquals("got work\n", heard.text());
        child.close();
        assertTrue(leaving.join(Duration.ofSeconds(20)), "it goes long before the minute is over");
        assertFalse(Files.exists(house.socket()));
        assertFalse(custody.takesLaunches());
    }

    @Test
    void whatIsLeftAfterTheTimeIsEndedAndTheEndIsHeard() throws Exception {
        start("PT1S");
        watch();
        Child child = custody.start(house.command("sleep 300"), heard);

        Worker leaving = leaving();

        assertFalse(heard.awaitExit().lost(), "its end is known");
        child.close();
        assertTrue(leaving.join(Duration.ofSeconds(20)));
    }

    @Test
    void aServerThatComesMeanwhileIsToldToo() throws Exception {
        start("PT1M");
        watch();
        Child child = custody.start(house.command("sleep 300"), heard);
        Worker leaving = leaving();
        List<Duration> later = new CopyOnWriteArrayList<>();
        try (RunnerCustody next = house.custody()) {
            next.whenLeaving(later::add);

            Await.until("the next server is told", () -> !later.isEmpty());
        }
        child.kill();
        heard.awaitExit();
        child.close();
        assertTrue(leaving.join(Duration.ofSeconds(20)));
    }

    @Test
    void toAServerThatIsNotToldItsProcessesAreLost() throws Exception {
        start("PT0S");
        custody.close();
        custody = house.custody(house.socket(), Duration.ofSeconds(1));
        custody.start(house.command("sleep 300"), heard);

        house.runner().leave();

        assertTrue(heard.awaitExit().lost());
    }

    @Test
    void withoutAServerItsProcessesFinishWhatTheyDoAndEnd() throws Exception {
        start("PT1M");
        Command resting = house.command("cat > heard");
        Command working = house.command("cat > heard; sleep 2; echo done > done");
        custody.start(resting, heard).write(1, "words\n".getBytes());
        custody.start(working, new Heard());
        Path words = resting.directory().resolve("heard");
        Await.until("the words are there", () -> words.toFile().length() > 0);
        custody.close();

        Worker leaving = Worker.virtual("leave", () -> house.runner().leave());

        assertTrue(leaving.join(Duration.ofSeconds(30)), "it does not wait for a server");
        assertEquals("words\n", Files.readString(words));
        assertTrue(Files.exists(working.directory().resolve("done")));
    }

    // ---- versions

    /** A runner that says this version, takes whatever comes as a greeting, and answers one question. */
    private RunnerOfVersion runnerOfVersion(int version) throws IOException {
        return new RunnerOfVersion(version);
    }

    private final class RunnerOfVersion implements AutoCloseable {
        final List<Frame.Hello> greetings = new CopyOnWriteArrayList<>();
        private final ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);

        RunnerOfVersion(int version) throws IOException {
            listening.bind(UnixDomainSocketAddress.of(house.socket()));
            Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        try (Link link = new Link(listening.accept())) {
                            link.trust();
                            link.write(new Frame.Challenge(version, Keys.nonce()));
                            greetings.add((Frame.Hello) link.read());
                            link.write(new Frame.Welcome());
                            if (link.read() instanceof Frame.OfInstance) {
                                link.write(new Frame.Processes(List.of()));
                            }
                        } catch (java.io.EOFException _) {
                            // The server has seen enough.
                        }
                    }
                } catch (IOException _) {
                    // The test is over.
                }
            });
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }

    @Test
    void aRunnerOfTheVersionBeforeIsSpokenToInItsOwn() throws Exception {
        try (RunnerOfVersion runner = runnerOfVersion(1)) {
            assertEquals(List.of(), custody.ofInstance("x"));
            assertTrue(custody.takesLaunches(), "it cannot say that it leaves, and is not asked");
            Problem refused = assertThrows(Problem.class, () -> custody.forget(UUID.randomUUID()));
            assertEquals("runner-too-old", refused.code());
            assertTrue(runner.greetings.stream().allMatch(greeting -> greeting.version() == 1));
        }
    }

    @Test
    void aRunnerOfTheVersionAfterIsSpokenToInOurs() throws Exception {
        try (RunnerOfVersion runner = runnerOfVersion(Frame.VERSION + 1)) {
            assertEquals(List.of(), custody.ofInstance("x"));
            assertEquals(Frame.VERSION, runner.greetings.getFirst().version());
        }
    }

    @Test
    void aRunnerThatIsTooOldIsRefusedWithBothVersions() throws Exception {
        try (RunnerOfVersion _ = runnerOfVersion(0)) {
            Problem refused = assertThrows(Problem.class, () -> custody.ofInstance("x"));

            assertEquals("runner-incompatible", refused.code());
            assertTrue(refused.getMessage().contains("version 0"), refused.getMessage());
            assertTrue(refused.getMessage().contains("1 to 3"), refused.getMessage());
        }
    }

    @Test
    void aServerOfTheVersionBeforeIsServed() throws Exception {
        start("PT0S");
        try (Link link = new Link(java.nio.channels.SocketChannel.open(UnixDomainSocketAddress.of(house.socket())))) {
            link.trust();
            Frame.Challenge challenge = (Frame.Challenge) link.read();
            link.write(new Frame.Hello(1, Keys.sign(house.key(), 1, challenge.nonce())));
            assertEquals(new Frame.Welcome(), link.read());
            link.write(new Frame.OfInstance("x"));
            assertEquals(new Frame.Processes(List.of()), link.read());
        }
    }
}
