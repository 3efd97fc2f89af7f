package dev.dashboard.cli;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which CLI is there. Another version than the pinned one is accepted, and said so. */
public final class CliVersion {
    /** The version that the protocol was observed with, and that scripts/install-claude-cli.sh installs. */
    public static final String PINNED = "2.1.330";

    private static final Logger LOG = System.getLogger(CliVersion.class.getName());
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int SHOWN_BYTES = 4 * 1024;
    private static final Pattern VERSION = Pattern.compile("^(\\d+\\.\\d+\\.\\d+\\S*)");

    private CliVersion() {}

    public sealed interface Probe {}

    public record Found(String version) implements Probe {
        public boolean pinned() {
            return version.equals(PINNED);
        }
    }

    public record Missing(Path program) implements Probe {}

    public record NotExecutable(Path program) implements Probe {}

    /** It runs, but not as the CLI does; the output (or the reason) is for operators. */
    public record Broken(String output) implements Probe {}

    /** Asks the program for its version; takes up to ten seconds. */
    public static Probe probe(Path program) throws InterruptedException {
        if (!Files.exists(program)) {
            return new Missing(program);
        }
        if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
            return new NotExecutable(program);
        }
        try {
            return ask(program);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "version probe failed program=" + program, e);
            return new Broken(String.valueOf(e.getMessage()));
        }
    }

    /** The output goes to a file, so that no pipe can hold a thread. */
    private static Probe ask(Path program) throws IOException, InterruptedException {
        Path output = Files.createTempFile("cli-version-", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(program.toString(), "--version")
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile());
            builder.environment().clear();
            builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
            Process process = builder.start();
            if (!process.waitFor(LIMIT)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                return new Broken("no answer to --version within " + LIMIT.toSeconds() + " s");
            }
            return judge(process.exitValue(), text(output));
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static Probe judge(int code, String output) {
        Matcher version = VERSION.matcher(output);
        return code == 0 && version.find()
                ? new Found(version.group(1))
                : new Broken("exit code " + code + ": " + output);
    }

    private static String text(Path output) throws IOException {
        try (var in = Files.newInputStream(output)) {
            return new String(in.readNBytes(SHOWN_BYTES), StandardCharsets.UTF_8).strip();
        }
    }
}
