package dev.dashboard.problem;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.Serial;
import java.time.Duration;
import java.util.Optional;

/**
 * A failure that a caller can understand and act on.
 *
 * <p>The message is safe to show to a person: it names the field, the limit and the remedy, and holds no secret. The cause, if
 * any, is for operators only. The code is stable, in kebab-case, and part of the API.
 */
public final class Problem extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What kind of failure it is; {@code web} maps each to one HTTP status. */
    public enum Kind {
        /** The request cannot be understood or a value is out of its limits. */
        INVALID,
        /** Nobody is signed in, or the sign-in is over. */
        UNAUTHENTICATED,
        /** Signed in, but not allowed. */
        FORBIDDEN,
        /** No such thing, or none that this caller may see. */
        NOT_FOUND,
        /** The state does not allow it now; the details say which state. */
        CONFLICT,
        /** A body or a text is larger than its limit. */
        TOO_LARGE,
        /** Too many attempts; retry after the stated time. */
        TOO_MANY,
        /** A bounded queue is full; nothing was recorded; the same request may be sent again. */
        BUSY,
        /** Something the server depends on does not work now (journal, CLI). */
        UNAVAILABLE
    }

    private final Kind kind;
    private final String code;
    private final transient JsonObject details;
    private final transient Optional<Duration> retryAfter;

    private Problem(
            Kind kind,
            String code,
            String message,
            JsonObject details,
            Optional<Duration> retryAfter,
            Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.code = code;
        this.details = details;
        this.retryAfter = retryAfter;
    }

    public Problem(Kind kind, String code, String message) {
        this(kind, code, message, JsonObject.EMPTY_JSON_OBJECT, Optional.empty(), null);
    }

    public static Problem invalid(String code, String message) {
        return new Problem(Kind.INVALID, code, message);
    }

    public static Problem notFound(String code, String message) {
        return new Problem(Kind.NOT_FOUND, code, message);
    }

    public static Problem conflict(String code, String message) {
        return new Problem(Kind.CONFLICT, code, message);
    }

    /** The same problem with members that are added to the problem document, for instance the present state. */
    public Problem with(JsonObject more) {
        return new Problem(
                kind,
                code,
                getMessage(),
                Json.createObjectBuilder(details)
                        .addAll(Json.createObjectBuilder(more))
                        .build(),
                retryAfter,
                getCause());
    }

    public Problem with(String name, String value) {
        return with(Json.createObjectBuilder().add(name, value).build());
    }

    public Problem retryAfter(Duration wait) {
        return new Problem(kind, code, getMessage(), details, Optional.of(wait), getCause());
    }

    public Problem causedBy(Throwable cause) {
        return new Problem(kind, code, getMessage(), details, retryAfter, cause);
    }

    public Kind kind() {
        return kind;
    }

    public String code() {
        return code;
    }

    public JsonObject details() {
        return details;
    }

    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
