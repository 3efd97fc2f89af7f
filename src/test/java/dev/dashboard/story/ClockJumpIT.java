package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient;
import dev.dashboard.support.Person;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Somebody sets the machine's clock while sessions run: nothing comes due for it, nothing is lost, and numbers go on. */
class ClockJumpIT {
    private static final Path OFFSET = offsetFile();
    private static final Pattern ACCESS_TOKEN = Pattern.compile("dashboard_access=[^.;]+\\.([^.;]+)\\.");
    /** By default; the test sets nothing else. */
    private static final Duration ACCESS_TOKEN_LIFE = Duration.ofMinutes(15);

    @RegisterExtension
    static final Stage stage = Stage.demo(
            "LD_PRELOAD", library().toString(),
            "FAKETIME_TIMESTAMP_FILE", OFFSET.toString(),
            "FAKETIME_DONT_FAKE_MONOTONIC", "1",
            "FAKETIME_CACHE_DURATION", "1",
            // Its mending for old C libraries makes every timed wait of a JVM return at once, and so the machine busy.
            "FAKETIME_FORCE_MONOTONIC_FIX", "0",
            "DASHBOARD_CLI_IDLE_PARKING", "PT1H",
            "DASHBOARD_APPROVALS_EXPIRE_AFTER", "PT1H");

    /** Whose tokens tell the server's time. */
    private Person watcher;

    /** Where the part begins in which no event is left out for people's eyes, as a sign-in is. */
    private long from;

    private Play resting;
    private Play asking;
    private String request;

    @BeforeEach
    void aSessionRestsAndAnotherAsks() throws Exception {
        // A token from a time that has not come is refused, and a browser renews its sign-in then.
        renew(stage.anna());
        watcher = stage.anotherBrowser();
        from = stage.anna().lastSeq();
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
        renew(stage.anna());
        goesOn(stage.anna());

        List<JsonObject> events = again(stage.anna(), resting).stored();
        Instant last = Instant.parse(events.getLast().getString("time"));
        assertTrue(last.isAfter(before.plus(Duration.ofHours(23))), "what is recorded has the clock's time: " + last);
    }

    @Test
    void anHourBackEverythingGoesOn() throws Exception {
        set(Duration.ofHours(-1));

        assertEquals(401, stage.anna().get("/sessions").status(), "a token from a time that has not come");
        renew(stage.anna());
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
    private Play again(Person person, Play play) {
        return new Play(person, play.session(), stage.closing(EventClient.after(from, person)));
    }

    /** Moves the server's clock, and only the one by which people tell the time; returns when the server has noticed. */
    private void set(Duration offset) {
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

    /** From the token of a fresh renewal. The Date header would not do: the web server's timer for it stands still when the clock goes back. */
    private Instant serverTime() {
        renew(watcher);
        Matcher token = ACCESS_TOKEN.matcher(watcher.cookieHeader());
        assertTrue(token.find(), "a renewal gives an access token");
        String claims = new String(Base64.getUrlDecoder().decode(token.group(1)), StandardCharsets.UTF_8);
        return Instant.ofEpochSecond(Play.parse(claims).getInt("exp")).minus(ACCESS_TOKEN_LIFE);
    }

    /**
     * The server ends connections that have rested, by its own clock: after a jump all of them have. As browsers do, the client
     * sends a reading request anew on another connection, but no writing one; so a reading one goes ahead.
     */
    private static void renew(Person person) {
        person.get("/auth/me");
        person.refresh().expect(200);
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
