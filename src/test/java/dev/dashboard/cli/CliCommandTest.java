package dev.dashboard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.custody.Command;
import dev.dashboard.problem.Problem;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliCommandTest {
    private static final UUID ID = UUID.fromString("00000000-0000-4000-8000-000000000001");

    @Test
    void theCommandLineIsTheOneThatWasObserved() {
        Command command = CliCommand.of(host(new Credential.None()), options(new CliOptions.Fresh(ID), "a title"));

        assertEquals(
                List.of(
                        "--print",
                        "--input-format=stream-json",
                        "--output-format=stream-json",
                        "--verbose",
                        "--include-partial-messages",
                        "--replay-user-messages",
                        "--permission-prompt-tool=stdio",
                        "--strict-mcp-config",
                        "--await-initialize",
                        "--setting-sources=user",
                        "--permission-mode=default",
                        "--session-id=" + ID,
                        "--model=opus",
                        "--effort=high",
                        "--name=a title"),
                command.arguments());
        assertEquals(
                Set.of(
                        "HOME",
                        "PATH",
                        "LANG",
                        "TERM",
                        "TMPDIR",
                        "CLAUDE_CODE_TMPDIR",
                        "CLAUDE_CONFIG_DIR",
                        "CLAUDE_CODE_ENTRYPOINT",
                        "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS",
                        "DISABLE_TELEMETRY",
                        "DISABLE_AUTOUPDATER",
                        "DISABLE_ERROR_REPORTING",
                        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
                        "ANTHROPIC_BASE_URL",
                        "DASHBOARD_SESSION",
                        "DASHBOARD_LAUNCH",
                        "DASHBOARD_INSTANCE"),
                command.environment().keySet());
    }

    @Test
    void aTitleThatLooksLikeAFlagStaysAValue() {
        List<String> arguments = CliCommand.of(
                        host(new Credential.None()),
                        options(new CliOptions.Resume(ID), "--dangerously-skip-permissions\n\u0000"))
                .arguments();

        assertTrue(arguments.contains("--name=--dangerously-skip-permissions  "), arguments.toString());
        assertTrue(arguments.contains("--resume=" + ID));
    }

    @Test
    void aKeyIsNamedByItsFileAndNeverRead() {
        Command command = CliCommand.of(
                host(new Credential.ApiKeyFile(Path.of("/run/it's/key"))), options(new CliOptions.Fresh(ID), "t"));

        assertEquals(
                "--settings={\"apiKeyHelper\":\"cat '/run/it'\\\\''s/key'\"}",
                command.arguments().getLast());
    }

    @Test
    void aTokenStandsInTheEnvironmentAndIsNeverPrinted(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("token"), "secret-token\n");

        Command command =
                CliCommand.of(host(new Credential.OAuthTokenFile(file)), options(new CliOptions.Fresh(ID), "t"));

        assertEquals("secret-token", command.environment().get("CLAUDE_CODE_OAUTH_TOKEN"));
        assertFalse(command.toString().contains("secret-token"));
        Problem problem = assertThrows(
                Problem.class,
                () -> CliCommand.of(
                        host(new Credential.OAuthTokenFile(folder.resolve("none"))),
                        options(new CliOptions.Fresh(ID), "t")));
        assertEquals("credential-unreadable", problem.code());
    }

    @Test
    void aLaunchGetsItsOwnTokenOfTheGatewayAndNoKey() {
        Command command = CliCommand.of(
                host(new Credential.Gateway(launch -> "token-of-" + launch)), options(new CliOptions.Fresh(ID), "t"));

        assertEquals("token-of-launch-1", command.environment().get("ANTHROPIC_AUTH_TOKEN"));
        assertFalse(command.arguments().toString().contains("apiKeyHelper"));
        assertFalse(command.toString().contains("token-of"));
    }

    @Test
    void nothingFurtherCanReplaceTheMarks() {
        Command command = CliCommand.of(host(new Credential.None()), options(new CliOptions.Fresh(ID), "t"));

        assertEquals("launch-1", command.environment().get(Command.LAUNCH_MARK));
        assertEquals("C.UTF-8", command.environment().get("LANG"));
    }

    private static CliHost host(Credential credential) {
        return new CliHost(
                Path.of("/opt/claude"),
                Path.of("/data/claude"),
                Path.of("/tmp/claude"),
                Path.of("/data/home"),
                "/usr/bin:/bin",
                Optional.of("http://127.0.0.1:1"),
                credential,
                List.of("user"),
                "instance-1",
                Map.of(Command.LAUNCH_MARK, "forged"));
    }

    @Test
    void whatWasAllowedForTheSessionStandsInTheSettingsBesideTheKey() {
        CliOptions options = new CliOptions(
                "s1",
                "launch-1",
                Path.of("/projects/demo"),
                new CliOptions.Fresh(UUID.randomUUID()),
                Optional.empty(),
                "default",
                Optional.empty(),
                Optional.empty(),
                List.of("Bash(npm test:*)", "WebFetch"),
                List.of(Path.of("/projects/other")),
                CliOptions.Repository.NONE);

        Command command = CliCommand.of(host(new Credential.ApiKeyFile(Path.of("/secrets/it's a key"))), options);

        assertTrue(
                command.arguments()
                        .contains("--settings={\"apiKeyHelper\":\"cat '/secrets/it'\\\\''s a key'\",\"permissions\":{"
                                + "\"allow\":[\"Bash(npm test:*)\",\"WebFetch\"],"
                                + "\"additionalDirectories\":[\"/projects/other\"]}}"),
                command.arguments().toString());
    }

    @Test
    void whatIsTrustedOfARepositoryStandsBesideWhatIsOursAndNeverInItsPlace() {
        CliOptions.Repository repository = new CliOptions.Repository(
                json("{\"hooks\":{\"Stop\":[]},\"permissions\":{\"allow\":[\"WebFetch\"],\"deny\":[\"Read(.env)\"]},"
                        + "\"env\":{\"A\":\"b\"}}"),
                json("{\"db\":{\"command\":\"./db\"}}"));

        List<String> arguments = CliCommand.of(
                        host(new Credential.ApiKeyFile(Path.of("/secrets/key"))),
                        trusting(repository, List.of("Bash(npm test:*)")))
                .arguments();

        assertTrue(
                arguments.contains("--settings={\"hooks\":{\"Stop\":[]},\"permissions\":{"
                        + "\"allow\":[\"Bash(npm test:*)\",\"WebFetch\"],\"deny\":[\"Read(.env)\"]},"
                        + "\"env\":{\"A\":\"b\"},\"apiKeyHelper\":\"cat '/secrets/key'\"}"),
                arguments.toString());
        assertTrue(arguments.contains("--mcp-config={\"mcpServers\":{\"db\":{\"command\":\"./db\"}}}"));
        assertTrue(arguments.contains("--setting-sources=user"));
        assertTrue(arguments.contains("--strict-mcp-config"));
    }

    @Test
    void whatTheSystemWouldNotTakeIsRefusedInWords() {
        Problem problem = assertThrows(
                Problem.class,
                () -> CliCommand.of(
                        host(new Credential.None()),
                        trusting(CliOptions.Repository.NONE, List.of("Bash(" + "a".repeat(128 * 1024) + ")"))));

        assertEquals("settings-too-long", problem.code());
    }

    private static JsonObject json(String text) {
        return Json.createReader(new StringReader(text)).readObject();
    }

    private static CliOptions trusting(CliOptions.Repository repository, List<String> allowed) {
        return new CliOptions(
                "s1",
                "launch-1",
                Path.of("/projects/demo"),
                new CliOptions.Fresh(UUID.randomUUID()),
                Optional.empty(),
                "default",
                Optional.empty(),
                Optional.empty(),
                allowed,
                List.of(),
                repository);
    }

    private static CliOptions options(CliOptions.Conversation conversation, String title) {
        return new CliOptions(
                "s1",
                "launch-1",
                Path.of("/projects/demo"),
                conversation,
                Optional.of("opus"),
                "default",
                Optional.of("high"),
                Optional.of(title),
                List.of(),
                List.of(),
                CliOptions.Repository.NONE);
    }
}
