package dev.dashboard.event;

import java.util.UUID;

/** Identifies a session; ours, a random UUID, never reused. */
public record SessionId(UUID value) {
    public static SessionId random() {
        return new SessionId(UUID.randomUUID());
    }

    /** Reads the canonical form. */
    public static SessionId parse(String text) {
        return new SessionId(Ids.parse("session id", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
