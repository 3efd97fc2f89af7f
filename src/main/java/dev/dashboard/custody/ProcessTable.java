package dev.dashboard.custody;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What runs on this machine, from {@code /proc} (Linux; proc(5)). Stateless. A process that ends while it is read is left out;
 * zombies, which only wait for their parent to take notice, count as ended.
 */
final class ProcessTable {
    private static final Logger LOG = System.getLogger(ProcessTable.class.getName());
    private static final Path PROC = Path.of("/proc");

    /** Fixed for programs by the kernel's interface, on every architecture that we run on. */
    private static final int TICKS_PER_SECOND = 100;

    /** An environment beyond this is not searched further. */
    private static final int LARGEST_ENVIRONMENT = 256 * 1024;

    /** Of {@code stat}, after the name, up to the last that is read. */
    private static final int FIELDS = 22;

    private static final long PAGE_BYTES = pageBytes();

    /** One process. */
    record Row(ProcessId id, long parent, Duration cpu, long residentBytes) {
        long pid() {
            return id.pid();
        }
    }

    private ProcessTable() {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, ProcessTable::isProcess)) {
            for (Path entry : entries) {
                row(Long.parseLong(entry.getFileName().toString())).ifPresent(rows::add);
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.log(Level.WARNING, "the list of processes cannot be read", e);
        }
        return rows;
    }

    private static boolean isProcess(Path entry) {
        return Character.isDigit(entry.getFileName().toString().charAt(0));
    }

    /** The process that has this number now. */
    static Optional<Row> row(long pid) {
        try {
            return parse(Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return Optional.empty(); // it has ended
        }
    }

    /** The name of the program, in parentheses, may hold blanks and parentheses: fields are counted from the last one. */
    private static Optional<Row> parse(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        boolean ended = fields.length < FIELDS || fields[0].equals("Z") || fields[0].equals("X");
        if (ended) {
            return Optional.empty();
        }
        long pid = Long.parseLong(stat.substring(0, stat.indexOf(' ')));
        long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        return Optional.of(new Row(
                new ProcessId(pid, Long.parseLong(fields[19])),
                Long.parseLong(fields[1]),
                Duration.ofMillis(ticks * 1000 / TICKS_PER_SECOND),
                Long.parseLong(fields[21]) * PAGE_BYTES));
    }

    static boolean isAlive(ProcessId id) {
        return row(id.pid()).filter(row -> row.id().equals(id)).isPresent();
    }

    /** The value of a variable that the process was started with; empty also when we may not read it. */
    static Optional<String> variable(long pid, String name) {
        try (InputStream in = Files.newInputStream(PROC.resolve(pid + "/environ"))) {
            String environment = new String(in.readNBytes(LARGEST_ENVIRONMENT), StandardCharsets.UTF_8);
            for (String variable : environment.split("\0")) {
                if (variable.startsWith(name + "=")) {
                    return Optional.of(variable.substring(name.length() + 1));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // it has ended, or is another user's
        }
    }

    /** When the process began, by the machine's clock as it is now; exact to a second. */
    static Optional<Instant> startedAt(ProcessId id) {
        try {
            return Files.readAllLines(PROC.resolve("stat"), StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> line.startsWith("btime "))
                    .map(line -> Instant.ofEpochSecond(
                            Long.parseLong(line.substring("btime ".length()).strip())))
                    .map(boot -> boot.plusMillis(id.startTicks() * 1000 / TICKS_PER_SECOND))
                    .findFirst();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the machine's start time cannot be read", e);
            return Optional.empty();
        }
    }

    private static long pageBytes() {
        try (var lines = Files.lines(PROC.resolve("self/smaps"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("KernelPageSize:"))
                    .findFirst()
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .orElse(4096L);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the page size cannot be read; taking 4096", e);
            return 4096;
        }
    }
}
