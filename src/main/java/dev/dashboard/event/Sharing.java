package dev.dashboard.event;

import dev.dashboard.problem.Problem;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Who besides its owner and the administrators may come to a session; each may do what the ones before it allow. */
public enum Sharing {
    PRIVATE,
    TEAM_READ,
    TEAM_WRITE;

    private final String wire = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The word in the API, in events and in the configuration. */
    public String wire() {
        return wire;
    }

    /** Problem INVALID {@code sharing-invalid} for any other word. */
    public static Sharing parse(String word) {
        return Arrays.stream(values())
                .filter(sharing -> sharing.wire.equals(word))
                .findFirst()
                .orElseThrow(() -> Problem.invalid(
                        "sharing-invalid",
                        "sharing: one of "
                                + Arrays.stream(values()).map(Sharing::wire).collect(Collectors.joining(", ")) + "."));
    }
}
