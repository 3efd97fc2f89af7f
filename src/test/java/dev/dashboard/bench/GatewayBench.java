package dev.dashboard.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.dashboard.event.SessionId;
import dev.dashboard.gateway.Gateway;
import dev.dashboard.gateway.GatewayTokens;
import dev.dashboard.gateway.Upstream;
import dev.dashboard.observe.Metrics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** Measures what the gateway adds to each token of a streamed answer, beside asking the model directly. */
final class GatewayBench {
    private static final String LAUNCH = "6f2a1d3c-0000-4000-8000-000000000001";
    private static final SessionId SESSION = SessionId.parse("6f2a1d3c-0000-4000-8000-00000000000a");
    private static final int TOKENS = 1_500;
    private static final long PAUSE_NANOS = 5_000_000;
    private static final String EVENT = "data: {\"type\":\"content_block_delta\",\"text\":\"";

    private GatewayBench() {}

    static void run(Report report) throws Exception {
        HttpServer model = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            model.setExecutor(threads);
            model.createContext("/v1/messages", GatewayBench::answer);
            model.start();
            URI direct = URI.create("http://127.0.0.1:" + model.getAddress().getPort());
            GatewayTokens tokens =
                    new GatewayTokens("a secret of the bench, " + "long enough for it", Optional.empty());
            try (Gateway gateway = Gateway.start(
                    new Gateway.Settings("127.0.0.1", 0, 100),
                    tokens,
                    launch -> launch.equals(LAUNCH) ? Optional.of(SESSION) : Optional.empty(),
                    (_, _) -> {},
                    new Upstream(direct, "no key"),
                    new Metrics())) {
                for (int streams : new int[] {1, 20}) {
                    // One round for the compiler, and one that counts.
                    delays(direct, "none", streams);
                    delays(gateway.url(), tokens.token(LAUNCH), streams);
                    String name = streams + " streams, a token each 5 ms, ";
                    RunnerBench.tell(report, name + "from the model", delays(direct, "none", streams));
                    RunnerBench.tell(
                            report, name + "through the gateway", delays(gateway.url(), tokens.token(LAUNCH), streams));
                }
            }
        } finally {
            model.stop(0);
        }
    }

    /** Each event carries the time at which it was written. */
    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            OutputStream out = exchange.getResponseBody();
            for (int i = 0; i < TOKENS; i++) {
                LockSupport.parkNanos(PAUSE_NANOS);
                out.write((EVENT + System.nanoTime() + "\"}\n\n").getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
        }
    }

    private static long[] delays(URI base, String token, int streams) throws Exception {
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
                HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build()) {
            HttpRequest request = HttpRequest.newBuilder(base.resolve("/v1/messages?beta=true"))
                    .header("Authorization", "Bearer " + token)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                    .build();
            List<Future<long[]>> all = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                all.add(readers.submit(() -> read(client, request)));
            }
            LongStream.Builder merged = LongStream.builder();
            for (Future<long[]> one : all) {
                Arrays.stream(one.get()).forEach(merged);
            }
            return merged.build().sorted().toArray();
        }
    }

    private static long[] read(HttpClient client, HttpRequest request) throws IOException, InterruptedException {
        LongStream.Builder delays = LongStream.builder();
        var answer = client.send(request, BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
            throw new IOException("status " + answer.statusCode());
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(EVENT)) {
                    long now = System.nanoTime();
                    delays.add(now - Long.parseLong(line, EVENT.length(), line.length() - 2, 10));
                }
            }
        }
        return delays.build().toArray();
    }
}
