package dev.dashboard.observe;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Looks through what a server logged for what no log may hold: secrets by their shape, secrets and words that are known, addresses as
 * they were sent; and for lines that are no JSON object. What it finds is told by its place and kind, without repeating it.
 */
final class LogScan {
    /** Known values are looked up by so many first characters. */
    private static final int KEY = 8;

    /** What the program says to people and scripts, before and beside its log. */
    private static final Pattern ANNOUNCEMENT = Pattern.compile("(Dashboard ready: http://127\\.0\\.0\\.1:\\d+"
            + "|Runner ready: /\\S+"
            + "|First sign-in: the administrator is called admin\\."
            + "|The one-time password lies in /\\S+ and must be changed at the first sign-in\\.)");

    private static final Set<String> LEVELS = Set.of("ERROR", "WARN", "INFO", "DEBUG");

    private static final Map<String, Pattern> SHAPES = Map.of(
            "a JWT", Pattern.compile("eyJ[A-Za-z0-9_-]{8,}\\."),
            "an API token", Pattern.compile("\\bccd_[A-Za-z0-9_-]{8,}"),
            "a key of the model", Pattern.compile("\\bsk-ant-[A-Za-z0-9_-]{4,}"),
            "a launch's token", Pattern.compile("[0-9a-f]{8}-[0-9a-f-]{27}\\.[A-Za-z0-9_-]{43}\\b"),
            "a private key", Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY"),
            "a header with a credential",
                    Pattern.compile("(?i)\\b(authorization|x-api-key|x-csrf-token|(set-)?cookie)\\b[\"']?\\s*[:=]"),
            "a bearer token", Pattern.compile("(?i)\\bbearer\\s+[A-Za-z0-9._~+/=-]{8,}"),
            "a cookie", Pattern.compile("dashboard_(access|refresh|signed_in)="));

    private static final Pattern SENT_ADDRESS = Pattern.compile("\\?|[0-9a-f]{8}-[0-9a-f]{4}-");

    private record Known(String kind, String value) {}

    private final Map<String, List<Known>> known = new HashMap<>();

    /** @param value at least eight characters */
    void secret(String value) {
        know("a secret that a test knows", value);
    }

    /** @param value at least eight characters */
    void words(String value) {
        know("words of a person or of the model", value);
    }

    private void know(String kind, String value) {
        known.computeIfAbsent(value.substring(0, KEY), _ -> new ArrayList<>()).add(new Known(kind, value));
    }

    /**
     * What is wrong with the lines of a server's stdout.
     *
     * @param name for the places
     */
    List<String> findings(String name, List<String> lines) {
        List<String> findings = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String place = name + ":" + (i + 1) + ": ";
            String line = lines.get(i);
            if (!ANNOUNCEMENT.matcher(line).matches()) {
                Optional<JsonObject> object = object(line);
                if (object.isPresent()) {
                    members(object.get()).forEach(fault -> findings.add(place + fault));
                } else if (i < lines.size() - 1 || !line.startsWith("{\"time\":")) {
                    // Of a server that was killed the last line may be half of one.
                    findings.add(place + "no JSON object");
                }
            }
            held(line).forEach(kind -> findings.add(place + kind));
        }
        // One place may hold several known values that have the same beginning.
        return findings.stream().distinct().toList();
    }

    /** The same of what is no log, stderr for instance: its form is free. */
    List<String> findingsOfText(String name, List<String> lines) {
        List<String> findings = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String place = name + ":" + (i + 1) + ": ";
            held(lines.get(i)).forEach(kind -> findings.add(place + kind));
        }
        // One place may hold several known values that have the same beginning.
        return findings.stream().distinct().toList();
    }

    private List<String> members(JsonObject line) {
        List<String> faults = new ArrayList<>();
        if (!line.keySet().containsAll(Set.of("time", "level", "logger", "thread", "message"))) {
            faults.add("a member is missing");
        } else if (!LEVELS.contains(line.getString("level"))) {
            faults.add("a level that is none");
        }
        if (SENT_ADDRESS.matcher(line.getString("route", "")).find()) {
            faults.add("an address as it was sent");
        }
        // As they are, and not as JSON writes them: a quote or a backslash would hide the words around it.
        line.values().forEach(value -> {
            if (value instanceof JsonString text) {
                faults.addAll(knownIn(text.getString()));
            }
        });
        return faults;
    }

    private List<String> held(String line) {
        List<String> kinds = new ArrayList<>(knownIn(line));
        SHAPES.forEach((kind, shape) -> {
            if (shape.matcher(line).find()) {
                kinds.add(kind);
            }
        });
        return kinds;
    }

    private List<String> knownIn(String text) {
        List<String> kinds = new ArrayList<>();
        for (int i = 0; i + KEY <= text.length(); i++) {
            for (Known one : known.getOrDefault(text.substring(i, i + KEY), List.of())) {
                if (text.startsWith(one.value(), i)) {
                    kinds.add(one.kind());
                }
            }
        }
        return kinds;
    }

    private static Optional<JsonObject> object(String line) {
        try (JsonParser parser = Json.createParser(new StringReader(line))) {
            parser.next();
            JsonObject object = parser.getObject();
            // A reader would stop at the object's end, whatever comes after it.
            return parser.hasNext() ? Optional.empty() : Optional.of(object);
        } catch (JsonException | IllegalStateException | NoSuchElementException e) {
            // That it is none is what was to be found out.
            return Optional.empty();
        }
    }
}
