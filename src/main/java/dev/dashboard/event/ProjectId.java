package dev.dashboard.event;

import java.util.UUID;

/** Identifies a project; ours, a random UUID, never reused. */
public record ProjectId(UUID value) {
    public static ProjectId random() {
        return new ProjectId(UUID.randomUUID());
    }

    /** Reads the canonical form. */
    public static ProjectId parse(String text) {
        return new ProjectId(Ids.parse("project id", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
