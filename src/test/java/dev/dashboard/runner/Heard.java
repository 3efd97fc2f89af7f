package dev.dashboard.runner;

import dev.dashboard.custody.ChildListener;
import dev.dashboard.custody.Exit;
import dev.dashboard.support.Await;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a process said and how it ended. */
class Heard implements ChildListener {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final List<Exit> exits = new CopyOnWriteArrayList<>();
    private volatile boolean afterEnd;

    @Override
    public void output(byte[] more, int count) {
        afterEnd |= !exits.isEmpty();
        synchronized (bytes) {
            bytes.write(more, 0, count);
        }
    }

    @Override
    public void exited(Exit exit) {
        exits.add(exit);
    }

    byte[] all() {
        synchronized (bytes) {
            return bytes.toByteArray();
        }
    }

    long count() {
        synchronized (bytes) {
            return bytes.size();
        }
    }

    String text() {
        return new String(all(), StandardCharsets.UTF_8);
    }

    void awaitText(String part) {
        Await.until("it says " + part, () -> text().contains(part));
    }

    /** How it ended; told once, and nothing after it. */
    Exit awaitExit() {
        Await.until("its end is told", Duration.ofSeconds(40), () -> !exits.isEmpty());
        if (exits.size() != 1 || afterEnd) {
            throw new AssertionError("the end was told " + exits.size() + " times, something after it: " + afterEnd);
        }
        return exits.getFirst();
    }
}
