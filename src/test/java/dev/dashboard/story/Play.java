package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient;
import dev.dashboard.support.EventClient.Heard;
import dev.dashboard.support.Person;
import dev.dashboard.support.Processes;
import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.LongStream;

/** One session in a story: who plays, and who listens. */
record Play(Person anna, String session, EventClient events) {
    /** A prompt that was accepted. */
    record Line(UUID id, long seq) {}

    Line prompt(String text) {
        UUID id = UUID.randomUUID();
        return new Line(
                id,
                anna.prompt(session, id, text).expect(202).getJsonNumber("seq").longValue());
    }

    /** Prompts, and waits for the end of the turn. */
    Heard.Event turn(String text) throws InterruptedException {
        return ended(prompt(text));
    }

    /** The end of the turn that a prompt has started, once the session rests. */
    Heard.Event ended(Line line) throws InterruptedException {
        Heard.Event end = await(line.seq(), "turn-ended");
        awaitState("idle");
        return end;
    }

    Heard.Event await(long after, String type) throws InterruptedException {
        return events.await(session, after, type);
    }

    /** The id of the request that the CLI makes. */
    String awaitRequest(long after) throws InterruptedException {
        return await(after, "approval-requested").data().getString("approvalId");
    }

    /** Waits for text in the making that has come to these words. */
    void awaitDraft(String words) throws InterruptedException {
        events.awaitHeard(
                "a draft with " + words,
                heard -> heard instanceof Heard.Draft(JsonObject draft)
                                && draft.getString("sessionId").equals(session)
                                && draft.getString("text").contains(words)
                        ? Optional.of(draft)
                        : Optional.empty());
    }

    void awaitState(String state) {
        anna.awaitState(session, state);
    }

    /** Lets the prompt's command run: allows what is asked, and waits for the end of the turn. */
    Heard.Event turnAllowed(String text) throws InterruptedException {
        Line line = prompt(text);
        anna.allow(awaitRequest(line.seq())).expect(200);
        return ended(line);
    }

    /** Stops the session, and waits until that is recorded. */
    Heard.Event stop() throws InterruptedException {
        long seq = anna.stop(session).expect(202).getJsonNumber("seq").longValue();
        return await(seq, "session-ended");
    }

    void resume() throws InterruptedException {
        long seq = anna.resume(session).expect(202).getJsonNumber("seq").longValue();
        await(seq, "session-ready");
    }

    // ---- what is stored

    /** All events of the session, from the pages of the transcript. */
    List<JsonObject> stored() {
        return stored(0);
    }

    /** Those after a number, whatever number of pages they fill. */
    List<JsonObject> stored(long after) {
        List<JsonObject> all = new ArrayList<>();
        JsonValue next = Json.createValue(after);
        while (next instanceof JsonNumber number) {
            JsonObject page = anna.get("/sessions/" + session + "/events?limit=1000&after=" + number)
                    .expect(200);
            all.addAll(page.getJsonArray("events").getValuesAs(JsonObject.class));
            next = page.get("next");
        }
        return all;
    }

    List<JsonObject> stored(String type) {
        return stored().stream().filter(e -> e.getString("type").equals(type)).toList();
    }

    /** The text of every answer so far. */
    List<String> answers() {
        return stored("assistant-replied").stream()
                .map(e -> e.getJsonObject("data").getString("text"))
                .toList();
    }

    JsonObject json() {
        return anna.session(session);
    }

    static JsonObject parse(String text) {
        try (JsonReader json = Json.createReader(new StringReader(text))) {
            return json.readObject();
        }
    }

    // ---- the process

    long pid() {
        return json().getInt("pid");
    }

    /** Living processes that were started for this session: the CLI, and all below it. */
    List<ProcessHandle> processes() {
        return Processes.marked("DASHBOARD_SESSION", session);
    }

    void awaitNoProcess() {
        Await.until(
                "no process of session " + session + " is left",
                Duration.ofSeconds(20),
                Duration.ofMillis(100),
                () -> processes().isEmpty());
    }

    /** The mark of the newest of the session's processes. */
    String launch() {
        return stored("session-started").getLast().getJsonObject("data").getString("launch");
    }

    /** Every number from the first to the last, each once: what a journal is. */
    static void assertGapFree(List<Long> numbers) {
        assertEquals(
                LongStream.rangeClosed(numbers.getFirst(), numbers.getLast())
                        .boxed()
                        .toList(),
                numbers);
    }
}
