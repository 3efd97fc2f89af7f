package dev.dashboard.approval;

import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.SessionId;
import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * One request of the CLI to a person, and what became of it.
 *
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
        Instant requestedAt,
        String state,
        Optional<String> delivery,
        Optional<Decision> decision) {

    /** The first recorded answer. */
    public record Decision(Instant at, Actor.Person by, Optional<String> reason, Optional<JsonObject> changedInput) {}

    public boolean isPending() {
        return state.equals(PENDING);
    }

    static final String PENDING = "pending";
}
