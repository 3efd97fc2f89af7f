package dev.dashboard.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.problem.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class DatabaseTest {
    private static final int READERS = 2;

    @TempDir
    private Path folder;

    private Path file;
    private Database db;

    @BeforeEach
    void open() {
        file = folder.resolve("dashboard.db");
        db = Database.open(file, READERS);
        db.write(tx -> tx.update("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INTEGER)"));
    }

    @AfterEach
    void close() {
        db.close();
    }

    private void insert(long id, String name) {
        db.write(tx -> tx.update("INSERT INTO t(id, name) VALUES (?, ?)", id, name));
    }

    private List<Long> ids() {
        return db.list("SELECT id FROM t ORDER BY id", Map.of(), row -> row.longValue("id"));
    }

    // ---- reading

    @Test
    void everyPragmaTookEffect() {
        record Pragma(String name, Object writer, Object reader) {}
        for (Pragma pragma : List.of(
                new Pragma("journal_mode", "wal", "wal"),
                new Pragma("synchronous", 2, 2),
                new Pragma("foreign_keys", 1, 1),
                new Pragma("query_only", 0, 1))) {
            String sql = "PRAGMA " + pragma.name;
            assertEquals(
                    Optional.of(pragma.writer.toString()),
                    db.write(tx -> tx.first(sql, row -> row.string(pragma.name))),
                    pragma.name);
            assertEquals(
                    Optional.of(pragma.reader.toString()),
                    db.first(sql, Map.of(), row -> row.string(pragma.name)),
                    pragma.name);
        }
        assertEquals(
                Optional.of(2000L), db.write(tx -> tx.first("PRAGMA busy_timeout", row -> row.longValue("timeout"))));
    }

    @Test
    void newFileIsReadableByItsOwnerOnly() throws Exception {
        for (String name : List.of("dashboard.db", "dashboard.db-wal")) {
            assertEquals(
                    PosixFilePermissions.fromString("rw-------"),
                    Files.getPosixFilePermissions(folder.resolve(name)),
                    name);
        }
    }

    @Test
    void valuesComeBackAsTheyWere() {
        Instant now = Instant.ofEpochMilli(1_790_000_000_123L);
        String text = "x".repeat(100_000) + "\u0000 :name ? ' \" 😀";
        db.write(tx -> tx.update("CREATE TABLE v(text, small, large, time, flag, ratio, absent)"));
        db.write(tx -> tx.update(
                "INSERT INTO v VALUES (?, ?, ?, ?, ?, ?, ?)", text, 7, 1L << 40, now, true, 0.25, Optional.empty()));
        RowMapper<List<Object>> all = row -> List.of(
                row.string("text"),
                row.longValue("small"),
                row.intValue("small"),
                row.longValue("large"),
                row.instant("time"),
                row.bool("flag"),
                row.doubleValue("ratio"),
                row.optString("absent"),
                row.optLong("absent"),
                row.optInstant("absent"));
        List<Object> expected =
                List.of(text, 7L, 7, 1L << 40, now, true, 0.25, Optional.empty(), Optional.empty(), Optional.empty());

        assertEquals(expected, db.first("SELECT * FROM v", Map.of(), all).orElseThrow());
        assertEquals(expected, db.write(tx -> tx.first("SELECT * FROM v", all)).orElseThrow());
        assertEquals(
                Optional.of(1L),
                db.first(
                        "SELECT count(*) AS c FROM v WHERE text = :text AND time = :time AND flag = :flag",
                        Map.of("text", text, "time", now, "flag", true),
                        row -> row.longValue("c")));
    }

    @Test
    void nullWhereAValueIsNeededNamesTheColumn() {
        insert(1, "a");
        IllegalStateException thrown = assertThrows(
                IllegalStateException.class, () -> db.first("SELECT n FROM t", Map.of(), row -> row.longValue("n")));
        assertTrue(thrown.getMessage().contains("column n"), thrown.getMessage());
    }

    @Test
    void parameterThatIsNotGivenIsRefused() {
        insert(1, "a");
        assertThrows(
                RuntimeException.class,
                () -> db.list("SELECT id FROM t WHERE name = :name", Map.of(), row -> row.longValue("id")));
        Map<String, Object> withNull = new HashMap<>();
        withNull.put("name", null);
        assertEquals(List.of(), db.list("SELECT id FROM t WHERE name = :name", withNull, row -> row.longValue("id")));
        assertThrows(
                IllegalArgumentException.class,
                () -> db.write(tx -> tx.update("INSERT INTO t(id, name) VALUES (?, ?)", 2)));
    }

    @Test
    void readersRefuseToWrite() {
        assertThrows(
                RuntimeException.class,
                () -> db.read(connection -> connection.createStatement().executeUpdate("DELETE FROM t")));
    }

    @Test
    void noKindOfFailedReadKeepsAConnection() {
        insert(1, "a");
        insert(2, "b");
        for (int i = 0; i < 3 * READERS; i++) {
            assertThrows(
                    RuntimeException.class, () -> db.list("SELECT nonsense FROM t", Map.of(), row -> row.string("id")));
            assertThrows(
                    RuntimeException.class,
                    () -> db.list("SELECT id FROM t WHERE id = :id AND name = :name", Map.of("id", 1), _ -> 1));
            assertThrows(RuntimeException.class, () -> db.list("SELECT id FROM t", Map.of(), row -> row.string("no")));
            assertThrows(
                    RuntimeException.class,
                    () -> db.read(connection -> connection.prepareStatement("SELECT nonsense FROM t")));
            assertEquals(
                    Optional.of(1L), db.first("SELECT id FROM t ORDER BY id", Map.of(), row -> row.longValue("id")));
        }
        assertEquals(List.of(1L, 2L), ids());
    }

    @Test
    void snapshotSeesOneState() throws Exception {
        insert(1, "a");
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch written = new CountDownLatch(1);
        CompletableFuture<List<Long>> counts = CompletableFuture.supplyAsync(() -> db.snapshot(reads -> {
            List<Long> found = new ArrayList<>();
            found.addAll(reads.list("SELECT count(*) AS c FROM t", row -> row.longValue("c")));
            first.countDown();
            await(written);
            found.addAll(reads.list("SELECT count(*) AS c FROM t", row -> row.longValue("c")));
            return found;
        }));
        await(first);
        insert(2, "b");
        written.countDown();
        assertEquals(List.of(1L, 1L), counts.get(10, TimeUnit.SECONDS));
        assertEquals(List.of(1L, 2L), ids());
    }

    // ---- writing

    /** Holds the writer with one unit until the latch opens, so that what is queued behind it forms one group. */
    private CompletableFuture<Boolean> hold(CountDownLatch until) {
        CountDownLatch held = new CountDownLatch(1);
        CompletableFuture<Boolean> done = CompletableFuture.supplyAsync(() -> db.write(_ -> {
            held.countDown();
            return await(until);
        }));
        await(held);
        return done;
    }

    private CompletableFuture<Integer> inBackground(WriteWork<Integer> work) {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                answer.complete(db.write(work));
            } catch (Throwable e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Throwable failureOf(CompletableFuture<?> answer) {
        return assertThrows(java.util.concurrent.ExecutionException.class, () -> answer.get(20, TimeUnit.SECONDS))
                .getCause();
    }

    @Test
    void failingUnitLeavesTheOthersOfItsGroup() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Boolean> held = hold(go);
        List<Integer> hooks = new ArrayList<>();
        Problem refusal = Problem.conflict("no", "No.");
        List<CompletableFuture<Integer>> good = new ArrayList<>();
        List<CompletableFuture<Integer>> bad = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int id = i;
            good.add(inBackground(tx -> {
                tx.afterCommit(() -> hooks.add(id));
                return tx.update("INSERT INTO t(id) VALUES (?)", id);
            }));
            bad.add(inBackground(tx -> {
                tx.afterCommit(() -> hooks.add(-1));
                tx.update("INSERT INTO t(id) VALUES (?)", 1000 + id);
                if (id % 2 == 0) {
                    throw refusal;
                }
                return tx.update("INSERT INTO t(id) VALUES (?)", 1000 + id);
            }));
        }
        go.countDown();
        held.get(20, TimeUnit.SECONDS);
        for (int i = 0; i < 20; i++) {
            assertEquals(1, good.get(i).get(20, TimeUnit.SECONDS));
            Throwable failure = failureOf(bad.get(i));
            if (i % 2 == 0) {
                assertEquals(refusal, failure);
            } else {
                assertTrue(((StoreException) failure).isConstraint(), failure.toString());
            }
        }
        assertEquals(20, ids().size());
        assertEquals(20, hooks.size());
        assertFalse(hooks.contains(-1));
    }

    @Test
    void errorInAUnitReachesItsCallerAndTheWriterGoesOn() {
        assertThrows(
                StackOverflowError.class,
                () -> db.write(tx -> {
                    tx.update("INSERT INTO t(id) VALUES (1)");
                    throw new StackOverflowError();
                }));
        insert(2, "b");
        assertEquals(List.of(2L), ids());
    }

    @Test
    void violatedConstraintMayBeSurvivedInsideTheUnit() {
        insert(1, "a");
        int changed = db.write(tx -> {
            tx.update("INSERT INTO t(id, name) VALUES (2, 'b')");
            assertThrows(StoreException.class, () -> tx.update("INSERT INTO t(id, name) VALUES (3, 'a')"));
            return tx.update("INSERT INTO t(id, name) VALUES (4, 'd')");
        });
        assertEquals(1, changed);
        assertEquals(List.of(1L, 2L, 4L), ids());
    }

    @Test
    void hooksRunAfterTheCommitAndBeforeTheAnswer() {
        AtomicInteger seen = new AtomicInteger();
        db.write(tx -> {
            tx.update("INSERT INTO t(id) VALUES (1)");
            tx.afterCommit(() -> seen.set(countFromOutside()));
            tx.afterCommit(() -> {
                throw new IllegalStateException("a hook that fails harms nobody");
            });
            return 0;
        });
        assertEquals(1, seen.get());
        insert(2, "b");
    }

    private int countFromOutside() {
        try (Connection other = other();
                var results = other.createStatement().executeQuery("SELECT count(*) FROM t")) {
            results.next();
            return results.getInt(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private Connection other() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file);
    }

    @Test
    void whoMeasuresIsToldOfCommitsAndOfThoseThatFail() throws Exception {
        List<Integer> events = new ArrayList<>();
        AtomicInteger failures = new AtomicInteger();
        db.tell(new WriteListener() {
            @Override
            public void committed(Duration took, int number) {
                assertTrue(took.isPositive());
                events.add(number);
                throw new IllegalStateException("who measures must not stop the writer");
            }

            @Override
            public void failed() {
                failures.incrementAndGet();
            }
        });
        db.write(tx -> {
            tx.stores(2);
            tx.stores(1);
            return 0;
        });
        assertThrows(
                IllegalStateException.class,
                () -> db.write(tx -> {
                    tx.stores(7);
                    throw new IllegalStateException("nothing of it is stored");
                }));
        insert(1, "without events");
        assertEquals(List.of(3, 0, 0), events);
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            other.createStatement().executeUpdate("BEGIN IMMEDIATE");
            assertThrows(Problem.class, () -> insert(2, "locked"));
        }
        assertEquals(1, failures.get());
    }

    @Test
    void transactionIsOfNoUseOutsideItsWork() {
        AtomicReference<Transaction> kept = new AtomicReference<>();
        db.write(tx -> {
            kept.set(tx);
            return 0;
        });
        assertThrows(IllegalStateException.class, () -> kept.get().update("INSERT INTO t(id) VALUES (1)"));
        assertEquals(List.of(), ids());
    }

    @Test
    void callFromInsideIsRefusedInsteadOfWaitingForItself() {
        assertThrows(IllegalStateException.class, () -> db.write(_ -> db.write(_ -> 0)));
        assertThrows(IllegalStateException.class, () -> db.write(_ -> ids()));
        assertThrows(IllegalStateException.class, () -> db.read(_ -> ids()));
    }

    @Test
    void fullQueueIsBusyAndNothingOfItIsLost() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Boolean> held = hold(go);
        AtomicInteger busy = new AtomicInteger();
        AtomicInteger stored = new AtomicInteger();
        int more = 50;
        List<Thread> threads = new ArrayList<>();
        CountDownLatch refused = new CountDownLatch(more);
        for (int i = 0; i < Writer.QUEUE + more; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    stored.addAndGet(db.write(tx -> tx.update("INSERT INTO t(name) VALUES (NULL)")));
                } catch (Problem e) {
                    assertEquals(Problem.Kind.BUSY, e.kind());
                    busy.incrementAndGet();
                    refused.countDown();
                }
            }));
        }
        assertTrue(await(refused));
        go.countDown();
        held.get(20, TimeUnit.SECONDS);
        for (Thread thread : threads) {
            assertTrue(thread.join(java.time.Duration.ofSeconds(20)));
        }
        assertEquals(more, busy.get());
        assertEquals(Writer.QUEUE, stored.get());
        assertEquals(Writer.QUEUE, ids().size());
    }

    @Test
    void interruptedCallerStillLearnsTheTruth() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Boolean> held = hold(go);
        CompletableFuture<String> outcome = new CompletableFuture<>();
        Thread caller = Thread.ofVirtual().start(() -> {
            int changed = db.write(tx -> tx.update("INSERT INTO t(id) VALUES (1)"));
            outcome.complete(changed + " " + Thread.currentThread().isInterrupted());
        });
        caller.interrupt();
        go.countDown();
        held.get(20, TimeUnit.SECONDS);
        assertEquals("1 true", outcome.get(20, TimeUnit.SECONDS));
    }

    // ---- failures of what it stands on

    @Test
    void lockedFileIsUnavailableAndHealsByItself() throws Exception {
        try (Connection other = other()) {
            other.createStatement().executeUpdate("BEGIN IMMEDIATE");
            AtomicInteger hooks = new AtomicInteger();
            Problem problem = assertThrows(
                    Problem.class,
                    () -> db.write(tx -> {
                        tx.afterCommit(hooks::incrementAndGet);
                        return tx.update("INSERT INTO t(id) VALUES (1)");
                    }));
            assertEquals(Problem.Kind.UNAVAILABLE, problem.kind());
            assertEquals("journal-unavailable", problem.code());
            assertEquals(0, hooks.get());
            assertFalse(db.writable());
            other.createStatement().executeUpdate("ROLLBACK");
        }
        insert(2, "b");
        assertEquals(List.of(2L), ids());
    }

    @Test
    void fullDiskLosesTheGroupAndHealsByItself() throws Exception {
        insert(1, "a");
        db.write(tx -> tx.first("PRAGMA max_page_count = 20", row -> row.longValue("max_page_count")));
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Boolean> held = hold(go);
        CompletableFuture<Integer> large =
                inBackground(tx -> tx.update("INSERT INTO t(id, name) VALUES (2, ?)", "x".repeat(1_000_000)));
        CompletableFuture<Integer> swallowing = inBackground(tx -> {
            assertThrows(
                    Problem.class, () -> tx.update("INSERT INTO t(id, name) VALUES (3, ?)", "y".repeat(1_000_000)));
            return 0;
        });
        go.countDown();
        held.get(20, TimeUnit.SECONDS);
        for (CompletableFuture<Integer> answer : List.of(large, swallowing)) {
            assertEquals("journal-unavailable", ((Problem) failureOf(answer)).code());
        }
        db.write(tx -> tx.first("PRAGMA max_page_count = 1000000", row -> row.longValue("max_page_count")));
        insert(4, "d");
        assertEquals(List.of(1L, 4L), ids());
    }

    @Test
    void commitThatFailsStoresNothingAndTheWriterGoesOn() {
        AtomicInteger hooks = new AtomicInteger();
        // A deferred constraint is checked by the commit alone.
        db.write(
                tx -> tx.update(
                        "CREATE TABLE child(id INTEGER PRIMARY KEY, t INTEGER REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED)"));
        Problem problem = assertThrows(
                Problem.class,
                () -> db.write(tx -> {
                    tx.afterCommit(hooks::incrementAndGet);
                    return tx.update("INSERT INTO child(t) VALUES (99)");
                }));
        assertEquals("journal-unavailable", problem.code());
        assertEquals(0, hooks.get());
        insert(1, "a");
        assertEquals(List.of(1L), ids());
        assertEquals(List.of(), db.list("SELECT id FROM child", Map.of(), row -> row.longValue("id")));
    }

    @Test
    void brokenTransactionOfAUnitDoesNotReachTheNextGroup() {
        assertThrows(Problem.class, () -> db.write(tx -> tx.update("ROLLBACK")));
        insert(1, "a");
        assertEquals(List.of(1L), ids());
    }

    @Test
    void fileThatIsNoDatabaseIsNamed() throws Exception {
        Path other = Files.writeString(folder.resolve("other.db"), "this is no database at all ".repeat(100));
        Problem problem = assertThrows(Problem.class, () -> Database.open(other, READERS));
        assertEquals("database-not-opened", problem.code());
        assertTrue(problem.getMessage().contains(other.toString()), problem.getMessage());
    }

    @Test
    void damageIsFound() throws Exception {
        db.check();
        db.write(tx -> {
            List<Object[]> rows = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                rows.add(new Object[] {i, "name " + i + "x".repeat(100)});
            }
            tx.batch("INSERT INTO t(id, name) VALUES (?, ?)", rows);
            return 0;
        });
        db.close();
        byte[] bytes = Files.readAllBytes(file);
        java.util.Arrays.fill(bytes, 10 * 4096, 20 * 4096, (byte) 0x5a);
        Files.write(file, bytes);
        db = Database.open(file, READERS);
        assertEquals("database-damaged", assertThrows(Problem.class, db::check).code());
    }

    @Test
    void closingWritesWhatIsQueuedThenRefuses() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Boolean> held = hold(go);
        CompletableFuture<Integer> queued = inBackground(tx -> tx.update("INSERT INTO t(id) VALUES (1)"));
        Thread closing = Thread.ofVirtual().start(db::close);
        go.countDown();
        held.get(20, TimeUnit.SECONDS);
        assertTrue(closing.join(java.time.Duration.ofSeconds(20)));
        db.close();
        try {
            assertEquals(1, queued.get(20, TimeUnit.SECONDS));
            assertEquals(1, countFromOutside());
        } catch (java.util.concurrent.ExecutionException e) {
            // It came too late: then it must have been told so.
            assertEquals("database-closed", ((Problem) e.getCause()).code());
            assertEquals(0, countFromOutside());
        }
        assertEquals(
                "database-closed",
                assertThrows(Problem.class, () -> insert(2, "b")).code());
        assertEquals("database-closed", assertThrows(Problem.class, this::ids).code());
    }
}
