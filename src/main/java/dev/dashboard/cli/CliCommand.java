package dev.dashboard.cli;

import dev.dashboard.custody.Command;
import dev.dashboard.problem.Problem;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The command line and the environment of a launch. */
public final class CliCommand {
    /** Linux takes 128 KiB in one argument, with the zero at its end. */
    private static final int MOST_ARGUMENT_BYTES = 128 * 1024 - 1;

    private CliCommand() {}

    /**
     * The command for a session of ours.
     *
     * @throws Problem UNAVAILABLE {@code credential-unreadable} when a token's file cannot be read
     */
    public static Command of(CliHost host, CliOptions options) {
        return new Command(host.program(), arguments(host, options), environment(host, options), options.directory());
    }

    /** A value that may come from a person stands behind {@code =}, so that one that begins with a dash stays a value. */
    private static List<String> arguments(CliHost host, CliOptions options) {
        List<String> arguments = new ArrayList<>(List.of(
                "--print",
                "--input-format=stream-json",
                "--output-format=stream-json",
                "--verbose",
                "--include-partial-messages",
                "--replay-user-messages",
                "--permission-prompt-tool=stdio",
                "--strict-mcp-config",
                "--await-initialize"));
        arguments.add("--setting-sources=" + String.join(",", host.settingSources()));
        arguments.add("--permission-mode=" + options.permissionMode());
        arguments.add(
                switch (options.conversation()) {
                    case CliOptions.Fresh(var id) -> "--session-id=" + id;
                    case CliOptions.Resume(var id) -> "--resume=" + id;
                });
        options.model().ifPresent(model -> arguments.add("--model=" + model));
        options.effort().ifPresent(effort -> arguments.add("--effort=" + effort));
        options.title().ifPresent(title -> arguments.add("--name=" + printable(title)));
        JsonObject settings = settings(host, options);
        if (!settings.isEmpty()) {
            arguments.add(checked("--settings=" + settings));
        }
        JsonObject servers = options.repository().mcpServers();
        if (!servers.isEmpty()) {
            arguments.add(checked("--mcp-config="
                    + Json.createObjectBuilder().add("mcpServers", servers).build()));
        }
        return arguments;
    }

    /** An argument cannot hold NUL, and a title has no use for line breaks. */
    private static String printable(String title) {
        return title.replaceAll("\\p{Cntrl}", " ");
    }

    private static String checked(String argument) {
        if (argument.getBytes(StandardCharsets.UTF_8).length > MOST_ARGUMENT_BYTES) {
            throw Problem.conflict(
                    "settings-too-long",
                    "The project’s settings and what is remembered for this session are together longer than the system"
                            + " takes. Start a new session, or make the project’s settings shorter.");
        }
        return argument;
    }

    /** Not by {@code initialize}: its {@code settings} and this flag exclude each other. */
    private static JsonObject settings(CliHost host, CliOptions options) {
        JsonObject repository = options.repository().settings();
        JsonObjectBuilder settings = Json.createObjectBuilder(repository);
        if (host.credential() instanceof Credential.ApiKeyFile(Path file)) {
            settings.add("apiKeyHelper", keyHelper(file));
        }
        JsonObject trusted = repository
                .getOrDefault("permissions", JsonValue.EMPTY_JSON_OBJECT)
                .asJsonObject();
        JsonObjectBuilder permissions = Json.createObjectBuilder(trusted);
        if (!options.allowedRules().isEmpty()) {
            permissions.add(
                    "allow",
                    Json.createArrayBuilder(options.allowedRules())
                            .addAll(Json.createArrayBuilder(trusted.getOrDefault("allow", JsonValue.EMPTY_JSON_ARRAY)
                                    .asJsonArray())));
        }
        if (!options.directories().isEmpty()) {
            permissions.add(
                    "additionalDirectories",
                    Json.createArrayBuilder(
                            options.directories().stream().map(Path::toString).toList()));
        }
        JsonObject given = permissions.build();
        return (given.isEmpty() ? settings : settings.add("permissions", given)).build();
    }

    /** The CLI runs the value by a shell: the path is quoted for it. */
    private static String keyHelper(Path file) {
        return "cat '" + file.toAbsolutePath().toString().replace("'", "'\\''") + "'";
    }

    private static Map<String, String> environment(CliHost host, CliOptions options) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "HOME", host.home().toString(),
                "PATH", host.path(),
                "LANG", "C.UTF-8",
                "TERM", "dumb",
                "TMPDIR", host.temporaryDirectory().toString(),
                "CLAUDE_CODE_TMPDIR", host.temporaryDirectory().toString(),
                "CLAUDE_CONFIG_DIR", host.configDirectory().toString(),
                "CLAUDE_CODE_ENTRYPOINT", "sdk-dashboard",
                "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS", "1"));
        for (String quiet : List.of(
                "DISABLE_TELEMETRY",
                "DISABLE_AUTOUPDATER",
                "DISABLE_ERROR_REPORTING",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC")) {
            environment.put(quiet, "1");
        }
        host.baseUrl().ifPresent(url -> environment.put("ANTHROPIC_BASE_URL", url));
        if (host.credential() instanceof Credential.OAuthTokenFile(Path file)) {
            environment.put("CLAUDE_CODE_OAUTH_TOKEN", secret(file));
        }
        if (host.credential() instanceof Credential.Gateway(var token)) {
            environment.put("ANTHROPIC_AUTH_TOKEN", token.apply(options.launch()));
        }
        environment.putAll(host.more());
        environment.put(Command.SESSION_MARK, options.session());
        environment.put(Command.LAUNCH_MARK, options.launch());
        environment.put(Command.INSTANCE_MARK, host.instance());
        return environment;
    }

    private static String secret(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "credential-unreadable",
                            "The file " + file
                                    + " with the CLI's token cannot be read. Check that it exists and that the"
                                    + " server's user may read it.")
                    .causedBy(e);
        }
    }
}
