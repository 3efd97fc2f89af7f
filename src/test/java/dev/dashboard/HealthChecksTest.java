package dev.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.LocalCustody;
import dev.dashboard.observe.Health;
import dev.dashboard.observe.Health.Check;
import dev.dashboard.observe.Health.Finding;
import dev.dashboard.runner.Keys;
import dev.dashboard.runner.RunnerCustody;
import dev.dashboard.session.CliHealth;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import dev.dashboard.support.Await;
import dev.dashboard.support.TestClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each check fails when what it looks at really fails, and no other does; only what a restart cures makes the server dead. */
@Timeout(60)
class HealthChecksTest {
    /** Instead of a minute; for the tests of what it is about alone. */
    private static final Duration PATIENCE = Duration.ofMillis(300);

    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private DataFolder data;
    private Database database;
    private long diskFree = 1;

    @BeforeEach
    void open() {
        data = DataFolder.open(folder);
        database = Database.open(data.database(), 2);
        Migrations.apply(database, Schema.MIGRATIONS);
    }

    @AfterEach
    void close() throws Exception {
        database.close();
        data.close();
    }

    private Health health() {
        return health(LONG, LONG);
    }

    private Health health(Duration threadPatience, Duration longestWork) {
        return new Health(HealthChecks.vital(database, data, diskFree, threadPatience, longestWork), Duration.ZERO);
    }

    private static List<String> failing(Health health) {
        return health.findings().stream()
                .filter(finding -> !finding.isWell())
                .map(Finding::name)
                .toList();
    }

    private Connection otherProgram() throws Exception {
        return DriverManager.getConnection("jdbc:sqlite:" + data.database());
    }

    @Test
    void aServerThatLacksNothingIsReady() {
        Health health = health();
        assertEquals(List.of(), failing(health));
        assertTrue(health.live() && health.ready());
    }

    // ---- what makes it dead

    @Test
    void whenNoVirtualThreadRunsThatIsFoundAndNothingElse() throws Exception {
        Health health = health(PATIENCE, LONG);
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> greedy = new ArrayList<>();
        try {
            // They never give their carrier back, as a native call that hangs does not.
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                greedy.add(Thread.ofVirtual().start(() -> {
                    while (!over.get()) {
                        Thread.onSpinWait();
                    }
                }));
            }
            Await.until(
                    "they have all carriers", () -> health.findings().stream().anyMatch(finding -> !finding.isWell()));
            assertEquals(List.of("threads"), failing(health));
            assertFalse(health.live());
        } finally {
            over.set(true);
        }
        for (Thread thread : greedy) {
            thread.join();
        }
        Await.until("they run again", health::live);
    }

    @Test
    void aWriterThatDoesNotComeOutOfItsWorkIsFound() throws Exception {
        Health health = health(LONG, PATIENCE);
        CompletableFuture<Integer> mayGoOn = new CompletableFuture<>();
        Thread caller = Thread.ofVirtual().start(() -> database.write(_ -> mayGoOn.join()));
        Await.until("it is found", () -> !health.live());
        // What waits for the writer is not written either.
        assertEquals(List.of("writer", "journal"), failing(health));
        mayGoOn.complete(0);
        caller.join();
        Await.until("it is well again", () -> failing(health).isEmpty());
    }

    @Test
    void aWriterThatHasEndedIsFound() {
        Health health = health();
        database.write(_ -> {
            Thread.currentThread().interrupt();
            return 0;
        });
        Await.until("it is found", () -> !health.live());
        assertTrue(health.findings().stream()
                .anyMatch(finding -> finding.fault()
                        .filter(told -> told.contains("has ended"))
                        .isPresent()));
    }

    @Test
    void longWorkThatGoesOnAskingTheDatabaseIsNotStuck() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Thread caller = Thread.ofVirtual()
                .start(() -> database.write(tx -> {
                    long end = System.nanoTime() + PATIENCE.multipliedBy(3).toNanos();
                    while (System.nanoTime() < end) {
                        tx.update("UPDATE schema_version SET name = name");
                        begun.countDown();
                    }
                    return 0;
                }));
        begun.await();
        List<String> faults = new ArrayList<>();
        while (caller.isAlive()) {
            database.writerFault(PATIENCE).ifPresent(faults::add);
            caller.join(Duration.ofMillis(5));
        }
        assertEquals(List.of(), faults);
    }

    // ---- what makes it unready, and does not make it dead

    @Test
    void aDatabaseThatAnotherProgramHoldsLeavesTheServerAlive() throws Exception {
        Health health = health();
        try (Connection other = otherProgram()) {
            other.createStatement().executeUpdate("BEGIN IMMEDIATE");
            assertEquals(List.of("journal"), failing(health));
            assertTrue(health.live());
            assertFalse(health.ready());
            other.createStatement().executeUpdate("ROLLBACK");
        }
        Await.until("it is well again", () -> failing(health).isEmpty());
    }

    @Test
    void aSchemaOfAnotherReleaseLeavesTheServerAlive() throws Exception {
        Health health = health();
        try (Connection other = otherProgram()) {
            other.createStatement().executeUpdate("INSERT INTO schema_version VALUES (999, 'db/999-later.sql', 0)");
        }
        assertEquals(List.of("schema"), failing(health));
        assertTrue(health.live());
        assertFalse(health.ready());
    }

    @Test
    void aDatabaseThatWasReplacedUnderneathIsFound() throws Exception {
        Health health = health();
        Path copy = folder.resolve("copy.db");
        Files.copy(data.database(), copy);
        Files.move(copy, data.database(), StandardCopyOption.REPLACE_EXISTING);
        assertEquals(List.of("schema"), failing(health));
        Files.delete(data.database());
        assertEquals(List.of("schema"), failing(health));
        assertTrue(health.live());
    }

    @Test
    void aDiskWithTooLittleLeftLeavesTheServerAlive() {
        diskFree = Long.MAX_VALUE;
        Health health = health();
        assertEquals(List.of("disk"), failing(health));
        assertTrue(health.live());
        assertFalse(health.ready());
    }

    @Test
    void aServerThatIsAboutToStopIsAliveAndGetsNoRequests() {
        Health health = health();
        health.drain();
        assertEquals(List.of("draining"), failing(health));
        assertTrue(health.live());
        assertFalse(health.ready());
    }

    // ---- what degrades it

    @Test
    void aServerWithoutACliOrACredentialIsReadyAllTheSame() {
        try (LocalCustody custody = new LocalCustody(folder.resolve("no-claude"), folder)) {
            CliHealth cli = new CliHealth(custody, new TestClock());
            Health withoutCli = ofSessions(HealthChecks.ofSessions(cli, true, Optional.empty(), Optional.empty()));
            assertEquals(List.of("cli"), failing(withoutCli));
            assertTrue(withoutCli.live() && withoutCli.ready());

            Health withoutBoth = ofSessions(HealthChecks.ofSessions(cli, false, Optional.empty(), Optional.empty()));
            assertEquals(List.of("cli", "credential"), failing(withoutBoth));
            assertTrue(withoutBoth.ready());
        }
    }

    @Test
    void aServerWhoseRunnerIsAwayIsReadyAllTheSame() throws Exception {
        Keys.generate(folder.resolve("private"), folder.resolve("public"));
        try (LocalCustody here = new LocalCustody(Path.of("/bin/true"), folder);
                RunnerCustody runner = new RunnerCustody(
                        folder.resolve("runner.sock"),
                        Keys.privateKey(Files.readString(folder.resolve("private"))),
                        Optional.empty(),
                        Duration.ofSeconds(1))) {
            runner.whenLeaving(_ -> {});
            CliHealth cli = new CliHealth(here, new TestClock());
            Health health =
                    ofSessions(HealthChecks.ofSessions(cli, true, Optional.of(runner), Optional.empty()).stream()
                            .filter(check -> !check.name().equals("cli"))
                            .toList());
            Await.until(
                    "it was tried",
                    () -> runner.fault()
                            .filter(told -> told.contains("does not answer at"))
                            .isPresent());
            assertEquals(List.of("runner"), failing(health));
            assertTrue(health.live() && health.ready());
        }
    }

    @Test
    void aServerThatForgetsNothingIsDegradedAsLongAsAProjectSaysThatItDoes() {
        AtomicBoolean promised = new AtomicBoolean(true);
        Health health = new Health(List.of(HealthChecks.ofHousekeepingThatIsOff(promised::get)), Duration.ZERO);
        assertEquals(List.of("housekeeping"), failing(health));
        assertTrue(health.live() && health.ready());
        promised.set(false);
        assertEquals(List.of(), failing(health));
    }

    private static Health ofSessions(List<Check> checks) {
        return new Health(checks, Duration.ZERO);
    }

    // ---- pages

    @Test
    void eachCheckHasItsOwnNameAndAPage() {
        List<Check> checks = new ArrayList<>(HealthChecks.vital(database, data, diskFree));
        try (LocalCustody custody = new LocalCustody(folder.resolve("no-claude"), folder)) {
            checks.addAll(HealthChecks.ofSessions(
                    new CliHealth(custody, new TestClock()), true, Optional.empty(), Optional.empty()));
        }
        checks.add(HealthChecks.ofHousekeepingThatIsOff(() -> true));
        assertEquals(
                checks.size(),
                checks.stream().map(Check::name).collect(Collectors.toSet()).size());
        checks.forEach(check -> assertTrue(Files.isRegularFile(Path.of(check.runbook())), check.runbook()));
    }
}
