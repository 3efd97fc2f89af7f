package dev.dashboard;

import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.UUID;

/**
 * The folder that holds everything the server keeps, and the lock on it: two servers on one folder would both run its sessions.
 */
final class DataFolder implements AutoCloseable {
    static final String DATABASE = "dashboard.db";
    static final String AUDIT_ANCHOR = "audit-anchor";

    private static final int HIGHEST_PORT = 65_535;

    private final Path root;
    private final FileChannel channel;

    private DataFolder(Path root, FileChannel channel) {
        this.root = root;
        this.channel = channel;
    }

    static DataFolder open(Path folder) {
        try {
            Files.createDirectories(folder);
            Path root = folder.toRealPath();
            for (String name : new String[] {"claude", "secrets"}) {
                Files.createDirectories(
                        root.resolve(name),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            return new DataFolder(root, lock(root));
        } catch (IOException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "data-folder-unusable",
                            "data.dir: " + folder + " cannot be made or written ("
                                    + e.getClass().getSimpleName() + ").")
                    .causedBy(e);
        }
    }

    private static FileChannel lock(Path root) throws IOException {
        FileChannel channel =
                FileChannel.open(root.resolve("dashboard.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // The same process has it open; the answer below says the same.
            channel.close();
        }
        channel.close();
        throw new Problem(
                Problem.Kind.CONFLICT,
                "data-folder-in-use",
                "data.dir: another dashboard uses " + root + ". Stop it first, or choose another folder.");
    }

    Path root() {
        return root;
    }

    Path database() {
        return root.resolve(DATABASE);
    }

    /** How far the audit was; outside the database, so that who changes that must change this too. */
    Path auditAnchor() {
        return root.resolve(AUDIT_ANCHOR);
    }

    /** The CLI's own folder, {@code CLAUDE_CONFIG_DIR}. */
    Path claude() {
        return root.resolve("claude");
    }

    Path sampleProject() {
        return root.resolve("sample-project");
    }

    /** Marks this dashboard's processes; the same in each of its lives. */
    String instance() {
        return UUID.nameUUIDFromBytes(root.toString().getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /** Which port the gateway had last: a CLI that outlives the server comes to it again. 0 when there was none. */
    int gatewayPort() {
        try {
            int port = Integer.parseInt(Files.readString(gatewayPortFile()).strip());
            return port > 0 && port <= HIGHEST_PORT ? port : 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    /** Keeps it for the next start. */
    void keepGatewayPort(int port) {
        try {
            Files.writeString(gatewayPortFile(), port + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path gatewayPortFile() {
        return root.resolve("gateway-port");
    }

    /** Where the key of this start's demo model lies; the key is worth nothing elsewhere. */
    Path demoKey(String key) {
        Path file = root.resolve("secrets").resolve("demo_model_key");
        try {
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            return Files.writeString(file, key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where backups lie, and what whoever makes them says of them; there need be none. */
    Path backups() {
        return root.resolve("backups");
    }

    long databaseBytes() {
        return size(database());
    }

    /** Of the write-ahead log beside the database; 0 when there is none. */
    long walBytes() {
        return size(root.resolve(DATABASE + "-wal"));
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** On the disk of the folder, for this user. */
    long freeBytes() {
        try {
            return Files.getFileStore(root).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The size of that disk. */
    long diskBytes() {
        try {
            return Files.getFileStore(root).getTotalSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Empty while at least so many bytes are free, else a sentence for operators. */
    Optional<String> shortOf(long bytes) {
        try {
            long free = freeBytes();
            return free >= bytes
                    ? Optional.empty()
                    : Optional.of((free >> 20) + " MiB are free on the disk of data.dir, " + (bytes >> 20)
                            + " MiB are wanted");
        } catch (UncheckedIOException e) {
            return Optional.of("the disk of data.dir cannot be asked: "
                    + e.getCause().getClass().getSimpleName());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
