package dev.dashboard.browser;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Response;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hears everything that goes wrong in the pages of one browser context: errors on the console, uncaught exceptions, violations of
 * the content security policy, failed requests, requests to other hosts, and pages without the strict policy. A fault that the test
 * does not expect fails it. Used on Playwright's thread only.
 *
 * <p>Failed requests read {@code STATUS /path} or {@code net::ERR_… /path}, whether the network or the console told of them.
 */
final class Watch {
    private static final Pattern NONCE = Pattern.compile("script-src 'self' 'nonce-([A-Za-z0-9+/_=-]{16,})'");
    private static final Pattern NOT_LOADED =
            Pattern.compile("Failed to load resource: (?:the server responded with a status of (\\d+).*|(net::\\S+))");
    private static final List<String> STRICT = List.of(
            "default-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "connect-src 'self'");

    private final URI server;
    private final List<String> faults = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private final List<Pattern> expected = new ArrayList<>();
    private final Set<String> nonces = new HashSet<>();
    private int documents;

    private Watch(URI server) {
        this.server = server;
    }

    /** Before the first page is opened. */
    static Watch over(BrowserContext context, URI server) {
        Watch watch = new Watch(server);
        context.exposeFunction("tellViolation", told -> watch.fault("csp: " + told[0]));
        context.addInitScript(
                "document.addEventListener('securitypolicyviolation', e =>"
                        + " tellViolation(`${e.effectiveDirective} blocked ${e.blockedURI} at ${e.sourceFile}:${e.lineNumber}`))");
        context.onConsoleMessage(watch::heard);
        context.onWebError(error -> watch.fault("uncaught: " + error.error()));
        context.onRequest(watch::asked);
        context.onRequestFailed(request -> watch.fault(request.failure() + " " + path(request.url())));
        context.onResponse(watch::answered);
        return watch;
    }

    /** Faults that the test brings about on purpose, as regular expressions over the whole text of one. */
    void expect(String... patterns) {
        for (String pattern : patterns) {
            expected.add(Pattern.compile(pattern, Pattern.DOTALL));
        }
    }

    /** Addresses that pages have asked for so far. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    /** Fails with all that was not expected. */
    void check() {
        List<String> unexpected = faults.stream()
                .distinct()
                .filter(fault ->
                        expected.stream().noneMatch(p -> p.matcher(fault).matches()))
                .toList();
        if (!unexpected.isEmpty()) {
            throw new AssertionError("The browser met what it should not:\n  " + String.join("\n  ", unexpected));
        }
        if (nonces.size() != documents) {
            throw new AssertionError(documents + " pages had only " + nonces.size() + " different nonces");
        }
    }

    private boolean fault(String what) {
        return faults.add(what);
    }

    private void heard(ConsoleMessage message) {
        if (!message.type().equals("error") && !message.text().contains("Content Security Policy")) {
            return;
        }
        Matcher notLoaded = NOT_LOADED.matcher(message.text());
        if (notLoaded.matches()) {
            String why = notLoaded.group(1) == null ? notLoaded.group(2) : notLoaded.group(1);
            fault(why + " " + path(message.location().replaceFirst(":\\d+:\\d+$", "")));
        } else {
            fault("console: " + message.text() + " (" + message.location() + ")");
        }
    }

    private void asked(Request request) {
        requests.add(request.url());
        URI url = URI.create(request.url().split("[?#]", 2)[0]);
        boolean inside = Set.of("data", "blob").contains(url.getScheme());
        if (!inside && !server.getAuthority().equals(url.getAuthority())) {
            fault("request to another host: " + request.url());
        }
    }

    private void answered(Response response) {
        if (response.status() >= 400) {
            fault(response.status() + " " + path(response.url()));
        } else if (response.request().isNavigationRequest() && response.url().startsWith("http")) {
            page(response);
        }
    }

    private void page(Response response) {
        documents++;
        Map<String, String> headers = response.headers();
        String policy = headers.getOrDefault("content-security-policy", "");
        Matcher nonce = NONCE.matcher(policy);
        if (nonce.find()) {
            nonces.add(nonce.group(1));
        } else {
            fault("no nonce in the policy of " + path(response.url()) + ": " + policy);
        }
        STRICT.stream()
                .filter(directive -> !policy.contains(directive))
                .forEach(directive -> fault("the policy lacks " + directive + ": " + policy));
        if (policy.contains("unsafe-") || policy.contains("*") || policy.contains("http:")) {
            fault("the policy is not strict: " + policy);
        }
        if (!"nosniff".equals(headers.get("x-content-type-options"))) {
            fault("no nosniff at " + path(response.url()));
        }
    }

    private static String path(String url) {
        int host = url.indexOf("://");
        int path = host < 0 ? -1 : url.indexOf('/', host + 3);
        return path < 0 ? url : url.substring(path);
    }
}
