package dev.dashboard.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class EventCodecTest {
    private static final String ID = "0b6eb9c0-84a8-4c42-8d88-528addfc3b89";

    @Test
    void everyEventHasASampleHere() {
        Set<Class<?>> records =
                Arrays.stream(Event.class.getPermittedSubclasses()).collect(Collectors.toSet());
        Set<Class<?>> samples = Samples.ALL.stream().map(Object::getClass).collect(Collectors.toSet());
        // What is left of an event has the name that it had.
        assertTrue(records.remove(Event.Expired.class));
        assertEquals(records, samples);
        assertEquals(records.size(), EventType.values().length);
    }

    @Test
    void everyEventComesBackAsItWas() {
        for (Event event : Samples.ALL) {
            JsonObject data = EventCodec.parse(EventCodec.data(event).toString());
            assertEquals(event, EventCodec.decode(EventCodec.type(event), data));
        }
    }

    /** Names are for ever: a change here breaks journals and browsers. */
    @Test
    void typesAreTheRecordsNamesInKebabCase() {
        for (Event event : Samples.ALL) {
            String kebab = event.getClass()
                    .getSimpleName()
                    .replaceAll("(?<=[a-z])(?=[A-Z])", "-")
                    .toLowerCase(java.util.Locale.ROOT);
            assertEquals(kebab, EventCodec.type(event));
        }
    }

    @Test
    void typesArePinned() {
        assertEquals(
                "access-refused activity-changed api-retried api-token-issued api-token-revoked"
                        + " approval-delivered approval-requested approval-resolved approval-unsettled approval-withdrawn"
                        + " assistant-replied assistant-thought audit-exported background-tasks-changed backup-requested"
                        + " configuration-changed contents-expired context-compacted conversation-reset delivery-requested"
                        + " interruption-requested invitation-accepted invitation-issued log-level-changed model-answered model-fell-back"
                        + " notice-given"
                        + " output-not-understood password-changed permission-denied permission-mode-changed"
                        + " process-started project-added project-retention-changed project-trust-withdrawn project-trusted prompt-delivered prompt-edited prompt-finished prompt-hastened"
                        + " prompt-removed prompt-submitted prompts-reordered queue-held queue-released rate-limit-changed"
                        + " role-changed session-created session-ended session-failed session-interrupted session-queued"
                        + " session-ready session-shared session-started session-titled sign-in-refused signed-in"
                        + " signed-out signed-out-everywhere stop-requested tool-called tool-returned turn-ended"
                        + " turn-interrupted turn-revived turn-stalled turn-started user-created user-disabled user-enabled",
                Arrays.stream(EventType.values()).map(EventType::wire).sorted().collect(Collectors.joining(" ")));
    }

    @Test
    void membersArePinned() {
        String pinned = Samples.ALL.stream()
                .map(event -> EventCodec.type(event) + " "
                        + String.join(",", EventCodec.data(event).keySet()))
                .collect(Collectors.joining("\n"));
        assertEquals("""
                user-created userId,name,role
                signed-in userId,name,address
                sign-in-refused name,address,reason
                signed-out userId
                password-changed userId
                signed-out-everywhere userId,name
                signed-out-everywhere userId
                invitation-issued userId,name,expiresAt
                invitation-issued userId,expiresAt
                invitation-accepted userId,name,address
                role-changed userId,name,role
                user-disabled userId,name
                user-enabled userId,name
                api-token-issued tokenId,userId,name,role,expiresAt
                api-token-revoked tokenId,userId,name,userName
                api-token-revoked tokenId,userId,name
                access-refused route,code,address
                audit-exported records
                configuration-changed before,now
                log-level-changed before,level,until
                log-level-changed before,level
                backup-requested backupId
                project-added projectId,path,name
                project-trusted projectId,name,fingerprint,files
                project-trust-withdrawn projectId,name,reason
                project-retention-changed projectId,name,before,days
                project-retention-changed projectId,name
                session-created projectId,cwd,title,model,permissionMode,effort,owner,sharing
                session-created projectId,cwd,permissionMode,owner,sharing
                session-shared sharing
                session-queued position
                session-titled title
                session-started launch,cliSessionId,resumed
                process-started launch,pid,startTicks,startedAt
                process-started launch,pid,startTicks,startedAt
                session-ready cliVersion,accountSource,model
                session-ready cliVersion,accountSource
                activity-changed activity
                turn-started model,permissionMode,tools
                conversation-reset cliSessionId
                interruption-requested\s
                stop-requested reason
                session-ended reason,exitCode,leftover
                session-ended reason,leftover
                session-failed code,message,remedy,exitCode,stderrTail,leftover
                session-failed code,message,remedy,stderrTail,leftover
                session-interrupted cause,leftover
                prompt-submitted promptId,text
                prompt-edited promptId,text
                prompt-removed promptId
                prompt-hastened promptId
                prompts-reordered order
                queue-held cause
                queue-released\s
                delivery-requested promptId
                prompt-delivered promptId
                prompt-finished promptId,outcome
                assistant-replied cliUuid,messageId,index,text,aborted,parentToolUseId
                assistant-replied cliUuid,messageId,index,text,aborted
                assistant-thought cliUuid,messageId,index,text,parentToolUseId
                assistant-thought cliUuid,messageId,index,text
                tool-called cliUuid,messageId,index,toolUseId,tool,input,parentToolUseId
                tool-called cliUuid,messageId,index,toolUseId,tool,input
                tool-returned cliUuid,toolUseId,isError,content,result,parentToolUseId
                tool-returned cliUuid,toolUseId,isError,content
                turn-ended cliUuid,isError,reason,error,durationMs,rounds,tokens,costUsd,contextTokens,contextWindow,promptIds
                turn-ended cliUuid,isError,reason,durationMs,rounds,tokens,costUsd,promptIds
                turn-interrupted cliUuid,isError,reason,error,durationMs,rounds,tokens,costUsd,contextTokens,contextWindow,promptIds
                turn-stalled cause,tool,silentMs,interrupts
                turn-stalled cause,silentMs,interrupts
                turn-revived\s
                approval-requested approvalId,kind,cliRequestId,toolUseId,tool,input,description,reason,suggestions,agentId,expiresAt
                approval-requested approvalId,kind,cliRequestId,toolUseId,tool,input,suggestions
                approval-resolved approvalId,decision,input,reason,remembered
                approval-resolved approvalId,decision,remembered
                approval-delivered approvalId
                approval-withdrawn approvalId,cause
                approval-unsettled approvalId
                api-retried attempt,maxRetries,delayMs,status,error
                api-retried attempt,maxRetries,delayMs,error
                model-answered model,status,firstByteMs,tokens
                model-answered status,firstByteMs,tokens
                model-fell-back from,to
                context-compacted trigger,preTokens,postTokens
                permission-mode-changed permissionMode
                rate-limit-changed status,resetsAt,window,utilization
                rate-limit-changed status,window
                permission-denied toolUseId,tool,message
                background-tasks-changed tasks
                notice-given level,text
                output-not-understood line,reason
                contents-expired through,days,contents""", pinned);
    }

    @Test
    void nestedMembersArePinned() {
        JsonObject ended = Samples.ALL.stream()
                .filter(Event.TurnEnded.class::isInstance)
                .findFirst()
                .map(EventCodec::data)
                .orElseThrow();
        assertEquals(
                Set.of("input", "output", "cacheRead", "cacheWrite"),
                ended.getJsonObject("tokens").keySet());
        assertEquals(
                Set.of("code", "message", "remedy", "status"),
                ended.getJsonObject("error").keySet());
        assertEquals(12_345, ended.getJsonNumber("durationMs").longValueExact());
        assertEquals("0.012340", ended.getJsonNumber("costUsd").toString());
        assertEquals("[\"" + ID + "\"]", ended.getJsonArray("promptIds").toString());
        assertEquals(
                "{\"reason\":\"parked\",\"leftover\":{\"found\":0,\"killed\":0,\"remaining\":0}}",
                EventCodec.data(new Event.SessionEnded("parked", Optional.empty(), Event.Leftover.NONE))
                        .toString());
    }

    @Test
    void envelopeHasTheFormOfTheWireWhicheverWayItIsMade() {
        Instant time = Instant.parse("2026-01-02T03:04:05Z");
        Actor ada = new Actor.Person(new UserId(UUID.fromString(ID)), "Ada \"A\"");
        Event event = new Event.NoticeGiven("info", "a\nb");
        Envelope with = new Envelope(4712, time, Optional.of(SessionId.parse(ID)), ada, event);
        Envelope without = new Envelope(1, time, Optional.empty(), Actor.SERVER, event);
        String expected = "{\"seq\":4712,\"time\":\"2026-01-02T03:04:05.000Z\",\"sessionId\":\"" + ID
                + "\",\"actor\":{\"kind\":\"person\",\"id\":\"" + ID + "\",\"name\":\"Ada \\\"A\\\"\"},"
                + "\"type\":\"notice-given\",\"data\":{\"level\":\"info\",\"text\":\"a\\nb\"}}";
        assertEquals(expected, EventCodec.envelope(with).toString());
        assertEquals(expected, Recorded.of(with).json());
        assertEquals(
                EventCodec.envelope(without).toString(), Recorded.of(without).json());
        assertEquals("{\"kind\":\"server\"}", EventCodec.actor(Actor.SERVER).toString());
    }

    @Test
    void everyActorComesBackAsItWas() {
        for (Actor actor : List.of(
                new Actor.Person(new UserId(UUID.fromString(ID)), "Ada"),
                new Actor.Person(new UserId(UUID.fromString(ID)), "Ada", Optional.of("ci")),
                Actor.CLI,
                Actor.SERVER)) {
            assertEquals(actor, EventCodec.decodeActor(EventCodec.actor(actor)));
        }
    }

    @Test
    void whatCannotBeReadIsNamed() {
        assertNamed("\"turn-teleported\"", "turn-teleported", "{}");
        assertNamed("notice-given has no readable member \"text\"", "notice-given", "{\"level\":\"info\"}");
        assertNamed("\"text\"", "notice-given", "{\"level\":\"info\",\"text\":5}");
        assertNamed("session-ended.leftover", "session-ended", "{\"reason\":\"x\",\"leftover\":{\"found\":1}}");
        assertNamed("\"resumed\"", "session-started", "{\"launch\":\"l\",\"cliSessionId\":\"c\",\"resumed\":1}");
        Recorded stored =
                Recorded.stored(7, Instant.EPOCH, Optional.empty(), "{\"kind\":\"cli\"}", "turn-teleported", "{}");
        String message =
                assertThrows(IllegalStateException.class, stored::envelope).getMessage();
        assertTrue(message.contains("seq=7") && message.contains("turn-teleported"), message);
    }

    private static void assertNamed(String expected, String type, String data) {
        JsonObject json = EventCodec.parse(data);
        String message = assertThrows(IllegalArgumentException.class, () -> EventCodec.decode(type, json))
                .getMessage();
        assertTrue(message.contains(expected), message);
    }

    @Test
    void memberThatALaterServerAddedIsPassedOver() {
        JsonObject data = Json.createObjectBuilder(EventCodec.data(new Event.NoticeGiven("info", "x")))
                .add("later", true)
                .build();
        assertEquals(new Event.NoticeGiven("info", "x"), EventCodec.decode("notice-given", data));
    }
}
