package dev.dashboard.custody;

import dev.dashboard.custody.ProcessTable.Row;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that ever descended from one process, as far as it was seen: a process that was a descendant once stays one after its parent
 * has ended, and its children are too. Guards itself; the watch and the process look at the table through it.
 *
 * <p>Bounded by what lives: each look forgets who has ended, and keeps only the sum of the processor time it took.
 */
final class ProcessTree {
    /** Looks come each second, and more often at the end: a load is measured over at least this. */
    private static final Duration WINDOW = Duration.ofSeconds(2);

    private final ProcessId root;
    private final Set<ProcessId> known = new HashSet<>();
    /** Processor time of each that lives, at the last look. */
    private Map<ProcessId, Duration> counted = Map.of();

    private ResourceUse use = ResourceUse.NONE;
    private Duration windowCpu = Duration.ZERO;
    private long windowStart;

    /** @param now in nanoseconds, of a clock that never jumps; the process has just begun */
    ProcessTree(ProcessId root, long now) {
        this.root = root;
        this.windowStart = now;
    }

    Set<ProcessId> look(List<Row> table) {
        return look(table, System.nanoTime());
    }

    /** Takes notice of who lives; returns the living, the root left out. */
    synchronized Set<ProcessId> look(List<Row> table, long now) {
        known.add(root);
        Set<ProcessId> living = withDescendants(known, table);
        known.clear();
        known.addAll(living);
        known.remove(root);
        use = use(table, now);
        return Set.copyOf(known);
    }

    /** Those of the given that live, and all that descend from them. */
    static Set<ProcessId> withDescendants(Set<ProcessId> roots, List<Row> table) {
        Map<Long, List<Row>> children = new HashMap<>();
        Set<ProcessId> found = new HashSet<>();
        for (Row row : table) {
            children.computeIfAbsent(row.parent(), _ -> new ArrayList<>()).add(row);
            if (roots.contains(row.id())) {
                found.add(row.id());
            }
        }
        Deque<ProcessId> open = new ArrayDeque<>(found);
        while (!open.isEmpty()) {
            for (Row child : children.getOrDefault(open.remove().pid(), List.of())) {
                if (found.add(child.id())) {
                    open.add(child.id());
                }
            }
        }
        return found;
    }

    private ResourceUse use(List<Row> table, long now) {
        Map<ProcessId, Duration> living = new HashMap<>();
        Duration cpu = use.cpu();
        long bytes = 0;
        for (Row row : table) {
            if (row.id().equals(root) || known.contains(row.id())) {
                cpu = cpu.plus(row.cpu().minus(counted.getOrDefault(row.id(), Duration.ZERO)));
                bytes += row.residentBytes();
                living.put(row.id(), row.cpu());
            }
        }
        counted = living;
        return new ResourceUse(cpu, bytes, living.size(), percent(cpu, now));
    }

    private int percent(Duration cpu, long now) {
        long window = now - windowStart;
        if (window < WINDOW.toNanos()) {
            return use.cpuPercent();
        }
        long percent = Math.round(100.0 * cpu.minus(windowCpu).toNanos() / window);
        windowCpu = cpu;
        windowStart = now;
        return Math.toIntExact(percent);
    }

    /** At the last look. */
    synchronized ResourceUse use() {
        return use;
    }
}
