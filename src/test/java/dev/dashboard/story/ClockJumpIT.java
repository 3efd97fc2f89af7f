package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient;
import dev.dashboard.support.Person;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Somebody sets the machine's clock while sessions run: nothing comes due for it, nothing is lost, and numbers go on. */
class ClockJumpIT {
    private static final Path OFFSET = offsetFile();

    @RegisterExtension
    static final Stage stage = Stage.demo(
            "LD_PRELOAD", library().toString(),
            "FAKETIME_TIMESTAMP_FILE", OFFSET.toString(),
            "FAKETIME_DONT_FAKE_MONOTONIC", "1",
            "FAKETIME_CACHE_DURATION", "1",
            "DASHBOARD_CLI_IDLE_PARKING", "PT1H",
            "DASHBOARD_APPROVALS_EXPIRE_AFTER", "PT1H");

    private Play resting;
    private Play asking;
    private String request;

    @BeforeEach
    void aSessionRestsAndAnotherAsks() throws Exception {
        // A token from a time that has not come is refused, and a browser renews its sign-in then.
        stage.anna().refresh().expect(200);
        resting = stage.play();
        asking = stage.play();
        request = asking.awaitRequest(asking.prompt("bash echo ran > clock.txt").seq());
    }

    @AfterEach
    void reset() {
        set(Duration.ZERO);
    }

    @Test
    void aDayAheadNothingHasExpiredButTheSignIn() throws Exception {
        Instant before = Instant.now();
        set(Duration.ofDays(1));

        assertEquals(401, stage.anna().get("/sessions").status(), "a sign-in is good for a quarter of an hour");
        stage.anna().refresh().expect(200);
        goesOn(stage.anna());

        List<JsonObject> events = again(stage.anna(), resting).stored();
        Instant last = Instant.parse(events.getLast().getString("time"));
        assertTrue(last.isAfter(before.plus(Duration.ofHours(23))), "what is recorded has the clock's time: " + last);
    }

    @Test
    void anHourBackEverythingGoesOn() throws Exception {
        set(Duration.ofHours(-1));

        goesOn(stage.anna());
        stage.anotherBrowser().get("/sessions").expect(200);
    }

    private void goesOn(Person person) throws Exception {
        assertEquals("pending", person.approval(request).getString("state"), "the request has not expired");
        assertEquals("idle", person.state(resting.session()), "the rest has not become too long");
        Play there = again(person, resting);
        there.turn("echo still here");
        assertEquals(List.of("still here"), there.answers());
        Play decided = again(person, asking);
        long seq = person.lastSeq();
        person.allow(request).expect(200);
        decided.await(seq, "turn-ended");
        Play.assertGapFree(decided.events().numbers());
    }

    /** The same session by a stream of its own: the one before ended with its sign-in. */
    private static Play again(Person person, Play play) {
        return new Play(person, play.session(), stage.closing(EventClient.after(0, person)));
    }

    /** Moves the server's clock, and only the one by which people tell the time; returns when the server has noticed. */
    private static void set(Duration offset) {
        try {
            Files.writeString(OFFSET, (offset.isNegative() ? "" : "+") + offset.toSeconds() + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Await.until("the server's clock is " + offset + " ahead", () -> {
            Duration ahead = Duration.between(Instant.now(), serverTime());
            return ahead.minus(offset).abs().compareTo(Duration.ofSeconds(10)) < 0;
        });
    }

    private static Instant serverTime() {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest live = HttpRequest.newBuilder(stage.dashboard().url().resolve("/health/live"))
                    .build();
            String date = http.send(live, HttpResponse.BodyHandlers.discarding())
                    .headers()
                    .firstValue("Date")
                    .orElseThrow();
            return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static Path offsetFile() {
        try {
            return Files.writeString(Files.createTempFile("clock", ".txt"), "+0\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path library() {
        try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
            return folders.map(folder -> folder.resolve("faketime/libfaketime.so.1"))
                    .filter(Files::exists)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("libfaketime is not there; install the package faketime"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
