package dev.dashboard.gateway;

import java.util.HashMap;
import java.util.Map;

/** How many requests pass at once, in all and of one launch: half of the room at most, so that no session takes the model from others. */
final class Room {
    private final int size;
    private final int share;
    private final Map<String, Integer> byLaunch = new HashMap<>();
    private int taken;

    Room(int size) {
        this.size = size;
        this.share = (size + 1) / 2;
    }

    /** Whether there is room for one more; if so it is taken until {@link #leave}. */
    synchronized boolean enter(String launch) {
        if (taken == size || byLaunch.getOrDefault(launch, 0) == share) {
            return false;
        }
        taken++;
        byLaunch.merge(launch, 1, Integer::sum);
        return true;
    }

    synchronized void leave(String launch) {
        taken--;
        byLaunch.computeIfPresent(launch, (_, number) -> number == 1 ? null : number - 1);
    }

    synchronized int taken() {
        return taken;
    }
}
