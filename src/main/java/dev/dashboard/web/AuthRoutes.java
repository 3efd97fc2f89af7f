package dev.dashboard.web;

import dev.dashboard.auth.AccessTokens;
import dev.dashboard.auth.Invitations;
import dev.dashboard.auth.Rule;
import dev.dashboard.auth.SignIns;
import dev.dashboard.auth.User;
import dev.dashboard.auth.Viewer;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import io.helidon.http.SetCookie;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** Signing in and out, renewing, and the password. The two tokens travel in cookies that no script can read. */
final class AuthRoutes {
    private static final int BODY = 8 * 1024;
    private static final String ACCESS_PATH = "/api/v1";
    private static final String REFRESH_PATH = "/api/v1/auth";
    private static final String SIGNED_IN_MARK = "dashboard_signed_in";

    private final SignIns signIns;
    private final Invitations invitations;
    private final AccessTokens tokens;
    private final Supplier<ServerFacts> facts;
    private final Metrics metrics;
    private final boolean tls;

    AuthRoutes(
            SignIns signIns,
            Invitations invitations,
            AccessTokens tokens,
            Supplier<ServerFacts> facts,
            Metrics metrics,
            boolean tls) {
        this.signIns = signIns;
        this.invitations = invitations;
        this.tokens = tokens;
        this.facts = facts;
        this.metrics = metrics;
        this.tls = tls;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/api/v1/auth/login", Rule.PUBLIC, BODY, this::login),
                Route.post("/api/v1/auth/invitations", Rule.PUBLIC, BODY, this::accept),
                Route.post("/api/v1/auth/refresh", Rule.PUBLIC, BODY, this::refresh),
                Route.post("/api/v1/auth/logout", Rule.BROWSER, BODY, this::logout),
                Route.delete("/api/v1/auth/sign-ins", Rule.BROWSER, this::logoutEverywhere),
                Route.get("/api/v1/auth/me", Rule.SIGNED_IN_EVEN_BEFORE_PASSWORD_CHANGE, this::me),
                Route.put("/api/v1/auth/password", Rule.BROWSER, BODY, this::password));
    }

    /** The name of the cookie with the access token; the prefix makes browsers insist on TLS. */
    static String accessCookie(boolean tls) {
        return (tls ? "__Secure-" : "") + "dashboard_access";
    }

    private String refreshCookie() {
        return (tls ? "__Secure-" : "") + "dashboard_refresh";
    }

    private void login(Call call) {
        Body body = call.body("username", "password");
        String username = body.text("username", 1, 200);
        String password = body.text("password", 1, 1000);
        enter(call, () -> signIns.signIn(username, password, call.address()));
    }

    private void accept(Call call) {
        Body body = call.body("token", "password");
        String token = body.text("token", 1, 200);
        String password = body.text("password", 0, 1000);
        enter(call, () -> invitations.accept(token, password, call.address()));
    }

    private void enter(Call call, Supplier<SignIns.Issued> door) {
        try {
            SignIns.Issued issued = door.get();
            call.request().headers().cookies().first(refreshCookie()).ifPresent(signIns::replaced);
            metrics.count(Metric.SIGN_INS, "accepted");
            answer(call, issued);
        } catch (Problem problem) {
            metrics.count(Metric.SIGN_INS, problem.kind() == Kind.TOO_MANY ? "limited" : "refused");
            throw problem;
        }
    }

    private void refresh(Call call) {
        String token = call.request().headers().cookies().first(refreshCookie()).orElse("");
        answer(call, signIns.refresh(token, call.address()));
    }

    private void logout(Call call) {
        signIns.signOut(call.viewer());
        clear(call);
    }

    private void logoutEverywhere(Call call) {
        signIns.signOutEverywhere(call.viewer());
        clear(call);
    }

    private void clear(Call call) {
        cookie(call, accessCookie(tls), "", ACCESS_PATH, Duration.ZERO);
        cookie(call, refreshCookie(), "", REFRESH_PATH, Duration.ZERO);
        mark(call, "", Duration.ZERO);
        call.noContent();
    }

    private void me(Call call) {
        call.ok(json(call.viewer()));
    }

    private void password(Call call) {
        Body body = call.body("currentPassword", "newPassword");
        String current = body.text("currentPassword", 1, 1000);
        String fresh = body.text("newPassword", 0, 1000);
        answer(call, signIns.changePassword(call.viewer(), current, fresh, call.address()));
    }

    private void answer(Call call, SignIns.Issued issued) {
        // Both live as long as the refresh token: an access token that is over is answered 401, which the page
        // understands.
        cookie(call, accessCookie(tls), issued.accessToken(), ACCESS_PATH, issued.refreshLife());
        cookie(call, refreshCookie(), issued.refreshToken(), REFRESH_PATH, issued.refreshLife());
        mark(call, "yes", issued.refreshLife());
        call.ok(json(issued.viewer()));
    }

    /** Worth nothing to anybody: it only spares a page that nobody is signed in on a request that must fail. */
    private void mark(Call call, String value, Duration life) {
        call.response()
                .headers()
                .addCookie(SetCookie.builder(SIGNED_IN_MARK, value)
                        .path("/")
                        .secure(tls)
                        .sameSite(SetCookie.SameSite.STRICT)
                        .maxAge(life)
                        .build());
    }

    private void cookie(Call call, String name, String value, String path, Duration life) {
        call.response()
                .headers()
                .addCookie(SetCookie.builder(name, value)
                        .path(path)
                        .httpOnly(true)
                        .secure(tls)
                        .sameSite(SetCookie.SameSite.STRICT)
                        .maxAge(life)
                        .build());
    }

    private JsonObject json(Viewer viewer) {
        User user = viewer.user();
        JsonObjectBuilder json = Json.createObjectBuilder();
        if (viewer.token().isEmpty()) {
            json.add("csrfToken", tokens.csrfToken(viewer.signIn()));
        }
        return json.add(
                        "user",
                        Json.createObjectBuilder()
                                .add("id", user.id().toString())
                                .add("name", user.name())
                                .add("role", user.role().text()))
                .add("mustChangePassword", user.mustChangePassword())
                .add("server", facts.get().json())
                .build();
    }
}
