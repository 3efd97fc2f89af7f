package dev.dashboard.project;

import dev.dashboard.project.RepositoryFiles.Refused;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From the files of a repository to what is shown and to what the CLI is given. Of one thread, for one reading.
 *
 * <p>Nothing is passed through: each member that the CLI gets is one that this class knows, of the type that it must have. The CLI drops
 * all settings of an argument, silently, when a part of it has another shape (seen with 2.1.330), and with them a rule that
 * denies; so what has another shape here refuses the whole. What is known to be something else is left out, and said.
 */
final class SettingsParser {
    private static final JsonReaderFactory READERS = Json.createReaderFactory(
            Map.of(jakarta.json.JsonConfig.KEY_STRATEGY, jakarta.json.JsonConfig.KeyStrategy.NONE));

    /** More cannot be reviewed by anybody. Of hooks, rules, servers and variables together. */
    private static final int MOST_ENTRIES = 500;

    /** Written from the root of the file system, rules become longer; what people allow for a session must have room beside them. */
    private static final int MOST_SETTINGS_BYTES = 96 * 1024;

    private static final Set<String> HOOK_MEMBERS =
            Set.of("type", "command", "timeout", "async", "asyncRewake", "once", "statusMessage", "shell", "if");

    private static final List<String> SHELLS = List.of("bash", "powershell");

    private static final Set<String> LOCAL_SERVER_MEMBERS = Set.of("type", "command", "args", "env");
    private static final Set<String> REMOTE_SERVER_MEMBERS = Set.of("type", "url", "headers");
    private static final Set<String> REMOTE_SERVERS = Set.of("http", "sse", "ws");

    /** Tools whose rules name paths. */
    private static final Set<String> PATH_TOOLS = Set.of(
            "Read", "Edit", "Write", "MultiEdit", "NotebookEdit", "NotebookRead", "Glob", "Grep", "LS", "Update");

    private static final Pattern RULE = Pattern.compile("([^()]+)\\((.*)\\)", Pattern.DOTALL);

    /** In the CLI's patterns these are no plain characters. */
    private static final Pattern PATTERN_CHARACTER = Pattern.compile("[*?\\[\\]{}()!\\\\]");

    /** What the CLI speaks to, pays with, and loads code from, is this server's to say; so are its own switches. */
    private static final Pattern RESERVED_VARIABLE =
            Pattern.compile("(ANTHROPIC|CLAUDE|DASHBOARD|DISABLE|OTEL|LD|DYLD|BUN|SSL)_.*|[A-Z]+_PROXY"
                    + "|NODE_(OPTIONS|PATH|EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED)"
                    + "|PATH|HOME|SHELL|TMPDIR|IFS|BASH_ENV|ENV");

    private static final Map<String, String> NOT_LOADED = Map.of(
            "additionalDirectories", "folders outside the project are for people to allow",
            "defaultMode", "the mode is chosen for each session",
            "disableBypassPermissionsMode", "the mode is chosen for each session");

    private final Path folder;
    private final List<RepositorySettings.Hook> hooks = new ArrayList<>();
    private final Map<String, JsonArrayBuilder> cliHooks = new LinkedHashMap<>();
    private final Map<String, Set<String>> rules = new LinkedHashMap<>();
    private final Map<String, RepositorySettings.Variable> variables = new LinkedHashMap<>();
    private final List<RepositorySettings.McpServer> servers = new ArrayList<>();
    private final JsonObjectBuilder cliServers = Json.createObjectBuilder();
    private final Set<String> disabledServers = new LinkedHashSet<>();
    private final List<RepositorySettings.LeftOut> leftOut = new ArrayList<>();
    private boolean hooksDisabled;
    private int entries;

    private SettingsParser(Path folder) {
        this.folder = folder;
        List.of("allow", "ask", "deny").forEach(kind -> rules.put(kind, new LinkedHashSet<>()));
    }

    /** @param folder the project's; rules that begin at its root are written anew to say so */
    static RepositorySettings parse(Path folder, RepositoryFiles.Found found) throws Refused {
        SettingsParser parser = new SettingsParser(folder);
        for (RepositoryFiles.File file : found.files()) {
            JsonObject json = json(file);
            if (file.path().equals(RepositoryFiles.MCP)) {
                parser.mcp(file.path(), json);
            } else {
                parser.settings(file.path(), json);
            }
        }
        return parser.result(found);
    }

    private static JsonObject json(RepositoryFiles.File file) throws Refused {
        try (JsonReader reader = READERS.createReader(new StringReader(file.text()));
                JsonParser rest = Json.createParser(new StringReader(file.text()))) {
            JsonObject object = reader.readObject();
            rest.next();
            rest.skipObject();
            if (rest.hasNext()) {
                throw new jakarta.json.JsonException("more after the object");
            }
            return object;
        } catch (RuntimeException e) {
            // The parser's limits (nesting, length of numbers) come as plain RuntimeException.
            throw new Refused(file.path() + " is not one JSON object with each name once.");
        }
    }

    private RepositorySettings result(RepositoryFiles.Found found) throws Refused {
        if (hooksDisabled) {
            hooks.forEach(hook -> leave(hook.file(), "hooks." + hook.event(), "disableAllHooks is set"));
            hooks.clear();
            cliHooks.clear();
        }
        JsonObjectBuilder settings = Json.createObjectBuilder();
        if (!cliHooks.isEmpty()) {
            JsonObjectBuilder byEvent = Json.createObjectBuilder();
            cliHooks.forEach(byEvent::add);
            settings.add("hooks", byEvent);
        }
        JsonObjectBuilder permissions = Json.createObjectBuilder();
        for (Map.Entry<String, Set<String>> kind : rules.entrySet()) {
            if (!kind.getValue().isEmpty()) {
                JsonArrayBuilder list = Json.createArrayBuilder();
                for (String rule : kind.getValue()) {
                    list.add(rooted(rule));
                }
                permissions.add(kind.getKey(), list);
            }
        }
        JsonObject given = permissions.build();
        if (!given.isEmpty()) {
            settings.add("permissions", given);
        }
        if (!variables.isEmpty()) {
            JsonObjectBuilder env = Json.createObjectBuilder();
            variables.values().forEach(variable -> env.add(variable.name(), variable.value()));
            settings.add("env", env);
        }
        JsonObject cliSettings = settings.build();
        if (cliSettings.toString().getBytes(StandardCharsets.UTF_8).length > MOST_SETTINGS_BYTES) {
            throw new Refused("The settings are longer than " + MOST_SETTINGS_BYTES / 1024
                    + " KiB when the project’s path stands in their rules. Make them fewer.");
        }
        return new RepositorySettings(
                found.files().stream().map(SettingsParser::shown).toList(),
                fingerprint(found.files()),
                hooks,
                List.copyOf(rules.get("allow")),
                List.copyOf(rules.get("ask")),
                List.copyOf(rules.get("deny")),
                servers,
                List.copyOf(variables.values()),
                leftOut,
                found.others(),
                cliSettings,
                cliServers.build());
    }

    // ---- settings.json and settings.local.json

    private void settings(String file, JsonObject json) throws Refused {
        for (Map.Entry<String, JsonValue> member : json.entrySet()) {
            String name = member.getKey();
            JsonValue value = member.getValue();
            switch (name) {
                case "$schema", "enableAllProjectMcpServers", "enabledMcpjsonServers" -> {
                    // Says nothing to people; and whoever trusts the project has seen its servers.
                }
                case "hooks" -> hooks(file, object(file, name, value));
                case "permissions" -> permissions(file, object(file, name, value));
                case "env" -> environment(file, object(file, name, value));
                case "disableAllHooks" -> hooksDisabled |= flag(file, name, value);
                case "disabledMcpjsonServers" -> disabledServers.addAll(texts(file, name, value));
                default -> leave(file, name, "it is not one of the settings that are taken from a repository");
            }
        }
    }

    private void hooks(String file, JsonObject json) throws Refused {
        for (Map.Entry<String, JsonValue> event : json.entrySet()) {
            String where = "hooks." + event.getKey();
            for (JsonValue each : array(file, where, event.getValue())) {
                group(file, event.getKey(), object(file, where, each));
            }
        }
    }

    private void group(String file, String event, JsonObject group) throws Refused {
        String where = "hooks." + event;
        String matcher = group.containsKey("matcher") ? text(file, where + ".matcher", group.get("matcher")) : "";
        JsonArrayBuilder kept = Json.createArrayBuilder();
        boolean any = false;
        for (JsonValue each : array(file, where + ".hooks", group.getOrDefault("hooks", JsonValue.NULL))) {
            JsonObject hook = object(file, where + ".hooks", each);
            String type = text(file, where + ".hooks.type", hook.getOrDefault("type", JsonValue.NULL));
            Optional<String> unknown = type.equals("command")
                    ? strange(hook, HOOK_MEMBERS)
                            .or(() -> strange(group, Set.of("matcher", "hooks")))
                            .map(name -> "its member " + name + " is not known")
                    : Optional.of("only hooks that are commands are loaded");
            if (unknown.isPresent()) {
                leave(file, where, unknown.get());
                continue;
            }
            String command = text(file, where + ".hooks.command", hook.getOrDefault("command", JsonValue.NULL));
            kept.add(checkedHook(file, where + ".hooks", hook));
            any = true;
            hooks.add(new RepositorySettings.Hook(event, matcher, command, file));
            count(file);
        }
        if (any) {
            cliHooks.computeIfAbsent(event, _ -> Json.createArrayBuilder())
                    .add(Json.createObjectBuilder().add("matcher", matcher).add("hooks", kept));
        }
    }

    private JsonObject checkedHook(String file, String where, JsonObject hook) throws Refused {
        JsonObjectBuilder checked = Json.createObjectBuilder();
        for (Map.Entry<String, JsonValue> member : hook.entrySet()) {
            String name = where + "." + member.getKey();
            JsonValue value = member.getValue();
            switch (member.getKey()) {
                case "timeout" -> {
                    if (!(value instanceof JsonNumber seconds) || seconds.doubleValue() <= 0) {
                        throw wrong(file, name, "a number of seconds above 0");
                    }
                }
                case "async", "asyncRewake", "once" -> flag(file, name, value);
                case "shell" -> {
                    if (!SHELLS.contains(text(file, name, value))) {
                        throw wrong(file, name, "one of " + String.join(", ", SHELLS));
                    }
                }
                default -> text(file, name, value);
            }
            checked.add(
                    member.getKey(),
                    member.getKey().equals("if") ? Json.createValue(rooted(text(file, name, value))) : value);
        }
        return checked.build();
    }

    private void permissions(String file, JsonObject json) throws Refused {
        for (Map.Entry<String, JsonValue> member : json.entrySet()) {
            String name = "permissions." + member.getKey();
            Set<String> kind = rules.get(member.getKey());
            if (kind == null) {
                leave(file, name, NOT_LOADED.getOrDefault(member.getKey(), "it is not known"));
                continue;
            }
            for (String rule : texts(file, name, member.getValue())) {
                if (kind.add(rule)) {
                    count(file);
                }
            }
        }
    }

    /**
     * In a file of the repository, a path that begins with one slash begins at the repository's root. In an argument it does not (seen with
     * 2.1.330), and a rule that denies would deny nothing. So it is written from the root of the file system, with two.
     */
    private String rooted(String rule) throws Refused {
        Matcher parts = RULE.matcher(rule);
        if (!parts.matches()
                || !PATH_TOOLS.contains(parts.group(1).strip())
                || !parts.group(2).startsWith("/")
                || parts.group(2).startsWith("//")) {
            return rule;
        }
        if (PATTERN_CHARACTER.matcher(folder.toString()).find()) {
            throw new Refused(
                    "The rule " + rule + " begins at the project’s root, and the path of this project holds one of"
                            + " * ? [ ] { } ( ) ! \\, which rules cannot name. Write the rule without the leading slash.");
        }
        return parts.group(1) + "(/" + folder + parts.group(2) + ")";
    }

    private void environment(String file, JsonObject json) throws Refused {
        for (Map.Entry<String, JsonValue> member : json.entrySet()) {
            String name = member.getKey();
            String value = member.getValue() instanceof JsonNumber number
                    ? number.toString()
                    : text(file, "env." + name, member.getValue());
            if (RESERVED_VARIABLE.matcher(name.toUpperCase(Locale.ROOT)).matches()) {
                leave(file, "env." + name, "this variable is the server’s to set");
                continue;
            }
            if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0 || value.indexOf('\0') >= 0) {
                throw wrong(file, "env." + name, "a variable’s name and text");
            }
            // As with the CLI, what the local file says wins; it is read last.
            variables.put(name, new RepositorySettings.Variable(name, value, file));
            count(file);
        }
    }

    // ---- .mcp.json

    private void mcp(String file, JsonObject json) throws Refused {
        for (Map.Entry<String, JsonValue> member : json.entrySet()) {
            if (!member.getKey().equals("mcpServers")) {
                leave(file, member.getKey(), "it is not known");
                continue;
            }
            for (Map.Entry<String, JsonValue> server :
                    object(file, "mcpServers", member.getValue()).entrySet()) {
                server(file, server.getKey(), object(file, "mcpServers." + server.getKey(), server.getValue()));
            }
        }
    }

    private void server(String file, String name, JsonObject server) throws Refused {
        String where = "mcpServers." + name;
        String type = server.containsKey("type") ? text(file, where + ".type", server.get("type")) : "stdio";
        boolean local = type.equals("stdio");
        Optional<String> obstacle = disabledServers.contains(name)
                ? Optional.of("disabledMcpjsonServers names it")
                : !local && !REMOTE_SERVERS.contains(type)
                        ? Optional.of("servers of the type " + type + " are not loaded")
                        : strange(server, local ? LOCAL_SERVER_MEMBERS : REMOTE_SERVER_MEMBERS)
                                .map(member -> "its member " + member + " is not known");
        if (obstacle.isPresent()) {
            leave(file, where, obstacle.get());
            return;
        }
        List<String> commandLine = new ArrayList<>();
        String url = "";
        List<String> names = List.of();
        if (local) {
            commandLine.add(text(file, where + ".command", server.getOrDefault("command", JsonValue.NULL)));
            commandLine.addAll(texts(file, where + ".args", server.getOrDefault("args", JsonValue.EMPTY_JSON_ARRAY)));
            names = names(file, where + ".env", server.getOrDefault("env", JsonValue.EMPTY_JSON_OBJECT));
        } else {
            url = text(file, where + ".url", server.getOrDefault("url", JsonValue.NULL));
            names = names(file, where + ".headers", server.getOrDefault("headers", JsonValue.EMPTY_JSON_OBJECT));
        }
        cliServers.add(name, server);
        servers.add(new RepositorySettings.McpServer(name, commandLine, url, names));
        count(file);
    }

    private static List<String> names(String file, String where, JsonValue value) throws Refused {
        JsonObject texts = object(file, where, value);
        for (Map.Entry<String, JsonValue> member : texts.entrySet()) {
            text(file, where + "." + member.getKey(), member.getValue());
        }
        return List.copyOf(texts.keySet());
    }

    // ---- types

    private void leave(String file, String name, String why) {
        leftOut.add(new RepositorySettings.LeftOut(file, name, why));
    }

    private void count(String file) throws Refused {
        entries++;
        if (entries > MOST_ENTRIES) {
            throw new Refused("With " + file + " there are more than " + MOST_ENTRIES
                    + " hooks, rules, servers and variables. Make them fewer.");
        }
    }

    private static Optional<String> strange(JsonObject json, Set<String> known) {
        return json.keySet().stream().filter(name -> !known.contains(name)).findFirst();
    }

    private static JsonObject object(String file, String name, JsonValue value) throws Refused {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw wrong(file, name, "an object");
    }

    private static JsonArray array(String file, String name, JsonValue value) throws Refused {
        if (value instanceof JsonArray array) {
            return array;
        }
        throw wrong(file, name, "a list");
    }

    private static List<String> texts(String file, String name, JsonValue value) throws Refused {
        List<String> texts = new ArrayList<>();
        for (JsonValue each : array(file, name, value)) {
            texts.add(text(file, name, each));
        }
        return texts;
    }

    /** An argument cannot hold half of a character, and a command no NUL. */
    private static String text(String file, String name, JsonValue value) throws Refused {
        if (value instanceof JsonString string) {
            String text = string.getString();
            if (text.indexOf('\0') < 0
                    && text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                return text;
            }
        }
        throw wrong(file, name, "a text");
    }

    private static boolean flag(String file, String name, JsonValue value) throws Refused {
        if (value == JsonValue.TRUE || value == JsonValue.FALSE) {
            return value == JsonValue.TRUE;
        }
        throw wrong(file, name, "true or false");
    }

    private static Refused wrong(String file, String name, String wanted) {
        return new Refused(file + ": " + name + " must be " + wanted + ".");
    }

    // ---- digests

    private static RepositorySettings.File shown(RepositoryFiles.File file) {
        return new RepositorySettings.File(
                file.path(), file.bytes().length, HexFormat.of().formatHex(sha256().digest(file.bytes())), file.text());
    }

    /** Names and lengths stand before the contents, so that nothing can move from one file to another unseen. */
    private static String fingerprint(List<RepositoryFiles.File> files) {
        MessageDigest digest = sha256();
        for (RepositoryFiles.File file : files) {
            digest.update((file.path() + '\0' + file.bytes().length + '\0').getBytes(StandardCharsets.UTF_8));
            digest.update(file.bytes());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
