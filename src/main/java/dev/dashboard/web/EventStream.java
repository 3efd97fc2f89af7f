package dev.dashboard.web;

import dev.dashboard.auth.Access;
import dev.dashboard.auth.Rule;
import dev.dashboard.auth.User;
import dev.dashboard.auth.Viewer;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Recorded;
import dev.dashboard.event.SessionDraft;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Subscription;
import dev.dashboard.event.UserId;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import dev.dashboard.session.SessionIndex;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import jakarta.json.Json;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Server-sent events (WHATWG HTML, section 9.2), written by hand on the request's own thread. A stream begins after a number,
 * replays what was recorded since, and goes on live; both come from the same subscription, so there is no seam between them.
 *
 * <p>Owns the open streams, bounded in all and for each person. A server that is about to stop says {@code draining} in each, and goes
 * on; a stream ends with {@code bye} when its access token is over or when the server stops; one whose reader takes nothing is cut by the connection guard.
 */
final class EventStream {
    static final String PATH = "/api/v1/events";

    private static final Logger LOG = System.getLogger(EventStream.class.getName());
    private static final HeaderName LAST_EVENT_ID = HeaderNames.create("Last-Event-ID");
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration COME_BACK = Duration.ofSeconds(5);
    private static final int BUFFER = 16 * 1024;

    private record Open(Viewer viewer, Subscription subscription) {}

    private final Journal journal;
    private final Feed feed;
    private final SessionIndex sessions;
    private final ConnectionGuard guard;
    private final WebSettings settings;
    /** Whether who asked is still who they were, with the same role. */
    private final Predicate<Viewer> holds;

    private final Metrics metrics;
    private final Clock clock;
    private final Set<Open> streams = ConcurrentHashMap.newKeySet();
    /** How many streams each person has; its lock is itself. */
    private final Map<UserId, Integer> perPerson = new HashMap<>();

    private int total;
    private volatile boolean draining;
    private volatile boolean announced;

    EventStream(
            Journal journal,
            Feed feed,
            SessionIndex sessions,
            ConnectionGuard guard,
            WebSettings settings,
            Predicate<Viewer> holds,
            Metrics metrics,
            Clock clock) {
        this.journal = journal;
        this.feed = feed;
        this.sessions = sessions;
        this.guard = guard;
        this.settings = settings;
        this.holds = holds;
        this.metrics = metrics;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(Route.get(PATH, Rule.SIGNED_IN, this::stream));
    }

    /** How many are open now. */
    int open() {
        synchronized (perPerson) {
            return total;
        }
    }

    /** Ends all streams of a person, who comes back with what they may do now. */
    void endOf(UserId person) {
        streams.stream()
                .filter(open -> open.viewer().user().id().equals(person))
                .forEach(EventStream::end);
    }

    /** Ends the streams of a sign-in that is over, or of an API token. */
    void end(UUID signIn) {
        streams.stream().filter(open -> open.viewer().signIn().equals(signIn)).forEach(EventStream::end);
    }

    /** Says in all streams, also in those to come, that the server is about to stop. */
    void announce() {
        announced = true;
        streams.forEach(open -> open.subscription().nudge());
    }

    /** Ends all streams, each with a word, and takes no new ones; waits, at most the given time, until they have said it. */
    void drain(Duration limit) {
        draining = true;
        streams.forEach(EventStream::end);
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (perPerson) {
            long left = limit.toMillis();
            while (total > 0 && left > 0 && !Thread.currentThread().isInterrupted()) {
                await(left);
                left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            }
        }
    }

    private void await(long millis) {
        try {
            perPerson.wait(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void end(Open open) {
        open.subscription().close();
    }

    private void stream(Call call) throws InterruptedException {
        UserId person = call.viewer().user().id();
        enter(person);
        Deliveries deliveries = new Deliveries(metrics, journal.lastSeq());
        try (Subscription subscription = subscribe(call)) {
            Open open = new Open(call.viewer(), subscription);
            streams.add(open);
            try {
                // What ended between the gate and here found no stream to end.
                if (draining || !holds.test(call.viewer())) {
                    end(open);
                }
                write(call, subscription, deliveries);
            } finally {
                streams.remove(open);
            }
        } finally {
            leave(person);
        }
    }

    private void enter(UserId person) {
        synchronized (perPerson) {
            int own = perPerson.getOrDefault(person, 0);
            if (draining || total >= settings.maxSubscribers() || own >= settings.subscribersPerPerson()) {
                throw new Problem(
                                Kind.BUSY,
                                "too-many-streams",
                                "At most " + settings.maxSubscribers() + " event streams are open at once, and "
                                        + settings.subscribersPerPerson() + " of one person.")
                        .retryAfter(COME_BACK);
            }
            total++;
            perPerson.put(person, own + 1);
        }
    }

    private void leave(UserId person) {
        synchronized (perPerson) {
            total--;
            perPerson.notifyAll();
            perPerson.computeIfPresent(person, (_, own) -> own == 1 ? null : own - 1);
        }
    }

    private Subscription subscribe(Call call) {
        Set<SessionId> wanted = new HashSet<>();
        call.queries("session").forEach(id -> wanted.add(SessionId.parse(id)));
        Optional<Long> after = call.number("after", 0, Long.MAX_VALUE);
        // The header is younger than the address: the browser sends it when it comes back by itself.
        Optional<Long> last = call.request().headers().first(LAST_EVENT_ID).map(EventStream::lastEventId);
        long from = last.or(() -> after).orElseGet(journal::lastSeq);
        User user = call.viewer().user();
        return feed.subscribe(journal, from, envelope -> shows(user, envelope), id -> sees(user, id), wanted);
    }

    private static long lastEventId(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw Problem.invalid("after-invalid", "Last-Event-ID must be the number of an event.")
                    .causedBy(e);
        }
    }

    /**
     * Of sessions, what belongs to those that the person may see. That a session is shared otherwise now is told to all, since
     * somebody has to forget it, or may look at it from now on. Of what belongs to no session, the projects: who signed in from where,
     * and what else people do with accounts, is for the audit.
     */
    private boolean shows(User user, Envelope envelope) {
        return envelope.session()
                .map(session -> envelope.event() instanceof Event.SessionShared || sees(user, session))
                .orElseGet(() -> envelope.event() instanceof Event.ProjectAdded
                        || envelope.event() instanceof Event.ProjectTrusted
                        || envelope.event() instanceof Event.ProjectTrustWithdrawn);
    }

    /** By how the session is shared now, whenever the event was recorded. A stream ends when its person's role changes. */
    private boolean sees(User user, SessionId session) {
        return Access.privateOf(user).isEmpty()
                || sessions.ownership(session)
                        .filter(ownership -> Access.level(user, ownership) != Access.Level.NONE)
                        .isPresent();
    }

    private void write(Call call, Subscription subscription, Deliveries deliveries) throws InterruptedException {
        call.response().headers().set(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        call.response().headers().set(HeaderNames.create("X-Accel-Buffering"), "no");
        Pen pen = new Pen(call, deliveries);
        String reason = "failed";
        try {
            pen.line("retry: " + RETRY.toMillis());
            pen.end();
            pen.flush();
            Instant until = call.viewer().until();
            while (goOn(pen, subscription, until)) {
                pen.flush();
            }
            pen.event(
                    "bye",
                    Json.createObjectBuilder()
                            .add("reason", draining ? "draining" : "expired")
                            .build()
                            .toString());
            pen.flush();
            pen.close();
            reason = draining ? "stop" : "access";
        } catch (IOException | UncheckedIOException | CloseConnectionException e) {
            // The browser is gone, or was cut because it took nothing; that is how most streams end.
            reason = guard.hasCut(call.request().socketId()) ? "lag" : draining ? "stop" : "left";
            throw new CloseConnectionException("the reader of an event stream is gone", e);
        } catch (Problem e) {
            LOG.log(Level.WARNING, "event stream broke off code=" + e.code(), e);
            throw brokenOff(e);
        } catch (RuntimeException | Error e) {
            metrics.count(Metric.INCIDENTS);
            LOG.log(Level.ERROR, "unexpected failure incident=" + UUID.randomUUID() + " route=" + PATH, e);
            throw brokenOff(e);
        } finally {
            metrics.count(Metric.SUBSCRIBER_CLOSES, reason);
        }
    }

    /** No handler of failures is asked once an answer has begun, so nobody else tells of it. */
    private static CloseConnectionException brokenOff(Throwable cause) {
        return new CloseConnectionException("an event stream broke off", cause);
    }

    private boolean goOn(Pen pen, Subscription subscription, Instant until) throws IOException, InterruptedException {
        Duration left = Duration.between(clock.instant(), until);
        if (left.isNegative() || left.isZero()) {
            return false;
        }
        Duration silence = pen.untilHeartbeat(settings.heartbeat());
        Duration wait = left.compareTo(silence) < 0 ? left : silence;
        switch (subscription.next(wait)) {
            case Subscription.Next.Events events -> {
                for (Recorded recorded : events.recorded()) {
                    pen.frame(recorded);
                }
            }
            case Subscription.Next.Drafts drafts -> {
                for (SessionDraft draft : drafts.drafts()) {
                    pen.event("draft", json(draft));
                }
            }
            case Subscription.Next.Idle() -> {
                // The heartbeat below says that nothing came.
            }
            case Subscription.Next.Ended() -> {
                return false;
            }
        }
        if (announced) {
            pen.announce();
        }
        if (pen.untilHeartbeat(settings.heartbeat()).isZero()) {
            pen.heartbeat(subscription.position());
        }
        return true;
    }

    private static String json(SessionDraft draft) {
        return Json.createObjectBuilder()
                .add("sessionId", draft.session().toString())
                .add("messageId", draft.block().messageId())
                .add("index", draft.block().index())
                .add("kind", draft.block().kind())
                .add("text", draft.block().text())
                .build()
                .toString();
    }

    /**
     * Writes a piece at a time, and each gets its time anew: a slow reader takes a large event in minutes, and only one that takes nothing is
     * cut.
     */
    private final class Pieces extends FilterOutputStream {
        private final String socket;

        Pieces(OutputStream out, String socket) {
            super(out);
            this.socket = socket;
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            for (int written = 0; written < count; written += BUFFER) {
                guard.limit(socket, settings.stuckWrite());
                out.write(bytes, from + written, Math.min(BUFFER, count - written));
            }
        }
    }

    /** Writes the format. Only a flush ends the watch over a write, since that may stay in a buffer. */
    private final class Pen {
        private final OutputStream out;
        private final String socket;
        private final Deliveries deliveries;
        private long beatNanos = System.nanoTime();
        private boolean hasAnnounced;

        Pen(Call call, Deliveries deliveries) {
            this.socket = call.request().socketId();
            this.out = new BufferedOutputStream(new Pieces(call.response().outputStream(), socket), BUFFER);
            this.deliveries = deliveries;
            guard.unlimit(socket);
        }

        void frame(Recorded recorded) throws IOException {
            recorded.writeFrame(out);
            deliveries.written(recorded);
        }

        void line(String text) throws IOException {
            write(text + "\n");
        }

        void event(String name, String data) throws IOException {
            write("event: " + name + "\ndata: " + data + "\n\n");
        }

        void end() throws IOException {
            write("\n");
        }

        /** A comment keeps proxies awake; the event tells the page how far it is and that the server lives. */
        void heartbeat(long seq) throws IOException {
            write(": hb\n\n");
            event("beat", "{\"seq\":" + seq + "}");
            beatNanos = System.nanoTime();
        }

        /** Once. */
        void announce() throws IOException {
            if (!hasAnnounced) {
                hasAnnounced = true;
                event("draining", "{}");
            }
        }

        Duration untilHeartbeat(Duration every) {
            long left = every.toNanos() - (System.nanoTime() - beatNanos);
            return left <= 0 ? Duration.ZERO : Duration.ofNanos(left);
        }

        private void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }

        void flush() throws IOException {
            guard.limit(socket, settings.stuckWrite());
            out.flush();
            deliveries.flushed(System.nanoTime());
            guard.unlimit(socket);
        }

        void close() throws IOException {
            guard.limit(socket, settings.stuckWrite());
            out.close();
        }
    }
}
