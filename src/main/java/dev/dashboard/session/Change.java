package dev.dashboard.session;

import dev.dashboard.cli.BlockIndexes;
import dev.dashboard.cli.CliInput;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.problem.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The working copy of one decision: what will be recorded, what will be done, and the state after. Lives for one call. */
final class Change {
    private final SessionState before;
    private final SessionState.Facts facts;
    private final List<Decision.Fact> events = new ArrayList<>();
    private final List<Decision.Effect> effects = new ArrayList<>();
    private Map<PromptId, SessionState.Prompt> prompts;
    private long requests;
    private int sent;

    String launch;
    SessionState.Phase phase;
    final Map<SessionState.Timer, Instant> timers;
    String activity;
    boolean saysActivity;
    String cliSessionId;
    String permissionMode;
    final Map<String, SessionState.Asked> asked;
    Optional<String> stopping;
    Optional<FailureWords.Words> fault;
    BlockIndexes blocks;
    boolean titled;
    Optional<String> held;
    Optional<Parting> parting;
    Turn turn;
    Watch watch;

    Change(SessionState before, SessionState.Facts facts) {
        this.before = before;
        this.facts = facts;
        this.prompts = before.prompts();
        this.requests = before.requests();
        this.launch = before.launch();
        this.phase = before.phase();
        this.timers = new EnumMap<>(SessionState.Timer.class);
        this.timers.putAll(before.timers());
        this.activity = before.activity();
        this.saysActivity = before.saysActivity();
        this.cliSessionId = before.cliSessionId();
        this.permissionMode = before.permissionMode();
        this.asked = new LinkedHashMap<>(before.asked());
        this.stopping = before.stopping();
        this.fault = before.fault();
        this.blocks = before.blocks();
        this.titled = before.titled();
        this.held = before.held();
        this.parting = before.parting();
        this.turn = before.turn();
        this.watch = before.watch();
    }

    SessionState before() {
        return before;
    }

    SessionState.Facts facts() {
        return facts;
    }

    /** Whether one more input fits into the process's line, besides those of this decision. */
    boolean hasRoom() {
        return sent < facts.room();
    }

    Map<PromptId, SessionState.Prompt> prompts() {
        return prompts;
    }

    void prompt(PromptId id, SessionState.Prompt prompt) {
        copyPrompts();
        if (prompt.stage() == SessionState.Stage.WAITING) {
            // The order of waiting is the order of asking, also for a prompt that is known from an earlier process.
            prompts.remove(id);
        }
        prompts.put(id, prompt);
    }

    /** The same place in the line, other words. */
    void replace(PromptId id, SessionState.Prompt prompt) {
        copyPrompts();
        prompts.put(id, prompt);
    }

    /** The waiting prompts in their order; all others stand before them, where order has no meaning. */
    void order(List<PromptId> waiting) {
        copyPrompts();
        for (PromptId id : waiting) {
            prompts.put(id, prompts.remove(id));
        }
    }

    private void copyPrompts() {
        if (prompts == before.prompts()) {
            prompts = new LinkedHashMap<>(prompts);
        }
    }

    boolean isTurnOpen() {
        return SessionState.isTurnOpen(turn, prompts);
    }

    void record(Actor actor, Event event) {
        events.add(new Decision.Fact(actor, event));
    }

    void effect(Decision.Effect effect) {
        effects.add(effect);
    }

    void send(CliInput input) {
        sent++;
        effects.add(new Decision.Effect.Send(input));
    }

    String nextRequestId() {
        return SessionState.requestId(launch, ++requests);
    }

    /** The process is over and the session waits for another one; prompts keep their places. */
    void beginAgain() {
        launch = "";
        phase = SessionState.Phase.QUEUED;
        timers.clear();
        timers.put(SessionState.Timer.ROOM, facts.now());
        activity = "idle";
        saysActivity = false;
        asked.clear();
        stopping = Optional.empty();
        fault = Optional.empty();
        requests = 0;
        blocks = BlockIndexes.NONE;
        parting = Optional.empty();
        turn = Turn.NONE;
        watch = Watch.NONE;
    }

    Decision done() {
        return decision(new Decision.Answer.Done());
    }

    Decision alreadyDone() {
        return decision(new Decision.Answer.AlreadyDone());
    }

    /** Nothing changes. */
    Decision refused(Problem problem) {
        return new Decision(before, List.of(), List.of(), new Decision.Answer.Refused(problem));
    }

    private Decision decision(Decision.Answer answer) {
        Parting.keepTime(this);
        Line.move(this);
        Watchdog.keepTime(this);
        Asking.keepTime(this);
        Rest.keepTime(this);
        SessionState next = new SessionState(
                before.session(),
                launch,
                phase,
                timers,
                activity,
                saysActivity,
                cliSessionId,
                permissionMode,
                prompts,
                asked,
                stopping,
                fault,
                requests,
                blocks,
                titled,
                held,
                parting,
                turn,
                watch);
        return new Decision(next, events, effects, answer);
    }
}
