package dev.dashboard.demo;

import static dev.dashboard.demo.Reply.call;
import static dev.dashboard.demo.Reply.of;
import static dev.dashboard.demo.Reply.text;
import static dev.dashboard.demo.Reply.think;

import jakarta.json.Json;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The repertoire: which story answers which prompt. The first entry whose prefix fits wins; what fits nowhere gets the list of
 * what can be shown. Stories may be added while requests run.
 */
final class Stories {
    private static final int MOST_BLOCKS = 5_000;
    private static final int SLOW_WORDS = 120;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,6}");

    private record Entry(String prefix, Story story) {}

    private final List<Entry> entries = new CopyOnWriteArrayList<>();

    Stories() {
        // add() puts each before those that stand already, so none of these may be the beginning of a later one.
        add("fix", new FixTheTest());
        add("write", new WriteAFile());
        add("explain", _ -> of(think(Texts.EXPLAIN_THOUGHT), text(Texts.EXPLANATION)));
        add("slow", _ -> slowly());
        add("count slowly", _ -> slowly());
        add("error", new ApiErrors());
        add("many", c -> burst(numberIn(c.prompt(), 100)));
        add("echo", c -> of(text(argument(c.prompt(), "echo"))));
        add("bash", Stories::oneCommand);
        add("background", Stories::inTheBackground);
        add("ask", new AskAndPlan.Ask());
        add("plan", new AskAndPlan.Plan());
        add("<task-notification>", _ -> of(text("The background task has ended; its output is above.")));
    }

    /** Adds a story before all others. */
    void add(String promptPrefix, Story story) {
        entries.addFirst(new Entry(promptPrefix.toLowerCase(Locale.ROOT), story));
    }

    Story choose(Conversation conversation) {
        String prompt = conversation.prompt().toLowerCase(Locale.ROOT);
        if (prompt.contains("create a detailed summary of")) {
            return _ -> of(text(Texts.COMPACTION));
        }
        return entries.stream()
                .filter(e -> prompt.startsWith(e.prefix()))
                .findFirst()
                .map(Entry::story)
                .orElse(_ -> of(text(Texts.HELP)));
    }

    private static Reply slowly() {
        String words = IntStream.rangeClosed(1, SLOW_WORDS)
                .mapToObj(n -> n % 10 == 0 ? n + ",\n" : n + ", ")
                .collect(Collectors.joining());
        return of(new Reply.Part.Text(
                "I am counting slowly, two numbers a second, so that you can interrupt me:\n\n" + words + "done.",
                Reply.Tempo.SLOW));
    }

    private static Reply burst(int blocks) {
        return new Reply.Message(IntStream.rangeClosed(1, blocks)
                .<Reply.Part>mapToObj(n -> new Reply.Part.Text("Block " + n + " of " + blocks + ".", Reply.Tempo.BURST))
                .toList());
    }

    private static Reply oneCommand(Conversation c) {
        if (c.count("Bash") == 0) {
            String command = argument(c.prompt(), "bash");
            if (command.isEmpty()) {
                return of(text("Say which command, for instance `bash git status`."));
            }
            return of(call("Bash", "command", command, "description", "Run what you asked for"));
        }
        return of(text(c.result("Bash", 0)
                .map(r -> (r.isError() ? "The command did not succeed:" : "The command printed:")
                        + Texts.fenced(r.text()))
                .orElse("The command has no result.")));
    }

    /** The turn ends while the command runs on; its end starts another, by the CLI's own notification. */
    private static Reply inTheBackground(Conversation c) {
        String command = argument(c.prompt(), "background");
        if (command.isEmpty()) {
            return of(text("Say which command, for instance `background ./run-tests.sh`."));
        }
        if (c.count("Bash") == 0) {
            return of(call(
                    "Bash",
                    Json.createObjectBuilder()
                            .add("command", command)
                            .add("description", "Run what you asked for while you go on")
                            .add("run_in_background", true)
                            .build()));
        }
        return of(text("It runs in the background. I will say so when it has ended."));
    }

    /** What follows the story's word, as it was typed. */
    static String argument(String prompt, String word) {
        return prompt.substring(Math.min(prompt.length(), word.length())).strip();
    }

    private static int numberIn(String prompt, int otherwise) {
        Matcher number = NUMBER.matcher(prompt);
        int wanted = number.find() ? Integer.parseInt(number.group()) : otherwise;
        return Math.clamp(wanted, 1, MOST_BLOCKS);
    }
}
