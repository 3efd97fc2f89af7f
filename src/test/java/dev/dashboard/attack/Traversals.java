package dev.dashboard.attack;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Ways to write a path that leads out of a folder, or that somebody might read so. */
final class Traversals {
    private static final List<String> UPS = List.of(
            "..",
            "%2e%2e",
            ".%2e",
            "%2e.",
            "%2E%2E",
            "%252e%252e",
            "%25252e%25252e",
            "%c0%ae%c0%ae",
            "%c0%2e%c0%2e",
            "%e0%80%ae%e0%80%ae",
            "%f0%80%80%ae",
            "%uff0e%uff0e",
            "\uff0e\uff0e",
            "..%00",
            "..;",
            "..;a=b",
            "...",
            "....",
            ".. ",
            " ..",
            "..\t",
            "..\\",
            "%2e%2e%5c",
            "\u2025",
            "..\u200b",
            "..\0",
            "..%0a",
            "..%0d%0a",
            "..%20",
            "..%09",
            "&#46;&#46;",
            "\\x2e\\x2e",
            "0x2e0x2e",
            "..%u2215");
    private static final List<String> SEPARATORS = List.of(
            "/",
            "//",
            "/./",
            "\\",
            "%2f",
            "%2F",
            "%252f",
            "%5c",
            "%255c",
            "%c0%af",
            "%e0%80%af",
            "%u2215",
            "\u2215",
            "\uff0f",
            ";/",
            "/%00/");
    private static final List<String> DEPTHS = List.of("x", "xx", "xxxx");

    private Traversals() {}

    /** At least five hundred, each once. */
    static Set<String> of(String aim) {
        Set<String> all = new LinkedHashSet<>();
        for (String up : UPS) {
            for (String separator : SEPARATORS) {
                for (String depth : DEPTHS) {
                    List<String> steps = new ArrayList<>();
                    depth.chars().forEach(_ -> steps.add(up));
                    all.add(String.join(separator, steps) + separator + aim);
                }
            }
        }
        for (String end : List.of(
                "", "/", "/.", "//", ".", "..", " ", "\0", "%00", "\0.png", "%00.png", "~", "::$DATA", ";", "#", "?")) {
            all.add("../" + aim + end);
            all.add("/" + aim + end);
        }
        return all;
    }
}
