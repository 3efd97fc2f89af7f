package dev.dashboard.web;

import dev.dashboard.auth.Rule;
import dev.dashboard.problem.Problem;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The browser side, from the class path and only from there. Files below {@code assets/} carry a hash of their content in their
 * name, so they may be kept for ever; the page itself is made anew for each request, with its nonce.
 *
 * <p>Owns what it has read, at most the files of the build; nothing else is ever found, so nothing else is kept.
 */
final class Assets {
    private static final String ROOT = "web/";
    private static final String NONCE = "__CSP_NONCE__";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}");
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("svg", "image/svg+xml; charset=utf-8"),
            Map.entry("png", "image/png"),
            Map.entry("ico", "image/x-icon"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("json", "application/json"),
            Map.entry("map", "application/json"),
            Map.entry("webmanifest", "application/manifest+json"),
            Map.entry("txt", "text/plain; charset=utf-8"));
    private static final String MISSING = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Claude Code Dashboard</title></head>
            <body><h1>The browser side is not built</h1>
            <p>The server runs, but its pages were left out of this build. Build with <code>mvn package</code>,
            without <code>-Dweb.skip</code>, or use <code>scripts/start.sh</code>.</p></body></html>
            """;

    private final Map<String, byte[]> files = new ConcurrentHashMap<>();

    List<Route> routes() {
        return List.of(
                Route.get("/assets/{name}", Rule.PUBLIC, this::asset),
                Route.get("/", Rule.PUBLIC, this::page),
                Route.get("/*", Rule.PUBLIC, this::fileOrPage));
    }

    private void asset(Call call) {
        String name = call.path("name");
        byte[] bytes = file("assets/", name)
                .orElseThrow(() -> Problem.notFound("not-found", "There is no such file in this build."));
        call.response().headers().set(HeaderNames.CACHE_CONTROL, "public, max-age=31536000, immutable");
        send(call, name, bytes);
    }

    /** Files beside the page, such as its icon; every other address is one of the page's own. */
    private void fileOrPage(Call call) {
        String path = call.request().path().path();
        // Of some addresses with parameters, as "/;a=b/;a=b/system", the server leaves an empty path.
        String name = path.isEmpty() ? "" : path.substring(1);
        Optional<byte[]> file = name.equals("index.html") ? Optional.empty() : file("", name);
        if (file.isEmpty()) {
            page(call);
            return;
        }
        call.response().headers().set(HeaderNames.CACHE_CONTROL, "no-cache");
        send(call, name, file.get());
    }

    private void page(Call call) {
        Optional<byte[]> index = file("", "index.html");
        if (index.isEmpty()) {
            call.response().status(Status.SERVICE_UNAVAILABLE_503);
        }
        String html =
                index.map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse(MISSING);
        String nonce = RequestInfo.of(call.request()).nonce();
        send(call, "index.html", html.replace(NONCE, nonce).getBytes(StandardCharsets.UTF_8));
    }

    private static void send(Call call, String name, byte[] bytes) {
        call.response().headers().set(HeaderNames.CONTENT_TYPE, type(name));
        call.response().send(bytes);
    }

    private static String type(String name) {
        return TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
    }

    private Optional<byte[]> file(String folder, String name) {
        if (!NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        String path = ROOT + folder + name;
        return Optional.ofNullable(files.computeIfAbsent(path, Assets::read));
    }

    private static byte[] read(String path) {
        try (InputStream in = Assets.class.getClassLoader().getResourceAsStream(path)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
