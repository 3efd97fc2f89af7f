package dev.dashboard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.CliOutput.AssistantMessage;
import dev.dashboard.cli.CliOutput.CanUseTool;
import dev.dashboard.cli.CliOutput.ControlResponse;
import dev.dashboard.cli.CliOutput.Result;
import dev.dashboard.cli.CliOutput.UserMessage;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.Exit;
import dev.dashboard.custody.Exit.Leftover;
import dev.dashboard.custody.LocalCustody;
import dev.dashboard.support.Await;
import dev.dashboard.support.RealCli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The pinned CLI itself, with a model on the loopback. */
@Timeout(120)
class RealCliTest {
    private static final String KEY = "sk-ant-not-a-real-key";

    @TempDir
    private Path folder;

    private Custody custody;
    private final HeardOutputs heard = new HeardOutputs();
    private final UUID cliSession = UUID.randomUUID();
    private TinyModel model;

    @BeforeEach
    void open() throws IOException {
        model = new TinyModel();
        custody = new LocalCustody(RealCli.program(), folder.resolve("config"));
        for (String name : List.of("config", "tmp", "home", "it's a project")) {
            Files.createDirectory(folder.resolve(name));
        }
        Path key = Files.writeString(folder.resolve("it's a key"), KEY + "\n");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    }

    @AfterEach
    void close() {
        custody.close();
        model.close();
    }

    @Test
    void thePinnedVersionIsInstalled() throws InterruptedException {
        var found = assertInstanceOf(CliVersion.Found.class, CliVersion.judge(custody.version()));

        assertEquals(CliVersion.PINNED, found.version());
        assertTrue(found.pinned());
    }

    @Test
    void itAnswersInitializeAndEndsWithItsInput() {
        CliProcess process = launch(new CliOptions.Fresh(cliSession), "--resume=x -p \u0000 \"title\"");

        var answer = initialize(process);

        assertTrue(answer.ok());
        assertEquals(Optional.of(process.id().pid()), answer.initialized().pid());
        assertEquals(Optional.of("apiKeyHelper"), answer.initialized().accountSource());
        assertEquals(Optional.of("plan"), answer.initialized().permissionMode());
        process.stop(StopPlan.DEFAULT);
        assertEquals(OptionalInt.of(0), heard.awaitExit().code());
        assertEquals(Leftover.NONE, heard.awaitExit().leftover());
        assertTrue(heard.first(CliOutput.Unrecognized.class).isEmpty(), heard.outputs.toString());
    }

    @Test
    void aWrongResumeIsAResultAndAnExit() {
        CliProcess process = launch(new CliOptions.Resume(cliSession), "wrong");
        HeardOutputs.send(process, new CliInput.Initialize("i"));

        Result result = heard.await(Result.class);

        assertTrue(result.isError());
        assertTrue(result.errors().getFirst().contains(cliSession.toString()));
        assertEquals(OptionalInt.of(1), heard.awaitExit().code());
        assertTrue(heard.awaitExit().stderrTail().contains("No conversation found"));
    }

    @Test
    void commandsSeeTheMarksAndNoKey() throws IOException {
        CliProcess process = launch(new CliOptions.Fresh(cliSession), "environment");
        initialize(process);
        HeardOutputs.send(process, new CliInput.SetPermissionMode("m", "default"));

        HeardOutputs.send(process, new CliInput.UserTurn(UUID.randomUUID().toString(), "run: env > seen.txt"));
        CanUseTool asked = heard.await(CanUseTool.class);
        HeardOutputs.send(process, new CliInput.Permission(asked.requestId(), new CliInput.Allow(asked.input())));
        Result result = heard.await(Result.class);

        assertFalse(result.isError(), result.toString());
        String seen = Files.readString(project().resolve("seen.txt"));
        assertTrue(seen.contains(Command.LAUNCH_MARK + "="), seen);
        assertFalse(seen.contains(KEY), seen);
        assertFalse(seen.contains("API_KEY"), seen);
        assertEquals(Set.of(KEY), model.keys);
        assertTheTranscriptTellsWhatWasHeard();
    }

    /** By uuid, since that is how the two are brought together after a crash. */
    private void assertTheTranscriptTellsWhatWasHeard() {
        List<String> uuids =
                heard.outputs.stream().flatMap(output -> uuid(output).stream()).toList();
        TranscriptReader reader = new TranscriptReader(custody);

        Await.until("all messages are on disk", () -> read(reader).containsAll(uuids));
        assertEquals(
                uuids.stream().sorted().toList(), read(reader).stream().sorted().toList());
    }

    private List<String> read(TranscriptReader reader) {
        return reader.read(cliSession).stream()
                .flatMap(output -> uuid(output).stream())
                .toList();
    }

    private static Optional<String> uuid(CliOutput output) {
        if (output instanceof AssistantMessage message) {
            return Optional.of(message.uuid());
        }
        return output instanceof UserMessage message ? Optional.of(message.uuid()) : Optional.empty();
    }

    @Test
    void aRunningCommandDoesNotSurviveAKill() throws Exception {
        CliProcess process = launch(new CliOptions.Fresh(cliSession), "kill");
        initialize(process);
        HeardOutputs.send(process, new CliInput.SetPermissionMode("m", "default"));
        HeardOutputs.send(
                process, new CliInput.UserTurn(UUID.randomUUID().toString(), "run: touch begun; tail -f /dev/null"));
        CanUseTool asked = heard.await(CanUseTool.class);
        HeardOutputs.send(process, new CliInput.Permission(asked.requestId(), new CliInput.Allow(asked.input())));
        Await.until("the command runs", () -> Files.exists(project().resolve("begun")));

        process.kill();

        Exit exit = heard.awaitExit();
        assertEquals(OptionalInt.of(137), exit.code());
        assertTrue(exit.leftover().found() >= 1, exit.leftover().toString());
        assertEquals(0, exit.leftover().remaining());
        assertEquals(List.of(), custody.ofInstance("instance-" + cliSession));
    }

    @Test
    void aStopCutsTheTurnAndEndsCleanly() {
        CliProcess process = launch(new CliOptions.Fresh(cliSession), "stop");
        initialize(process);
        HeardOutputs.send(process, new CliInput.SetPermissionMode("m", "default"));
        HeardOutputs.send(process, new CliInput.UserTurn(UUID.randomUUID().toString(), "run: touch never"));
        heard.await(CanUseTool.class);

        process.stop(StopPlan.DEFAULT);

        Exit exit = heard.awaitExit();
        assertEquals("error_during_execution", heard.await(Result.class).subtype());
        assertTrue(heard.first(CliOutput.ControlCancel.class).isPresent(), heard.outputs.toString());
        assertEquals(OptionalInt.of(1), exit.code()); // its last result was an error; no signal was needed
        assertFalse(Files.exists(project().resolve("never")));
    }

    private ControlResponse initialize(CliProcess process) {
        assertTrue(HeardOutputs.send(process, new CliInput.Initialize("i")));
        return heard.await(ControlResponse.class);
    }

    private CliProcess launch(CliOptions.Conversation conversation, String title) {
        CliHost host = new CliHost(
                RealCli.program(),
                folder.resolve("config"),
                folder.resolve("tmp"),
                folder.resolve("home"),
                "/usr/local/bin:/usr/bin:/bin",
                Optional.of(model.url()),
                new Credential.ApiKeyFile(folder.resolve("it's a key")),
                List.of("user"),
                "instance-" + cliSession,
                Map.of("CLAUDE_CODE_MAX_RETRIES", "1"));
        CliOptions options = new CliOptions(
                "s1",
                UUID.randomUUID().toString(),
                project(),
                conversation,
                Optional.of("sonnet"),
                "plan",
                Optional.of("low"),
                Optional.of(title),
                List.of("Bash(npm test:*)"),
                List.of(folder),
                CliOptions.Repository.NONE);
        return new CliLauncher(custody).start(CliCommand.of(host, options), heard);
    }

    private Path project() {
        return folder.resolve("it's a project");
    }
}
