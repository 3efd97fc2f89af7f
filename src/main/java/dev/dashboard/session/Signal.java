package dev.dashboard.session;

import dev.dashboard.cli.CliOutput;
import dev.dashboard.custody.Exit;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.PromptId;
import dev.dashboard.problem.Problem;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Optional;

/** Everything that can reach a session. */
sealed interface Signal {
    /** From a person, or from the server on their behalf; answered once it is recorded. */
    sealed interface Command extends Signal {
        Actor actor();
    }

    /** @param now whether it cuts the running turn instead of waiting for its end */
    record Submit(Actor.Person actor, PromptId prompt, String text, boolean now) implements Command {}

    /** Run a prompt that an earlier process did not finish. */
    record Deliver(Actor actor, PromptId prompt) implements Command {}

    /** Change a prompt that waits. */
    record Edit(Actor actor, PromptId prompt, String text) implements Command {}

    /** Put a prompt that waits to another place of the line; 0 is next. */
    record Move(Actor actor, PromptId prompt, int position) implements Command {}

    /** Take back a prompt that waits. */
    record Remove(Actor actor, PromptId prompt) implements Command {}

    /** Run a prompt that waits now; the running turn is cut for it. */
    record Hasten(Actor actor, PromptId prompt) implements Command {}

    record Interrupt(Actor actor) implements Command {}

    /** {@code reason}: {@code stopped} by a person, {@code server-stopped}. */
    record Stop(Actor actor, String reason) implements Command {}

    /**
     * @param input what shall run instead of what was asked; empty for unchanged
     * @param remembered permission updates for the CLI
     */
    record Decide(
            Actor actor,
            ApprovalId approval,
            boolean allow,
            Optional<JsonObject> input,
            Optional<String> reason,
            JsonArray remembered)
            implements Command {}

    /** No place is free: the session waits in the line. */
    record Queued(Actor actor, int position) implements Command {}

    /**
     * There was a free place at once: the process may start.
     *
     * @param launch random; marks the process
     * @param resumed whether there is an earlier conversation to go on with
     */
    record Placed(Actor actor, String launch, boolean resumed) implements Command {}

    /** The same for one that waited; nobody waits for the answer, so that a journal that refuses cannot make it lost. */
    record Admitted(Actor actor, String launch, boolean resumed) implements Signal {}

    /** The wish for a process is taken back before anything of it was recorded. */
    record Withdrawn() implements Signal {}

    /** Others wait for a place, and this session has rested longest. */
    record MakeRoom() implements Signal {}

    /** The process exists. */
    record Launched(long pid, long startTicks, Instant startedAt) implements Signal {}

    /** The process of an earlier server is heard again, from the first byte that was not recorded. */
    record TakenUp(long pid, long startTicks, Instant startedAt) implements Signal {}

    /** The server goes, the process stays. */
    record Left() implements Signal {}

    /** Whoever has the process goes; see {@link Parting}. */
    record Part(String cause, Optional<Instant> until) implements Signal {}

    /** Nobody takes launches at present: the session waits in the line again. */
    record LaunchPostponed() implements Signal {}

    record LaunchFailed(Problem problem) implements Signal {}

    /**
     * @param end where, in bytes of the process's stdout, the next line begins
     * @param readNanos when the line was read, by {@link System#nanoTime}
     */
    record Heard(CliOutput output, long end, long readNanos) implements Signal {}

    /** The last thing that is heard. */
    record Exited(Exit exit) implements Signal {}

    /** The deadline that the state had set has passed. */
    record Elapsed() implements Signal {}
}
