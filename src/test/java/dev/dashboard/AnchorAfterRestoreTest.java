package dev.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.audit.AuditAnchor;
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
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a restore asks of the program: the anchor for an older database, and that nobody else starts on its folder. */
class AnchorAfterRestoreTest {
    private static final String LATER = "7 " + "b".repeat(64) + " 2026-01-02T03:04:06Z";

    @TempDir
    Path dir;

    private String first;

    @BeforeEach
    void record() throws IOException {
        try (Database db = Database.open(dir.resolve("dashboard.db"), 1);
                Feed feed = new Feed()) {
            Migrations.apply(db, Schema.MIGRATIONS);
            Journal journal = new Journal(db, feed, List.of(AuditLog.projection()), Clock.systemUTC());
            journal.append(List.of(new Draft(Optional.empty(), Actor.SERVER, new Event.SignedOut(UserId.random()))));
            first = "1 " + new AuditLog(db).head().hash() + " 2026-01-02T03:04:05Z";
        }
        Files.writeString(dir.resolve("audit-anchor"), first + "\n" + LATER + "\n");
    }

    private int anchor() {
        return AnchorAfterRestore.run(new String[] {
            "anchor-after-restore",
            "--database",
            dir.resolve("dashboard.db").toString(),
            "--anchor",
            dir.resolve("audit-anchor").toString(),
            "--to",
            dir.resolve("fresh").toString(),
            "--set",
            "abcd0123"
        });
    }

    private int verify(String anchor) {
        return VerifyAudit.run(new String[] {
            "verify-audit",
            "--data",
            dir.toString(),
            "--anchor",
            dir.resolve(anchor).toString()
        });
    }

    @Test
    void whatTheCopyHasStaysProvenAndTheRestoreIsTold() throws IOException {
        assertEquals(1, verify("audit-anchor"));
        assertEquals(0, anchor());
        List<String> lines = Files.readAllLines(dir.resolve("fresh"));
        assertEquals(2, lines.size());
        assertEquals(first, lines.getFirst());
        assertTrue(lines.getLast()
                .matches("restored \\S+Z set abcd0123, 1 records [0-9a-f]{64}, in place of 7 records b{64}"));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("fresh"))));
        assertEquals(0, verify("fresh"));
        assertEquals(
                List.of(lines.getLast().substring("restored ".length())), AuditAnchor.restores(dir.resolve("fresh")));
    }

    @Test
    void anEarlierRestoreIsToldOnAndLinesAfterItAreRead() throws IOException {
        Files.writeString(dir.resolve("audit-anchor"), "restored before\n" + first + "\n" + LATER + "\n");
        assertEquals(0, anchor());
        Path fresh = dir.resolve("fresh");
        assertEquals("before", AuditAnchor.restores(fresh).getFirst());
        assertEquals(2, AuditAnchor.restores(fresh).size());
        Files.writeString(fresh, Files.readString(fresh) + LATER + "\n");
        assertEquals(2, AuditAnchor.read(fresh).size());
    }

    @Test
    void ofAnotherChainNothingIsTakenOver() throws IOException {
        Files.writeString(dir.resolve("audit-anchor"), "1 " + "c".repeat(64) + " 2026-01-02T03:04:05Z\n");
        assertEquals(0, anchor());
        assertEquals(1, Files.readAllLines(dir.resolve("fresh")).size());
        assertEquals(0, verify("fresh"));
    }

    @Test
    void aDamagedAnchorDoesNotHoldARestoreUp() throws IOException {
        Files.writeString(dir.resolve("audit-anchor"), "nonsense\n" + first + "\n");
        assertEquals(0, anchor());
        assertEquals(1, Files.readAllLines(dir.resolve("fresh")).size());
        assertEquals(0, verify("fresh"));
    }

    @Test
    void withoutAnAnchorOrWithOneInTheWay() throws IOException {
        Files.delete(dir.resolve("audit-anchor"));
        assertEquals(0, anchor());
        assertEquals(1, anchor());
        assertEquals(64, AnchorAfterRestore.run(new String[] {"anchor-after-restore", "--database"}));
    }

    @Test
    void aHeldFolderIsLetGoAtTheEndOfTheInput() throws IOException {
        InputStream before = System.in;
        try (DataFolder _ = DataFolder.open(dir)) {
            assertEquals(1, HoldData.run(new String[] {"hold", "--data", dir.toString()}));
        }
        boolean[] open = {true};
        System.setIn(new InputStream() {
            @Override
            public int read() {
                assertEquals(1, HoldData.run(new String[] {"hold", "--data", dir.toString()}));
                open[0] = false;
                return -1;
            }
        });
        try {
            assertEquals(0, HoldData.run(new String[] {"hold", "--data", dir.toString()}));
        } finally {
            System.setIn(before);
        }
        assertFalse(open[0], "it did not wait for the end of its input");
        assertEquals(64, HoldData.run(new String[] {"hold"}));
    }
}
