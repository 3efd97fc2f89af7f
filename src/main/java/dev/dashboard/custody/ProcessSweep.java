package dev.dashboard.custody;

import dev.dashboard.custody.Custody.Marked;
import dev.dashboard.custody.Exit.Leftover;
import dev.dashboard.custody.ProcessTable.Row;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Finds and ends processes that outlived what they belonged to: the strays of a CLI that has ended, and the CLIs of a server that
 * died. They are known by the marks in their environment ({@link Command#LAUNCH_MARK}), which every child inherits, wherever in
 * the tree it went; by descent, where that was seen; or by number and start time.
 *
 * <p>What cannot be found: a process that had left the tree before it was ever seen there (the tree is looked at each second)
 * <em>and</em> was started with a cleared environment, or by another user (sudo), or on another machine (ssh, a container's
 * daemon). Only a container of its own around the CLI rules these out.
 *
 * <p>Stateless; any thread; the waits are bounded.
 */
final class ProcessSweep {
    private static final Logger LOG = System.getLogger(ProcessSweep.class.getName());

    /** Time to end by SIGTERM, for what was left over. */
    private static final Duration POLITE = Duration.ofMillis(300);

    /** After this, what still lives is reported as remaining (it hangs in the kernel, or forks faster than we kill). */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    /** Start times pass through the machine's clock, which may have been set meanwhile. */
    private static final Duration START_TOLERANCE = Duration.ofSeconds(2);

    private ProcessSweep() {}

    /** All living processes of this dashboard, oldest first: after a crash, what an earlier server left behind. */
    static List<Marked> ofInstance(String instance) {
        return marked(Command.INSTANCE_MARK, instance).stream()
                .map(id -> new Marked(
                        id,
                        ProcessTable.variable(id.pid(), Command.SESSION_MARK).orElse(""),
                        ProcessTable.variable(id.pid(), Command.LAUNCH_MARK).orElse("")))
                .toList();
    }

    /** All living processes of one launch, oldest first: the first is the CLI, if that still lives. */
    static List<ProcessId> ofLaunch(String launch) {
        return marked(Command.LAUNCH_MARK, launch);
    }

    private static List<ProcessId> marked(String name, String value) {
        return marked(name, value, ProcessTable.rows());
    }

    private static List<ProcessId> marked(String name, String value, List<Row> table) {
        if (value.isEmpty()) {
            return List.of(); // an empty mark is no mark
        }
        long self = ProcessHandle.current().pid();
        return table.stream()
                .filter(row -> row.pid() != self)
                .filter(row -> ProcessTable.variable(row.pid(), name)
                        .filter(value::equals)
                        .isPresent())
                .map(Row::id)
                .sorted(Comparator.comparingLong(ProcessId::startTicks).thenComparingLong(ProcessId::pid))
                .toList();
    }

    /** The process with this number, if it is the one that began then, give or take two seconds. */
    static Optional<ProcessId> find(long pid, Instant startedAt) {
        return ProcessTable.row(pid)
                .map(Row::id)
                .filter(id -> ProcessTable.startedAt(id)
                        .filter(start ->
                                Duration.between(start, startedAt).abs().compareTo(START_TOLERANCE) <= 0)
                        .isPresent());
    }

    static boolean isAlive(ProcessId id) {
        return ProcessTable.isAlive(id);
    }

    /**
     * Waits for a process to end by itself. A CLI whose server has died finishes its running turn, saves it, and ends.
     *
     * @return false when it still lives after the limit
     */
    static boolean awaitEnd(ProcessId id, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (isAlive(id)) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            Thread.sleep(LOOK_AGAIN);
        }
        return true;
    }

    /** Ends all processes of a launch, the CLI too if it lives: SIGTERM, and shortly after it SIGKILL. */
    static Leftover end(String launch) throws InterruptedException {
        return end(launch, _ -> Set.of());
    }

    /** As {@link #end(String)}, and whatever else the function finds in the table each time. */
    static Leftover end(String launch, Function<List<Row>, Set<ProcessId>> more) throws InterruptedException {
        Set<ProcessId> found = new HashSet<>();
        Set<ProcessId> living = living(launch, found, more);
        long start = System.nanoTime();
        int quiet = 0;
        // A child may be born between two looks, so what was not empty must be seen empty twice.
        while ((!living.isEmpty() || (!found.isEmpty() && quiet < 2)) && within(start, LONGEST)) {
            boolean politely = within(start, POLITE);
            for (ProcessId id : living) {
                if (found.add(id) || !politely) {
                    signal(id, politely);
                }
            }
            Thread.sleep(PAUSE);
            living = living(launch, found, more);
            quiet = living.isEmpty() ? quiet + 1 : 0;
        }
        Leftover leftover = new Leftover(found.size(), found.size() - living.size(), living.size());
        if (leftover.found() > 0) {
            Level level = leftover.remaining() > 0 ? Level.ERROR : Level.INFO;
            LOG.log(level, "strays ended found={0} remaining={1}", leftover.found(), leftover.remaining());
        }
        return leftover;
    }

    private static boolean within(long start, Duration time) {
        return System.nanoTime() - start < time.toNanos();
    }

    /** With descendants, since a child may have cleared its environment. */
    private static Set<ProcessId> living(
            String launch, Set<ProcessId> found, Function<List<Row>, Set<ProcessId>> more) {
        List<Row> table = ProcessTable.rows();
        Set<ProcessId> roots = new HashSet<>(found);
        roots.addAll(more.apply(table));
        roots.addAll(marked(Command.LAUNCH_MARK, launch, table));
        Set<ProcessId> living = ProcessTree.withDescendants(roots, table);
        living.removeIf(id -> id.pid() == ProcessHandle.current().pid());
        return living;
    }

    /** The number may belong to another process by now, so its identity is asked for once more. */
    private static void signal(ProcessId id, boolean politely) {
        ProcessHandle.of(id.pid()).filter(_ -> isAlive(id)).ifPresent(process -> {
            boolean sent = politely ? process.destroy() : process.destroyForcibly();
            LOG.log(
                    Level.DEBUG,
                    "stray signalled pid={0} politely={1} sent={2}",
                    Long.toString(id.pid()),
                    politely,
                    sent);
        });
    }
}
