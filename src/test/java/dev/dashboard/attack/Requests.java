package dev.dashboard.attack;

import jakarta.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.Yaml;

/**
 * Makes requests, from a seed: some of the form that the OpenAPI document describes, some nearly so, some of none. Whatever is not
 * wrong on purpose is framed rightly, so that the connection can be used again. Of one thread.
 */
final class Requests {
    private static final List<String> STRINGS = List.of(
            "",
            " ",
            "a",
            "null",
            "-1",
            "--help",
            "../../etc/passwd",
            "/",
            "/etc",
            "%00",
            "%2e%2e%2f",
            "\0",
            "\u202e",
            "\ud83d\ude00",
            "\ufeff",
            "'; DROP TABLE events; --",
            "\" OR 1=1",
            "<script>alert(1)</script>",
            "${jndi:ldap://x}",
            "{{7*7}}",
            "a\r\nX-Evil: yes",
            "9".repeat(400),
            "\u00fc".repeat(300),
            "x".repeat(5_000),
            "allow",
            "default",
            "team-read",
            "admin",
            "00000000-0000-4000-8000-000000000000",
            "NaN",
            "1e999999999",
            "\ud800",
            "\\u0000",
            "en_US.UTF-8; ls",
            "$(id)",
            "`id`");
    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY");
    private static final List<String> TYPES = List.of(
            "application/json",
            "application/json; charset=utf-8",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-16",
            "*/*",
            "",
            ";",
            "application/xml");
    private static final List<String> SEGMENTS = List.of(
            "api",
            "v1",
            "sessions",
            "projects",
            "approvals",
            "events",
            "prompts",
            "decision",
            "auth",
            "assets",
            "health",
            "metrics",
            "..",
            ".",
            "%2e%2e",
            "%2f",
            "%5c",
            "%00",
            "%25",
            "%ff",
            "%c0%ae",
            ";a=b",
            "index.html",
            "~",
            "*",
            "@",
            "'",
            "(",
            "%0d%0a",
            "%f0%9f%98%80",
            "-",
            "0",
            "x");
    private static final List<String> HEADERS = List.of(
            "Accept",
            "Accept-Encoding",
            "Authorization",
            "Cookie",
            "Forwarded",
            "If-None-Match",
            "If-Modified-Since",
            "Last-Event-ID",
            "Origin",
            "Range",
            "Referer",
            "Sec-Fetch-Site",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-HTTP-Method-Override",
            "X-CSRF-Token",
            "Expect",
            "Upgrade",
            "Content-Encoding",
            "X-Request-Id",
            "TE",
            "Via",
            "traceparent");

    /** One operation of the document. */
    private record Operation(
            String method, String path, List<Map<String, Object>> parameters, Map<String, Object> schema) {}

    private final Random random;
    private final Map<String, Object> document;
    private final List<Operation> operations = new ArrayList<>();
    private final List<String> ids;
    private final String unsigned;
    private final String signed;

    /**
     * @param ids that exist
     * @param unsigned headers of anybody's request
     * @param signed headers of a request of somebody who is signed in
     */
    Requests(long seed, List<String> ids, String unsigned, String signed) throws IOException {
        this.random = new Random(seed);
        this.ids = ids;
        this.unsigned = unsigned;
        this.signed = signed;
        try (InputStream in = Requests.class.getClassLoader().getResourceAsStream("openapi.yaml")) {
            document = new Yaml().load(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        map(document.get("paths")).forEach((path, item) -> {
            Map<String, Object> shared = map(item);
            List<Map<String, Object>> common = parameters(shared);
            shared.forEach((method, operation) -> {
                if (!method.equals("parameters")) {
                    List<Map<String, Object>> parameters = new ArrayList<>(common);
                    parameters.addAll(parameters(map(operation)));
                    operations.add(new Operation(
                            method.toUpperCase(java.util.Locale.ROOT), path, parameters, schema(map(operation))));
                }
            });
        });
    }

    private List<Map<String, Object>> parameters(Map<String, Object> described) {
        return ((List<?>) described.getOrDefault("parameters", List.of()))
                .stream().map(this::resolved).toList();
    }

    private Map<String, Object> schema(Map<String, Object> operation) {
        Map<String, Object> body = resolved(operation.getOrDefault("requestBody", Map.of()));
        Map<String, Object> content = map(body.getOrDefault("content", Map.of()));
        return content.containsKey("application/json")
                ? map(map(content.get("application/json")).get("schema"))
                : Map.of();
    }

    int operations() {
        return operations.size();
    }

    String next() {
        return switch (random.nextInt(10)) {
            case 0 -> random();
            case 1, 2 -> shaped(0.5);
            case 3, 4, 5 -> shaped(0.15);
            default -> shaped(0.03);
        };
    }

    // ---- of the document's form

    /** @param wrong how likely each part is something else than described */
    private String shaped(double wrong) {
        Operation operation = operations.get(random.nextInt(operations.size()));
        StringBuilder path = new StringBuilder();
        for (String segment : operation.path().substring(1).split("/")) {
            String filled = segment.startsWith("{") ? id(wrong) : segment;
            path.append('/').append(chance(wrong / 4) ? pick(SEGMENTS) : filled);
        }
        List<String> query = new ArrayList<>();
        StringBuilder headers = new StringBuilder();
        for (Map<String, Object> parameter : operation.parameters()) {
            if (chance(0.6)) {
                String value = String.valueOf(value(map(parameter.getOrDefault("schema", Map.of())), wrong, 3));
                String name = String.valueOf(parameter.get("name"));
                if ("query".equals(parameter.get("in"))) {
                    query.add(encoded(name) + "=" + encoded(value));
                } else if ("header".equals(parameter.get("in")) && !name.equals("X-CSRF-Token")) {
                    headers.append(name).append(": ").append(visible(value)).append("\r\n");
                }
            }
        }
        if (chance(wrong)) {
            query.add(encoded(pick(STRINGS)) + "=" + encoded(pick(STRINGS)));
        }
        String target = path + (query.isEmpty() ? "" : "?" + String.join("&", query));
        String method = chance(wrong / 3) ? pick(METHODS) : operation.method();
        // Nobody is signed out, and passwords cost time on purpose: of those only what is refused before.
        boolean signs = !operation.path().startsWith("/api/v1/auth/")
                || operation.method().equals("GET");
        headers.append(signs && !chance(wrong / 3) ? signed : unsigned);
        if (operation.schema().isEmpty() && !chance(wrong)) {
            return request(method, target, headers, "", "");
        }
        String body = signs || wrong > 0.4 ? text(value(operation.schema(), wrong, 4)) : "{}";
        if (!signs && body.contains("\"password\"") && body.contains("\"username\"") && !chance(0.02)) {
            body = body.replace("\"password\"", "\"passwort\"");
        }
        if (chance(wrong / 2)) {
            body = spoiled(body);
        }
        return request(method, target, headers, chance(wrong / 2) ? pick(TYPES) : "application/json", body);
    }

    private String id(double wrong) {
        if (chance(wrong)) {
            return encoded(pick(STRINGS));
        }
        return chance(0.7) && !ids.isEmpty() ? pick(ids) : new UUID(random.nextLong(), random.nextLong()).toString();
    }

    /** Of the schema's form: text of JSON's kinds as Java's, for {@link #text}. */
    private Object value(Map<String, Object> given, double wrong, int levels) {
        if (chance(wrong)) {
            return anything(levels);
        }
        Map<String, Object> schema = resolved(given);
        if (schema.get("oneOf") instanceof List<?> choices) {
            return value(map(choices.get(random.nextInt(choices.size()))), wrong, levels);
        }
        if (schema.get("enum") instanceof List<?> words) {
            return words.get(random.nextInt(words.size()));
        }
        Object type = schema.get("type");
        if (type instanceof List<?> types) {
            type = types.get(random.nextInt(types.size()));
        }
        return switch (String.valueOf(type)) {
            case "object" -> object(schema, wrong, levels);
            case "array" -> {
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0 && levels > 0; i--) {
                    list.add(value(map(schema.getOrDefault("items", Map.of())), wrong, levels - 1));
                }
                yield list;
            }
            case "integer", "number" -> random.nextInt(5) == 0 ? random.nextLong() : random.nextInt(2_000) - 3;
            case "boolean" -> random.nextBoolean();
            case "string" -> "uuid".equals(schema.get("format")) ? plainId() : pick(STRINGS);
            default -> anything(levels);
        };
    }

    private String plainId() {
        return chance(0.7) && !ids.isEmpty() ? pick(ids) : new UUID(random.nextLong(), random.nextLong()).toString();
    }

    private Map<String, Object> object(Map<String, Object> schema, double wrong, int levels) {
        Map<String, Object> object = new LinkedHashMap<>();
        List<?> required = schema.get("required") instanceof List<?> names ? names : List.of();
        map(schema.getOrDefault("properties", Map.of())).forEach((name, member) -> {
            if (required.contains(name) ? !chance(wrong) : chance(0.5)) {
                // Names such as projectId say what the document's string is.
                boolean id = name.endsWith("Id");
                object.put(name, id && !chance(wrong) ? plainId() : value(map(member), wrong, levels - 1));
            }
        });
        if (chance(wrong)) {
            object.put(pick(STRINGS), anything(levels - 1));
        }
        return object;
    }

    // ---- of no form

    private Object anything(int levels) {
        return switch (random.nextInt(levels > 0 ? 10 : 7)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> random.nextLong();
            case 3 -> new Number[] {1e308, -0.0, 1e-300, Long.MIN_VALUE}[random.nextInt(4)];
            case 4, 5, 6 -> pick(STRINGS);
            case 7 -> List.of(pick(STRINGS), random.nextInt());
            case 8 -> Map.of(pick(STRINGS), pick(STRINGS));
            default -> {
                Object deep = "x";
                for (int i = random.nextInt(200); i > 0; i--) {
                    deep = random.nextBoolean() ? List.of(deep) : Map.of("a", deep);
                }
                yield deep;
            }
        };
    }

    private String spoiled(String body) {
        return switch (random.nextInt(8)) {
            case 0 -> body.substring(0, random.nextInt(body.length() + 1));
            case 1 -> body + body;
            case 2 -> "\ufeff" + body;
            case 3 -> body.replace("\"", "'");
            case 4 -> "[".repeat(random.nextInt(20_000));
            case 5 -> "{\"a\":1e" + "9".repeat(random.nextInt(2_000)) + "}";
            case 6 -> body.replaceFirst("\\{", "{\"title\":\"a\",\"title\":\"b\",");
            default -> bytes(random.nextInt(300));
        };
    }

    private String bytes(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append((char) random.nextInt(256));
        }
        return text.toString();
    }

    private String random() {
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(8); i >= 0; i--) {
            path.append('/').append(chance(0.15) ? encoded(bytes(random.nextInt(20))) : pick(SEGMENTS));
        }
        if (path.indexOf("//") == 0) {
            path.deleteCharAt(0);
        }
        if (chance(0.3)) {
            path.append('?').append(encoded(bytes(random.nextInt(50))));
        }
        return request(
                pick(METHODS),
                path.toString(),
                new StringBuilder(chance(0.5) && path.indexOf("auth") < 0 ? signed : unsigned),
                chance(0.5) ? pick(TYPES) : "",
                chance(0.5) ? spoiled("{}") : "");
    }

    // ---- on the wire

    private String request(String method, String target, StringBuilder headers, String type, String body) {
        // The sender writes Latin-1; what has more bytes than characters goes as its UTF-8.
        String sent = new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        StringBuilder request = new StringBuilder(method + " " + target + " HTTP/1.1\r\n").append(headers);
        if (chance(0.05)) {
            request.append(pick(HEADERS))
                    .append(": ")
                    .append(visible(pick(STRINGS)))
                    .append("\r\n");
        }
        if (!type.isEmpty()) {
            request.append("Content-Type: ").append(type).append("\r\n");
        }
        if (body.isEmpty()) {
            return request.append("\r\n").toString();
        }
        if (chance(0.1)) {
            return request + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(sent.length()) + "\r\n" + sent
                    + "\r\n0\r\n\r\n";
        }
        return request + "Content-Length: " + sent.length() + "\r\n\r\n" + sent;
    }

    private static String encoded(String text) {
        return java.net.URLEncoder.encode(text.length() > 600 ? text.substring(0, 600) : text, StandardCharsets.UTF_8)
                .replace("+", "%20");
    }

    private static String visible(String text) {
        return text.replaceAll("[^ -~]", "?").strip();
    }

    private static String text(Object value) {
        return switch (value) {
            case null -> "null";
            case String text -> Json.createValue(text).toString();
            case List<?> list -> list.stream().map(Requests::text).collect(Collectors.joining(",", "[", "]"));
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(entry -> text(String.valueOf(entry.getKey())) + ":" + text(entry.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
            default -> value.toString();
        };
    }

    private boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }

    /** With its references followed. */
    private Map<String, Object> resolved(Object given) {
        Map<String, Object> schema = map(given);
        while (schema.get("$ref") instanceof String reference) {
            Map<String, Object> at = document;
            for (String step : reference.substring(2).split("/")) {
                at = map(at.get(step));
            }
            schema = at;
        }
        return schema;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }
}
