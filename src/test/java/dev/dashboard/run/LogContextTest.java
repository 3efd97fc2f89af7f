package dev.dashboard.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ch.qos.logback.classic.Level;
import dev.dashboard.support.LogLines;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LogContextTest {
    @Test
    void whoAsksAndAboutWhatIsKnownFromThenOn() {
        LogContext.ofRequest("r1").run(() -> {
            assertEquals(Optional.of("r1"), LogContext.present().requestId());
            assertEquals(Optional.empty(), LogContext.present().userId());

            LogContext.user("u1");
            LogContext.session("s1");

            assertEquals(Optional.of("u1"), LogContext.present().userId());
            assertEquals(Optional.of("s1"), LogContext.present().sessionId());
        });
    }

    @Test
    void nothingOfARequestIsLeftForTheNextOneHoweverItEnds() {
        LogContext.ofRequest("r1").run(() -> LogContext.user("u1"));
        assertThrows(
                IllegalStateException.class,
                () -> LogContext.ofRequest("r2").run(() -> {
                    LogContext.user("u2");
                    throw new IllegalStateException();
                }));

        assertEquals(Optional.empty(), LogContext.present().requestId());
        LogContext.ofRequest("r3")
                .run(() -> assertEquals(Optional.empty(), LogContext.present().userId()));
    }

    @Test
    void withoutOneNothingIsRemembered() {
        LogContext.user("u1");
        LogContext.session("s1");

        assertEquals(Optional.empty(), LogContext.present().userId());
        assertEquals(Optional.empty(), LogContext.present().sessionId());
    }

    /** A session that a request starts outlives it, and is not the request's. */
    @Test
    void anotherThreadIsNotInIt() {
        CompletableFuture<Optional<String>> seen = new CompletableFuture<>();

        LogContext.ofRequest("r1")
                .run(() -> Worker.virtual(
                        "other", () -> seen.complete(LogContext.present().requestId())));

        assertEquals(Optional.empty(), seen.join());
    }

    @Test
    void aWorkersOwnFailureSaysForWhomItWorked() throws InterruptedException {
        try (LogLines lines = LogLines.of(Worker.class.getName(), Level.ERROR)) {
            Worker worker = Worker.virtual("session-s1", LogContext.ofSession("s1"), () -> {
                throw new IllegalStateException("broken");
            });
            worker.join(Duration.ofSeconds(10));

            JsonObject line = lines.objects().getFirst();
            assertEquals("s1", line.getString("sessionId"));
            assertEquals("worker failed name=session-s1", line.getString("message"));
        }
    }
}
