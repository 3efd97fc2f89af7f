package dev.dashboard.event;

import java.util.UUID;

/**
 * Identifies a prompt; made by the client, so that sending it twice is harmless. It is also the uuid of the CLI's user message,
 * unless it runs again after a cut: the CLI does not run a finished uuid again (claude-cli note, 4.1).
 */
public record PromptId(UUID value) {
    /** Reads the canonical form. */
    public static PromptId parse(String text) {
        return new PromptId(Ids.parse("promptId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
