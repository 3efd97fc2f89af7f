package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.CliInput;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Event;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that wait for a person no longer than they may. */
class AskingTest extends StateSpec {
    private static final Duration LIMIT = Duration.ofHours(1);

    @BeforeEach
    void requestsExpire() {
        rules = new SessionState.Rules(
                RULES.initializeTimeout(),
                RULES.idleParking(),
                RULES.stallAfter(),
                true,
                Optional.of(LIMIT),
                RULES.masking());
        ready();
        events.clear();
    }

    @Test
    void whatNobodyAnswersInTimeIsDeniedByTheServerWithThatReason() {
        ApprovalId asked = ask("q1");
        assertEquals(
                Optional.of(now.plus(LIMIT)),
                last(Event.ApprovalRequested.class).expiresAt());
        pass(LIMIT.minusSeconds(1));
        assertTrue(all(Event.ApprovalResolved.class).isEmpty());
        pass(Duration.ofSeconds(1));
        assertEquals(
                new Event.ApprovalResolved(
                        asked, "deny", Optional.empty(), Optional.of("expired"), JsonValue.EMPTY_JSON_ARRAY),
                last(Event.ApprovalResolved.class));
        assertEquals(new CliInput.Permission("q1", new CliInput.Deny("expired", false)), inputs.getLast());
        assertEquals(
                "approval-not-pending",
                refusal(new Signal.Decide(
                        MARA, asked, true, Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY)));
    }

    @Test
    void eachHasItsOwnTime() {
        ask("q1");
        now = now.plusSeconds(60);
        ApprovalId later = ask("q2");
        pass(LIMIT.minusSeconds(60));
        assertEquals(1, all(Event.ApprovalResolved.class).size());
        pass(Duration.ofSeconds(60));
        assertEquals(later, last(Event.ApprovalResolved.class).approval());
        assertEquals(2, all(Event.ApprovalResolved.class).size());
    }

    @Test
    void anAnswerInTimeStandsAndNothingExpiresAfterIt() {
        ApprovalId asked = ask("q1");
        when(new Signal.Decide(MARA, asked, true, Optional.empty(), Optional.empty(), JsonValue.EMPTY_JSON_ARRAY));
        pass(LIMIT);
        assertEquals(
                List.of("allow"),
                all(Event.ApprovalResolved.class).stream()
                        .map(Event.ApprovalResolved::decision)
                        .toList());
    }

    @Test
    void whileTheCliTakesNoInputTheRequestWaitsOn() {
        ask("q1");
        room = 0;
        pass(LIMIT);
        assertTrue(all(Event.ApprovalResolved.class).isEmpty());
        room = 64;
        pass(Duration.ofSeconds(1));
        assertEquals(1, all(Event.ApprovalResolved.class).size());
    }

    private ApprovalId ask(String request) {
        hear("{'type':'control_request','request_id':'" + request
                + "','request':{'subtype':'can_use_tool','tool_name':'Bash','tool_use_id':'t-" + request
                + "','input':{'command':'make'}}}");
        return last(Event.ApprovalRequested.class).approval();
    }
}
