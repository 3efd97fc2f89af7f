package dev.dashboard.custody;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * Finds the CLI's own records of conversations, {@code CONFIG/projects/FOLDER/ID.jsonl}. The folder's name is the directory's, made
 * unreadable, and a resumed conversation stays in its first folder; so the file is looked for by its name alone. Stateless.
 */
final class Transcripts {
    private static final Logger LOG = System.getLogger(Transcripts.class.getName());

    private final Path projects;

    /** Of the CLI's folder, {@code CLAUDE_CONFIG_DIR}. */
    Transcripts(Path configDirectory) {
        this.projects = configDirectory.resolve("projects");
    }

    /** The conversation's file, if it has one: the CLI makes it with the first prompt. */
    Optional<Path> find(UUID conversation) {
        if (!Files.isDirectory(projects)) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(projects, Files::isDirectory)) {
            for (Path folder : folders) {
                Path file = folder.resolve(conversation + ".jsonl");
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
}
