package dev.dashboard.cli;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Reads the CLI's own record of a conversation, {@code CONFIG/projects/FOLDER/ID.jsonl}: what a CLI wrote after its server had died
 * stands only there. User and assistant lines have the same uuids as on stdout. Not on disk: drafts, results, costs, permissions.
 *
 * <p>The folder's name is the directory's, made unreadable, and a resumed conversation stays in its first folder; so the file is
 * looked for by its name alone. Stateless; a line in memory at a time.
 */
public final class TranscriptReader {
    private static final Logger LOG = System.getLogger(TranscriptReader.class.getName());

    private final Path projects;

    /** Of the CLI's folder, {@code CLAUDE_CONFIG_DIR}. */
    public TranscriptReader(Path configDirectory) {
        this.projects = configDirectory.resolve("projects");
    }

    /** The conversation's file, if it has one: the CLI makes it with the first prompt. */
    public Optional<Path> find(UUID cliSessionId) {
        if (!Files.isDirectory(projects)) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(projects, Files::isDirectory)) {
            for (Path folder : folders) {
                Path file = folder.resolve(cliSessionId + ".jsonl");
                if (Files.isRegularFile(file)) {
                    return Optional.of(file);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "transcripts cannot be listed folder=" + projects, e);
            return Optional.empty();
        }
    }

    /** As {@link #read(UUID, Consumer)}, all at once; for conversations known to be small. */
    public List<CliOutput> read(UUID cliSessionId) {
        List<CliOutput> messages = new ArrayList<>();
        read(cliSessionId, messages::add);
        return messages;
    }

    /**
     * Hands over {@link CliOutput.AssistantMessage} and {@link CliOutput.UserMessage}, in the order of the file. Subagents' inner
     * lines are not among them (they have files of their own). Lines of other kinds, cut ones (the CLI may have died in the
     * middle of one, or be writing it) and over-long ones are passed over.
     *
     * @return false when there is no such file or it cannot be read to its end
     */
    public boolean read(UUID cliSessionId, Consumer<CliOutput> messages) {
        return find(cliSessionId).filter(file -> read(file, messages)).isPresent();
    }

    private static boolean read(Path file, Consumer<CliOutput> messages) {
        try (InputStream in = Files.newInputStream(file)) {
            LineReader lines = new LineReader(in, LocalCliProcess.LONGEST_LINE_BYTES);
            boolean more = true;
            while (more) {
                more = switch (lines.next()) {
                    case LineReader.Whole(String text) -> {
                        CliCodec.decodeStored(text).ifPresent(messages);
                        yield true;
                    }
                    case LineReader.TooLong _ -> true;
                    case LineReader.End() -> false;
                };
            }
            return true;
        } catch (IOException e) {
            LOG.log(Level.WARNING, "transcript cannot be read file=" + file.getFileName(), e);
            return false;
        }
    }
}
