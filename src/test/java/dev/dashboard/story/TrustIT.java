package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a repository brings with it runs after a person has said yes to it as it is, and neither before nor when it is another. */
class TrustIT {
    @RegisterExtension
    static final Stage stage = Stage.demo();

    private static final String HOOKS = """
            {"hooks":{"SessionStart":[{"hooks":[{"type":"command","command":"echo start >> hooks.txt"}]}],
                      "PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"echo %s $FROM_REPOSITORY >> hooks.txt"}]}]},
             "permissions":{"allow":["Bash(touch ruled.txt)"],"deny":["Read(/secret.txt)"]},
             "env":{"FROM_REPOSITORY":"set"}}
            """;

    private static final String SERVER = """
            {"mcpServers":{"notes":{"command":"bash","args":["-c","echo started >> server.txt; exit 1"]}}}
            """;

    @BeforeEach
    void repository() throws IOException {
        write(".claude/settings.json", HOOKS.formatted("before"));
        write(".mcp.json", SERVER);
    }

    @AfterEach
    void forget() throws IOException {
        stage.anna().withdrawTrust(stage.project());
        for (String name : List.of("hooks.txt", "server.txt", "ruled.txt")) {
            Files.deleteIfExists(stage.folder().resolve(name));
        }
    }

    private static void write(String path, String text) throws IOException {
        Path file = stage.folder().resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static boolean exists(String name) {
        return Files.exists(stage.folder().resolve(name));
    }

    private static List<String> lines(String name) throws IOException {
        return exists(name) ? Files.readAllLines(stage.folder().resolve(name)) : List.of();
    }

    private static String state() {
        return stage.anna().trust(stage.project()).getString("state");
    }

    /** The command is asked about, and is denied. */
    private static void assertAsked(Play play, String prompt) throws InterruptedException {
        Play.Line line = play.prompt(prompt);
        stage.anna().deny(play.awaitRequest(line.seq()), "Not now.").expect(200);
        play.ended(line);
    }

    private static List<JsonObject> notices(Play play) {
        return play.stored("notice-given").stream()
                .filter(event -> event.getJsonObject("actor").getString("kind").equals("server"))
                .toList();
    }

    @Test
    void nothingOfItRunsBeforeAndAllOfItAfterSomebodyHasTrustedIt() throws Exception {
        Play untrusted = stage.play();
        assertAsked(untrusted, "bash touch ruled.txt");
        assertFalse(exists("hooks.txt") || exists("server.txt") || exists("ruled.txt"));
        assertEquals("untrusted", state());
        assertEquals(List.of(), notices(untrusted), "what is not trusted is said where sessions are started");

        JsonObject trusted = stage.anna().trustAsItIs(stage.project());

        assertEquals("trusted", trusted.getString("state"));
        assertAsked(untrusted, "bash touch ruled.txt");
        assertFalse(exists("hooks.txt"), "a process keeps what it was started with");
        Play play = stage.play();
        play.turn("bash touch ruled.txt");
        assertEquals(List.of(), play.stored("approval-requested"));
        assertTrue(exists("ruled.txt"));
        assertEquals(List.of("start", "before set"), lines("hooks.txt"));
        Await.until(
                "the repository's server is started",
                Duration.ofSeconds(20),
                Duration.ofMillis(100),
                () -> exists("server.txt"));

        stage.anna().withdrawTrust(stage.project());
        Files.delete(stage.folder().resolve("hooks.txt"));
        play.stop();
        play.resume();
        assertAsked(play, "bash touch ruled.txt");
        assertFalse(exists("hooks.txt"));
    }

    @Test
    void whatChangesWhileASessionRunsHasNoEffectAndEndsTheTrustAtTheNextStart() throws Exception {
        stage.anna().trustAsItIs(stage.project());
        Play play = stage.play();

        play.turnAllowed("bash sed -i s/before/smuggled/ .claude/settings.json");
        // So long the CLI itself would need to take up a file that changed.
        Thread.sleep(Duration.ofSeconds(3));
        play.turn("bash touch ruled.txt");

        assertEquals(List.of("start", "before set", "before set"), lines("hooks.txt"));
        assertEquals("changed", state());
        Files.delete(stage.folder().resolve("hooks.txt"));

        Play next = stage.play();
        assertAsked(next, "bash touch ruled.txt");

        assertFalse(exists("hooks.txt"));
        assertEquals(1, notices(next).size());
        assertTrue(
                notices(next).getFirst().getJsonObject("data").getString("text").contains("changed"),
                () -> notices(next).toString());
        JsonObject record = stage.anna()
                .get("/audit?action=project-trust-withdrawn")
                .expect(200)
                .getJsonArray("records")
                .getJsonObject(0);
        assertEquals("server", record.getJsonObject("actor").getString("kind"));
        assertEquals("changed", record.getJsonObject("detail").getString("reason"));

        stage.anna().trustAsItIs(stage.project());
        stage.play().turn("bash touch ruled.txt");
        assertEquals(List.of("start", "smuggled set"), lines("hooks.txt"));
    }

    @Test
    void aRuleThatDeniesFromTheRootOfTheRepositoryDenies() throws Exception {
        write("secret.txt", "the secret\n");
        stage.anna().trustAsItIs(stage.project());
        Play play = stage.play();

        play.turn("bash cat secret.txt");

        assertFalse(
                play.answers().toString().contains("the secret"),
                () -> play.answers().toString());
        Files.delete(stage.folder().resolve("secret.txt"));
    }
}
