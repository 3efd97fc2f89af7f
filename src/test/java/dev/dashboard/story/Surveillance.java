package dev.dashboard.story;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import dev.dashboard.support.Await;
import dev.dashboard.support.Queries;
import dev.dashboard.support.Tool;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * The monitoring of an environment with its own configuration, as {@code scripts/monitoring-config.sh} writes it, around a real server:
 * Prometheus, Alertmanager, the probe, and the proxy that is probed, all on loopback; beside them those who are told: Slack, a mail server
 * and the heartbeat's watch. Replaced are addresses, the places of secrets, and what {@link #start} says.
 *
 * <p>There are two Prometheus: one that is as quick as can be, for what a run leaves, and one with the intervals that are shipped, whose
 * alerts go out.
 */
final class Surveillance implements AutoCloseable {
    static final String RUNBOOKS = "https://git.example.org/dashboard/blob/main";

    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    private static final String PASSWORD = "mail-" + "password-of-a-test";

    /** Something that somebody was told, and when, by {@link System#nanoTime}. */
    record Message(String by, String text, long at) {}

    private final Path folder;
    private final int management;
    private final int server;
    private final Map<String, Integer> ports = new HashMap<>();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final List<Tool> tools = new ArrayList<>();
    private final List<Message> posts = new CopyOnWriteArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private GreenMail mail;

    private Surveillance(Path folder, int management, int server) {
        this.folder = folder;
        this.management = management;
        this.server = server;
    }

    /**
     * Starts everything, and waits until the server and the site have been looked at.
     *
     * @param folder an empty one
     * @param management port of the server that is watched
     * @param server its port for people
     */
    static Surveillance start(Path folder, int management, int server) throws Exception {
        Surveillance all = new Surveillance(folder, management, server);
        try {
            all.receivers();
            all.write();
            all.programs();
            all.awaitEverything();
            return all;
        } catch (Exception | AssertionError e) {
            System.err.println(all.log());
            all.close();
            throw e;
        }
    }

    // ---- those who are told

    private void receivers() throws IOException {
        HttpServer stub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        stub.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        stub.createContext("/", exchange -> {
            try (exchange) {
                String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                posts.add(new Message(exchange.getRequestURI().getPath(), text, System.nanoTime()));
                exchange.sendResponseHeaders(200, 2);
                exchange.getResponseBody().write("ok".getBytes(StandardCharsets.UTF_8));
            }
        });
        stub.start();
        opened.push(() -> stub.stop(0));
        ports.put("posts", stub.getAddress().getPort());
        mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        mail.setUser("dashboard", PASSWORD);
        mail.start();
        opened.push(mail::stop);
        ports.put("mail", mail.getSmtp().getPort());
        for (String name : List.of("quick", "shipped", "alertmanager", "blackbox", "http", "https", "nobody")) {
            ports.put(name, Tool.freePort());
        }
    }

    /** To Slack so far, and by mail, that have this text. */
    List<Message> slack(String text) {
        return posts.stream()
                .filter(message ->
                        message.by().equals("/slack") && message.text().contains(text))
                .toList();
    }

    List<Message> heartbeats() {
        return posts.stream()
                .filter(message -> message.by().equals("/heartbeat"))
                .toList();
    }

    /** Subject and text. */
    List<String> mails(String text) {
        return Stream.of(mail.getReceivedMessages())
                .map(Surveillance::text)
                .filter(message -> message.contains(text))
                .toList();
    }

    private static String text(MimeMessage message) {
        try {
            return "Subject: " + message.getSubject() + "\n"
                    + GreenMailUtil.getBody(message).replace("=\r\n", "");
        } catch (MessagingException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- what they are told by

    private void write() throws IOException, InterruptedException {
        Path secrets = Files.createDirectories(folder.resolve("secrets"));
        Files.writeString(secrets.resolve("slack_webhook_url"), posts("/slack"));
        Files.writeString(secrets.resolve("heartbeat_url"), posts("/heartbeat"));
        Files.writeString(secrets.resolve("smtp_password"), PASSWORD);
        Path settings = Files.writeString(
                folder.resolve("settings"), """
                SITE_ADDRESS=localhost
                SECRETS_DIR=%s
                STATE_DIR=%s
                RUNBOOKS_URL=%s
                ALERTS_MAIL_TO=ops@example.org
                ALERTS_MAIL_FROM=Dashboard <dashboard@example.org>
                SMTP_HOST=127.0.0.1:%d
                SMTP_USER=dashboard
                """.formatted(secrets, folder, RUNBOOKS, ports.get("mail")));
        Tool.run(
                Map.of("DEPLOY_ENV_FILE", settings.toString()),
                settings,
                List.of(
                        "scripts/monitoring-config.sh",
                        "staging",
                        "--to",
                        written().toString()));
        prometheus();
        replace(
                written().resolve("alertmanager.yml"),
                "/run/secrets",
                secrets.toString(),
                "/etc/alertmanager/templates",
                written().resolve("templates").toString(),
                // Debian 12 has a release that takes this address from no file yet.
                "url_file: " + secrets.resolve("heartbeat_url"),
                "url: " + posts("/heartbeat"),
                // No certificate on loopback.
                "smtp_require_tls: true",
                "smtp_require_tls: false",
                // Else a test would wait a minute to hear that it is over.
                "group_interval: 1m",
                "group_interval: 10s");
        replace(
                written().resolve("blackbox.yml"),
                "/etc/blackbox/ca.crt",
                folder.resolve("caddy/pki/authorities/local/root.crt").toString());
        Files.copy(Path.of("compose/Caddyfile"), written().resolve("Caddyfile"));
        replace(
                written().resolve("Caddyfile"),
                "http_port 8080",
                "http_port " + ports.get("http"),
                "https_port 8443",
                "https_port " + ports.get("https"));
    }

    private String posts(String path) {
        return "http://127.0.0.1:" + ports.get("posts") + path;
    }

    private Path written() {
        return folder.resolve("written");
    }

    private void prometheus() throws IOException {
        Path shipped = written().resolve("prometheus.yml");
        replace(
                shipped,
                "dashboard:9090",
                local(management),
                "alertmanager:9093",
                local(ports.get("alertmanager")),
                "blackbox:9115",
                local(ports.get("blackbox")),
                "https://localhost:8443/health",
                "https://localhost:" + ports.get("https") + "/health",
                "loki:3100",
                local(ports.get("nobody")),
                "alloy:12345",
                local(ports.get("nobody")),
                "grafana:3000",
                local(ports.get("nobody")),
                "/etc/prometheus/rules",
                Queries.RULES.toAbsolutePath().toString());
        Path quick = Files.copy(shipped, written().resolve("quick.yml"));
        replace(shipped, "prometheus.tools:9090", local(ports.get("shipped")));
        Path rules = Files.createDirectories(folder.resolve("rules"));
        try (Stream<Path> files = Files.list(Queries.RULES)) {
            for (Path file : files.toList()) {
                Files.writeString(
                        rules.resolve(file.getFileName()),
                        Files.readString(file).replaceAll("(?m)^(    interval:) .*", "$1 1s"));
            }
        }
        replace(
                quick,
                "prometheus.tools:9090",
                local(ports.get("quick")),
                Queries.RULES.toAbsolutePath().toString(),
                rules.toString(),
                "scrape_interval: 10s",
                "scrape_interval: 1s",
                "scrape_timeout: 5s",
                "scrape_timeout: 1s",
                "evaluation_interval: 10s",
                "evaluation_interval: 1s",
                // The other one tells people.
                "alertmanagers:",
                "alertmanagers: []",
                "    - static_configs: [{targets: [\"" + local(ports.get("alertmanager")) + "\"]}]\n\n",
                "\n");
    }

    private static String local(int port) {
        return "127.0.0.1:" + port;
    }

    /** Each text must be there, so that a change of the files is noticed here. */
    private static void replace(Path file, String... texts) throws IOException {
        String content = Files.readString(file);
        for (int i = 0; i < texts.length; i += 2) {
            if (!content.contains(texts[i])) {
                throw new AssertionError(file + " has no " + texts[i] + ":\n" + content);
            }
            content = content.replace(texts[i], texts[i + 1]);
        }
        Files.writeString(file, content);
    }

    private void programs() throws IOException {
        open(
                "caddy",
                Map.of(
                        "SITE_ADDRESS",
                        "localhost",
                        "PUBLIC_URL",
                        "https://localhost:" + ports.get("https"),
                        "TLS",
                        "internal",
                        "DASHBOARD",
                        local(server),
                        "XDG_DATA_HOME",
                        folder.toString(),
                        "XDG_CONFIG_HOME",
                        folder.toString()),
                Tool.path("caddy", "caddy"),
                "run",
                "--config",
                written().resolve("Caddyfile").toString(),
                "--adapter",
                "caddyfile");
        Path authority = folder.resolve("caddy/pki/authorities/local/root.crt");
        Await.until("the proxy has an authority", START, LOOK_AGAIN, () -> Files.exists(authority));
        open(
                "blackbox",
                Map.of(),
                Tool.path("prometheus-blackbox-exporter", "prometheus-blackbox-exporter"),
                "--config.file=" + written().resolve("blackbox.yml"),
                "--web.listen-address=" + local(ports.get("blackbox")));
        open(
                "alertmanager",
                Map.of(),
                Tool.path("prometheus-alertmanager", "prometheus-alertmanager"),
                "--config.file=" + written().resolve("alertmanager.yml"),
                "--storage.path=" + folder.resolve("alertmanager"),
                "--web.listen-address=" + local(ports.get("alertmanager")),
                "--cluster.listen-address=");
        for (String which : List.of("quick", "shipped")) {
            open(
                    which,
                    Map.of(),
                    Tool.path("prometheus", "prometheus"),
                    "--config.file=" + written().resolve(which.equals("quick") ? "quick.yml" : "prometheus.yml"),
                    "--storage.tsdb.path=" + folder.resolve(which),
                    "--web.listen-address=" + local(ports.get(which)),
                    // An alert that is evaluated before Alertmanager is known is sent again at the next evaluation, not
                    // after a minute.
                    "--rules.alert.resend-delay=10s");
        }
    }

    private void open(String name, Map<String, String> environment, String... command) throws IOException {
        Tool tool = Tool.start(name, folder, environment, List.of(command));
        tools.add(tool);
        opened.push(tool);
    }

    private void awaitEverything() {
        awaitData("quick", "probe_success{job=\"site\"} == 1");
        awaitData("quick", "up{job=\"alertmanager\"} == 1");
        awaitData("shipped", "up{job=\"dashboard\"} == 1");
    }

    // ---- asking Prometheus

    /** Waits until the query has a result. */
    void awaitData(String which, String query) {
        Await.until(
                which + " has " + query,
                START,
                LOOK_AGAIN,
                () -> ask(which, query)
                        .filter(answer -> !answer.getJsonObject("data")
                                .getJsonArray("result")
                                .isEmpty())
                        .isPresent());
    }

    /** The answer to an instant query; empty while nobody answers. */
    Optional<JsonObject> ask(String which, String query) {
        return get(which, "/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
    }

    Optional<JsonObject> get(String which, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + local(ports.get(which)) + path))
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            String body =
                    http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            if (!body.startsWith("{")) {
                return Optional.empty();
            }
            try (JsonReader reader = Json.createReader(new StringReader(body))) {
                return Optional.of(reader.readObject());
            }
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What the programs have said, for a test that fails. */
    String log() {
        StringBuilder all = new StringBuilder();
        tools.forEach(tool -> all.append(tool.log()).append('\n'));
        posts.forEach(message -> all.append(message).append('\n'));
        return all.toString();
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        http.close();
    }
}
