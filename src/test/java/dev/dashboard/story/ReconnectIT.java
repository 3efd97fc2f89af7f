package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.EventClient;
import dev.dashboard.support.EventClient.Heard;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ReconnectIT {
    private static final int CUTS = 8;

    @RegisterExtension
    static final Stage stage = Stage.demo();

    @Test
    void aStreamThatIsCutAgainAndAgainLosesNothingAndRepeatsNothing() throws Exception {
        long seed = System.nanoTime();
        System.err.println("cuts by seed " + seed);
        Random random = new Random(seed);
        Play play = stage.play();
        EventClient shaky = stage.closing(EventClient.after(play.events().lastSeq(), stage.anna()));
        long from = play.events().lastSeq();
        Play.Line line = play.prompt("many 1000");

        for (int cut = 1; cut <= CUTS; cut++) {
            awaitNumber(shaky, Math.max(shaky.lastSeq(), from + 10) + random.nextInt(100));
            shaky.cut();
            shaky.resume();
        }

        Heard.Event end = play.events().await(play.session(), line.seq(), "turn-ended");
        awaitNumber(shaky, end.seq());
        Play.assertGapFree(shaky.numbers());
        assertTrue(texts(play.events(), shaky, end.seq()).equals(texts(shaky, shaky, end.seq())), () -> "seed " + seed);
        assertEquals(blocks(1000), answers(shaky));
    }

    @Test
    void aSlowReaderCatchesUp() throws Exception {
        Play play = stage.play();
        EventClient slow = stage.closing(EventClient.after(play.events().lastSeq(), stage.anna()));
        awaitNumber(slow, play.turn("echo before").seq());
        slow.hold();

        Heard.Event end = play.turn("many 4000");

        assertTrue(slow.lastSeq() < end.seq() - 3_500, "it took nothing meanwhile");
        slow.release();
        awaitNumber(slow, end.seq());
        Play.assertGapFree(slow.numbers());
        assertTrue(texts(play.events(), slow, end.seq()).equals(texts(slow, slow, end.seq())));
        assertEquals(
                blocks(4000),
                answers(slow).stream().filter(a -> a.startsWith("Block")).toList());
    }

    private static void awaitNumber(EventClient client, long seq) throws InterruptedException {
        client.awaitHeard(
                "number " + seq,
                heard -> heard instanceof Heard.Event event && event.seq() >= seq
                        ? Optional.of(event)
                        : Optional.empty());
    }

    /** What this client has, from the other's first event on to a number. */
    private static List<String> texts(EventClient client, EventClient other, long last) {
        long first = other.numbers().getFirst();
        return client.events().stream()
                .filter(event -> event.seq() >= first && event.seq() <= last)
                .map(Heard.Event::text)
                .toList();
    }

    private static List<String> answers(EventClient client) {
        return client.events().stream()
                .filter(event -> event.type().equals("assistant-replied"))
                .map(event -> event.data().getString("text"))
                .toList();
    }

    private static List<String> blocks(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(n -> "Block " + n + " of " + count + ".")
                .toList();
    }
}
