package dev.dashboard.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lines as backup.sh writes them. */
class BackupRecordsTest {
    private static final Ran GOOD = new Ran("good", "", true, true);
    private static final Ran BAD_LOCAL = failed(
            "local-check",
            "what /data/backups/repository has is not what was stored: its set.json is another one",
            false,
            false);
    private static final Ran BAD_REMOTE = failed(
            "s3-check", "s3:https://s3.example.org/bucket is damaged: Fatal: repository contains errors", true, false);
    private static final Ran NO_SNAPSHOT = failed("snapshot", "no room", false, false);

    /** @param why phase and message, as they stand in the line */
    private record Ran(String outcome, String why, boolean local, boolean remote) {}

    private static Ran failed(String phase, String message, boolean local, boolean remote) {
        return new Ran("failed", ",\"phase\":\"" + phase + "\",\"message\":\"" + message + "\"", local, remote);
    }

    @TempDir
    private Path folder;

    private BackupRecords records;

    @BeforeEach
    void open() {
        records = new BackupRecords(folder);
    }

    /** Oldest first. */
    private boolean failsTrials(Ran... runs) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Ran ran : runs) {
            lines.append("{\"id\":\"20261126T030000Z-1\",\"startedAt\":\"2026-11-26T03:00:00Z\",")
                    .append("\"finishedAt\":\"2026-11-26T03:00:12Z\",\"trigger\":\"clock\",")
                    .append("\"outcome\":\"%s\"%s,\"bytes\":4096,\"seconds\":12,\"local\":%s,\"remote\":%s}\n"
                            .formatted(ran.outcome(), ran.why(), ran.local(), ran.remote()));
        }
        Files.writeString(folder.resolve("history.jsonl"), lines);
        assertEquals(runs.length, records.runs().size(), "all lines are understood");
        return records.failsTrials();
    }

    @Test
    void withoutAHistoryNothingHasFailed() {
        assertFalse(records.failsTrials());
    }

    @Test
    void aTrialThatFailedCountsUntilOneSucceeds() throws IOException {
        assertFalse(failsTrials(GOOD, GOOD));
        assertTrue(failsTrials(GOOD, BAD_LOCAL));
        assertTrue(failsTrials(GOOD, BAD_REMOTE));
        assertFalse(failsTrials(GOOD, BAD_LOCAL, GOOD));
    }

    @Test
    void aRunThatCameToNoTrialChangesNothing() throws IOException {
        assertTrue(failsTrials(GOOD, BAD_LOCAL, NO_SNAPSHOT, NO_SNAPSHOT));
        assertFalse(failsTrials(GOOD, NO_SNAPSHOT));
        assertFalse(failsTrials(NO_SNAPSHOT));
    }

    @ParameterizedTest
    @CsvSource({
        // There is a copy on this machine that was compared, and S3 was not reached.
        "s3, cannot be opened, true, false, false",
        "s3-check, it cannot be read back, true, false, true",
        "local-check, it cannot be read back, false, true, true",
        "local, not stored, false, true, false",
        "local-check, interrupted, false, false, false",
        "s3-check, interrupted; no old ones were removed, true, false, false",
    })
    void whatARunOfTwoCopiesProves(String phase, String message, boolean local, boolean remote, boolean fails)
            throws IOException {
        assertEquals(fails, failsTrials(GOOD, failed(phase, message, local, remote)));
        // What was not compared leaves the word to the run before.
        boolean proven = !fails && (local || remote);
        assertEquals(!proven, failsTrials(BAD_LOCAL, failed(phase, message, local, remote)));
    }
}
