package dev.dashboard.web;

import dev.dashboard.auth.Rule;
import dev.dashboard.event.Actor;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.problem.Problem;
import dev.dashboard.session.Prompts;
import dev.dashboard.session.SessionIndex;
import dev.dashboard.session.Sessions;
import dev.dashboard.trace.Arrivals;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A session's prompts, and the line in which they wait. Thin: parse, one call into the domain, answer. */
public final class PromptRoutes {
    private static final String PROMPTS = "/api/v1/sessions/{id}/prompts";
    private static final String PROMPT = PROMPTS + "/{promptId}";
    private static final int SMALL_BODY = 16 * 1024;
    /** JSON may write a character of a prompt in six; the prompt's own limit is checked on the text. */
    private static final int PROMPT_BODY = 1024 * 1024;

    private static final int LAST_POSITION = 1_000;

    private final Sessions sessions;
    private final SessionIndex index;
    private final Prompts prompts;
    private final Arrivals arrivals;

    /** @param arrivals told of each request by which a prompt comes */
    public PromptRoutes(Sessions sessions, SessionIndex index, Prompts prompts, Arrivals arrivals) {
        this.sessions = sessions;
        this.index = index;
        this.prompts = prompts;
        this.arrivals = arrivals;
    }

    public List<Route> routes() {
        return List.of(
                Route.get(PROMPTS, Rule.SESSION_READ, this::open),
                Route.post(PROMPTS, Rule.SESSION_WRITE, PROMPT_BODY, this::send),
                Route.get(PROMPT, Rule.SESSION_READ, call -> call.ok(json(prompts.get(session(call), prompt(call))))),
                Route.patch(PROMPT, Rule.SESSION_WRITE, PROMPT_BODY, this::change),
                Route.delete(PROMPT, Rule.SESSION_WRITE, this::remove),
                Route.post(PROMPT + "/deliveries", Rule.SESSION_WRITE, SMALL_BODY, this::deliver));
    }

    private void open(Call call) {
        Prompts.Open open = prompts.open(index.get(session(call)).id());
        JsonArrayBuilder list = Json.createArrayBuilder();
        open.prompts().forEach(prompt -> list.add(json(prompt)));
        JsonObjectBuilder json = Json.createObjectBuilder().add("prompts", list).add("seq", open.seq());
        open.held().ifPresent(cause -> json.add("held", cause));
        call.ok(json.build());
    }

    private void send(Call call) {
        SessionId id = session(call);
        Body body = call.body("promptId", "text", "now");
        PromptId prompt = PromptId.parse(body.text("promptId", 1, 100));
        // Before it is recorded: from then on it is on its way.
        arrivals.arrived(prompt, call.arrival());
        Sessions.Accepted accepted = sessions.prompt(
                id, prompt, body.anyText("text"), body.optFlag("now").orElse(false), actor(call));
        call.accepted(Json.createObjectBuilder()
                .add("seq", accepted.seq())
                .add("promptId", prompt.toString())
                .build());
    }

    private void change(Call call) {
        SessionId session = session(call);
        PromptId prompt = prompt(call);
        Body body = call.body("text", "position", "now");
        Optional<String> text = body.optText("text", 0, Integer.MAX_VALUE);
        Optional<Integer> position = body.optNumber("position", 0, LAST_POSITION);
        Optional<Boolean> now = body.optFlag("now").filter(flag -> flag);
        if (Stream.of(text, position, now).filter(Optional::isPresent).count() != 1) {
            throw Problem.invalid("change-unclear", "Give exactly one of text, position (0 is next), now (true).");
        }
        Sessions.Accepted accepted;
        if (text.isPresent()) {
            accepted = sessions.edit(session, prompt, text.get(), actor(call));
        } else if (position.isPresent()) {
            accepted = sessions.move(session, prompt, position.get(), actor(call));
        } else {
            accepted = sessions.hasten(session, prompt, actor(call));
        }
        accepted(call, accepted);
    }

    private void remove(Call call) {
        accepted(call, sessions.remove(session(call), prompt(call), actor(call)));
    }

    private void deliver(Call call) {
        accepted(call, sessions.deliver(session(call), prompt(call), actor(call)));
    }

    private static void accepted(Call call, Sessions.Accepted accepted) {
        call.accepted(Json.createObjectBuilder().add("seq", accepted.seq()).build());
    }

    private static SessionId session(Call call) {
        return SessionId.parse(call.path("id"));
    }

    private static PromptId prompt(Call call) {
        return PromptId.parse(call.path("promptId"));
    }

    private static Actor.Person actor(Call call) {
        return call.viewer().actor();
    }

    private static JsonObject json(Prompts.Prompt prompt) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("promptId", prompt.id().toString())
                .add("text", prompt.text())
                .add("state", prompt.state())
                .add("seq", prompt.seq());
        prompt.author()
                .ifPresent(author -> json.add(
                        "author",
                        Json.createObjectBuilder()
                                .add("id", author.id().toString())
                                .add("name", author.name())));
        return json.build();
    }
}
