package dev.dashboard.custody;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.custody.ProcessTable.Row;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessTreeTest {
    private static final ProcessId ROOT = new ProcessId(10, 100);

    private final ProcessTree tree = new ProcessTree(ROOT, 0);

    @Test
    void whoWasSeenOnceIsKnownAfterItsParentIsGone() {
        assertEquals(Set.of(id(11), id(12)), tree.look(List.of(row(10, 1), row(11, 10), row(12, 11), row(20, 1))));

        assertEquals(Set.of(id(12)), tree.look(List.of(row(12, 1), row(20, 1))));
        assertEquals(Set.of(id(12), id(13)), tree.look(List.of(row(12, 1), row(13, 12), row(20, 1))));
    }

    @Test
    void aNumberThatIsUsedAgainIsAnotherProcess() {
        tree.look(List.of(row(10, 1), row(11, 10)));

        Row successor = new Row(new ProcessId(11, 999), 1, Duration.ZERO, 0);
        Row newRoot = new Row(new ProcessId(10, 999), 1, Duration.ZERO, 0);
        assertEquals(Set.of(), tree.look(List.of(successor, newRoot, row(12, 10))));
    }

    @Test
    void useIsOfTheTreeAlone() {
        tree.look(List.of(row(10, 1), row(11, 10), row(20, 1)));

        assertEquals(new ResourceUse(Duration.ofSeconds(2), 2_000, 2, 0), tree.use());
    }

    @Test
    void theLoadIsMeasuredOverTwoSecondsAtLeast() {
        tree.look(List.of(row(10, 1, 500)), seconds(1));
        assertEquals(0, tree.use().cpuPercent(), "one second is too short to tell");

        tree.look(List.of(row(10, 1, 1_000), row(11, 10, 2_000)), seconds(2));
        assertEquals(150, tree.use().cpuPercent());

        tree.look(List.of(row(10, 1, 1_400), row(11, 10, 2_000)), seconds(3));
        assertEquals(150, tree.use().cpuPercent(), "and so is the next");

        tree.look(List.of(row(10, 1, 1_400), row(11, 10, 2_000)), seconds(4));
        assertEquals(20, tree.use().cpuPercent());
    }

    @Test
    void whatAChildHasTakenStaysCountedWhenItHasEnded() {
        tree.look(List.of(row(10, 1, 100), row(11, 10, 3_000)), seconds(2));
        tree.look(List.of(row(10, 1, 300)), seconds(4));

        assertEquals(Duration.ofMillis(3_300), tree.use().cpu());
        assertEquals(10, tree.use().cpuPercent(), "the end of a child is no negative work");
        assertEquals(1, tree.use().processes());
    }

    private static long seconds(int number) {
        return Duration.ofSeconds(number).toNanos();
    }

    private static ProcessId id(long pid) {
        return new ProcessId(pid, 100);
    }

    private static Row row(long pid, long parent) {
        return row(pid, parent, 1_000);
    }

    private static Row row(long pid, long parent, int cpuMillis) {
        return new Row(id(pid), parent, Duration.ofMillis(cpuMillis), 1_000);
    }
}
