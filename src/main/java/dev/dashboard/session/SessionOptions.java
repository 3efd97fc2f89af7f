package dev.dashboard.session;

import dev.dashboard.event.Sharing;
import dev.dashboard.problem.Problem;
import java.util.List;
import java.util.Optional;

/**
 * A person's choices for a session. Checked here, so that a bad value cannot exist.
 *
 * @param model an alias or id, as the CLI takes it; empty for the account's default
 * @param permissionMode {@code default} (ask first), {@code acceptEdits}, or {@code plan}
 * @param sharing who else may come to it
 */
public record SessionOptions(
        Optional<String> title,
        Optional<String> model,
        String permissionMode,
        Optional<String> effort,
        Sharing sharing) {
    public static final int MAX_TITLE = 200;
    private static final int TITLE_FROM_PROMPT = 80;
    private static final int MAX_MODEL = 100;
    public static final List<String> PERMISSION_MODES = List.of("default", "acceptEdits", "plan");
    public static final List<String> EFFORTS = List.of("low", "medium", "high", "xhigh", "max");

    public SessionOptions {
        title = title.map(SessionOptions::checkedTitle).filter(t -> !t.isEmpty());
        // A model name becomes a value of an argument. It must not be able to look like a flag, or to hide something.
        model.filter(m -> m.length() > MAX_MODEL || !m.matches("[A-Za-z0-9][A-Za-z0-9._:/@\\[\\]-]*"))
                .ifPresent(_ -> {
                    throw Problem.invalid(
                            "model-invalid",
                            "model: letters, digits and . _ : / @ [ ] -, at most " + MAX_MODEL + " characters.");
                });
        if (!PERMISSION_MODES.contains(permissionMode)) {
            throw Problem.invalid(
                    "permission-mode-invalid", "permissionMode: one of " + String.join(", ", PERMISSION_MODES) + ".");
        }
        effort.filter(e -> !EFFORTS.contains(e)).ifPresent(_ -> {
            throw Problem.invalid("effort-invalid", "effort: one of " + String.join(", ", EFFORTS) + ".");
        });
    }

    /** A title without outer blanks; may be empty. */
    static String checkedTitle(String title) {
        String stripped = title.strip();
        if (stripped.length() > MAX_TITLE || stripped.chars().anyMatch(Character::isISOControl)) {
            throw Problem.invalid("title-invalid", "title: at most " + MAX_TITLE + " characters on one line.");
        }
        return stripped;
    }

    /** What a session is called after its first prompt. */
    static String titleFrom(String prompt) {
        String line = prompt.strip().lines().findFirst().orElse("").strip().replaceAll("\\p{Cntrl}", " ");
        if (line.length() <= TITLE_FROM_PROMPT) {
            return line;
        }
        int end = TITLE_FROM_PROMPT - 1;
        // Half of a character outside the basic plane is none.
        return line.substring(0, Character.isHighSurrogate(line.charAt(end - 1)) ? end - 1 : end)
                        .strip() + "…";
    }
}
