package dev.dashboard.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DemoModelTest {
    private final DemoModel model = DemoModel.start(0);
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        client.close();
        model.close();
    }

    @Test
    void onlyTheOwnKeyIsAnswered() throws Exception {
        for (String path : new String[] {"/v1/messages", "/v1/messages/count_tokens"}) {
            assertEquals(401, post(path, "guessed", said("echo hello", false)).statusCode());
            assertEquals(401, post(path, "", said("echo hello", false)).statusCode());
        }
        try (DemoModel other = DemoModel.start(0)) {
            assertFalse(other.apiKey().equals(model.apiKey()));
        }
    }

    @Test
    void itListensOnLoopbackOnlyAndKnowsNoOtherPath() throws Exception {
        assertEquals("127.0.0.1", model.baseUrl().getHost());
        assertEquals(404, send("GET", "/", "").statusCode());
        assertEquals(404, send("HEAD", "/v1/messages", "").statusCode());
        assertEquals(404, send("POST", "/v1/complete", "{}").statusCode());
    }

    @Test
    void aBodyThatIsNoObjectIsRefused() throws Exception {
        assertEquals(400, send("POST", "/v1/messages", "[]").statusCode());
        assertEquals(400, send("POST", "/v1/messages", "{").statusCode());
        assertEquals(
                200,
                send("POST", "/v1/messages", "{\"messages\":[7,{\"role\":\"user\"}],\"tools\":{}}")
                        .statusCode());
    }

    @Test
    void theWholeAnswerAndTheStreamSayTheSame() throws Exception {
        JsonObject whole = json(ask(said("echo Grüße 👋 an alle", false)).body());
        String stream = ask(said("echo Grüße 👋 an alle", true)).body();

        assertEquals("Grüße 👋 an alle", textOf(whole));
        StringBuilder streamed = new StringBuilder();
        stream.lines()
                .filter(l -> l.startsWith("data: ") && l.contains("text_delta"))
                .forEach(l -> streamed.append(
                        json(l.substring(6)).getJsonObject("delta").getString("text")));
        assertEquals("Grüße 👋 an alle", streamed.toString());
        assertTrue(stream.strip().endsWith("{\"type\":\"message_stop\"}"), stream);
    }

    @Test
    void remarksOfTheCliAreNotThePrompt() throws Exception {
        JsonObject body = Json.createObjectBuilder(Map.of("model", "m", "stream", false))
                .add(
                        "messages",
                        Json.createArrayBuilder()
                                .add(user("echo first"))
                                .add(Json.createObjectBuilder(Map.of("role", "assistant", "content", "first")))
                                .add(user("[Request interrupted by user]\n\necho second"))
                                .add(user("<system-reminder>\necho third\n</system-reminder>"))
                                .add(Json.createObjectBuilder(Map.of("role", "system", "content", "echo fourth"))))
                .build();

        assertEquals("second", textOf(json(ask(body).body())));
    }

    @Test
    void aTestMaySayItsOwnStory() throws Exception {
        model.say("Echo", c -> Reply.of(Reply.text("attempt " + c.attempt())));

        assertEquals("attempt 1", textOf(json(ask(said("echo x", false)).body())));
        assertEquals("attempt 2", textOf(json(ask(said("echo x", false)).body())));
    }

    @Test
    void whatNobodyKnowsGetsTheListOfStories() throws Exception {
        assertEquals(
                Texts.HELP, textOf(json(ask(said("what is the weather?", false)).body())));
    }

    @Test
    void tokensAreCounted() throws Exception {
        int few = json(send(
                                "POST",
                                "/v1/messages/count_tokens",
                                said("a", false).toString())
                        .body())
                .getInt("input_tokens");
        int many = json(send(
                                "POST",
                                "/v1/messages/count_tokens",
                                said("a".repeat(4_000), false).toString())
                        .body())
                .getInt("input_tokens");

        assertTrue(many > few + 900 && few > 0, () -> few + " and " + many);
    }

    @Test
    void closingEndsAnAnswerThatIsBeingSpoken() throws Exception {
        HttpResponse<Stream<String>> slow =
                client.send(request("POST", "/v1/messages", said("slow", true).toString()), BodyHandlers.ofLines());
        long start = System.nanoTime();

        model.close();

        try {
            assertTrue(slow.body().noneMatch(l -> l.contains("message_stop")));
        } catch (UncheckedIOException e) {
            assertTrue(e.getMessage() != null || e.getCause() != null, "cut off, which is an end as well");
        }
        assertTrue(Duration.ofNanos(System.nanoTime() - start).toSeconds() < 20);
    }

    @Test
    void anUnreasonablePaceIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> DemoModel.start(-1));
        assertThrows(IllegalArgumentException.class, () -> DemoModel.start(Double.NaN));
    }

    private HttpResponse<String> ask(JsonObject body) throws IOException, InterruptedException {
        return send("POST", "/v1/messages?beta=true", body.toString());
    }

    private HttpResponse<String> post(String path, String key, JsonObject body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(model.baseUrl().resolve(path))
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        if (!key.isEmpty()) {
            request.header("x-api-key", key);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        return client.send(request(method, path, body), BodyHandlers.ofString());
    }

    private HttpRequest request(String method, String path, String body) {
        return HttpRequest.newBuilder(model.baseUrl().resolve(path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("x-api-key", model.apiKey())
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private static JsonObject said(String prompt, boolean stream) {
        return Json.createObjectBuilder(Map.of("model", "m", "stream", stream))
                .add("messages", Json.createArrayBuilder().add(user(prompt)))
                .build();
    }

    private static JsonObject user(String text) {
        return Json.createObjectBuilder()
                .add("role", "user")
                .add(
                        "content",
                        Json.createArrayBuilder()
                                .add(Json.createObjectBuilder()
                                        .add("type", "text")
                                        .add("text", text)))
                .build();
    }

    private static String textOf(JsonObject message) {
        return message.getJsonArray("content").getJsonObject(0).getString("text");
    }

    private static JsonObject json(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }
}
