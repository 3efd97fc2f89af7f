package dev.dashboard.session;

import dev.dashboard.approval.Approval;
import dev.dashboard.approval.Approvals;
import dev.dashboard.cli.CliCommand;
import dev.dashboard.cli.CliHost;
import dev.dashboard.cli.CliLauncher;
import dev.dashboard.cli.CliOptions;
import dev.dashboard.cli.StopPlan;
import dev.dashboard.cli.TranscriptReader;
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
import dev.dashboard.problem.Problem;
import dev.dashboard.project.Project;
import dev.dashboard.project.Projects;
import dev.dashboard.project.Workspace;
import dev.dashboard.run.Worker;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What people do with sessions, and the registry of the live ones. Any thread.
 *
 * <p>A session has at most one place in the registry, taken before anything is recorded: that is the lock that the CLI does not
 * have (two processes may resume one conversation, and both would write). Full means {@code no-free-place}, with the limit.
 */
public final class Sessions implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Sessions.class.getName());
    private static final int MAX_REASON = 4_000;
    /** From the record of a session's end to the release of its place, on a slow machine. */
    private static final Duration LAST_STEPS = Duration.ofSeconds(5);

    /**
     * @param maxProcesses live CLI processes at once
     * @param promptBytes longest prompt, in bytes of UTF-8
     * @param orphanPatience how long a process of a server that died may finish its turn
     */
    public record Limits(
            int maxProcesses,
            int promptBytes,
            StopPlan stopPlan,
            Duration initializeTimeout,
            Duration orphanPatience) {}

    /** Recorded under this number. */
    public record Accepted(long seq) {}

    private final Session.Tools tools;
    private final CliHost host;
    private final SessionIndex index;
    private final Prompts prompts;
    private final Approvals approvals;
    private final Projects projects;
    private final Workspace workspace;
    private final Limits limits;
    private final TranscriptReader transcripts;
    private final Registry registry;
    private final Recovery recovery;

    public Sessions(
            Journal journal,
            Feed feed,
            CliLauncher launcher,
            CliHost host,
            SessionIndex index,
            Prompts prompts,
            Approvals approvals,
            Projects projects,
            Workspace workspace,
            Clock clock,
            Limits limits) {
        this.tools = new Session.Tools(journal, feed, launcher, clock, limits.stopPlan(), limits.initializeTimeout());
        this.host = host;
        this.index = index;
        this.prompts = prompts;
        this.approvals = approvals;
        this.projects = projects;
        this.workspace = workspace;
        this.limits = limits;
        this.transcripts = new TranscriptReader(host.configDirectory());
        this.registry = new Registry(limits.maxProcesses());
        this.recovery = new Recovery(journal, transcripts, host.instance(), index, registry, limits.orphanPatience());
    }

    /** Settles what a server that died has left; sessions it concerns cannot be resumed before that is done. */
    public void recover() {
        recovery.begin();
    }

    // ---- opening and ending

    /** Opens a session and starts its process. */
    public SessionSummary create(ProjectId projectId, SessionOptions options, Actor.Person actor) {
        Project project = projects.get(projectId);
        workspace.allowed(project.path());
        SessionId id = SessionId.random();
        registry.reserve(id);
        String launch = UUID.randomUUID().toString();
        Event.SessionCreated created = new Event.SessionCreated(
                projectId,
                project.path().toString(),
                options.title(),
                options.model(),
                options.permissionMode(),
                options.effort(),
                actor.id());
        keepingPlace(
                id,
                () -> tools.journal()
                        .append(List.of(
                                new Draft(Optional.of(id), actor, created),
                                new Draft(
                                        Optional.of(id),
                                        actor,
                                        new Event.SessionStarted(launch, id.toString(), false)))));
        SessionSummary summary = recordedAsStarting(id);
        start(summary, launch, Map.of());
        return summary;
    }

    /** From its record on, the session is said to start: where no process can follow, that is settled. */
    private SessionSummary recordedAsStarting(SessionId id) {
        try {
            return index.get(id);
        } catch (RuntimeException e) {
            ended(id, Session.Ending.NOT_RECORDED);
            throw e;
        }
    }

    /** Starts a process again for a session that has none; the conversation goes on. */
    public Accepted resume(SessionId id, Actor actor) {
        awaitRelease(id, index.get(id).status());
        registry.reserve(id);
        return keepingPlace(id, () -> {
            SessionSummary summary = index.get(id);
            requireFolder(summary.cwd());
            Map<PromptId, SessionState.Prompt> known = known(id);
            String launch = UUID.randomUUID().toString();
            Event started = new Event.SessionStarted(launch, summary.cliSessionId(), hasTranscript(summary));
            Accepted accepted = new Accepted(tools.journal()
                    .append(List.of(new Draft(Optional.of(id), actor, started)))
                    .getFirst()
                    .seq());
            start(summary, launch, known);
            return accepted;
        });
    }

    /** Everybody sees the end as soon as it is recorded, and may ask for the next start before the owner is gone. */
    private void awaitRelease(SessionId id, SessionStatus seen) {
        Optional<Session> ending = seen.isLive() ? Optional.empty() : registry.find(id);
        if (ending.isPresent()) {
            try {
                ending.get().awaitEnd(LAST_STEPS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** It was there when the session was opened: that it is gone is no fault of this request. */
    private void requireFolder(Path cwd) {
        try {
            workspace.allowed(cwd);
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

    private boolean hasTranscript(SessionSummary summary) {
        return transcripts.find(UUID.fromString(summary.cliSessionId())).isPresent();
    }

    /** A repeated id must be known in every life of the session, so each life begins with all of them. */
    private Map<PromptId, SessionState.Prompt> known(SessionId id) {
        Map<PromptId, SessionState.Prompt> known = new HashMap<>();
        for (Prompts.Prompt prompt : prompts.all(id)) {
            known.put(
                    prompt.id(),
                    new SessionState.Prompt(
                            prompt.isOpen() ? SessionState.Stage.CUT : SessionState.Stage.FINISHED, prompt.text()));
        }
        return known;
    }

    private void start(SessionSummary summary, String launch, Map<PromptId, SessionState.Prompt> known) {
        SessionState state = SessionState.launching(
                summary.id(),
                launch,
                summary.cliSessionId(),
                summary.permissionMode(),
                summary.title().isPresent(),
                known);
        Session session = new Session(state, tools, ending -> ended(summary.id(), ending));
        registry.hold(summary.id(), session);
        session.begin(() -> command(summary, launch));
    }

    private CliCommand command(SessionSummary summary, String launch) {
        UUID conversation = UUID.fromString(summary.cliSessionId());
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
                        summary.title()));
    }

    /** The place is given back when it does not come to a start. */
    private <T> T keepingPlace(SessionId id, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            registry.release(id);
            throw e;
        }
    }

    /** Told by the owner at its very end. Unrecorded, the session would look alive for ever; so it is tried until it works. */
    private void ended(SessionId id, Session.Ending ending) {
        switch (ending) {
            case RECORDED -> registry.release(id);
            case NOT_RECORDED -> recovery.settleLater(id, "journal-unavailable");
            case BROKEN -> recovery.settleLater(id, "server-fault");
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

    // ---- prompts

    /** Gives a prompt to the session. The same id with the same text again answers the same and runs nothing. */
    public Accepted prompt(SessionId id, PromptId prompt, String text, Actor actor) {
        check(text);
        index.get(id);
        try {
            return recordedOr(
                    id,
                    new Signal.Submit(actor, prompt, text),
                    () -> prompts.get(id, prompt).seq());
        } catch (Problem problem) {
            // The process may be gone while the prompt is long recorded: the repeated request gets its first answer.
            Optional<Prompts.Prompt> first =
                    problem.kind() == Problem.Kind.CONFLICT ? prompts.find(id, prompt) : Optional.empty();
            if (first.isPresent() && first.get().text().equals(text)) {
                return new Accepted(first.get().seq());
            }
            if (first.isPresent()) {
                throw Problem.conflict(
                        "prompt-id-reused",
                        "promptId: " + prompt + " was used in this session for another text. Make a new id.");
            }
            throw problem;
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
    public Accepted deliver(SessionId id, PromptId prompt, Actor actor) {
        index.get(id);
        Prompts.Prompt known = prompts.get(id, prompt);
        if (registry.find(id).isEmpty()) {
            if (!known.isOpen()) {
                throw Problem.conflict(
                        "prompt-already-ran", "This prompt ran to its end. Send it as a new prompt to run it again.");
            }
            resume(id, actor);
        }
        return recorded(id, new Signal.Deliver(actor, prompt));
    }

    // ---- approvals

    /**
     * Answers a request; the first recorded answer wins.
     *
     * @param input what shall run instead of what was asked
     * @param answers to a question, by its text
     */
    public Approval decide(
            ApprovalId id,
            boolean allow,
            Optional<JsonObject> input,
            Optional<JsonObject> answers,
            Optional<String> reason,
            Actor.Person actor) {
        Approval approval = approvals.get(id);
        requirePending(approval);
        if (reason.filter(r -> r.length() > MAX_REASON).isPresent()) {
            throw Problem.invalid("reason-too-long", "reason: at most " + MAX_REASON + " characters.");
        }
        if (allow && approval.kind().equals("question") && answers.isEmpty()) {
            throw Problem.invalid("answers-missing", "answers: give an answer to each question, or deny.");
        }
        Optional<JsonObject> changed = answers.map(given -> Json.createObjectBuilder(input.orElse(approval.input()))
                        .add("answers", given)
                        .build())
                .or(() -> input);
        try {
            recorded(
                    approval.session(),
                    new Signal.Decide(
                            actor, id, allow, allow ? changed : Optional.empty(), reason.filter(r -> !r.isBlank())));
        } catch (Problem problem) {
            requirePending(approvals.get(id));
            throw problem;
        }
        return approvals.get(id);
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
            Session session = registry.find(id).orElseThrow(() -> notLive(id));
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
        SessionStatus status = index.get(id).status();
        if (registry.isTaken(id)) {
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
        List<Processes.Live> live = tools.launcher().running().stream()
                .map(running -> new Processes.Live(
                        SessionId.parse(running.session()),
                        running.pid(),
                        running.startedAt(),
                        running.use().processes(),
                        running.use().residentBytes(),
                        running.use().cpuPercent()))
                .toList();
        return new Processes(limits.maxProcesses(), limits.maxProcesses(), 0, live, List.of());
    }

    /** How many processes are live, and how many may be. */
    public int live() {
        return registry.size();
    }

    /** Ends all processes politely, records it, and waits for that: a later server finds them parked. */
    @Override
    public void close() {
        recovery.close();
        List<Session> live = registry.closeAll();
        List<Worker> stops = live.stream()
                .map(session -> Worker.virtual("stop-at-close", () -> stopForClose(session)))
                .toList();
        Duration patience = limits.stopPlan()
                .interrupt()
                .plus(limits.stopPlan().endOfInput())
                .plus(limits.stopPlan().terminate())
                .plus(Duration.ofSeconds(5));
        try {
            for (Worker stop : stops) {
                if (!stop.join(patience)) {
                    LOG.log(Level.WARNING, "a session did not end in time seconds={0}", patience.toSeconds());
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void stopForClose(Session session) throws InterruptedException {
        try {
            session.ask(new Signal.Stop(Actor.SERVER, "server-stopped"));
        } catch (Problem problem) {
            LOG.log(Level.DEBUG, "session ends by itself code={0}", problem.code());
        }
        session.awaitEnd(Duration.ofMinutes(1));
    }
}
