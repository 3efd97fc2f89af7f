package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Exit;
import dev.dashboard.support.Await;
import dev.dashboard.support.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A runner in a process of its own, which is killed. */
@Timeout(120)
class KilledRunnerTest {
    @TempDir
    private Path folder;

    @Test
    void itsProcessesAreLostOnceAndTheNextRunnerServesTheSameServer() throws Exception {
        House house = new House(folder);
        Heard heard = new Heard();
        Command command = house.command("echo ready; exec sleep 300");
        try (RunnerCustody custody = house.custody()) {
            Child child;
            try (Program first = launch(house)) {
                custody.whenLeaving(_ -> {});
                Await.until("it is connected", () -> custody.fault().isEmpty());
                child = custody.start(command, heard);
                heard.awaitText("ready");
                first.kill9();
            }
            Await.until(
                    "it is missed",
                    () -> custody.fault()
                            .filter(told -> told.contains("does not answer"))
                            .isPresent());
            assertEquals(0, custody.reconnects());
            try (Program _ = launch(house)) {
                Exit exit = heard.awaitExit();
                assertTrue(exit.lost());
                assertEquals(0, child.room());
                child.close();

                assertTrue(
                        custody.attach("s1", command.launch(), 0, new Heard()).isEmpty());
                assertEquals(
                        0,
                        custody.end(command.launch(), Optional.of(child.id()), Duration.ofMillis(50))
                                .remaining());
                Heard again = new Heard();
                custody.start(house.command("echo again"), again).close();
                Heard third = new Heard();
                custody.start(house.command("echo third"), third);
                third.awaitExit();
                assertEquals("third\n", third.text());
                Await.until("it is connected again", () -> custody.fault().isEmpty());
                assertEquals(1, custody.reconnects());
            }
        }
        assertEquals(1, heard.exits.size());
    }

    private static Program launch(House house) throws IOException, InterruptedException {
        return Program.start(
                "Runner ready: ",
                house.scratch(),
                new HashMap<>(house.environment()),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        // The program's own logging, and not that of the tests.
                        "-Dlogback.configurationFile=logback.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.dashboard.Main",
                        "runner"));
    }
}
