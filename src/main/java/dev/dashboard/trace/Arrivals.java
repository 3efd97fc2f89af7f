package dev.dashboard.trace;

import dev.dashboard.event.PromptId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The requests by which prompts came, from their arrival until the prompt is recorded. Bounded: of what is never recorded the oldest are
 * forgotten. Any thread.
 */
public final class Arrivals {
    static final int MOST = 1_000;

    /**
     * A request.
     *
     * @param at when it arrived
     * @param requestId as in the log
     * @param traceparent the caller's own place in a trace (W3C Trace Context), as it was sent
     */
    public record Arrival(Instant at, String requestId, Optional<String> traceparent) {
        /** One that is longer is none of ours. */
        private static final int LONGEST = 128;

        public Arrival {
            traceparent = traceparent.filter(text -> text.length() <= LONGEST);
        }
    }

    /** Guarded by itself. */
    private final Map<PromptId, Arrival> arrivals = new LinkedHashMap<>();

    private final boolean wanted;

    private Arrivals(boolean wanted) {
        this.wanted = wanted;
    }

    static Arrivals kept() {
        return new Arrivals(true);
    }

    /** For a server that traces nothing: what is told is forgotten at once. */
    public static Arrivals ignored() {
        return new Arrivals(false);
    }

    public void arrived(PromptId prompt, Arrival arrival) {
        if (!wanted) {
            return;
        }
        synchronized (arrivals) {
            // Sent again, it is the first one that the prompt came by.
            arrivals.putIfAbsent(prompt, arrival);
            if (arrivals.size() > MOST) {
                arrivals.remove(arrivals.keySet().iterator().next());
            }
        }
    }

    Optional<Arrival> take(PromptId prompt) {
        synchronized (arrivals) {
            return Optional.ofNullable(arrivals.remove(prompt));
        }
    }
}
