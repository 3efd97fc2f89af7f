package dev.dashboard.session;

import dev.dashboard.event.SessionId;
import java.time.Instant;
import java.util.List;

/**
 * The processes that run at one moment and the line for them. Nothing of it is recorded: it is asked for, shown, and forgotten.
 *
 * @param limit processes that may live at once
 * @param parallelStarts processes that may start at once
 * @param queueLimit sessions that may wait
 * @param live the oldest first
 * @param queue the next first
 */
public record Processes(int limit, int parallelStarts, int queueLimit, List<Live> live, List<Waiting> queue) {

    public Processes {
        live = List.copyOf(live);
        queue = List.copyOf(queue);
    }

    /**
     * A CLI and all that descends from it, as last looked at: up to some seconds old.
     *
     * @param processes how many they are; 0 before the first look
     * @param residentBytes pages that they share count for each
     * @param cpuPercent of one core, over the last seconds; 200 is two cores
     */
    public record Live(
            SessionId session, long pid, Instant startedAt, int processes, long residentBytes, int cpuPercent) {}

    /** @param position from 1, the next */
    public record Waiting(SessionId session, int position, Instant since) {}
}
