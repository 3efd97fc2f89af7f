package dev.dashboard.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The pages of the runbooks and the commands on them. */
final class Runbooks {
    static final Path FOLDER = Path.of("runbooks");

    private static final String FENCE = "```";

    /**
     * What stands between two fences.
     *
     * @param heading of the second level above it; empty at the top of the page
     * @param line of the opening fence, from 1
     * @param language as the fence names it, in lower case; empty where it names none
     */
    record Block(Path page, String heading, int line, String language, String text) {
        String place() {
            return page.getFileName() + ":" + line + " (" + heading + ")";
        }
    }

    private Runbooks() {}

    /** Those that have a command in them, in the order of the pages' names. */
    static List<Block> commands() {
        return pages().stream()
                .flatMap(page -> blocks(page).stream())
                .filter(block -> block.language().equals("bash"))
                .toList();
    }

    static List<Path> pages() {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Block> blocks(Path page) {
        List<Block> blocks = new ArrayList<>();
        List<String> lines = lines(page);
        String heading = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("## ")) {
                heading = line.substring(3);
            }
            if (line.strip().startsWith(FENCE)) {
                int begin = i;
                int indent = line.indexOf(FENCE);
                i++;
                while (i < lines.size() && !lines.get(i).strip().equals(FENCE)) {
                    i++;
                }
                String text = lines.subList(begin + 1, i).stream()
                        .map(inner -> inner.substring(Math.min(
                                indent, inner.length() - inner.stripLeading().length())))
                        .collect(Collectors.joining("\n"));
                blocks.add(new Block(
                        page,
                        heading,
                        begin + 1,
                        line.strip().substring(FENCE.length()).toLowerCase(Locale.ROOT),
                        text));
            }
        }
        return blocks;
    }

    private static List<String> lines(Path page) {
        try {
            return Files.readAllLines(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A small reader of shell: words and quotes, and a new command after a new line, {@code | & ; ( )} and inside of {@code $(…)}.
     * Redirections, assignments and comments are left out.
     */
    static List<List<String>> simpleCommands(String text) {
        List<List<String>> commands = new ArrayList<>();
        read(text.replace("\\\n", " ") + "\n", commands);
        return commands;
    }

    private static void read(String text, List<List<String>> commands) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean any = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\'') {
                int end = text.indexOf('\'', i + 1);
                word.append(text, i + 1, end);
                any = true;
                i = end;
            } else if (c == '"') {
                int end = closing(text, i);
                String inner = text.substring(i + 1, end);
                readSubstitutions(inner, commands);
                word.append(inner);
                any = true;
                i = end;
            } else if (text.startsWith("$(", i)) {
                int end = matching(text, i + 1);
                read(text.substring(i + 2, end) + "\n", commands);
                word.append("$()");
                any = true;
                i = end;
            } else if (c == '#' && !any) {
                i = text.indexOf('\n', i) - 1;
            } else if (Character.isWhitespace(c) || "|&;()".indexOf(c) >= 0) {
                if (any) {
                    words.add(word.toString());
                    word.setLength(0);
                    any = false;
                }
                // A digit or > before & is a redirection, 2>&1, and no end of the command.
                boolean redirection = c == '&' && i > 0 && text.charAt(i - 1) == '>';
                if (c == '\n' || "|&;()".indexOf(c) >= 0 && !redirection) {
                    finish(words, commands);
                }
            } else {
                word.append(c);
                any = true;
            }
        }
        finish(words, commands);
    }

    private static void readSubstitutions(String quoted, List<List<String>> commands) {
        for (int i = quoted.indexOf("$("); i >= 0; i = quoted.indexOf("$(", i + 1)) {
            int end = matching(quoted, i + 1);
            read(quoted.substring(i + 2, end) + "\n", commands);
            i = end;
        }
    }

    /** Of the quote at {@code open}; one inside of {@code $(…)} is none. */
    private static int closing(String text, int open) {
        for (int i = open + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.startsWith("$(", i)) {
                i = matching(text, i + 1);
            } else if (text.charAt(i) == '"') {
                return i;
            }
        }
        throw new IllegalArgumentException("a quote is not closed: " + text);
    }

    private static int matching(String text, int open) {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            if (text.charAt(i) == '\'') {
                i = text.indexOf('\'', i + 1);
            } else if (text.charAt(i) == '(') {
                depth++;
            } else if (text.charAt(i) == ')' && --depth == 0) {
                return i;
            }
        }
        throw new IllegalArgumentException("a parenthesis is not closed: " + text);
    }

    private static void finish(List<String> words, List<List<String>> commands) {
        List<String> command = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.matches("\\d?>>?|<")) {
                i++; // and the file that it names
            } else if (!word.matches("\\d?[<>].*") && !(command.isEmpty() && word.matches("[A-Za-z_]+=.*"))) {
                command.add(word);
            }
        }
        words.clear();
        if (!command.isEmpty()) {
            commands.add(List.copyOf(command));
        }
    }
}
