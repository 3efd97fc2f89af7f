package dev.dashboard.web;

import dev.dashboard.mask.Masking;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.Method;
import io.helidon.http.RequestException;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * Every failure as {@code application/problem+json} (RFC 9457). A {@link Problem} says what it is, without secrets; a failure of the transport gets
 * a fixed text, never an echo of the request; anything else is a bug: 500 with an incident number that the log carries too.
 */
final class ProblemHandler {
    private static final Logger LOG = System.getLogger(ProblemHandler.class.getName());
    private static final String TYPE = "application/problem+json";

    /** As a refusal is counted. */
    private static final String TOO_LARGE = "too-large";

    private final SecurityHeaders headers;
    private final Metrics metrics;
    private final Masking masking;

    ProblemHandler(SecurityHeaders headers, Metrics metrics, Masking masking) {
        this.headers = headers;
        this.metrics = metrics;
        this.masking = masking;
    }

    void addTo(HttpRouting.Builder routing) {
        routing.error(Problem.class, this::problem);
        routing.error(HttpException.class, this::http);
        routing.error(RequestException.class, this::request);
        routing.error(Throwable.class, this::unexpected);
    }

    static int status(Kind kind) {
        return switch (kind) {
            case INVALID -> 400;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case TOO_LARGE -> 413;
            case TOO_MANY -> 429;
            case BUSY, UNAVAILABLE -> 503;
        };
    }

    private void problem(ServerRequest request, ServerResponse response, Problem problem) {
        if (problem.kind() == Kind.UNAVAILABLE && problem.getCause() != null) {
            LOG.log(Level.WARNING, "unavailable code=" + problem.code(), problem.getCause());
        }
        refusal(problem).ifPresent(reason -> metrics.count(Metric.REFUSALS, reason));
        Status status = Status.create(status(problem.kind()));
        JsonObjectBuilder document = document(status, problem.code(), masking.mask(problem.getMessage()));
        document.add("requestId", RequestInfo.of(request).id());
        problem.details().forEach(document::add);
        problem.retryAfter().ifPresent(wait -> response.headers().set(HeaderNames.RETRY_AFTER, seconds(wait)));
        send(request, response, status, document.build());
    }

    /** What a problem counts as, when a limit was reached or a guard said no. */
    private static Optional<String> refusal(Problem problem) {
        return switch (problem.code()) {
            case "too-many-streams" -> Optional.of("subscribers-full");
            case "database-busy" -> Optional.of("journal-busy");
            case "csrf-token-wrong" -> Optional.of("csrf");
            case "origin-not-allowed" -> Optional.of("origin");
            case "host-not-allowed" -> Optional.of("host");
            default ->
                switch (problem.kind()) {
                    case TOO_MANY -> Optional.of("rate-limited");
                    case TOO_LARGE -> Optional.of(TOO_LARGE);
                    case BUSY -> Optional.of("other");
                    default -> Optional.empty();
                };
        };
    }

    /** Of the transport's own failures only one is a limit of ours that a well-formed request reaches. */
    private void countRefusal(Status status) {
        if (status.code() == Status.REQUEST_ENTITY_TOO_LARGE_413.code()) {
            metrics.count(Metric.REFUSALS, TOO_LARGE);
        }
    }

    /** Whole seconds, rounded up: who comes back at that second is let in. */
    private static String seconds(Duration wait) {
        return String.valueOf(Math.max(1, wait.plusMillis(999).toSeconds()));
    }

    private void http(ServerRequest request, ServerResponse response, HttpException e) {
        e.headers().forEach(header -> response.headers().set(header));
        transport(request, response, e.status());
    }

    private void request(ServerRequest request, ServerResponse response, RequestException e) {
        transport(request, response, e.status());
    }

    private void transport(ServerRequest request, ServerResponse response, Status status) {
        if (status.code() >= 500) {
            LOG.log(Level.WARNING, "request failed status=" + status.code());
        }
        countRefusal(status);
        JsonObjectBuilder document = document(status, code(status), detail(status));
        send(
                request,
                response,
                status,
                document.add("requestId", RequestInfo.of(request).id()).build());
    }

    private void unexpected(ServerRequest request, ServerResponse response, Throwable e) {
        if (e instanceof CloseConnectionException close) {
            throw close;
        }
        if (e instanceof UncheckedIOException || e instanceof SocketException) {
            // The browser went away while it was answered; nobody is there to be told.
            throw new CloseConnectionException("the connection is gone", e);
        }
        String incident = UUID.randomUUID().toString();
        metrics.count(Metric.INCIDENTS);
        RequestInfo info = RequestInfo.of(request);
        LOG.log(Level.ERROR, "unexpected failure incident=" + incident + " route=" + info.route(), e);
        if (response.isSent()) {
            throw new CloseConnectionException("failed after the answer had begun", e);
        }
        Status status = Status.INTERNAL_SERVER_ERROR_500;
        JsonObjectBuilder document = document(
                status,
                "internal-error",
                "Something went wrong on the server; the log has it under this incident number.");
        document.add("requestId", info.id()).add("incident", incident);
        send(request, response, status, document.build());
    }

    private void send(ServerRequest request, ServerResponse response, Status status, JsonObject document) {
        headers.set(request, response);
        response.headers().set(HeaderNames.CONTENT_TYPE, TYPE);
        response.status(status);
        if (request.prologue().method() == Method.HEAD) {
            // A body here would be taken for the answer to the next request.
            response.send();
        } else {
            response.send(document.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** For what fails before there is a request: bad framing, too long, too many. */
    DirectHandlers direct() {
        DirectHandlers.Builder builder = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            builder.addHandler(type, new Direct());
        }
        return builder.build();
    }

    private final class Direct implements DirectHandler {
        /** What could not be parsed comes as an internal error without a request; it is the caller's. */
        @Override
        public TransportResponse handle(
                TransportRequest request,
                EventType type,
                Status status,
                ServerResponseHeaders responseHeaders,
                Throwable thrown,
                Logger logger) {
            boolean unparsed = type == EventType.INTERNAL_ERROR
                    && request.method().isEmpty()
                    && thrown.getCause() instanceof IllegalArgumentException;
            return handle(request, type, unparsed ? Status.BAD_REQUEST_400 : status, responseHeaders, "");
        }

        @Override
        public TransportResponse handle(
                TransportRequest request,
                EventType type,
                Status status,
                ServerResponseHeaders responseHeaders,
                String message) {
            return direct(request, status, responseHeaders);
        }
    }

    private DirectHandler.TransportResponse direct(
            DirectHandler.TransportRequest request, Status status, ServerResponseHeaders responseHeaders) {
        countRefusal(status);
        headers.set(responseHeaders);
        responseHeaders.set(HeaderNames.CONTENT_TYPE, TYPE);
        // After bad framing nobody knows where the next request would begin.
        responseHeaders.set(HeaderNames.CONNECTION, "close");
        String document = request.method().equals("HEAD")
                ? ""
                : document(status, code(status), detail(status)).build().toString();
        return DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(responseHeaders)
                .keepAlive(false)
                .entity(document.getBytes(StandardCharsets.UTF_8))
                .build();
    }

    private static JsonObjectBuilder document(Status status, String code, String detail) {
        return Json.createObjectBuilder()
                .add("type", "about:blank")
                .add(
                        "title",
                        Optional.of(status.reasonPhrase())
                                .filter(text -> !text.isBlank())
                                .orElse("Error"))
                .add("status", status.code())
                .add("detail", detail)
                .add("code", code);
    }

    private static String code(Status status) {
        return switch (status.code()) {
            case 404 -> "not-found";
            case 405 -> "method-not-allowed";
            case 413 -> "body-too-large";
            case 414 -> "address-too-long";
            case 503 -> "busy";
            default -> status.code() >= 500 ? "internal-error" : "bad-request";
        };
    }

    private static String detail(Status status) {
        return switch (status.code()) {
            case 404 -> "There is nothing at this address.";
            case 405 -> "This address does not take this method; the Allow header says which it takes.";
            case 413 -> "The body is larger than the server accepts.";
            case 414 -> "The address is longer than the server accepts.";
            case 503 -> "The server has no room for this request now; try again.";
            default ->
                status.code() >= 500
                        ? "Something went wrong on the server."
                        : "The request is not well-formed HTTP, or its headers are too large.";
        };
    }
}
