package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.dashboard.mask.Masking;
import dev.dashboard.run.LogContext;
import dev.dashboard.support.LogLines;
import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/** The form of a line, on which collectors and runbooks rely. */
class JsonLinesTest {
    private final LoggerContext context = new LoggerContext();
    private final JsonLines form = new JsonLines();

    JsonLinesTest() {
        context.setMDCAdapter(new LogbackMDCAdapter());
    }

    @Test
    void aLineOfNobodyHasFiveMembersInThisOrder() {
        LoggingEvent event = event("server started port=8080");
        event.setInstant(Instant.parse("2026-01-02T03:04:05.060Z"));
        event.setThreadName("main");

        assertEquals(
                "{\"time\":\"2026-01-02T03:04:05.060Z\",\"level\":\"WARN\",\"logger\":\"here\",\"thread\":\"main\","
                        + "\"message\":\"server started port=8080\"}\n",
                text(event));
    }

    @Test
    void aLineSaysForWhichRequestSessionAndPersonItsThreadWorks() {
        LogContext.ofRequest("0123456789abcdef").run(() -> {
            LogContext.user("u");
            LogContext.session("s");

            JsonObject line = line(event("x"));

            assertEquals("0123456789abcdef", line.getString("requestId"));
            assertEquals("s", line.getString("sessionId"));
            assertEquals("u", line.getString("userId"));
        });
    }

    @Test
    void numbersOfALineAreNumbers() {
        LoggingEvent event = event("x");
        event.setKeyValuePairs(List.of(
                new KeyValuePair("status", 200),
                new KeyValuePair("bytes", 5_000_000_000L),
                new KeyValuePair("a", "b")));

        JsonObject line = line(event);

        assertEquals(200, line.getInt("status"));
        assertEquals(5_000_000_000L, line.getJsonNumber("bytes").longValue());
        assertEquals("b", line.getString("a"));
    }

    @Test
    void anExceptionIsOneTextWithItsCauses() {
        RuntimeException thrown = new RuntimeException("around", new IllegalStateException("inside"));
        LoggingEvent event = new LoggingEvent("x", context.getLogger("here"), Level.ERROR, "failed", thrown, null);

        String trace = line(event).getString("exception");

        assertTrue(trace.startsWith("java.lang.RuntimeException: around\n\tat "), trace);
        assertTrue(trace.contains("Caused by: java.lang.IllegalStateException: inside"), trace);
    }

    /** What a line holds cannot begin another one, nor make this one unreadable. */
    @Test
    void whateverIsLoggedIsOneLineOfJson() {
        for (String hostile : List.of(
                "two\nlines\r\nand\ta tab",
                "quote \" and backslash \\ and \\\" both",
                "nul \0 and escape \u001b[31m and delete \u007f and next line \u0085",
                "separators \u2028 and \u2029",
                "pair \ud83d\ude00 and half \ud83d of one, \ude00 the other",
                "\"}\n{\"level\":\"ERROR\"")) {
            String text = text(event(hostile));

            assertEquals(text.length() - 1, text.indexOf('\n'), text);
            assertEquals(1, text.lines().count());
            assertEquals(
                    // By characters, so that a whole pair is none of these.
                    hostile.replaceAll("[\ud800-\udfff]", "?"),
                    line(event(hostile)).getString("message"));
        }
    }

    /** A library may put into its exception what it was given, in whatever form. */
    @Test
    void whatLooksLikeASecretIsInNoLineOfAFault() {
        form.mask(Masking.SHAPES_ALONE::mask);
        String token = "ccd" + "_0123456789abcdefghij";
        LoggingEvent event = new LoggingEvent(
                "x",
                context.getLogger("here"),
                Level.DEBUG,
                "refused token=" + token,
                new IllegalStateException("bad header: Bearer " + token),
                null);

        JsonObject line = line(event);

        assertEquals("refused token=" + Masking.MASK, line.getString("message"));
        assertTrue(line.getString("exception").contains("bad header: Bearer " + Masking.MASK), line::toString);
        assertEquals("x " + Masking.MASK, line(event("x " + token)).getString("message"));
    }

    @Test
    void aLongTextIsCutAndSaysSo() {
        String message = line(event("x".repeat(JsonLines.LONGEST_TEXT + 3))).getString("message");

        assertEquals("x".repeat(JsonLines.LONGEST_TEXT) + "… (3 more characters)", message);
    }

    private LoggingEvent event(String message) {
        return new LoggingEvent("x", context.getLogger("here"), Level.WARN, message, null, null);
    }

    private String text(LoggingEvent event) {
        return new String(form.encode(event), StandardCharsets.UTF_8);
    }

    private JsonObject line(LoggingEvent event) {
        return LogLines.object(text(event));
    }
}
