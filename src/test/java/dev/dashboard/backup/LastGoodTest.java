package dev.dashboard.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LastGoodTest {
    private static final String GOOD =
            "{\"finishedAt\":\"2026-11-26T03:00:12Z\",\"seconds\":12.5,\"bytes\":4096,\"verified\":true}";

    @TempDir
    private Path folder;

    private Path file;
    private LastGood last;

    @BeforeEach
    void name() {
        file = folder.resolve("backups").resolve("last-good.json");
        last = new LastGood(file);
    }

    private void write(String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void withoutAFileThereWasNoBackup() {
        assertEquals(Optional.empty(), last.backup());
    }

    @Test
    void whatTheFileSaysIsTold() throws IOException {
        write(GOOD);
        assertEquals(
                Optional.of(new LastGood.Backup(Instant.parse("2026-11-26T03:00:12Z"), 12.5, 4096, true)),
                last.backup());
    }

    @Test
    void theNextBackupIsNoticed() throws IOException {
        write(GOOD);
        last.backup();
        Path next = Files.writeString(folder.resolve("next"), GOOD.replace("4096", "8192"));
        Files.setLastModifiedTime(next, Files.getLastModifiedTime(file));
        Files.move(next, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertEquals(8192, last.backup().orElseThrow().bytes());
        Files.delete(file);
        assertEquals(Optional.empty(), last.backup());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "{}",
                "{\"finishedAt\":\"yesterday\",\"seconds\":1,\"bytes\":1,\"verified\":true}",
                "{\"finishedAt\":\"2026-11-26T03:00:12Z\",\"seconds\":\"1\",\"bytes\":1,\"verified\":true}",
                "{\"finishedAt\":\"2026-11-26T03:00:12Z\",\"seconds\":1,\"bytes\":1e30,\"verified\":true}",
                "{\"finishedAt\":\"2026-11-26T03:00:12Z\",\"seconds\":1,\"bytes\":1}"
            })
    void aDamagedFileIsNoBackup(String text) throws IOException {
        write(text);
        assertEquals(Optional.empty(), last.backup());
    }

    @Test
    void aHugeFileIsNotRead() throws IOException {
        write(GOOD);
        try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
            huge.setLength(10L << 30);
        }
        assertEquals(Optional.empty(), assertTimeout(Duration.ofSeconds(2), last::backup));
    }
}
