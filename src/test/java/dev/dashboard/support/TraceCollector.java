package dev.dashboard.support;

import com.google.protobuf.InvalidProtocolBufferException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Takes traces as a collector does: OTLP over HTTP, in the protocol's own messages. May go away and come back under its address. */
public final class TraceCollector implements AutoCloseable {
    private static final String PATH = "/v1/traces";

    private final List<ExportTraceServiceRequest> requests = new ArrayList<>();
    private HttpServer server;
    private final int port;

    private TraceCollector() throws IOException {
        server = listen(0);
        port = server.getAddress().getPort();
    }

    public static TraceCollector start() {
        try {
            return new TraceCollector();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpServer listen(int at) throws IOException {
        HttpServer listening = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 0);
        listening.createContext(PATH, this::take);
        listening.start();
        return listening;
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean packed = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            keep(packed ? unpacked(body) : body);
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private static byte[] unpacked(byte[] body) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new java.io.ByteArrayInputStream(body))) {
            return in.readAllBytes();
        }
    }

    private void keep(byte[] body) throws InvalidProtocolBufferException {
        ExportTraceServiceRequest request = ExportTraceServiceRequest.parseFrom(body);
        synchronized (requests) {
            requests.add(request);
        }
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + port + PATH);
    }

    public void goAway() {
        server.stop(0);
    }

    public void comeBack() throws IOException {
        server = listen(port);
    }

    /** As they came, to be searched for what they must not hold. */
    public String everything() {
        synchronized (requests) {
            return requests.toString();
        }
    }

    public List<Span> spans() {
        synchronized (requests) {
            return requests.stream()
                    .flatMap(request -> request.getResourceSpansList().stream())
                    .flatMap(resource -> resource.getScopeSpansList().stream())
                    .flatMap(scope -> scope.getSpansList().stream())
                    .toList();
        }
    }

    @Override
    public void close() {
        goAway();
    }
}
