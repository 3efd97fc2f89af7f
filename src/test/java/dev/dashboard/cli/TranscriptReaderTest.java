package dev.dashboard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.CliOutput.AssistantMessage;
import dev.dashboard.cli.CliOutput.UserMessage;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.LocalCustody;
import dev.dashboard.support.Samples;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TranscriptReaderTest {
    @TempDir
    private Path config;

    private final UUID id = UUID.randomUUID();
    private TranscriptReader reader;
    private Path file;

    @BeforeEach
    void place() throws IOException {
        Files.createDirectories(config.resolve("projects/-another-project"));
        Path folder = Files.createDirectories(config.resolve("projects/-workspace-demo"));
        file = folder.resolve(id + ".jsonl");
        reader = new TranscriptReader(custody(config));
    }

    @Test
    void messagesComeInTheOrderOfTheFile() throws IOException {
        Files.copy(Samples.file("transcript-tool-edit.jsonl"), file);

        List<CliOutput> messages = reader.read(id);

        assertEquals(
                List.of(
                        "UserMessage",
                        "AssistantMessage",
                        "UserMessage",
                        "AssistantMessage",
                        "UserMessage",
                        "AssistantMessage"),
                messages.stream()
                        .map(message -> message.getClass().getSimpleName())
                        .toList());
        UserMessage prompt = assertInstanceOf(UserMessage.class, messages.getFirst());
        assertEquals("290c5329-e97b-4da8-88b4-7af4f0c0ec83", prompt.uuid());
        assertEquals("scn:edit", prompt.text());
        UserMessage edited = assertInstanceOf(UserMessage.class, messages.get(4));
        assertTrue(((JsonObject) edited.toolUseResult()).containsKey("structuredPatch"));
        AssistantMessage last = assertInstanceOf(AssistantMessage.class, messages.getLast());
        assertEquals(List.of(new Content.Text("Edited.")), last.content());
        assertTrue(last.at().isPresent());
    }

    @Test
    void whatTheCliAddsAfterAKillIsSynthetic() throws IOException {
        Files.copy(Samples.file("transcript-kill9-resumed.jsonl"), file);

        List<Boolean> synthetic = reader.read(id).stream()
                .filter(AssistantMessage.class::isInstance)
                .map(message -> ((AssistantMessage) message).synthetic())
                .toList();

        assertEquals(List.of(false, true, false), synthetic);
    }

    @Test
    void theSummaryOfACompactionIsNotAPrompt() throws IOException {
        Files.copy(Samples.file("transcript-auto-compact.jsonl"), file);

        Optional<UserMessage> summary = reader.read(id).stream()
                .filter(UserMessage.class::isInstance)
                .map(UserMessage.class::cast)
                .filter(message -> message.text().startsWith("This session is being continued"))
                .findFirst();

        assertTrue(summary.orElseThrow().synthetic());
    }

    @Test
    void aCutLineIsPassedOver() throws IOException {
        Files.copy(Samples.file("transcript-tool-edit.jsonl"), file);
        Files.writeString(
                file, "\n\u0000\u0000{\"type\":\"assistant\",\"uuid\":\"cut\",\"mess", StandardOpenOption.APPEND);

        assertEquals(6, reader.read(id).size());
    }

    @Test
    void noTranscriptIsNoFailure() {
        assertFalse(reader.read(UUID.randomUUID(), _ -> {}));
        assertEquals(List.of(), new TranscriptReader(custody(config.resolve("none"))).read(id));
    }

    private static Custody custody(Path config) {
        return new LocalCustody(Path.of("claude"), config);
    }
}
