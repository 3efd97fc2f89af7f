package dev.dashboard.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoProjectTest {
    @TempDir
    private Path folder;

    @Test
    void itsTestsFailUntilTheFixIsMade() throws Exception {
        Path project = DemoProject.create(folder.resolve("made/too"));

        assertEquals(1, run(project, "./run-tests.sh"));
        Path script = project.resolve(DemoProject.SCRIPT);
        Files.writeString(script, Files.readString(script).replace(DemoProject.BUG, DemoProject.FIX));
        assertEquals(0, run(project, "./run-tests.sh"));
    }

    @Test
    void theBugCanBeBroughtBackFromTheFirstCommit() throws Exception {
        Path project = DemoProject.create(folder);
        Files.writeString(project.resolve(DemoProject.SCRIPT), "changed");

        assertEquals(0, run(project, "git", "checkout", "--quiet", DemoProject.SCRIPT));

        assertTrue(Files.readString(project.resolve(DemoProject.SCRIPT)).contains(DemoProject.BUG));
        assertEquals(0, run(project, "git", "diff", "--quiet", "HEAD"));
    }

    @Test
    void workThatIsThereIsLeftAlone() throws Exception {
        DemoProject.create(folder);
        Files.writeString(folder.resolve(DemoProject.SCRIPT), "my work");
        Files.delete(folder.resolve("README.md"));

        DemoProject.create(folder);

        assertEquals("my work", Files.readString(folder.resolve(DemoProject.SCRIPT)));
        assertTrue(Files.exists(folder.resolve("README.md")));
    }

    @Test
    void aFolderThatCannotBeMadeIsSaid() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");

        Problem problem = assertThrows(Problem.class, () -> DemoProject.create(file.resolve("sample")));

        assertEquals("demo-project-failed", problem.code());
    }

    private int run(Path directory, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return process.exitValue();
    }
}
