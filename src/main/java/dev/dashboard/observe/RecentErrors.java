package dev.dashboard.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.dashboard.run.LogContext;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last warnings and errors that were logged, by whatever part of the program, for those who cannot read the log just now.
 *
 * <p>Owns the last {@link #MOST} lines, masked and each cut at {@link #LONGEST_TEXT} characters a text; older ones are forgotten, and so
 * are all at a restart. Reading and logging are safe for all threads.
 */
public final class RecentErrors implements AutoCloseable {
    static final int MOST = 100;

    /** Characters of a message, and of a stack trace. */
    static final int LONGEST_TEXT = 4 * 1024;

    /** A secret may begin before the cut and end behind it. */
    private static final int LOOKED_AT = 2 * LONGEST_TEXT;

    /**
     * A line.
     *
     * @param level {@code WARN} or {@code ERROR}
     * @param exception its stack trace
     */
    public record Line(
            Instant time,
            String level,
            String logger,
            String message,
            Optional<String> requestId,
            Optional<String> sessionId,
            Optional<String> exception) {}

    private final Deque<Line> lines = new ArrayDeque<>(MOST);
    private final UnaryOperator<String> masking;
    private final Consumer<String> counted;
    private final Listener listener = new Listener();

    private RecentErrors(UnaryOperator<String> masking, Consumer<String> counted) {
        this.masking = masking;
        this.counted = counted;
    }

    /**
     * Begins to listen.
     *
     * @param masking takes secrets out of a text
     * @param counted told of each line, {@code warn} or {@code error}
     */
    public static RecentErrors listen(UnaryOperator<String> masking, Consumer<String> counted) {
        RecentErrors errors = new RecentErrors(masking, counted);
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        errors.listener.setContext(context);
        errors.listener.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(errors.listener);
        return errors;
    }

    /** Newest first; at most {@link #MOST}. */
    public List<Line> lines() {
        synchronized (lines) {
            return new ArrayList<>(lines);
        }
    }

    private void keep(ILoggingEvent event) {
        LogContext context = LogContext.present();
        Line line = new Line(
                event.getInstant(),
                event.getLevel().toString(),
                event.getLoggerName(),
                shown(event.getFormattedMessage()),
                context.requestId(),
                context.sessionId(),
                Optional.ofNullable(event.getThrowableProxy())
                        .map(JsonLines::trace)
                        .map(this::shown));
        synchronized (lines) {
            if (lines.size() == MOST) {
                lines.removeLast();
            }
            lines.addFirst(line);
        }
        counted.accept(event.getLevel() == Level.ERROR ? "error" : "warn");
    }

    private String shown(String text) {
        String masked = masking.apply(text.substring(0, Math.min(text.length(), LOOKED_AT)));
        return masked.length() <= LONGEST_TEXT ? masked : masked.substring(0, LONGEST_TEXT - 1) + "…";
    }

    @Override
    public void close() {
        ((LoggerContext) LoggerFactory.getILoggerFactory())
                .getLogger(Logger.ROOT_LOGGER_NAME)
                .detachAppender(listener);
        listener.stop();
    }

    private final class Listener extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
                keep(event);
            }
        }
    }
}
