package dev.dashboard.session;

import dev.dashboard.cli.BlockIndexes;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.session.SessionState.Asked;
import dev.dashboard.session.SessionState.Phase;
import dev.dashboard.session.SessionState.Prompt;
import dev.dashboard.session.SessionState.Stage;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The state of a life that goes on under another server, from what the journal tells of it. Fed with the session's events in order; those
 * of earlier lives are passed over. Pure.
 *
 * <p>Everything that decides is recorded, so it can be had again. What is not: text in the making, which is heard again from the last
 * recorded byte, and the class of a model's last failure, which only words the end of a turn.
 */
final class Revival {
    private final String launch;

    private Phase phase = Phase.LAUNCHING;
    private boolean begun;
    private String activity = "idle";
    private boolean saysActivity;
    private boolean turnRunning;
    private String model = "";
    private Optional<Long> contextTokens = Optional.empty();
    private int backgroundTasks;
    private boolean interrupted;
    private boolean stalled;
    private Optional<String> stopping = Optional.empty();
    private final Map<String, String> tools = new LinkedHashMap<>();
    private final Map<String, Integer> blocks = new LinkedHashMap<>();
    private final Map<String, Asked> asked = new LinkedHashMap<>();
    private final Set<PromptId> again = new HashSet<>();

    Revival(String launch) {
        this.launch = launch;
    }

    void feed(Event event) {
        if (event instanceof Event.SessionStarted started) {
            begun = started.launch().equals(launch);
        } else if (event instanceof Event.DeliveryRequested(var prompt)) {
            // Asked for before the process that is to run it has a place.
            again.add(prompt);
        } else if (begun) {
            process(event);
            turn(event);
            said(event);
            requests(event);
        }
    }

    private void process(Event event) {
        switch (event) {
            case Event.ProcessStarted _ -> phase = Phase.INITIALIZING;
            case Event.SessionReady _ -> phase = Phase.READY;
            case Event.StopRequested(var reason) -> {
                phase = Phase.STOPPING;
                stopping = Optional.of(reason);
            }
            case Event.ActivityChanged(var said) -> {
                activity = said;
                saysActivity = true;
            }
            default -> {}
        }
    }

    private void turn(Event event) {
        switch (event) {
            case Event.TurnStarted started -> {
                turnRunning = true;
                model = started.model();
            }
            case Event.TurnEnded(var outcome) -> turnOver(outcome);
            case Event.TurnInterrupted(var outcome) -> turnOver(outcome);
            case Event.InterruptionRequested _ -> interrupted = true;
            case Event.TurnStalled silent -> {
                stalled = true;
                interrupted |= silent.interrupts();
            }
            case Event.TurnRevived _ -> stalled = false;
            case Event.BackgroundTasksChanged(var tasks) -> backgroundTasks = tasks.size();
            default -> {}
        }
    }

    private void turnOver(Event.TurnOutcome outcome) {
        turnRunning = false;
        interrupted = false;
        contextTokens = outcome.contextTokens().or(() -> contextTokens);
        tools.clear();
    }

    private void said(Event event) {
        switch (event) {
            case Event.AssistantReplied replied -> block(replied.messageId(), replied.index());
            case Event.AssistantThought thought -> block(thought.messageId(), thought.index());
            case Event.ToolCalled called -> {
                block(called.messageId(), called.index());
                tools.put(called.toolUseId(), called.tool());
            }
            case Event.ToolReturned returned -> tools.remove(returned.toolUseId());
            default -> {}
        }
    }

    private void block(String messageId, int index) {
        blocks.merge(messageId, index + 1, Math::max);
    }

    private void requests(Event event) {
        switch (event) {
            case Event.ApprovalRequested request ->
                asked.put(
                        request.cliRequestId(),
                        new Asked(
                                request.approval(), request.toolUseId(), request.input(), false, request.expiresAt()));
            case Event.ApprovalResolved resolved ->
                asked.replaceAll((_, request) ->
                        request.approval().equals(resolved.approval()) ? request.withAnswer() : request);
            case Event.ApprovalDelivered(var approval) -> settled(approval);
            case Event.ApprovalWithdrawn(var approval, var _) -> settled(approval);
            case Event.ApprovalUnsettled(var approval) -> settled(approval);
            default -> {}
        }
    }

    private void settled(ApprovalId approval) {
        asked.values().removeIf(request -> request.approval().equals(approval));
    }

    /**
     * What it comes to.
     *
     * @param prompts all prompts of the session, those that wait in their order
     * @param written what the process was given under a prompt's uuid
     * @param now by a steady clock
     */
    SessionState state(
            SessionSummary summary,
            List<Prompts.Prompt> prompts,
            Set<String> written,
            SessionState.Rules rules,
            Instant now) {
        Map<PromptId, Prompt> known = new LinkedHashMap<>();
        for (Prompts.Prompt prompt : prompts) {
            known.put(prompt.id(), prompt(prompt, written));
        }
        Map<SessionState.Timer, Instant> timers = new HashMap<>();
        if (phase == Phase.INITIALIZING) {
            timers.put(SessionState.Timer.INITIALIZE, now.plus(rules.initializeTimeout()));
        }
        return new SessionState(
                summary.id(),
                launch,
                phase,
                timers,
                activity,
                saysActivity,
                summary.cliSessionId(),
                summary.permissionMode(),
                known,
                asked,
                stopping,
                Optional.empty(),
                // Above all numbers that requests had before; the first of a life is always its initialize.
                phase == Phase.LAUNCHING ? 0 : summary.lastSeq(),
                BlockIndexes.counted(blocks),
                summary.title().isPresent(),
                summary.held(),
                Optional.empty(),
                new Turn(turnRunning, model, contextTokens, "", summary.cost(), backgroundTasks, interrupted),
                new Watch(now, stalled, Optional.empty(), tools));
    }

    private Prompt prompt(Prompts.Prompt stored, Set<String> written) {
        PromptId id = stored.id();
        boolean isAgain = again.contains(id);
        String uuid = isAgain ? SessionState.againUuid(id, launch) : id.toString();
        boolean isSent = written.contains(uuid);
        Stage stage = switch (stored.state()) {
            case "submitted" -> isSent ? Stage.SENT : Stage.WAITING;
            case "delivered" -> Stage.TAKEN;
            case "cut" -> Stage.CUT;
            case "removed" -> Stage.REMOVED;
            default -> Stage.FINISHED;
        };
        // An interrupt that came before the CLI had taken the prompt up is repeated when it does.
        return new Prompt(stage, stored.text(), isAgain, stage == Stage.SENT && interrupted);
    }
}
