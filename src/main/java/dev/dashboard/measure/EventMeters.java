package dev.dashboard.measure;

import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.SessionDraft;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Subscription;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Counts what happened, as one more listener to the feed: what is counted is what was recorded, each once, and counting delays nobody.
 *
 * <p>Durations are those between the recorded times. What began before this server did has none.
 *
 * <p>Owns the listening thread, which also has the figures looked at that no event tells, when something was recorded since.
 */
public final class EventMeters implements AutoCloseable {
    private static final Logger LOG = System.getLogger(EventMeters.class.getName());
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Metrics metrics;
    private final Clock clock;
    private final Runnable figures;
    private final Duration lookEach;
    private final Subscription subscription;
    private final Worker worker;

    // Of the listening thread only.
    private final Lives lives = new Lives();
    private final Since<SessionId> processes = new Since<>();
    /** Prompts that were taken up, and nothing of the reply has come. */
    private final Since<SessionId> prompts = new Since<>();

    private final Since<ApprovalId> requests = new Since<>();
    private final Since<ApprovalId> decisions = new Since<>();
    private long lookedAt;
    private long lookedNanos = System.nanoTime();

    private EventMeters(Feed feed, Journal journal, Metrics metrics, Clock clock, Runnable figures, Duration lookEach) {
        this.metrics = metrics;
        this.clock = clock;
        this.figures = figures;
        this.lookEach = lookEach;
        this.lookedAt = journal.lastSeq();
        this.subscription = feed.subscribe(journal, lookedAt, _ -> true, prompts::has);
        this.worker = Worker.virtual("event-meters", Worker.lasting(this::listen));
    }

    /**
     * Counts from the next event on.
     *
     * @param clock the journal's; tells when a draft came
     * @param figures has them looked at anew: while something is recorded, every few seconds
     */
    public static EventMeters start(Feed feed, Journal journal, Metrics metrics, Clock clock, Runnable figures) {
        return start(feed, journal, metrics, clock, figures, LOOK);
    }

    static EventMeters start(
            Feed feed, Journal journal, Metrics metrics, Clock clock, Runnable figures, Duration lookEach) {
        return new EventMeters(feed, journal, metrics, clock, figures, lookEach);
    }

    private void listen() throws InterruptedException {
        boolean open = true;
        while (open) {
            switch (next()) {
                case Subscription.Next.Events events -> events.envelopes().forEach(this::count);
                case Subscription.Next.Drafts drafts -> drafts.drafts().forEach(this::draft);
                case Subscription.Next.Idle _ -> {}
                case Subscription.Next.Ended _ -> open = false;
            }
            look();
        }
    }

    /** Where it has fallen behind it reads the journal, which may refuse for a while. */
    private Subscription.Next next() throws InterruptedException {
        try {
            return subscription.next(lookEach);
        } catch (Problem e) {
            LOG.log(Level.DEBUG, "events not counted yet code={0}", e.code());
            Thread.sleep(RETRY);
            return new Subscription.Next.Idle();
        }
    }

    private void look() {
        long now = System.nanoTime();
        if (subscription.position() == lookedAt || now - lookedNanos < lookEach.toNanos()) {
            return;
        }
        lookedNanos = now;
        long position = subscription.position();
        try {
            figures.run();
            lookedAt = position;
        } catch (Problem e) {
            LOG.log(Level.DEBUG, "figures not looked at code={0}", e.code());
        }
    }

    private void count(Envelope envelope) {
        envelope.session().ifPresent(session -> count(session, envelope));
    }

    private void count(SessionId session, Envelope envelope) {
        Instant time = envelope.time();
        switch (envelope.event()) {
            // ---- processes
            case Event.SessionQueued _ -> lives.waits(session);
            case Event.SessionStarted _ -> lives.starts(session);
            case Event.ProcessStarted _ -> {
                lives.hasProcess(session);
                processes.began(session, time);
            }
            case Event.SessionReady _ -> {
                lives.ready(session);
                metrics.count(Metric.CLI_STARTS, "started");
                observe(Metric.CLI_START, processes.ended(session, time));
            }
            case Event.SessionEnded(var reason, var _, var _) -> over(session, reason);
            case Event.SessionInterrupted _ -> over(session, "interrupted");
            case Event.SessionFailed _ -> {
                if (over(session, "failed").start()) {
                    metrics.count(Metric.CLI_STARTS, "failed");
                }
            }
            case Event.OutputNotUnderstood _ -> metrics.count(Metric.CLI_OUTPUT_NOT_UNDERSTOOD);

            // ---- prompts and turns
            case Event.PromptSubmitted _ -> metrics.count(Metric.PROMPTS);
            case Event.PromptDelivered _ -> {
                // One that joins a running turn is left out: what comes next may not be its answer.
                if (lives.isBetweenTurns(session)) {
                    prompts.began(session, time);
                }
            }
            case Event.PromptFinished _ -> prompts.forget(session);
            case Event.TurnStarted(var model, var _, var _) -> {
                lives.turnBegan(session, model);
                // Models are not known beforehand, so this is as early as their figures can be seen to begin at zero.
                paid(model, new Event.Tokens(0, 0, 0, 0), BigDecimal.ZERO);
            }
            case Event.AssistantReplied replied -> replied(session, time, replied.parentToolUseId());
            case Event.AssistantThought thought -> replied(session, time, thought.parentToolUseId());
            case Event.ToolCalled called -> replied(session, time, called.parentToolUseId());
            case Event.TurnEnded(var outcome) -> turn(session, outcome.isError() ? "failed" : "completed", outcome);
            case Event.TurnInterrupted(var outcome) -> turn(session, "interrupted", outcome);

            // ---- approvals
            case Event.ApprovalRequested asked -> requests.began(asked.approval(), time);
            case Event.ApprovalResolved resolved -> {
                waited(resolved.approval(), time, outcome(resolved, envelope.actor()));
                decisions.began(resolved.approval(), time);
            }
            case Event.ApprovalWithdrawn(var approval, var _) -> waited(approval, time, "withdrawn");
            case Event.ApprovalDelivered(var approval) -> {
                metrics.count(Metric.APPROVAL_DELIVERIES, "delivered");
                observe(Metric.APPROVAL_DELIVERY, decisions.ended(approval, time));
            }
            case Event.ApprovalUnsettled(var approval) -> {
                metrics.count(Metric.APPROVAL_DELIVERIES, "unsettled");
                decisions.forget(approval);
            }

            // ---- told by other events, by gauges, or of no use to operators
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
                    Event.SessionTitled _,
                    Event.ActivityChanged _,
                    Event.ConversationReset _,
                    Event.InterruptionRequested _,
                    Event.StopRequested _,
                    Event.PromptEdited _,
                    Event.PromptRemoved _,
                    Event.PromptHastened _,
                    Event.PromptsReordered _,
                    Event.QueueHeld _,
                    Event.QueueReleased _,
                    Event.DeliveryRequested _,
                    Event.ToolReturned _,
                    Event.TurnStalled _,
                    Event.TurnRevived _,
                    Event.ApiRetried _,
                    Event.ModelAnswered _,
                    Event.ModelFellBack _,
                    Event.ContextCompacted _,
                    Event.PermissionModeChanged _,
                    Event.RateLimitChanged _,
                    Event.PermissionDenied _,
                    Event.BackgroundTasksChanged _,
                    Event.NoticeGiven _ -> {}
        }
    }

    /** Of a session that waited for a place no process has ended, nor of one whose process never was. */
    private Lives.Ended over(SessionId session, String cause) {
        processes.forget(session);
        prompts.forget(session);
        Lives.Ended ended = lives.ended(session);
        if (ended.process()) {
            metrics.count(Metric.CLI_EXITS, cause);
        }
        return ended;
    }

    /** @param parentToolUseId of a subagent's words, which are no reply to a person */
    private void replied(SessionId session, Instant time, Optional<String> parentToolUseId) {
        if (parentToolUseId.isEmpty()) {
            observe(Metric.FIRST_TOKEN, prompts.ended(session, time));
        }
    }

    private void draft(SessionDraft draft) {
        if (!draft.block().text().isEmpty()) {
            observe(Metric.FIRST_TOKEN, prompts.ended(draft.session(), clock.instant()));
        }
    }

    private void turn(SessionId session, String ending, Event.TurnOutcome outcome) {
        String model = lives.turnEnded(session);
        prompts.forget(session);
        metrics.count(Metric.TURNS, ending);
        metrics.record(Metric.TURN, outcome.duration());
        outcome.error().ifPresent(error -> metrics.count(Metric.TURN_FAILURES, error.code()));
        paid(model, outcome.tokens(), outcome.cost());
    }

    /** @param model that the turn began with; what its subagents took goes with it, whatever their model */
    private void paid(String model, Event.Tokens tokens, BigDecimal cost) {
        metrics.add(Metric.TOKENS, tokens.input(), model, "input");
        metrics.add(Metric.TOKENS, tokens.output(), model, "output");
        metrics.add(Metric.TOKENS, tokens.cacheRead(), model, "cache-read");
        metrics.add(Metric.TOKENS, tokens.cacheWrite(), model, "cache-creation");
        metrics.add(Metric.COST, cost.doubleValue(), model);
    }

    /** The server decides by itself only when a request's time is over. */
    private static String outcome(Event.ApprovalResolved resolved, Actor actor) {
        if (actor.equals(Actor.SERVER)) {
            return "expired";
        }
        return resolved.decision().equals("allow") ? "allowed" : "denied";
    }

    private void waited(ApprovalId approval, Instant time, String outcome) {
        observe(Metric.APPROVAL_WAIT, requests.ended(approval, time), outcome);
    }

    private void observe(Metric metric, Optional<Duration> took, String... values) {
        took.ifPresent(duration -> metrics.record(metric, duration, values));
    }

    @Override
    public void close() {
        subscription.close();
        worker.close();
    }
}
