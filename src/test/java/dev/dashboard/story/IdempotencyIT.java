package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.support.Person;
import dev.dashboard.support.Together;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IdempotencyIT {
    private static final int AT_ONCE = 10;

    @RegisterExtension
    static final Stage stage = Stage.demo();

    @Test
    void aRepeatedPromptAnswersTheSameAndRunsOnceInEveryLifeOfSessionAndServer() throws Exception {
        Play play = stage.play();
        UUID id = UUID.randomUUID();
        Callable<Person.Answer> send = () -> stage.anna().prompt(play.session(), id, "echo only once");

        List<Person.Answer> answers = Together.run(Collections.nCopies(AT_ONCE, send));

        List<Long> numbers = answers.stream().map(IdempotencyIT::seq).distinct().toList();
        assertEquals(1, numbers.size(), answers::toString);
        play.ended(new Play.Line(id, numbers.getFirst()));
        assertSame(play, send.call(), numbers.getFirst());
        stage.anna().prompt(play.session(), id, "echo something else").refused(409, "prompt-id-reused");

        play.stop();
        assertSame(play, send.call(), numbers.getFirst());
        stage.anna().prompt(play.session(), id, "echo something else").refused(409, "prompt-id-reused");

        play.resume();
        assertSame(play, send.call(), numbers.getFirst());
        stage.anna().prompt(play.session(), id, "echo something else").refused(409, "prompt-id-reused");

        assertEquals(0, graceful(stage));
        stage.dashboard().restart();
        assertSame(play, send.call(), numbers.getFirst());
        play.events().resume();
        play.resume();
        assertSame(play, send.call(), numbers.getFirst());

        play.turn("echo a witness"); // Had the CLI run the repetitions, they would stand before this.
        assertEquals(List.of("only once", "a witness"), play.answers());
        assertEquals(1, promptsInTranscript(play, "echo only once"));
        assertEquals(2, play.json().getInt("turns"));
        assertEquals(2, play.json().getInt("prompts"));
    }

    @Test
    void thePromptsOfTwoSessionsAreDifferentThoughTheirIdsAreTheSame() throws Exception {
        Play one = stage.play();
        Play two = stage.play();
        UUID id = UUID.randomUUID();

        long first = seq(stage.anna().prompt(one.session(), id, "echo one"));
        long second = seq(stage.anna().prompt(two.session(), id, "echo two"));

        one.ended(new Play.Line(id, first));
        two.ended(new Play.Line(id, second));
        assertEquals(List.of("one"), one.answers());
        assertEquals(List.of("two"), two.answers());
    }

    private static int graceful(Stage stage) throws InterruptedException {
        int code = stage.dashboard().stop(Duration.ofSeconds(30));
        return code == 143 ? 0 : code; // How the JVM says that a signal ended it in an orderly way.
    }

    private static void assertSame(Play play, Person.Answer again, long seq) {
        assertEquals(seq, seq(again), again::toString);
        assertEquals(
                1,
                play.stored("prompt-submitted").stream()
                        .filter(e -> e.toString().contains("only once"))
                        .count());
    }

    private static long seq(Person.Answer answer) {
        return answer.expect(202).getJsonNumber("seq").longValue();
    }

    private static long promptsInTranscript(Play play, String text) throws Exception {
        return Files.readAllLines(stage.transcript(play)).stream()
                .map(Play::parse)
                .filter(line -> line.getString("type", "").equals("user"))
                .filter(line ->
                        line.getJsonObject("message").get("content").toString().contains(text))
                .count();
    }
}
