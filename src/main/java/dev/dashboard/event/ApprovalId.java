package dev.dashboard.event;

import java.util.UUID;

/** Identifies one request of the CLI to a person; ours, a random UUID. */
public record ApprovalId(UUID value) {
    public static ApprovalId random() {
        return new ApprovalId(UUID.randomUUID());
    }

    /** Reads the canonical form. */
    public static ApprovalId parse(String text) {
        return new ApprovalId(Ids.parse("approval id", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
