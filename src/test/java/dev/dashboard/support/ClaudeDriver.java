package dev.dashboard.support;

import dev.dashboard.run.Worker;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Speaks stream-json with the real CLI, and with nothing of the product in between. One thread drives it; stdout is read by a
 * platform thread of its own. Whatever is heard is kept, so that a failing test can show it.
 */
public final class ClaudeDriver implements AutoCloseable {
    /** How a permission request is answered. */
    public sealed interface Answer {
        record Allow(JsonObject input) implements Answer {}

        record Deny(String reason) implements Answer {}
    }

    /** Allows every request unchanged. */
    public static final Function<JsonObject, Answer> ALLOW =
            request -> new Answer.Allow(request.getJsonObject("input"));

    private static final JsonObject END =
            Json.createObjectBuilder().add("type", "end").build();

    private final Process process;
    private final Path stderr;
    private final Worker reader;
    private final BlockingQueue<JsonObject> lines = new LinkedBlockingQueue<>();
    private final List<JsonObject> heard = new ArrayList<>();
    private volatile boolean closing;

    private ClaudeDriver(Process process, Path stderr) {
        this.process = process;
        this.stderr = stderr;
        this.reader = Worker.platform("driver-stdout", this::read);
    }

    /** The CLI to test with, as {@code scripts/test.sh} passes it on. */
    public static Path program() {
        String given = System.getenv().getOrDefault("DASHBOARD_TEST_CLI", "");
        if (given.isEmpty() || !Files.isExecutable(Path.of(given))) {
            throw new IllegalStateException(
                    "DASHBOARD_TEST_CLI must name the pinned Claude CLI; scripts/test.sh installs it and sets this");
        }
        return Path.of(given);
    }

    /** Starts the CLI in the given folder with a clean environment and its own scratch home, and initializes it. */
    public static ClaudeDriver start(
            Path directory, Path home, URI model, String key, Map<String, String> more, String... arguments)
            throws IOException, InterruptedException {
        Files.createDirectories(home);
        Path stderr = home.resolve("stderr.txt");
        List<String> command = Stream.concat(
                        Stream.of(
                                program().toString(),
                                "--print",
                                "--input-format=stream-json",
                                "--output-format=stream-json",
                                "--verbose",
                                "--include-partial-messages",
                                "--replay-user-messages",
                                "--permission-prompt-tool=stdio",
                                "--setting-sources=user",
                                "--strict-mcp-config",
                                "--await-initialize",
                                "--model=sonnet"),
                        Stream.of(arguments))
                .toList();
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectError(stderr.toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(Map.of(
                "PATH", "/usr/local/bin:/usr/bin:/bin",
                "HOME", home.toString(),
                "CLAUDE_CONFIG_DIR", home.resolve("claude").toString(),
                "ANTHROPIC_BASE_URL", model.toString(),
                "ANTHROPIC_API_KEY", key,
                "DISABLE_TELEMETRY", "1",
                "DISABLE_AUTOUPDATER", "1",
                "DISABLE_ERROR_REPORTING", "1",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"));
        environment.putAll(more);
        ClaudeDriver driver = new ClaudeDriver(builder.start(), stderr);
        driver.control("initialize");
        driver.await(line -> type(line).equals("control_response"), Duration.ofSeconds(30));
        return driver;
    }

    /** Sends a prompt and answers permission requests until the turn's result, which is returned. */
    public JsonObject turn(String prompt, Function<JsonObject, Answer> answers)
            throws IOException, InterruptedException {
        prompt(prompt);
        return result(answers);
    }

    public void prompt(String text) throws IOException {
        send(Json.createObjectBuilder()
                .add("type", "user")
                .add("uuid", UUID.randomUUID().toString())
                .add("message", Json.createObjectBuilder().add("role", "user").add("content", text))
                .add("parent_tool_use_id", JsonValue.NULL));
    }

    public void interrupt() throws IOException {
        control("interrupt");
    }

    /** Answers permission requests until the turn's result. */
    public JsonObject result(Function<JsonObject, Answer> answers) throws IOException, InterruptedException {
        while (true) {
            JsonObject line =
                    await(l -> type(l).equals("result") || type(l).equals("control_request"), Duration.ofSeconds(60));
            if (type(line).equals("result")) {
                return line;
            }
            answer(line.getString("request_id"), answers.apply(line.getJsonObject("request")));
        }
    }

    /** The next line that fits; earlier ones are kept in {@link #heard()}. */
    public JsonObject await(Predicate<JsonObject> wanted, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            JsonObject line = lines.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null || line == END) {
                throw new AssertionError((line == null ? "nothing fitting came in time" : "the CLI ended")
                        + "; heard:\n"
                        + heard.stream().map(JsonObject::toString).collect(Collectors.joining("\n")) + "\nstderr:\n"
                        + errors());
            }
            heard.add(line);
            if (wanted.test(line)) {
                return line;
            }
        }
    }

    /** Everything that was taken from stdout so far, in order. */
    public List<JsonObject> heard() {
        return List.copyOf(heard);
    }

    /** The content blocks of this type in the assistant's and the user's messages, in order. */
    public List<JsonObject> blocks(String blockType) {
        return heard.stream()
                .filter(l -> type(l).equals("assistant") || type(l).equals("user"))
                .map(l -> l.getJsonObject("message").get("content"))
                .filter(c -> c.getValueType() == JsonValue.ValueType.ARRAY)
                .flatMap(c -> c.asJsonArray().stream())
                .map(JsonValue::asJsonObject)
                .filter(b -> type(b).equals(blockType))
                .toList();
    }

    public static String type(JsonObject object) {
        return object.getString("type", "");
    }

    private void answer(String requestId, Answer answer) throws IOException {
        JsonObjectBuilder decision = Json.createObjectBuilder();
        switch (answer) {
            case Answer.Allow allow -> decision.add("behavior", "allow").add("updatedInput", allow.input());
            case Answer.Deny deny -> decision.add("behavior", "deny").add("message", deny.reason());
        }
        send(Json.createObjectBuilder()
                .add("type", "control_response")
                .add(
                        "response",
                        Json.createObjectBuilder()
                                .add("subtype", "success")
                                .add("request_id", requestId)
                                .add("response", decision)));
    }

    private void control(String subtype) throws IOException {
        send(Json.createObjectBuilder()
                .add("type", "control_request")
                .add("request_id", UUID.randomUUID().toString())
                .add("request", Json.createObjectBuilder().add("subtype", subtype)));
    }

    private void send(JsonObjectBuilder line) throws IOException {
        process.getOutputStream().write((line.build() + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    private void read() throws IOException {
        try (BufferedReader stdout = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = stdout.readLine(); line != null; line = stdout.readLine()) {
                try (JsonReader json = Json.createReader(new StringReader(line))) {
                    lines.add(json.readObject());
                }
            }
        } catch (IOException e) {
            if (!closing) { // Killing the CLI may close the pipe under the reader.
                throw e;
            }
        } finally {
            lines.add(END);
        }
    }

    private String errors() {
        try {
            return Files.readString(stderr);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the CLI and what it started. */
    @Override
    public void close() {
        closing = true;
        List<ProcessHandle> tree = process.descendants().toList();
        process.destroyForcibly();
        tree.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
        reader.close();
    }
}
