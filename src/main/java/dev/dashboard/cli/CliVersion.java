package dev.dashboard.cli;

import dev.dashboard.custody.Version;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which CLI is there. Another version than the pinned one is accepted, and said so. */
public final class CliVersion {
    /** The version that the protocol was observed with, and that scripts/install-claude-cli.sh installs. */
    public static final String PINNED = "2.1.330";

    private static final Pattern VERSION = Pattern.compile("^(\\d+\\.\\d+\\.\\d+\\S*)");

    private CliVersion() {}

    public sealed interface Finding {}

    public record Found(String version) implements Finding {
        public boolean pinned() {
            return version.equals(PINNED);
        }
    }

    public record Missing(Path program) implements Finding {}

    public record NotExecutable(Path program) implements Finding {}

    /** It runs, but not as the CLI does; the output (or the reason) is for operators. */
    public record Broken(Path program, String output) implements Finding {}

    public static Finding judge(Version answer) {
        return switch (answer) {
            case Version.Missing(var program) -> new Missing(program);
            case Version.NotExecutable(var program) -> new NotExecutable(program);
            case Version.Silent(var program, var reason) -> new Broken(program, reason);
            case Version.Answered(var program, var code, var output) -> judge(program, code, output);
        };
    }

    private static Finding judge(Path program, int code, String output) {
        Matcher version = VERSION.matcher(output);
        return code == 0 && version.find()
                ? new Found(version.group(1))
                : new Broken(program, "exit code " + code + ": " + output);
    }
}
