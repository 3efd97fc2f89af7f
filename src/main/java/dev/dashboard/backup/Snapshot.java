package dev.dashboard.backup;

import dev.dashboard.audit.AuditAnchor;
import dev.dashboard.audit.AuditAnchor.Anchor;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.DatabaseCopy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;

/**
 * Takes a copy of a database while its server runs, looks it through, and gives it its name only then. On any failure nothing is left
 * but what was there before; only a {@code kill -9} leaves a file whose name begins with a dot and ends in {@code .part}.
 *
 * <p>Runs native code on the caller's thread, which must be a platform thread.
 */
public final class Snapshot {
    /** Beside the copy: its manifest, and what a file system wants for itself. */
    private static final long ROOM_BESIDE = 1 << 20;

    private static final int PIECE = 1 << 16;
    private static final List<String> SIDE_FILES = List.of("-journal", "-wal", "-shm");

    private final Verification verification;
    private final String program;
    private final Clock clock;

    /** @param program version of this program, for the manifest */
    public Snapshot(Verification verification, String program, Clock clock) {
        this.verification = verification;
        this.program = program;
        this.clock = clock;
    }

    /**
     * Copies the database into {@code target}, and writes the manifest to {@code target} with {@code .json} added; both for their owner
     * alone, and synced.
     *
     * @param anchor file of the audit's anchor; there need be none
     * @throws Problem NOT_FOUND {@code database-missing}; CONFLICT {@code snapshot-exists}; UNAVAILABLE {@code disk-full}, saying how
     *     much is needed, {@code snapshot-not-written}, or as {@link DatabaseCopy} and {@link Verification} say
     */
    public Manifest take(Path database, Path anchor, Path target) {
        Path manifestFile = manifestOf(target);
        check(database, target, manifestFile);
        Path copy = null;
        Path words = null;
        try {
            Path folder = target.toAbsolutePath().getParent();
            copy = aside(folder, target);
            words = aside(folder, target);
            long start = System.nanoTime();
            Instant takenAt = clock.instant().truncatedTo(ChronoUnit.MILLIS);
            // Before the copy: what was anchored by now is in it.
            List<Anchor> anchors = AuditAnchor.read(anchor);
            DatabaseCopy.write(database, copy);
            sync(copy);
            Contents contents = verification.of(copy, anchors);
            String sha256 = sha256(copy);
            Manifest manifest = new Manifest(
                    program, takenAt, Duration.ofNanos(System.nanoTime() - start), Files.size(copy), sha256, contents);
            Files.writeString(words, manifest.json() + "\n");
            sync(words);
            name(words, manifestFile, copy, target);
            return manifest;
        } catch (IOException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "snapshot-not-written",
                            "The snapshot cannot be written to " + target + " ("
                                    + e.getClass().getSimpleName() + ": " + e.getMessage() + ").")
                    .causedBy(e);
        } finally {
            remove(copy);
            remove(words);
        }
    }

    public static Path manifestOf(Path target) {
        return beside(target, ".json");
    }

    private static void check(Path database, Path target, Path manifestFile) {
        if (!Files.isRegularFile(database)) {
            throw Problem.notFound("database-missing", "There is no " + database + ".");
        }
        for (Path file : List.of(target, manifestFile)) {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw Problem.conflict("snapshot-exists", file + " is there already; a snapshot overwrites nothing.");
            }
        }
        try {
            long needed = size(database) + size(beside(database, "-wal")) + ROOM_BESIDE;
            long free = Files.getFileStore(target.toAbsolutePath().getParent()).getUsableSpace();
            if (free < needed) {
                throw new Problem(
                        Problem.Kind.UNAVAILABLE,
                        "disk-full",
                        "The snapshot needs up to " + mebibytes(needed) + " MiB, and " + mebibytes(free)
                                + " MiB are free in the folder of " + target + ".");
            }
        } catch (IOException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "snapshot-not-written",
                            "The folder of " + target + " cannot be looked at ("
                                    + e.getClass().getSimpleName() + ").")
                    .causedBy(e);
        }
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /** Rounded up, so that what is named suffices. */
    private static long mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }

    /** Empty, for its owner alone; gone at the end of the program, also when that is told to stop. */
    private static Path aside(Path folder, Path target) throws IOException {
        Path file = Files.createTempFile(folder, "." + target.getFileName() + ".", ".part");
        file.toFile().deleteOnExit();
        for (String end : SIDE_FILES) {
            beside(file, end).toFile().deleteOnExit();
        }
        return file;
    }

    private static Path beside(Path file, String end) {
        return file.resolveSibling(file.getFileName() + end);
    }

    /** The manifest first: where the snapshot has its name, all of it is there. */
    private static void name(Path words, Path manifestFile, Path copy, Path target) throws IOException {
        Files.move(words, manifestFile);
        try {
            Files.move(copy, target);
            sync(target.toAbsolutePath().getParent());
        } catch (IOException e) {
            Files.deleteIfExists(manifestFile);
            throw e;
        }
    }

    private static void sync(Path fileOrFolder) throws IOException {
        StandardOpenOption how = Files.isDirectory(fileOrFolder) ? StandardOpenOption.READ : StandardOpenOption.WRITE;
        try (FileChannel channel = FileChannel.open(fileOrFolder, how)) {
            channel.force(true);
        }
    }

    /** Hexadecimal. */
    public static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] piece = new byte[PIECE];
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                digest.update(piece, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void remove(Path aside) {
        if (aside == null) {
            return;
        }
        try {
            Files.deleteIfExists(aside);
            for (String end : SIDE_FILES) {
                Files.deleteIfExists(beside(aside, end));
            }
        } catch (IOException e) {
            System.getLogger(Snapshot.class.getName()).log(System.Logger.Level.ERROR, "not removed file=" + aside, e);
        }
    }
}
