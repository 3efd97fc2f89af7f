package dev.dashboard.web;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The headers that stand on every response, errors and transport errors included. Setting them twice is harmless, and needed:
 * the server forgets all headers before an error handler runs (helidon note, section 4).
 */
final class SecurityHeaders {
    private static final String NO_NONCE = "'none'";

    private final boolean tls;

    SecurityHeaders(boolean tls) {
        this.tls = tls;
    }

    void set(ServerRequest request, ServerResponse response) {
        RequestInfo info = RequestInfo.of(request);
        set(response.headers(), "'self' 'nonce-" + info.nonce() + "'");
        response.headers().set(HeaderNames.create("X-Request-Id"), info.id());
    }

    /** For answers that no request stands behind. */
    void set(ServerResponseHeaders headers) {
        set(headers, NO_NONCE);
    }

    private void set(ServerResponseHeaders headers, String ownCode) {
        all(ownCode).forEach((name, value) -> headers.set(name, value));
        if (!headers.contains(HeaderNames.CACHE_CONTROL)) {
            headers.set(HeaderNames.CACHE_CONTROL, "no-store");
        }
        headers.remove(HeaderNames.SERVER);
    }

    private Map<HeaderName, String> all(String ownCode) {
        Map<HeaderName, String> all = new LinkedHashMap<>();
        all.put(HeaderNames.create("Content-Security-Policy"), policy(ownCode));
        all.put(HeaderNames.create("X-Content-Type-Options"), "nosniff");
        all.put(HeaderNames.create("X-Frame-Options"), "DENY");
        all.put(HeaderNames.create("Referrer-Policy"), "no-referrer");
        all.put(
                HeaderNames.create("Permissions-Policy"),
                "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(),"
                        + " display-capture=(), browsing-topics=()");
        all.put(HeaderNames.create("Cross-Origin-Opener-Policy"), "same-origin");
        all.put(HeaderNames.create("Cross-Origin-Resource-Policy"), "same-origin");
        if (tls) {
            all.put(HeaderNames.create("Strict-Transport-Security"), "max-age=31536000; includeSubDomains");
        }
        return all;
    }

    private static String policy(String ownCode) {
        return "default-src 'none'; script-src " + ownCode + "; style-src " + ownCode
                + "; img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self';"
                + " worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    }
}
