package dev.dashboard.session;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.problem.Problem;
import dev.dashboard.session.SessionState.Phase;
import dev.dashboard.session.SessionState.Prompt;
import dev.dashboard.session.SessionState.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The prompts that wait while a turn runs: in the server's hands, so that they can be seen, changed, ordered and taken back. One is
 * given to the CLI when no turn is open. Pure.
 *
 * <p>The line is held when a person cuts the turn, or the turn fails: what waits was written for a turn that would end well. The next
 * prompt that somebody sends goes first and lets the others follow.
 */
final class Line {
    private Line() {}

    static List<PromptId> waiting(Map<PromptId, Prompt> prompts) {
        return prompts.entrySet().stream()
                .filter(entry -> entry.getValue().stage() == Stage.WAITING)
                .map(Map.Entry::getKey)
                .toList();
    }

    // ---- what people do with it

    /** A new prompt joins at the end, or, where the line is held, at its head; or it goes to the CLI at once. */
    static void join(Actor actor, PromptId id, Prompt prompt, boolean now, Change change) {
        change.prompt(id, prompt);
        if (now) {
            hasten(actor, id, change);
        } else if (change.held.isPresent()) {
            moveTo(0, id, actor, change);
            release(change);
        }
    }

    static Decision edit(Signal.Edit edit, Change change) {
        Optional<Problem> obstacle = notWaiting(edit.prompt(), change);
        if (obstacle.isPresent()) {
            return change.refused(obstacle.get());
        }
        Prompt prompt = change.prompts().get(edit.prompt());
        if (prompt.text().equals(edit.text())) {
            return change.alreadyDone();
        }
        change.replace(edit.prompt(), prompt.withText(edit.text()));
        change.record(edit.actor(), new Event.PromptEdited(edit.prompt(), edit.text()));
        return change.done();
    }

    static Decision move(Signal.Move move, Change change) {
        Optional<Problem> obstacle = notWaiting(move.prompt(), change);
        if (obstacle.isPresent()) {
            return change.refused(obstacle.get());
        }
        return moveTo(move.position(), move.prompt(), move.actor(), change) ? change.done() : change.alreadyDone();
    }

    /** Also one that an earlier process left behind: then it is not offered any more. */
    static Decision remove(Signal.Remove remove, Change change) {
        Prompt known = change.prompts().get(remove.prompt());
        boolean isCut = known != null && known.stage() == Stage.CUT;
        Optional<Problem> obstacle = isCut ? Optional.empty() : notWaiting(remove.prompt(), change);
        if (obstacle.isPresent()) {
            return change.refused(obstacle.get());
        }
        change.prompt(remove.prompt(), change.prompts().get(remove.prompt()).at(Stage.REMOVED));
        change.record(remove.actor(), new Event.PromptRemoved(remove.prompt()));
        if (waiting(change.prompts()).isEmpty()) {
            release(change);
        }
        return change.done();
    }

    static Decision hasten(Signal.Hasten hasten, Change change) {
        Optional<Problem> obstacle = notWaiting(hasten.prompt(), change);
        if (obstacle.isPresent()) {
            return change.refused(obstacle.get());
        }
        if (change.phase == Phase.READY && !change.hasRoom()) {
            return change.refused(SessionState.stdinFull());
        }
        hasten(hasten.actor(), hasten.prompt(), change);
        return change.done();
    }

    private static void hasten(Actor actor, PromptId id, Change change) {
        change.record(actor, new Event.PromptHastened(id));
        release(change);
        if (change.phase == Phase.READY && change.parting.isEmpty() && change.isTurnOpen() && change.hasRoom()) {
            give(id, true, change);
        } else {
            moveTo(0, id, actor, change);
        }
    }

    private static Optional<Problem> notWaiting(PromptId id, Change change) {
        Prompt prompt = change.prompts().get(id);
        if (prompt == null) {
            return Optional.of(SessionState.promptUnknown(id));
        }
        boolean ends = change.phase == Phase.STOPPING && !Parting.isComingBack(change);
        if (ends || prompt.stage() != Stage.WAITING) {
            return Optional.of(Problem.conflict(
                    "prompt-not-waiting",
                    switch (prompt.stage()) {
                        case SENT, TAKEN -> "This prompt was just given to the CLI. Interrupt the turn to stop it.";
                        case REMOVED -> "This prompt was taken back already.";
                        case FINISHED -> "This prompt ran already.";
                        case WAITING, CUT ->
                            "The session's process is ending; this prompt does not run by itself any more.";
                    }));
        }
        return Optional.empty();
    }

    /** @return whether the order is another one now */
    private static boolean moveTo(int position, PromptId id, Actor actor, Change change) {
        List<PromptId> before = waiting(change.prompts());
        List<PromptId> order = new ArrayList<>(before);
        order.remove(id);
        order.add(Math.clamp(position, 0, order.size()), id);
        if (order.equals(before)) {
            return false;
        }
        change.order(order);
        change.record(actor, new Event.PromptsReordered(order));
        return true;
    }

    // ---- how it moves

    static void hold(String cause, Change change) {
        if (change.held.isEmpty() && !waiting(change.prompts()).isEmpty()) {
            change.held = Optional.of(cause);
            change.record(Actor.SERVER, new Event.QueueHeld(cause));
        }
    }

    private static void release(Change change) {
        if (change.held.isPresent()) {
            change.held = Optional.empty();
            change.record(Actor.SERVER, new Event.QueueReleased());
        }
    }

    /** After each decision: with no turn open, the first goes to the CLI, unless that must end soon. */
    static void move(Change change) {
        if (change.phase == Phase.READY
                && change.held.isEmpty()
                && change.parting.isEmpty()
                && !change.isTurnOpen()
                && change.hasRoom()) {
            waiting(change.prompts()).stream().findFirst().ifPresent(next -> give(next, false, change));
        }
    }

    private static void give(PromptId id, boolean now, Change change) {
        Prompt prompt = change.prompts().get(id).at(Stage.SENT);
        change.prompt(id, prompt);
        change.send(prompt.turn(id, change.launch, now));
    }
}
