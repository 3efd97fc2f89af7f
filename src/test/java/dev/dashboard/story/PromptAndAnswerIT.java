package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.EventClient;
import dev.dashboard.support.EventClient.Heard;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PromptAndAnswerIT {
    @RegisterExtension
    static final Stage stage = Stage.demo("DASHBOARD_DEMO_PACE", "0.5");

    @Test
    void anAnswerComesInOrderAndTheSessionRests() throws Exception {
        Play play = stage.play();

        Play.Line line = play.prompt("echo the answer is 42");
        play.ended(line);

        List<String> types = play.stored(line.seq() - 1).stream()
                .map(event -> event.getString("type"))
                .filter(type -> !type.equals("session-titled"))
                .toList();
        assertInOrder(
                types,
                "prompt-submitted",
                "prompt-delivered",
                "turn-started",
                "assistant-replied",
                "turn-ended",
                "prompt-finished");
        assertEquals(List.of("the answer is 42"), play.answers());
        assertEquals("completed", stage.anna().promptState(play.session(), line.id()));
        assertEquals("echo the answer is 42", play.json().getString("title"));
    }

    @Test
    void aTurnCostsTokensAndMoney() throws Exception {
        Play play = stage.play();

        JsonObject outcome = play.turn("echo hello").data();

        JsonObject session = play.json();
        assertEquals(1, session.getInt("turns"));
        assertTrue(session.getJsonNumber("cost").doubleValue() > 0, session::toString);
        assertTrue(session.getJsonObject("tokens").getInt("output") > 0, session::toString);
        assertEquals(
                outcome.getJsonNumber("costUsd").doubleValue(),
                session.getJsonNumber("cost").doubleValue(),
                1e-9);
    }

    @Test
    void pagesAndStreamAreTheSameToTheByte() throws Exception {
        EventClient fromTheStart = stage.closing(EventClient.after(0, stage.anna()));
        Play play = stage.play();
        Heard.Event end = play.turn("echo with \"quotes\", a \\ backslash, \u00fc and \ud83c\udf52");
        fromTheStart.await(play.session(), end.seq() - 1, "turn-ended");

        String page = stage.anna()
                .get("/sessions/" + play.session() + "/events?limit=1000")
                .body();

        List<Heard.Event> live = play.events().events(play.session());
        long last = live.getLast().seq();
        assertEquals("{\"events\":[" + joined(live, last) + "],\"next\":null}", page);
        fromTheStart.awaitHeard(
                "the last event",
                h -> Optional.of(h).filter(e -> e instanceof Heard.Event event && event.seq() == last));
        assertEquals(joined(live, last), joined(fromTheStart.events(play.session()), last));
    }

    private static String joined(List<Heard.Event> events, long last) {
        return events.stream()
                .filter(event -> event.seq() <= last)
                .map(Heard.Event::text)
                .collect(Collectors.joining(","));
    }

    /** Each event goes to many, many times a second; a line for each would be all of the log. */
    @Test
    void deliveringEventsLogsNothingNotEvenAtDebug() throws Exception {
        Play play = stage.play();
        long before = linesBesidesRequests();

        play.turn("many 50");

        assertEquals(before, linesBesidesRequests(), () -> stage.dashboard().log());
    }

    private static long linesBesidesRequests() {
        return stage.dashboard()
                .log()
                .lines()
                .filter(line -> !line.contains("\"logger\":\"dev.dashboard.access\""))
                .count();
    }

    @Test
    void numbersHaveNoGap() throws Exception {
        Play play = stage.play();
        play.turn("many 50");

        Play.assertGapFree(play.events().numbers());
    }

    @Test
    void textInTheMakingIsShownAndThenReplacedByTheRecordedBlock() throws Exception {
        Play play = stage.play();

        play.turn("explain the code");

        List<Heard> heard = play.events().heard();
        List<JsonObject> drafts = heard.stream()
                .filter(Heard.Draft.class::isInstance)
                .map(draft -> ((Heard.Draft) draft).json())
                .filter(draft -> draft.getString("kind").equals("text"))
                .toList();
        assertTrue(drafts.size() >= 5, () -> drafts.size() + " drafts");
        Heard.Event block = play.events().events(play.session()).stream()
                .filter(event -> event.type().equals("assistant-replied"))
                .findFirst()
                .orElseThrow();
        String whole = block.data().getString("text");
        for (int i = 0; i < drafts.size(); i++) {
            String text = drafts.get(i).getString("text");
            assertTrue(whole.startsWith(text), "a draft is the beginning of the block");
            assertTrue(
                    i == 0
                            || text.length()
                                    > drafts.get(i - 1).getString("text").length(),
                    "drafts grow");
        }
        assertEquals(block.data().getString("messageId"), drafts.getFirst().getString("messageId"));
        assertEquals(block.data().getInt("index"), drafts.getFirst().getInt("index"));
        assertFalse(
                heard.subList(heard.indexOf(block), heard.size()).stream().anyMatch(Heard.Draft.class::isInstance),
                "no draft after its block");
    }

    private static void assertInOrder(List<String> all, String... wanted) {
        int from = 0;
        for (String type : wanted) {
            int at = all.subList(from, all.size()).indexOf(type);
            assertTrue(at >= 0, () -> type + " is missing, or out of order, in " + all);
            from += at + 1;
        }
    }
}
