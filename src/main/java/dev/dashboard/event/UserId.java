package dev.dashboard.event;

import java.util.UUID;

/** Identifies a user; ours, a random UUID, never reused. */
public record UserId(UUID value) {
    public static UserId random() {
        return new UserId(UUID.randomUUID());
    }

    /** Reads the canonical form. */
    public static UserId parse(String text) {
        return new UserId(Ids.parse("user id", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
