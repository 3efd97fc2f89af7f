package dev.dashboard.session;

import dev.dashboard.event.Event.TurnError;
import dev.dashboard.problem.Problem;
import java.util.Locale;
import java.util.Optional;

/**
 * Says in words what went wrong, what it means and what to do. Pure.
 *
 * <p>The classes of error are the CLI's, as seen with 2.1.330; the words are ours.
 */
final class FailureWords {
    private FailureWords() {}

    /** Code, sentence and remedy for people. */
    record Words(String code, String message, String remedy) {}

    /**
     * @param errorClass the CLI's class of the error, for instance {@code authentication_failed}, or empty
     * @param text what the CLI shows people
     */
    static TurnError turn(String reason, String errorClass, Optional<Integer> status, String text) {
        Words words = turnWords(reason, errorClass, status.orElse(0), text);
        return new TurnError(words.code(), words.message(), words.remedy(), status);
    }

    private static Words turnWords(String reason, String errorClass, int status, String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (reason.equals("max_turns")) {
            return new Words(
                    "turn-limit", "The limit of rounds for one turn is reached.", "Send another prompt to go on.");
        }
        if (reason.equals("budget_exhausted")) {
            return new Words(
                    "budget-reached",
                    "The money limit of this session is reached.",
                    "Start a new session, or start this one again with a higher limit.");
        }
        if (reason.equals("prompt_too_long") || lower.contains("prompt is too long")) {
            return new Words(
                    "context-full",
                    "The conversation no longer fits into the model's context window.",
                    "Send /compact to shorten it, or start a new session.");
        }
        // Before the words: with a gateway's token the CLI then asks people to sign in, which would not help.
        if (status == 401) {
            return refused();
        }
        if (lower.contains("not logged in") || lower.contains("/login")) {
            return new Words(
                    "model-not-signed-in",
                    "The CLI has no credential for the model. This turn did not run.",
                    "An administrator can provide the secret anthropic_api_key; then send the prompt again.");
        }
        if (errorClass.equals("billing_error") || lower.contains("credit balance")) {
            return new Words(
                    "model-credit",
                    "The account's credit is used up. This turn did not run.",
                    "Add credit to the account of the API key, then send the prompt again.");
        }
        // Before the class: the CLI calls a 403 "authentication_failed" too.
        if (status == 403) {
            return new Words(
                    "model-forbidden",
                    "The credential is not allowed to use this model. This turn did not run.",
                    "Choose another model, or use a credential that may use it.");
        }
        if (errorClass.equals("authentication_failed")) {
            return refused();
        }
        if (errorClass.equals("model_not_found") || status == 404) {
            return new Words(
                    "model-unknown",
                    "The model service does not know this model.",
                    "Start a session with another model.");
        }
        if (status == 413) {
            return new Words(
                    "request-too-large",
                    "The request is too large for the model service.",
                    "Send a shorter prompt, or /compact first.");
        }
        if (errorClass.equals("rate_limit") || status == 429) {
            return new Words(
                    "model-rate-limited",
                    "The model service refused more requests for now (429), also after trying again.",
                    "Nothing is lost. Wait a minute, then send the prompt again.");
        }
        if (errorClass.equals("overloaded") || status == 529) {
            return new Words(
                    "model-overloaded",
                    "The model service is overloaded (529), also after trying again.",
                    "Nothing is lost. Wait a minute, then send the prompt again.");
        }
        // Said by the gateway, ours or another, that did not reach the service behind it.
        if (status == 502) {
            return unreachable();
        }
        if (status >= 500) {
            return new Words(
                    "model-unavailable",
                    "The model service failed (" + status + "), also after trying again.",
                    "Nothing is lost. Send the prompt again in a moment.");
        }
        if (reason.equals("api_error") && status == 0) {
            return unreachable();
        }
        return new Words(
                "turn-failed", text.isBlank() ? "The turn failed." : text, "Send the prompt again, or change it.");
    }

    private static Words refused() {
        return new Words(
                "model-auth",
                "The model refused the credential. This turn did not run.",
                "The key is revoked or mistyped. An administrator can replace the secret anthropic_api_key; then send the prompt again.");
    }

    private static Words unreachable() {
        return new Words(
                "model-unreachable",
                "The model service could not be reached.",
                "Check the network and model.base-url, then send the prompt again.");
    }

    /** Why a process ended unasked. */
    static Words exit(boolean wasReady, Optional<Integer> code, String stderr) {
        if (stderr.contains("No conversation found")) {
            return new Words(
                    "conversation-missing",
                    "The CLI no longer has this conversation.",
                    "Its transcript was removed from the CLI's folder. Start a new session; what you see here stays.");
        }
        if (stderr.contains("already in use")) {
            return new Words(
                    "conversation-in-use",
                    "The CLI refused the conversation's id: it is in use.",
                    "Stop the other process, then resume.");
        }
        String how = code.map(c -> c > 128 ? "was ended by signal " + (c - 128) : "ended by itself with code " + c)
                .orElse("ended by itself");
        if (!wasReady) {
            return new Words(
                    "cli-start-failed",
                    "The Claude CLI " + how + " before it was ready.",
                    "What it said last is below. Check cli.path and that it is the pinned version, then resume.");
        }
        return new Words(
                "cli-died",
                "The Claude CLI " + how + ".",
                "Resume to go on. A prompt that was cut can be run again; what it had done stays done.");
    }

    /** The process could not be started at all; the problem already says what is missing and how to get it. */
    static Words launch(Problem problem) {
        return new Words(problem.code(), problem.getMessage(), "Then resume the session; nothing in it is lost.");
    }

    static Words initializeTimeout(long seconds) {
        return new Words(
                "cli-not-answering",
                "The Claude CLI did not answer within " + seconds + " s of its start.",
                "Check that cli.path is the Claude CLI and that the machine is not overloaded, then resume.");
    }
}
