package dev.dashboard.custody;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Exit.Leftover;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real children. What a CLI's end is to whoever listens, CliLauncherTest says. */
@Timeout(60)
class LocalCustodyTest {
    @TempDir
    private Path folder;

    private final Custody custody = new LocalCustody(Path.of("claude"), Path.of("claude-config"));
    private final CompletableFuture<Exit> exit = new CompletableFuture<>();
    private final String launch = UUID.randomUUID().toString();

    @AfterEach
    void close() {
        custody.close();
    }

    @Test
    void anOrphanIsKnownByItsMarksAndItsStartTime() throws Exception {
        Child child = start("sleep 300");

        assertEquals(child.id(), ProcessSweep.ofLaunch(launch).getFirst());
        assertEquals(
                child.id(),
                ProcessSweep.find(child.id().pid(), child.startedAt()).orElseThrow());
        assertTrue(ProcessSweep.find(child.id().pid(), child.startedAt().minusSeconds(60))
                .isEmpty());
        assertFalse(ProcessSweep.awaitEnd(child.id(), Duration.ofMillis(50)));
        assertEquals("s1", custody.ofInstance("test-" + launch).getFirst().session());

        Leftover leftover = custody.end(launch, Optional.of(child.id()), Duration.ofMillis(50));

        assertTrue(leftover.found() >= 1);
        assertEquals(0, leftover.remaining());
        assertTrue(ProcessSweep.awaitEnd(child.id(), Duration.ofSeconds(5)));
        exit.get(10, TimeUnit.SECONDS);
    }

    @Test
    void whoEndsByItselfInTimeIsNotEnded() throws Exception {
        Child child = start("sleep 0.3; echo done > finished");

        custody.end(launch, Optional.of(child.id()), Duration.ofSeconds(20));

        assertTrue(Files.exists(folder.resolve("finished")));
        assertEquals(0, exit.get(10, TimeUnit.SECONDS).code().getAsInt());
    }

    @Test
    void noMarkFindsNobody() throws InterruptedException {
        assertEquals(List.of(), ProcessSweep.ofLaunch(""));
        assertEquals(Leftover.NONE, custody.end("", Optional.empty(), Duration.ZERO));
        assertEquals(Leftover.NONE, custody.end(UUID.randomUUID().toString(), Optional.empty(), Duration.ofSeconds(1)));
    }

    @Test
    void aWriteWithANumberThatWasTakenIsPassedOver() throws Exception {
        Child child = start("read -r first; read -r second; echo \"$first $second\" > read");

        assertTrue(child.write(3, "three\n".getBytes()));
        assertTrue(child.write(3, "three\n".getBytes()));
        assertTrue(child.write(2, "two\n".getBytes()));
        assertTrue(child.write(9, "nine\n".getBytes()));

        exit.get(10, TimeUnit.SECONDS);
        assertEquals("three nine\n", Files.readString(folder.resolve("read")));
        assertEquals(9, child.accepted());
    }

    private Child start(String script) throws IOException {
        Path program = Files.writeString(folder.resolve("program"), "#!/bin/bash\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        Map<String, String> environment = Map.of(
                "PATH",
                "/usr/bin:/bin",
                Command.SESSION_MARK,
                "s1",
                Command.LAUNCH_MARK,
                launch,
                Command.INSTANCE_MARK,
                "test-" + launch);
        return custody.start(new Command(program, List.of(), environment, folder.toRealPath()), new ChildListener() {
            @Override
            public void output(byte[] bytes, int count) {}

            @Override
            public void exited(Exit told) {
                exit.complete(told);
            }
        });
    }
}
