package dev.dashboard.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToolTest {
    @TempDir
    Path folder;

    /** A test that is skipped where a program is missing would be green and show nothing. */
    @Test
    void aProgramThatIsMissingFailsTheTestAndNamesThePackage() {
        AssertionError error = assertThrows(AssertionError.class, () -> Tool.path("no-such-program", "some-package"));
        assertTrue(error.getMessage().contains("no-such-program"), error.getMessage());
        assertTrue(error.getMessage().contains("apt-get install some-package"), error.getMessage());
    }

    @Test
    void whatAProgramSaidIsKeptAndItEndsWithTheTest() throws IOException {
        Tool tool = Tool.start("cat", folder, Map.of(), List.of("sh", "-c", "echo here; exec cat"));
        try (tool) {
            Await.until("it has spoken", () -> tool.log().contains("here"));
            assertTrue(tool.isAlive());
        }
        Await.until("it has ended", () -> !tool.isAlive());
    }

    @Test
    void oneThatFailsFailsTheTestWithItsWords() throws Exception {
        Path input = Files.writeString(folder.resolve("input"), "word");
        assertEquals("word", Tool.run(Map.of(), input, List.of("cat")));
        AssertionError error = assertThrows(
                AssertionError.class, () -> Tool.run(Map.of(), input, List.of("sh", "-c", "echo why; exit 3")));
        assertTrue(error.getMessage().contains("why"), error.getMessage());
    }
}
