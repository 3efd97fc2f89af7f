package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.dashboard.cli.CliCodec;
import dev.dashboard.cli.CliInput;
import dev.dashboard.custody.Exit;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.mask.Masking;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** What tests of the rules say in one word each: a state, signals, and what came of them. No threads, no clock. */
abstract class StateSpec {
    static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    static final Actor.Person MARA = new Actor.Person(UserId.parse("11111111-1111-4111-8111-111111111111"), "mara");
    static final Actor DENIZ = new Actor.Person(UserId.parse("22222222-2222-4222-8222-222222222222"), "deniz");
    static final PromptId FIRST = PromptId.parse("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa");
    static final PromptId SECOND = PromptId.parse("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb");
    static final PromptId THIRD = PromptId.parse("cccccccc-cccc-4ccc-8ccc-cccccccccccc");
    static final String LAUNCH = "launch-1";
    static final int LINE_END = 3;
    static final String SERVER_SECRET = "plain words of this server";
    static final SessionState.Rules RULES = new SessionState.Rules(
            Duration.ofSeconds(30),
            Optional.of(Duration.ofMinutes(10)),
            Duration.ofMinutes(2),
            true,
            Optional.empty(),
            new Masking(List.of(SERVER_SECRET)));

    final List<Event> events = new ArrayList<>();
    final List<CliInput> inputs = new ArrayList<>();
    final List<Decision.Effect> effects = new ArrayList<>();
    int room = 64;
    boolean alone = true;
    SessionState.Rules rules = RULES;
    Instant now = NOON;
    SessionState state = launching(Map.of());

    static SessionState launching(Map<PromptId, SessionState.Prompt> prompts) {
        return launching(true, prompts);
    }

    static SessionState launching(boolean titled, Map<PromptId, SessionState.Prompt> prompts) {
        return SessionState.opening(SessionId.random(), "cli-1", "default", titled, prompts)
                .decide(new Signal.Placed(MARA, LAUNCH, false), new SessionState.Facts(NOON, 64, true, 1, RULES))
                .next();
    }

    static Signal.Submit submit(PromptId prompt, String text) {
        return new Signal.Submit(MARA, prompt, text, false);
    }

    /** The CLI takes the prompt up. */
    void runs(PromptId prompt) {
        hear(lifecycle(prompt, "started"));
        hear(
                "{'type':'system','subtype':'init','session_id':'cli-1','model':'m','permissionMode':'default','tools':[]}");
    }

    void ends(PromptId prompt) {
        result(prompt, "'subtype':'success','is_error':false,'terminal_reason':'completed'");
    }

    void result(PromptId prompt, String how) {
        hear("{'type':'result'," + how + ",'uuid':'r-" + prompt + "','user_message_uuids':['" + prompt
                + "'],'duration_ms':1,'num_turns':1,'total_cost_usd':0,'usage':{},'session_id':'cli-1'}");
        hear(lifecycle(prompt, "completed"));
    }

    // ---- the words of these tests

    Decision.Answer when(Signal signal) {
        Decision decision = state.decide(signal, new SessionState.Facts(now, room, alone, LINE_END, rules));
        state = decision.next();
        decision.events().forEach(fact -> events.add(fact.event()));
        for (Decision.Effect effect : decision.effects()) {
            effects.add(effect);
            if (effect instanceof Decision.Effect.Send(var input)) {
                inputs.add(input);
            }
        }
        return decision.answer();
    }

    String refusal(Signal signal) {
        return assertInstanceOf(Decision.Answer.Refused.class, when(signal))
                .problem()
                .code();
    }

    void ready() {
        when(new Signal.Launched(4711, 99, NOON));
        answerInitialize();
        events.clear();
        inputs.clear();
        effects.clear();
    }

    void answerInitialize() {
        hear("{'type':'control_response','response':{'subtype':'success','request_id':'" + LAUNCH + "-1',"
                + "'response':{'claude_code_version':'2.1.330','account':{'apiKeySource':'apiKeyHelper'}}}}");
    }

    void hear(String line) {
        when(new Signal.Heard(CliCodec.decode(line.replace('\'', '"')), 0, 0));
    }

    static String lifecycle(PromptId prompt, String state) {
        return "{'type':'command_lifecycle','command_uuid':'" + prompt + "','state':'" + state + "'}";
    }

    static String replay(PromptId prompt) {
        return "{'type':'user','isReplay':true,'uuid':'" + prompt
                + "','message':{'role':'user','content':'hello'},'parent_tool_use_id':null}";
    }

    static String result(String subtype, boolean isError, String reason, PromptId prompt) {
        return "{'type':'result','subtype':'" + subtype + "','is_error':" + isError + ",'terminal_reason':'" + reason
                + "','uuid':'r1','session_id':'cli-1','num_turns':1,'duration_ms':5,'total_cost_usd':0.5,"
                + "'user_message_uuids':['" + prompt + "']}";
    }

    static String canUseTool(String requestId, String command) {
        return "{'type':'control_request','request_id':'" + requestId + "','request':{'subtype':'can_use_tool',"
                + "'tool_name':'Bash','input':{'command':'" + command + "'},'tool_use_id':'toolu_" + requestId + "'}}";
    }

    static Signal exit(int code, String stderr) {
        return new Signal.Exited(new Exit(OptionalInt.of(code), stderr, Exit.Leftover.NONE));
    }

    static JsonObject json(String text) {
        return Json.createReader(new java.io.StringReader(text.replace('\'', '"')))
                .readObject();
    }

    <E extends Event> List<E> all(Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    <E extends Event> E last(Class<E> type) {
        return all(type).getLast();
    }

    /** The time passes; the owner looks whenever the state asks it to. */
    void pass(Duration time) {
        now = now.plus(time);
        if (state.deadline().filter(due -> !due.isAfter(now)).isPresent()) {
            when(new Signal.Elapsed());
        }
    }
}
