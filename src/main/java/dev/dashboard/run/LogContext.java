package dev.dashboard.run;

import java.util.Optional;

/**
 * For whom a thread works just now, as the lines that it logs say: the request, the session, the person, each as its id.
 *
 * <p>Entered once, where a request or the work of a session begins, and left by itself when that ends, however it ends: the next
 * request on the same connection begins without a trace of the last. It does not follow work that is handed to another thread.
 *
 * <p>Of the one thread that entered it.
 */
public final class LogContext {
    private static final ScopedValue<LogContext> PRESENT = ScopedValue.newInstance();
    private static final LogContext NOBODY = new LogContext(Optional.empty(), Optional.empty());

    private final Optional<String> requestId;
    private Optional<String> sessionId;
    private Optional<String> userId = Optional.empty();

    private LogContext(Optional<String> requestId, Optional<String> sessionId) {
        this.requestId = requestId;
        this.sessionId = sessionId;
    }

    public static LogContext ofRequest(String requestId) {
        return new LogContext(Optional.of(requestId), Optional.empty());
    }

    public static LogContext ofSession(Object sessionId) {
        return new LogContext(Optional.empty(), Optional.of(sessionId.toString()));
    }

    /** Of the present thread; without any id when it works for nobody in particular. */
    public static LogContext present() {
        return PRESENT.orElse(NOBODY);
    }

    /** Runs the work in this context; what it throws passes. */
    public <T, X extends Throwable> T call(ScopedValue.CallableOp<? extends T, X> work) throws X {
        return ScopedValue.where(PRESENT, this).call(work);
    }

    /** As {@link #call}. */
    public void run(Runnable work) {
        ScopedValue.where(PRESENT, this).run(work);
    }

    /** It turned out who asks. */
    public static void user(Object id) {
        if (PRESENT.isBound()) {
            PRESENT.get().userId = Optional.of(id.toString());
        }
    }

    /** It turned out which session this is about. */
    public static void session(Object id) {
        if (PRESENT.isBound()) {
            PRESENT.get().sessionId = Optional.of(id.toString());
        }
    }

    public Optional<String> requestId() {
        return requestId;
    }

    public Optional<String> sessionId() {
        return sessionId;
    }

    public Optional<String> userId() {
        return userId;
    }
}
