package dev.dashboard.gateway;

import dev.dashboard.event.Event;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.run.Worker;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * One request of a CLI on its way to the model, and the answer on its way back, byte for byte. Nothing is collected: what the CLI does
 * not take yet is not taken from the model either.
 *
 * <p>Three threads: the request's own, which passes the answer on; the client's, which reads the request; and one that waits for the
 * CLI to hang up, since an interrupted turn must not go on being paid for while the model is silent.
 */
final class Exchange {
    private static final Logger LOG = System.getLogger(Exchange.class.getName());

    /** Longest request: the API takes 32 MiB. */
    static final long LONGEST_REQUEST = 64L << 20;

    /** Nothing moves in either direction for so long: both connections are closed. The CLI waits as long for an answer that is not streamed. */
    private static final Duration IDLE = Duration.ofMinutes(10);

    /** A request arrives from the same machine; its next piece does not take longer. */
    private static final Duration NEXT_PIECE = Duration.ofSeconds(30);

    private static final int PIECE = 16 * 1024;

    /** Instead of a number of bytes. */
    private static final int END = -1;

    private static final int BROKEN = -2;

    private final ServerRequest request;
    private final ServerResponse response;
    private final Connections connections;
    private final HttpClient client;
    private final Upstream upstream;
    private final Metrics metrics;
    private final long began = System.nanoTime();

    private CompletableFuture<HttpResponse<InputStream>> awaited;
    private InputStream answer;
    private Worker hangUp;
    private boolean cancelled;
    private volatile boolean tooLarge;
    private Optional<Event.ModelAnswered> answered = Optional.empty();

    Exchange(
            ServerRequest request,
            ServerResponse response,
            Connections connections,
            HttpClient client,
            Upstream upstream,
            Metrics metrics) {
        this.request = request;
        this.response = response;
        this.connections = connections;
        this.client = client;
        this.upstream = upstream;
        this.metrics = metrics;
    }

    /** Returns how it went, for counting: the class of the status, or what went wrong. The connection is of no more use then. */
    String run() {
        try {
            return pass(ask());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "cancelled";
        } catch (CancellationException e) {
            return "cancelled";
        } catch (ExecutionException e) {
            return failed(e.getCause());
        } catch (IllegalArgumentException e) {
            // An address or a header that one HTTP library takes and the other does not.
            return failed(e);
        } finally {
            cancel();
        }
    }

    /** What is worth recording of it, after {@link #run}: nothing when there was no answer, or it was only about counting. */
    Optional<Event.ModelAnswered> answered() {
        return answered;
    }

    // ---- there

    private HttpResponse<InputStream> ask() throws InterruptedException, ExecutionException {
        HttpRequest.Builder ask = HttpRequest.newBuilder(upstream.at(target())).POST(body());
        Hops.copyRequest(request.headers(), ask::header);
        ask.setHeader("accept-encoding", "identity").setHeader("x-api-key", upstream.key());
        CompletableFuture<HttpResponse<InputStream>> asked =
                client.sendAsync(ask.build(), BodyHandlers.ofInputStream());
        synchronized (this) {
            awaited = asked;
            if (cancelled) {
                asked.cancel(true);
            }
        }
        return asked.get();
    }

    private String target() {
        String query = request.query().rawValue();
        return request.path().rawPath() + (query.isEmpty() ? "" : "?" + query);
    }

    private BodyPublisher body() {
        OptionalLong length = request.headers().contentLength();
        if (!request.content().hasEntity() || length.orElse(-1) == 0) {
            arrived();
            return BodyPublishers.noBody();
        }
        InputStream arriving = new Arriving(request.content().inputStream());
        BodyPublisher publisher = BodyPublishers.ofInputStream(() -> arriving);
        return length.isPresent() ? BodyPublishers.fromPublisher(publisher, length.getAsLong()) : publisher;
    }

    /** The request as it comes; read by one thread of the client. */
    private final class Arriving extends InputStream {
        private final InputStream in;
        private long count;

        Arriving(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int most) throws IOException {
            connections.limit(request.socketId(), NEXT_PIECE);
            int read;
            try {
                read = in.read(bytes, from, most);
            } catch (RuntimeException e) {
                throw new IOException("the request did not arrive whole", e);
            }
            count += Math.max(read, 0);
            if (count > LONGEST_REQUEST) {
                tooLarge = true;
                throw new IOException("the request is too large");
            }
            if (read < 0) {
                arrived();
            }
            return read;
        }
    }

    /** The request is whole. What the connection brings now is its end. */
    private synchronized void arrived() {
        connections.limit(request.socketId(), IDLE);
        if (hangUp == null && !cancelled) {
            connections.find(request.socketId()).ifPresent(connection -> {
                DataReader reader = connection.dataReader();
                hangUp = Worker.virtual("gateway-hang-up", () -> awaitHangUp(reader));
            });
        }
    }

    /**
     * Nobody else reads from the connection then: it is closed after this answer. Bytes instead of an end would be a further request,
     * which the answer's {@code Connection: close} refuses.
     */
    private void awaitHangUp(DataReader reader) {
        try {
            reader.ensureAvailable();
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "a CLI has hung up, or its answer is over", e);
            cancel();
        }
    }

    /** Ends what is asked of the model, at whichever point it is; harmless when it is over. */
    private synchronized void cancel() {
        cancelled = true;
        if (awaited != null) {
            awaited.cancel(true);
        }
        if (answer != null) {
            try {
                answer.close();
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "the connection to the model was already closed", e);
            }
        }
    }

    private synchronized boolean isCancelled() {
        return cancelled;
    }

    // ---- and back

    private String pass(HttpResponse<InputStream> said) {
        synchronized (this) {
            answer = said.body();
            if (cancelled) {
                return "cancelled";
            }
        }
        UsageReader usage =
                UsageReader.of(said.headers().firstValue("content-type").orElse(""));
        byte[] piece = new byte[PIECE];
        int count = read(said.body(), piece);
        Duration firstByte = Duration.ofNanos(System.nanoTime() - began);
        metrics.record(Metric.MODEL_FIRST_BYTE, firstByte);
        response.status(Status.create(said.statusCode()));
        Hops.copyResponse(said.headers(), (name, values) -> response.headers().set(HeaderValues.create(name, values)));
        response.header(HeaderValues.CONNECTION_CLOSE);
        if (count == END) {
            response.send();
            return outcome(said.statusCode());
        }
        if (count < 0) {
            return brokenOff();
        }
        try {
            return pass(said, piece, count, usage);
        } finally {
            tell(said.statusCode(), firstByte, usage);
        }
    }

    private String pass(HttpResponse<InputStream> said, byte[] piece, int first, UsageReader usage) {
        int count = first;
        OutputStream out = response.outputStream();
        while (count > 0) {
            connections.limit(request.socketId(), IDLE);
            if (!write(out, piece, count)) {
                return "cancelled";
            }
            usage.passed(piece, 0, count);
            count = read(said.body(), piece);
        }
        if (count == BROKEN) {
            return brokenOff();
        }
        return end() ? outcome(said.statusCode()) : "cancelled";
    }

    private int read(InputStream in, byte[] piece) {
        try {
            int count = in.read(piece);
            // Closed by the other thread meanwhile, it may look like the end.
            return count < 0 && isCancelled() ? BROKEN : count;
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the answer of the model broke off", e);
            return BROKEN;
        }
    }

    private String brokenOff() {
        return isCancelled() ? "cancelled" : "cut";
    }

    private static boolean write(OutputStream out, byte[] piece, int count) {
        try {
            out.write(piece, 0, count);
            out.flush();
            return true;
        } catch (IOException | UncheckedIOException e) {
            LOG.log(Level.DEBUG, "a CLI left the answer of the model", e);
            return false;
        }
    }

    /** Only now, and only here, the CLI is told that the answer is whole. */
    private boolean end() {
        try {
            ((RoutingResponse) response).commit();
            return true;
        } catch (UncheckedIOException e) {
            LOG.log(Level.DEBUG, "a CLI left at the end of the answer of the model", e);
            return false;
        }
    }

    private void tell(int status, Duration firstByte, UsageReader reader) {
        if (!request.path().rawPath().equals(Gateway.MESSAGES)) {
            return;
        }
        Usage usage = reader.usage();
        answered = Optional.of(new Event.ModelAnswered(
                reader.model(),
                status,
                firstByte,
                new Event.Tokens(usage.input(), usage.output(), usage.cacheRead(), usage.cacheCreation())));
        metrics.add(Metric.MODEL_TOKENS, usage.input(), "input");
        metrics.add(Metric.MODEL_TOKENS, usage.output(), "output");
        metrics.add(Metric.MODEL_TOKENS, usage.cacheRead(), "cache-read");
        metrics.add(Metric.MODEL_TOKENS, usage.cacheCreation(), "cache-creation");
    }

    private static String outcome(int status) {
        if (status == 429) {
            return "429";
        }
        return status / 100 + "xx";
    }

    private String failed(Throwable cause) {
        if (isCancelled()) {
            return "cancelled";
        }
        ApiFault fault = fault(cause);
        if (fault == ApiFault.UNREACHABLE) {
            LOG.log(
                    Level.WARNING,
                    "the model's service cannot be reached fault={0}",
                    cause.getClass().getSimpleName());
        }
        LOG.log(Level.DEBUG, "a request to the model failed", cause);
        try {
            fault.send(response);
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "a CLI left before it was answered", e);
            return "cancelled";
        }
        return fault.outcome();
    }

    private ApiFault fault(Throwable cause) {
        if (tooLarge) {
            return ApiFault.TOO_LARGE;
        }
        return cause instanceof IllegalArgumentException ? ApiFault.UNREADABLE : ApiFault.UNREACHABLE;
    }
}
