package dev.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.audit.AuditLog;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.UserId;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The subcommand with which scripts tell whether what they have restored is what was taken; its exit code is the answer. */
class VerifySnapshotTest {
    @TempDir
    Path dir;

    private Path copy;

    @BeforeEach
    void take() {
        try (Database db = Database.open(dir.resolve("dashboard.db"), 1);
                Feed feed = new Feed()) {
            Migrations.apply(db, Schema.MIGRATIONS);
            Journal journal = new Journal(db, feed, List.of(AuditLog.projection()), Clock.systemUTC());
            journal.append(List.of(new Draft(Optional.empty(), Actor.SERVER, new Event.SignedOut(UserId.random()))));
        }
        copy = dir.resolve("copy.db");
        assertEquals(0, TakeSnapshot.run(new String[] {"snapshot", "--data", dir.toString(), "--to", copy.toString()}));
    }

    private int verify() {
        return VerifySnapshot.run(new String[] {"verify-snapshot", "--manifest", copy + ".json", copy.toString()});
    }

    @Test
    void whatWasTakenEndsWithZero() {
        assertEquals(0, verify());
    }

    @Test
    void aChangedOneEndsWithOne() throws IOException {
        Files.write(copy, new byte[] {0}, StandardOpenOption.APPEND);

        assertEquals(1, verify());
    }

    @Test
    void withoutAManifestItEndsWithOne() throws IOException {
        Files.delete(Path.of(copy + ".json"));

        assertEquals(1, verify());
    }

    @Test
    void whatIsNoCommandIsSaidToBeNone() {
        assertEquals(64, VerifySnapshot.run(new String[] {"verify-snapshot"}));
        assertEquals(64, VerifySnapshot.run(new String[] {"verify-snapshot", "--data", "x", "y"}));
        assertEquals(0, VerifySnapshot.run(new String[] {"verify-snapshot", "--help"}));
    }
}
