package dev.dashboard.custody;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What came of asking a program for its version. */
public sealed interface Version {

    record Missing(Path program) implements Version {}

    record NotExecutable(Path program) implements Version {}

    /** It ended with this code; the beginning of what it wrote. */
    record Answered(Path program, int code, String output) implements Version {}

    /** It could not be asked, or did not answer in time; the reason is for operators. */
    record Silent(Path program, String reason) implements Version {}

    Path program();

    /** Takes up to ten seconds. */
    static Version of(Path program) throws InterruptedException {
        if (!Files.exists(program)) {
            return new Missing(program);
        }
        if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
            return new NotExecutable(program);
        }
        try {
            return Question.ask(program);
        } catch (IOException e) {
            Question.LOG.log(Level.DEBUG, "version question failed program=" + program, e);
            return new Silent(program, String.valueOf(e.getMessage()));
        }
    }

    /** The asking. */
    final class Question {
        private static final Logger LOG = System.getLogger(Version.class.getName());
        private static final Duration LIMIT = Duration.ofSeconds(10);
        private static final int SHOWN_BYTES = 4 * 1024;

        private Question() {}

        /** The output goes to a file, so that no pipe can hold a thread. */
        private static Version ask(Path program) throws IOException, InterruptedException {
            Path output = Files.createTempFile("cli-version-", ".txt");
            try {
                ProcessBuilder builder = new ProcessBuilder(program.toString(), "--version")
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(
                                Path.of("/dev/null").toFile()))
                        .redirectOutput(output.toFile());
                builder.environment().clear();
                builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
                Process process = builder.start();
                try {
                    return process.waitFor(LIMIT)
                            ? new Answered(program, process.exitValue(), text(output))
                            : new Silent(program, "no answer to --version within " + LIMIT.toSeconds() + " s");
                } finally {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
            } finally {
                Files.deleteIfExists(output);
            }
        }

        private static String text(Path output) throws IOException {
            try (var in = Files.newInputStream(output)) {
                return new String(in.readNBytes(SHOWN_BYTES), StandardCharsets.UTF_8).strip();
            }
        }
    }
}
