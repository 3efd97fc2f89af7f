package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.EventClient;
import dev.dashboard.support.Person;
import dev.dashboard.support.RealCli;
import dev.dashboard.support.RunningDashboard;
import dev.dashboard.support.ScriptedModel;
import dev.dashboard.support.ScriptedModel.Script;
import jakarta.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way in which a model fails a turn, with the real CLI: said in words with a remedy, nothing lost, and the next prompt works. The
 * CLI tries again what may pass; here once.
 */
class ModelErrorsIT {
    private static final int RETRIES = 1;

    @TempDir
    static Path scratch;

    private static ScriptedModel model;
    private static RunningDashboard dashboard;
    private static Person anna;
    private static String project;

    private Play play;

    @BeforeAll
    static void open() throws Exception {
        model = ScriptedModel.start();
        dashboard = start(scratch.resolve("with-a-key"), model.url(), "anthropic_api_key");
        anna = dashboard.administrator();
        project = anna.addProject(
                Files.createDirectories(dashboard.projects().resolve("app")).toString());
    }

    private static RunningDashboard start(Path folder, URI at, String... secrets) throws Exception {
        Files.createDirectories(folder);
        for (String secret : secrets) {
            Path file = RunningDashboard.secretsOf(folder).resolve(secret);
            Files.writeString(file, "sk-test-" + "x".repeat(40));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        return RunningDashboard.start(
                Path.of("").toAbsolutePath(),
                folder,
                Map.of(
                        "DASHBOARD_MODEL_BASE_URL", at.toString(),
                        "DASHBOARD_CLI_MAX_RETRIES", Integer.toString(RETRIES),
                        "DASHBOARD_CLI_PATH", RealCli.program().toString()));
    }

    @AfterAll
    static void close() {
        anna.close();
        dashboard.close();
        model.close();
    }

    @BeforeEach
    void session() {
        model.recover();
        play = new Play(anna, anna.startSession(project), EventClient.after(anna.lastSeq(), anna));
        play.awaitState("idle");
    }

    @AfterEach
    void end() throws Exception {
        play.stop();
        play.events().close();
    }

    static Stream<Arguments> errors() {
        return Stream.of(
                error("model-auth", 401, "authentication_error", "invalid x-api-key", true),
                // With a token, as through the gateway, the CLI does not try this again; with a key it would.
                error("model-forbidden", 403, "permission_error", "This key may not use the model.", false),
                error("model-unknown", 404, "not_found_error", "model: m", false),
                error("request-too-large", 413, "request_too_large", "Request exceeds the maximum size", false),
                error("turn-failed", 400, "invalid_request_error", "messages: something is odd", false),
                error(
                        "model-credit",
                        400,
                        "invalid_request_error",
                        "Your credit balance is too low to access the API.",
                        false),
                error(
                        "context-full",
                        400,
                        "invalid_request_error",
                        "prompt is too long: 250000 tokens > 200000 maximum",
                        false),
                error("model-rate-limited", 429, "rate_limit_error", "Too many requests", true),
                error("model-unavailable", 500, "api_error", "Internal server error", true),
                error("model-overloaded", 529, "overloaded_error", "Overloaded", true),
                Arguments.of("model-unreachable", "a connection that is dropped", ScriptedModel.drop(), true),
                Arguments.of("model-unreachable", "an answer cut in the middle", ScriptedModel.cutInMidStream(), true),
                // Here the CLI asks once more at once, without streaming, and says nothing of it.
                Arguments.of(
                        "model-overloaded",
                        "an error within the stream",
                        (Script) (exchange, number) -> (number == 1
                                        ? ScriptedModel.errorInStream("overloaded_error", "Overloaded")
                                        : ScriptedModel.error(529, "overloaded_error", "Overloaded"))
                                .answer(exchange, number),
                        false));
    }

    private static Arguments error(String code, int status, String type, String message, boolean again) {
        return Arguments.of(code, status + " " + message, ScriptedModel.error(status, type, message), again);
    }

    @ParameterizedTest(name = "{1} is {0}")
    @MethodSource("errors")
    void anErrorIsToldWithItsRemedyAndTheNextPromptWorks(String code, String what, Script script, boolean again)
            throws Exception {
        model.say(script);

        Play.Line line = play.prompt("hello");
        JsonObject end = play.ended(line).data();

        assertTrue(end.getBoolean("isError"), what + ": " + end);
        JsonObject error = end.getJsonObject("error");
        assertEquals(code, error.getString("code"), error.toString());
        assertFalse(error.getString("message").isBlank());
        assertFalse(error.getString("remedy").isBlank());
        assertEquals("failed", anna.promptState(play.session(), line.id()));
        List<JsonObject> retries = play.stored("api-retried");
        assertEquals(again, !retries.isEmpty(), "tried again: " + retries);
        for (JsonObject retry : retries) {
            assertEquals(RETRIES, retry.getJsonObject("data").getInt("maxRetries"));
            assertTrue(retry.getJsonObject("data").getInt("delayMs") > 0, "when it is tried again is told");
        }

        model.recover();
        play.turn("and now?");
        assertEquals("Fine.", play.answers().getLast());
        assertEquals(2, play.stored("prompt-submitted").size());
        assertEquals(2, play.stored("prompt-finished").size(), "each prompt ran once");
    }

    @Test
    void aRetryThatSucceedsIsATurnThatEndedWell() throws Exception {
        model.say((exchange, number) -> {
            if (number == 1) {
                ScriptedModel.error(429, "rate_limit_error", "Too many requests", "retry-after", "1")
                        .answer(exchange, number);
            } else {
                ScriptedModel.stream(exchange, "Fine.");
            }
        });

        JsonObject end = play.turn("hello").data();

        assertFalse(end.getBoolean("isError"));
        JsonObject retry = play.stored("api-retried").getFirst().getJsonObject("data");
        assertEquals(1, retry.getInt("attempt"));
        assertEquals(429, retry.getInt("status"));
        assertTrue(retry.getInt("delayMs") >= 1_000, "the service's own wish counts: " + retry);
        assertEquals(List.of("Fine."), play.answers());
    }

    @Test
    void aTurnThatIsTriedAgainIsInterruptedAtOnce() throws Exception {
        model.say(ScriptedModel.error(429, "rate_limit_error", "Too many requests", "retry-after", "60"));
        Play.Line line = play.prompt("hello");
        play.await(line.seq(), "api-retried");

        long asked = System.nanoTime();
        anna.interrupt(play.session()).expect(202);
        play.await(line.seq(), "turn-interrupted");

        Duration took = Duration.ofNanos(System.nanoTime() - asked);
        assertTrue(took.compareTo(Duration.ofSeconds(20)) < 0, "it did not wait for the retry: " + took);
        play.awaitState("idle");
        model.recover();
        play.turn("again");
        assertEquals(List.of("Fine."), play.answers());
    }

    // ---- where there is no model, or no credential

    @Test
    void aModelThatIsNotThereIsSaidToBeUnreachable() throws Exception {
        ScriptedModel gone = ScriptedModel.start();
        gone.close();
        elsewhere("gone", gone.url(), "model-unreachable", "anthropic_api_key");
    }

    @Test
    void withoutACredentialTheTurnSaysWhoCanProvideOne() throws Exception {
        elsewhere("no-key", model.url(), "model-not-signed-in");
    }

    private static void elsewhere(String folder, URI at, String code, String... secrets) throws Exception {
        try (RunningDashboard other = start(scratch.resolve(folder), at, secrets);
                Person ben = other.administrator()) {
            String app = ben.addProject(
                    Files.createDirectories(other.projects().resolve("app")).toString());
            Play there = new Play(ben, ben.startSession(app), EventClient.after(0, ben));
            try (EventClient _ = there.events()) {
                there.awaitState("idle");
                JsonObject error = there.turn("hello").data().getJsonObject("error");
                assertEquals(code, error.getString("code"), error.toString());
                assertFalse(error.getString("remedy").isBlank());
            }
        }
    }

    // ---- the limit of a plan

    @Test
    void theLimitOfAPlanIsToldWithTheTimeOfItsReset() throws Exception {
        Instant reset = Instant.now().plus(Duration.ofHours(2));
        String[] headers = {
            "anthropic-ratelimit-unified-status", "rejected",
            "anthropic-ratelimit-unified-reset", Long.toString(reset.getEpochSecond()),
            "anthropic-ratelimit-unified-representative-claim", "five_hour",
            "anthropic-ratelimit-unified-5h-status", "rejected",
            "anthropic-ratelimit-unified-5h-reset", Long.toString(reset.getEpochSecond()),
            "anthropic-ratelimit-unified-5h-utilization", "1.0"
        };
        model.say(ScriptedModel.error(429, "rate_limit_error", "This request would exceed your limit.", headers));
        try (RunningDashboard plan = start(scratch.resolve("plan"), model.url(), "claude_code_oauth_token");
                Person ben = plan.administrator()) {
            String app = ben.addProject(
                    Files.createDirectories(plan.projects().resolve("app")).toString());
            Play there = new Play(ben, ben.startSession(app), EventClient.after(0, ben));
            try (EventClient _ = there.events()) {
                there.awaitState("idle");
                Play.Line line = there.prompt("hello");
                JsonObject limit = there.await(line.seq(), "rate-limit-changed").data();
                assertEquals("rejected", limit.getString("status"), limit.toString());
                assertEquals("five_hour", limit.getString("window"));
                assertEquals(
                        reset.getEpochSecond(),
                        Instant.parse(limit.getString("resetsAt")).getEpochSecond());
                JsonObject error = there.ended(line).data().getJsonObject("error");
                assertEquals("model-rate-limited", error.getString("code"), error.toString());
            }
        }
    }
}
