package dev.dashboard.cli;

import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** What the CLI pays with. Only the place of a secret is kept here, or how it is made, never the secret. */
public sealed interface Credential {

    /** The CLI starts, and its first turn says that it is not signed in. */
    record None() implements Credential {}

    /**
     * A token of the gateway for this one launch, which is worth nothing elsewhere and nothing after the process's end. The CLI sends it
     * as {@code Authorization: Bearer}; commands that the model runs can read it, and gain by it what the CLI has anyway.
     *
     * @param token from the launch's mark to its token; quick, and safe for any thread
     */
    record Gateway(UnaryOperator<String> token) implements Credential {}

    /**
     * An API key in a file that the CLI's user may read. It goes by {@code apiKeyHelper} (the CLI reads the file itself), so it does
     * not stand in the environment of the commands that the model runs. Those have the CLI's user id all the same, and could read the
     * file: in production another user's container holds it.
     */
    record ApiKeyFile(Path file) implements Credential {}

    /**
     * A subscription token in a file. The CLI takes it from its environment only, so every command that the model runs can read it
     * there: an API key is the safer choice.
     */
    record OAuthTokenFile(Path file) implements Credential {}
}
