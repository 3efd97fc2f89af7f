package dev.dashboard.audit;

import dev.dashboard.audit.AuditLog.Head;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file outside the database that says how far the chain was, and with which hash: who cuts the chain, or writes a new one, must
 * change both. Written after the commits, at most once a second, and synced, so it lags and never leads. Each line also goes to
 * the log now and then, which operators keep elsewhere. Whoever puts an older copy of the database back leaves a line that begins with
 * {@code restored}, in place of those that are about what the copy does not have. What a crash or a full disk has cut off of a line goes
 * before the next one is written: behind it, it would be a damaged line, with which no server starts.
 *
 * <p>Owns the file and one thread. Bounded: beyond {@value #MOST_BYTES} bytes the older lines go.
 */
public final class AuditAnchor implements AutoCloseable {
    static final long MOST_BYTES = 1 << 20;

    private static final Logger LOG = System.getLogger(AuditAnchor.class.getName());
    private static final int KEPT_LINES = 2_000;
    private static final int LOGGED_EVERY = 1_000;
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Pattern LINE = Pattern.compile("(\\d{1,18}) ([0-9a-f]{64}) (\\S+)");
    private static final String RESTORED = "restored ";

    /** The end of what is left of a line and cannot be taken away; no line that is whole ends so. */
    private static final String CUT = " cut";

    /** The chain was at {@code n} then, with this hash. */
    public record Anchor(long n, String hash, Instant at) {}

    private final Path file;
    private final AuditLog log;
    private final Clock clock;
    private final Worker worker;
    private long anchored;
    private long logged;
    private boolean failing;

    private AuditAnchor(Path file, AuditLog log, Clock clock) {
        this.file = file;
        this.log = log;
        this.clock = clock;
        this.anchored = lastAnchored();
        this.logged = anchored;
        this.worker = Worker.virtual("audit-anchor", Worker.lasting(this::run));
    }

    public static AuditAnchor start(Path file, AuditLog log, Clock clock) {
        return new AuditAnchor(file, log, clock);
    }

    private long lastAnchored() {
        List<Anchor> before = read(file);
        return before.isEmpty() ? 0 : before.getLast().n();
    }

    private void run() throws InterruptedException {
        while (true) {
            Thread.sleep(PAUSE);
            write();
        }
    }

    /** A disk that is full now may have room in a second; the chain itself does not wait for it. */
    private synchronized void write() {
        try {
            Head head = log.head();
            if (head.n() > anchored) {
                append(head);
                anchored = head.n();
            }
            failing = false;
        } catch (Problem | IOException e) {
            if (!failing) {
                LOG.log(Level.WARNING, "audit anchor not written file=" + file, e);
            }
            failing = true;
        }
    }

    private void append(Head head) throws IOException {
        if (Files.notExists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
            mend(channel, rest(file));
        }
        if (Files.size(file) > MOST_BYTES) {
            shorten();
        }
        String line = head.n() + " " + head.hash() + " " + clock.instant().truncatedTo(ChronoUnit.SECONDS);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
            append(channel, line);
            channel.force(true);
        }
        if (head.n() - logged >= LOGGED_EVERY) {
            tell(head.n(), head.hash());
        }
    }

    /** What stands behind the last line that is whole. */
    private static String rest(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        return text.substring(text.lastIndexOf('\n') + 1);
    }

    /**
     * Takes away what is left of a line. Of a file that may only grow, it stays and is told apart by its end.
     *
     * @param channel that appends
     */
    static void mend(SeekableByteChannel channel, String rest) throws IOException {
        if (tellsOfRestore(rest)) {
            // Never cut, since its file got its place when all was in it: somebody took the end of the line away.
            append(channel, "");
        } else if (!rest.isEmpty()) {
            takeAway(channel, rest);
        }
    }

    private static void takeAway(SeekableByteChannel channel, String rest) throws IOException {
        try {
            channel.truncate(channel.size() - rest.length());
        } catch (IOException e) {
            append(channel, CUT);
            LOG.log(Level.WARNING, "a cut line cannot be taken out of the audit anchor; it is marked and left out", e);
        }
    }

    /** All of the line or nothing, unless the program dies, or nothing can be taken away either. */
    static void append(SeekableByteChannel channel, String line) throws IOException {
        long before = channel.size();
        try {
            write(channel, line + "\n");
        } catch (IOException e) {
            try {
                channel.truncate(before);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    /** A disk that gets full takes a part first, and says so only the next time. */
    private static void write(WritableByteChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void shorten() throws IOException {
        List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        int oldest = Math.max(0, lines.size() - KEPT_LINES);
        List<String> kept = new ArrayList<>(lines.subList(0, oldest).stream()
                .filter(AuditAnchor::tellsOfRestore)
                .toList());
        kept.addAll(lines.subList(oldest, lines.size()));
        Files.write(fresh, kept, StandardCharsets.ISO_8859_1);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void tell(long n, String hash) {
        logged = n;
        LOG.log(Level.INFO, "audit stands at n={0} hash={1}", Long.toString(n), hash);
    }

    /**
     * All anchors, oldest first; a last line that a crash has cut is left out, and one that is marked as cut: whoever could mark one that is
     * whole could as well take it out. Problem UNAVAILABLE when another one is damaged.
     */
    public static List<Anchor> read(Path file) {
        List<String> lines = lines(file);
        List<Anchor> anchors = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher line = LINE.matcher(lines.get(i));
            if (line.matches()) {
                anchors.add(new Anchor(Long.parseLong(line.group(1)), line.group(2), time(line.group(3))));
            } else if (!tellsOfRestore(lines.get(i)) && !lines.get(i).endsWith(CUT) && i < lines.size() - 1) {
                throw new Problem(
                        Problem.Kind.UNAVAILABLE,
                        "audit-anchor-damaged",
                        "Line " + (i + 1)
                                + " of the audit anchor is damaged: runbooks/AuditBroken.md says what to do.");
            }
        }
        return anchors;
    }

    /** What was put back in place of a newer database, oldest first; each says when, what, and how far the chain had been. */
    public static List<String> restores(Path file) {
        return lines(file).stream()
                .filter(AuditAnchor::tellsOfRestore)
                .map(line -> line.substring(RESTORED.length()))
                .toList();
    }

    /**
     * Writes the anchor that belongs to an older copy of the database: what the present one says of the records that the copy has, which
     * goes on proving them, and a line that tells of the restore. The present one stays as it is.
     *
     * @param present need not be there
     * @param fresh must not be there
     * @param records that the copy has and the present anchor is about; 0 when the copy is of another chain
     * @param told when, what, and how far the chain had been; one line
     * @return how many anchors were taken over
     */
    public static long afterRestore(Path present, Path fresh, long records, String told) throws IOException {
        List<String> kept = new ArrayList<>(lines(present).stream()
                .filter(line -> tellsOfRestore(line) || isWithin(line, records))
                .toList());
        long anchors = kept.stream().filter(line -> !tellsOfRestore(line)).count();
        kept.add(RESTORED + told);
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            write(channel, String.join("\n", kept) + "\n");
            channel.force(true);
        }
        return anchors;
    }

    private static boolean isWithin(String line, long records) {
        Matcher matcher = LINE.matcher(line);
        return matcher.matches() && Long.parseLong(matcher.group(1)) <= records;
    }

    private static boolean tellsOfRestore(String line) {
        return line.startsWith(RESTORED);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.ISO_8859_1) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("the audit anchor cannot be read: " + file, e);
        }
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    /** Writes where the chain stands at the end. */
    @Override
    public void close() {
        worker.close();
        write();
        if (anchored > 0) {
            Head head = log.head();
            tell(head.n(), head.hash());
        }
    }
}
