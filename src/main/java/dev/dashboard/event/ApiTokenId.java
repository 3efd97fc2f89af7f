package dev.dashboard.event;

import java.util.UUID;

/** Identifies an API token; ours, a random UUID. Not the token itself. */
public record ApiTokenId(UUID value) {
    public static ApiTokenId random() {
        return new ApiTokenId(UUID.randomUUID());
    }

    /** Reads the canonical form. */
    public static ApiTokenId parse(String text) {
        return new ApiTokenId(Ids.parse("api token id", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
