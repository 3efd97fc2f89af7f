package dev.dashboard.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import io.helidon.logging.common.LogConfig;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Log lines: one JSON object each, on stdout; the layout is in {@code logback.xml}. No user content, no secrets. */
public final class Logs {
    private Logs() {}

    /**
     * Sets the level and bridges java.util.logging; before the first line is written.
     *
     * @param level of our own code
     * @param access whether answered requests are logged
     */
    public static void start(String level, boolean access) {
        LogConfig.configureRuntime();
        // Not by variables of logback.xml: it is read when a library asks for its logger, before the level is known.
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger(LogLevel.OURS).setLevel(Level.toLevel(level));
        context.getLogger(AccessLog.LOGGER).setLevel(access ? Level.INFO : Level.OFF);
    }

    /** For a command, whose stdout is its answer: errors alone, on stderr. */
    public static void startForCommand() {
        System.setProperty("dashboard.log.libraries", "ERROR");
        System.setProperty("dashboard.log.target", "System.err");
        start("ERROR", false);
    }

    /**
     * From here on no secret is written.
     *
     * @param known takes out of a line what the server itself knows, and leaves the line's form; of every line
     * @param shapes takes out of a text also what looks like a secret; of lines that tell of faults
     */
    public static void mask(UnaryOperator<String> known, UnaryOperator<String> shapes) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        ConsoleAppender<ILoggingEvent> stdout = (ConsoleAppender<ILoggingEvent>)
                context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stdout");
        JsonLines lines = (JsonLines) stdout.getEncoder();
        lines.mask(shapes);
        stdout.setEncoder(new MaskingEncoder(lines, known));
    }
}
