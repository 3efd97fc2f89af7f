package dev.dashboard.event;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands in an event's place in the journal once its contents have expired: the digest that it had, so that the chain of the audit
 * stays as it was. Pure.
 */
public final class Tombstone {
    static final String MEMBER = "expired";

    /** To the byte what {@link #data} makes; anything else is no tombstone, and no event either. */
    private static final Pattern DATA = Pattern.compile("\\{\"" + MEMBER + "\":\"([0-9a-f]{64})\"}");

    private Tombstone() {}

    /** What is stored instead of the event's data. */
    static String data(String digest) {
        return "{\"" + MEMBER + "\":\"" + digest + "\"}";
    }

    /** The digest that it holds; empty for the data of an event that is whole. */
    static Optional<String> digest(String data) {
        Matcher matcher = DATA.matcher(data);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** One value for all that expires of a session: it changes with each digest, and with their order. */
    public static String chained(String before, String digest) {
        return Sha256.of(before, digest);
    }

    /** Whether events of this type, by its name on the wire, lose their contents. */
    public static boolean mayBe(String type) {
        return holdsWords(EventType.parse(type));
    }

    /**
     * No default: whoever adds an event decides whether it holds what people, the model or a tool have said. It then must not hold what
     * anything else is computed from for longer; {@code SessionIndex} shows what is left to compute.
     */
    private static boolean holdsWords(EventType type) {
        return switch (type) {
            case SESSION_TITLED,
                    SESSION_FAILED,
                    PROMPT_SUBMITTED,
                    PROMPT_EDITED,
                    ASSISTANT_REPLIED,
                    ASSISTANT_THOUGHT,
                    TOOL_CALLED,
                    TOOL_RETURNED,
                    APPROVAL_REQUESTED,
                    APPROVAL_RESOLVED,
                    API_RETRIED,
                    PERMISSION_DENIED,
                    BACKGROUND_TASKS_CHANGED,
                    NOTICE_GIVEN,
                    OUTPUT_NOT_UNDERSTOOD -> true;
            case USER_CREATED,
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
                    SESSION_STARTED,
                    PROCESS_STARTED,
                    SESSION_READY,
                    ACTIVITY_CHANGED,
                    TURN_STARTED,
                    CONVERSATION_RESET,
                    INTERRUPTION_REQUESTED,
                    STOP_REQUESTED,
                    SESSION_ENDED,
                    SESSION_INTERRUPTED,
                    PROMPT_REMOVED,
                    PROMPT_HASTENED,
                    PROMPTS_REORDERED,
                    QUEUE_HELD,
                    QUEUE_RELEASED,
                    DELIVERY_REQUESTED,
                    PROMPT_DELIVERED,
                    PROMPT_FINISHED,
                    TURN_ENDED,
                    TURN_INTERRUPTED,
                    TURN_STALLED,
                    TURN_REVIVED,
                    APPROVAL_DELIVERED,
                    APPROVAL_WITHDRAWN,
                    APPROVAL_UNSETTLED,
                    MODEL_ANSWERED,
                    MODEL_FELL_BACK,
                    CONTEXT_COMPACTED,
                    PERMISSION_MODE_CHANGED,
                    RATE_LIMIT_CHANGED,
                    CONTENTS_EXPIRED -> false;
        };
    }
}
