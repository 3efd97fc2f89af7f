package dev.dashboard.web;

import dev.dashboard.auth.Access;
import dev.dashboard.auth.Rule;
import dev.dashboard.event.Journal;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.Recorded;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.problem.Problem;
import dev.dashboard.session.SessionIndex;
import dev.dashboard.session.SessionOptions;
import dev.dashboard.session.SessionStatus;
import dev.dashboard.session.SessionSummary;
import dev.dashboard.session.Sessions;
import io.helidon.http.HeaderNames;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Sessions and their transcripts. Thin: parse, one call into the domain, answer. */
public final class SessionRoutes {
    private static final String SESSIONS = "/api/v1/sessions";
    private static final String SESSION = SESSIONS + "/{id}";
    private static final int SMALL_BODY = 16 * 1024;
    private static final int DEFAULT_PAGE = 200;

    private final Sessions sessions;
    private final SessionIndex index;
    private final Journal journal;
    private final Sharing usualSharing;

    /** @param usualSharing of a session whose creator says nothing of it */
    public SessionRoutes(Sessions sessions, SessionIndex index, Journal journal, Sharing usualSharing) {
        this.sessions = sessions;
        this.index = index;
        this.journal = journal;
        this.usualSharing = usualSharing;
    }

    public List<Route> routes() {
        return List.of(
                Route.get(SESSIONS, Rule.SIGNED_IN, this::list),
                Route.post(SESSIONS, Rule.OPERATOR, SMALL_BODY, this::create),
                Route.get(SESSION, Rule.SESSION_READ, call -> call.ok(json(call, index.get(session(call))))),
                Route.patch(SESSION, Rule.SESSION_WRITE, SMALL_BODY, this::rename),
                Route.put(SESSION + "/sharing", Rule.SESSION_OWN, SMALL_BODY, this::share),
                Route.get(SESSION + "/events", Rule.SESSION_READ, this::events),
                Route.post(
                        SESSION + "/interruptions",
                        Rule.SESSION_WRITE,
                        SMALL_BODY,
                        call -> accepted(
                                call,
                                sessions.interrupt(session(call), call.viewer().actor()))),
                Route.post(
                        SESSION + "/stops",
                        Rule.SESSION_WRITE,
                        SMALL_BODY,
                        call -> accepted(
                                call, sessions.stop(session(call), call.viewer().actor()))),
                Route.post(
                        SESSION + "/resumptions",
                        Rule.SESSION_WRITE,
                        SMALL_BODY,
                        call -> accepted(
                                call,
                                sessions.resume(session(call), call.viewer().actor()))));
    }

    private static SessionId session(Call call) {
        return SessionId.parse(call.path("id"));
    }

    private static void accepted(Call call, Sessions.Accepted accepted) {
        call.accepted(Json.createObjectBuilder().add("seq", accepted.seq()).build());
    }

    // ---- sessions

    private void list(Call call) {
        int limit = call.number("limit", 1, SessionIndex.MAX_PAGE)
                .orElse((long) SessionIndex.MAX_PAGE)
                .intValue();
        SessionIndex.Page page = index.page(
                Access.privateOf(call.viewer().user()), call.query("after").map(SessionId::parse), limit);
        JsonArrayBuilder list = Json.createArrayBuilder();
        page.sessions().forEach(summary -> list.add(json(call, summary)));
        JsonObjectBuilder answer =
                Json.createObjectBuilder().add("sessions", list).add("seq", page.seq());
        if (page.sessions().size() == limit) {
            answer.add("next", page.sessions().getLast().id().toString());
        } else {
            answer.addNull("next");
        }
        call.ok(answer.build());
    }

    private void create(Call call) {
        Body body = call.body("projectId", "title", "model", "permissionMode", "effort", "sharing");
        SessionOptions options = new SessionOptions(
                body.optText("title", 0, SessionOptions.MAX_TITLE),
                body.optText("model", 1, 100),
                body.optWord("permissionMode", Set.copyOf(SessionOptions.PERMISSION_MODES))
                        .orElse("default"),
                body.optWord("effort", Set.copyOf(SessionOptions.EFFORTS)),
                body.optText("sharing", 1, 100).map(Sharing::parse).orElse(usualSharing));
        SessionSummary created = sessions.create(
                ProjectId.parse(body.text("projectId", 1, 100)),
                options,
                call.viewer().actor());
        call.created(SESSIONS + "/" + created.id(), json(call, created));
    }

    private void rename(Call call) {
        String title = call.body("title").text("title", 1, SessionOptions.MAX_TITLE);
        sessions.rename(session(call), title, call.viewer().actor());
        call.ok(json(call, index.get(session(call))));
    }

    private void share(Call call) {
        Sharing sharing = Sharing.parse(call.body("sharing").text("sharing", 1, 100));
        sessions.share(session(call), sharing, call.viewer().actor());
        call.ok(json(call, index.get(session(call))));
    }

    private JsonObject json(Call call, SessionSummary summary) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("id", summary.id().toString())
                .add("projectId", summary.project().toString())
                .add("projectName", summary.projectName())
                .add("cwd", summary.cwd().toString())
                .add("state", summary.status().word())
                .add("stateSince", Times.iso(summary.statusSince()))
                .add(
                        "owner",
                        Json.createObjectBuilder()
                                .add("id", summary.ownerId().toString())
                                .add("name", summary.ownerName()))
                .add("sharing", summary.sharing().wire())
                .add(
                        "access",
                        Access.level(call.viewer().user(), summary.ownership()).word())
                .add("permissionMode", summary.permissionMode())
                .add("cliSessionId", summary.cliSessionId())
                .add("createdAt", Times.iso(summary.createdAt()))
                .add("lastSeq", summary.lastSeq())
                .add("seq", summary.lastSeq())
                .add("prompts", summary.prompts())
                .add("turns", summary.turns())
                .add("cost", summary.cost())
                .add(
                        "tokens",
                        Json.createObjectBuilder()
                                .add("input", summary.tokens().input())
                                .add("output", summary.tokens().output())
                                .add("cacheRead", summary.tokens().cacheRead())
                                .add("cacheWrite", summary.tokens().cacheWrite()))
                .add("pendingApprovals", summary.pendingApprovals());
        summary.title().ifPresent(title -> json.add("title", title));
        summary.turnModel().or(summary::model).ifPresent(model -> json.add("model", model));
        summary.effort().ifPresent(effort -> json.add("effort", effort));
        summary.contextTokens().ifPresent(tokens -> json.add("contextTokens", tokens));
        summary.contextWindow().ifPresent(tokens -> json.add("contextWindow", tokens));
        summary.activity().ifPresent(activity -> json.add("activity", activity));
        summary.cliVersion().ifPresent(version -> json.add("cliVersion", version));
        summary.pid().ifPresent(pid -> json.add("pid", pid));
        if (summary.status() == SessionStatus.QUEUED) {
            sessions.position(summary.id()).ifPresent(position -> json.add("queuePosition", position));
        }
        summary.held().ifPresent(cause -> json.add("held", cause));
        summary.stalled()
                .ifPresent(stalled -> json.add(
                        "stalled",
                        Json.createObjectBuilder()
                                .add("cause", stalled.cause())
                                .add("since", Times.iso(stalled.since()))));
        summary.turnFault().ifPresent(fault -> {
            JsonObjectBuilder turnFault = Json.createObjectBuilder().add("kind", fault.kind());
            fault.message().ifPresent(message -> turnFault.add("message", message));
            json.add("turnFault", turnFault);
        });
        summary.failure().ifPresent(failure -> json.add("failure", json(failure)));
        summary.expiredAt().ifPresent(at -> json.add("expiredAt", Times.iso(at)));
        return json.build();
    }

    private static JsonObject json(SessionSummary.Failure failure) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("code", failure.code())
                .add("message", failure.message())
                .add("remedy", failure.remedy())
                .add("stderrTail", failure.stderrTail());
        failure.exitCode().ifPresent(code -> json.add("exitCode", code));
        return json.build();
    }

    // ---- transcript

    private void events(Call call) {
        SessionSummary summary = index.get(session(call));
        int limit = call.number("limit", 1, Journal.MAX_PAGE)
                .orElse((long) DEFAULT_PAGE)
                .intValue();
        Optional<Long> before = call.number("before", 1, Long.MAX_VALUE);
        Optional<Long> after = call.number("after", 0, Long.MAX_VALUE);
        if (before.isPresent() && after.isPresent()) {
            throw Problem.invalid("parameter-conflict", "after and before exclude each other.");
        }
        if (before.isPresent()) {
            List<Recorded> page = journal.recordedBefore(summary.id(), before.get(), limit);
            send(call, page, page.stream().findFirst().map(Recorded::seq).filter(seq -> seq > summary.createdSeq()));
        } else {
            List<Recorded> page = journal.recordedAfter(summary.id(), after.orElse(0L), limit);
            Optional<Recorded> last = page.isEmpty() ? Optional.empty() : Optional.of(page.getLast());
            send(call, page, last.map(Recorded::seq).filter(seq -> seq < summary.lastSeq()));
        }
    }

    /** The events' JSON is stored as it goes over the wire, so it is put together and not parsed. */
    private static void send(Call call, List<Recorded> events, Optional<Long> next) {
        String body =
                events.stream().map(Recorded::json).collect(Collectors.joining(",", "{\"events\":[", "],\"next\":"))
                        + next.map(Object::toString).orElse("null")
                        + "}";
        call.response().headers().set(HeaderNames.CONTENT_TYPE, "application/json");
        call.response().send(body.getBytes(StandardCharsets.UTF_8));
    }
}
