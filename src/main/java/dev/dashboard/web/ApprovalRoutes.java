package dev.dashboard.web;

import dev.dashboard.approval.Answer;
import dev.dashboard.approval.Approval;
import dev.dashboard.approval.Approvals;
import dev.dashboard.auth.Access;
import dev.dashboard.auth.Rule;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.EventCodec;
import dev.dashboard.event.SessionId;
import dev.dashboard.problem.Problem;
import dev.dashboard.session.Sessions;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the CLI asks of people, and their answers. */
public final class ApprovalRoutes {
    /** A changed input may hold a whole file. */
    private static final int BODY = 1024 * 1024;

    private static final int MAX_REASON = 4_000;
    private static final List<String> STATES = List.of("pending", "allowed", "denied", "withdrawn");

    private final Approvals approvals;
    private final Sessions sessions;

    public ApprovalRoutes(Approvals approvals, Sessions sessions) {
        this.approvals = approvals;
        this.sessions = sessions;
    }

    public List<Route> routes() {
        return List.of(
                Route.get("/api/v1/approvals", Rule.SIGNED_IN, this::list),
                Route.get("/api/v1/approvals/{id}", Rule.APPROVAL_READ, this::one),
                Route.put("/api/v1/approvals/{id}/decision", Rule.APPROVAL_WRITE, BODY, this::decide));
    }

    private void list(Call call) {
        Optional<String> state = call.query("state");
        state.filter(s -> !STATES.contains(s)).ifPresent(_ -> {
            throw Problem.invalid("parameter-value", "state must be one of " + String.join(", ", STATES) + ".")
                    .with("field", "state");
        });
        int limit = call.number("limit", 1, Approvals.MAX_PAGE)
                .orElse((long) Approvals.MAX_PAGE)
                .intValue();
        Approvals.Page page = approvals.page(
                Access.privateOf(call.viewer().user()),
                state,
                call.query("session").map(SessionId::parse),
                call.number("after", 0, Long.MAX_VALUE).orElse(0L),
                limit);
        JsonArrayBuilder list = Json.createArrayBuilder();
        page.approvals().forEach(approval -> list.add(json(approval)));
        JsonObjectBuilder answer =
                Json.createObjectBuilder().add("approvals", list).add("seq", page.seq());
        if (page.approvals().size() == limit) {
            answer.add("next", page.approvals().getLast().seq());
        } else {
            answer.addNull("next");
        }
        call.ok(answer.build());
    }

    private void one(Call call) {
        call.ok(json(approvals.get(ApprovalId.parse(call.path("id")))));
    }

    private void decide(Call call) {
        ApprovalId id = ApprovalId.parse(call.path("id"));
        Body body = call.body("decision", "reason", "input", "answers", "remember");
        Answer answer = new Answer(
                body.word("decision", Set.of("allow", "deny")).equals("allow"),
                body.optObject("input"),
                body.optObject("answers"),
                body.optText("reason", 0, MAX_REASON),
                body.optArray("remember").orElse(JsonValue.EMPTY_JSON_ARRAY));
        Approval decided = sessions.decide(id, answer, call.viewer().actor());
        call.ok(json(decided));
    }

    private static JsonObject json(Approval approval) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("id", approval.id().toString())
                .add("sessionId", approval.session().toString())
                .add("seq", approval.seq())
                .add("kind", approval.kind())
                .add("toolUseId", approval.toolUseId())
                .add("tool", approval.tool())
                .add("input", approval.input())
                .add("suggestions", approval.suggestions())
                .add("state", approval.state())
                .add("requestedAt", Times.iso(approval.requestedAt()));
        approval.sessionTitle().ifPresent(title -> json.add("sessionTitle", title));
        approval.description().ifPresent(text -> json.add("description", text));
        approval.reason().ifPresent(text -> json.add("reason", text));
        approval.expiresAt().ifPresent(at -> json.add("expiresAt", Times.iso(at)));
        approval.delivery().ifPresent(delivery -> json.add("delivery", delivery));
        approval.decision().ifPresent(decision -> {
            json.add("decidedAt", Times.iso(decision.at()));
            json.add("decidedBy", EventCodec.actor(decision.by()));
            json.add("remembered", decision.remembered());
            decision.reason().ifPresent(reason -> json.add("decisionReason", reason));
            decision.changedInput().ifPresent(input -> json.add("changedInput", input));
        });
        return json.build();
    }
}
