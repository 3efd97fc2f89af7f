package dev.dashboard.event;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One constant for each record of {@link Event} but {@link Event.Expired}, which was one of the others; so that the way back from a stored name is a switch that the compiler checks.
 * The name on the wire and in the journal is the constant's in kebab-case; it is never changed.
 */
enum EventType {
    USER_CREATED,
    SIGNED_IN,
    SIGN_IN_REFUSED,
    SIGNED_OUT,
    PASSWORD_CHANGED,
    SIGNED_OUT_EVERYWHERE,
    INVITATION_ISSUED,
    INVITATION_ACCEPTED,
    ROLE_CHANGED,
    USER_DISABLED,
    USER_ENABLED,
    API_TOKEN_ISSUED,
    API_TOKEN_REVOKED,
    ACCESS_REFUSED,
    AUDIT_EXPORTED,
    CONFIGURATION_CHANGED,
    LOG_LEVEL_CHANGED,
    BACKUP_REQUESTED,
    PROJECT_ADDED,
    PROJECT_TRUSTED,
    PROJECT_TRUST_WITHDRAWN,
    PROJECT_RETENTION_CHANGED,
    SESSION_CREATED,
    SESSION_SHARED,
    SESSION_QUEUED,
    SESSION_TITLED,
    SESSION_STARTED,
    PROCESS_STARTED,
    SESSION_READY,
    ACTIVITY_CHANGED,
    TURN_STARTED,
    CONVERSATION_RESET,
    INTERRUPTION_REQUESTED,
    STOP_REQUESTED,
    SESSION_ENDED,
    SESSION_FAILED,
    SESSION_INTERRUPTED,
    PROMPT_SUBMITTED,
    PROMPT_EDITED,
    PROMPT_REMOVED,
    PROMPT_HASTENED,
    PROMPTS_REORDERED,
    QUEUE_HELD,
    QUEUE_RELEASED,
    DELIVERY_REQUESTED,
    PROMPT_DELIVERED,
    PROMPT_FINISHED,
    ASSISTANT_REPLIED,
    ASSISTANT_THOUGHT,
    TOOL_CALLED,
    TOOL_RETURNED,
    TURN_ENDED,
    TURN_INTERRUPTED,
    TURN_STALLED,
    TURN_REVIVED,
    APPROVAL_REQUESTED,
    APPROVAL_RESOLVED,
    APPROVAL_DELIVERED,
    APPROVAL_WITHDRAWN,
    APPROVAL_UNSETTLED,
    API_RETRIED,
    MODEL_ANSWERED,
    MODEL_FELL_BACK,
    CONTEXT_COMPACTED,
    PERMISSION_MODE_CHANGED,
    RATE_LIMIT_CHANGED,
    PERMISSION_DENIED,
    BACKGROUND_TASKS_CHANGED,
    NOTICE_GIVEN,
    OUTPUT_NOT_UNDERSTOOD,
    CONTENTS_EXPIRED;

    private static final Map<String, EventType> BY_WIRE =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(EventType::wire, Function.identity()));

    private final String wire = name().toLowerCase(Locale.ROOT).replace('_', '-');

    String wire() {
        return wire;
    }

    static EventType parse(String wire) {
        EventType type = BY_WIRE.get(wire);
        if (type == null) {
            throw new IllegalArgumentException(
                    "unknown event type \"" + wire + "\": the journal was written by a newer server");
        }
        return type;
    }
}
