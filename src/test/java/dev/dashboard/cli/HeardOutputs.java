package dev.dashboard.cli;

import dev.dashboard.support.Await;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A listener that remembers. */
class HeardOutputs implements CliListener {
    final List<CliOutput> outputs = new CopyOnWriteArrayList<>();
    final List<Exit> exits = new CopyOnWriteArrayList<>();

    @Override
    public void heard(CliOutput output) {
        if (!exits.isEmpty()) {
            throw new AssertionError("heard after the end: " + output);
        }
        outputs.add(output);
    }

    @Override
    public void exited(Exit exit) {
        exits.add(exit);
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
