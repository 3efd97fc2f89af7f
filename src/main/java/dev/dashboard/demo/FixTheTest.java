package dev.dashboard.demo;

import static dev.dashboard.demo.Reply.call;
import static dev.dashboard.demo.Reply.of;
import static dev.dashboard.demo.Reply.text;
import static dev.dashboard.demo.Reply.think;

import dev.dashboard.demo.Conversation.Result;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The main story: run the sample project's tests, find the wrong comparison, fix it, run them again. The commands and the edit
 * really happen, so each step looks at what came back, and a refusal changes the course.
 */
final class FixTheTest implements Story {
    private static final String RUN_TESTS = "./run-tests.sh";
    private static final List<String> STEPS =
            List.of("Run the tests", "Find the cause", "Fix the comparison", "Run the tests again");
    private static final List<String> STEPS_NOW =
            List.of("Running the tests", "Finding the cause", "Fixing the comparison", "Running the tests again");

    @Override
    public Reply next(Conversation c) {
        if (c.replies() == 0) {
            return opening(c);
        }
        if (c.count("Bash") == 0) {
            return of(runTests("Run the project's tests"));
        }
        if (c.count("Edit") > 0) {
            return afterEdit(c);
        }
        if (c.count("Read") > 0) {
            return afterRead(c);
        }
        return afterFirstRun(c);
    }

    private static Reply opening(Conversation c) {
        List<Reply.Part> parts = new ArrayList<>();
        parts.add(think("""
                A test fails, so the first thing to know is which one and what it expected. I should run the suite \
                before I read any code, then look only at what the failure points to."""));
        parts.add(text("I'll run the tests first to see what fails."));
        parts.addAll(todo(c, 0));
        if (parts.size() == 2) {
            parts.add(runTests("Run the project's tests"));
        }
        return new Reply.Message(parts);
    }

    private static Reply afterFirstRun(Conversation c) {
        Result run = c.result("Bash", 0).orElse(new Result(true, "no result"));
        if (!isTestRun(run)) {
            return new Reply.Message(List.of(
                    text("The tests did not run: " + quoted(run.text())
                            + "\n\nThen I'll look for the cause by reading the code instead."),
                    readScript(c)));
        }
        if (!run.text().contains("not ok")) {
            return of(text("""
                            All tests pass already, so there is nothing to fix: someone has been here before us.

                            To watch the repair again, bring the bug back with `git checkout discount.sh` and ask me \
                            once more."""));
        }
        List<Reply.Part> parts = new ArrayList<>();
        parts.add(text("""
                        One test fails: **50 pieces** should get 10 % off but got 5 %. That smells like a boundary. \
                        Let me read the script."""));
        parts.addAll(todo(c, 1));
        parts.add(readScript(c));
        return new Reply.Message(parts);
    }

    private static Reply afterRead(Conversation c) {
        Result read = c.result("Read", 0).orElse(new Result(true, "no result"));
        if (read.isError()) {
            return of(text("I cannot read `discount.sh`: " + quoted(read.text())
                    + "\n\nThis story plays in the demo's sample project; start a session there and ask me again."));
        }
        if (!read.text().contains(DemoProject.BUG)) {
            return of(text("""
                            The comparison in `discount.sh` is right already: `>= 50`. There is nothing left to fix.

                            To watch the repair, bring the bug back with `git checkout discount.sh`."""));
        }
        List<Reply.Part> parts = new ArrayList<>();
        parts.add(think("""
                The comment says "50 and more", the code says "greater than 50". At exactly 50 the second branch \
                wins. Changing > to >= is the whole fix; the other boundary already uses >=."""));
        parts.add(text("""
                        Found it. The comment promises 10 % for *50 and more*, but the code asks for *more than 50*. \
                        At exactly 50 the next branch wins."""));
        parts.addAll(todo(c, 2));
        parts.add(call("Edit", "file_path", script(c), "old_string", DemoProject.BUG, "new_string", DemoProject.FIX));
        return new Reply.Message(parts);
    }

    private static Reply afterEdit(Conversation c) {
        Result edit = c.result("Edit", 0).orElse(new Result(true, "no result"));
        if (edit.isError()) {
            return of(text("""
                    I have left `discount.sh` as it is. You said: %s

                    If you change your mind, this is the whole repair:

                    ```diff
                    -%s
                    +%s
                    ```""".formatted(quoted(edit.text()), DemoProject.BUG, DemoProject.FIX)));
        }
        int runsBefore = runsBeforeEdit(c);
        if (c.count("Bash") == runsBefore) {
            List<Reply.Part> parts = new ArrayList<>();
            parts.add(text("Fixed. Now the tests again, to be sure."));
            parts.addAll(todo(c, 3));
            parts.add(runTests("Check the fix"));
            return new Reply.Message(parts);
        }
        if (c.calls().getLast().tool().equals("Bash") && !todo(c, STEPS.size()).isEmpty()) {
            return new Reply.Message(todo(c, STEPS.size()));
        }
        return summary(c.result("Bash", runsBefore));
    }

    private static Reply summary(Optional<Result> secondRun) {
        Result run = secondRun.orElse(new Result(true, "no result"));
        if (!isTestRun(run)) {
            return of(text("The fix is in `discount.sh`, but it is **not verified**, since the tests did not run: "
                    + quoted(run.text()) + "\n\nRun `" + RUN_TESTS + "` when you like."));
        }
        if (run.text().contains("not ok")) {
            return of(text("The fix is in, but a test still fails:" + Texts.fenced(run.text())));
        }
        return of(text(Texts.FIXED.formatted(DemoProject.BUG, DemoProject.FIX)));
    }

    private static int runsBeforeEdit(Conversation c) {
        List<String> tools = c.calls().stream().map(Conversation.Call::tool).toList();
        return (int) tools.subList(0, tools.indexOf("Edit")).stream()
                .filter("Bash"::equals)
                .count();
    }

    /** The test script always prints a TAP plan; a refusal or a missing script does not. */
    private static boolean isTestRun(Result run) {
        return run.text().contains("1..");
    }

    private static Reply.Part runTests(String why) {
        return call("Bash", "command", RUN_TESTS, "description", why);
    }

    private static Reply.Part readScript(Conversation c) {
        return call("Read", "file_path", script(c));
    }

    private static String script(Conversation c) {
        return c.directory().isEmpty() ? DemoProject.SCRIPT : c.directory() + "/" + DemoProject.SCRIPT;
    }

    /** Writes or moves on the todo list with the tool that this session has; nothing when it has none. */
    private static List<Reply.Part> todo(Conversation c, int doing) {
        if (c.tools().contains("TodoWrite")) {
            return List.of(call("TodoWrite", todoList(doing)));
        }
        if (!c.tools().contains("TaskCreate")) {
            return List.of();
        }
        List<Reply.Part> parts = new ArrayList<>();
        if (doing == 0) {
            for (int i = 0; i < STEPS.size(); i++) {
                parts.add(call(
                        "TaskCreate",
                        "subject",
                        STEPS.get(i),
                        "description",
                        STEPS.get(i),
                        "activeForm",
                        STEPS_NOW.get(i)));
            }
            return parts;
        }
        parts.add(call("TaskUpdate", "taskId", Integer.toString(doing), "status", "completed"));
        if (doing < STEPS.size()) {
            parts.add(call("TaskUpdate", "taskId", Integer.toString(doing + 1), "status", "in_progress"));
        }
        return parts;
    }

    private static JsonObject todoList(int doing) {
        JsonArrayBuilder todos = Json.createArrayBuilder();
        for (int i = 0; i < STEPS.size(); i++) {
            String status = i < doing ? "completed" : i == doing ? "in_progress" : "pending";
            todos.add(Json.createObjectBuilder()
                    .add("content", STEPS.get(i))
                    .add("status", status)
                    .add("activeForm", STEPS_NOW.get(i)));
        }
        return Json.createObjectBuilder().add("todos", todos).build();
    }

    private static String quoted(String reason) {
        return "\n\n> " + reason.strip().replace("\n", "\n> ");
    }
}
