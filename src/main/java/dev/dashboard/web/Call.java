package dev.dashboard.web;

import dev.dashboard.auth.Viewer;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import dev.dashboard.trace.Arrivals;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One request on its way through a route: who asks, with what, and how to answer. Of one thread. */
public final class Call {
    private static final HeaderName TRACEPARENT = HeaderNames.create("traceparent");
    private static final String JSON = "application/json";

    private final ServerRequest request;
    private final ServerResponse response;
    private final Optional<Viewer> viewer;
    private final Route route;
    private final String address;
    private final ConnectionGuard guard;

    Call(
            ServerRequest request,
            ServerResponse response,
            Optional<Viewer> viewer,
            Route route,
            String address,
            ConnectionGuard guard) {
        this.request = request;
        this.response = response;
        this.viewer = viewer;
        this.route = route;
        this.address = address;
        this.guard = guard;
    }

    public ServerRequest request() {
        return request;
    }

    public ServerResponse response() {
        return response;
    }

    /** Who asks; only for routes that are not public. */
    public Viewer viewer() {
        return viewer.orElseThrow(() -> new IllegalStateException("a public route has no viewer: " + route.path()));
    }

    /** Where the request comes from: the peer, or what a trusted proxy says. */
    public String address() {
        return address;
    }

    Route route() {
        return route;
    }

    /** The way by which it came, for a trace. */
    Arrivals.Arrival arrival() {
        RequestInfo info = RequestInfo.of(request);
        return new Arrivals.Arrival(info.at(), info.id(), request.headers().first(TRACEPARENT));
    }

    String requestId() {
        return RequestInfo.of(request).id();
    }

    /** A parameter of the path. */
    public String path(String name) {
        return request.path().pathParameters().get(name);
    }

    /** A parameter of the query; given twice it is refused. */
    public Optional<String> query(String name) {
        List<String> values = queries(name);
        if (values.size() > 1) {
            throw Problem.invalid("parameter-repeated", name + " must be given once.")
                    .with("field", name);
        }
        return values.stream().findFirst();
    }

    public List<String> queries(String name) {
        return request.query().contains(name) ? request.query().all(name) : List.of();
    }

    /** A whole number of the query, within its limits. */
    public Optional<Long> number(String name, long least, long most) {
        return query(name).map(text -> {
            String fault = name + " must be a whole number from " + least + " to " + most + ".";
            try {
                long value = Long.parseLong(text);
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException e) {
                throw Problem.invalid("parameter-out-of-range", fault)
                        .with("field", name)
                        .causedBy(e);
            }
            throw Problem.invalid("parameter-out-of-range", fault).with("field", name);
        });
    }

    /** The body, read once, within the route's limit; all names that the route knows are given. */
    public Body body(String... allowed) {
        String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("");
        if (!type.equals(JSON) && !type.replace(" ", "").equalsIgnoreCase(JSON + ";charset=utf-8")) {
            throw Problem.invalid("body-type", "The body must be sent as Content-Type: " + JSON + ".");
        }
        if (request.headers().contains(HeaderNames.CONTENT_ENCODING)) {
            throw Problem.invalid("body-encoding", "The body must be sent without Content-Encoding.");
        }
        return Body.parse(bytes(), Set.of(allowed));
    }

    private byte[] bytes() {
        try (InputStream in = request.content().inputStream()) {
            byte[] bytes = in.readNBytes(route.bodyLimit() + 1);
            if (bytes.length > route.bodyLimit()) {
                throw new Problem(
                        Kind.TOO_LARGE,
                        "body-too-large",
                        "The body must not be longer than " + route.bodyLimit() + " bytes.");
            }
            guard.limit(request.socketId(), ConnectionGuard.ANSWER);
            return bytes;
        } catch (SocketTimeoutException e) {
            throw Problem.invalid("body-incomplete", "The body did not arrive.").causedBy(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A long answer is under way and goes on: its next part has the time that a whole one has. */
    void moreTime() {
        guard.limit(request.socketId(), ConnectionGuard.ANSWER);
    }

    public void ok(JsonObject body) {
        answer(Status.OK_200, body);
    }

    public void answer(Status status, JsonObject body) {
        response.status(status);
        response.headers().set(HeaderNames.CONTENT_TYPE, JSON);
        response.send(body.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** 201 with the address of what was made. */
    public void created(String location, JsonObject body) {
        response.headers().set(HeaderNames.LOCATION, location);
        answer(Status.CREATED_201, body);
    }

    public void accepted(JsonObject body) {
        answer(Status.ACCEPTED_202, body);
    }

    public void noContent() {
        response.status(Status.NO_CONTENT_204);
        response.send();
    }
}
