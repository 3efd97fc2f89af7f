package dev.dashboard.demo;

import static dev.dashboard.demo.Reply.call;
import static dev.dashboard.demo.Reply.of;
import static dev.dashboard.demo.Reply.text;

import dev.dashboard.demo.Conversation.Result;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Creates one file: the one that the prompt names, or {@code NOTES.md}. It always lies directly in the working directory. */
final class WriteAFile implements Story {
    private static final Pattern FILE_NAME =
            Pattern.compile("\\b([A-Za-z0-9_][A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9]{1,8})\\b");

    @Override
    public Reply next(Conversation c) {
        String name = fileName(c.prompt());
        if (c.count("Write") == 0) {
            return of(
                    text("I'll write `" + name + "`."),
                    call(
                            "Write",
                            "file_path",
                            c.directory().isEmpty() ? name : c.directory() + "/" + name,
                            "content",
                            Texts.NOTES.formatted(name)));
        }
        Result written = c.result("Write", 0).orElse(new Result(true, "no result"));
        if (written.isError()) {
            return of(text(
                    "I did not write `" + name + "`:\n\n> " + written.text().replace("\n", "\n> ")));
        }
        return of(text("`" + name + "` is there. Open it with `cat " + name + "`."));
    }

    private static String fileName(String prompt) {
        Matcher name = FILE_NAME.matcher(prompt);
        return name.find() ? name.group(1) : "NOTES.md";
    }
}
