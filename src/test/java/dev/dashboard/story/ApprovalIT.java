package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.EventClient;
import dev.dashboard.support.EventClient.Heard;
import dev.dashboard.support.Person;
import dev.dashboard.support.Together;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ApprovalIT {
    @RegisterExtension
    static final Stage stage = Stage.demo();

    @Test
    void aCommandRunsOnlyAfterItWasAllowedAndThatIsRecordedBeforeItReachesTheCli() throws Exception {
        Play play = stage.play();
        Path file = stage.folder().resolve("allowed.txt");
        Play.Line line = play.prompt("bash echo x >> allowed.txt");
        String request = play.awaitRequest(line.seq());
        play.awaitState("asking");
        assertEquals(1, play.json().getInt("pendingApprovals"));
        assertFalse(Files.exists(file), "nothing runs unasked");

        JsonObject approval = stage.anna().allow(request).expect(200);

        assertEquals("allowed", approval.getString("state"));
        play.ended(line);
        assertEquals(List.of("x"), Files.readAllLines(file));
        List<Heard.Event> events = play.events().events(play.session());
        long recorded = seq(events, "approval-resolved");
        assertTrue(recorded < seq(events, "approval-delivered"));
        assertTrue(recorded < seq(events, "tool-returned"));
        assertEquals("delivered", stage.anna().approval(request).getString("delivery"));
        assertEquals(0, play.json().getInt("pendingApprovals"));
    }

    private static long seq(List<Heard.Event> events, String type) {
        return events.stream()
                .filter(event -> event.type().equals(type))
                .findFirst()
                .orElseThrow()
                .seq();
    }

    @Test
    void aDeniedCommandDoesNotRunAndTheModelReadsTheReason() throws Exception {
        Play play = stage.play();
        Path file = stage.folder().resolve("denied.txt");
        Play.Line line = play.prompt("bash echo x >> denied.txt");

        stage.anna().deny(play.awaitRequest(line.seq()), "Not before lunch.").expect(200);

        play.ended(line);
        assertFalse(Files.exists(file));
        assertTrue(
                play.answers().getLast().contains("Not before lunch."),
                () -> play.answers().toString());
    }

    @Test
    void twoBrowsersSeeTheSameAndTheFirstAnswerWins() throws Exception {
        Person other = stage.anotherBrowser();
        Play play = stage.play();
        EventClient elsewhere = stage.closing(EventClient.after(play.events().lastSeq(), other));
        for (int round = 0; round < 5; round++) {
            Path file = stage.folder().resolve("both" + round + ".txt");
            Play.Line line = play.prompt("bash echo x >> both" + round + ".txt");
            String request = play.awaitRequest(line.seq());

            List<Person.Answer> answers =
                    Together.run(() -> stage.anna().allow(request), () -> other.deny(request, "No."));

            assertEquals(1, answers.stream().filter(a -> a.status() == 200).count(), answers::toString);
            Person.Answer loser =
                    answers.stream().filter(a -> a.status() != 200).findFirst().orElseThrow();
            JsonObject problem = loser.refused(409, "already-decided");
            assertEquals("admin", problem.getJsonObject("decidedBy").getString("name"));
            boolean allowed = answers.getFirst().status() == 200;
            assertEquals(allowed ? "allow" : "deny", problem.getString("decision"));
            Heard.Event end = play.ended(line);
            assertEquals(allowed, Files.exists(file), "what was recorded is what happened");
            assertEquals(
                    1,
                    play.stored(line.seq()).stream()
                            .filter(e -> e.getString("type").equals("approval-resolved"))
                            .count());
            elsewhere.await(play.session(), end.seq() - 1, "turn-ended");
        }
        long from = elsewhere.numbers().getFirst();
        long to = elsewhere.lastSeq();
        assertEquals(
                play.events().events().stream()
                        .filter(e -> e.seq() >= from && e.seq() <= to)
                        .map(Heard.Event::text)
                        .toList(),
                elsewhere.events().stream().map(Heard.Event::text).toList());
    }
}
