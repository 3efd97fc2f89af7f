package dev.dashboard.web;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** A client that keeps cookies and the CSRF token as a page of the dashboard does. */
final class Browser {
    static final String PASSWORD = "correct horse battery";

    final Map<String, String> cookies = new TreeMap<>();
    String csrf = "";
    private final int port;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Browser(int port) {
        this.port = port;
    }

    Browser copy() {
        Browser copy = new Browser(port);
        copy.cookies.putAll(cookies);
        copy.csrf = csrf;
        return copy;
    }

    HttpResponse<String> signIn(String name, String password) throws Exception {
        return keep(post("/api/v1/auth/login", json("username", name, "password", password)));
    }

    /** Comes by the link of an invitation. */
    HttpResponse<String> accept(String token, String password) throws Exception {
        return keep(post("/api/v1/auth/invitations", json("token", token, "password", password)));
    }

    HttpResponse<String> changePassword(String current, String fresh) throws Exception {
        return keep(send("PUT", "/api/v1/auth/password", json("currentPassword", current, "newPassword", fresh)));
    }

    HttpResponse<String> refresh() throws Exception {
        return keep(send("POST", "/api/v1/auth/refresh", ""));
    }

    private HttpResponse<String> keep(HttpResponse<String> response) {
        if (response.statusCode() == 200) {
            csrf = object(response).getString("csrfToken");
        }
        return response;
    }

    HttpResponse<String> get(String path) throws Exception {
        return send("GET", path, "");
    }

    HttpResponse<String> post(String path, String body) throws Exception {
        return send("POST", path, body);
    }

    HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpResponse<String> response =
                client.send(request(method, path, body, headers), HttpResponse.BodyHandlers.ofString());
        for (String cookie : response.headers().allValues("Set-Cookie")) {
            String[] pair = cookie.substring(0, cookie.indexOf(';')).split("=", 2);
            cookies.put(pair[0], pair[1]);
        }
        return response;
    }

    HttpRequest request(String method, String path, String body, String... headers) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            builder.setHeader("Content-Type", "application/json");
        }
        if (!cookies.isEmpty()) {
            builder.setHeader("Cookie", cookieHeader());
        }
        if (!csrf.isEmpty()) {
            builder.setHeader("X-CSRF-Token", csrf);
        }
        for (int i = 0; i < headers.length; i += 2) {
            builder.setHeader(headers[i], headers[i + 1]);
        }
        return builder.build();
    }

    HttpClient client() {
        return client;
    }

    String cookieHeader() {
        StringBuilder text = new StringBuilder();
        cookies.forEach((name, value) ->
                text.append(text.isEmpty() ? "" : "; ").append(name).append('=').append(value));
        return text.toString();
    }

    static JsonObject object(HttpResponse<String> response) {
        return parse(response.body());
    }

    static JsonObject parse(String text) {
        return Json.createReader(new StringReader(text)).readObject();
    }

    static String code(HttpResponse<String> response) {
        return response.statusCode() + " " + object(response).getString("code");
    }

    static String json(String... namesAndValues) {
        var builder = Json.createObjectBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            builder.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return builder.build().toString();
    }
}
