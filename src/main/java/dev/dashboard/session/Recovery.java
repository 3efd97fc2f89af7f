package dev.dashboard.session;

import dev.dashboard.cli.CliOutput;
import dev.dashboard.cli.TranscriptReader;
import dev.dashboard.custody.Custody;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.LogContext;
import dev.dashboard.run.Worker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Settles sessions whose server died, or whose end could not be recorded.
 *
 * <p>A CLI whose server has died finishes its running turn, saves it, and ends by itself (claude-cli note, section 9); it is given
 * time for that, and then it is ended. What it wrote to its transcript and nobody has recorded is then read from there: the uuids
 * are the same as on stdout, so nothing is taken twice. What the transcript does not tell is recorded as not known.
 */
final class Recovery implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Recovery.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(5);

    /** The cause where the server is gone; a session that only rested then comes back parked. */
    static final String SERVER_DIED = "server-died";

    /** The same where whoever had the process is gone. */
    static final String RUNNER_LOST = "runner-lost";

    private static final Set<SessionStatus> RESTED =
            EnumSet.of(SessionStatus.QUEUED, SessionStatus.STARTING, SessionStatus.IDLE);

    private static final Event NO_TRANSCRIPT = new Event.NoticeGiven(
            "warning",
            "The CLI's own record of this conversation could not be read. What it did after the last line above is not known.");

    private final Journal journal;
    private final Custody custody;
    private final TranscriptReader transcripts;
    private final String instance;
    private final SessionIndex index;
    private final Places places;
    private final Duration orphanPatience;
    private final Predicate<SessionSummary> takeUp;
    private final List<Worker> workers = new CopyOnWriteArrayList<>();

    /**
     * @param takeUp goes on with a session whose process outlived its server; false when nobody knows the process any more, a Problem
     *     when nobody can be asked now
     */
    Recovery(
            Journal journal,
            Custody custody,
            String instance,
            SessionIndex index,
            Places places,
            Duration orphanPatience,
            Predicate<SessionSummary> takeUp) {
        this.journal = journal;
        this.custody = custody;
        this.transcripts = new TranscriptReader(custody);
        this.instance = instance;
        this.index = index;
        this.places = places;
        this.orphanPatience = orphanPatience;
        this.takeUp = takeUp;
    }

    /**
     * One worker for each session that was live; each keeps its session's place until it is settled. What else runs with this
     * dashboard's mark belongs to no session any more and is ended.
     */
    void begin() {
        List<SessionSummary> left = index.live();
        workers.add(Worker.virtual("sweep-strays", this::sweep));
        for (SessionSummary summary : left) {
            LOG.log(
                    Level.INFO,
                    "session left behind session={0} state={1}",
                    summary.id(),
                    summary.status().word());
            places.reserveForRecovery(summary.id());
            workers.add(Worker.virtual(
                    "recover-" + summary.id(), LogContext.ofSession(summary.id()), () -> recover(summary)));
        }
    }

    private void recover(SessionSummary left) throws InterruptedException {
        boolean mayLive = custody.outlivesServer()
                && left.status().isLive()
                && left.custody().isPresent();
        if (mayLive && untilItWorks(left.id(), () -> takeUp.test(left))) {
            LOG.log(Level.INFO, "session taken up again session={0}", left.id());
            return;
        }
        settle(left, SERVER_DIED);
        places.release(left.id());
    }

    /** A process is recorded before it exists: so what is seen first, and then belongs to no session, belongs to none. */
    private void sweep() throws InterruptedException {
        List<Custody.Marked> seen = untilItWorks("strays", () -> custody.ofInstance(instance));
        Set<String> launches = index.live().stream()
                .flatMap(summary -> summary.custody().stream())
                .map(SessionSummary.Custody::launch)
                .collect(Collectors.toSet());
        Set<String> strays = seen.stream()
                .map(Custody.Marked::launch)
                .filter(launch -> !launches.contains(launch))
                .collect(Collectors.toSet());
        for (String launch : strays) {
            var ended = custody.end(launch, Optional.empty(), Duration.ZERO);
            LOG.log(
                    Level.WARNING,
                    "processes without a session ended found={0} remaining={1}",
                    ended.found(),
                    ended.remaining());
        }
    }

    /**
     * Settles, in the background, a session of this server whose end could not be recorded; it keeps its place until then.
     *
     * @param cause {@code journal-unavailable, server-fault}
     */
    void settleLater(SessionId id, String cause) {
        LOG.log(Level.ERROR, "end of session not recorded, to be settled session={0} cause={1}", id, cause);
        places.reserveForRecovery(id);
        workers.removeIf(worker -> !worker.isAlive());
        workers.add(Worker.virtual("settle-" + id, LogContext.ofSession(id), () -> {
            settle(untilItWorks(id, () -> index.get(id)), cause);
            places.release(id);
        }));
    }

    /** Waits for the process or ends it, then records how things stand; tries until the journal takes it. */
    void settle(SessionSummary summary, String cause) throws InterruptedException {
        Event.Leftover leftover = untilItWorks(summary.id(), () -> endProcesses(summary));
        untilItWorks(
                summary.id(),
                () -> journal.append(facts(summary, cause, leftover), tx -> Launches.forget(tx, summary.id())));
    }

    private interface Work<T> {
        T get() throws InterruptedException;
    }

    private static <T> T untilItWorks(Object of, Work<T> work) throws InterruptedException {
        while (true) {
            try {
                return work.get();
            } catch (Problem e) {
                LOG.log(Level.WARNING, "not settled yet session={0} code={1}", of, e.code());
                Thread.sleep(RETRY);
            }
        }
    }

    private Event.Leftover endProcesses(SessionSummary summary) throws InterruptedException {
        if (summary.custody().isEmpty()) {
            return Event.Leftover.NONE;
        }
        SessionSummary.Custody left = summary.custody().get();
        // Where the start was not recorded any more, the oldest process with the launch's mark is the CLI.
        var ended = custody.end(left.launch(), left.process(), orphanPatience);
        return new Event.Leftover(ended.found(), ended.killed(), ended.remaining());
    }

    private List<Draft> facts(SessionSummary summary, String cause, Event.Leftover leftover) {
        Known known = known(summary.id());
        List<Event> events = new ArrayList<>(new Import(known).read(summary));
        boolean rested = RESTED.contains(summary.status()) && known.open.isEmpty() && known.asked.isEmpty();
        known.asked.forEach((approval, asked) -> events.add(settled(approval, asked, known)));
        events.add(
                rested && (cause.equals(SERVER_DIED) || cause.equals(RUNNER_LOST))
                        ? new Event.SessionEnded(cause, Optional.empty(), leftover)
                        : new Event.SessionInterrupted(cause, leftover));
        return events.stream()
                .map(event -> new Draft(Optional.of(summary.id()), actor(event), event))
                .toList();
    }

    private static Event settled(ApprovalId approval, Asked asked, Known known) {
        if (asked.answer.isEmpty()) {
            return new Event.ApprovalWithdrawn(approval, "server-restarted");
        }
        return Optional.ofNullable(known.returned.get(asked.toolUseId))
                        .filter(returned -> shows(returned, asked.answer.get()))
                        .isPresent()
                ? new Event.ApprovalDelivered(approval)
                : new Event.ApprovalUnsettled(approval);
    }

    /**
     * Whether the call's result can only be there because the CLI had the answer. One that lost its server denies by itself what
     * it still waits for, so an error after an "allow" proves nothing, and a "deny" shows by its reason.
     */
    private static boolean shows(Event.ToolReturned returned, Event.ApprovalResolved answer) {
        return answer.decision().equals("allow")
                ? !returned.isError()
                : returned.isError() && returned.content().contains(Asking.reasonForModel(answer.reason()));
    }

    private static Actor actor(Event event) {
        return event instanceof Event.SessionInterrupted
                        || event instanceof Event.SessionEnded
                        || event instanceof Event.ApprovalWithdrawn
                        || event instanceof Event.ApprovalUnsettled
                        || event.equals(NO_TRANSCRIPT)
                ? Actor.SERVER
                : Actor.CLI;
    }

    // ---- what the journal has

    /** As much as decides, and no more: all that a session ever said may be larger than the memory. */
    static final class Known {
        /** Lines of the CLI that are recorded. */
        final Set<String> lines = new HashSet<>();
        /** Blocks per message, to number further ones. */
        final Map<String, Integer> blocks = new LinkedHashMap<>();

        /** What is recorded without the uuid of its line, word for word. */
        final Set<String> words = new HashSet<>();

        /** By the call, where one waits for an answer; a result comes after what was asked for it. */
        final Map<String, Event.ToolReturned> returned = new HashMap<>();

        final Map<ApprovalId, Asked> asked = new LinkedHashMap<>();
        /** Prompts that are not finished, and whether the CLI had taken them up. */
        final Map<PromptId, Boolean> open = new LinkedHashMap<>();
        /** Whether the CLI ever took up a prompt; from then on it has a transcript. */
        boolean begun;

        void note(Event event) {
            if (event instanceof Event.AssistantReplied replied) {
                block(replied.cliUuid(), replied.messageId(), replied.index());
            } else if (event instanceof Event.AssistantThought thought) {
                block(thought.cliUuid(), thought.messageId(), thought.index());
            } else if (event instanceof Event.ToolCalled called) {
                block(called.cliUuid(), called.messageId(), called.index());
            } else if (event instanceof Event.ToolReturned returned) {
                lines.add(returned.cliUuid());
                returned(returned);
            } else if (event instanceof Event.OutputNotUnderstood(var line, var _)) {
                words.add(line);
            } else if (event instanceof Event.NoticeGiven(var _, var text)) {
                words.add(text);
            } else if (event instanceof Event.PromptSubmitted(var prompt, var _)) {
                open.put(prompt, false);
            } else if (event instanceof Event.PromptDelivered(var prompt)) {
                open.replace(prompt, true);
                begun = true;
            } else if (event instanceof Event.PromptFinished(var prompt, var _)) {
                open.remove(prompt);
            } else if (event instanceof Event.ApprovalRequested requested) {
                asked.put(requested.approval(), new Asked(requested.toolUseId()));
            } else if (event instanceof Event.ApprovalResolved resolved) {
                Optional.ofNullable(asked.get(resolved.approval()))
                        .ifPresent(one -> one.answer = Optional.of(resolved));
            } else if (event instanceof Event.ApprovalDelivered(var approval)) {
                settled(approval);
            } else if (event instanceof Event.ApprovalWithdrawn(var approval, var _)) {
                settled(approval);
            } else if (event instanceof Event.ApprovalUnsettled(var approval)) {
                settled(approval);
            }
        }

        private void block(String line, String messageId, int index) {
            lines.add(line);
            blocks.merge(messageId, index + 1, Math::max);
        }

        private void settled(ApprovalId approval) {
            Optional.ofNullable(asked.remove(approval)).ifPresent(one -> returned.remove(one.toolUseId));
        }

        void returned(Event.ToolReturned result) {
            if (asked.values().stream().anyMatch(one -> one.toolUseId.equals(result.toolUseId()))) {
                returned.put(result.toolUseId(), result);
            }
        }
    }

    private static final class Asked {
        final String toolUseId;
        Optional<Event.ApprovalResolved> answer = Optional.empty();

        Asked(String toolUseId) {
            this.toolUseId = toolUseId;
        }
    }

    private Known known(SessionId session) {
        Known known = new Known();
        journal.each(session, known::note);
        return known;
    }

    // ---- what the CLI's transcript has besides

    private final class Import {
        private final Known known;
        private final List<Event> events = new ArrayList<>();
        /** The prompt that the lines after it answer. */
        private Optional<PromptId> current = Optional.empty();

        private String launch = "";

        Import(Known known) {
            this.known = known;
        }

        List<Event> read(SessionSummary summary) {
            launch = summary.custody().map(SessionSummary.Custody::launch).orElse("");
            boolean whole = transcripts.read(UUID.fromString(summary.cliSessionId()), this::line);
            if (!whole && known.begun) {
                LOG.log(Level.WARNING, "no transcript to read session={0}", summary.id());
                events.add(NO_TRANSCRIPT);
            }
            return events;
        }

        private void line(CliOutput line) {
            if (line instanceof CliOutput.AssistantMessage message) {
                assistant(message);
            } else if (line instanceof CliOutput.UserMessage message) {
                user(message);
            }
        }

        private void assistant(CliOutput.AssistantMessage message) {
            if (message.apiError().isPresent() || message.synthetic()) {
                // The CLI's own words about a turn that had no answer; they end no prompt.
                return;
            }
            if (!known.lines.contains(message.uuid())) {
                int first = known.blocks.getOrDefault(message.messageId(), 0);
                List<Event> found = Hearing.transcript(message, first);
                known.blocks.put(message.messageId(), first + Math.max(1, found.size()));
                found.stream().filter(this::isNew).forEach(events::add);
            }
            if (!message.synthetic()
                    && message.apiError().isEmpty()
                    && message.stopReason().filter("end_turn"::equals).isPresent()) {
                current.filter(known.open::containsKey).ifPresent(prompt -> {
                    known.open.remove(prompt);
                    events.add(new Event.PromptFinished(prompt, "completed"));
                });
            }
        }

        /** A block of a kind that is not known carries no uuid into the journal; the same words stand for the same block. */
        private boolean isNew(Event event) {
            return switch (event) {
                case Event.OutputNotUnderstood(var line, var _) -> known.words.add(line);
                case Event.NoticeGiven(var _, var text) -> known.words.add(text);
                default -> true;
            };
        }

        private void user(CliOutput.UserMessage message) {
            Optional<PromptId> prompt = prompt(message.uuid());
            if (prompt.isPresent()) {
                current = prompt;
                if (Boolean.FALSE.equals(known.open.get(prompt.get()))) {
                    known.open.put(prompt.get(), true);
                    events.add(new Event.PromptDelivered(prompt.get()));
                }
                return;
            }
            List<Event> results = Hearing.transcript(message);
            if (results.isEmpty()) {
                // Another prompt, or words of the CLI: what follows answers that.
                current = Optional.empty();
            }
            if (!known.lines.contains(message.uuid())) {
                events.addAll(results);
            }
            results.forEach(event -> {
                if (event instanceof Event.ToolReturned returned) {
                    known.returned(returned);
                }
            });
        }

        /** Only prompts that are open matter; all else is history. */
        private Optional<PromptId> prompt(String uuid) {
            return known.open.keySet().stream()
                    .filter(id -> id.toString().equalsIgnoreCase(uuid)
                            || SessionState.againUuid(id, launch).equalsIgnoreCase(uuid))
                    .findFirst();
        }
    }

    @Override
    public void close() {
        workers.forEach(Worker::close);
    }
}
