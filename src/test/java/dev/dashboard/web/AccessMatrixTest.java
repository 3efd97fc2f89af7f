package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.auth.Role;
import dev.dashboard.auth.Viewer;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.UserId;
import jakarta.json.JsonValue;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every route of the server, asked by everybody there can be: what each gets is written down here, and not taken from the code that
 * decides. A route without a line here fails the test.
 */
@Timeout(300)
class AccessMatrixTest {
    /**
     * Each route, what it needs, and what it answers to who may use it: nothing is sent with it, so most say that the body is
     * missing, which only who got in hears. {@code passes}: whatever is no refusal.
     */
    private static final String ROUTES = """
            POST   /api/v1/auth/login                      PUBLIC    400 body-type
            POST   /api/v1/auth/refresh                    PUBLIC    401 not-signed-in
            POST   /api/v1/auth/invitations                PUBLIC    400 body-type
            GET    /health/live                            PUBLIC    200
            GET    /health/ready                           PUBLIC    200
            GET    /api/v1/openapi.yaml                    PUBLIC    200
            GET    /assets/{name}                          PUBLIC    passes
            GET    /                                       PUBLIC    passes
            GET    /*                                      PUBLIC    passes
            POST   /api/v1/auth/logout                     BROWSER   204
            DELETE /api/v1/auth/sign-ins                   BROWSER   204
            PUT    /api/v1/auth/password                   BROWSER   400 body-type
            GET    /api/v1/auth/me                         SIGNED_IN 200
            GET    /api/v1/system                          SIGNED_IN 200
            GET    /api/v1/system/health                   ADMIN     200
            GET    /api/v1/system/figures                  ADMIN     200
            GET    /api/v1/system/limits                   ADMIN     200
            GET    /api/v1/system/errors                   ADMIN     200
            GET    /api/v1/system/runbooks/{name}          ADMIN     404 runbook-unknown
            PUT    /api/v1/system/log-level                ADMIN     400 body-type
            GET    /api/v1/backups                         ADMIN     200
            POST   /api/v1/backups                         ADMIN     400 body-type
            GET    /api/v1/events                          SIGNED_IN 400 parameter-out-of-range
            GET    /api/v1/projects                        SIGNED_IN 200
            POST   /api/v1/projects                        OPERATOR  400 body-type
            GET    /api/v1/projects/{id}/trust             SIGNED_IN 404 project-unknown
            PUT    /api/v1/projects/{id}/trust             OPERATOR  400 body-type
            DELETE /api/v1/projects/{id}/trust             OPERATOR  404 project-unknown
            GET    /api/v1/projects/{id}/retention         ADMIN     404 project-unknown
            PUT    /api/v1/projects/{id}/retention         ADMIN     400 body-type
            GET    /api/v1/processes                       SIGNED_IN 200
            GET    /api/v1/tokens                          SIGNED_IN 200
            POST   /api/v1/tokens                          SIGNED_IN 400 body-type
            DELETE /api/v1/tokens/{id}                     SIGNED_IN 404 token-unknown
            GET    /api/v1/users                           ADMIN     200
            POST   /api/v1/users                           ADMIN     400 body-type
            GET    /api/v1/users/{id}                      ADMIN     404 user-unknown
            PATCH  /api/v1/users/{id}                      ADMIN     400 body-type
            POST   /api/v1/users/{id}/invitations          ADMIN     404 user-unknown
            DELETE /api/v1/users/{id}/sign-ins             ADMIN     404 user-unknown
            GET    /api/v1/audit                           ADMIN     200
            GET    /api/v1/audit/verification              ADMIN     200
            GET    /api/v1/audit/export                    ADMIN     200
            GET    /api/v1/sessions                        SIGNED_IN 200
            POST   /api/v1/sessions                        OPERATOR  400 body-type
            GET    /api/v1/sessions/{id}                   READ      200
            PATCH  /api/v1/sessions/{id}                   WRITE     400 body-type
            PUT    /api/v1/sessions/{id}/sharing           OWN       400 body-type
            GET    /api/v1/sessions/{id}/events            READ      200
            POST   /api/v1/sessions/{id}/interruptions     WRITE     409 session-not-live
            POST   /api/v1/sessions/{id}/stops             WRITE     409 session-not-live
            POST   /api/v1/sessions/{id}/resumptions       WRITE     passes
            GET    /api/v1/sessions/{id}/prompts           READ      200
            POST   /api/v1/sessions/{id}/prompts           WRITE     400 body-type
            GET    /api/v1/sessions/{id}/prompts/{promptId}             READ   404 prompt-unknown
            PATCH  /api/v1/sessions/{id}/prompts/{promptId}             WRITE  400 body-type
            DELETE /api/v1/sessions/{id}/prompts/{promptId}             WRITE  404 prompt-unknown
            POST   /api/v1/sessions/{id}/prompts/{promptId}/deliveries  WRITE  404 prompt-unknown
            GET    /api/v1/approvals                       SIGNED_IN 200
            GET    /api/v1/approvals/{id}                  READ      200
            PUT    /api/v1/approvals/{id}/decision         WRITE     400 body-type
            """;

    /**
     * Who gets what. {@code in} is the route's own answer, {@code none} that nobody is signed in, {@code role} that it needs another
     * role, {@code browser} that it is for browsers, {@code yours} that only its owner lets them, {@code hidden} that there is no such
     * thing. The owner's tokens and the administrator's are of the role that their column names.
     */
    private static final String ANSWERS = """
            needs                viewer owner  other  admin  owner-v admin-v admin-o admin-a nobody
            PUBLIC               in     in     in     in     in      in      in      in      in
            BROWSER              in     in     in     in     browser browser browser browser none
            SIGNED_IN            in     in     in     in     in      in      in      in      none
            OPERATOR             role   in     in     in     role    role    in      in      none
            ADMIN                role   role   role   in     role    role    role    in      none
            READ/private         hidden in     hidden in     in      hidden  hidden  in      none
            READ/team-read       in     in     in     in     in      in      in      in      none
            READ/team-write      in     in     in     in     in      in      in      in      none
            WRITE/private        hidden in     hidden in     role    hidden  hidden  in      none
            WRITE/team-read      role   in     yours  in     role    role    yours   in      none
            WRITE/team-write     role   in     in     in     role    role    in      in      none
            OWN/private          hidden in     hidden in     role    hidden  hidden  in      none
            OWN/team-read        role   in     yours  in     role    role    yours   in      none
            OWN/team-write       role   in     yours  in     role    role    yours   in      none
            """;

    private record Row(String route, String needs, String answer) {}

    /** Somebody who asks: as in the table of answers, what is sent, and what this is. */
    private record Caller(String name, String column, Browser browser, Supplier<String> authorization) {
        HttpResponse<String> ask(Route route, String address) throws Exception {
            String method = route.method().text();
            return byCookie()
                    ? browser.send(method, address, "")
                    : browser.send(method, address, "", "Authorization", authorization.get());
        }

        boolean byCookie() {
            return authorization.get().isEmpty();
        }
    }

    @TempDir
    Path dir;

    private TestWeb web;
    private Browser admin;
    private String expired;
    private String ownersToken;
    private final Map<String, Row> rows = new LinkedHashMap<>();
    private final Map<String, String> answers = new TreeMap<>();
    private final Map<Sharing, SessionId> sessions = new TreeMap<>();
    private final Map<Sharing, ApprovalId> approvals = new TreeMap<>();

    @BeforeEach
    void start() throws Exception {
        TestWeb.Tuning tuning = new TestWeb.Tuning();
        tuning.writesPerMinute = 100_000;
        web = new TestWeb(dir, tuning, List.of());
        expired = expiredToken();
        admin = web.signedIn();
        for (String line : ROUTES.lines().toList()) {
            String[] words = line.strip().split("\\s+", 4);
            Row row = new Row(words[0] + " " + words[1], words[2], words[3]);
            assertEquals(null, rows.put(row.route(), row), () -> "twice: " + row.route());
        }
        List<String> lines = ANSWERS.lines().toList();
        String[] columns = lines.getFirst().split("\\s+");
        for (String line : lines.subList(1, lines.size())) {
            String[] words = line.split("\\s+");
            for (int i = 1; i < columns.length; i++) {
                answers.put(words[0] + " " + columns[i], words[i]);
            }
        }
    }

    /** Issued two days ago, for one day. */
    private String expiredToken() {
        web.clock.forward(Duration.ofDays(-2));
        Viewer first = new Viewer(
                web.people.all().people().getFirst().user(), UUID.randomUUID(), web.clock.instant(), Optional.empty());
        String secret =
                web.apiTokens.issue(first, "early", Role.ADMIN, Optional.of(1)).secret();
        assertTrue(web.apiTokens.viewer(secret).isPresent());
        web.clock.forward(Duration.ofDays(2));
        return secret;
    }

    @AfterEach
    void stop() {
        web.close();
    }

    @Test
    void everyRouteHasALineHereAndEveryLineARoute() {
        assertEquals(
                web.web.routes().stream().map(Route::name).collect(Collectors.toCollection(TreeSet::new)),
                new TreeSet<>(rows.keySet()));
    }

    @Test
    void everybodyGetsWhatTheTableSaysAndNothingElse() throws Exception {
        List<Caller> callers = callers();
        List<String> wrong = new ArrayList<>();
        int asked = 0;
        for (Route route : web.web.routes()) {
            Row row = Optional.ofNullable(rows.get(route.name()))
                    .orElseThrow(() -> new AssertionError("who may use " + route.name() + "?"));
            for (Caller caller : callers) {
                for (Target target : targets(row)) {
                    HttpResponse<String> answer = caller.ask(route, target.address());
                    asked++;
                    String wanted = answers.get(target.key() + " " + caller.column());
                    if (!fits(wanted, row.answer(), said(answer))) {
                        wrong.add(caller.name() + ", " + route.name() + " (" + target.key() + "): " + wanted
                                + " wanted, but " + said(answer));
                    }
                }
                signInAgain(row, caller);
            }
        }
        assertEquals("", String.join("\n", wrong));
        // So that a table that lost its lines does not pass for a short while of asking.
        int some = asked;
        assertTrue(asked > 1_000, () -> "only " + some + " combinations");
        System.getLogger(AccessMatrixTest.class.getName())
                .log(System.Logger.Level.INFO, "combinations of route, person and sharing: {0}", asked);
        assertEquals("200", said(admin.get("/api/v1/users")), "what was forged was forged from something real");
    }

    @Test
    void afterARefreshTokenWasUsedTwiceNothingOfItsSignInIsTakenAnywhere() throws Exception {
        Browser real = person("olga", "operator");
        Browser thief = real.copy();
        assertEquals("200", said(real.refresh()));
        web.clock.forward(Duration.ofSeconds(11));
        assertEquals("401 not-signed-in", said(thief.refresh()));
        for (Route route : web.web.routes()) {
            Row row = rows.get(route.name());
            if (!row.needs().equals("PUBLIC")) {
                for (Browser browser : List.of(real, thief)) {
                    String address = address(route.path());
                    assertEquals(
                            "401 not-signed-in",
                            said(browser.send(route.method().text(), address, "")),
                            route.name());
                }
            }
        }
    }

    // ---- who asks

    private List<Caller> callers() throws Exception {
        Browser viewer = person("vera", "viewer");
        Browser owner = person("omar", "operator");
        Browser other = person("otto", "operator");
        Browser second = person("ada", "admin");
        sessionsOf(id(owner));
        ownersToken = token(owner, "viewer");
        List<Caller> callers = new ArrayList<>(List.of(
                byCookie("viewer", "viewer", viewer),
                byCookie("operator who owns", "owner", owner),
                byCookie("operator who does not own", "other", other),
                byCookie("administrator", "admin", second),
                new Caller("the owner's token as viewer", "owner-v", web.browser(), () -> "Bearer " + ownersToken),
                byToken("an administrator's token as viewer", "admin-v", token(admin, "viewer")),
                byToken("an administrator's token as operator", "admin-o", token(admin, "operator")),
                byToken("an administrator's token as administrator", "admin-a", token(admin, "admin")),
                byCookie("nobody", "nobody", web.browser())));
        callers.addAll(whoAreNobody());
        callers.forEach(caller -> caller.browser().cookies.remove("dashboard_refresh"));
        return callers;
    }

    /** Each was somebody once, or says so. */
    private List<Caller> whoAreNobody() throws Exception {
        List<Caller> nobodies = new ArrayList<>();
        String real = admin.cookies.get("dashboard_access");
        Forged.all(real, TestWeb.SECRET).forEach((what, forged) -> {
            Browser browser = admin.copy();
            browser.cookies.put("dashboard_access", forged);
            nobodies.add(byCookie("administrator's access token, " + what, "nobody", browser));
        });

        Browser left = person("lena", "admin");
        Browser kept = left.copy();
        left.post("/api/v1/auth/logout", "");
        nobodies.add(byCookie("administrator who signed out", "nobody", kept));

        Browser gone = person("gina", "admin");
        String goneToken = token(gone, "admin");
        String goneId = id(gone).toString();
        assertEquals("200", said(admin.send("PATCH", "/api/v1/users/" + goneId, "{\"disabled\":true}")));
        nobodies.add(byCookie("disabled administrator", "nobody", gone));
        nobodies.add(byToken("disabled administrator's token", "nobody", goneToken));

        HttpResponse<String> revoked = admin.post("/api/v1/tokens", "{\"name\":\"r\",\"role\":\"admin\"}");
        String revokedId = Browser.object(revoked).getJsonObject("token").getString("id");
        assertEquals("204", said(admin.send("DELETE", "/api/v1/tokens/" + revokedId, "")));
        nobodies.add(byToken("revoked token", "nobody", Browser.object(revoked).getString("secret")));

        nobodies.add(byToken("expired token", "nobody", expired));
        nobodies.add(byToken("made-up token", "nobody", "ccd_" + "x".repeat(43)));
        nobodies.add(byToken("an access token in the place of an API token", "nobody", real));
        nobodies.add(new Caller("bad token beside good cookies", "nobody", admin.copy(), () -> "Bearer ccd_x"));
        nobodies.add(
                new Caller("another scheme beside good cookies", "nobody", admin.copy(), () -> "Basic YWRtaW46eA=="));
        return nobodies;
    }

    private static Caller byCookie(String name, String column, Browser browser) {
        return new Caller(name, column, browser, () -> "");
    }

    private Caller byToken(String name, String column, String token) {
        return new Caller(name, column, web.browser(), () -> "Bearer " + token);
    }

    private Browser person(String name, String role) throws Exception {
        return web.invited(admin, name, role);
    }

    private static String token(Browser browser, String role) throws Exception {
        HttpResponse<String> issued = browser.post("/api/v1/tokens", Browser.json("name", "for " + role, "role", role));
        assertEquals(201, issued.statusCode(), issued::body);
        return Browser.object(issued).getString("secret");
    }

    private static UserId id(Browser browser) throws Exception {
        return UserId.parse(Browser.object(browser.get("/api/v1/auth/me"))
                .getJsonObject("user")
                .getString("id"));
    }

    /** Who used the door out comes in again for the next route. */
    private void signInAgain(Row row, Caller caller) throws Exception {
        boolean out = row.route().endsWith("/auth/logout") || row.route().endsWith("/auth/sign-ins");
        if (out && caller.byCookie() && !caller.column().equals("nobody")) {
            String name = Map.of("viewer", "vera", "owner", "omar", "other", "otto", "admin", "ada")
                    .get(caller.column());
            assertEquals("401 not-signed-in", said(caller.browser().get("/api/v1/auth/me")), caller.name());
            assertEquals("200", said(caller.browser().signIn(name, Browser.PASSWORD)));
            if (name.equals("omar")) {
                ownersToken = token(caller.browser(), "viewer");
            }
            caller.browser().cookies.remove("dashboard_refresh");
        }
    }

    // ---- for what

    private record Target(String key, String address) {}

    private List<Target> targets(Row row) {
        String path = row.route().split(" ")[1];
        if (!List.of("READ", "WRITE", "OWN").contains(row.needs())) {
            return List.of(new Target(row.needs(), address(path)));
        }
        boolean approval = path.startsWith("/api/v1/approvals");
        return Arrays.stream(Sharing.values())
                .map(sharing -> new Target(
                        row.needs() + "/" + sharing.wire(),
                        address(path.replace(
                                "{id}",
                                approval
                                        ? approvals.get(sharing).toString()
                                        : sessions.get(sharing).toString()))))
                .toList();
    }

    private static String address(String path) {
        String filled =
                path.replaceAll("\\{[a-zA-Z]+}", UUID.randomUUID().toString()).replace("*", "sessions");
        // A stream would not end.
        return path.equals("/api/v1/events") ? filled + "?after=x" : filled;
    }

    private void sessionsOf(UserId owner) throws Exception {
        ProjectId project = ProjectId.random();
        Path folder = Files.createDirectory(dir.resolve("project"));
        Actor actor = new Actor.Person(owner, "omar");
        web.journal.append(List.of(
                new Draft(Optional.empty(), actor, new Event.ProjectAdded(project, folder.toString(), "project"))));
        for (Sharing sharing : Sharing.values()) {
            SessionId session = SessionId.random();
            ApprovalId approval = new ApprovalId(UUID.randomUUID());
            List<Event> events = List.of(
                    new Event.SessionCreated(
                            project,
                            folder.toString(),
                            Optional.empty(),
                            Optional.empty(),
                            "default",
                            Optional.empty(),
                            owner,
                            sharing),
                    new Event.SessionStarted("launch", session.toString(), false),
                    new Event.ApprovalRequested(
                            approval,
                            "permission",
                            "request",
                            "toolu",
                            "Bash",
                            JsonValue.EMPTY_JSON_OBJECT,
                            Optional.empty(),
                            Optional.empty(),
                            JsonValue.EMPTY_JSON_ARRAY,
                            Optional.empty(),
                            Optional.empty()),
                    new Event.ApprovalWithdrawn(approval, "process-ended"),
                    new Event.SessionEnded("stopped", Optional.of(0), Event.Leftover.NONE));
            web.journal.append(events.stream()
                    .map(event -> new Draft(Optional.of(session), actor, event))
                    .toList());
            sessions.put(sharing, session);
            approvals.put(sharing, approval);
        }
    }

    // ---- what they get

    private static boolean fits(String wanted, String in, String said) {
        return switch (wanted) {
            case "in" -> in.equals("passes") ? isNoRefusal(said) : said.equals(in);
            case "none" -> said.equals("401 not-signed-in");
            case "role" -> said.equals("403 not-allowed");
            case "browser" -> said.equals("403 browser-only");
            case "yours" -> said.equals("403 session-not-yours");
            case "hidden" -> said.equals("404 session-unknown") || said.equals("404 approval-unknown");
            default -> throw new AssertionError("no such word in the table: " + wanted);
        };
    }

    private static boolean isNoRefusal(String said) {
        return !said.startsWith("401")
                && !said.startsWith("403")
                && !said.startsWith("500")
                && !said.equals("404 session-unknown");
    }

    private static String said(HttpResponse<String> answer) {
        boolean problem = answer.headers()
                .firstValue("Content-Type")
                .filter("application/problem+json"::equals)
                .isPresent();
        return problem ? Browser.code(answer) : Integer.toString(answer.statusCode());
    }
}
