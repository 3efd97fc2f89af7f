package dev.dashboard.session;

import dev.dashboard.approval.Answer;
import dev.dashboard.approval.Approval;
import dev.dashboard.approval.Approvals;
import dev.dashboard.approval.PermissionUpdate;
import dev.dashboard.cli.CliCommand;
import dev.dashboard.cli.CliHost;
import dev.dashboard.cli.CliLauncher;
import dev.dashboard.cli.CliOptions;
import dev.dashboard.cli.StopPlan;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.EventCodec;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.mask.Masking;
import dev.dashboard.problem.Problem;
import dev.dashboard.project.Project;
import dev.dashboard.project.Projects;
import dev.dashboard.project.Trust;
import dev.dashboard.project.Workspace;
import dev.dashboard.run.Worker;
import dev.dashboard.store.Database;
import jakarta.json.Json;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What people do with sessions, and the places of the live ones. Any thread.
 *
 * <p>A session has at most one seat in {@link Places}, taken before anything is recorded. Without a free place it waits in the line;
 * a full line means {@code queue-full}, with the limits, and nothing recorded.
 */
public final class Sessions implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Sessions.class.getName());
    private static final int MAX_REMEMBERED = 100;
    /** How often a prompt tries to reach a session that is just being parked or woken. */
    private static final int ATTEMPTS = 5;

    /** How often it is looked whether somebody takes launches again. */
    private static final Duration LOOK_FOR_RUNNER = Duration.ofMillis(500);

    private static final Duration COME_BACK = Duration.ofSeconds(5);

    private static final Set<String> PASSING = Set.of("session-not-live", "already-live");
    /** From the record of a session's end to the release of its place, on a slow machine. */
    private static final Duration LAST_STEPS = Duration.ofSeconds(5);

    /**
     * @param processes live CLI processes at once
     * @param starts of them, so many may be starting
     * @param queued sessions that may wait for a place
     * @param promptBytes longest prompt, in bytes of UTF-8
     * @param stallAfter how long a turn may be silent before it is marked as stalled
     * @param stallInterrupts whether a turn in which the model is silent is then cut
     * @param approvalsExpireAfter how long a request waits for a person; zero for ever
     * @param idleParking how long a session rests before it is parked; zero for never
     * @param idleParkingWhenFull the same while others wait for a place; zero for never
     * @param orphanPatience how long a process of a server that died may finish its turn
     */
    public record Limits(
            int processes,
            int starts,
            int queued,
            int promptBytes,
            StopPlan stopPlan,
            Duration initializeTimeout,
            Duration stallAfter,
            boolean stallInterrupts,
            Duration approvalsExpireAfter,
            Duration idleParking,
            Duration idleParkingWhenFull,
            Duration orphanPatience) {

        Places.Limits places() {
            return new Places.Limits(processes, starts, queued);
        }

        /** The longest that the end of a session takes once it was begun, and a little. */
        public Duration longestEnd() {
            return stopPlan.interrupt()
                    .plus(stopPlan.endOfInput())
                    .plus(stopPlan.terminate())
                    .plus(LAST_STEPS);
        }

        SessionState.Rules rules(Masking masking) {
            return new SessionState.Rules(
                    initializeTimeout,
                    Optional.of(idleParking).filter(Duration::isPositive),
                    stallAfter,
                    stallInterrupts,
                    Optional.of(approvalsExpireAfter).filter(Duration::isPositive),
                    masking);
        }
    }

    /** Recorded under this number. */
    public record Accepted(long seq) {}

    private final Session.Tools tools;
    private final Launches launches;
    private final Clock clock;
    private final CliHost host;
    private final SessionIndex index;
    private final Prompts prompts;
    private final Approvals approvals;
    private final Projects projects;
    private final Workspace workspace;
    private final Trust trust;
    private final Limits limits;
    private final Custody custody;
    private final Places places;
    private final Recovery recovery;

    /** Until when whoever has the processes still has them, once they have said that they leave. */
    private volatile Optional<Instant> leavingUntil = Optional.empty();

    /** The server is about to stop, and its processes with it: nothing new begins. */
    private volatile boolean draining;

    /** Ends the sessions at a stop; guarded by this, as what follows. */
    private List<Worker> endings = List.of();

    private boolean ending;
    private long endedByNanos;

    /** Looks for the next one; guarded by {@link #places}. */
    private Optional<Worker> lookout = Optional.empty();

    /** @param database where {@code launches} stand */
    public Sessions(
            Database database,
            Journal journal,
            Feed feed,
            Custody custody,
            CliHost host,
            SessionIndex index,
            Prompts prompts,
            Approvals approvals,
            Projects projects,
            Workspace workspace,
            Trust trust,
            Clock clock,
            Masking masking,
            Limits limits) {
        this.launches = new Launches(database);
        this.clock = clock;
        this.places = new Places(limits.places());
        this.tools = new Session.Tools(
                journal,
                feed,
                new CliLauncher(custody),
                clock,
                limits.stopPlan(),
                limits.rules(masking),
                places,
                limits.idleParkingWhenFull(),
                custody.outlivesServer(),
                this::hold);
        this.host = host;
        this.index = index;
        this.prompts = prompts;
        this.approvals = approvals;
        this.projects = projects;
        this.workspace = workspace;
        this.trust = trust;
        this.limits = limits;
        this.custody = custody;
        this.recovery =
                new Recovery(journal, custody, host.instance(), index, places, limits.orphanPatience(), this::takeUp);
    }

    /** Settles what a server that died has left; sessions it concerns cannot be resumed before that is done. */
    public void recover() {
        custody.whenLeaving(this::leaving);
        recovery.begin();
    }

    // ---- whoever has the processes leaves

    /** Nobody is placed any more, and the sessions come to rest. */
    private void leaving(Duration left) {
        leavingUntil = Optional.of(clock.instant().plus(left));
        hold();
        places.owners().forEach(this::tellOfLeaving);
    }

    private void tellOfLeaving(Session session) {
        leavingUntil.ifPresent(until -> session.part(Parting.RUNNER_LEAVING, Optional.of(until)));
    }

    /** Whoever wants a process waits in the line, until somebody takes launches. */
    private void hold() {
        synchronized (places) {
            places.pause();
            if (lookout.isEmpty()) {
                LOG.log(Level.INFO, "no process is started until a runner takes launches");
                lookout = Optional.of(Worker.virtual("runner-lookout", this::lookForRunner));
            }
        }
    }

    private void lookForRunner() throws InterruptedException {
        while (!custody.takesLaunches()) {
            Thread.sleep(LOOK_FOR_RUNNER);
        }
        LOG.log(Level.INFO, "a runner takes launches");
        synchronized (places) {
            lookout = Optional.empty();
            leavingUntil = Optional.empty();
        }
        places.resume();
    }

    /**
     * Goes on with a session whose process outlived its server; it keeps its seat.
     *
     * @return false when nobody knows the process any more
     * @throws Problem UNAVAILABLE {@code runner-unreachable}
     */
    private boolean takeUp(SessionSummary left) {
        String launch = left.custody().orElseThrow().launch();
        List<Launches.Input> inputs = launches.inputs(launch);
        SessionState state = revived(left, launch, inputs);
        Session.Wish wish =
                new Session.Wish(new Actor.Person(left.ownerId(), left.ownerName()), true, mark -> command(left, mark));
        Session session = new Session(state, wish, tools, ending -> ended(left.id(), ending));
        if (!session.takeUp(launches.heard(launch), inputs)) {
            return false;
        }
        places.adopt(left.id(), session, state.phase() == SessionState.Phase.READY);
        if (Rest.isResting(state)) {
            places.resting(left.id(), Optional.of(clock.instant()));
        }
        session.begin();
        tellOfLeaving(session);
        return true;
    }

    /**
     * Lets contents go that have been kept for long enough; for one thread.
     *
     * @param wallClock the journal's
     */
    public Retention retention(Database database, Clock wallClock, RetentionListener listener) {
        return new Retention(database, tools.journal(), custody, places, wallClock, listener);
    }

    // ---- the server stops

    private void requireRunning() {
        if (draining) {
            throw aboutToStop();
        }
    }

    private static Problem aboutToStop() {
        return new Problem(
                        Problem.Kind.UNAVAILABLE,
                        "draining",
                        "The server is about to stop and begins nothing new. Nothing was recorded; send it again when it is back.")
                .retryAfter(COME_BACK);
    }

    /**
     * Before a stop that ends the processes too: nothing new begins, sessions that rest are parked, and turns that run may end within the
     * time; one that waits for a person would not. Whatever is left then begins to end, and {@link #close} waits for that. Processes that
     * outlive the server are left alone, and so is whoever works with them.
     */
    public void drain(Duration patience) throws InterruptedException {
        if (custody.outlivesServer()) {
            return;
        }
        draining = true;
        if (patience.isPositive()) {
            places.pause();
            places.owners().forEach(session -> session.part(Parting.SERVER_STOPPED, Optional.empty()));
            if (!places.awaitQuiet(patience)) {
                LOG.log(Level.INFO, "turns did not end in time and are interrupted seconds={0}", patience.toSeconds());
            }
        }
        endAll();
    }

    private SessionState revived(SessionSummary left, String launch, List<Launches.Input> inputs) {
        Revival revival = new Revival(launch);
        tools.journal().each(left.id(), revival::feed);
        Set<String> written =
                inputs.stream().flatMap(input -> input.prompt().stream()).collect(Collectors.toSet());
        return revival.state(left, prompts.all(left.id()), written, tools.rules(), clock.instant());
    }

    // ---- opening and ending

    /** Opens a session; its process starts as soon as there is a place. */
    public SessionSummary create(ProjectId projectId, SessionOptions options, Actor.Person actor) {
        requireRunning();
        Project project = projects.get(projectId);
        workspace.still(project.path());
        SessionId id = SessionId.random();
        Optional<Integer> position = places.enter(id, actor.id(), clock.instant());
        // A title is what somebody said, and may expire; that the session was opened does not. So each has its own
        // event.
        Event.SessionCreated created = new Event.SessionCreated(
                projectId,
                project.path().toString(),
                Optional.empty(),
                options.model(),
                options.permissionMode(),
                options.effort(),
                actor.id(),
                options.sharing());
        Session session = keepingSeat(id, () -> {
            tools.journal()
                    .append(Stream.concat(Stream.of(created), options.title().map(Event.SessionTitled::new).stream())
                            .map(event -> new Draft(Optional.of(id), actor, event))
                            .toList());
            return open(index.get(id), Map.of(), false, actor);
        });
        request(session, position, actor);
        return index.get(id);
    }

    /** Wants a process again for a session that has none; the conversation goes on. */
    public Accepted resume(SessionId id, Actor.Person actor) {
        requireRunning();
        awaitRelease(id);
        Optional<Integer> position = places.enter(id, actor.id(), clock.instant());
        Session session = keepingSeat(id, () -> {
            SessionSummary summary = index.get(id);
            requireContents(summary);
            requireFolder(summary.cwd());
            return open(summary, known(id), hasConversation(summary), actor);
        });
        return request(session, position, actor);
    }

    /** From here on the seat is the owner's, who gives it back at its end. */
    private Session open(
            SessionSummary summary, Map<PromptId, SessionState.Prompt> known, boolean resumed, Actor actor) {
        SessionId id = summary.id();
        SessionState state = SessionState.opening(
                id,
                summary.cliSessionId(),
                summary.permissionMode(),
                summary.title().isPresent(),
                known);
        Session.Wish wish = new Session.Wish(actor, resumed, launch -> command(index.get(id), launch));
        Session session = new Session(state, wish, tools, ending -> ended(id, ending));
        session.begin();
        places.hold(id, session);
        tellOfLeaving(session);
        return session;
    }

    /** Records that it starts, or that it waits; where neither can be recorded, it is as if nobody had asked. */
    private Accepted request(Session session, Optional<Integer> position, Actor actor) {
        try {
            Reply reply =
                    position.isPresent() ? session.ask(new Signal.Queued(actor, position.get())) : session.start();
            return switch (reply) {
                case Reply.Recorded(var seq) -> new Accepted(seq);
                // Its turn came before this was recorded.
                case Reply.Known() -> new Accepted(index.get(session.id()).lastSeq());
            };
        } catch (Problem problem) {
            session.withdraw();
            throw problem;
        }
    }

    /** Everybody sees the end as soon as it is recorded, and may ask for the next start before the owner is gone. */
    private void awaitRelease(SessionId id) {
        if (!index.get(id).status().isLive()) {
            places.find(id).ifPresent(ending -> places.awaitChange(id, Optional.of(ending), LAST_STEPS));
        }
    }

    /** Asked with the seat taken: from then on they stay. */
    private static void requireContents(SessionSummary summary) {
        if (summary.expiredAt().isPresent()) {
            throw contentsExpired();
        }
    }

    static Problem contentsExpired() {
        return Problem.conflict(
                "contents-expired",
                "The contents of this session have expired: its project keeps them for a limited time only. It cannot be"
                        + " resumed, since Claude would not know what was said. Start a new session.");
    }

    /** It was there when the session was opened: that it is gone is no fault of this request. */
    private void requireFolder(Path cwd) {
        try {
            workspace.still(cwd);
        } catch (Problem problem) {
            if (problem.kind() != Problem.Kind.INVALID) {
                throw problem;
            }
            throw Problem.conflict(
                            "cwd-missing",
                            "The session's folder " + cwd
                                    + " is not there any more. Bring it back, then resume; or start a session in another"
                                    + " project.")
                    .causedBy(problem);
        }
    }

    /** Whether an earlier conversation goes on; while nobody can be asked, as far as is recorded. */
    private boolean hasConversation(SessionSummary summary) {
        return places.isPaused() ? summary.turns() > 0 : hasTranscript(summary);
    }

    private boolean hasTranscript(SessionSummary summary) {
        return custody.hasTranscript(UUID.fromString(summary.cliSessionId()));
    }

    /** A repeated id must be known in every life of the session, so each life begins with all of them. */
    private Map<PromptId, SessionState.Prompt> known(SessionId id) {
        Map<PromptId, SessionState.Prompt> known = new HashMap<>();
        for (Prompts.Prompt prompt : prompts.all(id)) {
            known.put(prompt.id(), new SessionState.Prompt(stageOf(prompt), prompt.text()));
        }
        return known;
    }

    private static SessionState.Stage stageOf(Prompts.Prompt prompt) {
        if (prompt.state().equals("removed")) {
            return SessionState.Stage.REMOVED;
        }
        return prompt.isOpen() ? SessionState.Stage.CUT : SessionState.Stage.FINISHED;
    }

    private Command command(SessionSummary summary, String launch) {
        UUID conversation = UUID.fromString(summary.cliSessionId());
        // It may have waited for long; what was checked then says nothing of now.
        requireFolder(summary.cwd());
        return CliCommand.of(
                host,
                new CliOptions(
                        summary.id().toString(),
                        launch,
                        summary.cwd(),
                        hasTranscript(summary)
                                ? new CliOptions.Resume(conversation)
                                : new CliOptions.Fresh(conversation),
                        summary.model(),
                        summary.permissionMode(),
                        summary.effort(),
                        summary.title(),
                        remembered(summary, PermissionUpdate.AllowRule.class, PermissionUpdate.AllowRule::text),
                        remembered(
                                        summary,
                                        PermissionUpdate.AddDirectory.class,
                                        PermissionUpdate.AddDirectory::directory)
                                .stream()
                                .filter(this::isStillAllowed)
                                .toList(),
                        trusted(summary)));
    }

    /** Asked for each process anew: a session that comes back after years starts with what is trusted then. */
    private CliOptions.Repository trusted(SessionSummary summary) {
        Trust.Launch launch = trust.launch(summary.project());
        launch.notice()
                .ifPresent(text -> tools.journal()
                        .append(List.of(new Draft(
                                Optional.of(summary.id()), Actor.SERVER, new Event.NoticeGiven("warning", text)))));
        return launch.settings()
                .map(settings -> new CliOptions.Repository(settings.cliSettings(), settings.cliMcpServers()))
                .orElse(CliOptions.Repository.NONE);
    }

    /** A further folder that leads elsewhere now is left out, and the CLI asks again. */
    private boolean isStillAllowed(Path folder) {
        try {
            workspace.still(folder);
            return true;
        } catch (Problem problem) {
            LOG.log(Level.WARNING, "remembered folder left out code={0}", problem.code());
            return false;
        }
    }

    /** What was allowed for the whole session holds in each of its lives; the mode is the session's own. */
    private static <U extends PermissionUpdate, T> List<T> remembered(
            SessionSummary summary, Class<U> kind, Function<U, T> as) {
        return summary.remembered().stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .map(as)
                .distinct()
                .toList();
    }

    /** The seat is given back when it does not come to an owner. */
    private <T> T keepingSeat(SessionId id, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            places.release(id);
            throw e;
        }
    }

    /** Told by the owner at its very end. Unrecorded, the session would look alive for ever; so it is tried until it works. */
    private void ended(SessionId id, Session.Ending ending) {
        switch (ending) {
            case RECORDED -> places.release(id);
            case NOT_RECORDED -> recovery.settleLater(id, "journal-unavailable");
            case BROKEN -> recovery.settleLater(id, "server-fault");
            case LOST -> recovery.settleLater(id, Recovery.RUNNER_LOST);
            case LET_GO -> places.release(id);
        }
    }

    /** Stops the process; what of its tree is left is recorded with its end. */
    public Accepted stop(SessionId id, Actor actor) {
        return recorded(id, new Signal.Stop(actor, "stopped"));
    }

    public Accepted interrupt(SessionId id, Actor actor) {
        return recorded(id, new Signal.Interrupt(actor));
    }

    public Accepted rename(SessionId id, String title, Actor actor) {
        index.get(id);
        String checked = SessionOptions.checkedTitle(title);
        if (checked.isEmpty()) {
            throw Problem.invalid("title-invalid", "title: give at least one character.");
        }
        return new Accepted(tools.journal()
                .append(List.of(new Draft(Optional.of(id), actor, new Event.SessionTitled(checked))))
                .getFirst()
                .seq());
    }

    /** Says who else may come to the session; whether this actor may is the caller's to know. */
    public void share(SessionId id, Sharing sharing, Actor actor) {
        if (index.get(id).sharing() != sharing) {
            tools.journal().append(List.of(new Draft(Optional.of(id), actor, new Event.SessionShared(sharing))));
        }
    }

    // ---- prompts

    /**
     * Gives a prompt to the session; a parked one wakes for it. The same id with the same text again answers the same and runs nothing.
     */
    public Accepted prompt(SessionId id, PromptId prompt, String text, Actor.Person actor) {
        return prompt(id, prompt, text, false, actor);
    }

    /** @param now whether it cuts the running turn instead of waiting for its end */
    public Accepted prompt(SessionId id, PromptId prompt, String text, boolean now, Actor.Person actor) {
        check(text);
        index.get(id);
        Signal.Submit submit = new Signal.Submit(actor, prompt, text, now);
        if (draining) {
            return earlier(id, submit).orElseThrow(Sessions::aboutToStop);
        }
        try {
            return submitOrWake(id, submit);
        } catch (Problem problem) {
            if (problem.kind() != Problem.Kind.CONFLICT) {
                throw problem;
            }
            // The process may be gone while the prompt is long recorded: the repeated request gets its first answer.
            return earlier(id, submit).orElseThrow(() -> draining ? aboutToStop() : problem);
        }
    }

    private Optional<Accepted> earlier(SessionId id, Signal.Submit submit) {
        Optional<Prompts.Prompt> first = prompts.find(id, submit.prompt());
        if (first.isPresent() && !first.get().text().equals(submit.text())) {
            throw SessionState.promptIdReused(submit.prompt());
        }
        return first.map(known -> new Accepted(known.seq()));
    }

    /**
     * What stands in the way may pass by itself: the session is just being parked, or somebody else just wakes it. It is waited for as
     * long as a stop may take, over all attempts: the person waits as well.
     */
    private Accepted submitOrWake(SessionId id, Signal.Submit submit) {
        long end = System.nanoTime() + limits.longestEnd().toNanos();
        for (int attempt = 1; ; attempt++) {
            Optional<Session> owner = places.find(id);
            try {
                return owner.isPresent() || index.get(id).status() != SessionStatus.PARKED
                        ? recordedOr(
                                id,
                                submit,
                                () -> prompts.get(id, submit.prompt()).seq())
                        : wake(id, submit);
            } catch (Problem problem) {
                // Somebody else may have woken it since: then it is live by now.
                SessionStatus status = index.get(id).status();
                boolean passes = problem.code().equals(SessionState.PARKING)
                        || PASSING.contains(problem.code()) && (status == SessionStatus.PARKED || status.isLive());
                long left = end - System.nanoTime();
                if (!passes || attempt == ATTEMPTS || left <= 0) {
                    throw problem;
                }
                places.awaitChange(id, owner, Duration.ofNanos(left));
            }
        }
    }

    private Accepted wake(SessionId id, Signal.Submit submit) {
        Optional<Accepted> earlier = earlier(id, submit);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        Actor.Person actor = submit.actor();
        Optional<Integer> position = places.enter(id, actor.id(), clock.instant());
        Session session = keepingSeat(id, () -> {
            SessionSummary summary = index.get(id);
            requireContents(summary);
            requireFolder(summary.cwd());
            return open(summary, known(id), hasConversation(summary), actor);
        });
        Accepted accepted;
        try {
            accepted = recordedOr(
                    id, submit, () -> prompts.get(id, submit.prompt()).seq());
        } catch (Problem problem) {
            session.withdraw();
            throw problem;
        }
        // From here on the prompt is in, so whatever else cannot be recorded is the owner's affair and not this
        // person's.
        if (position.isEmpty()) {
            session.placed();
        } else {
            sayThatItWaits(session, position.get(), actor);
        }
        return accepted;
    }

    private static void sayThatItWaits(Session session, int position, Actor actor) {
        try {
            session.ask(new Signal.Queued(actor, position));
        } catch (Problem problem) {
            LOG.log(Level.WARNING, "waiting not recorded session={0} code={1}", session.id(), problem.code());
        }
    }

    /** Changes a prompt that waits. */
    public Accepted edit(SessionId id, PromptId prompt, String text, Actor actor) {
        check(text);
        return inLine(id, prompt, new Signal.Edit(actor, prompt, text));
    }

    /** Puts a prompt that waits to another place of the line; 0 is next, and beyond the end is the end. */
    public Accepted move(SessionId id, PromptId prompt, int position, Actor actor) {
        return inLine(id, prompt, new Signal.Move(actor, prompt, position));
    }

    /** Takes back a prompt that waits, or that was cut; it never runs. */
    public Accepted remove(SessionId id, PromptId prompt, Actor actor) {
        if (places.find(id).isEmpty() && prompts.get(id, prompt).state().equals("cut")) {
            Draft removed = new Draft(Optional.of(id), actor, new Event.PromptRemoved(prompt));
            return new Accepted(
                    tools.journal().append(List.of(removed)).getFirst().seq());
        }
        return inLine(id, prompt, new Signal.Remove(actor, prompt));
    }

    /** Runs a prompt that waits now; the running turn is cut for it. */
    public Accepted hasten(SessionId id, PromptId prompt, Actor actor) {
        requireRunning();
        return inLine(id, prompt, new Signal.Hasten(actor, prompt));
    }

    private Accepted inLine(SessionId id, PromptId prompt, Signal.Command command) {
        index.get(id);
        Prompts.Prompt known = prompts.get(id, prompt);
        if (places.find(id).isEmpty()) {
            throw Problem.conflict(
                            "prompt-not-waiting", "This prompt does not wait any more: it is " + known.state() + ".")
                    .with("promptState", known.state());
        }
        try {
            return recordedOr(id, command, () -> index.get(id).lastSeq());
        } catch (Problem problem) {
            throw problem.kind() == Problem.Kind.CONFLICT
                    ? problem.with("promptState", prompts.get(id, prompt).state())
                    : problem;
        }
    }

    private void check(String text) {
        if (text.isBlank()) {
            throw Problem.invalid("prompt-empty", "text: write something first.");
        }
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > limits.promptBytes()) {
            throw new Problem(
                    Problem.Kind.TOO_LARGE,
                    "prompt-too-large",
                    "text: a prompt may have " + limits.promptBytes() / 1024 + " KiB; this one has "
                            + (bytes + 1023) / 1024 + " KiB.");
        }
    }

    /** Runs a prompt that was cut, with its own id: the CLI runs it once at most. Resumes the session where needed. */
    public Accepted deliver(SessionId id, PromptId prompt, Actor.Person actor) {
        requireRunning();
        index.get(id);
        Prompts.Prompt known = prompts.get(id, prompt);
        if (places.find(id).isEmpty()) {
            if (!known.isOpen()) {
                throw Problem.conflict(
                        "prompt-already-ran", "This prompt ran to its end. Send it as a new prompt to run it again.");
            }
            resume(id, actor);
        }
        return recorded(id, new Signal.Deliver(actor, prompt));
    }

    // ---- approvals

    /** Answers a request; the first recorded answer wins. */
    public Approval decide(ApprovalId id, Answer answer, Actor.Person actor) {
        Approval approval = approvals.get(id);
        requirePending(approval);
        Answer.Checked checked = answer.against(approval, workspace::allowed);
        requireRoomToRemember(approval.session(), checked);
        try {
            recorded(
                    approval.session(),
                    new Signal.Decide(
                            actor,
                            id,
                            checked.allow(),
                            checked.input(),
                            checked.reason(),
                            PermissionUpdate.json(checked.remembered())));
        } catch (Problem problem) {
            requirePending(approvals.get(id));
            throw problem;
        }
        return approvals.get(id);
    }

    /** All of it travels in an argument at each start. */
    private void requireRoomToRemember(SessionId id, Answer.Checked answer) {
        if (index.get(id).remembered().size() + answer.remembered().size() > MAX_REMEMBERED) {
            throw Problem.invalid(
                            "remember-full",
                            "remember: this session has " + MAX_REMEMBERED
                                    + " remembered permissions already. Allow it once, or choose another permission mode.")
                    .with("field", "remember");
        }
    }

    private static void requirePending(Approval approval) {
        if (approval.decision().isPresent()) {
            Approval.Decision decision = approval.decision().get();
            throw Problem.conflict(
                            "already-decided",
                            name(decision.by()) + " answered this first (" + approval.state()
                                    + "). Your answer was not used.")
                    .with(Json.createObjectBuilder()
                            .add("decision", approval.state().equals("allowed") ? "allow" : "deny")
                            .add("decidedBy", EventCodec.actor(decision.by()))
                            .build());
        }
        if (!approval.isPending()) {
            throw Problem.conflict("approval-withdrawn", "The CLI no longer waits for this. Your answer was not used.");
        }
    }

    private static String name(Actor actor) {
        return actor instanceof Actor.Person person ? person.name() : "The dashboard";
    }

    // ---- reaching the owner

    private Accepted recorded(SessionId id, Signal.Command command) {
        return recordedOr(id, command, () -> {
            throw new IllegalStateException("only prompts can be known already");
        });
    }

    private Accepted recordedOr(SessionId id, Signal.Command command, Supplier<Long> knownSeq) {
        try {
            Session session = places.find(id).orElseThrow(() -> notLive(id));
            return switch (session.ask(command)) {
                case Reply.Recorded(var seq) -> new Accepted(seq);
                case Reply.Known() -> new Accepted(knownSeq.get());
            };
        } catch (Problem problem) {
            throw problem.kind() == Problem.Kind.CONFLICT
                    ? problem.with("state", index.get(id).status().word())
                    : problem;
        }
    }

    private Problem notLive(SessionId id) {
        SessionSummary summary = index.get(id);
        SessionStatus status = summary.status();
        if (summary.expiredAt().isPresent()) {
            return contentsExpired();
        }
        if (places.isTaken(id)) {
            return Problem.conflict(
                    "session-not-live",
                    "This session is just being started, or what an earlier process left is being settled. Try again in a"
                            + " moment.");
        }
        return Problem.conflict(
                "session-not-live",
                "This session has no running process (it is " + status.word() + "). Resume it first.");
    }

    /** What runs on this machine for whom, and who waits; for people who look. */
    public Processes processes() {
        List<Processes.Live> live = custody.running().stream()
                .map(running -> new Processes.Live(
                        SessionId.parse(running.session()),
                        running.pid(),
                        running.startedAt(),
                        running.use().processes(),
                        running.use().residentBytes(),
                        running.use().cpuPercent()))
                .toList();
        return new Processes(limits.processes(), limits.starts(), limits.queued(), live, places.waiting());
    }

    /** How many sessions have a place. */
    public int live() {
        return places.live();
    }

    /** How many wait for one. */
    public int waiting() {
        return places.waiting().size();
    }

    /** The session's place in the line, from 1; empty when it does not wait. */
    public Optional<Integer> position(SessionId id) {
        return places.position(id);
    }

    /**
     * Ends all processes politely, and the waiting for one; records it, and waits for that: a later server finds them parked. Those that
     * outlive the server are let go.
     */
    @Override
    public void close() {
        endAll();
        List<Worker> left;
        long end;
        synchronized (this) {
            left = endings;
            end = endedByNanos;
        }
        try {
            for (Worker one : left) {
                if (!one.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
                    LOG.log(Level.WARNING, "a session did not end in time");
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Once; in the background, all at the same time. */
    private synchronized void endAll() {
        if (ending) {
            return;
        }
        ending = true;
        recovery.close();
        Optional<Worker> looking;
        synchronized (places) {
            looking = lookout;
        }
        looking.ifPresent(Worker::close);
        endedByNanos = System.nanoTime() + limits.longestEnd().toNanos();
        endings = places.closeAll().stream()
                .map(session -> Worker.virtual("stop-at-close", () -> endForClose(session)))
                .toList();
    }

    private void endForClose(Session session) throws InterruptedException {
        if (custody.outlivesServer() && places.position(session.id()).isEmpty()) {
            session.leave();
        } else {
            try {
                session.ask(new Signal.Stop(Actor.SERVER, Parting.SERVER_STOPPED));
            } catch (Problem problem) {
                LOG.log(Level.DEBUG, "session ends by itself code={0}", problem.code());
            }
        }
        session.awaitEnd(Duration.ofMinutes(1));
    }
}
