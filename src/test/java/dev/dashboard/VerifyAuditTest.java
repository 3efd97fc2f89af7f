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
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The subcommand that operators and runbooks use on a stopped server; its exit code is the answer. */
class VerifyAuditTest {
    @TempDir
    Path dir;

    @BeforeEach
    void record() {
        try (Database db = Database.open(dir.resolve("dashboard.db"), 1);
                Feed feed = new Feed()) {
            Migrations.apply(db, Schema.MIGRATIONS);
            Journal journal = new Journal(db, feed, List.of(AuditLog.projection()), Clock.systemUTC());
            journal.append(List.of(new Draft(Optional.empty(), Actor.SERVER, new Event.SignedOut(UserId.random()))));
        }
    }

    private int verify(String... more) {
        List<String> args = new java.util.ArrayList<>(List.of("verify-audit", "--data", dir.toString()));
        args.addAll(List.of(more));
        return VerifyAudit.run(args.toArray(String[]::new));
    }

    @Test
    void aWholeAuditEndsWithZero() {
        assertEquals(0, verify());
    }

    @Test
    void aChangedOneEndsWithOne() throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("dashboard.db"));
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE audit SET hash = 'x' WHERE n = 1");
        }
        assertEquals(1, verify());
    }

    @Test
    void aServerThatRunsHoldsItsFolder() {
        try (DataFolder _ = DataFolder.open(dir)) {
            assertEquals(1, verify());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void whatIsNoCommandIsSaidToBeNone() {
        assertEquals(64, VerifyAudit.run(new String[] {"verify"}));
        assertEquals(64, verify("--anchor"));
        assertEquals(64, VerifyAudit.run(new String[] {
            "verify-audit", "--data", dir.resolve("none").toString()
        }));
    }
}
