package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Person;
import dev.dashboard.support.Together;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Random requests and requests of the form that the OpenAPI document describes, as an administrator and as nobody: whatever comes, the
 * server answers below 500, or with a 503 that says when to come back, tells nothing of its inside, and logs no fault. {@code
 * -Dfuzz.requests=200000} sends more, {@code -Dfuzz.seed=} repeats a run.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class FuzzIT {
    private static final int REQUESTS = Integer.getInteger("fuzz.requests", 20_000);
    private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());
    private static final int CONNECTIONS = 4;
    private static final int MOST_FAULTS = 20;

    /** What a full or stopping part of the server says; its caller is told when to come back. */
    private static final Set<String> STATED = Set.of(
            "busy",
            "too-many-streams",
            "session-busy",
            "queue-full",
            "audit-busy",
            "sign-in-busy",
            "database-busy",
            "cli-busy",
            "prompts-waiting");

    @RegisterExtension
    static final Target target = new Target(Map.of(
            "DASHBOARD_LIMITS_WRITES_PER_MINUTE", "100000",
            "DASHBOARD_AUTH_LOGIN_PER_NAME_PER_MINUTE", "1000",
            "DASHBOARD_AUTH_LOGIN_PER_ADDRESS_PER_MINUTE", "10000",
            "DASHBOARD_STREAM_PER_PERSON", "500",
            "DASHBOARD_AUTH_ACCESS_TOKEN", "PT1H",
            "DASHBOARD_CLI_PATH", "/bin/false"));

    private final Map<Integer, AtomicInteger> statuses = new ConcurrentHashMap<>();
    private final List<String> faults = Collections.synchronizedList(new ArrayList<>());

    @Test
    void whateverIsSentIsAnsweredAndNothingBreaks() throws Exception {
        Person admin = target.admin();
        Path folder = Files.createDirectories(target.dashboard().projects().resolve("fuzzed"));
        String project = admin.addProject(folder.toString());
        String session = admin.startSession(project, "title", "fuzzed");
        List<String> ids = List.of(project, session, UUID.randomUUID().toString());
        System.out.println("attack: fuzz of " + REQUESTS + " requests, seed " + SEED);
        long start = System.nanoTime();
        List<Callable<Integer>> senders = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            Requests requests = new Requests(SEED + i, ids, target.host(), target.signedHeaders());
            assertTrue(requests.operations() > 20, "the document was read");
            senders.add(() -> send(requests, REQUESTS / CONNECTIONS));
        }
        int opened = Together.run(senders).stream().mapToInt(Integer::intValue).sum();
        System.out.println("attack: fuzz took " + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + " s over "
                + opened + " connections, answers by status " + new TreeMap<>(statuses));

        assertEquals(List.of(), faults, "seed " + SEED);
        assertTrue(
                statuses.containsKey(200) && statuses.containsKey(400) && statuses.containsKey(401),
                () -> "the requests reached the routes: " + statuses);
        assertEquals(Optional.empty(), Target.fault(target.dashboard().log()), "seed " + SEED);
        admin.session(session);
    }

    /** The number of connections that it took. */
    private int send(Requests requests, int count) throws Exception {
        int opened = 1;
        Wire wire = new Wire(target.url());
        for (int i = 0; i < count && faults.size() < MOST_FAULTS; i++) {
            String request = requests.next();
            Optional<Wire.Answer> answer = exchange(wire, request);
            answer.ifPresent(got -> check(request, got));
            boolean over = answer.isEmpty()
                    || answer.get().header("connection").equals("close")
                    || answer.get().header("content-type").startsWith("text/event-stream");
            if (over) {
                wire.close();
                wire = new Wire(target.url());
                opened++;
            }
        }
        wire.close();
        return opened;
    }

    private Optional<Wire.Answer> exchange(Wire wire, String request) {
        try {
            wire.send(request);
            Optional<Wire.Answer> answer = wire.answer();
            while (answer.filter(got -> got.status() == 100).isPresent()) {
                answer = wire.answer();
            }
            return answer;
        } catch (SocketTimeoutException e) {
            faults.add("no answer: " + Wire.shown(request));
            return Optional.empty();
        } catch (IOException e) {
            // Closed by the server while the rest was under way; that it lives is asked by the next request.
            return Optional.empty();
        } catch (AssertionError e) {
            faults.add(e.getMessage() + ": " + Wire.shown(request));
            return Optional.empty();
        }
    }

    private void check(String request, Wire.Answer answer) {
        statuses.computeIfAbsent(answer.status(), _ -> new AtomicInteger()).incrementAndGet();
        boolean stated = answer.status() == 503
                && (STATED.contains(answer.code())
                        || !answer.header("retry-after").isEmpty());
        boolean tells = answer.status() >= 400
                && (answer.body().contains("Exception")
                        || answer.body().contains("\tat ")
                        || answer.body().contains("java."));
        if (answer.status() >= 500 && !stated
                || tells
                || answer.header("x-content-type-options").isEmpty()) {
            faults.add(Wire.shown(request) + " → " + answer);
        }
    }
}
