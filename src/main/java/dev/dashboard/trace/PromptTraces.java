package dev.dashboard.trace;

import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionDraft;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Subscription;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Follows prompts by the events that are recorded, as one more listener to the feed, and gives each one's way when it is over. Times are
 * the recorded ones, but for the first draft of a reply, which is not recorded and counts when it is heard.
 *
 * <p>Owns the ways of prompts that are under way, at most {@link #MOST}: of more the oldest are forgotten, as are all when the server
 * stops. They belong to the listening thread.
 */
final class PromptTraces {
    static final int MOST = 1_000;

    private static final Logger LOG = System.getLogger(PromptTraces.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(1);

    private static final Duration WAIT = Duration.ofMinutes(1);

    private final Arrivals arrivals;
    private final Clock clock;
    private final Consumer<Way> over;
    private final Map<PromptId, Way> open = new LinkedHashMap<>();
    /** Sessions whose CLI has a prompt of which nothing has come yet; the feed asks from its own side. */
    private final Map<SessionId, PromptId> silent = new ConcurrentHashMap<>();

    /** Sessions whose process does not take prompts yet; as many as start at once. */
    private final Set<SessionId> starting = new HashSet<>();

    /** Sessions in a turn; as many as there are processes. */
    private final Set<SessionId> turns = new HashSet<>();

    PromptTraces(Arrivals arrivals, Clock clock, Consumer<Way> over) {
        this.arrivals = arrivals;
        this.clock = clock;
        this.over = over;
    }

    /** Listens until what is given back is run. */
    static Runnable listen(PromptTraces traces, Feed feed, Journal journal) {
        Subscription subscription = feed.subscribe(journal, journal.lastSeq(), _ -> true, traces.silent::containsKey);
        Worker worker = Worker.virtual("prompt-traces", () -> traces.listen(subscription));
        return () -> {
            subscription.close();
            worker.close();
        };
    }

    private void listen(Subscription subscription) throws InterruptedException {
        while (true) {
            switch (next(subscription)) {
                case Subscription.Next.Events events -> events.envelopes().forEach(this::take);
                case Subscription.Next.Drafts drafts ->
                    drafts.drafts().stream()
                            .map(SessionDraft::session)
                            .forEach(session -> heard(session, clock.instant()));
                case Subscription.Next.Idle _ -> {
                    // Nothing happened.
                }
                case Subscription.Next.Ended _ -> {
                    return;
                }
            }
        }
    }

    /** What lies behind is read from the journal, which may refuse for a while. */
    private static Subscription.Next next(Subscription subscription) throws InterruptedException {
        try {
            return subscription.next(WAIT);
        } catch (Problem e) {
            LOG.log(Level.DEBUG, "events not traced yet code={0}", e.code());
            Thread.sleep(RETRY);
            return new Subscription.Next.Idle();
        }
    }

    void take(Envelope envelope) {
        envelope.session().ifPresent(session -> take(session, envelope.time(), envelope.event()));
    }

    /** The first word of a reply, whole or in the making. */
    void heard(SessionId session, Instant at) {
        way(silent.remove(session)).ifPresent(way -> way.heard(at));
    }

    private void take(SessionId session, Instant at, Event event) {
        switch (event) {
            case Event.PromptSubmitted(PromptId prompt, String _) -> begin(session, prompt, at);
            case Event.SessionStarted _ -> {
                starting.add(session);
                waiting(session).forEach(way -> way.processStarted(at));
            }
            case Event.SessionReady _ -> {
                starting.remove(session);
                waiting(session).forEach(way -> way.processReady(at));
            }
            case Event.PromptDelivered(PromptId prompt) ->
                way(prompt).ifPresent(way -> {
                    way.delivered(at);
                    // When it joins a running turn, what comes next may not be its answer.
                    if (!turns.contains(session)) {
                        silent.put(session, prompt);
                    }
                });
            case Event.TurnStarted turn -> {
                turns.add(session);
                running(session).forEach(way -> way.turnStarted(at, turn.model()));
            }
            case Event.AssistantReplied _, Event.AssistantThought _, Event.ToolCalled _ -> heard(session, at);
            case Event.TurnEnded(Event.TurnOutcome outcome) -> turnOver(session, outcome, at);
            case Event.TurnInterrupted(Event.TurnOutcome outcome) -> turnOver(session, outcome, at);
            case Event.PromptRemoved(PromptId prompt) -> end(prompt, "removed", at);
            case Event.PromptFinished(PromptId prompt, String outcome) -> end(prompt, outcome, at);
            case Event.SessionEnded _, Event.SessionFailed _, Event.SessionInterrupted _ -> {
                turns.remove(session);
                starting.remove(session);
                running(session).forEach(way -> end(way.prompt(), "cut", at));
            }
            case Event.UserCreated _,
                    Event.SignedIn _,
                    Event.SignInRefused _,
                    Event.SignedOut _,
                    Event.PasswordChanged _,
                    Event.SignedOutEverywhere _,
                    Event.InvitationIssued _,
                    Event.InvitationAccepted _,
                    Event.RoleChanged _,
                    Event.UserDisabled _,
                    Event.UserEnabled _,
                    Event.ApiTokenIssued _,
                    Event.ApiTokenRevoked _,
                    Event.AccessRefused _,
                    Event.AuditExported _,
                    Event.ConfigurationChanged _,
                    Event.LogLevelChanged _,
                    Event.BackupRequested _,
                    Event.ProjectAdded _,
                    Event.ProjectTrusted _,
                    Event.ProjectTrustWithdrawn _,
                    Event.ProjectRetentionChanged _,
                    Event.ContentsExpired _,
                    Event.Expired _,
                    Event.SessionCreated _,
                    Event.SessionShared _,
                    Event.SessionQueued _,
                    Event.SessionTitled _,
                    Event.ProcessStarted _,
                    Event.ActivityChanged _,
                    Event.ConversationReset _,
                    Event.InterruptionRequested _,
                    Event.StopRequested _,
                    Event.PromptEdited _,
                    Event.PromptHastened _,
                    Event.PromptsReordered _,
                    Event.QueueHeld _,
                    Event.QueueReleased _,
                    Event.DeliveryRequested _,
                    Event.ToolReturned _,
                    Event.TurnStalled _,
                    Event.TurnRevived _,
                    Event.ApprovalRequested _,
                    Event.ApprovalResolved _,
                    Event.ApprovalDelivered _,
                    Event.ApprovalWithdrawn _,
                    Event.ApprovalUnsettled _,
                    Event.ApiRetried _,
                    Event.ModelAnswered _,
                    Event.ModelFellBack _,
                    Event.ContextCompacted _,
                    Event.PermissionModeChanged _,
                    Event.RateLimitChanged _,
                    Event.PermissionDenied _,
                    Event.BackgroundTasksChanged _,
                    Event.NoticeGiven _,
                    Event.OutputNotUnderstood _ -> {
                // Not on a prompt's way.
            }
        }
    }

    private void begin(SessionId session, PromptId prompt, Instant at) {
        Way way = new Way(session, prompt, arrivals.take(prompt), at);
        // It came while the process was on its way up.
        if (starting.contains(session)) {
            way.processStarted(at);
        }
        open.put(prompt, way);
        if (open.size() > MOST) {
            forget(open.keySet().iterator().next());
        }
    }

    private void turnOver(SessionId session, Event.TurnOutcome outcome, Instant at) {
        silent.remove(session);
        turns.remove(session);
        outcome.prompts().forEach(prompt -> way(prompt).ifPresent(way -> way.turnEnded(at, outcome)));
    }

    private void end(PromptId prompt, String outcome, Instant at) {
        way(prompt).ifPresent(way -> {
            way.over(at, outcome);
            forget(prompt);
            over.accept(way);
        });
    }

    private void forget(PromptId prompt) {
        open.remove(prompt);
        silent.values().remove(prompt);
    }

    private Optional<Way> way(PromptId prompt) {
        return Optional.ofNullable(prompt).map(open::get);
    }

    private List<Way> waiting(SessionId session) {
        return of(session).filter(way -> way.deliveredAt().isEmpty()).toList();
    }

    private List<Way> running(SessionId session) {
        return of(session).filter(way -> way.deliveredAt().isPresent()).toList();
    }

    private Stream<Way> of(SessionId session) {
        return open.values().stream().filter(way -> way.session().equals(session));
    }
}
