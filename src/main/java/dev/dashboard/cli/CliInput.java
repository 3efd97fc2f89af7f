package dev.dashboard.cli;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;

/**
 * All that may be written to the CLI's stdin, one line each. Request ids are made by the sender and come back in a {@link
 * CliOutput.ControlResponse}.
 *
 * <p>A line that the CLI cannot read ends it with exit code 1, so nothing but these is ever written.
 */
public sealed interface CliInput {

    /** Must be the first line ({@code --await-initialize}); its answer is the proof that the process is up. May be repeated. */
    record Initialize(String requestId) implements CliInput {}

    /**
     * A prompt. The CLI does not run a uuid again whose turn it finished, not even after a resume; one that was cut by SIGKILL it
     * runs again.
     *
     * @param now cuts the running turn, which then counts as well ended, and runs next ({@code priority}); else it is queued inside the CLI
     * @param uuid comes back in the replay, in the lifecycle, in the result, and stands in the transcript on disk
     */
    record UserTurn(String uuid, String text, boolean now) implements CliInput {
        public UserTurn(String uuid, String text) {
            this(uuid, text, false);
        }
    }

    /** The answer to a {@link CliOutput.CanUseTool}; the id is the CLI's. */
    record Permission(String requestId, Decision decision) implements CliInput {}

    sealed interface Decision {}

    /**
     * The call runs with this input.
     *
     * @param input as it was asked, or changed
     * @param permissions the CLI's {@code updatedPermissions} (rules, a change of mode); empty for none
     */
    record Allow(JsonObject input, JsonArray permissions) implements Decision {
        public Allow(JsonObject input) {
            this(input, JsonValue.EMPTY_JSON_ARRAY);
        }
    }

    /**
     * The call does not run.
     *
     * @param message what the model reads as the reason
     * @param interrupt whether the turn ends as well
     */
    record Deny(String message, boolean interrupt) implements Decision {}

    /**
     * Cuts the running turn; harmless when none runs.
     *
     * @param cancelQueued whether prompts that wait inside the CLI are dropped too (their lifecycle says {@code cancelled})
     */
    record Interrupt(String requestId, boolean cancelQueued) implements CliInput {
        public Interrupt(String requestId) {
            this(requestId, false);
        }
    }

    /** Answers a request that we do not know. Unanswered, the turn would hang. */
    record RefuseRequest(String requestId, String error) implements CliInput {}

    /** {@code default, acceptEdits, plan, dontAsk, bypassPermissions, auto}. */
    record SetPermissionMode(String requestId, String mode) implements CliInput {}

    /** An unknown name is accepted by the CLI and fails in the next turn. */
    record SetModel(String requestId, String model) implements CliInput {}

    /** Drops one prompt that waits inside the CLI. */
    record CancelQueued(String requestId, String uuid) implements CliInput {}
}
