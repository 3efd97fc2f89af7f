package dev.dashboard.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.ClaudeDriver;
import dev.dashboard.support.ClaudeDriver.Answer;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's stories, told by the real CLI. */
class DemoStoriesIT {
    @TempDir
    private Path folder;

    private Path project;
    private DemoModel model;
    private ClaudeDriver claude;

    @BeforeEach
    void open() throws Exception {
        project = DemoProject.create(folder.resolve("sample"));
        model = DemoModel.start(0);
    }

    @AfterEach
    void close() throws Exception {
        if (claude != null) {
            claude.close();
        }
        model.close();
    }

    @Test
    void theFailingTestIsFoundFixedAndPassesAfterwards() throws Exception {
        start();
        List<String> asked = new ArrayList<>();

        JsonObject result = claude.turn("Fix the failing test, please", request -> {
            asked.add(request.getString("tool_name"));
            return ClaudeDriver.ALLOW.apply(request);
        });

        assertEquals(List.of("Bash", "Edit", "Bash"), asked);
        List<String> runs =
                toolResults().stream().filter(t -> t.contains("1..6")).toList();
        assertEquals(2, runs.size(), () -> "test runs in " + toolResults());
        assertTrue(runs.getFirst().contains("not ok 5 - 50 pieces cost 45000"), runs.getFirst());
        assertTrue(runs.getLast().contains("# 6 passed, 0 failed"), runs.getLast());
        assertTrue(result.getString("result").contains("All tests pass now."), result::toString);
        assertTrue(Files.readString(project.resolve("discount.sh")).contains(DemoProject.FIX));
        assertTrue(claude.blocks("thinking").size() >= 2);
    }

    @Test
    void theTodoListIsKeptUpToDate() throws Exception {
        start();

        claude.turn("fix the failing test", ClaudeDriver.ALLOW);

        List<JsonObject> updates = claude.blocks("tool_use").stream()
                .filter(b -> b.getString("name").startsWith("Task"))
                .toList();
        assertTrue(updates.size() >= 8, () -> "todo calls: " + updates);
        assertEquals(
                List.of(),
                claude.blocks("tool_result").stream()
                        .map(JsonObject::toString)
                        .filter(b -> b.contains("No such tool"))
                        .toList());
    }

    @Test
    void aFixThatIsDoneAlreadyIsNotDoneAgain() throws Exception {
        start();
        claude.turn("fix the failing test", ClaudeDriver.ALLOW);

        JsonObject again = claude.turn("fix the failing test", ClaudeDriver.ALLOW);

        assertTrue(again.getString("result").contains("All tests pass already"), again::toString);
    }

    @Test
    void aRefusedEditLeavesTheFileAndRepeatsTheReason() throws Exception {
        start();

        JsonObject result = claude.turn("fix the failing test", refusing("Edit", "Not on a Friday."));

        assertTrue(result.getString("result").contains("Not on a Friday."), result::toString);
        assertTrue(Files.readString(project.resolve("discount.sh")).contains(DemoProject.BUG));
    }

    @Test
    void refusedTestRunsLeadToAnUnverifiedFix() throws Exception {
        start();

        JsonObject result = claude.turn("fix the failing test", refusing("Bash", "No commands here."));

        assertTrue(result.getString("result").contains("not verified"), result::toString);
        assertTrue(result.getString("result").contains("No commands here."), result::toString);
        assertTrue(Files.readString(project.resolve("discount.sh")).contains(DemoProject.FIX));
    }

    @Test
    void aSlowAnswerCanBeInterruptedAndTheNextPromptWorks() throws Exception {
        start();
        claude.prompt("slow");
        claude.await(line -> line.toString().contains("4, "), Duration.ofSeconds(30));

        claude.interrupt();
        JsonObject result = claude.result(ClaudeDriver.ALLOW);

        assertEquals("error_during_execution", result.getString("subtype"));
        assertEquals(
                "still here", claude.turn("echo still here", ClaudeDriver.ALLOW).getString("result"));
    }

    @Test
    void aRateLimitIsRetriedAndThenAnswered() throws Exception {
        start();

        JsonObject result = claude.turn("error", ClaudeDriver.ALLOW);

        List<JsonObject> retries = claude.heard().stream()
                .filter(l -> l.getString("subtype", "").equals("api_retry"))
                .toList();
        assertEquals(2, retries.size());
        assertEquals("rate_limit", retries.getFirst().getString("error"));
        assertFalse(result.getBoolean("is_error"), result::toString);
        assertTrue(result.getString("result").contains("attempt 3"), result::toString);
    }

    @Test
    void anOverloadAndAnInternalErrorAreRetriedAndAnInvalidRequestIsNot() throws Exception {
        start();

        assertFalse(claude.turn("error overloaded", ClaudeDriver.ALLOW).getBoolean("is_error"));
        assertFalse(claude.turn("error 500", ClaudeDriver.ALLOW).getBoolean("is_error"));
        JsonObject invalid = claude.turn("error 400", ClaudeDriver.ALLOW);

        assertTrue(invalid.getBoolean("is_error"));
        assertEquals(400, invalid.getInt("api_error_status"));
    }

    @Test
    void aRefusedKeyEndsTheTurnWhenRetriesAreUsedUp() throws Exception {
        claude = ClaudeDriver.start(
                project,
                folder.resolve("home"),
                model.baseUrl(),
                "another-key",
                Map.of("CLAUDE_CODE_MAX_RETRIES", "1"));

        JsonObject result = claude.turn("echo hello", ClaudeDriver.ALLOW);

        assertTrue(result.getBoolean("is_error"));
        assertEquals(401, result.getInt("api_error_status"));
    }

    @Test
    void aQuestionIsAskedAndItsAnswerRepeated() throws Exception {
        start();

        JsonObject result = claude.turn("ask", request -> {
            assertEquals("AskUserQuestion", request.getString("tool_name"));
            return new Answer.Allow(Json.createObjectBuilder(request.getJsonObject("input"))
                    .add(
                            "answers",
                            Json.createObjectBuilder()
                                    .add("Which rounding should prices use?", "Half even")
                                    .add("What should I add as well?", "Tests, Changelog"))
                    .build());
        });

        assertTrue(result.getString("result").contains("Half even"), result::toString);
        assertTrue(result.getString("result").contains("Tests, Changelog"), result::toString);
    }

    @Test
    void aPlanWaitsForAPerson() throws Exception {
        start("--permission-mode=plan");
        List<JsonObject> asked = new ArrayList<>();

        JsonObject result = claude.turn("plan the rounding", request -> {
            asked.add(request);
            return ClaudeDriver.ALLOW.apply(request);
        });

        assertEquals("ExitPlanMode", asked.getLast().getString("tool_name"));
        assertTrue(asked.getLast().toString().contains("Round prices fairly"), asked::toString);
        assertTrue(result.getString("result").contains("accepted"), result::toString);
    }

    @Test
    void aFileIsWrittenACommandRunAndABurstIsComplete() throws Exception {
        start();

        claude.turn("write notes.md", ClaudeDriver.ALLOW);
        JsonObject listed = claude.turn("bash cat notes.md | head -1", ClaudeDriver.ALLOW);
        JsonObject burst = claude.turn("many 200", ClaudeDriver.ALLOW);

        assertTrue(listed.getString("result").contains("# notes.md"), listed::toString);
        assertTrue(burst.getString("result").contains("Block 200 of 200."), burst::toString);
        assertEquals(
                200,
                claude.blocks("text").stream()
                        .filter(b -> b.getString("text").startsWith("Block "))
                        .count());
    }

    private void start(String... arguments) throws IOException, InterruptedException {
        claude = ClaudeDriver.start(
                project,
                folder.resolve("home"),
                model.baseUrl(),
                model.apiKey(),
                Map.of("CLAUDE_CODE_ENABLE_TODO_TOOLS", "1"),
                arguments);
    }

    private static Function<JsonObject, Answer> refusing(String tool, String reason) {
        return request -> request.getString("tool_name").equals(tool)
                ? new Answer.Deny(reason)
                : ClaudeDriver.ALLOW.apply(request);
    }

    private List<String> toolResults() {
        return claude.blocks("tool_result").stream()
                .map(b -> b.get("content").toString().replace("\\n", "\n"))
                .toList();
    }
}
