package dev.dashboard.project;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The files by which a repository can have something run, and nothing else of it. Stateless; any thread, reads at most
 * {@link #MOST_BYTES}.
 *
 * <p>Folders are held open while what lies in them is opened, and no link is followed, not one inside the repository either: so what
 * is read is what lies there, also while somebody exchanges files. Only the kind of a file is asked before it is opened; a pipe that is
 * put there in between makes the reader wait for whoever writes into it.
 */
final class RepositoryFiles {
    static final String SETTINGS = ".claude/settings.json";
    static final String LOCAL_SETTINGS = ".claude/settings.local.json";
    static final String MCP = ".mcp.json";

    /** All files together. What is made of them goes to the CLI as arguments, of which the system takes 128 KiB each. */
    static final int MOST_BYTES = 64 * 1024;

    /** What else the CLI would load from a repository if it were let; it is not, and people are told of it. */
    private static final List<String> MORE_AT_THE_TOP = List.of("CLAUDE.md", "CLAUDE.local.md", "AGENTS.md");

    private static final List<String> MORE =
            List.of("CLAUDE.md", "agents", "commands", "output-styles", "rules", "skills");

    /** @param text exactly the file's bytes, which are UTF-8 */
    record File(String path, byte[] bytes, String text) {}

    /**
     * @param files those that are there, in a fixed order
     * @param others further things that a CLI by itself would load
     */
    record Found(List<File> files, List<String> others) {}

    /** The files cannot be taken as they are. The message is a sentence for people. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    private final List<File> files = new ArrayList<>();
    private final List<String> others = new ArrayList<>();
    private int room = MOST_BYTES;

    private RepositoryFiles() {}

    /** @param folder a real path that was checked just now */
    static Found read(Path folder) throws Refused {
        RepositoryFiles reading = new RepositoryFiles();
        try (SecureDirectoryStream<Path> top = secure(Files.newDirectoryStream(folder))) {
            reading.dotClaude(top);
            reading.file(top, "", ".mcp.json");
            reading.others(top, "", MORE_AT_THE_TOP);
        } catch (IOException e) {
            throw new Refused("The project’s folder cannot be read.");
        }
        return new Found(List.copyOf(reading.files), List.copyOf(reading.others));
    }

    private void dotClaude(SecureDirectoryStream<Path> top) throws IOException, Refused {
        Optional<BasicFileAttributes> attributes = attributes(top, ".claude");
        if (attributes.isEmpty()) {
            return;
        }
        if (!attributes.get().isDirectory()) {
            throw new Refused(".claude is " + kind(attributes.get()) + "; it must be a folder.");
        }
        try (SecureDirectoryStream<Path> folder =
                secure(top.newDirectoryStream(Path.of(".claude"), LinkOption.NOFOLLOW_LINKS))) {
            file(folder, ".claude/", "settings.json");
            file(folder, ".claude/", "settings.local.json");
            others(folder, ".claude/", MORE);
        } catch (NotDirectoryException e) {
            throw new Refused(".claude cannot be read.");
        }
    }

    private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream) throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException("the file system has no safe way to open files below a folder");
    }

    private void file(SecureDirectoryStream<Path> folder, String before, String name) throws IOException, Refused {
        Optional<BasicFileAttributes> attributes = attributes(folder, name);
        if (attributes.isEmpty()) {
            return;
        }
        String path = before + name;
        if (!attributes.get().isRegularFile()) {
            throw new Refused(path + " is " + kind(attributes.get()) + "; it must be a plain file.");
        }
        byte[] bytes;
        try (SeekableByteChannel channel =
                folder.newByteChannel(Path.of(name), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            bytes = bytes(channel, path);
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw new Refused(path + " cannot be read; check that the server’s user may read it.");
        }
        files.add(new File(path, bytes, text(bytes, path)));
    }

    /** The size that the system tells is not believed: a file can grow while it is read. */
    private byte[] bytes(SeekableByteChannel channel, String path) throws IOException, Refused {
        ByteBuffer buffer = ByteBuffer.allocate(room + 1);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            // Until the end of the file, or one byte more than there is room for.
        }
        if (!buffer.hasRemaining()) {
            throw new Refused("With " + path + " the settings are longer than " + MOST_BYTES / 1024
                    + " KiB, all files together. Make them shorter.");
        }
        room -= buffer.position();
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return bytes;
    }

    private static String text(byte[] bytes, String path) throws Refused {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new Refused(path + " is not UTF-8.");
        }
    }

    private void others(SecureDirectoryStream<Path> folder, String before, List<String> names) throws IOException {
        for (String name : names) {
            if (attributes(folder, name).isPresent()) {
                others.add(before + name);
            }
        }
    }

    private static Optional<BasicFileAttributes> attributes(SecureDirectoryStream<Path> folder, String name)
            throws IOException {
        try {
            return Optional.of(
                    folder.getFileAttributeView(Path.of(name), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                            .readAttributes());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static String kind(BasicFileAttributes attributes) {
        if (attributes.isSymbolicLink()) {
            return "a link";
        }
        if (attributes.isDirectory()) {
            return "a folder";
        }
        return attributes.isRegularFile() ? "a file" : "no file but a pipe or a device";
    }
}
