package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.EventClient;
import dev.dashboard.support.Person;
import dev.dashboard.support.RealCli;
import dev.dashboard.support.RunningDashboard;
import dev.dashboard.support.ScriptedModel;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The model's key stays with the server: the real CLI works with a token of its own launch, which ends with it. */
class GatewayIT {
    @RegisterExtension
    static final Stage stage = Stage.demo();

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void aCommandOfTheModelFindsNoKeyOnlyATokenThatEndsWithTheProcess() throws Exception {
        Play play = stage.play();
        play.turnAllowed("bash env | sort");

        String shown =
                play.stored("tool-returned").getLast().getJsonObject("data").getString("content");
        assertTrue(shown.contains("ANTHROPIC_BASE_URL=http://127.0.0.1:"), shown);
        assertFalse(shown.contains("demo-"), shown);
        Map<String, String> environment = environment(play.pid());
        assertFalse(environment.containsKey("ANTHROPIC_API_KEY"));
        assertTrue(environment.values().stream().noneMatch(value -> value.startsWith("demo-")));
        URI gateway = URI.create(environment.get("ANTHROPIC_BASE_URL"));
        String token = environment.get("ANTHROPIC_AUTH_TOKEN");
        assertTrue(token.startsWith(play.launch() + "."));
        assertFalse(commandLine(play.pid()).contains("apiKeyHelper"));
        assertEquals(200, asks(gateway, token));

        // Of a launch that this server never made, though in its form.
        String proof = token.substring(token.lastIndexOf('.') + 1);
        assertEquals(401, asks(gateway, "6f2a1d3c-0000-4000-8000-000000000001." + proof));

        play.stop();
        play.awaitNoProcess();
        assertEquals(401, asks(gateway, token));

        play.resume();
        String next = environment(play.pid()).get("ANTHROPIC_AUTH_TOKEN");
        assertEquals(401, asks(gateway, token));
        assertEquals(200, asks(gateway, next));
        play.stop();
    }

    @Test
    void theServersSettingsSayWhoHoldsTheCredential() {
        JsonObject system = stage.anna().get("/system").expect(200);

        assertEquals("gateway", system.getString("modelAccess"));
    }

    @Test
    void theRealKeyReachesTheModelAndNobodyElse(@TempDir Path scratch) throws Exception {
        String key = "sk-ant-" + "of-this-story-0123456789";
        Path file = RunningDashboard.secretsOf(scratch).resolve("anthropic_api_key");
        Files.writeString(file, key);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Set<List<String>> keys = ConcurrentHashMap.newKeySet();
        try (ScriptedModel model = ScriptedModel.start()) {
            model.say((exchange, _) -> {
                keys.add(List.of(
                        String.valueOf(exchange.getRequestHeaders().getFirst("x-api-key")),
                        String.valueOf(exchange.getRequestHeaders().getFirst("authorization"))));
                ScriptedModel.stream(exchange, "Fine.");
            });
            try (RunningDashboard dashboard = dashboard(scratch, model.url());
                    Person anna = dashboard.administrator()) {
                String app = anna.addProject(
                        Files.createDirectories(dashboard.projects().resolve("app"))
                                .toString());
                Play play = new Play(anna, anna.startSession(app), EventClient.after(0, anna));
                try (EventClient _ = play.events()) {
                    play.awaitState("idle");
                    play.turn("hello");
                    assertEquals(List.of("Fine."), play.answers());
                    assertFalse(environment(play.pid()).toString().contains(key));
                    JsonObject answered =
                            play.stored("model-answered").getLast().getJsonObject("data");
                    assertEquals(200, answered.getInt("status"));
                    assertEquals(3, answered.getJsonObject("tokens").getInt("input"));
                    assertEquals(2, answered.getJsonObject("tokens").getInt("output"));
                    assertFalse(commandLine(play.pid()).contains("anthropic_api_key"));
                    play.stop();
                }
                assertFalse(dashboard.log().contains(key));
            }
        }
        assertEquals(Set.of(List.of(key, "null")), keys);
    }

    @Test
    void aTurnThatOutlivesTheServerEndsThroughTheNextOne(@TempDir Path scratch) throws Exception {
        Path file = RunningDashboard.secretsOf(scratch).resolve("anthropic_api_key");
        Files.writeString(file, "sk-ant-" + "of-this-story-0123456789");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        try (ScriptedModel model = ScriptedModel.start()) {
            model.say((exchange, number) -> {
                if (number == 1) {
                    asked.countDown();
                    awaitQuietly(over);
                }
                ScriptedModel.stream(exchange, "Fine.");
            });
            try (RunningDashboard dashboard = dashboard(scratch, model.url());
                    Person anna = dashboard.administrator()) {
                String app = anna.addProject(
                        Files.createDirectories(dashboard.projects().resolve("app"))
                                .toString());
                Play play = new Play(anna, anna.startSession(app), EventClient.after(0, anna));
                try (EventClient _ = play.events()) {
                    play.awaitState("idle");
                    Play.Line line = play.prompt("hello");
                    assertTrue(asked.await(30, TimeUnit.SECONDS));
                    dashboard.kill9();
                    play.events().awaitEnd();
                    dashboard.restart();
                    play.events().resume();

                    play.await(line.seq(), "prompt-finished");
                    assertEquals("completed", anna.promptState(play.session(), line.id()));
                    assertEquals(List.of("Fine."), play.answers());
                }
            } finally {
                over.countDown();
            }
        }
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private static RunningDashboard dashboard(Path scratch, URI model) throws Exception {
        return RunningDashboard.start(
                Path.of("").toAbsolutePath(),
                scratch,
                Map.of(
                        "DASHBOARD_MODEL_BASE_URL",
                        model.toString(),
                        "DASHBOARD_CLI_PATH",
                        RealCli.program().toString()));
    }

    private int asks(URI gateway, String token) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway + "/v1/messages/count_tokens"))
                .header("authorization", "Bearer " + token)
                .POST(BodyPublishers.ofString("{}"))
                .build();
        return client.send(request, BodyHandlers.discarding()).statusCode();
    }

    private static Map<String, String> environment(long pid) throws IOException {
        return words(pid, "environ")
                .map(line -> line.split("=", 2))
                .filter(pair -> pair.length == 2)
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    private static String commandLine(long pid) throws IOException {
        return words(pid, "cmdline").collect(Collectors.joining(" "));
    }

    private static Stream<String> words(long pid, String file) throws IOException {
        return Arrays.stream(
                Files.readString(Path.of("/proc", Long.toString(pid), file)).split("\0"));
    }
}
