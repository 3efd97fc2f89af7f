package dev.dashboard.demo;

import static dev.dashboard.demo.Reply.of;
import static dev.dashboard.demo.Reply.text;

import java.util.OptionalInt;

/**
 * Answers with API errors, to see how the CLI and the dashboard take them. Those that the CLI retries end after two attempts,
 * unless the prompt holds the word "always".
 */
final class ApiErrors implements Story {
    private static final int FAILING_ATTEMPTS = 2;

    @Override
    public Reply next(Conversation c) {
        String prompt = c.prompt();
        if (prompt.contains("401")) {
            return new Reply.Failure(401, "authentication_error", "The demo refuses this key.", OptionalInt.empty());
        }
        if (prompt.contains("400")) {
            return new Reply.Failure(
                    400, "invalid_request_error", "The demo calls this request invalid.", OptionalInt.empty());
        }
        if (c.attempt() > FAILING_ATTEMPTS && !prompt.contains("always")) {
            return of(text("The service is back: attempt " + c.attempt() + " went through."));
        }
        if (prompt.contains("500")) {
            return new Reply.Failure(500, "api_error", "The demo pretends to be broken inside.", OptionalInt.empty());
        }
        if (prompt.contains("overloaded") || prompt.contains("529")) {
            return new Reply.Failure(
                    529, "overloaded_error", "The demo pretends to be overloaded.", OptionalInt.empty());
        }
        return new Reply.Failure(
                429, "rate_limit_error", "The demo pretends that its rate limit is reached.", OptionalInt.of(1));
    }
}
