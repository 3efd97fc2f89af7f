package dev.dashboard.session;

import dev.dashboard.cli.CliLauncher;
import dev.dashboard.cli.CliListener;
import dev.dashboard.cli.CliOutput;
import dev.dashboard.cli.CliProcess;
import dev.dashboard.cli.StopPlan;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.Exit;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.SessionId;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.LogContext;
import dev.dashboard.run.Worker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One life of a session: one CLI process and the one thread, virtual, that decides for it.
 *
 * <p>The owner takes all that waits, decides it in turn, records it in one append, and only then acts and answers. Nothing else
 * touches the state. Other threads reach it through {@link #ask} alone.
 */
final class Session {
    private static final Logger LOG = System.getLogger(Session.class.getName());
    /** How long a journal that refuses is tried again, while the CLI waits, before the process is ended. */
    private static final Duration JOURNAL_PATIENCE = Duration.ofSeconds(10);

    /** Of output that led to nothing, so much is heard again at most. */
    private static final long UNRECORDED_BYTES = 8L << 20;

    private static final Duration JOURNAL_RETRY = Duration.ofMillis(200);

    /** What the journal knows of a life that is over. */
    enum Ending {
        RECORDED,
        /** The journal stayed away. */
        NOT_RECORDED,
        /** A bug cut it short; it was logged. */
        BROKEN,
        /** Whoever had the process has lost it. */
        LOST,
        /** The process goes on, for the next server. */
        LET_GO
    }

    /**
     * What all sessions are made with.
     *
     * @param clock steady; measures waits
     * @param restBeforeRoom how long a session rests at least before it makes room for others; zero for never
     * @param keepsLaunches whether processes outlive the server, so that it must be known how far each was heard
     * @param untaken told when nobody takes launches: nobody else shall be placed until somebody does
     */
    record Tools(
            Journal journal,
            Feed feed,
            CliLauncher launcher,
            Clock clock,
            StopPlan stopPlan,
            SessionState.Rules rules,
            Places places,
            Duration restBeforeRoom,
            boolean keepsLaunches,
            Runnable untaken) {}

    /**
     * Why there is this life.
     *
     * @param actor who wanted it
     * @param resumed whether there is an earlier conversation to go on with
     * @param command made on the owner's thread once there is a place, from the launch's mark; may fail with a {@link Problem}, which then
     *     is how the session failed
     */
    record Wish(Actor actor, boolean resumed, Function<String, Command> command) {}

    private final SessionId id;
    private final Wish wish;
    private final Tools tools;
    private final Mailbox mailbox = new Mailbox();
    private final Drafts drafts;
    private final Consumer<Ending> ended;
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    /** Owned by the owner thread. */
    private SessionState state;

    private Optional<CliProcess> process = Optional.empty();

    /** Numbers the lines that the process was sent. */
    private long sent;

    /** Where the next line of its output begins; and the same of what is recorded. */
    private long heard;

    private long kept;

    private Ending ending = Ending.BROKEN;

    /** Whether the next process goes on with an earlier conversation. */
    private volatile boolean resumed;

    /** What followed from an effect, to be decided before anything else. */
    private final List<Mailbox.Mail> followUp = new ArrayList<>();

    /**
     * Nothing runs before {@link #begin}.
     *
     * @param ended told once, at the very end
     */
    Session(SessionState state, Wish wish, Tools tools, Consumer<Ending> ended) {
        this.id = state.session();
        this.wish = wish;
        this.state = state;
        this.resumed = wish.resumed();
        this.tools = tools;
        this.drafts = new Drafts(id, tools.feed());
        this.ended = ended;
    }

    SessionId id() {
        return id;
    }

    /** Starts the owner; it starts the process once it is told that there is a place. */
    void begin() {
        Worker.virtual("session-" + id, LogContext.ofSession(id), this::live);
    }

    /**
     * Takes the process of an earlier server up, before {@link #begin}: what had not been recorded of its output is heard again, and
     * what may not have reached it is written again.
     *
     * @param from the first byte of its output that is not recorded
     * @param inputs all that was written to it
     * @return false when nobody knows the process any more
     * @throws Problem UNAVAILABLE {@code runner-unreachable}: nobody can be asked now
     */
    boolean takeUp(long from, List<Launches.Input> inputs) {
        Optional<CliProcess> found = tools.launcher().attach(id.toString(), state.launch(), from, new Ears());
        if (found.isEmpty()) {
            return false;
        }
        CliProcess known = found.get();
        process = found;
        heard = from;
        kept = from;
        sent = Math.max(
                known.accepted(), inputs.isEmpty() ? 0 : inputs.getLast().number());
        inputs.stream()
                .filter(input -> input.number() > known.accepted())
                .forEach(input -> known.send(input.number(), input.line()));
        followUp.add(mail(new Signal.TakenUp(known.id().pid(), known.id().startTicks(), known.startedAt())));
        return true;
    }

    /** The server stops, and the process outlives it. */
    void leave() {
        put(new Signal.Left());
    }

    /** There is a place for it now; told by {@link Places}. */
    void placed() {
        put(new Signal.Admitted(wish.actor(), newLaunch(), resumed));
    }

    /** For whoever found a free place at once; answers when the start is recorded. */
    Reply start() {
        return ask(new Signal.Placed(wish.actor(), newLaunch(), resumed));
    }

    private static String newLaunch() {
        return UUID.randomUUID().toString();
    }

    /** Whoever has its process goes. */
    void part(String cause, Optional<Instant> until) {
        put(new Signal.Part(cause, until));
    }

    /** Others wait, and it has rested long enough. */
    void makeRoom() {
        put(new Signal.MakeRoom());
    }

    /** Takes the wish back; nothing of it was recorded. */
    void withdraw() {
        put(new Signal.Withdrawn());
    }

    private void put(Signal signal) {
        try {
            mailbox.put(signal);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Hands a command to the owner and waits for what comes of it; a refusal is thrown. */
    Reply ask(Signal.Command command) {
        try {
            return mailbox.ask(command).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(Problem.Kind.UNAVAILABLE, "server-stopping", "The server is stopping.").causedBy(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Problem problem) {
                throw problem;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Waits until this life is over and recorded; false when it is not within the time. */
    boolean awaitEnd(Duration limit) throws InterruptedException {
        try {
            over.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException _) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    // ---- the owner

    private void live() throws InterruptedException {
        try {
            followUp();
            while (state.phase() != SessionState.Phase.OVER) {
                List<Mailbox.Mail> batch = mailbox.take(waitNanos());
                if (isPastDeadline()) {
                    batch.add(mail(new Signal.Elapsed()));
                }
                if (!batch.isEmpty()) {
                    decide(batch);
                }
                followUp();
                drafts.show(System.nanoTime());
            }
        } catch (Problem e) {
            ending = Ending.NOT_RECORDED;
            throw e;
        } finally {
            close();
        }
    }

    private void followUp() throws InterruptedException {
        while (!followUp.isEmpty()) {
            List<Mailbox.Mail> next = List.copyOf(followUp);
            followUp.clear();
            decide(next);
        }
    }

    private Signal launch(String launch) {
        try {
            CliProcess started = tools.launcher().start(wish.command().apply(launch), new Ears());
            process = Optional.of(started);
            return new Signal.Launched(started.id().pid(), started.id().startTicks(), started.startedAt());
        } catch (Problem e) {
            LOG.log(Level.WARNING, "session not started session={0} code={1}", id, e.code());
            return isUntaken(e) ? new Signal.LaunchPostponed() : new Signal.LaunchFailed(e);
        }
    }

    /** The runner leaves, or it has left as it said it would: the next one is waited for. */
    private boolean isUntaken(Problem problem) {
        return problem.code().equals(Custody.LEAVING)
                || problem.code().equals(Custody.UNREACHABLE) && tools.places().isPaused();
    }

    private long waitNanos() {
        long wait = Duration.ofMinutes(1).toNanos();
        OptionalLong drafted = drafts.due();
        if (drafted.isPresent()) {
            wait = Math.min(wait, drafted.getAsLong() - System.nanoTime());
        }
        if (state.deadline().isPresent()) {
            Duration left =
                    Duration.between(tools.clock().instant(), state.deadline().get());
            wait = Math.min(wait, left.toNanos());
        }
        return wait;
    }

    private boolean isPastDeadline() {
        return state.deadline()
                .filter(deadline -> !tools.clock().instant().isBefore(deadline))
                .isPresent();
    }

    /**
     * Decides a batch, records it, then acts and answers. When the journal refuses, people are told and their commands dropped;
     * what the CLI said cannot be dropped and is tried again for a while, and the CLI waits.
     */
    private void decide(List<Mailbox.Mail> batch) throws InterruptedException {
        try {
            decideUntilRecorded(batch);
        } catch (RuntimeException | Error e) {
            // These have left the line, so nobody else would ever answer them.
            batch.forEach(mail -> mail.reply().completeExceptionally(e));
            throw e;
        }
    }

    private void decideUntilRecorded(List<Mailbox.Mail> batch) throws InterruptedException {
        Instant giveUp = tools.clock().instant().plus(JOURNAL_PATIENCE);
        List<Mailbox.Mail> rest = batch;
        while (!rest.isEmpty()) {
            List<Step> steps = steps(rest);
            try {
                record(steps);
                return;
            } catch (Problem e) {
                rest = withoutCommands(rest, e);
                mailbox.refuse(e);
                if (rest.isEmpty()) {
                    return;
                }
                if (tools.clock().instant().isAfter(giveUp)) {
                    throw e;
                }
                Thread.sleep(JOURNAL_RETRY);
            }
        }
    }

    /** One signal's decision, and who waits for it. */
    private record Step(Mailbox.Mail mail, Decision decision) {}

    private List<Step> steps(List<Mailbox.Mail> batch) {
        Instant now = tools.clock().instant();
        List<Step> steps = new ArrayList<>(batch.size());
        SessionState current = state;
        int planned = 0;
        for (Mailbox.Mail mail : batch) {
            int room = process.map(CliProcess::room).orElse(0) - planned;
            Decision decision = current.decide(
                    mail.signal(),
                    new SessionState.Facts(now, room, isAlone(mail.signal()), lineEnd(current), tools.rules()));
            planned += (int) decision.effects().stream()
                    .filter(Decision.Effect.Send.class::isInstance)
                    .count();
            current = decision.next();
            steps.add(new Step(mail, decision));
        }
        return steps;
    }

    /** Looked at only where it may be needed. */
    private int lineEnd(SessionState current) {
        boolean mayWaitAgain = current.parting().isPresent()
                || current.phase() == SessionState.Phase.LAUNCHING
                || current.phase() == SessionState.Phase.STOPPING;
        return mayWaitAgain ? tools.places().lineEnd() : 0;
    }

    private void record(List<Step> steps) {
        List<Draft> events = new ArrayList<>();
        for (Step step : steps) {
            long readNanos = step.mail().signal() instanceof Signal.Heard heard ? heard.readNanos() : Draft.NOT_READ;
            step.decision()
                    .events()
                    .forEach(fact -> events.add(new Draft(Optional.of(id), fact.actor(), fact.event(), readNanos)));
        }
        List<Envelope> recorded = tools.keepsLaunches()
                ? recordWithLaunch(steps, events)
                : tools.journal().append(events);
        int first = 0;
        boolean rested = Rest.isResting(state);
        for (Step step : steps) {
            hearDraft(step.mail().signal());
            state = step.decision().next();
            step.decision().effects().forEach(this::act);
            answer(step, recorded, first);
            first += step.decision().events().size();
        }
        tools.places().working(id, Parting.isWorking(state));
        boolean rests = Rest.isResting(state);
        if (rests != rested) {
            tools.places().resting(id, rests ? Optional.of(tools.clock().instant()) : Optional.empty());
        }
    }

    /**
     * With the events goes how far the process was heard, and what it will be sent. Lines that lead to nothing that is recorded are heard
     * again by a server that comes back, unless they become many.
     */
    private List<Envelope> recordWithLaunch(List<Step> steps, List<Draft> events) {
        long now = heard;
        List<Launches.Input> inputs = new ArrayList<>();
        long number = sent;
        boolean over = false;
        for (Step step : steps) {
            if (step.mail().signal() instanceof Signal.Heard(var _, var end, var _)) {
                now = end;
            }
            for (Decision.Effect effect : step.decision().effects()) {
                if (effect instanceof Decision.Effect.Send(var input)) {
                    inputs.add(Launches.Input.of(++number, input));
                }
                over |= effect instanceof Decision.Effect.Finish || effect instanceof Decision.Effect.WaitAgain;
            }
        }
        if (events.isEmpty() && inputs.isEmpty() && now - kept < UNRECORDED_BYTES) {
            heard = now;
            return List.of();
        }
        String launch = steps.getLast().decision().next().launch();
        long end = now;
        boolean forgets = over;
        List<Envelope> recorded = tools.journal().append(events, tx -> {
            if (forgets) {
                Launches.forget(tx, id);
            } else if (!launch.isEmpty()) {
                Launches.store(tx, id, launch, end, inputs);
            }
        });
        heard = end;
        kept = end;
        process.ifPresent(known -> known.kept(end));
        return recorded;
    }

    /** As it was last looked: whether nothing that a turn has left behind still runs. Asked only where a rest may end. */
    private boolean isAlone(Signal signal) {
        return !(signal instanceof Signal.Elapsed || signal instanceof Signal.MakeRoom)
                || process.map(p -> p.use().processes() <= 1).orElse(true);
    }

    private static void answer(Step step, List<Envelope> recorded, int first) {
        CompletableFuture<Reply> reply = step.mail().reply();
        switch (step.decision().answer()) {
            case Decision.Answer.Done() -> {
                if (!step.decision().events().isEmpty()) {
                    reply.complete(new Reply.Recorded(recorded.get(first).seq()));
                }
            }
            case Decision.Answer.AlreadyDone() -> reply.complete(new Reply.Known());
            case Decision.Answer.Refused(var problem) -> reply.completeExceptionally(problem);
        }
    }

    private static List<Mailbox.Mail> withoutCommands(List<Mailbox.Mail> batch, Problem problem) {
        List<Mailbox.Mail> rest = new ArrayList<>();
        for (Mailbox.Mail mail : batch) {
            if (mail.signal() instanceof Signal.Command) {
                mail.reply().completeExceptionally(problem);
            } else {
                rest.add(mail);
            }
        }
        return rest;
    }

    private void act(Decision.Effect effect) {
        switch (effect) {
            case Decision.Effect.Send(var input) -> {
                if (!process.orElseThrow().send(++sent, CliProcess.line(input))) {
                    // Only an ending process takes nothing; its exit is on its way and settles what was meant for it.
                    LOG.log(Level.INFO, "input not taken by an ending process session={0}", id);
                }
            }
            case Decision.Effect.Launch(var launch) -> followUp.add(mail(launch(launch)));
            case Decision.Effect.Started() -> tools.places().started(id);
            case Decision.Effect.AskForRoom() -> {
                if (tools.restBeforeRoom().isPositive()) {
                    tools.places().makeRoom(tools.clock().instant().minus(tools.restBeforeRoom()));
                }
            }
            case Decision.Effect.StopProcess(var now) -> {
                if (now) {
                    process.ifPresent(CliProcess::kill);
                } else {
                    process.ifPresent(p -> p.stop(tools.stopPlan()));
                }
            }
            case Decision.Effect.WaitAgain() -> waitAgain();
            case Decision.Effect.AbandonDraft(var messageId) -> drafts.abandon(messageId);
            case Decision.Effect.ClearDrafts() -> drafts.clear();
            case Decision.Effect.Lost() -> ending = Ending.LOST;
            case Decision.Effect.LetGo() -> ending = Ending.LET_GO;
            case Decision.Effect.Finish() -> {
                if (ending == Ending.BROKEN) {
                    ending = Ending.RECORDED;
                }
            }
        }
    }

    private void waitAgain() {
        resumed |= process.isPresent();
        process.ifPresent(CliProcess::close);
        process = Optional.empty();
        sent = 0;
        heard = 0;
        kept = 0;
        tools.untaken().run();
        tools.places().waitAgain(id);
    }

    /** Text in the making is shown, never stored; the state does not decide on it. Called before the state moves on. */
    private void hearDraft(Signal signal) {
        if (!(signal instanceof Signal.Heard(var output, var _, var _))) {
            return;
        }
        if (output instanceof CliOutput.BlockDelta delta
                && delta.parentToolUseId().isEmpty()) {
            switch (delta.kind()) {
                case TEXT -> drafts.add(delta.messageId(), delta.index(), "text", delta.text());
                case THINKING -> drafts.add(delta.messageId(), delta.index(), "thinking", delta.text());
                case INPUT_JSON -> {}
            }
        } else if (output instanceof CliOutput.AssistantMessage message) {
            drafts.replaced(message.messageId(), state.blocks().indexOf(message));
        }
    }

    private static Mailbox.Mail mail(Signal signal) {
        return new Mailbox.Mail(signal, new CompletableFuture<>());
    }

    private void close() {
        mailbox.close();
        if (ending == Ending.NOT_RECORDED || ending == Ending.BROKEN) {
            process.ifPresent(CliProcess::kill);
        }
        process.ifPresent(CliProcess::close);
        drafts.clear();
        ended.accept(ending);
        over.complete(null);
    }

    /** Called on the process's own threads. */
    private final class Ears implements CliListener {
        @Override
        public void heard(CliOutput output, long end, long readNanos) {
            put(new Signal.Heard(output, end, readNanos));
        }

        @Override
        public void exited(Exit exit) {
            put(new Signal.Exited(exit));
        }
    }
}
