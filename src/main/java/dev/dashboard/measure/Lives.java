package dev.dashboard.measure;

import dev.dashboard.event.SessionId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How far each session with a process is, from what was recorded since this server began. A session that was there before is not known
 * until something tells; then it is taken for one whose process runs. Forgets the oldest beyond a bound. For one thread.
 */
final class Lives {
    private static final String UNKNOWN_MODEL = "unknown";

    private enum Process {
        /** Not yet: it waits in the line. */
        NONE,
        /** Wanted. */
        WANTED,
        /** There is one, which has not answered. */
        STARTING,
        READY
    }

    private enum Turn {
        UNKNOWN,
        NONE,
        RUNNING
    }

    /** @param model of the last turn that began */
    private record Life(Process process, Turn turn, String model) {
        static final Life UNKNOWN = new Life(Process.READY, Turn.UNKNOWN, UNKNOWN_MODEL);

        static Life with(Process process) {
            return new Life(process, Turn.NONE, UNKNOWN_MODEL);
        }
    }

    /** What a session's end ended. */
    record Ended(boolean process, boolean start) {}

    private final Map<SessionId, Life> lives = new LinkedHashMap<>();

    private Life life(SessionId session) {
        return Optional.ofNullable(lives.get(session)).orElse(Life.UNKNOWN);
    }

    private void put(SessionId session, Life life) {
        lives.put(session, life);
        if (lives.size() > Since.MOST) {
            lives.remove(lives.keySet().iterator().next());
        }
    }

    void waits(SessionId session) {
        put(session, Life.with(Process.NONE));
    }

    void starts(SessionId session) {
        put(session, Life.with(Process.WANTED));
    }

    void hasProcess(SessionId session) {
        put(session, Life.with(Process.STARTING));
    }

    void ready(SessionId session) {
        put(session, Life.with(Process.READY));
    }

    void turnBegan(SessionId session, String model) {
        put(session, new Life(Process.READY, Turn.RUNNING, model));
    }

    /** Answers the model that the turn began with. */
    String turnEnded(SessionId session) {
        String model = life(session).model();
        put(session, new Life(Process.READY, Turn.NONE, model));
        return model;
    }

    /** Whether it is known that no turn runs, so that a prompt taken now begins one. */
    boolean isBetweenTurns(SessionId session) {
        return life(session).turn() == Turn.NONE;
    }

    /** Forgets it. */
    Ended ended(SessionId session) {
        Process process = life(session).process();
        lives.remove(session);
        return new Ended(
                process == Process.STARTING || process == Process.READY,
                process == Process.WANTED || process == Process.STARTING);
    }
}
