package dev.dashboard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliVersionTest {
    @TempDir
    private Path folder;

    @Test
    void anotherVersionIsAcceptedAndReported() throws Exception {
        var found = assertInstanceOf(CliVersion.Found.class, probe("echo '2.2.0-beta.1 (Claude Code)'"));

        assertEquals("2.2.0-beta.1", found.version());
        assertFalse(found.pinned());
    }

    @Test
    void anotherProgramIsBroken() throws Exception {
        var broken = assertInstanceOf(CliVersion.Broken.class, probe("echo 'usage: something else' >&2; exit 2"));

        assertTrue(broken.output().contains("exit code 2: usage"), broken.output());
        assertInstanceOf(CliVersion.Broken.class, probe("echo 'hello'"));
    }

    @Test
    void whatIsNotThereIsMissing() throws Exception {
        assertInstanceOf(CliVersion.Missing.class, judge(folder.resolve("none")));
        assertInstanceOf(CliVersion.NotExecutable.class, judge(folder));
        assertInstanceOf(CliVersion.NotExecutable.class, judge(Files.writeString(folder.resolve("text"), "text")));
    }

    private CliVersion.Finding probe(String script) throws IOException, InterruptedException {
        Path program = Files.createTempFile(folder, "cli", ".sh");
        Files.writeString(program, "#!/bin/bash\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return judge(program);
    }

    private static CliVersion.Finding judge(Path program) throws InterruptedException {
        return CliVersion.judge(Version.of(program));
    }
}
