package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.dashboard.cli.CliInput;
import dev.dashboard.event.Event;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Silence in a turn: when it is too long, what it waits for, and what is done about it. */
class WatchdogTest extends StateSpec {
    private static final Duration LIMIT = RULES.stallAfter();

    @BeforeEach
    void aTurnRuns() {
        ready();
        when(submit(FIRST, "one"));
        runs(FIRST);
        events.clear();
        inputs.clear();
    }

    @Test
    void aModelThatSaysNothingIsCutWhereThatIsTheRemedy() {
        pass(LIMIT);
        assertEquals(List.of(new Event.TurnStalled("model-silent", Optional.empty(), LIMIT, true)), events);
        assertInstanceOf(CliInput.Interrupt.class, inputs.getLast());
        pass(LIMIT);
        assertEquals(1, events.size(), "it is said once");
    }

    @Test
    void anyLineCountsAndTheTimeBeginsAnew() {
        pass(LIMIT.minusSeconds(1));
        hear("{'type':'keep_alive'}");
        pass(LIMIT.minusSeconds(1));
        assertEquals(List.of(), events);
        pass(Duration.ofSeconds(1));
        assertEquals(1, all(Event.TurnStalled.class).size());
    }

    @Test
    void aToolThatRunsIsNamedAndNeverCut() {
        hear(
                "{'type':'assistant','uuid':'a1','message':{'id':'m1','content':[{'type':'tool_use','id':'t1','name':'Bash',"
                        + "'input':{'command':'make'}}]}}");
        events.clear();
        pass(LIMIT);
        assertEquals(List.of(new Event.TurnStalled("tool-running", Optional.of("Bash"), LIMIT, false)), events);
        assertEquals(List.of(), inputs);
        hear(
                "{'type':'user','uuid':'u1','message':{'content':[{'type':'tool_result','tool_use_id':'t1','content':'ok'}]}}");
        assertEquals(new Event.TurnRevived(), events.get(1));
        pass(LIMIT);
        assertEquals("model-silent", last(Event.TurnStalled.class).cause());
    }

    @Test
    void aRetryIsNoSilenceOfTheModel() {
        hear(
                "{'type':'system','subtype':'api_retry','attempt':1,'max_retries':10,'retry_delay_ms':500,'error':'overloaded'}");
        pass(LIMIT);
        assertEquals("retrying", last(Event.TurnStalled.class).cause());
        assertEquals(List.of(), inputs);
    }

    @Test
    void aPersonHasAllTheTime() {
        hear("{'type':'control_request','request_id':'x1','request':{'subtype':'can_use_tool','tool_name':'Bash',"
                + "'tool_use_id':'t1','input':{'command':'ls'}}}");
        events.clear();
        pass(LIMIT.multipliedBy(10));
        assertEquals(List.of(), events);
    }

    @Test
    void betweenTurnsNothingIsWatched() {
        ends(FIRST);
        events.clear();
        pass(LIMIT.multipliedBy(2));
        assertEquals(List.of(), all(Event.TurnStalled.class));
    }
}
