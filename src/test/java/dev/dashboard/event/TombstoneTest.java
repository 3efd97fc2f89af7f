package dev.dashboard.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is left of an event, and of which. */
final class TombstoneTest {
    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.670Z");
    private static final SessionId SESSION = SessionId.random();

    private static Recorded stored(Event event) {
        return Recorded.of(new Envelope(7, TIME, Optional.of(SESSION), Actor.CLI, event));
    }

    private static Recorded buried(Recorded event) {
        return Recorded.stored(
                event.seq(),
                event.time(),
                event.session(),
                event.actor(),
                event.type(),
                Tombstone.data(event.digest()));
    }

    /** A change here changes what is forgotten, and what is kept for ever. */
    @Test
    void whatHoldsWordsIsPinned() {
        assertEquals(
                "api-retried approval-requested approval-resolved assistant-replied assistant-thought"
                        + " background-tasks-changed notice-given output-not-understood permission-denied prompt-edited"
                        + " prompt-submitted session-failed session-titled tool-called tool-returned",
                Arrays.stream(EventType.values())
                        .map(EventType::wire)
                        .filter(Tombstone::mayBe)
                        .sorted()
                        .collect(Collectors.joining(" ")));
    }

    @Test
    void itKeepsNumberTimeActorAndTypeAndTheDigest() {
        for (Event event : Samples.ALL) {
            Recorded whole = stored(event);
            Recorded left = buried(whole);
            assertFalse(whole.isExpired());
            assertTrue(left.isExpired());
            assertEquals(whole.digest(), left.digest());
            assertEquals(
                    new Envelope(
                            7, TIME, Optional.of(SESSION), Actor.CLI, new Event.Expired(whole.type(), whole.digest())),
                    left.envelope());
            assertEquals(whole.type(), EventCodec.type(left.envelope().event()));
        }
    }

    @Test
    void readersAreToldThatItIsGoneAndNoMore() {
        Recorded left = buried(stored(new Event.NoticeGiven("info", "a word")));
        JsonObject wire = EventCodec.parse(left.json());
        assertEquals(wire, EventCodec.envelope(left.envelope()));
        assertTrue(wire.getBoolean("expired"));
        assertTrue(wire.getJsonObject("data").isEmpty());
        assertFalse(left.json().contains(left.digest()));
        assertFalse(
                EventCodec.parse(stored(new Event.NoticeGiven("info", "a word")).json())
                        .containsKey("expired"));
    }

    @Test
    void everyByteCountsForTheDigestAndTheirOrderForTheChain() {
        Recorded one = stored(new Event.NoticeGiven("info", "a word"));
        Recorded other = stored(new Event.NoticeGiven("info", "a ward"));
        assertNotEquals(one.digest(), other.digest());
        String both = Tombstone.chained(Tombstone.chained(Sha256.NOTHING, one.digest()), other.digest());
        assertNotEquals(both, Tombstone.chained(Tombstone.chained(Sha256.NOTHING, other.digest()), one.digest()));
    }
}
