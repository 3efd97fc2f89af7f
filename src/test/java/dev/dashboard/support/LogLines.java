package dev.dashboard.support;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.dashboard.observe.JsonLines;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What one logger of this JVM writes, in the form in which the program writes it; while it is open, from the given level on. */
public final class LogLines implements AutoCloseable {
    private final Logger logger;
    private final Level before;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final JsonLines form = new JsonLines();
    private final Keeper keeper = new Keeper();

    private LogLines(String name, Level level) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        logger = context.getLogger(name);
        before = logger.getLevel();
        logger.setLevel(level);
        keeper.setContext(context);
        keeper.start();
        logger.addAppender(keeper);
    }

    public static LogLines of(String logger, Level level) {
        return new LogLines(logger, level);
    }

    /** Waits for so many lines, and gives them, or more when there are: a request is answered before its line is written. */
    public List<JsonObject> await(int number) {
        Await.until("there are " + number + " lines", () -> lines.size() >= number);
        return objects();
    }

    public void clear() {
        lines.clear();
    }

    /** As they were written, without their line ends. */
    public List<String> texts() {
        return List.copyOf(lines);
    }

    public List<JsonObject> objects() {
        return lines.stream().map(LogLines::object).toList();
    }

    /** Fails when the line is anything but one JSON object. */
    public static JsonObject object(String line) {
        try (JsonReader reader = Json.createReader(new StringReader(line))) {
            return reader.readObject();
        }
    }

    @Override
    public void close() {
        logger.detachAppender(keeper);
        logger.setLevel(before);
    }

    private final class Keeper extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(new String(form.encode(event), StandardCharsets.UTF_8).stripTrailing());
        }
    }
}
