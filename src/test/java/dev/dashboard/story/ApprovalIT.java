package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.EventClient;
import dev.dashboard.support.EventClient.Heard;
import dev.dashboard.support.Person;
import dev.dashboard.support.Together;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
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
    void whatWasEditedIsWhatRuns() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("bash echo asked >> edited.txt");
        String request = play.awaitRequest(line.seq());

        JsonObject approval = stage.anna()
                .decide(request, decision("{'decision':'allow','input':{'command':'echo changed >> edited.txt'}}"))
                .expect(200);

        play.ended(line);
        assertEquals(List.of("changed"), Files.readAllLines(stage.folder().resolve("edited.txt")));
        assertEquals(
                "echo changed >> edited.txt",
                approval.getJsonObject("changedInput").getString("command"));
    }

    @Test
    void whatIsAllowedForTheSessionIsNotAskedAgainAlsoInItsNextLife() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("bash touch always-a.txt");
        String request = play.awaitRequest(line.seq());
        assertFalse(stage.anna().approval(request).getJsonArray("suggestions").isEmpty());

        stage.anna()
                .decide(
                        request,
                        decision("{'decision':'allow','remember':[{'type':'addRules','behavior':'allow','rules':"
                                + "[{'toolName':'Bash','ruleContent':'touch:*'}],'destination':'userSettings'}]}"))
                .expect(200);
        play.ended(line);
        play.turn("bash touch always-b.txt");
        play.stop();
        play.resume();
        play.turn("bash touch always-c.txt");

        assertTrue(Files.exists(stage.folder().resolve("always-c.txt")));
        assertEquals(1, play.stored("approval-requested").size(), "it was asked once");
        Play other = stage.play();
        Play.Line asked = other.prompt("bash touch always-d.txt");
        stage.anna()
                .deny(other.awaitRequest(asked.seq()), "Only in the first session.")
                .expect(200);
        other.ended(asked);
        assertFalse(Files.exists(stage.folder().resolve("always-d.txt")), "it holds for that session alone");
    }

    @Test
    void everyQuestionWantsAnAnswerAndTheModelGetsThem() throws Exception {
        Play play = stage.play();
        Play.Line line = play.prompt("ask");
        String request = play.awaitRequest(line.seq());
        JsonObject asked = stage.anna().approval(request);
        List<JsonObject> questions =
                asked.getJsonObject("input").getJsonArray("questions").getValuesAs(JsonObject.class);
        stage.anna()
                .decide(request, decision("{'decision':'allow','answers':{}}"))
                .refused(400, "answers-missing");

        JsonObjectBuilder answers = Json.createObjectBuilder();
        questions.forEach(question -> answers.add(
                question.getString("question"),
                question.getJsonArray("options").getJsonObject(0).getString("label")));
        stage.anna()
                .decide(
                        request,
                        Json.createObjectBuilder()
                                .add("decision", "allow")
                                .add("answers", answers)
                                .build())
                .expect(200);

        play.ended(line);
        assertEquals("delivered", stage.anna().approval(request).getString("delivery"));
    }

    @Test
    void aPlanIsSentBackWithAReasonAndThenAcceptedWithTheModeToGoOnIn() throws Exception {
        Play play = stage.play("permissionMode", "plan");
        Play.Line line = play.prompt("plan");
        stage.anna().deny(play.awaitRequest(line.seq()), "Mention the tests.").expect(200);
        play.ended(line);
        assertEquals("plan", play.json().getString("permissionMode"));

        Play.Line again = play.prompt("plan");
        stage.anna()
                .decide(
                        play.awaitRequest(again.seq()),
                        decision("{'decision':'allow','remember':[{'type':'setMode','mode':'acceptEdits'}]}"))
                .expect(200);

        play.await(again.seq(), "permission-mode-changed");
        assertEquals("acceptEdits", play.json().getString("permissionMode"));
    }

    private static JsonObject decision(String json) {
        return Play.parse(json.replace('\'', '"'));
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
