package dev.dashboard.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The stand-in for the CLI keeps to the protocol, and misbehaves only where it is told to. */
@Timeout(60)
class StandInTest {
    private static final Path PROGRAM = Path.of("src/test/resources/stand-in/stand-in.mjs");

    private Process process;
    private BufferedReader stdout;

    @AfterEach
    void end() throws Exception {
        process.destroyForcibly();
        assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    }

    @Test
    void itNamesThePinnedVersion() throws Exception {
        start("", "--version");
        assertEquals("2.1.330 (Claude Code)", stdout.readLine());
        assertEquals(0, exitCode());
    }

    @Test
    void aTurnGoesFromQueuedToIdle() throws Exception {
        start("", "--session-id", "11111111-2222-4333-8444-555555555555");
        send("{\"type\":\"control_request\",\"request_id\":\"r1\",\"request\":{\"subtype\":\"initialize\"}}");
        assertEquals("control_response", next().getString("type"));

        send(prompt("hello"));
        List<String> turn = new ArrayList<>();
        JsonObject line = next();
        while (!line.getString("state", "").equals("idle")) {
            assertEquals("11111111-2222-4333-8444-555555555555", line.getString("session_id"));
            turn.add(line.getString("type") + line.getString("subtype", line.getString("state", "")));
            line = next();
        }

        assertEquals(
                List.of(
                        "command_lifecyclequeued",
                        "systemsession_state_changed",
                        "command_lifecyclestarted",
                        "systeminit",
                        "user",
                        "assistant",
                        "resultsuccess",
                        "command_lifecyclecompleted"),
                turn);
        process.getOutputStream().close();
        assertEquals(0, exitCode());
    }

    @Test
    void itsStampsAreOfTheClockThatJavaReads() throws Exception {
        start("");
        long before = System.nanoTime();
        send(prompt("{\\\"rate\\\":200,\\\"count\\\":3,\\\"bytes\\\":400}"));

        for (int n = 1; n <= 3; n++) {
            String text = awaitType("assistant")
                    .getJsonObject("message")
                    .getJsonArray("content")
                    .getJsonObject(0)
                    .getString("text");
            String[] parts = text.split(" ");
            assertEquals(400, text.length());
            assertEquals(Integer.toString(n), parts[0]);
            long stamp = Long.parseLong(parts[1]);
            assertTrue(stamp > before && stamp < System.nanoTime(), text);
        }
    }

    @Test
    void anInterruptEndsTheTurnAndWithdrawsTheQuestion() throws Exception {
        start("");
        send(prompt("{\\\"permission\\\":\\\"touch a.txt\\\"}"));
        JsonObject question = awaitType("control_request");

        send("{\"type\":\"control_request\",\"request_id\":\"r2\",\"request\":{\"subtype\":\"interrupt\"}}");

        assertEquals(
                question.getString("request_id"),
                awaitType("control_cancel_request").getString("request_id"));
        assertEquals("error_during_execution", awaitType("result").getString("subtype"));
        send(prompt("again"));
        assertEquals("You said: again", awaitType("result").getString("result"));
    }

    @Test
    void aDeniedQuestionIsReported() throws Exception {
        start("");
        send(prompt("{\\\"permission\\\":\\\"touch a.txt\\\"}"));
        String id = awaitType("control_request").getString("request_id");

        send("{\"type\":\"control_response\",\"response\":{\"subtype\":\"success\",\"request_id\":\"" + id
                + "\",\"response\":{\"behavior\":\"deny\",\"message\":\"no\"}}}");

        assertEquals("Denied: no", awaitType("result").getString("result"));
    }

    @Test
    void itDiesInTheMiddleOfATurnWhenToldTo() throws Exception {
        start("dies-mid-turn");
        send(prompt("hello"));

        awaitType("assistant");

        assertEquals(9, exitCode());
    }

    @Test
    void itIgnoresAPoliteEndWhenToldTo() throws Exception {
        start("ignores-sigterm");
        send(prompt("hello"));
        awaitType("result");

        process.destroy();
        process.getOutputStream().close();

        assertFalse(process.waitFor(1, TimeUnit.SECONDS));
    }

    @Test
    void aPoliteEndIsObeyedOtherwise() throws Exception {
        start("");
        send(prompt("hello"));
        awaitType("result");

        process.destroy();

        assertEquals(143, exitCode());
    }

    private void start(String fault, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("node", PROGRAM.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("STAND_IN_FAULT", fault);
        process = builder.start();
        stdout = process.inputReader(StandardCharsets.UTF_8);
    }

    private void send(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    private static String prompt(String text) {
        return "{\"type\":\"user\",\"uuid\":\"u1\",\"message\":{\"role\":\"user\",\"content\":\"" + text + "\"}}";
    }

    private JsonObject awaitType(String type) throws IOException {
        JsonObject line = next();
        while (!line.getString("type").equals(type)) {
            line = next();
        }
        return line;
    }

    private JsonObject next() throws IOException {
        try (JsonReader json = Json.createReader(new StringReader(stdout.readLine()))) {
            return json.readObject();
        }
    }

    private int exitCode() throws InterruptedException {
        assertTrue(process.waitFor(20, TimeUnit.SECONDS));
        return process.exitValue();
    }
}
