package dev.dashboard.approval;

import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.SessionId;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * One request of the CLI to a person, and what became of it.
 *
 * @param suggestions what the CLI would take to not ask again, unread
 * @param expiresAt when it is denied by itself; empty for never
 * @param kind {@code permission, question, plan}
 * @param state {@code pending, allowed, denied, withdrawn}
 * @param delivery once decided: {@code recorded} (not yet seen to act on it), {@code delivered}, or {@code unknown} after a crash
 */
public record Approval(
        ApprovalId id,
        SessionId session,
        Optional<String> sessionTitle,
        long seq,
        String kind,
        String toolUseId,
        String tool,
        JsonObject input,
        Optional<String> description,
        Optional<String> reason,
        JsonArray suggestions,
        Instant requestedAt,
        Optional<Instant> expiresAt,
        String state,
        Optional<String> delivery,
        Optional<Decision> decision) {

    /**
     * The first recorded answer.
     *
     * @param by a person, or the server when the request expired
     * @param remembered what was allowed for the rest of the session
     */
    public record Decision(
            Instant at, Actor by, Optional<String> reason, Optional<JsonObject> changedInput, JsonArray remembered) {}

    public boolean isPending() {
        return state.equals(PENDING);
    }

    static final String PENDING = "pending";
}
