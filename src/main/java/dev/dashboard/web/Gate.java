package dev.dashboard.web;

import dev.dashboard.approval.Approvals;
import dev.dashboard.auth.Access;
import dev.dashboard.auth.AccessTokens;
import dev.dashboard.auth.ApiTokens;
import dev.dashboard.auth.Refusals;
import dev.dashboard.auth.Rule;
import dev.dashboard.auth.SignIns;
import dev.dashboard.auth.Viewer;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import dev.dashboard.run.LogContext;
import dev.dashboard.session.SessionIndex;
import io.helidon.http.HeaderNames;
import io.helidon.security.SecurityContext;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The one door to every route: who asks, origin, CSRF, may they, rate. The token in the cookie was checked before, by the security
 * feature of the server.
 *
 * <p>Every refusal of who is signed in passes here on its way out, whether the gate refuses or the route itself, and is recorded
 * here and nowhere else. Of nobody no refusal is recorded: anybody at all could fill the journal with those.
 *
 * <p>A request with an Authorization header is a program's: only that header says who asks, and no cookie counts. Browsers add
 * cookies to what a foreign page sends, but never this header, so such requests need no proof that a page of ours sent them.
 */
final class Gate {
    private static final int MOST_COUNTED = 10_000;
    private static final String BEARER = "Bearer ";
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private record Count(long minute, int writes) {}

    private final Edge edge;
    private final ConnectionGuard guard;
    private final SignIns signIns;
    private final ApiTokens apiTokens;
    private final AccessTokens tokens;
    private final Refusals refusals;
    private final SessionIndex sessions;
    private final Approvals approvals;
    private final int writesPerMinute;
    private final Clock clock;
    /** Writes of each person in the present minute; its lock is itself. */
    private final Map<UserId, Count> counts = new LinkedHashMap<>();

    Gate(Edge edge, ConnectionGuard guard, Web.Parts parts, int writesPerMinute) {
        this.edge = edge;
        this.guard = guard;
        this.signIns = parts.signIns();
        this.apiTokens = parts.apiTokens();
        this.tokens = parts.tokens();
        this.refusals = parts.refusals();
        this.sessions = parts.sessions();
        this.approvals = parts.approvals();
        this.writesPerMinute = writesPerMinute;
        this.clock = parts.clock();
    }

    Handler of(Route route) {
        return (request, response) -> pass(route, request, response);
    }

    private void pass(Route route, ServerRequest request, ServerResponse response) throws Exception {
        RequestInfo.of(request).route(route.path());
        Optional<Viewer> viewer = route.rule() == Rule.PUBLIC ? Optional.empty() : viewer(request);
        viewer.ifPresent(known -> LogContext.user(known.user().id()));
        Call call = new Call(request, response, viewer, route, edge.address(request), guard);
        try {
            check(call, viewer);
            route.action().handle(call);
        } catch (Problem problem) {
            if (viewer.isPresent() && problem.kind() == Kind.FORBIDDEN) {
                refusals.record(viewer.get(), route.name(), problem.code(), call.address());
            }
            throw problem;
        }
    }

    private void check(Call call, Optional<Viewer> viewer) {
        Route route = call.route();
        boolean program = isProgram(call.request());
        if (route.rule() == Rule.PUBLIC || !program) {
            checkPage(route, call.request());
        }
        if (route.writes() && viewer.isPresent() && !program) {
            checkCsrf(call.request(), viewer.get());
        }
        // For who is not signed in nothing is looked up.
        Access.check(route.rule(), viewer, viewer.isEmpty() ? Access.About.NOTHING : about(call));
        if (route.writes() && viewer.isPresent()) {
            countWrite(viewer.get());
        }
    }

    /** A foreign page cannot have an API token, so what comes with one is no page's doing. */
    private void checkPage(Route route, ServerRequest request) {
        if (route.writes()) {
            edge.checkOrigin(request);
        } else if (route.rule() != Rule.PUBLIC) {
            edge.checkReader(request);
        }
    }

    private Access.About about(Call call) {
        Rule rule = call.route().rule();
        if (rule.isAboutSession()) {
            SessionId id = SessionId.parse(call.path("id"));
            LogContext.session(id);
            return new Access.About("session", id.toString(), sessions.ownership(id));
        }
        if (rule.isAboutApproval()) {
            ApprovalId id = ApprovalId.parse(call.path("id"));
            Optional<SessionId> session = approvals.session(id);
            session.ifPresent(LogContext::session);
            return new Access.About("approval", id.toString(), session.flatMap(sessions::ownership));
        }
        return Access.About.NOTHING;
    }

    private static boolean isProgram(ServerRequest request) {
        return request.headers().contains(HeaderNames.AUTHORIZATION);
    }

    private Optional<Viewer> viewer(ServerRequest request) {
        if (isProgram(request)) {
            List<String> values =
                    request.headers().get(HeaderNames.AUTHORIZATION).allValues();
            return Optional.of(values)
                    .filter(given -> given.size() == 1)
                    .map(List::getFirst)
                    .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                    .flatMap(value -> apiTokens.viewer(value.substring(BEARER.length())));
        }
        return request.context()
                .get(SecurityContext.class)
                .flatMap(tokens::claims)
                .flatMap(signIns::viewer);
    }

    private void checkCsrf(ServerRequest request, Viewer viewer) {
        Optional<String> token = request.headers().first(HeaderNames.create("X-CSRF-Token"));
        if (token.filter(given -> tokens.csrfTokenFits(viewer.signIn(), given)).isEmpty()) {
            throw new Problem(
                    Kind.FORBIDDEN, "csrf-token-wrong", "The X-CSRF-Token header is missing or of another sign-in.");
        }
    }

    private void countWrite(Viewer viewer) {
        long now = clock.millis();
        long minute = now / MINUTE.toMillis();
        synchronized (counts) {
            Count count = counts.getOrDefault(viewer.user().id(), new Count(minute, 0));
            int writes = count.minute() == minute ? count.writes() : 0;
            if (writes >= writesPerMinute) {
                throw new Problem(
                                Kind.TOO_MANY,
                                "too-many-writes",
                                "At most " + writesPerMinute + " changes a minute for each person.")
                        .retryAfter(Duration.ofMillis((minute + 1) * MINUTE.toMillis() - now));
            }
            if (counts.size() >= MOST_COUNTED) {
                counts.values().removeIf(old -> old.minute() != minute);
            }
            counts.put(viewer.user().id(), new Count(minute, writes + 1));
        }
    }
}
