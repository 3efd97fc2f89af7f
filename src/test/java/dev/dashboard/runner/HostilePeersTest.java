package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.Command;
import dev.dashboard.problem.Problem;
import dev.dashboard.support.Await;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever reaches the socket and does not keep to the rules harms their own connection alone. */
@Timeout(60)
class HostilePeersTest {
    private static final long SEED = 11;

    @TempDir
    private Path folder;

    private House house;
    private RunnerCustody custody;
    private final List<SocketChannel> opened = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        house = new House(folder);
        house.start();
        custody = house.custody();
    }

    /** After each test a well-behaved server is served. */
    @AfterEach
    void stillServes() throws IOException {
        for (SocketChannel channel : opened) {
            channel.close();
        }
        Heard heard = new Heard();
        Child child = custody.start(house.command("echo served"), heard);
        heard.awaitExit();
        assertEquals("served\n", heard.text());
        child.close();
        custody.close();
        house.close();
    }

    private SocketChannel channel() throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(house.socket()));
        opened.add(channel);
        return channel;
    }

    private Link link() throws IOException {
        Link link = new Link(channel());
        link.trust();
        return link;
    }

    private Link welcomed() throws IOException {
        Link link = link();
        Frame.Challenge challenge = (Frame.Challenge) link.read();
        link.write(new Frame.Hello(1, Keys.sign(house.key(), 1, challenge.nonce())));
        assertEquals(new Frame.Welcome(), link.read());
        return link;
    }

    private static void refused(String code, Link link) throws IOException {
        assertEquals(code, ((Frame.Refused) link.read()).code());
        assertThrows(IOException.class, link::read);
    }

    @Test
    void garbageEndsItsConnection() throws IOException {
        Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            byte[] garbage = new byte[1 + random.nextInt(5000)];
            random.nextBytes(garbage);
            try (SocketChannel channel = channel()) {
                channel.write(ByteBuffer.wrap(garbage));
            }
        }
    }

    @Test
    void aHugeFrameOfAStrangerIsNotWaitedFor() throws IOException {
        SocketChannel channel = channel();
        Link link = new Link(channel);
        assertTrue(link.read() instanceof Frame.Challenge);
        channel.write(ByteBuffer.allocate(4).putInt(1_000_000).flip());

        refused("runner-not-understood", link);
    }

    @Test
    void aFrameOutOfTurnIsRefused() throws IOException {
        Link first = link();
        first.read();
        first.write(new Frame.Kill());
        refused("runner-not-understood", first);

        Link second = welcomed();
        second.write(new Frame.Kill());
        refused("runner-not-understood", second);
    }

    @Test
    void aWrongKeyIsRefusedAndSaidSo() throws IOException {
        Path other = house.scratch().resolve("other");
        Keys.generate(other, house.scratch().resolve("other.pub"));
        try (RunnerCustody stranger = new RunnerCustody(
                house.socket(), Keys.privateKey(Files.readString(other)), Optional.empty(), Duration.ofSeconds(1))) {
            for (int i = 0; i < 50; i++) {
                Problem problem = assertThrows(Problem.class, () -> stranger.ofInstance("x"));
                assertEquals("runner-stranger", problem.code());
            }
        }
    }

    @Test
    void aSignatureThatWasOverheardIsWorthNothing() throws IOException {
        Link first = link();
        byte[] overheard = Keys.sign(house.key(), 1, ((Frame.Challenge) first.read()).nonce());
        Link second = link();
        second.read();
        second.write(new Frame.Hello(1, overheard));

        refused("runner-stranger", second);
    }

    @Test
    void anotherVersionIsToldBoth() throws IOException {
        Link link = link();
        byte[] nonce = ((Frame.Challenge) link.read()).nonce();
        link.write(new Frame.Hello(7, Keys.sign(house.key(), 7, nonce)));

        Frame.Refused refused = (Frame.Refused) link.read();
        assertEquals("runner-incompatible", refused.code());
        assertTrue(refused.message().contains("1") && refused.message().contains("7"), refused.message());
    }

    @Test
    void aUserWhoIsNotNamedIsRefused() throws IOException {
        house.close();
        house.start(house.settings(Map.of("DASHBOARD_RUNNER_PEERS", "nobody")));

        assertEquals(
                "runner-stranger",
                assertThrows(Problem.class, () -> custody.ofInstance("x")).code());

        house.close();
        house.start(house.settings(
                Map.of("DASHBOARD_RUNNER_PEERS", "nobody, " + Files.getAttribute(Path.of("/proc/self"), "unix:uid"))));
    }

    @Test
    void whoSaysNothingIsLetGo() throws IOException {
        Link silent = link();
        assertTrue(silent.read() instanceof Frame.Challenge);

        long start = System.nanoTime();
        assertThrows(IOException.class, silent::read);
        assertTrue(Duration.ofNanos(System.nanoTime() - start).compareTo(Duration.ofSeconds(15)) < 0);
    }

    /** Its words wait in the spool; it still can be ended, over the very same connection. */
    @Test
    void whoDoesNotReadCanStillEndItsProcess() throws Exception {
        Command command = house.command("while :; do echo again; done");
        Link deaf = welcomed();
        deaf.write(new Frame.Start(command));
        assertTrue(deaf.read() instanceof Frame.Present);
        Await.until("more is said than a socket holds", () -> spooled(command) > 4_000_000);
        deaf.write(new Frame.Kill());

        Await.until(
                "it has ended",
                () -> custody.ofInstance("test-" + house.scratch().getFileName())
                        .isEmpty());
    }

    private long spooled(Command command) {
        try (var files = Files.list(house.spool().resolve(command.launch()))) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whenItIsFullItSaysSo() throws Exception {
        for (int i = 0; i < Runner.MAX_CONNECTIONS; i++) {
            assertTrue(link().read() instanceof Frame.Challenge);
        }

        Problem problem = assertThrows(Problem.class, () -> custody.ofInstance("x"));

        assertEquals("runner-full", problem.code());
        for (SocketChannel channel : opened) {
            channel.close();
        }
        Await.until("there is room again", () -> {
            try {
                custody.ofInstance("x");
                return true;
            } catch (Problem e) {
                return false;
            }
        });
    }
}
