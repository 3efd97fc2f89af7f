package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.ProcessId;
import dev.dashboard.support.Await;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A runner that knows the process, and drops each connection as soon as it has said so. */
@Timeout(60)
class ShortWelcomeTest {
    private static final int COMINGS = 10;
    /** As long as a server waits before it comes back. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    @TempDir
    private Path folder;

    @Test
    void itIsNotAskedAgainWithoutAPause() throws Exception {
        House house = new House(folder);
        List<Long> comings = new CopyOnWriteArrayList<>();
        try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                RunnerCustody custody = house.custody()) {
            listening.bind(UnixDomainSocketAddress.of(house.socket()));
            Thread.ofVirtual().start(() -> welcomeBriefly(listening, comings));

            custody.start(house.command("true"), new Heard());

            Await.until("it came back again and again", () -> comings.size() >= COMINGS);
        }
        Duration took = Duration.ofNanos(comings.get(COMINGS - 1) - comings.getFirst());
        assertTrue(took.compareTo(PAUSE.multipliedBy(COMINGS - 1)) >= 0, "took " + took);
    }

    private static void welcomeBriefly(ServerSocketChannel listening, List<Long> comings) {
        try {
            while (true) {
                try (Link link = new Link(listening.accept())) {
                    link.trust();
                    comings.add(System.nanoTime());
                    link.write(new Frame.Challenge(Frame.VERSION, Keys.nonce()));
                    link.read();
                    link.write(new Frame.Welcome());
                    link.read();
                    link.write(new Frame.Present(new ProcessId(1, 1), Instant.EPOCH, 0, 0));
                }
            }
        } catch (IOException _) {
            // The test is over.
        }
    }
}
