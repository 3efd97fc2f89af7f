package dev.dashboard.browser;

import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Where text of others can stand in a transcript, and the events that put it there. */
enum HostilePlace {
    /** What Claude says. */
    REPLY {
        @Override
        List<Event> events(HostileText text) {
            return List.of(reply(text, text.text(), Optional.empty()));
        }
    },
    THOUGHT {
        @Override
        List<Event> events(HostileText text) {
            return List.of(new Event.AssistantThought("u", message(text), 0, text.text(), Optional.empty()));
        }
    },
    /** What a person wrote. */
    PROMPT {
        @Override
        List<Event> events(HostileText text) {
            PromptId prompt = new PromptId(UUID.randomUUID());
            return List.of(
                    new Event.PromptSubmitted(prompt, text.text()),
                    new Event.PromptDelivered(prompt),
                    new Event.PromptFinished(prompt, "completed"));
        }
    },
    COMMAND {
        @Override
        List<Event> events(HostileText text) {
            return List.of(
                    call(text, "Bash", object("command", text.text(), "description", text.line())),
                    result(text, false, "", Optional.empty()));
        }
    },
    /** What a command wrote, told apart by the CLI. */
    OUTPUT {
        @Override
        List<Event> events(HostileText text) {
            return List.of(
                    call(text, "Bash", object("command", "cat notes")),
                    result(text, false, text.text(), Optional.of(object("stdout", "", "stderr", text.text()))));
        }
    },
    /** The result of a call that failed, of a tool that is not known here. */
    FAILURE {
        @Override
        List<Event> events(HostileText text) {
            return List.of(
                    call(text, "mcp__other__tool", object("q", "x")),
                    result(text, true, text.text(), Optional.empty()));
        }
    },
    EDIT {
        @Override
        List<Event> events(HostileText text) {
            return List.of(
                    call(text, "Edit", edit("notes.md", text.text())), result(text, false, "", Optional.empty()));
        }
    },
    WRITE {
        @Override
        List<Event> events(HostileText text) {
            return List.of(
                    call(text, "Write", object("file_path", "notes.md", "content", text.text())),
                    result(text, false, "", Optional.empty()));
        }
    },
    /** The name of a file. */
    FILE(true) {
        @Override
        List<Event> events(HostileText text) {
            return List.of(call(text, "Edit", edit(text.line(), "x")), result(text, false, "", Optional.empty()));
        }
    },
    /** Names and values of an input that is not known here. */
    INPUT {
        @Override
        List<Event> events(HostileText text) {
            return List.of(call(text, "mcp__other__tool", input(text)), result(text, true, "no", Optional.empty()));
        }
    },
    /** The name of a tool. */
    TOOL(true) {
        @Override
        List<Event> events(HostileText text) {
            return List.of(call(text, text.line(), object("q", "x")), result(text, true, "no", Optional.empty()));
        }
    },
    SUBAGENT {
        @Override
        List<Event> events(HostileText text) {
            return List.of(
                    call(text, "Agent", object("prompt", text.text(), "description", text.line())),
                    reply(text, text.text(), Optional.of(use(text))),
                    result(text, true, text.text(), Optional.empty()));
        }
    },
    NOTICE {
        @Override
        List<Event> events(HostileText text) {
            return List.of(new Event.NoticeGiven("error", text.text()));
        }
    },
    /** What was not understood, kept as it came. */
    RAW {
        @Override
        List<Event> events(HostileText text) {
            return List.of(new Event.OutputNotUnderstood(text.text(), text.line()));
        }
    },
    /** Why a turn failed. */
    TURN {
        @Override
        List<Event> events(HostileText text) {
            return List.of(new Event.TurnEnded(new Event.TurnOutcome(
                    "u",
                    true,
                    "api_error",
                    Optional.of(new Event.TurnError("model-auth", text.text(), text.line(), Optional.of(401))),
                    Duration.ofSeconds(1),
                    1,
                    new Event.Tokens(1, 1, 0, 0),
                    new BigDecimal("0.01"),
                    Optional.empty(),
                    Optional.empty(),
                    List.of())));
        }
    },
    /** Why a person said no, in their words. */
    REFUSAL {
        @Override
        List<Event> events(HostileText text) {
            ApprovalId approval = new ApprovalId(UUID.randomUUID());
            return List.of(
                    request(text, approval, "permission", "Bash", object("command", "ls")),
                    new Event.ApprovalResolved(
                            approval, "deny", Optional.empty(), Optional.of(text.text()), JsonArray.EMPTY_JSON_ARRAY));
        }
    },
    REQUESTED_COMMAND {
        @Override
        List<Event> events(HostileText text) {
            return asked(text, "permission", "Bash", object("command", text.text(), "description", text.line()));
        }
    },
    REQUESTED_EDIT {
        @Override
        List<Event> events(HostileText text) {
            return asked(text, "permission", "Edit", edit(text.line(), text.text()));
        }
    },
    REQUESTED_INPUT {
        @Override
        List<Event> events(HostileText text) {
            return asked(text, "permission", text.line(), input(text));
        }
    },
    QUESTION {
        @Override
        List<Event> events(HostileText text) {
            JsonObject option = object("label", text.text(), "description", text.text());
            JsonObject question = Json.createObjectBuilder(object("question", text.text(), "header", text.line()))
                    .add("options", Json.createArrayBuilder().add(option))
                    .build();
            return asked(
                    text,
                    "question",
                    "AskUserQuestion",
                    Json.createObjectBuilder()
                            .add("questions", Json.createArrayBuilder().add(question))
                            .build());
        }
    },
    PLAN {
        @Override
        List<Event> events(HostileText text) {
            return asked(text, "plan", "ExitPlanMode", object("plan", text.text()));
        }
    };

    private final boolean aLine;

    HostilePlace() {
        this(false);
    }

    HostilePlace(boolean aLine) {
        this.aLine = aLine;
    }

    abstract List<Event> events(HostileText text);

    /** What must be seen of the text here. */
    List<String> marks(HostileText text) {
        return aLine ? List.of(text.lineMark()) : text.marks();
    }

    Actor actor(Event event) {
        return event instanceof Event.PromptSubmitted || event instanceof Event.ApprovalResolved
                ? HostileJournal.MARA
                : Actor.CLI;
    }

    // ---- parts of events

    private static String message(HostileText text) {
        return "m" + text.number();
    }

    private static String use(HostileText text) {
        return "t" + text.number();
    }

    private static Event reply(HostileText text, String words, Optional<String> parent) {
        return new Event.AssistantReplied("u", message(text), 1, words, false, parent);
    }

    private static Event call(HostileText text, String tool, JsonObject input) {
        return new Event.ToolCalled("u", message(text), 0, use(text), tool, input, Optional.empty());
    }

    private static Event result(HostileText text, boolean isError, String content, Optional<JsonObject> result) {
        return new Event.ToolReturned("u", use(text), isError, content, result, Optional.empty());
    }

    private static List<Event> asked(HostileText text, String kind, String tool, JsonObject input) {
        return List.of(request(text, new ApprovalId(UUID.randomUUID()), kind, tool, input));
    }

    private static Event request(HostileText text, ApprovalId approval, String kind, String tool, JsonObject input) {
        JsonObject rule = object("toolName", tool, "ruleContent", text.line());
        JsonArray suggestions = Json.createArrayBuilder()
                .add(Json.createObjectBuilder(object("type", "addRules", "behavior", "allow", "destination", "session"))
                        .add("rules", Json.createArrayBuilder().add(rule)))
                .add(Json.createObjectBuilder(object("type", "addDirectories", "destination", "session"))
                        .add("directories", Json.createArrayBuilder().add(text.line())))
                .build();
        return new Event.ApprovalRequested(
                approval,
                kind,
                "r" + text.number(),
                use(text),
                tool,
                input,
                Optional.of(text.line()),
                Optional.of(text.line()),
                suggestions,
                Optional.empty(),
                Optional.empty());
    }

    private static JsonObject edit(String path, String text) {
        return object("file_path", path, "old_string", text, "new_string", "another text");
    }

    private static JsonObject input(HostileText text) {
        return Json.createObjectBuilder()
                .add("text", text.text())
                .add(text.line(), "a value")
                .add("list", Json.createArrayBuilder().add(text.text()))
                .add("__proto__", Json.createObjectBuilder().add("hit", 1))
                .build();
    }

    private static JsonObject object(String... namesAndValues) {
        var object = Json.createObjectBuilder();
        for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
            object.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return object.build();
    }
}
