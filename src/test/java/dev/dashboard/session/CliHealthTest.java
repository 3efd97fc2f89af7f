package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Custody;
import dev.dashboard.runner.Keys;
import dev.dashboard.runner.RunnerCustody;
import dev.dashboard.support.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliHealthTest {
    @TempDir
    private Path folder;

    @Test
    void aRunnerThatDoesNotAnswerIsNamedWithWhereItShouldBe() throws IOException {
        Keys.generate(folder.resolve("private"), folder.resolve("public"));
        Custody custody = new RunnerCustody(
                folder.resolve("runner.sock"),
                Keys.privateKey(Files.readString(folder.resolve("private"))),
                Optional.empty(),
                Duration.ofSeconds(1));

        CliHealth.Finding finding = new CliHealth(custody, new TestClock()).finding();

        assertEquals("runner-away", finding.state());
        assertFalse(finding.isUsable());
        assertTrue(finding.message()
                .orElseThrow()
                .contains(folder.resolve("runner.sock").toString()));
    }
}
