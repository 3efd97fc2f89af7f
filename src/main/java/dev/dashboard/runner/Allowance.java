package dev.dashboard.runner;

import dev.dashboard.custody.Command;
import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What a runner starts: its own CLI and no other program, in its own projects, with the flags and variables that a dashboard has a use
 * for. The places of this machine (HOME, PATH and so on) are the runner's own, whatever it is told. Pure but for the look at the folder.
 */
record Allowance(Path program, List<Path> roots, Map<String, String> own) {
    private static final int MAX_ARGUMENTS = 100;
    /** Linux takes no longer one (MAX_ARG_STRLEN). */
    private static final int LONGEST_ARGUMENT = 128 * 1024 - 1;

    /** A variable's value has no use for more. */
    private static final int LONGEST_VALUE = 16 * 1024;

    private static final Set<String> FLAGS = Set.of(
            "--print",
            "--input-format",
            "--output-format",
            "--verbose",
            "--include-partial-messages",
            "--replay-user-messages",
            "--permission-prompt-tool",
            "--strict-mcp-config",
            "--await-initialize",
            "--setting-sources",
            "--permission-mode",
            "--session-id",
            "--resume",
            "--model",
            "--effort",
            "--name",
            "--settings",
            "--mcp-config");

    private static final Set<String> VARIABLES = Set.of(
            "LANG",
            "TERM",
            "ANTHROPIC_BASE_URL",
            "ANTHROPIC_AUTH_TOKEN",
            "DISABLE_TELEMETRY",
            "DISABLE_AUTOUPDATER",
            "DISABLE_ERROR_REPORTING",
            "CLAUDE_CODE_OAUTH_TOKEN",
            "CLAUDE_CODE_ENTRYPOINT",
            "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
            "CLAUDE_CODE_MAX_RETRIES",
            "CLAUDE_CODE_ENABLE_TODO_TOOLS",
            Command.SESSION_MARK,
            Command.LAUNCH_MARK,
            Command.INSTANCE_MARK);

    Allowance {
        roots = List.copyOf(roots);
        own = Map.copyOf(own);
    }

    /**
     * The command as it is started here.
     *
     * @throws Problem FORBIDDEN {@code runner-refused}, naming what is not allowed
     */
    Command checked(Command asked) {
        checkLaunch(asked.launch());
        checkArguments(asked.arguments());
        checkDirectory(asked.directory());
        Map<String, String> environment = new HashMap<>();
        asked.environment().forEach((name, value) -> {
            if (own.containsKey(name)) {
                return;
            }
            if (!VARIABLES.contains(name)) {
                throw refused("the variable " + name + " is not one that it passes on");
            }
            if (value.getBytes(StandardCharsets.UTF_8).length > LONGEST_VALUE || value.indexOf('\0') >= 0) {
                throw refused("the variable " + name + " has more than " + LONGEST_VALUE + " bytes, or a NUL");
            }
            environment.put(name, value);
        });
        environment.putAll(own);
        return new Command(program, asked.arguments(), environment, asked.directory());
    }

    private static void checkLaunch(String launch) {
        if (!isLaunch(launch)) {
            throw refused("the launch's mark is no UUID");
        }
    }

    /** A mark of a launch names a folder, so it has one form only. */
    static boolean isLaunch(String mark) {
        try {
            return UUID.fromString(mark).toString().equals(mark);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static void checkArguments(List<String> arguments) {
        if (arguments.size() > MAX_ARGUMENTS) {
            throw refused("more than " + MAX_ARGUMENTS + " arguments");
        }
        for (String argument : arguments) {
            String flag = argument.contains("=") ? argument.substring(0, argument.indexOf('=')) : argument;
            if (!FLAGS.contains(flag)) {
                throw refused("an argument that is not one of "
                        + FLAGS.stream().sorted().toList());
            }
            if (argument.getBytes(StandardCharsets.UTF_8).length > LONGEST_ARGUMENT || argument.indexOf('\0') >= 0) {
                throw refused("the argument " + flag + " has more than " + LONGEST_ARGUMENT + " bytes, or a NUL");
            }
        }
    }

    /** The real path, by its elements; what stands there when the process begins is looked at once more after its start. */
    private void checkDirectory(Path directory) {
        Optional<Path> real;
        try {
            real = Optional.of(directory.toRealPath());
        } catch (IOException e) {
            return; // it is not there, and the start says so
        }
        if (!real.get().equals(directory) || roots.stream().noneMatch(real.get()::startsWith)) {
            throw refused("the folder " + directory + " is not a real path within the runner's projects " + roots);
        }
    }

    private static Problem refused(String what) {
        return new Problem(
                Problem.Kind.FORBIDDEN,
                "runner-refused",
                "The runner does not start this: " + what
                        + ". Check that server and runner are of the same release, and" + " projects.roots of both.");
    }
}
