package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.run.Worker;
import dev.dashboard.support.Await;
import dev.dashboard.support.Person;
import dev.dashboard.support.Person.Answer;
import jakarta.json.Json;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * People who read and write in a loop, and what came of each request. Each stops when nobody listens any more, at the latest after a
 * number of rounds.
 */
final class Load implements AutoCloseable {
    private static final int PEOPLE = 3;
    private static final int MOST_ROUNDS = 5_000;
    /** So many rounds to a prompt. */
    private static final int PROMPT_EACH = 20;

    private static final Set<String> REFUSALS = Set.of("draining", "server-stopping", "prompts-waiting");

    /** @param mark what is found in the journal if it was taken; empty for a read */
    record Sent(String mark, Answer answer) {}

    /** The connection was there, and ended without a word: then nothing of it may have been taken. */
    record Unanswered(String mark, IOException why) {}

    private final Person person;
    private final String renamed;
    private final String prompted;
    private final int mostPrompts;
    private final List<Sent> answered = new CopyOnWriteArrayList<>();
    private final List<Unanswered> unanswered = new CopyOnWriteArrayList<>();
    private final List<Worker> people;

    /**
     * @param renamed a session that gets titles
     * @param prompted a session that gets prompts
     * @param mostPrompts of each person
     */
    Load(Person person, String renamed, String prompted, int mostPrompts) {
        this.mostPrompts = mostPrompts;
        this.person = person;
        this.renamed = renamed;
        this.prompted = prompted;
        this.people = IntStream.range(0, PEOPLE)
                .mapToObj(number -> Worker.platform("person-" + number, () -> work(number)))
                .toList();
    }

    private interface Request {
        Answer send();
    }

    private void work(int number) {
        boolean listens = true;
        for (int round = 0; listens && round < MOST_ROUNDS; round++) {
            String title = "title " + number + "-" + round;
            UUID prompt = UUID.randomUUID();
            listens = sent("", () -> person.get("/sessions"))
                    && sent(title, () -> person.rename(renamed, title))
                    && sent("", () -> person.get("/sessions/" + renamed + "/events?limit=1000"))
                    && (round % PROMPT_EACH != 0
                            || round / PROMPT_EACH >= mostPrompts
                            || sent(prompt.toString(), () -> person.prompt(prompted, prompt, "echo " + prompt)));
        }
    }

    /** False when nobody listens. */
    private boolean sent(String mark, Request request) {
        try {
            answered.add(new Sent(mark, request.send()));
            return true;
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof ConnectException) {
                return false;
            }
            unanswered.add(new Unanswered(mark, e.getCause()));
            return true;
        }
    }

    void awaitAnswers(int number) {
        Await.until("there is some load", Duration.ofSeconds(60), () -> answered.size() >= number);
    }

    void join() throws InterruptedException {
        for (Worker one : people) {
            assertTrue(one.join(Duration.ofSeconds(30)), "everybody has noticed that nobody listens");
        }
    }

    List<Sent> answered() {
        return answered;
    }

    /** Writes that were taken. */
    Stream<String> taken() {
        return answered.stream()
                .filter(sent -> !sent.mark().isEmpty() && sent.answer().status() < 300)
                .map(Sent::mark);
    }

    /** Writes that were refused, and those that nobody answered. */
    Stream<String> notTaken() {
        return Stream.concat(
                        answered.stream()
                                .filter(sent -> sent.answer().status() >= 300)
                                .map(Sent::mark),
                        unanswered.stream().map(Unanswered::mark))
                .filter(mark -> !mark.isEmpty());
    }

    /** Each has a whole answer, a clean refusal, or nothing at all. */
    void assertNoneWasCut() {
        for (Sent sent : answered) {
            int status = sent.answer().status();
            assertTrue(status == 200 || status == 202 || status == 503, sent.answer()::toString);
            try (JsonReader json =
                    Json.createReader(new StringReader(sent.answer().body()))) {
                var body = json.readObject();
                assertTrue(status < 300 || REFUSALS.contains(body.getString("code")), sent.answer()::toString);
            }
        }
        for (Unanswered one : unanswered) {
            String why = String.valueOf(one.why().getMessage());
            assertFalse(
                    why.contains("content-length") || why.contains("chunked") || why.contains("EOF reached"),
                    () -> "an answer was cut: " + one);
        }
    }

    /** What was taken stands in the journal, and nothing else does. */
    void assertRecorded(Set<String> journal) {
        assertEquals(List.of(), taken().filter(mark -> !journal.contains(mark)).toList(), "taken and not recorded");
        assertEquals(List.of(), notTaken().filter(journal::contains).toList(), "recorded and not taken");
    }

    @Override
    public void close() {
        people.forEach(Worker::close);
    }
}
