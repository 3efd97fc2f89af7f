package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.approval.PermissionUpdate;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.problem.Problem;
import dev.dashboard.project.Project;
import dev.dashboard.session.SessionOptions;
import dev.dashboard.session.SessionStatus;
import dev.dashboard.support.Await;
import dev.dashboard.support.TestEngine;
import jakarta.json.Json;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people write reaches a real child as the value of one known flag, whole, and as nothing else. */
@Timeout(120)
class ArgumentsTest {
    private static final Set<String> FLAGS = Set.of(
            "--print",
            "--input-format",
            "--output-format",
            "--verbose",
            "--include-partial-messages",
            "--replay-user-messages",
            "--permission-prompt-tool",
            "--strict-mcp-config",
            "--await-initialize",
            "--setting-sources",
            "--permission-mode",
            "--session-id",
            "--resume",
            "--model",
            "--effort",
            "--name",
            "--settings");
    private static final List<String> HOSTILE = List.of(
            "--dangerously-skip-permissions",
            "-p",
            "--",
            "-",
            "--model=opus",
            "x --model=opus",
            "=",
            "--name",
            "$(touch made)",
            "`touch made`",
            "; touch made",
            "| touch made",
            "&& touch made",
            "> made",
            "'",
            "\"",
            "'\"'\"'",
            "\\",
            "%n%s",
            "*",
            "~",
            "{a,b}",
            "!!",
            "@/etc/passwd",
            "\u202e",
            "\ud83d\ude00",
            "${PATH}",
            "a b  c",
            "--settings={\"permissions\":{\"allow\":[\"Bash\"]}}");

    @TempDir
    Path temporary;

    @Test
    void titlesAndFoldersAreOnlyEverValues() throws Exception {
        try (TestEngine engine = TestEngine.start(temporary)) {
            Path told = temporary.resolve("told");
            engine.install("{ pwd -P; printf '\\0'; printf '%s\\0' \"$@\"; } > '" + told + ".new'; mv '" + told
                    + ".new' '" + told + "'; exit 3");
            for (String text : HOSTILE) {
                Path folder = engine.root.resolve(text.replace('/', '_'));
                Files.createDirectories(
                        folder.normalize().equals(engine.root) ? engine.root.resolve("x" + text) : folder);
                Project project =
                        engine.projects.add(folder.toString(), TestEngine.MARA).project();
                Files.deleteIfExists(told);

                SessionId session = engine.create(project, text);
                engine.await(session, SessionStatus.FAILED);

                Await.until("it has told", () -> Files.exists(told));
                List<String> argv =
                        List.of(Files.readString(told, StandardCharsets.UTF_8).split("\0"));
                assertEquals(project.path().toString() + "\n", argv.getFirst(), text);
                List<String> arguments = argv.subList(1, argv.size());
                Set<String> flags =
                        arguments.stream().map(a -> a.split("=", 2)[0]).collect(Collectors.toCollection(TreeSet::new));
                flags.removeAll(FLAGS);
                assertEquals(Set.of(), flags, () -> text + " → " + arguments);
                assertEquals(
                        1,
                        arguments.stream().filter(("--name=" + text)::equals).count(),
                        () -> text + " → " + arguments);
                assertEquals(
                        1,
                        arguments.stream().filter(a -> a.startsWith("--name=")).count());
                assertFalse(Files.exists(project.path().resolve("made")), text);
            }
        }
    }

    @Test
    void whatNoArgumentCanHoldIsRefused() {
        for (String title : List.of("a\nb", "a\0b", "a\rb", "\u001b[31m", "x".repeat(201))) {
            assertEquals(
                    "title-invalid",
                    assertThrows(Problem.class, () -> options(title, "opus")).code());
        }
        for (String model : HOSTILE) {
            assertEquals(
                    "model-invalid",
                    assertThrows(Problem.class, () -> options("t", model)).code(),
                    model);
        }
        for (String model : List.of(
                "", " ", "opus\n", "opus\0", "opus --verbose", "m".repeat(101), "\u00f6pus", "opus=1", "opus,haiku")) {
            assertEquals(
                    "model-invalid",
                    assertThrows(Problem.class, () -> options("t", model)).code(),
                    model);
        }
        assertTrue(options("t", "claude-opus-4-1[1m]").model().isPresent());
    }

    private static SessionOptions options(String title, String model) {
        return new SessionOptions(
                Optional.of(title), Optional.of(model), "default", Optional.empty(), Sharing.TEAM_READ);
    }

    /** What is remembered goes into the CLI's settings: a rule of the tool that was asked about, a folder that is allowed. */
    @Test
    void whatIsRememberedIsARuleOrAFolderAndNothingElse() {
        for (String folder : List.of("--add-dir", "relative", "", "/a\\u0000b", "~", "-")) {
            assertRefused("[{\"type\":\"addDirectories\",\"directories\":[\"" + folder + "\"]}]");
        }
        assertRefused("[{\"type\":\"addDirectories\",\"directories\":[" + "\"/x\",".repeat(50_000) + "\"/x\"]}]");
        for (String rule : List.of("", " ", "a\\nb", "a\\u0000b", "x".repeat(1_001))) {
            assertRefused(
                    "[{\"type\":\"addRules\",\"rules\":[{\"toolName\":\"Bash\",\"ruleContent\":\"" + rule + "\"}]}]");
        }
        for (String tool : List.of("Write", "", "Bash,Write", "Bash(x)", "*", "--Bash")) {
            assertRefused("[{\"type\":\"addRules\",\"rules\":[{\"toolName\":\"" + tool + "\"}]}]");
        }
        for (String mode : List.of("bypassPermissions", "dontAsk", "--plan", "")) {
            assertRefused("[{\"type\":\"setMode\",\"mode\":\"" + mode + "\"}]");
        }
        assertRefused("[{\"type\":\"addRules\",\"behavior\":\"deny\",\"rules\":[]}]");
        assertRefused("[{\"type\":\"removeRules\"}]");
    }

    private static void assertRefused(String remember) {
        Problem problem = assertThrows(
                Problem.class,
                () -> PermissionUpdate.parse(
                        Json.createReader(new StringReader(remember)).readArray(), "Bash", folder -> {
                            throw new AssertionError("looked at " + folder);
                        }));
        assertEquals("remember-invalid", problem.code(), () -> remember.substring(0, Math.min(200, remember.length())));
    }
}
