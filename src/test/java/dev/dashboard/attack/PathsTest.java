package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.ChildListener;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.Exit;
import dev.dashboard.custody.LocalCustody;
import dev.dashboard.event.SessionId;
import dev.dashboard.problem.Problem;
import dev.dashboard.project.Project;
import dev.dashboard.project.Workspace;
import dev.dashboard.session.SessionStatus;
import dev.dashboard.session.SessionSummary;
import dev.dashboard.support.Await;
import dev.dashboard.support.TestEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ways out of the allowed folders: by how a path is written, by links, and by exchanging a folder after it was looked at. */
@Timeout(120)
class PathsTest {
    /** As many as give the exchange a fair chance to come between the look and the start, and no more. */
    private static final int STARTS = 40;

    @TempDir
    Path temporary;

    private Path root;
    private Path outside;

    @BeforeEach
    void folders() throws IOException {
        Path real = temporary.toRealPath();
        root = Files.createDirectories(real.resolve("projects"));
        outside = Files.createDirectories(real.resolve("outside/secret")).getParent();
        Files.createDirectories(root.resolve("shop/src"));
    }

    @Test
    void noWayOfWritingAPathLeadsOut() throws IOException {
        Files.createSymbolicLink(root.resolve("out"), outside);
        Files.createSymbolicLink(root.resolve("up"), Path.of(".."));
        Files.createSymbolicLink(root.resolve("chain"), Path.of("up/outside"));
        Files.createSymbolicLink(root.resolve("self"), Path.of("self"));
        Files.createSymbolicLink(root.resolve("slash"), Path.of("/"));
        Workspace workspace = Workspace.of(List.of(root));
        List<String> tried = new ArrayList<>();
        for (String traversal : Traversals.of("outside/secret")) {
            for (String base :
                    List.of(root + "/", root + "/shop/", root + "/out/", root + "/up/", root + "/chain/", "/", "")) {
                tried.add(base + traversal);
            }
        }
        for (String more : List.of(
                "/",
                "//",
                "/..",
                root + "/..",
                root + "/../",
                root + "/./..",
                root + "x",
                root + "/../projectsx",
                root.getParent().toString(),
                root + "/out",
                root + "/out/secret",
                root + "/up",
                root + "/chain",
                root + "/self",
                root + "/slash",
                root + "/slash/etc",
                "/proc/self/cwd",
                "/proc/self/root",
                "/dev/fd",
                "/etc",
                "~",
                "~root",
                "$HOME",
                "file:///etc",
                "\\\\host\\share",
                "C:\\",
                root.toString().toUpperCase(),
                root + "/SHOP",
                "-",
                "--help")) {
            tried.add(more);
        }
        assertTrue(tried.size() > 500, "tried " + tried.size());
        for (String path : tried) {
            try {
                Path allowed = workspace.allowed(path);
                assertTrue(
                        allowed.toRealPath().startsWith(root) && allowed.equals(allowed.toRealPath()),
                        () -> path + " leads to " + allowed);
            } catch (Problem problem) {
                assertTrue(
                        Set.of(
                                        "path-invalid",
                                        "path-not-absolute",
                                        "path-missing",
                                        "path-not-allowed",
                                        "path-not-a-folder")
                                .contains(problem.code()),
                        path + " → " + problem.code());
            }
        }
        System.out.println("attack: " + tried.size() + " paths as folders");
    }

    @Test
    void aLinkThatLeadsOutTellsNothingOfWhatIsThere() throws IOException {
        Files.createSymbolicLink(root.resolve("out"), outside);
        Workspace workspace = Workspace.of(List.of(root));
        for (String path : List.of("/out/secret", "/out/no-such-folder", "/out/no/such/folder", "/shop/../out/none")) {
            assertEquals(
                    "path-not-allowed",
                    assertThrows(Problem.class, () -> workspace.allowed(root + path))
                            .code(),
                    path);
        }
    }

    @Test
    void aFolderThatBecameALinkIsNotTheFolderThatWasAllowed() throws IOException {
        Workspace workspace = Workspace.of(List.of(root));
        Path shop = workspace.allowed(root + "/shop");
        assertEquals(shop, workspace.still(shop));

        exchange(shop, root.resolve("elsewhere"), Files.createDirectories(root.resolve("other")));

        assertEquals(
                "path-replaced",
                assertThrows(Problem.class, () -> workspace.still(shop)).code());
    }

    /** The line is where time passes between the wish and the start. */
    @Test
    void aFolderThatIsExchangedWhileItsSessionWaitsForAPlaceIsNotWorkedIn() throws Exception {
        try (TestEngine engine = TestEngine.start(temporary.resolve("engine"), TestEngine.Settings.USUAL.places(1))) {
            SessionId first = engine.ready("first");
            Project project = engine.project("exchanged");
            SessionId waits = engine.create(project, "waits");
            engine.await(waits, SessionStatus.QUEUED);

            exchange(project.path(), engine.root.resolve("moved"), outside);
            engine.stop(first);

            SessionSummary.Failure failure = engine.awaitFailure(waits);
            assertEquals("path-not-allowed", failure.code());
            engine.assertGoesOn();
        }
    }

    @Test
    void aSessionIsNotResumedInAFolderThatWasExchanged() throws Exception {
        try (TestEngine engine = TestEngine.start(temporary.resolve("engine"))) {
            Project project = engine.project("exchanged");
            SessionId session = engine.create(project, "rests");
            engine.await(session, SessionStatus.IDLE);
            engine.stop(session);

            exchange(project.path(), engine.root.resolve("moved"), outside);

            Problem problem = assertThrows(Problem.class, () -> engine.sessions.resume(session, TestEngine.MARA));
            assertEquals("path-not-allowed", problem.code());
        }
    }

    /** The folder goes to and fro while sessions start; a process that is spoken to says where it stands. */
    @Test
    void aRaceBetweenTheLookAndTheStartIsNotWon() throws Exception {
        try (TestEngine engine = TestEngine.start(temporary.resolve("engine"))) {
            Path told = temporary.resolve("told");
            // Of the system, not of the shell, which asks again where its remembered path leads.
            engine.install("IFS= read -r line; readlink /proc/$$/cwd >> '" + told + "'; exit 3");
            Project project = engine.project("raced");
            Path link = Files.createSymbolicLink(temporary.resolve("link"), outside);
            AtomicBoolean over = new AtomicBoolean();
            Thread racer = Thread.ofPlatform().start(() -> race(project.path(), link, over));
            int refused = 0;
            try {
                for (int i = 0; i < STARTS; i++) {
                    refused += startOnce(engine, project) ? 0 : 1;
                }
            } finally {
                over.set(true);
                racer.join();
            }
            List<String> places = Files.exists(told) ? Files.readAllLines(told) : List.of();
            System.out.println(
                    "attack: " + STARTS + " raced starts, " + refused + " refused, " + places.size() + " spoken to");
            assertTrue(refused > 0, "the race was one");
            assertEquals(
                    List.of(),
                    places.stream()
                            .filter(place -> !Path.of(place).startsWith(engine.root))
                            .toList());
        }
    }

    /** Whether the process was spoken to. */
    private static boolean startOnce(TestEngine engine, Project project) {
        try {
            SessionId session = engine.create(project, "raced");
            Await.until(
                    "it has ended", () -> !engine.index.get(session).status().isLive());
            return !Set.of("path-not-allowed", "path-replaced", "cwd-replaced", "cwd-missing")
                    .contains(engine.index
                            .get(session)
                            .failure()
                            .map(SessionSummary.Failure::code)
                            .orElse(""));
        } catch (Problem problem) {
            return false;
        }
    }

    private static void race(Path folder, Path link, AtomicBoolean over) {
        Path aside = folder.resolveSibling("aside");
        try {
            while (!over.get()) {
                Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
                Files.move(link, folder, StandardCopyOption.ATOMIC_MOVE);
                Files.move(folder, link, StandardCopyOption.ATOMIC_MOVE);
                Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
                // The folder itself is there about half of the time.
                LockSupport.parkNanos(100_000);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** After the last look, in custody itself. */
    @Test
    void aProcessThatDoesNotStandWhereItShouldIsKilled() throws IOException {
        Path link = Files.createSymbolicLink(root.resolve("link"), outside);
        try (Custody custody = new LocalCustody(Path.of("claude"), root)) {
            Command command = new Command(Path.of("/bin/sleep"), List.of("300"), Map.of(), link);
            Problem problem = assertThrows(Problem.class, () -> custody.start(command, new Deaf()));
            assertEquals("cwd-replaced", problem.code());
            assertEquals(List.of(), custody.running());
        }
    }

    private static final class Deaf implements ChildListener {
        @Override
        public void output(byte[] bytes, int count) {
            throw new AssertionError("it was spoken to");
        }

        @Override
        public void exited(Exit exit) {
            throw new AssertionError("it was never started");
        }
    }

    private static void exchange(Path folder, Path aside, Path target) throws IOException {
        Files.move(folder, aside);
        Files.createSymbolicLink(folder, target);
    }
}
