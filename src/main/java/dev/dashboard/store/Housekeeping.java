package dev.dashboard.store;

import dev.dashboard.run.Worker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps the database file in shape without standing in the writer's way. All the time: takes the write-ahead log over into the database,
 * beside the writer, which therefore need not do it in a commit that somebody waits for. Once a day: chores, what SQLite wants to know for
 * its planner, and giving free pages back to the disk, each in small slices through the writer. A slice waits until nobody else
 * does, and rests afterwards for longer than it took.
 *
 * <p>Owns one platform thread and one connection of its own; close it before the database.
 */
public final class Housekeeping implements AutoCloseable {
    /**
     * @param hour of the day, UTC, at which a run begins; empty: never
     * @param walKept the write-ahead log's file may be so large, in bytes; a larger one is cut at a moment when nobody uses it
     * @param freeKept free space in the database file that is left for what is written next, in bytes
     */
    public record Bounds(OptionalInt hour, long walKept, long freeKept) {}

    /** How a run went. @param took zero when there was none */
    public record Run(Optional<Instant> finished, Duration took, boolean good) {}

    private static final Logger LOG = System.getLogger(Housekeeping.class.getName());
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration NEXT_TRY = Duration.ofMinutes(1);

    /** Takes over when so much waits, as SQLite itself would in a commit; or what there is when it has waited this long. */
    private static final int FRAMES = 1000;

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    /** Nobody has written for so long: a moment for what would be in a writer's way. */
    private static final Duration QUIET = Duration.ofSeconds(3);

    /** A slice with its commit should take no longer than this; the number of pages follows. */
    private static final Duration SLICE = Duration.ofMillis(15);

    private static final int FIRST_PAGES = 16;
    private static final int MOST_PAGES = 128;

    /** A slice is followed by a rest of so many times its own length: the writer is the others' for most of the time. */
    private static final int REST = 4;

    private static final Duration LET_OTHERS = Duration.ofMillis(5);

    /** What is not done by then waits for the next day. */
    private static final Duration LONGEST_RUN = Duration.ofHours(1);

    /** Rows of an index that are looked at for the planner. */
    private static final int ANALYSIS_LIMIT = 200;

    private static final int SMALL_ROWS = 10_000;
    private static final Pattern ANALYZE = Pattern.compile("ANALYZE (\"main\"\\.\"[^\"]+\")");

    /** 1: change nothing; 2: name tables that have changed much; 0x10000: also those that this connection has not read. */
    private static final String ONLY_SAY_WHAT = "0x10003";

    private final Database database;
    private final Bounds bounds;
    private final List<Chore> chores;
    private final HousekeepingListener listener;
    private final Clock clock;
    private final Worker worker;
    private volatile Run last = new Run(Optional.empty(), Duration.ZERO, true);
    private volatile long freeBytes;
    private Instant next;
    private Duration lastSlice = Duration.ZERO;
    private long tookOver = System.nanoTime();
    private long seenFrames;
    private long quietSince = System.nanoTime();

    /** What was taken away still stands in the log; at a start nobody knows whether an earlier one came to cutting it. */
    private boolean erasing;

    private Housekeeping(
            Database database, Bounds bounds, List<Chore> chores, HousekeepingListener listener, Clock clock) {
        this.database = database;
        this.bounds = bounds;
        this.chores = List.copyOf(chores);
        this.listener = listener;
        this.clock = clock;
        this.next = next(clock.instant());
        this.erasing = chores.stream().anyMatch(Chore::erases);
        this.worker = Worker.platform("housekeeping", this::work);
    }

    public static Housekeeping start(
            Database database, Bounds bounds, List<Chore> chores, HousekeepingListener listener, Clock clock) {
        return new Housekeeping(database, bounds, chores, listener, clock);
    }

    /** Whether there is an hour at which it does. */
    public boolean runs() {
        return bounds.hour().isPresent();
    }

    /** The last run since the start. */
    public Run last() {
        return last;
    }

    /** Space in the database file that nothing is on; at most a minute old. */
    public long freeBytes() {
        return freeBytes;
    }

    // ---- the thread

    private void work() throws InterruptedException {
        while (true) {
            try (SideConnection side = new SideConnection(database.file())) {
                while (true) {
                    checkpoint(side);
                    if (!clock.instant().isBefore(next)) {
                        next = next(clock.instant());
                        run(side);
                    }
                    Thread.sleep(LOOK);
                }
            } catch (SQLException | RuntimeException e) {
                LOG.log(Level.WARNING, "housekeeping cannot use the database; it tries again", e);
            }
            Thread.sleep(NEXT_TRY);
        }
    }

    /** The next time that it is the hour; never, far away. */
    private Instant next(Instant now) {
        if (bounds.hour().isEmpty()) {
            return Instant.MAX;
        }
        ZonedDateTime today =
                now.atZone(ZoneOffset.UTC).with(LocalTime.of(bounds.hour().getAsInt(), 0));
        return (today.toInstant().isAfter(now) ? today : today.plusDays(1)).toInstant();
    }

    // ---- the write-ahead log

    private void checkpoint(SideConnection side) throws SQLException {
        SideConnection.Log log = side.log();
        boolean waited = erasing || System.nanoTime() - tookOver >= LONGEST_WAIT.toNanos();
        if (waited) {
            freeBytes = side.freePages() * side.pageBytes();
        }
        if (log.left() >= FRAMES || waited && log.left() > 0) {
            long start = System.nanoTime();
            log = side.takeOver();
            listener.checkpointed(since(start));
            tookOver = System.nanoTime();
        } else if (waited) {
            tookOver = System.nanoTime();
        }
        if (log.all() != seenFrames) {
            seenFrames = log.all();
            quietSince = System.nanoTime();
        }
        // Under writes it would only grow again, and growing makes each commit dearer. With nothing left in it, cutting
        // is short.
        boolean quiet = System.nanoTime() - quietSince >= QUIET.toNanos();
        boolean large = database.walBytes() > bounds.walKept();
        if (quiet && log.left() == 0 && (large || erasing) && database.waiting() == 0) {
            erasing &= side.cut().busy();
        }
    }

    // ---- a run

    private void run(SideConnection side) throws InterruptedException {
        long start = System.nanoTime();
        try {
            Optional<RuntimeException> failed = chores(start);
            plan(start);
            long freed = shrink(side, start);
            freeBytes = side.freePages() * side.pageBytes();
            if (failed.isPresent()) {
                throw failed.get();
            }
            Duration took = since(start);
            last = new Run(Optional.of(clock.instant()), took, true);
            listener.done(took, freed);
            LOG.log(
                    Level.INFO,
                    "housekeeping done millis={0} freed_bytes={1} free_bytes={2}",
                    Long.toString(took.toMillis()),
                    Long.toString(freed),
                    Long.toString(freeBytes));
        } catch (SQLException | RuntimeException e) {
            last = new Run(Optional.of(clock.instant()), since(start), false);
            listener.failed();
            LOG.log(Level.WARNING, "housekeeping given up until the next day", e);
        }
    }

    /** One that fails keeps nothing else from being done. Returns the first failure. */
    private Optional<RuntimeException> chores(long start) throws InterruptedException {
        Optional<RuntimeException> failed = Optional.empty();
        for (Chore chore : chores) {
            try {
                while (inTime(start) && slice(chore.slice()::more)) {
                    rest();
                    erasing |= chore.erases();
                }
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "chore given up until the next day name=" + chore.name(), e);
                failed = failed.or(() -> Optional.of(e));
            }
        }
        return failed;
    }

    /**
     * One small table at a time, and of its indexes a sample. Of a large one SQLite may count all rows whatever the limit, and the writer
     * would wait for that; the journal is only ever asked for numbers and sessions, which needs no statistics.
     */
    private void plan(long start) throws InterruptedException {
        List<String> wanted = new ArrayList<>();
        slice(() -> wanted.addAll(database.write(
                tx -> tx.list("PRAGMA optimize(" + ONLY_SAY_WHAT + ")", row -> row.string("optimize")))));
        rest();
        for (String analyze : wanted) {
            Matcher table = ANALYZE.matcher(analyze);
            if (table.matches() && isSmall(table.group(1)) && inTime(start)) {
                slice(() -> {
                    database.script("PRAGMA analysis_limit = " + ANALYSIS_LIMIT + ";" + analyze);
                    return true;
                });
                rest();
            }
        }
    }

    /** Asked of a reader. */
    private boolean isSmall(String table) {
        return database.first(
                        "SELECT count(*) AS n FROM (SELECT 1 FROM " + table + " LIMIT " + (SMALL_ROWS + 1) + ")",
                        Map.of(),
                        row -> row.longValue("n"))
                .filter(rows -> rows <= SMALL_ROWS)
                .isPresent();
    }

    /** Returns by how many bytes the file is smaller. */
    private long shrink(SideConnection side, long start) throws SQLException, InterruptedException {
        if (!side.shrinks()) {
            return 0;
        }
        long pageBytes = side.pageBytes();
        long before = side.pages();
        long kept = bounds.freeKept() / pageBytes;
        long free = side.freePages();
        long freeBefore = Long.MAX_VALUE;
        int pages = FIRST_PAGES;
        // Others may free pages and take them meanwhile; a slice after which there are no fewer was the last.
        while (free > kept && free < freeBefore && inTime(start)) {
            long count = Math.min(pages, free - kept);
            slice(() -> {
                database.script("PRAGMA incremental_vacuum(" + count + ")");
                return true;
            });
            pages = Math.clamp(lastSlice.compareTo(SLICE) > 0 ? pages / 2 : pages * 2L, 1, MOST_PAGES);
            rest();
            freeBefore = free;
            free = side.freePages();
        }
        return Math.max(0, (before - side.pages()) * pageBytes);
    }

    // ---- slices

    /** When nobody else waits for the writer. */
    private boolean slice(Chore.Slice work) throws InterruptedException {
        while (database.waiting() > 0) {
            Thread.sleep(LET_OTHERS);
        }
        long start = System.nanoTime();
        boolean more = work.more();
        lastSlice = since(start);
        listener.held(lastSlice);
        return more;
    }

    private void rest() throws InterruptedException {
        Thread.sleep(lastSlice.multipliedBy(REST));
    }

    private static boolean inTime(long start) {
        return since(start).compareTo(LONGEST_RUN) < 0;
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Lets a slice that has begun end. */
    @Override
    public void close() {
        worker.close();
    }
}
