package dev.dashboard.session;

import dev.dashboard.cli.CliInput;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Event;
import dev.dashboard.problem.Problem;
import java.util.List;

/**
 * What a signal leads to: first the events are recorded, then the effects happen in order, then the answer is given.
 *
 * @param answer for commands only; ignored otherwise
 */
record Decision(SessionState next, List<Fact> events, List<Effect> effects, Answer answer) {
    Decision {
        events = List.copyOf(events);
        effects = List.copyOf(effects);
    }

    /** An event and who made it happen. */
    record Fact(Actor actor, Event event) {}

    sealed interface Answer {
        /** The number of the first event. */
        record Done() implements Answer {}

        record AlreadyDone() implements Answer {}

        record Refused(Problem problem) implements Answer {}
    }

    sealed interface Effect {
        /** Room for it in the process's line was made sure of before. */
        record Send(CliInput input) implements Effect {}

        /** Starts the process; what comes of it is the next signal. */
        record Launch(String launch) implements Effect {}

        /** The process has answered: its start is over. */
        record Started() implements Effect {}

        /** Somebody who rests shall make room for this session, which waits. */
        record AskForRoom() implements Effect {}

        /** Begins the stop ladder; {@code now} skips its polite half. */
        record StopProcess(boolean now) implements Effect {}

        record AbandonDraft(String messageId) implements Effect {}

        record ClearDrafts() implements Effect {}

        /** Nobody knows what became of the process; it is settled from what can be found out. */
        record Lost() implements Effect {}

        /** The process is over, or never was, and the session goes on: it waits for a place once more. */
        record WaitAgain() implements Effect {}

        /** The process goes on without its owner. */
        record LetGo() implements Effect {}

        /** The session's process is over; its owner ends. */
        record Finish() implements Effect {}
    }
}
