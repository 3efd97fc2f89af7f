package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.dashboard.mask.Masking;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MaskingEncoderTest {
    private static final String SECRET = "q3Zt7vK1mW9xB5nR2cY8dF4hJ6gL0pSa";

    private final LoggerContext context = new LoggerContext();

    @Test
    void noLineHoldsASecretOfTheServerNeitherItsMessageNorItsCauses() {
        IllegalStateException cause = new IllegalStateException("bad header: " + SECRET);
        byte[] line = encode("key=\"" + SECRET + "\" ends", new RuntimeException("around", cause));

        String text = new String(line, StandardCharsets.UTF_8);
        assertFalse(text.contains(SECRET), text);
        JsonObject json = Json.createReader(new ByteArrayInputStream(line)).readObject();
        assertEquals("key=\"[masked]\" ends", json.getString("message"));
        assertTrue(text.contains("bad header: [masked]"), text);
    }

    private byte[] encode(String message, Throwable thrown) {
        context.setMDCAdapter(new LogbackMDCAdapter());
        LoggingEvent event =
                new LoggingEvent("here", context.getLogger("test"), Level.ERROR, message, thrown, new Object[0]);
        return new MaskingEncoder(new JsonLines(), new Masking(List.of(SECRET))::maskKnown).encode(event);
    }
}
