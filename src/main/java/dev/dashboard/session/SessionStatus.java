package dev.dashboard.session;

import java.util.Locale;

/** What a session is doing, as people are told; derived from events alone. */
public enum SessionStatus {
    STARTING,
    IDLE,
    WORKING,
    /** Waits for a person. */
    ASKING,
    /** Waits for a place. */
    QUEUED,
    /** No process; open, and comes back on demand. */
    PARKED,
    STOPPED,
    /** An earlier server died over it. */
    INTERRUPTED,
    FAILED;

    /** The word in the API and in the table. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static SessionStatus of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** Whether a process runs, is about to, or is waited for. */
    public boolean isLive() {
        return switch (this) {
            case STARTING, IDLE, WORKING, ASKING, QUEUED -> true;
            case PARKED, STOPPED, INTERRUPTED, FAILED -> false;
        };
    }
}
