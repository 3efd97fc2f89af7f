package dev.dashboard.session;

import dev.dashboard.cli.CliInput;
import dev.dashboard.cli.CliOutput;
import dev.dashboard.cli.Content;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.session.SessionState.Asked;
import dev.dashboard.session.SessionState.Phase;
import dev.dashboard.session.SessionState.Prompt;
import dev.dashboard.session.SessionState.Stage;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The only translator: what the CLI said, in its words, becomes what happened, in ours. Pure; one call a line. */
final class Hearing {
    /** Words that the CLI adds when it cuts a turn; the turn's end says the same. */
    private static final String INTERRUPTED = "[Request interrupted by user";

    private final Change change;

    private Hearing(Change change) {
        this.change = change;
    }

    static Change of(CliOutput output, Change change) {
        new Hearing(change).hear(output);
        change.blocks = change.blocks.after(output);
        return change;
    }

    private void hear(CliOutput output) {
        switch (output) {
            case CliOutput.AssistantMessage message -> assistant(message);
            case CliOutput.UserMessage message -> user(message);
            case CliOutput.CanUseTool request -> asked(request);
            case CliOutput.ControlCancel(var requestId) -> withdrawn(requestId);
            case CliOutput.OtherControlRequest(var requestId, var subtype) -> refuse(requestId, subtype);
            case CliOutput.ControlResponse response -> answered(response);
            case CliOutput.Lifecycle(var uuid, var state) -> lifecycle(uuid, state);
            case CliOutput.SystemInit init -> turnStarted(init);
            case CliOutput.SessionStateChanged(var state) -> {
                change.saysActivity = true;
                activity(state);
            }
            case CliOutput.Status status -> status(status);
            case CliOutput.Result result -> result(result);
            case CliOutput.ApiRetry retry ->
                cli(new Event.ApiRetried(
                        retry.attempt(), retry.maxRetries(), retry.delay(), retry.status(), retry.error()));
            case CliOutput.ModelFallback(var from, var to, var _) -> cli(new Event.ModelFellBack(from, to));
            case CliOutput.CompactBoundary(var trigger, var before, var after) ->
                cli(new Event.ContextCompacted(trigger, before, after));
            case CliOutput.PermissionDenied denied ->
                cli(new Event.PermissionDenied(denied.toolUseId(), denied.tool(), denied.message()));
            case CliOutput.BackgroundTasks(var tasks) -> backgroundTasks(tasks);
            case CliOutput.Informational(var level, var text) -> cli(new Event.NoticeGiven(levelOf(level), text));
            case CliOutput.RateLimit limit ->
                cli(new Event.RateLimitChanged(
                        limit.status(), limit.resetsAt(), limit.window().orElse(""), limit.utilization()));
            case CliOutput.MessageDelta delta -> usage(delta);
            case CliOutput.MessageStop stop -> {
                if (stop.abandonedFromIndex().isPresent()) {
                    change.effect(new Decision.Effect.AbandonDraft(stop.messageId()));
                }
            }
            case CliOutput.Unrecognized(var line, var reason, var _) ->
                cli(new Event.OutputNotUnderstood(line, reason));
            // The new id stands in the next SystemInit, and is taken there.
            case CliOutput.ConversationReset _ -> {}
            // Told by other lines already, or of no use to people.
            case CliOutput.TaskNotice _,
                    CliOutput.TitleChanged _,
                    CliOutput.KeepAlive _,
                    CliOutput.Ignored _,
                    CliOutput.MessageStart _,
                    CliOutput.BlockStart _,
                    CliOutput.BlockDelta _,
                    CliOutput.BlockStop _ -> {}
        }
    }

    private void cli(Event event) {
        change.record(Actor.CLI, event);
    }

    // ---- messages

    private void assistant(CliOutput.AssistantMessage message) {
        if (message.apiError().isPresent()) {
            // Not an answer. The turn's end tells it, with what to do.
            change.turn = change.turn.withError(message.apiError().get().code());
            return;
        }
        transcript(message, change.blocks.indexOf(message)).forEach(event -> {
            if (event instanceof Event.ToolCalled called) {
                change.watch = change.watch.called(called.toolUseId(), called.tool());
            }
            cli(event);
        });
    }

    /** An assistant line as events; also used for lines that are read from the CLI's transcript. */
    static List<Event> transcript(CliOutput.AssistantMessage message, int firstIndex) {
        List<Event> events = new ArrayList<>();
        int index = firstIndex;
        for (Content block : message.content()) {
            block(message, block, index++).ifPresent(events::add);
        }
        return events;
    }

    private static Optional<Event> block(CliOutput.AssistantMessage message, Content block, int index) {
        return switch (block) {
            case Content.Text(var text) ->
                text.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Event.AssistantReplied(
                                message.uuid(),
                                message.messageId(),
                                index,
                                text,
                                message.aborted(),
                                message.parentToolUseId()));
            case Content.Thinking(var text) ->
                text.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Event.AssistantThought(
                                message.uuid(), message.messageId(), index, text, message.parentToolUseId()));
            case Content.ToolUse(var id, var tool, var input) ->
                Optional.of(new Event.ToolCalled(
                        message.uuid(), message.messageId(), index, id, tool, input, message.parentToolUseId()));
            case Content.ToolResult result ->
                Optional.of(returned(message.uuid(), result, Optional.empty(), message.parentToolUseId()));
            case Content.Image _ ->
                Optional.of(new Event.NoticeGiven("info", "The model sent an image; it is not shown."));
            case Content.Other(var json) ->
                Optional.of(new Event.OutputNotUnderstood(json.toString(), "a block of a kind that is not known"));
        };
    }

    private void user(CliOutput.UserMessage message) {
        if (message.replay()) {
            change.before().knownPrompt(message.uuid()).ifPresent(this::taken);
            return;
        }
        List<Event> results = transcript(message);
        results.forEach(event -> {
            if (event instanceof Event.ToolReturned returned) {
                delivered(returned.toolUseId());
                change.watch = change.watch.returned(returned.toolUseId());
            }
            cli(event);
        });
        String text = message.text();
        if (results.isEmpty()
                && !message.synthetic()
                && !text.isBlank()
                && !text.startsWith(INTERRUPTED)
                && !text.startsWith("<")) {
            cli(new Event.NoticeGiven("info", text));
        }
    }

    /** The tool results of a user line as events; also used for lines that are read from the CLI's transcript. */
    static List<Event> transcript(CliOutput.UserMessage message) {
        Optional<JsonObject> structured =
                message.toolUseResult() instanceof JsonObject result ? Optional.of(result) : Optional.empty();
        return message.content().stream()
                .filter(Content.ToolResult.class::isInstance)
                .map(Content.ToolResult.class::cast)
                .<Event>map(result -> returned(message.uuid(), result, structured, message.parentToolUseId()))
                .toList();
    }

    private static Event.ToolReturned returned(
            String uuid, Content.ToolResult result, Optional<JsonObject> structured, Optional<String> parentToolUseId) {
        return new Event.ToolReturned(
                uuid, result.toolUseId(), result.isError(), result.text(), structured, parentToolUseId);
    }

    // ---- prompts and turns

    private void lifecycle(String uuid, String state) {
        Optional<PromptId> known = change.before().knownPrompt(uuid);
        if (known.isEmpty()) {
            return;
        }
        switch (state) {
            case "started" -> taken(known.get());
            // Also the whole answer to a uuid that ran to its end in an earlier process: there is no result then.
            case "completed" -> finished(known.get(), "completed");
            case "cancelled" -> finished(known.get(), "cancelled");
            default -> {}
        }
        if (!change.saysActivity) {
            activity(isAnyOpen() ? "running" : "idle");
        }
    }

    private void taken(PromptId id) {
        Prompt prompt = change.prompts().get(id);
        if (prompt.stage() != Stage.SENT) {
            return;
        }
        change.prompt(id, prompt.at(Stage.TAKEN));
        cli(new Event.PromptDelivered(id));
        if (prompt.interrupted() && change.hasRoom()) {
            change.send(new CliInput.Interrupt(change.nextRequestId()));
        }
    }

    private void finished(PromptId id, String outcome) {
        Prompt prompt = change.prompts().get(id);
        if (!prompt.stage().isOpen()) {
            return;
        }
        change.prompt(id, prompt.at(Stage.FINISHED));
        cli(new Event.PromptFinished(id, outcome));
    }

    private boolean isAnyOpen() {
        return change.prompts().values().stream().anyMatch(p -> p.stage() == Stage.SENT || p.stage() == Stage.TAKEN);
    }

    private void turnStarted(CliOutput.SystemInit init) {
        if (!init.cliSessionId().isEmpty() && !init.cliSessionId().equals(change.cliSessionId)) {
            change.cliSessionId = init.cliSessionId();
            cli(new Event.ConversationReset(init.cliSessionId()));
        }
        change.permissionMode = init.permissionMode();
        change.turn = change.turn.begun(init.model());
        cli(new Event.TurnStarted(init.model(), init.permissionMode(), init.tools()));
    }

    /** Only the main conversation fills the context window that people watch. */
    private void usage(CliOutput.MessageDelta delta) {
        if (delta.parentToolUseId().isEmpty() && delta.usage().context() > 0) {
            change.turn = change.turn.withContext(delta.usage().context());
        }
    }

    private void result(CliOutput.Result result) {
        Turn turn = change.turn;
        String reason = result.terminalReason().orElse(result.subtype());
        boolean aborted = reason.startsWith("aborted");
        List<PromptId> prompts = result.userMessageUuids().stream()
                .map(change.before()::knownPrompt)
                .flatMap(Optional::stream)
                .toList();
        Event.TurnOutcome outcome = new Event.TurnOutcome(
                result.uuid(),
                result.isError(),
                reason,
                result.isError() && !aborted ? Optional.of(error(result, reason)) : Optional.empty(),
                result.duration(),
                result.numTurns(),
                new Event.Tokens(
                        result.tokens().input(),
                        result.tokens().output(),
                        result.tokens().cacheRead(),
                        result.tokens().cacheWrite()),
                result.cost(turn.totalCost()),
                turn.contextTokens(),
                result.contextWindow(turn.model()),
                prompts);
        change.turn = turn.ended(result.totalCost());
        cli(aborted ? new Event.TurnInterrupted(outcome) : new Event.TurnEnded(outcome));
        change.effect(new Decision.Effect.ClearDrafts());
        prompts.forEach(id -> finished(id, aborted ? "cancelled" : result.isError() ? "failed" : "completed"));
        if (!change.saysActivity && !isAnyOpen()) {
            activity("idle");
        }
        if (result.isError() && !aborted) {
            Line.hold("turn-failed", change);
        } else if (aborted && turn.interrupted()) {
            Line.hold("interrupted", change);
        }
    }

    private Event.TurnError error(CliOutput.Result result, String reason) {
        String text = result.text().filter(t -> !t.isBlank()).orElse(String.join("\n", result.errors()));
        return FailureWords.turn(reason, change.turn.error(), result.apiErrorStatus(), text);
    }

    private void activity(String activity) {
        if (!activity.equals(change.activity)) {
            change.activity = activity;
            cli(new Event.ActivityChanged(activity));
        }
    }

    private void status(CliOutput.Status status) {
        status.permissionMode()
                .filter(mode -> !mode.equals(change.permissionMode))
                .ifPresent(mode -> {
                    change.permissionMode = mode;
                    cli(new Event.PermissionModeChanged(mode));
                });
        status.compactError().ifPresent(error -> cli(new Event.NoticeGiven("warning", "Compacting failed: " + error)));
    }

    private void backgroundTasks(JsonArray tasks) {
        if (tasks.isEmpty() && change.turn.backgroundTasks() == 0) {
            return;
        }
        change.turn = change.turn.withBackgroundTasks(tasks.size());
        cli(new Event.BackgroundTasksChanged(tasks));
    }

    private static String levelOf(String level) {
        return switch (level) {
            case "error", "warning" -> level;
            default -> "info";
        };
    }

    // ---- requests

    private void asked(CliOutput.CanUseTool request) {
        if (change.asked.containsKey(request.requestId())) {
            return;
        }
        String kind = switch (request.tool()) {
            case "AskUserQuestion" -> "question";
            case "ExitPlanMode" -> "plan";
            default -> "permission";
        };
        Asked asked = new Asked(
                SessionState.approvalId(change.before().launch(), request.requestId()),
                request.toolUseId(),
                request.input(),
                false,
                change.facts()
                        .rules()
                        .approvalsExpireAfter()
                        .map(limit -> change.facts().now().plus(limit)));
        change.asked.put(request.requestId(), asked);
        cli(new Event.ApprovalRequested(
                asked.approval(),
                kind,
                request.requestId(),
                request.toolUseId(),
                request.tool(),
                request.input(),
                request.description().or(request::title),
                request.decisionReason(),
                request.suggestions(),
                request.agentId(),
                asked.expiresAt()));
    }

    /** An answer that crossed with the withdrawal did not reach the CLI in time; what it did with it is not known. */
    private void withdrawn(String requestId) {
        Asked asked = change.asked.remove(requestId);
        if (asked != null) {
            cli(
                    asked.answered()
                            ? new Event.ApprovalUnsettled(asked.approval())
                            : new Event.ApprovalWithdrawn(asked.approval(), causeOfWithdrawal()));
        }
    }

    /** The CLI withdraws by itself, or because a person had the turn cut or the process ended. */
    private String causeOfWithdrawal() {
        if (change.stopping.isPresent()) {
            return "process-ended";
        }
        return change.turn.interrupted() ? "interrupted" : "cli";
    }

    /** Unanswered, the turn would hang. */
    private void refuse(String requestId, String subtype) {
        if (change.hasRoom()) {
            change.send(new CliInput.RefuseRequest(requestId, "The dashboard does not serve " + subtype + "."));
        }
        cli(new Event.NoticeGiven(
                "warning", "The CLI asked for something the dashboard does not serve: " + subtype + "."));
    }

    private void answered(CliOutput.ControlResponse response) {
        if (response.requestId().equals(SessionState.requestId(change.before().launch(), 1))) {
            initialized(response);
            return;
        }
        // The CLI echoes a decision that it took.
        Asked asked = change.asked.get(response.requestId());
        if (asked != null && asked.answered()) {
            change.asked.remove(response.requestId());
            cli(new Event.ApprovalDelivered(asked.approval()));
        } else if (!response.ok()) {
            cli(new Event.NoticeGiven(
                    "warning", "The CLI refused a request: " + response.error().orElse("no reason given") + "."));
        }
    }

    private void initialized(CliOutput.ControlResponse response) {
        if (change.phase != Phase.INITIALIZING) {
            return;
        }
        change.timers.remove(SessionState.Timer.INITIALIZE);
        if (!response.ok()) {
            change.fault = Optional.of(new FailureWords.Words(
                    "cli-refused-start",
                    "The Claude CLI refused to start the session: "
                            + response.error().orElse("no reason given") + ".",
                    "Check that it is the pinned version, then resume."));
            change.effect(new Decision.Effect.StopProcess(true));
            return;
        }
        CliOutput.Initialized facts = response.initialized();
        change.phase = Phase.READY;
        change.effect(new Decision.Effect.Started());
        cli(new Event.SessionReady(
                facts.version().orElse("unknown"), facts.accountSource().orElse("none"), Optional.empty()));
    }

    /** The call that was asked about has a result: the decision was acted on. */
    private void delivered(String toolUseId) {
        change.asked.entrySet().removeIf(entry -> {
            boolean acted =
                    entry.getValue().answered() && entry.getValue().toolUseId().equals(toolUseId);
            if (acted) {
                cli(new Event.ApprovalDelivered(entry.getValue().approval()));
            }
            return acted;
        });
    }
}
