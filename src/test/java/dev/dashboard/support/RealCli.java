package dev.dashboard.support;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the real CLI. Tests that need it fail without it; they are never skipped. */
public final class RealCli {
    private static final Path INSTALLED = Path.of(".claude-cli/node_modules/@anthropic-ai");

    private RealCli() {}

    /**
     * The executable named by the system property or environment variable {@code DASHBOARD_TEST_CLI}, else the one that
     * scripts/install-claude-cli.sh put into the checkout.
     */
    public static Path program() {
        return candidates()
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toAbsolutePath)
                .orElseThrow(() -> new AssertionError("This test needs the real Claude CLI. Install it with"
                        + " scripts/install-claude-cli.sh, or name its executable in DASHBOARD_TEST_CLI."));
    }

    private static Stream<Path> candidates() {
        Optional<String> named = Optional.ofNullable(System.getProperty("DASHBOARD_TEST_CLI"))
                .or(() -> Optional.ofNullable(System.getenv("DASHBOARD_TEST_CLI")));
        return named.isPresent()
                ? Stream.of(Path.of(named.get()))
                : List.of("linux-x64", "linux-arm64", "linux-x64-musl", "linux-arm64-musl").stream()
                        .map(platform -> INSTALLED.resolve("claude-code-" + platform + "/claude"));
    }
}
