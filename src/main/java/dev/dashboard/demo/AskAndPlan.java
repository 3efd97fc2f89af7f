package dev.dashboard.demo;

import static dev.dashboard.demo.Reply.call;
import static dev.dashboard.demo.Reply.of;
import static dev.dashboard.demo.Reply.text;
import static dev.dashboard.demo.Reply.think;

import dev.dashboard.demo.Conversation.Result;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;

/** The two stories in which the model needs a person: a question and a plan. */
final class AskAndPlan {
    private AskAndPlan() {}

    /** Asks one single-choice and one multiple-choice question, then repeats the answers. */
    static final class Ask implements Story {
        @Override
        public Reply next(Conversation c) {
            if (c.count("AskUserQuestion") == 0) {
                return of(text("Two things I'd rather ask than guess."), call("AskUserQuestion", questions()));
            }
            Result answer = c.result("AskUserQuestion", 0).orElse(new Result(true, "no result"));
            if (answer.isError()) {
                return of(text("No answer, then I'll stop here rather than guess. " + answer.text()));
            }
            return of(text("Thank you. I understood:\n\n> " + answer.text().replace("\n", "\n> ")));
        }

        private static JsonObject questions() {
            return Json.createObjectBuilder()
                    .add(
                            "questions",
                            Json.createArrayBuilder()
                                    .add(question("Which rounding should prices use?", "Rounding", false)
                                            .add(
                                                    "options",
                                                    Json.createArrayBuilder()
                                                            .add(option("Half up", "What customers expect"))
                                                            .add(option("Half even", "Fair over many sums"))))
                                    .add(question("What should I add as well?", "Extras", true)
                                            .add(
                                                    "options",
                                                    Json.createArrayBuilder()
                                                            .add(option("Tests", "One for each boundary"))
                                                            .add(option("Documentation", "A section in the README"))
                                                            .add(option("Changelog", "One line for this change")))))
                    .build();
        }

        private static JsonObjectBuilder question(String question, String header, boolean many) {
            return Json.createObjectBuilder()
                    .add("question", question)
                    .add("header", header)
                    .add("multiSelect", many);
        }

        private static JsonObjectBuilder option(String label, String description) {
            return Json.createObjectBuilder().add("label", label).add("description", description);
        }
    }

    /** Proposes a plan. The CLI takes its text from a file that it names, and only in plan mode. */
    static final class Plan implements Story {
        @Override
        public Reply next(Conversation c) {
            if (c.planFile().isEmpty()) {
                return of(text(
                        "A plan needs plan mode: start a session with the permission mode **plan** and ask again."));
            }
            if (c.count("Write") == 0) {
                return of(
                        think("The person wants to see the way before I go it."),
                        text("Here is how I would go about it."),
                        call("Write", "file_path", c.planFile().get(), "content", Texts.PLAN));
            }
            if (c.count("ExitPlanMode") == 0) {
                return of(call("ExitPlanMode", "plan", Texts.PLAN));
            }
            Result decision = c.result("ExitPlanMode", 0).orElse(new Result(true, "no result"));
            if (decision.isError()) {
                return of(text(
                        "I keep planning. You said:\n\n> " + decision.text().replace("\n", "\n> ")));
            }
            return of(text("The plan is accepted. In the demo I stop here; say **fix the failing test** to see work."));
        }
    }
}
