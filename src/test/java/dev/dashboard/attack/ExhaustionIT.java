package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Somebody who takes all there is of something: guesses, streams. The limit is told, the others go on, and what is let go is free. */
@Timeout(60)
class ExhaustionIT {
    private static final int STREAMS = 20;
    private static final int GUESSES = 120;

    @RegisterExtension
    static final Target target = new Target(Map.of(
            "DASHBOARD_STREAM_PER_PERSON", Integer.toString(STREAMS),
            "DASHBOARD_STREAM_MAX_SUBSCRIBERS", Integer.toString(STREAMS),
            "DASHBOARD_STREAM_HEARTBEAT", "PT1S",
            "DASHBOARD_SERVER_TRUSTED_PROXIES", "127.0.0.1",
            "DASHBOARD_CLI_PATH", "/bin/false"));

    @Test
    void streamsBeyondTheLimitAreToldSoAndComeBackWhenOthersGo() throws Exception {
        List<Wire> open = new ArrayList<>();
        try {
            for (int i = 0; i < STREAMS; i++) {
                Wire wire = new Wire(target.url());
                open.add(wire);
                assertEquals(200, stream(wire).status());
            }
            for (int i = 0; i < 50; i++) {
                try (Wire more = new Wire(target.url())) {
                    Wire.Answer refused = stream(more);
                    assertEquals("503 too-many-streams", refused.status() + " " + refused.code());
                    assertTrue(Integer.parseInt(refused.header("retry-after")) > 0);
                }
            }
            target.admin().get("/sessions").expect(200);

            // Half of them leave without a word, the rest is still served.
            for (Wire leaving : open.subList(0, STREAMS / 2)) {
                leaving.close();
            }
            Await.until("there is room again", Duration.ofSeconds(20), Duration.ofMillis(200), ExhaustionIT::hasRoom);
            Await.until("the streams that stayed beat", () -> available(open.getLast()) > 0);
            target.admin().stream("", OptionalLong.empty()).close();
        } finally {
            for (Wire wire : open) {
                wire.close();
            }
        }
    }

    private static Wire.Answer stream(Wire wire) throws IOException {
        wire.send("GET /api/v1/events HTTP/1.1\r\n" + target.signedHeaders() + "\r\n");
        return wire.answer().orElseThrow();
    }

    private static boolean hasRoom() {
        try (Wire wire = new Wire(target.url())) {
            return stream(wire).status() == 200;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From one address with many names, and from many addresses with one name. */
    @Test
    void guessingIsHeldOffWhileOthersWork() throws Exception {
        try (Wire listening = new Wire(target.url())) {
            assertEquals(200, stream(listening).status());
            int looked = 0;
            int limited = 0;
            for (int i = 0; i < GUESSES; i++) {
                Wire.Answer answer =
                        i % 2 == 0 ? guess("name-" + i, "203.0.113.7") : guess("somebody", "198.51.100." + i);
                if (answer.status() == 429) {
                    limited++;
                    assertEquals("too-many-sign-ins", answer.code());
                    assertTrue(Integer.parseInt(answer.header("retry-after")) > 0, answer.toString());
                } else {
                    looked++;
                    assertEquals("401 sign-in-refused", answer.status() + " " + answer.code());
                }
            }
            System.out.println("attack: " + GUESSES + " guesses, " + looked + " looked at, " + limited + " held off");
            // Five a minute and name, twenty a minute and address; a minute may have passed meanwhile.
            assertTrue(looked <= 2 * 25, "so many were looked at: " + looked);
            assertTrue(limited >= GUESSES - 2 * 25, "so many were held off: " + limited);

            target.admin().get("/sessions").expect(200);
            target.admin().refresh().expect(200);
            // A real person, from an address of their own.
            Wire.Answer real = guess("admin", "192.0.2.1", "correct horse battery");
            assertEquals(200, real.status(), real.toString());
            Await.until("the stream beats", () -> available(listening) > 0);
        }
    }

    private static int available(Wire wire) {
        try {
            return wire.socket().getInputStream().available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Wire.Answer guess(String name, String address) throws IOException {
        return guess(name, address, "wrong");
    }

    private static Wire.Answer guess(String name, String address, String password) throws IOException {
        String body = "{\"username\":\"" + name + "\",\"password\":\"" + password + "\"}";
        return Wire.ask(
                target.url(),
                "POST /api/v1/auth/login HTTP/1.1\r\n" + target.host() + "X-Forwarded-For: " + address
                        + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    /** The nearest address that no trusted proxy has counts; what stands before it anybody may have written. */
    @Test
    void aTrustedProxyIsBelievedForItsOwnWordAlone() throws Exception {
        for (String chain : List.of(
                "1.1.1.%d, 192.0.2.77",
                "%d, 192.0.2.77",
                "junk%d,,192.0.2.77",
                "[::%d]:80, 192.0.2.77",
                "1.1.1.%d,192.0.2.77,127.0.0.1",
                "%%00, 1.1.1.%d ,\t192.0.2.77",
                "::ffff:192.0.2.77, 127.0.0.1, 127.0.0.1",
                "::ffff:192.0.2.77")) {
            for (int i = 0; i < 4; i++) {
                guess("chain-" + i + chain.hashCode(), chain.formatted(i));
            }
        }
        assertEquals(429, guess("another", "192.0.2.77").status(), "all of these were one address");
        assertEquals(401, guess("another", "192.0.2.78").status());
        assertEquals(401, guess("another", "2001:db8::1").status());
    }
}
