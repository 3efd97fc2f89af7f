package dev.dashboard.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.dashboard.run.LogContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.function.UnaryOperator;
import org.slf4j.event.KeyValuePair;

/**
 * A log line as one JSON object: {@code time, level, logger, thread, message}, then {@code requestId, sessionId, userId} of the
 * thread's {@link LogContext} where it has them, then what the line has as members of its own, then {@code exception}, the stack
 * trace in one text. Named in {@code logback.xml}. Runs on the thread that logs; keeps nothing of a line.
 */
public final class JsonLines extends EncoderBase<ILoggingEvent> {
    /** Characters of the longest message, and of the longest stack trace; a collector refuses lines beyond its own limit. */
    static final int LONGEST_TEXT = 16 * 1024;

    /** RFC 3339, always as long: lines sort by it as texts. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final byte[] NOTHING = {};
    private static final int USUAL_LENGTH = 320;

    private volatile UnaryOperator<String> masking = UnaryOperator.identity();

    /** From here on texts of faults pass through this before they are written. */
    void mask(UnaryOperator<String> texts) {
        masking = texts;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(USUAL_LENGTH);
        line.append("{\"time\":\"");
        TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
        line.append("\",\"level\":\"").append(event.getLevel()).append('"');
        text(line, "logger", event.getLoggerName());
        text(line, "thread", event.getThreadName());
        text(line, "message", masked(event, event.getFormattedMessage()));
        LogContext context = LogContext.present();
        context.requestId().ifPresent(id -> text(line, "requestId", id));
        context.sessionId().ifPresent(id -> text(line, "sessionId", id));
        context.userId().ifPresent(id -> text(line, "userId", id));
        if (event.getKeyValuePairs() != null) {
            event.getKeyValuePairs().forEach(pair -> member(line, pair));
        }
        if (event.getThrowableProxy() != null) {
            text(line, "exception", masked(event, trace(event.getThrowableProxy())));
        }
        return line.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Lines that tell of faults may repeat what a library was given. The others are ours, and many: a request has one. */
    private String masked(ILoggingEvent event, String text) {
        boolean fault = event.getThrowableProxy() != null || event.getLevel().isGreaterOrEqual(Level.WARN);
        // A secret may begin before the cut and end behind it.
        return fault && text != null
                ? masking.apply(text.substring(0, Math.min(text.length(), 2 * LONGEST_TEXT)))
                : text;
    }

    /** With its causes. */
    static String trace(IThrowableProxy thrown) {
        return ThrowableProxyUtil.asString(thrown);
    }

    private static void member(StringBuilder line, KeyValuePair pair) {
        if (pair.value instanceof Integer || pair.value instanceof Long) {
            name(line, pair.key);
            line.append(pair.value);
        } else {
            text(line, pair.key, String.valueOf(pair.value));
        }
    }

    private static void text(StringBuilder line, String name, String value) {
        name(line, name);
        line.append('"');
        escape(line, value == null ? "" : value);
        line.append('"');
    }

    private static void name(StringBuilder line, String name) {
        line.append(",\"").append(name).append("\":");
    }

    /** Half of a character has no UTF-8, and whoever reads the line may refuse all of it: it becomes a question mark. */
    private static void escape(StringBuilder line, String value) {
        int length = Math.min(value.length(), LONGEST_TEXT);
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"', '\\' -> line.append('\\').append(c);
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                    if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                        // Also the line separators of Unicode, at which some readers break lines.
                        line.append(String.format("\\u%04x", (int) c));
                    } else if (Character.isHighSurrogate(c)
                            && i + 1 < length
                            && Character.isLowSurrogate(value.charAt(i + 1))) {
                        line.append(c).append(value.charAt(++i));
                    } else {
                        line.append(Character.isSurrogate(c) ? '?' : c);
                    }
                }
            }
        }
        if (length < value.length()) {
            line.append("… (").append(value.length() - length).append(" more characters)");
        }
    }

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }
}
