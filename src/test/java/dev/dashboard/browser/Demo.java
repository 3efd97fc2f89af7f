package dev.dashboard.browser;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.options.RequestOptions;
import dev.dashboard.support.Person;
import dev.dashboard.support.RealCli;
import dev.dashboard.support.RunningDashboard;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** The packaged server in demo mode with its sample project, at an address that outlives a restart. */
final class Demo implements AutoCloseable {
    static final String NAME = "admin";
    /** The administrator's own, once {@link #administrator} has been called. */
    static final String PASSWORD = "correct horse battery";

    /** What Linux gives by itself begins at 32,768. */
    private static final int FIRST_PORT = 20_000;

    private static final int END_OF_PORTS = 32_000;
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    private final RunningDashboard server;

    private Demo(RunningDashboard server) {
        this.server = server;
    }

    /** @param more configuration by its variables, stronger than what the demo needs */
    static Demo start(Path scratch, Map<String, String> more) throws IOException, InterruptedException {
        Path data = Files.createDirectories(scratch.toRealPath().resolve("data"));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        Path sample = Files.createDirectories(data.resolve("sample-project"));
        Map<String, String> all = new HashMap<>(Map.of(
                "DASHBOARD_DEMO", "true",
                // Still word by word, five times as fast as a person would read.
                "DASHBOARD_DEMO_PACE", "0.2",
                "DASHBOARD_SERVER_PORT", Integer.toString(freePort()),
                "DASHBOARD_PROJECTS_ROOTS", sample.toString(),
                "DASHBOARD_CLI_PATH", RealCli.program().toString()));
        all.putAll(more);
        return new Demo(RunningDashboard.start(Path.of(""), scratch, all));
    }

    /**
     * Below those that the system gives to whoever asks for any: between two lives of the server nobody else is given it. By chance, as
     * other processes of the tests look for one at the same time.
     */
    private static int freePort() throws IOException {
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, END_OF_PORTS);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (BindException e) {
                // Somebody has it; the next one.
            }
        }
        throw new IOException("no port from " + FIRST_PORT + " to " + END_OF_PORTS + " is free");
    }

    URI url() {
        return server.url();
    }

    /** SIGTERM, and waits for the end. */
    void stop() throws InterruptedException {
        server.stop(STOP_LIMIT);
    }

    /** SIGKILL: no goodbye. */
    void kill() throws InterruptedException {
        server.kill9();
    }

    /** On the same data and the same port. */
    void startAgain() throws IOException, InterruptedException {
        server.restart();
    }

    Path sampleProject() throws IOException {
        return server.data().resolve("sample-project").toRealPath();
    }

    Path database() {
        return server.data().resolve("dashboard.db");
    }

    String oneTimePassword() throws IOException {
        return Files.readString(server.data().resolve("initial-admin-password")).strip();
    }

    /** The administrator at the API, with a password of their own. */
    Person administrator() throws IOException {
        return server.administrator();
    }

    /** Signs this browser in without its pages. */
    void signIn(Visitor visitor) {
        APIResponse answer = visitor.context()
                .request()
                .post(
                        url().resolve("/api/v1/auth/login").toString(),
                        RequestOptions.create()
                                .setHeader("Origin", url().toString())
                                .setData(Map.of("username", NAME, "password", PASSWORD)));
        if (!answer.ok()) {
            throw new AssertionError("signing in answered " + answer.status() + ": " + answer.text());
        }
    }

    /** A session in the sample project that is idle. */
    String session(Person person, String title) throws IOException {
        String id = person.startSession(person.addProject(sampleProject().toString()), "title", title);
        person.awaitState(id, "idle");
        return id;
    }

    /** All that the server has recorded of a session, oldest first. */
    static List<JsonObject> events(Person person, String session) {
        return person.get("/sessions/" + session + "/events?after=0&limit=1000")
                .expect(200)
                .getJsonArray("events")
                .getValuesAs(JsonObject.class);
    }

    @Override
    public void close() {
        server.close();
    }
}
