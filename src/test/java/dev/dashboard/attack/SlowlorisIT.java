package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Alone;
import dev.dashboard.support.Await;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Connections that take for ever, in the four shapes of sending and in two of not reading: two hundred at once, while the others are
 * served at their usual pace; and every one is closed when its time is over, however busy it looks.
 */
@Alone("compares how long a request takes during the attack and before it")
@Timeout(120)
class SlowlorisIT {
    private static final int ATTACKERS = 200;
    private static final int ASKED = 200;
    private static final Duration LIMIT = Duration.ofSeconds(4);
    /** A look each quarter of a second, and a machine that others use too. */
    private static final Duration CLOSED_WITHIN = Duration.ofSeconds(14);

    @RegisterExtension
    static final Target target = new Target(Map.of(
            "DASHBOARD_LIMITS_REQUEST_TIME",
            "PT4S",
            "DASHBOARD_STREAM_STUCK_WRITE",
            "PT4S",
            "DASHBOARD_STREAM_HEARTBEAT",
            "PT1S",
            "DASHBOARD_STREAM_PER_PERSON",
            "400"));

    /** One connection of the attack. */
    private record Attacker(Wire wire, String drop) {
        /** Sends a little more, and sees whether the other end is still there. */
        boolean isOpen() {
            try {
                wire.send(drop);
                Socket socket = wire.socket();
                socket.setSoTimeout(1);
                byte[] buffer = new byte[4096];
                for (int n = socket.getInputStream().read(buffer);
                        n > 0;
                        n = socket.getInputStream().read(buffer)) {
                    // What the server says to it is of no interest.
                }
                return false;
            } catch (java.net.SocketTimeoutException e) {
                return true;
            } catch (IOException e) {
                return false;
            }
        }
    }

    @Test
    void aSlowRequestLine() throws Exception {
        attack("GET /he", "x");
    }

    @Test
    void slowHeaders() throws Exception {
        attack("GET /health/live HTTP/1.1\r\n" + target.host() + "X-A: ", "b");
    }

    @Test
    void aSlowBody() throws Exception {
        attack(login() + "Content-Length: 8000\r\n\r\n{\"username\":\"", "a");
    }

    @Test
    void aSlowChunkedBody() throws Exception {
        attack(login() + "Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n");
    }

    /** The answer is there before the body; what is left of the body is given no more time for it. */
    @Test
    void aSlowBodyThatNobodyWants() throws Exception {
        attack("POST /api/v1/sessions HTTP/1.1\r\n" + target.host() + "Content-Length: 8000\r\n\r\n", "a");
    }

    private static String login() {
        return "POST /api/v1/auth/login HTTP/1.1\r\n" + target.host() + "Content-Type: application/json\r\n";
    }

    private void attack(String start, String drop) throws Exception {
        long before = median();
        List<Attacker> attackers = new ArrayList<>();
        try {
            long begun = System.nanoTime();
            for (int i = 0; i < ATTACKERS; i++) {
                Wire wire = new Wire(target.url());
                wire.send(start);
                attackers.add(new Attacker(wire, drop));
            }
            long during = median();
            assertEquals(ATTACKERS, open(attackers), "the attack lasted as long as it was measured");
            Await.until("all attackers are closed", CLOSED_WITHIN, Duration.ofMillis(200), () -> open(attackers) == 0);
            long closed = System.nanoTime() - begun;

            System.out.printf(
                    "attack: %d slow connections: a request took %.2f ms before and %.2f ms during the attack; all closed after %.1f s%n",
                    ATTACKERS, before / 1e6, during / 1e6, closed / 1e9);
            assertTrue(closed > LIMIT.toNanos() * 3 / 4, "they were given their time");
            // Below a millisecond a difference is the clock's.
            assertTrue(
                    during < 3 * Math.max(before, TimeUnit.MILLISECONDS.toNanos(1)),
                    () -> "a request took " + during + " ns instead of " + before);
        } finally {
            for (Attacker attacker : attackers) {
                attacker.wire().close();
            }
        }
    }

    private static long open(List<Attacker> attackers) {
        return attackers.stream().filter(Attacker::isOpen).count();
    }

    /** Of an ordinary request, signed in and over the database. */
    private static long median() throws IOException {
        long[] times = new long[ASKED];
        try (Wire wire = new Wire(target.url())) {
            for (int i = 0; i < ASKED; i++) {
                long start = System.nanoTime();
                wire.send("GET /api/v1/sessions HTTP/1.1\r\n" + target.signedHeaders() + "\r\n");
                assertEquals(200, wire.answer().orElseThrow().status());
                times[i] = System.nanoTime() - start;
            }
        }
        Arrays.sort(times);
        return times[ASKED / 2];
    }

    /** They ask and ask, and take nothing of the answers. */
    @Test
    void readersThatTakeNothing() throws Exception {
        long before = median();
        String asset = "GET /api/v1/openapi.yaml HTTP/1.1\r\n" + target.host() + "\r\n";
        List<Wire> attackers = new ArrayList<>();
        try {
            for (int i = 0; i < ATTACKERS; i++) {
                Wire wire = new Wire(target.url(), 2_048);
                attackers.add(wire);
                wire.send(asset.repeat(20));
            }
            long during = median();
            System.out.printf(
                    "attack: %d readers that take nothing: a request took %.2f ms before and %.2f ms during the attack%n",
                    ATTACKERS, before / 1e6, during / 1e6);
            assertTrue(
                    during < 3 * Math.max(before, TimeUnit.MILLISECONDS.toNanos(1)),
                    () -> "a request took " + during + " ns instead of " + before);
        } finally {
            for (Wire attacker : attackers) {
                attacker.close();
            }
        }
    }
}
