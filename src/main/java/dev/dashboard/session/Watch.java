package dev.dashboard.session;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the stall watchdog looks at.
 *
 * @param heardAt when the CLI last said anything in the turn, or a person answered it
 * @param stalled whether it was recorded that the turn is silent for too long
 * @param waitsFor what the last line said that the CLI waits for: {@code retrying, rate-limited}, or empty
 * @param tools calls without a result: the tool by the call's id
 */
record Watch(Instant heardAt, boolean stalled, Optional<String> waitsFor, Map<String, String> tools) {
    static final Watch NONE = new Watch(Instant.EPOCH, false, Optional.empty(), Map.of());
    /** More calls at once than any turn makes; further ones are not watched. */
    private static final int MOST_TOOLS = 100;

    Watch at(Instant now) {
        return new Watch(now, stalled, waitsFor, tools);
    }

    Watch stalled(boolean now) {
        return new Watch(heardAt, now, waitsFor, tools);
    }

    Watch waitsFor(Optional<String> what) {
        return new Watch(heardAt, stalled, what, tools);
    }

    Watch called(String toolUseId, String tool) {
        if (tools.size() >= MOST_TOOLS) {
            return this;
        }
        Map<String, String> more = new LinkedHashMap<>(tools);
        more.put(toolUseId, tool);
        return new Watch(heardAt, stalled, waitsFor, more);
    }

    Watch returned(String toolUseId) {
        if (!tools.containsKey(toolUseId)) {
            return this;
        }
        Map<String, String> fewer = new LinkedHashMap<>(tools);
        fewer.remove(toolUseId);
        return new Watch(heardAt, stalled, waitsFor, fewer);
    }

    Watch turnOver() {
        return new Watch(heardAt, stalled, Optional.empty(), Map.of());
    }
}
