package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.session.SessionIndex;
import dev.dashboard.support.Await;
import dev.dashboard.support.TestEngine;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The machine loses its power in mid-write. What was told to people had been synced before, so it is on the disk; of what was being
 * written any part may be, and its last block may be torn. The files are taken while the server is frozen, at moments that a seed gives,
 * and their end is then cut or torn.
 *
 * <p>That each commit is synced is the database's setting (held by {@code DatabaseTest}); this shows that it is enough.
 */
class PowerCutIT {
    private static final long SEED = Long.getLong("power.seed", 20_261_123L);
    private static final int CUTS = Integer.getInteger("power.cuts", 5);
    private static final int TORN = 3;

    @RegisterExtension
    static final Stage stage = Stage.demo("DASHBOARD_DEMO_PACE", "0.1");

    @TempDir
    Path scratch;

    /** @param told number of the last event that somebody had been told of before the power went */
    private record Cut(Path folder, long told) {}

    @Test
    void whatWasToldIsThereTheRestIsWholeOrGoneAndNothingRunsByItself() throws Exception {
        System.out.println("power.seed=" + SEED);
        Random random = new Random(SEED);
        List<Play> plays = List.of(stage.play(), stage.play(), stage.play());
        List<Cut> cuts = new ArrayList<>();
        for (int i = 0; i < CUTS; i++) {
            for (Play play : plays) {
                play.prompt("many 200");
                play.prompt("bash echo x >> ran.txt");
            }
            LockSupport.parkNanos(Duration.ofMillis(random.nextInt(1_200)).toNanos());
            cuts.add(cut(scratch.resolve("cut-" + i), plays.getFirst(), random));
            plays.forEach(PowerCutIT::rest);
        }
        // What the copies tell of lives no more, as after a power cut.
        stage.dashboard().kill9();
        for (Play play : plays) {
            play.processes().forEach(ProcessHandle::destroyForcibly);
            play.awaitNoProcess();
        }

        for (Cut cut : cuts) {
            List<Path> torn = new ArrayList<>();
            for (int i = 0; i < TORN; i++) {
                torn.add(torn(cut.folder(), scratch.resolve(cut.folder().getFileName() + "-torn-" + i), random));
            }
            long whole = opened(cut.folder());
            assertTrue(whole >= cut.told(), "told of " + cut.told() + ", and " + whole + " is on the disk");
            for (Path folder : torn) {
                assertTrue(opened(folder) <= whole);
            }
        }
    }

    /** Denies what is asked until nothing runs or waits, so that the next round begins at rest. */
    private static void rest(Play play) {
        Await.until("the session rests", Duration.ofMinutes(1), Duration.ofMillis(50), () -> {
            stage.anna()
                    .get("/approvals?state=pending&session=" + play.session())
                    .expect(200)
                    .getJsonArray("approvals")
                    .forEach(approval ->
                            stage.anna().deny(approval.asJsonObject().getString("id"), "Not now."));
            return play.json().getString("state").equals("idle")
                    && stage.anna()
                            .openPrompts(play.session())
                            .getJsonArray("prompts")
                            .isEmpty();
        });
    }

    /** The files as they are at one moment, in an order that does not matter then. */
    private static Cut cut(Path folder, Play listener, Random random) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        long told = listener.events().lastSeq();
        long pid = stage.dashboard().program().pid();
        signal("-STOP", pid);
        try {
            for (String name : shuffled(List.of("dashboard.db", "dashboard.db-wal"), random)) {
                Files.copy(stage.dashboard().data().resolve(name), folder.resolve(name));
            }
        } finally {
            signal("-CONT", pid);
        }
        return new Cut(folder, told);
    }

    private static List<String> shuffled(List<String> names, Random random) {
        List<String> shuffled = new ArrayList<>(names);
        Collections.shuffle(shuffled, random);
        return shuffled;
    }

    private static void signal(String signal, long pid) throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("kill", signal, Long.toString(pid)).start().waitFor());
    }

    /** The same, with the end of the log cut off, or overwritten by what a disk may leave there. */
    private static Path torn(Path from, Path to, Random random) throws IOException {
        Files.createDirectories(to);
        for (String name : List.of("dashboard.db", "dashboard.db-wal")) {
            Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        try (RandomAccessFile log =
                new RandomAccessFile(to.resolve("dashboard.db-wal").toFile(), "rw")) {
            long end = log.length();
            long last = Math.max(0, end - random.nextInt(200_000));
            if (random.nextBoolean()) {
                log.setLength(last);
            } else {
                byte[] noise = new byte[(int) Math.min(4_096, end - last)];
                random.nextBytes(noise);
                log.seek(last);
                log.write(noise);
            }
        }
        return to;
    }

    /** The next start on these files; the number of the last event that had been stored before it. */
    private static long opened(Path folder) throws IOException, SQLException {
        long stored = lastStored(folder.resolve("dashboard.db"));
        try (TestEngine engine = TestEngine.start(folder)) {
            engine.database.check();
            Await.until(
                    "it is known what became of each session",
                    () ->
                            engine
                                    .index
                                    .page(Optional.empty(), Optional.empty(), SessionIndex.MAX_PAGE)
                                    .sessions()
                                    .stream()
                                    .noneMatch(session -> session.status().isLive()));
            List<Envelope> all = all(engine.journal);
            assertEquals(all.size(), all.getLast().seq(), "numbered from one, without a gap");
            Set<Object> submitted = new HashSet<>();
            all.forEach(envelope -> {
                if (envelope.event() instanceof Event.PromptSubmitted(var prompt, var _)) {
                    assertTrue(submitted.add(prompt), "each prompt was recorded once");
                }
            });
            assertTrue(
                    all.stream()
                            .filter(envelope -> envelope.seq() > stored)
                            .noneMatch(envelope -> envelope.event() instanceof Event.SessionStarted),
                    "nothing runs by itself");
            engine.projections.forEach(projection -> {
                List<String> before = engine.table(projection.name());
                engine.journal.rebuild(projection);
                assertEquals(before, engine.table(projection.name()), "the table of " + projection.name());
            });
        }
        return stored;
    }

    private static long lastStored(Path database) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet last = statement.executeQuery("SELECT max(seq) FROM events")) {
            return last.getLong(1);
        }
    }

    private static List<Envelope> all(Journal journal) {
        List<Envelope> all = new ArrayList<>();
        List<Envelope> page = journal.after(0, Journal.MAX_PAGE);
        while (!page.isEmpty()) {
            all.addAll(page);
            page = journal.after(page.getLast().seq(), Journal.MAX_PAGE);
        }
        return all;
    }
}
