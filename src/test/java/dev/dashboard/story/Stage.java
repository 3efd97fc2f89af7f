package dev.dashboard.story;

import dev.dashboard.demo.DemoModel;
import dev.dashboard.demo.DemoProject;
import dev.dashboard.support.EventClient;
import dev.dashboard.support.Person;
import dev.dashboard.support.RealCli;
import dev.dashboard.support.RunningDashboard;
import dev.dashboard.support.RunningRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * One server for a class of stories, with an administrator and a project. Shows the server's log when a story fails, and closes
 * after each story what it has opened.
 */
final class Stage implements BeforeAllCallback, AfterEachCallback, AfterAllCallback, TestExecutionExceptionHandler {
    private final Map<String, String> configuration;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private Path scratch;
    private RunningDashboard dashboard;
    private Person anna;
    private Path folder;
    private String project;

    private final boolean behindRunner;
    private double pace;
    private DemoModel model;
    private RunningRunner runner;

    private Stage(Map<String, String> configuration, boolean behindRunner) {
        this.configuration = configuration;
        this.behindRunner = behindRunner;
    }

    /** The demo at no delay; variables and values alternate. */
    static Stage demo(String... more) {
        Map<String, String> configuration = new HashMap<>(Map.of(
                "DASHBOARD_DEMO", "true",
                "DASHBOARD_DEMO_PACE", "0",
                "DASHBOARD_LOG_LEVEL", "DEBUG",
                "DASHBOARD_CLI_PATH", RealCli.program().toString()));
        for (int i = 0; i + 1 < more.length; i += 2) {
            configuration.put(more[i], more[i + 1]);
        }
        return new Stage(configuration, false);
    }

    /**
     * The same stories by a model that outlives the server, and a runner that has the processes.
     *
     * @param pace of the model
     */
    static Stage behindRunner(double pace, String... more) {
        Map<String, String> configuration = new HashMap<>(Map.of("DASHBOARD_LOG_LEVEL", "DEBUG"));
        for (int i = 0; i + 1 < more.length; i += 2) {
            configuration.put(more[i], more[i + 1]);
        }
        Stage stage = new Stage(configuration, true);
        stage.pace = pace;
        return stage;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException, InterruptedException {
        scratch = Files.createTempDirectory("story").toRealPath();
        if (behindRunner) {
            startRunner();
        }
        dashboard = RunningDashboard.start(Path.of("").toAbsolutePath(), scratch, configuration);
        anna = dashboard.administrator();
        folder = DemoProject.create(dashboard.projects().resolve("sample"));
        project = anna.addProject(folder.toString());
    }

    private void startRunner() throws IOException, InterruptedException {
        model = DemoModel.start(pace);
        Path secrets = RunningDashboard.secretsOf(scratch);
        RunningDashboard.secret(secrets.resolve("anthropic_api_key"), model.apiKey());
        runner = RunningRunner.start(
                Path.of("").toAbsolutePath(),
                scratch,
                secrets.resolve("runner_key"),
                Files.createDirectories(scratch.resolve("projects")));
        configuration.putAll(Map.of(
                "DASHBOARD_CLI_PATH", RealCli.program().toString(),
                "DASHBOARD_MODEL_BASE_URL", model.baseUrl().toString(),
                "DASHBOARD_RUNNER_SOCKET", runner.socket().toString()));
    }

    RunningRunner runner() {
        return runner;
    }

    RunningDashboard dashboard() {
        return dashboard;
    }

    Person anna() {
        return anna;
    }

    /** The same person at another browser, with a sign-in of its own. */
    Person anotherBrowser() throws IOException {
        return closing(dashboard.administrator());
    }

    /** Where the sessions work. */
    Path folder() {
        return folder;
    }

    /** A session with its process up, and somebody who listens. */
    Play play(String... options) {
        Play play = begin(options);
        play.awaitState("idle");
        return play;
    }

    /** A session, whether it has a process yet or waits for one, and somebody who listens. */
    Play begin(String... options) {
        EventClient events = closing(EventClient.after(anna.lastSeq(), anna));
        return new Play(anna, anna.startSession(project, options), events);
    }

    String project() {
        return project;
    }

    /** The file in which the CLI keeps the session's conversation. */
    Path transcript(Play play) throws IOException {
        String name = play.json().getString("cliSessionId") + ".jsonl";
        try (Stream<Path> files = Files.walk(
                (behindRunner ? runner.configDirectory() : dashboard.data().resolve("claude")).resolve("projects"))) {
            return files.filter(file -> file.endsWith(name)).findFirst().orElseThrow();
        }
    }

    <T extends AutoCloseable> T closing(T part) {
        opened.push(part);
        return part;
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        System.err.println("---- " + context.getDisplayName() + " failed; the server said:\n" + dashboard.log());
        if (runner != null) {
            System.err.println("---- the runner said:\n" + runner.log());
        }
        throw failure;
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (anna != null) {
            anna.close();
        }
        if (dashboard != null) {
            dashboard.close();
        }
        if (runner != null) {
            runner.close();
            model.close();
        }
        try (Stream<Path> paths = Files.walk(scratch)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
