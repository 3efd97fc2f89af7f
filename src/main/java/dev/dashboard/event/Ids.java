package dev.dashboard.event;

import dev.dashboard.problem.Problem;
import java.util.UUID;
import java.util.regex.Pattern;

/** Strict reading of ids: {@link UUID#fromString} alone accepts shortened forms, and two spellings of one id are two keys. */
final class Ids {
    private static final Pattern CANONICAL =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private Ids() {}

    static UUID parse(String what, String text) {
        if (text == null || !CANONICAL.matcher(text).matches()) {
            throw Problem.invalid(
                    "invalid-id", "The " + what + " must be a UUID such as 0b6eb9c0-84a8-4c42-8d88-528addfc3b89.");
        }
        return UUID.fromString(text);
    }
}
