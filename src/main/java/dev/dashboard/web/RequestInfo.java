package dev.dashboard.web;

import io.helidon.webserver.http.ServerRequest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;

/** What is known of a request from its first moment: its id for logs and answers, and the nonce of its page. */
final class RequestInfo {
    private static final SecureRandom RANDOM = new SecureRandom();

    /** The route of what no route answers. */
    static final String OTHER = "other";

    private final String id = HexFormat.of().formatHex(random(8));
    private final String nonce = Base64.getEncoder().encodeToString(random(16));
    private final Instant at = Instant.now();
    private volatile String route = OTHER;

    static RequestInfo of(ServerRequest request) {
        return request.context().get(RequestInfo.class).orElseGet(() -> {
            RequestInfo info = new RequestInfo();
            request.context().register(info);
            return info;
        });
    }

    private static byte[] random(int bytes) {
        byte[] value = new byte[bytes];
        RANDOM.nextBytes(value);
        return value;
    }

    String id() {
        return id;
    }

    /** When it arrived. */
    Instant at() {
        return at;
    }

    String nonce() {
        return nonce;
    }

    /** The route's pattern, for metrics; set once the route is known. */
    String route() {
        return route;
    }

    void route(String pattern) {
        route = pattern;
    }
}
