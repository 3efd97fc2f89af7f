package dev.dashboard.browser;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text that nobody should trust, from {@code src/test/resources/hostile}; its README tells how they are written.
 *
 * @param number its own, also in its marks
 * @param marks what must be seen wherever the text is shown, for instance {@code ⟦17.1⟧}
 */
record HostileText(int number, String group, String name, String text, List<String> marks) {
    static final List<String> GROUPS =
            List.of("scripts", "vector", "links", "loads", "markdown", "sanitizers", "unseen", "terminal");

    private static final int LINE_LENGTH = 180;
    private static final Pattern ENTRY = Pattern.compile("(?m)^=== (.+)\n");
    private static final Pattern CHARACTER = Pattern.compile("\\\\u\\{([0-9a-f]{1,6})}");
    private static final Pattern REPEAT = Pattern.compile("\\\\repeat\\{(\\d+)}\\{((?:[^{}]|\\{[^{}]*})*)}");
    private static final String MARK = "⟦⟧";

    /** All of them, numbered from 1. */
    static List<HostileText> all() {
        List<HostileText> all = new ArrayList<>();
        for (String group : GROUPS) {
            String file = read(group);
            List<MatchResult> heads = ENTRY.matcher(file).results().toList();
            for (int i = 0; i < heads.size(); i++) {
                int end = i + 1 < heads.size() ? heads.get(i + 1).start() : file.length();
                String written = file.substring(heads.get(i).end(), end).replaceFirst("\n$", "");
                all.add(of(all.size() + 1, group, heads.get(i).group(1), written));
            }
        }
        return List.copyOf(all);
    }

    private static String read(String group) {
        try (InputStream in = HostileText.class.getResourceAsStream("/hostile/" + group + ".txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static HostileText of(int number, String group, String name, String written) {
        StringBuilder text = new StringBuilder(characters(repeats(written)));
        if (text.indexOf(MARK) < 0) {
            text.append("\n\n").append(MARK);
        }
        List<String> marks = new ArrayList<>();
        for (int at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK)) {
            marks.add("⟦" + number + "." + (marks.size() + 1) + "⟧");
            text.replace(at, at + MARK.length(), marks.getLast());
        }
        return new HostileText(number, group, name, text.toString(), List.copyOf(marks));
    }

    private static String repeats(String written) {
        return REPEAT.matcher(written)
                .replaceAll(
                        repeat -> Matcher.quoteReplacement(repeat.group(2).repeat(Integer.parseInt(repeat.group(1)))));
    }

    private static String characters(String written) {
        return CHARACTER
                .matcher(written)
                .replaceAll(character -> Matcher.quoteReplacement(codePoint(character.group(1))));
    }

    /** Half of a character is one, too; {@link Character#toString(int)} takes it as it is. */
    private static String codePoint(String hexadecimal) {
        return Character.toString(Integer.parseInt(hexadecimal, 16));
    }

    /** What stands first in {@link #line()}. */
    String lineMark() {
        return "⟦" + number + "⟧";
    }

    /** On one line and of a length as names and titles have, with a mark before it. */
    String line() {
        String line = text.replace('\n', ' ');
        int end = Math.min(LINE_LENGTH, line.length());
        if (end < line.length() && Character.isHighSurrogate(line.charAt(end - 1))) {
            end--;
        }
        return lineMark() + " " + line.substring(0, end);
    }

    /** Whether a request to the API may carry it: half a character and a null may not. */
    boolean isWritable() {
        return text.indexOf(0) < 0 && StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    @Override
    public String toString() {
        return number + " " + group + ": " + name;
    }
}
