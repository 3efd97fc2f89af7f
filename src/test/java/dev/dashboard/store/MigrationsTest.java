package dev.dashboard.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class MigrationsTest {
    private static final String JOURNAL = "db/001-journal.sql";
    private static final String GOOD = "db/002-test-good.sql";
    private static final String FAILING = "db/003-test-failing.sql";

    @TempDir
    private Path folder;

    private Database db;

    @BeforeEach
    void open() {
        db = Database.open(folder.resolve("dashboard.db"), 1);
    }

    @AfterEach
    void close() {
        db.close();
    }

    private List<String> applied() {
        return db.list("SELECT name FROM schema_version ORDER BY version", Map.of(), row -> row.string("name"));
    }

    private List<String> tables() {
        return db.list(
                "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
                Map.of(),
                row -> row.string("name"));
    }

    @Test
    void eachIsAppliedOnceAndInOrder() {
        Migrations.apply(db, List.of(JOURNAL));
        assertEquals(List.of(JOURNAL), applied());
        for (int start = 0; start < 2; start++) {
            Migrations.apply(db, List.of(JOURNAL, GOOD));
            assertEquals(List.of(JOURNAL, GOOD), applied());
            assertEquals(List.of("events", "good", "schema_version"), tables());
        }
        // The file holds two statements, and a second run would have made a second row.
        assertEquals(List.of(7L), db.list("SELECT n FROM good", Map.of(), row -> row.longValue("n")));
    }

    @Test
    void failingMigrationLeavesTheDatabaseAsItWas() {
        Problem problem = assertThrows(Problem.class, () -> Migrations.apply(db, List.of(JOURNAL, GOOD, FAILING)));
        assertEquals("migration-failed", problem.code());
        assertTrue(problem.getMessage().contains(FAILING), problem.getMessage());
        assertEquals(List.of(JOURNAL, GOOD), applied());
        assertEquals(List.of("events", "good", "schema_version"), tables());
        assertEquals(List.of(7L), db.list("SELECT n FROM good", Map.of(), row -> row.longValue("n")));
    }

    @Test
    void newerSchemaIsRefused() {
        Migrations.apply(db, List.of(JOURNAL, GOOD));
        Problem problem = assertThrows(Problem.class, () -> Migrations.apply(db, List.of(JOURNAL)));
        assertEquals("schema-newer", problem.code());
        assertTrue(problem.getMessage().contains("schema 2"), problem.getMessage());
    }

    @Test
    void gapOrUnknownNameIsRefusedBeforeAnythingIsDone() {
        for (List<String> wrong : List.of(
                List.of(GOOD), List.of(JOURNAL, FAILING), List.of(JOURNAL, JOURNAL), List.of("db/1-journal.sql"))) {
            assertThrows(IllegalArgumentException.class, () -> Migrations.apply(db, wrong));
        }
        assertEquals(List.of(), tables());
        assertThrows(
                IllegalArgumentException.class,
                () -> Migrations.apply(db, List.of("db/001-there-is-no-such-file.sql")));
    }
}
