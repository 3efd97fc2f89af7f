package dev.dashboard.cli;

import dev.dashboard.custody.Exit;
import dev.dashboard.support.Await;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A listener that remembers. */
class HeardOutputs implements CliListener {
    private static final AtomicLong LINES = new AtomicLong();

    final List<CliOutput> outputs = new CopyOnWriteArrayList<>();
    final List<Exit> exits = new CopyOnWriteArrayList<>();

    @Override
    public void heard(CliOutput output, long end, long readNanos) {
        if (!exits.isEmpty()) {
            throw new AssertionError("heard after the end: " + output);
        }
        outputs.add(output);
    }

    @Override
    public void exited(Exit exit) {
        exits.add(exit);
    }

    /** Numbered as it comes. */
    static boolean send(CliProcess process, CliInput input) {
        return process.send(LINES.incrementAndGet(), CliProcess.line(input));
    }

    Exit awaitExit() {
        Await.until("the process ended", () -> !exits.isEmpty());
        return exits.getFirst();
    }

    <T extends CliOutput> T await(Class<T> type) {
        Await.until(
                "a " + type.getSimpleName() + " was heard, or the end",
                () -> first(type).isPresent() || !exits.isEmpty());
        return first(type).orElseThrow(() -> new AssertionError("ended: " + exits + " after " + outputs));
    }

    <T extends CliOutput> Optional<T> first(Class<T> type) {
        return outputs.stream().filter(type::isInstance).map(type::cast).findFirst();
    }
}
