package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.demo.DemoProject;
import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient;
import dev.dashboard.support.Person;
import dev.dashboard.support.Program;
import dev.dashboard.support.RealCli;
import dev.dashboard.support.RunningDashboard;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The journal cannot be written for a while: its disk is full, or another program holds the database. Nothing is shown or run that is
 * not stored, and when it can be written again, everything goes on by itself.
 *
 * <p>The data folder is a disk of its own, of memory, so mounting must be allowed: as root, or by sudo without a password.
 */
class FailingJournalIT {
    private static final String DISK = "48m";
    private static final int MUCH = 200 * 1024;

    /** Takes eleven seconds to say: long after the journal refuses, which may take some while its log still has room. */
    private static final String LONG_REPLY = words(600);

    /** The last words may come together with the whole reply, and then wait with it for the journal. */
    private static final String ITS_END = "word560 ";

    private Path scratch;
    private RunningDashboard dashboard;
    private Person anna;
    private Play play;

    @BeforeEach
    void start() throws Exception {
        scratch = Files.createTempDirectory("journal").toRealPath();
        Path data = Files.createDirectory(scratch.resolve("data"));
        Object me = Files.getAttribute(scratch, "unix:uid");
        asRoot("mount", "-t", "tmpfs", "-o", "mode=0700,uid=" + me + ",size=" + DISK, "tmpfs", data.toString());
        dashboard = RunningDashboard.start(
                Path.of("").toAbsolutePath(),
                scratch,
                Map.of(
                        "DASHBOARD_DEMO", "true",
                        "DASHBOARD_DEMO_PACE", "0.5",
                        "DASHBOARD_LIMITS_DISK_FREE", "1MiB",
                        "DASHBOARD_CLI_PATH", RealCli.program().toString()));
        anna = dashboard.administrator();
        Path folder = DemoProject.create(dashboard.projects().resolve("sample"));
        String project = anna.addProject(folder.toString());
        play = new Play(anna, anna.startSession(project), EventClient.after(anna.lastSeq(), anna));
        play.awaitState("idle");
    }

    @AfterEach
    void stop() throws Exception {
        play.events().close();
        anna.close();
        dashboard.close();
        asRoot("umount", dashboard.data().toString());
    }

    private static void asRoot(String... command) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>();
        if (!System.getProperty("user.name").equals("root")) {
            line.addAll(List.of("sudo", "--non-interactive"));
        }
        line.addAll(List.of(command));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", line) + ": " + said);
    }

    // ---- a full disk

    @Test
    void aFullDiskRefusesPromptsInWordsAndTakesTheSameOneOnceThereIsRoom() throws Exception {
        fill();

        UUID refused = promptUntilRefused();
        assertEquals(
                404,
                anna.get("/sessions/" + play.session() + "/prompts/" + refused).status());
        assertEquals(503, ready(), "readiness says that it cannot work");
        assertEquals(200, health("/health/live"), "no restart would make room");
        long shown = play.events().numbers().getLast();
        assertEquals(shown, anna.lastSeq(), "nothing was shown that is not stored");

        empty();
        Await.until("it is ready again", () -> ready() == 200);
        // What was accepted before the disk was full may stand before it in the line.
        Await.until(
                "the prompt is taken",
                () -> anna.prompt(play.session(), refused, "echo " + "x".repeat(MUCH))
                                .status()
                        == 202);
        assertEquals(
                202,
                anna.prompt(play.session(), refused, "echo " + "x".repeat(MUCH)).status(),
                "the same again is the same");
        Await.until(
                "it has run",
                Duration.ofMinutes(2),
                Duration.ofMillis(200),
                () -> anna.promptState(play.session(), refused).equals("completed"));
        whatIsPromisedHolds();
    }

    @Test
    void aTurnThatMeetsAFullDiskForAMomentLosesNothing() throws Exception {
        Play.Line line = play.prompt("echo " + LONG_REPLY);
        play.awaitDraft("word20 ");

        fill();
        awaitRefusal();
        play.awaitDraft(ITS_END);
        staysLikeThis();
        empty();

        play.ended(line);
        assertEquals(List.of(LONG_REPLY), play.answers());
        whatIsPromisedHolds();
    }

    @Test
    void aTurnThatCannotBeStoredForLongIsEndedAndSaysSoOnceItCan() throws Exception {
        Play.Line line = play.prompt("bash echo ran >> once.txt");
        String request = play.awaitRequest(line.seq());
        long pid = play.pid();

        fill();
        awaitRefusal();
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
        play.awaitNoProcess();
        // Longer than the owner's patience with a journal that refuses.
        Await.until(
                "the owner gave up",
                Duration.ofSeconds(40),
                () -> dashboard.log().contains("journal-unavailable"));
        empty();

        Await.until(
                "the session is shown as what it is",
                Duration.ofSeconds(40),
                Duration.ofMillis(100),
                () -> Set.of("interrupted", "failed").contains(play.json().getString("state")));
        assertEquals("withdrawn", anna.approval(request).getString("state"));
        assertEquals("cut", anna.promptState(play.session(), line.id()));
        play.resume();
        assertEquals(202, anna.deliver(play.session(), line.id()).status());
        anna.allow(play.awaitRequest(play.stored("delivery-requested")
                        .getLast()
                        .getJsonNumber("seq")
                        .longValue()))
                .expect(200);
        Await.until(
                "it has run", () -> anna.promptState(play.session(), line.id()).equals("completed"));
        assertEquals(List.of("ran"), Files.readAllLines(dashboard.projects().resolve("sample/once.txt")));
        whatIsPromisedHolds();
    }

    // ---- a database that somebody else holds

    @Test
    void aLockedDatabaseIsWaitedForAndNothingIsLostOrDoubled() throws Exception {
        Play.Line line = play.prompt("echo " + LONG_REPLY);
        play.awaitDraft("word20 ");

        try (Program lock = lock()) {
            awaitRefusal();
            play.awaitDraft(ITS_END);
            staysLikeThis();
            assertTrue(lock.isAlive());
        }

        play.ended(line);
        assertEquals(List.of(LONG_REPLY), play.answers());
        Await.until("it is ready again", () -> ready() == 200);
        play.turn("echo after");
        whatIsPromisedHolds();
    }

    /** Another program takes the database for writing, and keeps it until it is ended. */
    private Program lock() throws IOException, InterruptedException {
        return Program.start(
                "locked ",
                scratch,
                Map.of(),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DatabaseLock.class.getName(),
                        dashboard.data().resolve("dashboard.db").toString()));
    }

    // ----

    private static String words(int number) {
        StringBuilder words = new StringBuilder();
        for (int i = 1; i <= number; i++) {
            words.append("word").append(i).append(i < number ? " " : "");
        }
        return words.toString();
    }

    private Path filler() {
        return dashboard.data().resolve("filler");
    }

    /** Writes until the disk takes nothing more. */
    private void fill() throws IOException {
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(filler())) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertTrue(full.getMessage().contains("No space left"), full.getMessage());
        }
    }

    private void empty() throws IOException {
        Files.delete(filler());
    }

    /** Long enough for the end of the turn to be refused some times, and shorter than the owner's patience. */
    private static void staysLikeThis() {
        LockSupport.parkNanos(Duration.ofSeconds(3).toNanos());
    }

    /** The write-ahead log has room of its own, which has to be used up first. */
    private UUID promptUntilRefused() {
        for (int i = 0; i < 60; i++) {
            UUID id = UUID.randomUUID();
            Person.Answer answer = anna.prompt(play.session(), id, "echo " + "x".repeat(MUCH));
            if (answer.status() != 202 && !answer.toString().contains("prompts-waiting")) {
                JsonObject problem = answer.refused(503, "journal-unavailable");
                assertTrue(problem.getString("detail").contains("disk may be full"), problem.toString());
                return id;
            }
        }
        throw new AssertionError("a full disk refused nothing");
    }

    /** A write that has nothing to do with the session is refused. */
    private void awaitRefusal() {
        Await.until(
                "the journal cannot be written",
                Duration.ofSeconds(30),
                () -> anna.rename(play.session(), "t".repeat(100)).status() == 503);
    }

    private int ready() {
        return health("/health/ready");
    }

    private int health(String path) {
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI asked = dashboard.url().resolve(path);
            return http.send(HttpRequest.newBuilder(asked).build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException e) {
            throw new AssertionError("no answer about health", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void whatIsPromisedHolds() {
        long last = anna.lastSeq();
        Await.until("the listener has all", () -> play.events().numbers().getLast() >= last);
        Play.assertGapFree(play.events().numbers());
        List<String> submitted = play.stored("prompt-submitted").stream()
                .map(event -> event.getJsonObject("data").getString("promptId"))
                .toList();
        assertEquals(Set.copyOf(submitted).size(), submitted.size(), "each prompt was recorded once");
        List<String> finished = play.stored("prompt-finished").stream()
                .map(event -> event.getJsonObject("data").getString("promptId"))
                .toList();
        assertEquals(Set.copyOf(finished).size(), finished.size(), "each prompt ran once");
    }
}
