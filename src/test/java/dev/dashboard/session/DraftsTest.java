package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.DraftBlock;
import dev.dashboard.event.Event;
import dev.dashboard.event.SessionDraft;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Subscription;
import dev.dashboard.support.TestEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Text in the making as a listener sees it. The test says what time it is. */
@Timeout(30)
class DraftsTest {
    private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

    @TempDir
    Path folder;

    private final SessionId session = SessionId.random();
    private TestEngine engine;
    private Drafts drafts;
    private Subscription listener;
    private long now = System.nanoTime();

    @BeforeEach
    void listen() throws Exception {
        engine = TestEngine.start(folder);
        drafts = new Drafts(session, engine.feed);
        listener = engine.feed.subscribe(engine.journal, 0, _ -> false, session::equals);
    }

    @AfterEach
    void close() {
        listener.close();
        engine.close();
    }

    @Test
    void aThousandDeltasInASecondAreShownAboutTwentyTimesAndNothingIsMissing() throws Exception {
        List<DraftBlock> shown = new ArrayList<>();
        StringBuilder whole = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            drafts.add("m1", 0, "text", i + " ");
            whole.append(i).append(' ');
            show(MILLISECOND);
            shown.addAll(seen());
        }
        show(50 * MILLISECOND);
        shown.addAll(seen());

        assertTrue(shown.size() >= 18 && shown.size() <= 22, "shown " + shown.size() + " times");
        assertEquals(new DraftBlock("m1", 0, "text", whole.toString()), shown.getLast());
    }

    @Test
    void itWantsToBeAskedAgainOnlyWhileSomethingIsNotShown() {
        assertTrue(drafts.due().isEmpty());
        drafts.add("m1", 0, "text", "a");
        assertTrue(drafts.due().isPresent());
        show(0);
        assertTrue(drafts.due().isEmpty());
        drafts.add("m1", 0, "text", "b");
        assertEquals(now + 50 * MILLISECOND, drafts.due().orElseThrow());
    }

    @Test
    void aLongTextIsShownLessOftenInProportion() throws Exception {
        drafts.add("m1", 0, "text", "x".repeat(320 * 1024));
        show(0);
        assertEquals(1, seen().size());
        drafts.add("m1", 0, "text", "y");
        show(499 * MILLISECOND);
        assertEquals(List.of(), seen());
        show(MILLISECOND);
        assertEquals(1, seen().size());
    }

    @Test
    void theRecordedBlockTakesItsPlaceAndAStragglerDoesNotBringItBack() throws Exception {
        drafts.add("m1", 0, "text", "Hel");
        drafts.add("m1", 1, "text", "other block");
        show(0);
        assertEquals(2, seen().size());

        drafts.add("m1", 0, "text", "lo");
        engine.journal.append(List.of(new Draft(
                Optional.of(session),
                Actor.CLI,
                new Event.AssistantReplied("u1", "m1", 0, "Hello", false, Optional.empty()))));
        drafts.replaced("m1", 0);
        show(50 * MILLISECOND);
        assertEquals(List.of(), seen());

        drafts.add("m1", 0, "text", "straggler");
        drafts.add("m1", 1, "text", "!");
        show(50 * MILLISECOND);
        assertEquals(List.of(new DraftBlock("m1", 1, "text", "other block!")), seen());
    }

    @Test
    void anAbandonedMessageIsTakenBackAndTheOthersStay() throws Exception {
        drafts.add("m1", 0, "text", "given up");
        drafts.add("m2", 0, "thinking", "kept");
        show(0);
        assertEquals(2, seen().size());

        drafts.abandon("m1");

        assertEquals(List.of(new DraftBlock("m1", 0, "text", "")), seen());
        drafts.add("m2", 0, "thinking", " on");
        show(50 * MILLISECOND);
        assertEquals(List.of(new DraftBlock("m2", 0, "thinking", "kept on")), seen());
    }

    @Test
    void clearingTakesBackWhatWasShownAndForgetsTheRest() throws Exception {
        drafts.add("m1", 0, "text", "shown");
        show(0);
        seen();
        drafts.add("m1", 0, "text", " more");

        drafts.clear();

        assertEquals(List.of(new DraftBlock("m1", 0, "text", "")), seen());
        assertFalse(drafts.due().isPresent());
        show(100 * MILLISECOND);
        assertEquals(List.of(), seen());
    }

    private void show(long later) {
        now += later;
        drafts.show(now);
    }

    private List<DraftBlock> seen() throws InterruptedException {
        return listener.next(Duration.ZERO) instanceof Subscription.Next.Drafts(var changed)
                ? changed.stream().map(SessionDraft::block).toList()
                : List.of();
    }
}
