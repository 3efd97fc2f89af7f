package dev.dashboard.cli;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What one launch is about. Text from people appears only as the value of a flag, never as a flag.
 *
 * @param session the dashboard's session; names the threads and marks the processes
 * @param launch random, marks the processes of this launch
 * @param directory where the CLI works; must exist
 * @param model alias or full name; empty for the CLI's default
 * @param permissionMode {@code default, acceptEdits, plan, dontAsk}
 * @param effort {@code low, medium, high, xhigh, max}; empty for the model's default
 * @param allowedRules calls that are not asked about, as rules of the CLI's settings, for instance {@code Bash(npm test:*)}
 * @param directories further folders to work in as in its own
 * @param repository what a trusted repository sets; empty objects for nothing
 */
public record CliOptions(
        String session,
        String launch,
        Path directory,
        Conversation conversation,
        Optional<String> model,
        String permissionMode,
        Optional<String> effort,
        Optional<String> title,
        List<String> allowedRules,
        List<Path> directories,
        Repository repository) {

    public CliOptions {
        allowedRules = List.copyOf(allowedRules);
        directories = List.copyOf(directories);
    }

    /**
     * What a person has trusted of a repository. Handed over by arguments, and not loaded by the CLI from the files: it reads those
     * again while it runs, and would take up whatever stands there then.
     *
     * @param settings {@code hooks}, {@code permissions} with {@code allow, ask, deny}, and {@code env}
     * @param mcpServers by name
     */
    public record Repository(JsonObject settings, JsonObject mcpServers) {
        public static final Repository NONE = new Repository(JsonValue.EMPTY_JSON_OBJECT, JsonValue.EMPTY_JSON_OBJECT);
    }

    /** Which conversation the process is to hold. */
    public sealed interface Conversation {}

    /** A new one with this id. The CLI refuses an id that it has a transcript of. */
    public record Fresh(UUID cliSessionId) implements Conversation {}

    /** One that has a transcript; found by its id alone, wherever it was held. */
    public record Resume(UUID cliSessionId) implements Conversation {}
}
