package dev.dashboard;

import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import dev.dashboard.runner.RunnerProbe;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * {@code healthcheck [--url URL | --socket FILE]}: whether a server is ready, or a runner takes connections. A container asks every few
 * seconds, so this loads as little as it can: no configuration, no log, no web server, JSON only when there is a fault to tell.
 */
final class Healthcheck {
    static final int DEFAULT_PORT = 9090;
    static final Duration DEADLINE = Duration.ofSeconds(5);

    private static final String USAGE = """
            usage: healthcheck [--url URL | --socket FILE]
              Asks http://127.0.0.1:9090/health/ready, or the host and port that DASHBOARD_MANAGEMENT_HOST and
              DASHBOARD_MANAGEMENT_PORT name, whether the server is ready; or the http address URL; or the Unix socket FILE
              whether a runner takes connections. Says one line.
              Exit code: 0 well, 1 not, 64 wrong usage.""";
    private static final String HOST = "DASHBOARD_MANAGEMENT_HOST";
    private static final String PORT = "DASHBOARD_MANAGEMENT_PORT";
    private static final String LOOPBACK = "127.0.0.1";
    /** A server that listens on all addresses listens on loopback too. */
    private static final Set<String> ALL_ADDRESSES = Set.of("0.0.0.0", "::", "[::]");

    private static final int WELL = 0;
    private static final int NOT_WELL = 1;

    private static final int HIGHEST_PORT = 65_535;
    private static final int HTTP_PORT = 80;
    private static final int OK = 200;
    /** Of an answer; what the server says of itself is a few hundred bytes. */
    private static final int MOST_BYTES = 64 * 1024;

    private static final int LONGEST_LINE = 500;

    private record Verdict(boolean well, String line) {}

    private record Answer(int status, String body) {}

    /** What is asked. */
    private interface Probe {
        Verdict ask() throws IOException;
    }

    private static final class WrongUsage extends RuntimeException {
        private static final long serialVersionUID = 1;

        WrongUsage(String message) {
            super(message);
        }
    }

    private final Map<String, String> environment;
    private final PrintStream out;
    private final Duration deadline;

    Healthcheck(Map<String, String> environment, PrintStream out, Duration deadline) {
        this.environment = environment;
        this.out = out;
        this.deadline = deadline;
    }

    /** @return the exit code: 0 well, 1 not, 64 wrong usage; all is written then */
    static int run(String[] args) throws InterruptedException {
        int code = new Healthcheck(System.getenv(), System.out, DEADLINE).check(args);
        System.out.flush();
        return code;
    }

    int check(String[] args) throws InterruptedException {
        if (args.length == 2 && args[1].equals("--help")) {
            out.println(USAGE);
            return WELL;
        }
        try {
            Verdict verdict = within(probe(args));
            out.println(oneLine(verdict.line()));
            return verdict.well() ? WELL : NOT_WELL;
        } catch (WrongUsage e) {
            System.err.println("healthcheck: " + oneLine(e.getMessage()));
            System.err.println(USAGE);
            return Main.EXIT_USAGE;
        }
    }

    private Probe probe(String[] args) {
        if (args.length == 1) {
            URI own = url("http://" + host() + ":" + port() + "/health/ready", HOST);
            return () -> server(own);
        }
        if (args.length == 3 && args[1].equals("--url")) {
            URI url = url(args[2], "--url");
            return () -> server(url);
        }
        if (args.length == 3 && args[1].equals("--socket")) {
            Path socket = file(args[2]);
            return () -> runner(socket);
        }
        throw new WrongUsage("these arguments are not understood");
    }

    private String host() {
        String host = environment.getOrDefault(HOST, "").strip();
        if (host.isEmpty() || ALL_ADDRESSES.contains(host)) {
            return LOOPBACK;
        }
        return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    }

    private int port() {
        String text = environment.getOrDefault(PORT, "").strip();
        if (text.isEmpty()) {
            return DEFAULT_PORT;
        }
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port <= HIGHEST_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw new WrongUsage(PORT + ": \"" + text + "\" is no port");
        }
        throw new WrongUsage(PORT + ": " + text + " names no one port; use --url");
    }

    /** No https: what is asked is on this machine, or in its network of containers. */
    private static URI url(String text, String from) {
        try {
            URI url = new URI(text);
            if ("http".equals(url.getScheme()) && url.getHost() != null && url.getRawUserInfo() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw new WrongUsage(from + ": \"" + text + "\" is no address");
        }
        throw new WrongUsage(
                from + ": must be an http address without a user, such as http://127.0.0.1:9090/health/ready");
    }

    private static Path file(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new WrongUsage("--socket: \"" + text + "\" is no path");
        }
    }

    /**
     * The probe has a thread of its own, and is left behind there: looking up a name and connecting to a Unix socket have no time-out of
     * their own.
     */
    private Verdict within(Probe probe) throws InterruptedException {
        AtomicReference<Verdict> verdict =
                new AtomicReference<>(new Verdict(false, "no answer within " + deadline.toMillis() + " ms"));
        Worker.platform("healthcheck", () -> verdict.set(tried(probe))).join(deadline);
        return verdict.get();
    }

    private static Verdict tried(Probe probe) {
        try {
            return probe.ask();
        } catch (Problem e) {
            return new Verdict(false, e.getMessage());
        } catch (UnknownHostException e) {
            return new Verdict(false, "there is no host " + e.getMessage());
        } catch (IOException | RuntimeException e) {
            String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            return new Verdict(false, "no answer: " + reason);
        }
    }

    private static Verdict runner(Path socket) {
        RunnerProbe.ask(socket);
        return new Verdict(true, "the runner takes connections");
    }

    // ---- the server

    private static Verdict server(URI url) throws IOException {
        Answer answer = get(url);
        if (answer.status() == OK && !answer.body().contains("\"degraded\":true")) {
            return new Verdict(true, "ready");
        }
        List<String> faults = Findings.faults(answer.body());
        String told = faults.isEmpty() ? "" : ": " + String.join("; ", faults);
        return answer.status() == OK
                ? new Verdict(true, "ready, degraded" + told)
                : new Verdict(false, "not ready, HTTP " + answer.status() + told);
    }

    private static Answer get(URI url) throws IOException {
        int port = url.getPort() < 0 ? HTTP_PORT : url.getPort();
        String path = url.getRawPath().isEmpty() ? "/health/ready" : url.getRawPath();
        String target = url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
        String host = url.getHost();
        boolean ipv6 = host.startsWith("[");
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(ipv6 ? host.substring(1, host.length() - 1) : host, port));
            String request =
                    "GET " + target + " HTTP/1.1\r\nHost: " + host + ":" + port + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return answer(socket.getInputStream());
        }
    }

    /** Up to its stated length, or to the end of the connection. */
    private static Answer answer(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] piece = new byte[4096];
        String text = "";
        while (!isWhole(text) && bytes.size() < MOST_BYTES) {
            int count = in.read(piece);
            if (count < 0) {
                break;
            }
            bytes.write(piece, 0, count);
            // One character a byte, so that lengths are lengths.
            text = bytes.toString(StandardCharsets.ISO_8859_1);
        }
        if (!text.matches("(?s)HTTP/1\\.\\d \\d{3}[ \\r\\n].*")) {
            throw new IOException(text.isEmpty() ? "the connection was closed" : "what answers does not speak HTTP");
        }
        int end = text.indexOf("\r\n\r\n");
        byte[] body = text.substring(end < 0 ? text.length() : end + 4).getBytes(StandardCharsets.ISO_8859_1);
        return new Answer(Integer.parseInt(text.substring(9, 12)), new String(body, StandardCharsets.UTF_8));
    }

    private static boolean isWhole(String text) {
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        for (String header : text.substring(0, end).split("\r\n")) {
            if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
                String length = header.substring(15).strip();
                return length.matches("\\d{1,9}") && text.length() - end - 4 >= Integer.parseInt(length);
            }
        }
        return false;
    }

    private static String oneLine(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…";
    }
}
