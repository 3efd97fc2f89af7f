package dev.dashboard.cli;

import dev.dashboard.cli.ProcessTable.Row;
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
 * <p>Bounded by what lives: each look forgets who has ended.
 */
final class ProcessTree {
    private final ProcessId root;
    private final Set<ProcessId> known = new HashSet<>();
    private ResourceUse use = ResourceUse.NONE;

    ProcessTree(ProcessId root) {
        this.root = root;
    }

    /** Takes notice of who lives; returns the living, the root left out. */
    synchronized Set<ProcessId> look(List<Row> table) {
        Map<Long, List<Row>> children = new HashMap<>();
        Set<ProcessId> living = new HashSet<>();
        for (Row row : table) {
            children.computeIfAbsent(row.parent(), _ -> new ArrayList<>()).add(row);
            living.add(row.id());
        }
        known.retainAll(living);
        Deque<ProcessId> open = new ArrayDeque<>(known);
        if (living.contains(root)) {
            open.add(root);
        }
        while (!open.isEmpty()) {
            for (Row child : children.getOrDefault(open.remove().pid(), List.of())) {
                if (known.add(child.id())) {
                    open.add(child.id());
                }
            }
        }
        known.remove(root);
        use = use(table);
        return Set.copyOf(known);
    }

    private ResourceUse use(List<Row> table) {
        Duration cpu = Duration.ZERO;
        long bytes = 0;
        int count = 0;
        for (Row row : table) {
            if (row.id().equals(root) || known.contains(row.id())) {
                cpu = cpu.plus(row.cpu());
                bytes += row.residentBytes();
                count++;
            }
        }
        return new ResourceUse(cpu, bytes, count);
    }

    /** At the last look. */
    synchronized ResourceUse use() {
        return use;
    }
}
