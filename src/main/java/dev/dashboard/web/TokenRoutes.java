package dev.dashboard.web;

import dev.dashboard.auth.Access;
import dev.dashboard.auth.ApiTokens;
import dev.dashboard.auth.Role;
import dev.dashboard.auth.Rule;
import dev.dashboard.auth.Viewer;
import dev.dashboard.event.ApiTokenId;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.Optional;

/** API tokens: everybody's own, and all of them for administrators. */
public final class TokenRoutes {
    private static final int BODY = 4 * 1024;
    private static final int MOST_NAME = 100;
    private static final String TOKENS = "/api/v1/tokens";

    private final ApiTokens tokens;

    public TokenRoutes(ApiTokens tokens) {
        this.tokens = tokens;
    }

    public List<Route> routes() {
        return List.of(
                Route.get(TOKENS, Rule.SIGNED_IN, this::list),
                Route.post(TOKENS, Rule.SIGNED_IN, BODY, this::issue),
                Route.delete(TOKENS + "/{id}", Rule.SIGNED_IN, this::revoke));
    }

    private void list(Call call) {
        Viewer viewer = call.viewer();
        Optional<UserId> of = Optional.of(viewer.user().id());
        if (all(call)) {
            Access.check(Rule.ADMIN, Optional.of(viewer), Access.About.NOTHING);
            of = Optional.empty();
        }
        JsonArrayBuilder list = Json.createArrayBuilder();
        tokens.list(of).forEach(token -> list.add(json(token)));
        call.ok(Json.createObjectBuilder().add("tokens", list).build());
    }

    private static boolean all(Call call) {
        return switch (call.query("all").orElse("false")) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw Problem.invalid("parameter-invalid", "all must be true or false.")
                        .with("field", "all");
        };
    }

    private void issue(Call call) {
        Body body = call.body("name", "role", "expiresInDays");
        String name = name(body.text("name", 1, MOST_NAME));
        Role role = Role.named(body.word("role", UserRoutes.ROLES));
        Optional<Integer> days = body.optNumber("expiresInDays", 1, ApiTokens.MOST_DAYS);
        ApiTokens.Issued issued = tokens.issue(call.viewer(), name, role, days);
        call.created(
                TOKENS + "/" + issued.token().id(),
                Json.createObjectBuilder()
                        .add("token", json(issued.token()))
                        .add("secret", issued.secret())
                        .build());
    }

    /** It stands in lists and in the audit; what cannot be seen there does not belong into it. */
    private static String name(String typed) {
        String name = typed.strip();
        boolean unseen = name.codePoints()
                .map(Character::getType)
                .anyMatch(type -> type == Character.CONTROL
                        || type == Character.FORMAT
                        || type == Character.SURROGATE
                        || type == Character.LINE_SEPARATOR
                        || type == Character.PARAGRAPH_SEPARATOR
                        || type == Character.PRIVATE_USE
                        || type == Character.UNASSIGNED);
        if (name.isEmpty() || unseen) {
            throw Problem.invalid(
                            "name-invalid",
                            "name must have 1 to " + MOST_NAME + " characters, all of which can be seen.")
                    .with("field", "name");
        }
        return name;
    }

    private void revoke(Call call) {
        tokens.revoke(call.viewer(), ApiTokenId.parse(call.path("id")));
        call.noContent();
    }

    private static JsonObject json(ApiTokens.Token token) {
        var json = Json.createObjectBuilder()
                .add("id", token.id().toString())
                .add("name", token.name())
                .add("role", token.role().text())
                .add(
                        "user",
                        Json.createObjectBuilder()
                                .add("id", token.user().toString())
                                .add("name", token.userName()))
                .add("createdAt", Times.iso(token.created()))
                .add("expiresAt", Times.iso(token.expires()));
        token.lastUsed().ifPresent(when -> json.add("lastUsedAt", Times.iso(when)));
        return json.build();
    }
}
