package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient;
import dev.dashboard.support.Person;
import dev.dashboard.support.Together;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * More than the server has room for, of what people do all day: changes, sessions, prompts, connections. Each is refused with the
 * limit, a time to come back and nothing recorded; meanwhile a session goes on working, whoever listens to it misses nothing, and
 * when the rush is over there is room again without anybody's help. Too many streams and sign-ins are {@link ExhaustionIT}'s.
 */
@Timeout(60)
class OverloadIT {
    private static final int WRITES = 100;
    private static final int PLACES = 2;
    private static final int LINE = 3;
    private static final int CONNECTIONS = 40;
    private static final Duration REQUEST_TIME = Duration.ofSeconds(3);
    private static final int EVENTS = 400;
    /** Prompts of one session that are open at once. */
    private static final int KEPT = 50;

    @RegisterExtension
    static final Target target = new Target(Map.of(
            "DASHBOARD_CLI_PATH",
                    Path.of("src/test/resources/stand-in/emitter.pl")
                            .toAbsolutePath()
                            .toString(),
            "DASHBOARD_CLI_MAX_PROCESSES", Integer.toString(PLACES),
            "DASHBOARD_CLI_MAX_QUEUED", Integer.toString(LINE),
            "DASHBOARD_LIMITS_WRITES_PER_MINUTE", Integer.toString(WRITES),
            "DASHBOARD_LIMITS_CONNECTIONS", Integer.toString(CONNECTIONS),
            "DASHBOARD_LIMITS_REQUEST_TIME", REQUEST_TIME.toString()));

    private static int people;

    /** Works at something during the whole of a test; another person than the one who takes too much. */
    private Person worker;

    private String project;
    private String session;
    private EventClient listener;
    private UUID prompt;

    @BeforeEach
    void somebodyWorks() throws Exception {
        worker = join();
        project = worker.addProject(Files.createDirectories(folder()).toString());
        session = worker.startSession(project);
        worker.awaitState(session, "idle");
        listener = EventClient.after(worker.lastSeq(), worker);
        prompt = UUID.randomUUID();
        worker.prompt(session, prompt, "{\"rate\":100,\"count\":" + EVENTS + ",\"bytes\":100}")
                .expect(202);
        worker.awaitState(session, "working");
    }

    @AfterEach
    void leave() {
        listener.close();
        for (JsonObject each :
                worker.get("/sessions").expect(200).getJsonArray("sessions").getValuesAs(JsonObject.class)) {
            if (!List.of("stopped", "interrupted", "failed").contains(each.getString("state"))) {
                // Somebody who has changes left in this minute.
                target.admin().stop(each.getString("id")).expect(202);
            }
        }
        Await.until("no place is taken", () -> worker.processes().getInt("liveCount") == 0);
        worker.close();
    }

    @Test
    void changesBeyondTheMinuteAreTurnedAwayOnePersonAtATime() throws Exception {
        try (Person hurried = join()) {
            List<Callable<Wire.Answer>> rush = new ArrayList<>();
            for (int i = 0; i < 4 * WRITES; i++) {
                rush.add(() -> write(hurried, "POST", "/projects", "{\"path\":\"" + folder() + "\"}"));
            }
            // In waves, since connections are limited too.
            List<Wire.Answer> answers = new ArrayList<>();
            for (int from = 0; from < rush.size(); from += CONNECTIONS / 4) {
                answers.addAll(Together.run(rush.subList(from, from + CONNECTIONS / 4)));
            }

            List<Wire.Answer> refused =
                    answers.stream().filter(answer -> answer.status() == 429).toList();
            refused.forEach(answer -> assertShed(answer, "429 too-many-writes", 60));
            // The minute may have turned meanwhile.
            assertTrue(refused.size() >= 2 * WRITES, () -> "so many were turned away: " + refused.size());
            answers.stream()
                    .filter(answer -> answer.status() != 429)
                    .forEach(answer -> assertEquals(200, answer.status(), answer.toString()));
            hurried.get("/sessions").expect(200);
            worker.rename(session, "others go on").expect(200);
        }
        assertNothingWasMissed();
    }

    @Test
    void whenTheLineIsFullMoreIsTurnedAwayAndThereIsRoomWhenItMoves() throws Exception {
        List<Callable<Wire.Answer>> rush = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            rush.add(() -> write(worker, "POST", "/sessions", "{\"projectId\":\"" + project + "\"}"));
        }
        List<Wire.Answer> answers = Together.run(rush);

        List<Wire.Answer> refused =
                answers.stream().filter(answer -> answer.status() == 503).toList();
        refused.forEach(answer -> assertShed(answer, "503 queue-full", 10));
        assertEquals(
                PLACES - 1 + LINE,
                answers.stream().filter(answer -> answer.status() == 201).count(),
                "who found a place, and who the line took");
        assertEquals(rush.size() - (PLACES - 1 + LINE), refused.size());
        assertNothingWasMissed();

        worker.stop(session).expect(202);
        Await.until(
                "there is room again",
                Duration.ofSeconds(20),
                Duration.ofSeconds(1),
                () -> write(worker, "POST", "/sessions", "{\"projectId\":\"" + project + "\"}")
                                .status()
                        == 201);
    }

    @Test
    void promptsBeyondWhatASessionKeepsAreTurnedAwayUntilSomeAreAnswered() throws Exception {
        String other = worker.startSession(project);
        worker.awaitState(other, "idle");
        // Long enough for the rush, however slow the machine.
        worker.prompt(other, UUID.randomUUID(), "{\"rate\":100,\"count\":800,\"bytes\":100}")
                .expect(202);
        String path = "/sessions/" + other + "/prompts";
        List<Callable<Wire.Answer>> rush = new ArrayList<>();
        // Fewer than a person's changes of a minute; the one that is being answered counts.
        for (int i = 0; i < KEPT + 4; i++) {
            rush.add(() ->
                    write(worker, "POST", path, "{\"promptId\":\"" + UUID.randomUUID() + "\",\"text\":\"one more\"}"));
        }
        List<Wire.Answer> answers = new ArrayList<>();
        for (int from = 0; from < rush.size(); from += CONNECTIONS / 4) {
            answers.addAll(Together.run(rush.subList(from, Math.min(rush.size(), from + CONNECTIONS / 4))));
        }

        List<Wire.Answer> refused =
                answers.stream().filter(answer -> answer.status() != 202).toList();
        refused.forEach(answer -> assertShed(answer, "503 prompts-waiting", 10));
        assertEquals(5, refused.size());
        assertNothingWasMissed();
        Await.until(
                "there is room again",
                Duration.ofSeconds(20),
                Duration.ofSeconds(1),
                () -> worker.prompt(other, UUID.randomUUID(), "again").status() == 202);
    }

    /** Beyond the number a connection waits unanswered, it is not refused; silent ones are closed when their time is over. */
    @Test
    void connectionsBeyondTheNumberWaitAndAreServedWhenSilentOnesAreClosed() throws Exception {
        List<Wire> silent = new ArrayList<>();
        try (Wire late = connectAfter(silent)) {
            late.send("GET /health/live HTTP/1.1\r\n" + target.host() + "\r\n");
            assertFalse(isAnsweredWithin(late, 500), "there was room for one more");
            assertTrue(
                    isAnsweredWithin(late, Math.toIntExact(4 * REQUEST_TIME.toMillis())),
                    "the silent ones were closed and made room");
            assertEquals(200, late.answer().orElseThrow().status());
        } finally {
            for (Wire wire : silent) {
                wire.close();
            }
        }
        worker.get("/sessions").expect(200);
        assertNothingWasMissed();
    }

    private static Wire connectAfter(List<Wire> silent) throws IOException {
        for (int i = 0; i < CONNECTIONS; i++) {
            silent.add(new Wire(target.url()));
        }
        return new Wire(target.url());
    }

    private static boolean isAnsweredWithin(Wire wire, int millis) throws IOException {
        wire.socket().setSoTimeout(millis);
        try {
            return wire.isAnswered();
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    // ---- what must hold

    /** The limit is named, when to come back too, and the form is that of every refusal. */
    private static void assertShed(Wire.Answer answer, String expected, int mostSeconds) {
        assertEquals(expected, answer.status() + " " + answer.code(), answer.toString());
        assertTrue(answer.header("content-type").startsWith("application/problem+json"), answer.toString());
        int seconds = Integer.parseInt(answer.header("retry-after"));
        assertTrue(seconds >= 1 && seconds <= mostSeconds, answer.toString());
    }

    /** The turn that ran all the while came to its end, and the listener heard each of its events, once and in order. */
    private void assertNothingWasMissed() throws InterruptedException {
        listener.await(session, 0, "turn-ended");
        List<Integer> numbers = listener.events(session).stream()
                .filter(event -> event.type().equals("assistant-replied"))
                .map(event -> Integer.parseInt(event.data().getString("text").split(" ", 2)[0]))
                .toList();
        assertEquals(IntStream.rangeClosed(1, EVENTS).boxed().toList(), numbers);
        assertEquals("completed", worker.promptState(session, prompt));
    }

    // ---- people

    private static Path folder() {
        return target.dashboard().projects().resolve("overload");
    }

    private static Person join() {
        return target.admin().invite("person-" + people++, "operator");
    }

    private static Wire.Answer write(Person person, String method, String path, String body) {
        try {
            return Wire.ask(
                    target.url(),
                    method + " /api/v1" + path + " HTTP/1.1\r\n" + target.host() + "Cookie: " + person.cookieHeader()
                            + "\r\nX-CSRF-Token: " + person.csrfToken()
                            + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                            + body.length() + "\r\n\r\n" + body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
