package dev.dashboard.custody;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Finds the CLI's own records of conversations, {@code CONFIG/projects/FOLDER/ID.jsonl}. The folder's name is the directory's, made
 * unreadable, and a resumed conversation stays in its first folder; so the file is looked for by its name alone. Stateless.
 */
final class Transcripts {
    private static final Logger LOG = System.getLogger(Transcripts.class.getName());

    /** Where the CLI keeps more under a conversation's name: copies of files that it changed, variables of its shell. */
    private static final List<String> BESIDE = List.of("file-history", "session-env");

    private final Path configDirectory;
    private final Path projects;

    /** Of the CLI's folder, {@code CLAUDE_CONFIG_DIR}. */
    Transcripts(Path configDirectory) {
        this.configDirectory = configDirectory;
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

    /**
     * Deletes the conversation's file wherever it is, the folder of its subagents beside it, and what else stands under its name. Links are
     * deleted themselves, and nothing that they lead to.
     */
    void delete(UUID conversation) throws IOException {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(projects, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> folders =
                    Files.newDirectoryStream(projects, one -> Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS))) {
                for (Path folder : folders) {
                    found.add(folder.resolve(conversation + ".jsonl"));
                    found.add(folder.resolve(conversation.toString()));
                }
            }
        }
        BESIDE.stream()
                .map(configDirectory::resolve)
                .filter(folder -> Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS))
                .forEach(folder -> found.add(folder.resolve(conversation.toString())));
        for (Path one : found) {
            deleteTree(one);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> all = Files.walk(root)) {
            for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(one);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
