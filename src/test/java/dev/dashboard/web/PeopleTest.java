package dev.dashboard.web;

import static dev.dashboard.web.Browser.code;
import static dev.dashboard.web.Browser.json;
import static dev.dashboard.web.Browser.object;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Event;
import dev.dashboard.support.Await;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What administrators do with the accounts of others, how people come by their invitation, and API tokens. */
@Timeout(60)
class PeopleTest {
    @TempDir
    Path dir;

    private TestWeb web;
    private Browser admin;

    @BeforeEach
    void start() throws Exception {
        web = new TestWeb(dir);
        admin = web.signedIn();
    }

    @AfterEach
    void stop() {
        web.close();
    }

    // ---- invitations

    @Test
    void anInvitationIsALinkThatSignsInOnce() throws Exception {
        HttpResponse<String> created = admin.post("/api/v1/users", json("name", "Änne Maß", "role", "operator"));
        assertEquals(201, created.statusCode(), created::body);
        JsonObject user = object(created).getJsonObject("user");
        JsonObject invitation = object(created).getJsonObject("invitation");
        String token = invitation.getString("token");
        assertEquals("invited", user.getString("state"));
        assertEquals("/invitation#" + token + ".%C3%84nne%20Ma%C3%9F", invitation.getString("path"));
        assertEquals(
                Optional.of("/api/v1/users/" + user.getString("id")),
                created.headers().firstValue("Location"));
        assertEquals("401 sign-in-refused", code(web.browser().signIn("Änne Maß", "x")));

        assertEquals("400 password-length", code(web.browser().accept(token, "short")));
        assertEquals("400 password-guessable", code(web.browser().accept(token, "änne maß 2026")));
        Browser anne = web.browser();
        HttpResponse<String> accepted = anne.accept(token, Browser.PASSWORD);
        assertEquals(200, accepted.statusCode(), accepted::body);
        assertEquals("operator", object(accepted).getJsonObject("user").getString("role"));
        assertFalse(object(accepted).getBoolean("mustChangePassword"));
        assertEquals(200, anne.get("/api/v1/sessions").statusCode());

        assertEquals("401 invitation-over", code(web.browser().accept(token, "another good phrase")));
        assertEquals(200, web.browser().signIn("änne maß", Browser.PASSWORD).statusCode());
        JsonObject now = object(admin.get("/api/v1/users/" + user.getString("id")));
        assertEquals("active", now.getString("state"));
        assertTrue(now.containsKey("lastSignInAt"));
        assertFalse(now.containsKey("invitationExpiresAt"));
    }

    @Test
    void anInvitationIsOverAfter72Hours() throws Exception {
        String token = invite("olga", "viewer");
        web.clock.forward(Duration.ofHours(72));
        assertEquals("401 invitation-over", code(web.browser().accept(token, Browser.PASSWORD)));
    }

    @Test
    void aNewLinkReplacesTheOneBeforeAndWhatWasSignedInEndsWhenItIsUsed() throws Exception {
        Browser olga = web.invited(admin, "olga", "operator");
        String user = "/api/v1/users/" + id(olga);
        String first = object(admin.post(user + "/invitations", "")).getString("token");
        String second = object(admin.post(user + "/invitations", "")).getString("token");
        assertEquals("401 invitation-over", code(web.browser().accept(first, "another good phrase")));
        assertEquals(200, olga.get("/api/v1/auth/me").statusCode());

        assertEquals(200, web.browser().accept(second, "another good phrase").statusCode());
        assertEquals("401 not-signed-in", code(olga.get("/api/v1/auth/me")));
        assertEquals("401 sign-in-refused", code(web.browser().signIn("olga", Browser.PASSWORD)));
    }

    @Test
    void guessingLinksIsLimitedForTheAddress() throws Exception {
        for (int i = 0; i < 20; i++) {
            assertEquals("401 invitation-over", code(web.browser().accept("guess" + i, Browser.PASSWORD)));
        }
        HttpResponse<String> limited = web.browser().accept("guess", Browser.PASSWORD);
        assertEquals("429 too-many-sign-ins", code(limited));
        assertEquals(Optional.of("60"), limited.headers().firstValue("Retry-After"));
    }

    // ---- roles, and who may come at all

    @Test
    void theLastAdministratorStays() throws Exception {
        String self = "/api/v1/users/" + id(admin);
        assertEquals("409 last-admin", code(admin.send("PATCH", self, "{\"role\":\"operator\"}")));
        assertEquals("409 last-admin", code(admin.send("PATCH", self, "{\"disabled\":true}")));
        invite("later", "admin");
        // Somebody who has not come yet may never come.
        assertEquals("409 last-admin", code(admin.send("PATCH", self, "{\"disabled\":true}")));
        Browser second = web.invited(admin, "ada", "admin");
        assertEquals(200, second.send("PATCH", self, "{\"role\":\"viewer\"}").statusCode());
        assertEquals("403 not-allowed", code(admin.get("/api/v1/users")));
        assertEquals(
                "409 last-admin", code(second.send("PATCH", "/api/v1/users/" + id(second), "{\"disabled\":true}")));
    }

    @Test
    void aSmallerRoleCountsAtOnceForSignInsTokensAndStreams() throws Exception {
        Browser olga = web.invited(admin, "olga", "operator");
        String token = issue(olga, "ci", "operator");
        try (InputStream stream = stream(olga)) {
            assertEquals(
                    200,
                    admin.send("PATCH", "/api/v1/users/" + id(olga), "{\"role\":\"viewer\"}")
                            .statusCode());
            assertTrue(new String(stream.readAllBytes(), StandardCharsets.UTF_8).contains("event: bye"));
        }
        assertEquals("403 not-allowed", code(olga.post("/api/v1/projects", "{}")));
        assertEquals("403 not-allowed", code(bearer(token, "POST", "/api/v1/projects", "{}")));
        assertEquals(
                "viewer",
                object(olga.get("/api/v1/auth/me")).getJsonObject("user").getString("role"));
    }

    @Test
    void whoIsDisabledIsOutAtOnceAndBackWhenEnabled() throws Exception {
        Browser olga = web.invited(admin, "olga", "operator");
        String token = issue(olga, "ci", "viewer");
        String user = "/api/v1/users/" + id(olga);
        HttpResponse<String> disabled = admin.send("PATCH", user, "{\"disabled\":true}");
        assertEquals("disabled", object(disabled).getString("state"));
        assertEquals("401 not-signed-in", code(olga.get("/api/v1/auth/me")));
        assertEquals("401 not-signed-in", code(olga.refresh()));
        assertEquals("401 not-signed-in", code(bearer(token, "GET", "/api/v1/sessions", "")));
        assertEquals("401 sign-in-refused", code(web.browser().signIn("olga", Browser.PASSWORD)));
        assertEquals("409 user-disabled", code(admin.post(user + "/invitations", "")));

        assertEquals(
                "active",
                object(admin.send("PATCH", user, "{\"disabled\":false}")).getString("state"));
        assertEquals("401 not-signed-in", code(olga.get("/api/v1/auth/me")));
        assertEquals(200, web.browser().signIn("olga", Browser.PASSWORD).statusCode());
        assertEquals("401 not-signed-in", code(bearer(token, "GET", "/api/v1/sessions", "")), "it does not come back");
    }

    @Test
    void whatLetsAPersonInEndsWithSigningOutEverywhereAndWithANewLink() throws Exception {
        Browser olga = web.invited(admin, "olga", "operator");
        String own = issue(olga, "own", "viewer");
        assertEquals(204, olga.send("DELETE", "/api/v1/auth/sign-ins", "").statusCode());
        assertEquals("401 not-signed-in", code(bearer(own, "GET", "/api/v1/sessions", "")));

        olga.signIn("olga", Browser.PASSWORD);
        String again = issue(olga, "again", "viewer");
        String user = "/api/v1/users/" + id(olga);
        assertEquals(204, admin.send("DELETE", user + "/sign-ins", "").statusCode());
        assertEquals("401 not-signed-in", code(bearer(again, "GET", "/api/v1/sessions", "")));

        olga.signIn("olga", Browser.PASSWORD);
        String last = issue(olga, "last", "viewer");
        String link = object(admin.post(user + "/invitations", "")).getString("token");
        assertEquals(200, bearer(last, "GET", "/api/v1/sessions", "").statusCode(), "until it is used");
        assertEquals(200, web.browser().accept(link, "another good phrase").statusCode());
        assertEquals("401 not-signed-in", code(bearer(last, "GET", "/api/v1/sessions", "")));
    }

    @Test
    void aTokenThatIsRevokedTakesWithItWhatWasIssuedWithIt() throws Exception {
        String leaked = issue(admin, "leaked", "operator");
        String child = childOf(leaked);
        String grandchild = childOf(child);
        String beside = issue(admin, "beside", "viewer");

        assertEquals(
                204,
                admin.send("DELETE", "/api/v1/tokens/" + tokenId("leaked"), "").statusCode());

        for (String over : List.of(leaked, child, grandchild)) {
            assertEquals("401 not-signed-in", code(bearer(over, "GET", "/api/v1/sessions", "")));
        }
        assertEquals(200, bearer(beside, "GET", "/api/v1/sessions", "").statusCode());
    }

    private String childOf(String token) throws Exception {
        HttpResponse<String> issued = bearer(token, "POST", "/api/v1/tokens", json("name", "child", "role", "viewer"));
        assertEquals(201, issued.statusCode(), issued::body);
        return object(issued).getString("secret");
    }

    private String tokenId(String name) throws Exception {
        return object(admin.get("/api/v1/tokens")).getJsonArray("tokens").stream()
                .map(JsonValue::asJsonObject)
                .filter(token -> token.getString("name").equals(name))
                .findFirst()
                .orElseThrow()
                .getString("id");
    }

    @Test
    void signingOutEverywhereEndsAllSignInsOfThePersonAndOfNobodyElse() throws Exception {
        Browser olga = web.invited(admin, "olga", "operator");
        Browser again = web.browser();
        again.signIn("olga", Browser.PASSWORD);
        assertEquals(204, olga.send("DELETE", "/api/v1/auth/sign-ins", "").statusCode());
        assertEquals("", olga.cookies.get("dashboard_access"));
        assertEquals("401 not-signed-in", code(again.get("/api/v1/auth/me")));
        assertEquals("401 not-signed-in", code(again.refresh()));
        again.signIn("olga", Browser.PASSWORD);
        assertEquals(
                204,
                admin.send("DELETE", "/api/v1/users/" + id(again) + "/sign-ins", "")
                        .statusCode());
        assertEquals("401 not-signed-in", code(again.get("/api/v1/auth/me")));
        assertEquals(200, admin.get("/api/v1/auth/me").statusCode());
    }

    @Test
    void everyChangeIsOnRecordWithWhoMadeIt() throws Exception {
        Browser olga = web.invited(admin, "olga", "operator");
        String user = "/api/v1/users/" + id(olga);
        issue(olga, "ci", "viewer");
        admin.send("PATCH", user, "{\"role\":\"viewer\"}");
        admin.send("PATCH", user, "{\"role\":\"viewer\"}");
        admin.send("DELETE", user + "/sign-ins", "");
        admin.send("PATCH", user, "{\"disabled\":true}");
        admin.send("PATCH", user, "{\"disabled\":false}");
        List<String> told = web.journal.after(0, 1000).stream()
                .map(envelope -> envelope.event())
                .filter(event -> !(event instanceof Event.SignedIn))
                .skip(2)
                .map(event -> event.getClass().getSimpleName())
                .toList();
        assertEquals(
                List.of(
                        "UserCreated",
                        "InvitationIssued",
                        "InvitationAccepted",
                        "ApiTokenIssued",
                        "RoleChanged",
                        "ApiTokenRevoked",
                        "SignedOutEverywhere",
                        "UserDisabled",
                        "UserEnabled"),
                told);
    }

    // ---- API tokens

    @Test
    void aTokenDoesWhatItsRoleAllowsWithoutOriginAndCsrfAndSurvivesARestart() throws Exception {
        Browser olga = web.invited(admin, "olga", "operator");
        String token = issue(olga, "ci", "operator");
        assertTrue(token.startsWith("ccd_"));
        assertEquals("400 field-missing", code(bearer(token, "POST", "/api/v1/projects", "{}")));
        assertEquals("403 browser-only", code(bearer(token, "POST", "/api/v1/auth/logout", "")));
        assertFalse(object(bearer(token, "GET", "/api/v1/auth/me", "")).containsKey("csrfToken"));
        assertTrue(object(olga.get("/api/v1/tokens"))
                .getJsonArray("tokens")
                .getJsonObject(0)
                .containsKey("lastUsedAt"));
        web.close();
        web = new TestWeb(dir);
        assertEquals(200, bearer(token, "GET", "/api/v1/sessions", "").statusCode());
    }

    @Test
    void theLastUseIsWrittenDown() throws Exception {
        String token = issue(admin, "ci", "viewer");
        bearer(token, "GET", "/api/v1/sessions", "");
        Await.until(
                "the use is written",
                Duration.ofSeconds(10),
                Duration.ofMillis(20),
                () -> web.db
                        .first(
                                "SELECT last_used_at FROM api_token",
                                java.util.Map.of(),
                                row -> row.longValue("last_used_at"))
                        .filter(when -> when > 0)
                        .isPresent());
    }

    @Test
    void aTokenBegetsNoneThatMayMoreOrLastsLonger() throws Exception {
        String token = issue(admin, "ci", "operator", 10);
        assertEquals(
                "403 role-too-high", code(bearer(token, "POST", "/api/v1/tokens", json("name", "x", "role", "admin"))));
        assertEquals(
                "400 expiry-too-late",
                code(bearer(
                        token, "POST", "/api/v1/tokens", "{\"name\":\"x\",\"role\":\"viewer\",\"expiresInDays\":11}")));
        assertEquals(
                201,
                bearer(token, "POST", "/api/v1/tokens", json("name", "x", "role", "viewer"))
                        .statusCode());
        assertEquals("403 not-allowed", code(bearer(token, "GET", "/api/v1/tokens?all=true", "")));
    }

    @Test
    void tokensOfOthersAreSeenAndRevokedByAdministratorsAlone() throws Exception {
        Browser olga = web.invited(admin, "olga", "operator");
        String token = issue(admin, "ops", "viewer");
        String id = object(admin.get("/api/v1/tokens"))
                .getJsonArray("tokens")
                .getJsonObject(0)
                .getString("id");
        assertEquals(
                0, object(olga.get("/api/v1/tokens")).getJsonArray("tokens").size());
        assertEquals("403 not-allowed", code(olga.get("/api/v1/tokens?all=true")));
        assertEquals("404 token-unknown", code(olga.send("DELETE", "/api/v1/tokens/" + id, "")));
        assertEquals(200, bearer(token, "GET", "/api/v1/sessions", "").statusCode());
        issue(olga, "mine", "viewer");
        assertEquals(
                2,
                object(admin.get("/api/v1/tokens?all=true"))
                        .getJsonArray("tokens")
                        .size());
        assertEquals(204, admin.send("DELETE", "/api/v1/tokens/" + id, "").statusCode());
        assertEquals("401 not-signed-in", code(bearer(token, "GET", "/api/v1/sessions", "")));
    }

    @Test
    void aPersonHasAtMostFiftyTokens() throws Exception {
        for (int i = 0; i < 50; i++) {
            issue(admin, "t" + i, "viewer");
        }
        assertEquals("409 too-many-tokens", code(admin.post("/api/v1/tokens", json("name", "x", "role", "viewer"))));
    }

    @Test
    void theLimitOfWritesHoldsForAPersonHoweverTheyCome() throws Exception {
        String token = issue(admin, "ci", "operator");
        web.close();
        TestWeb.Tuning tuning = new TestWeb.Tuning();
        tuning.writesPerMinute = 20;
        web = new TestWeb(dir, tuning, List.of());
        admin = web.browser();
        admin.signIn("admin", Browser.PASSWORD);
        int left = 0;
        while (left < 60 && bearer(token, "POST", "/api/v1/projects", "{}").statusCode() == 400) {
            left++;
        }
        // The minute may turn in the middle, which gives the limit once more.
        assertTrue(left >= 20 && left <= 40, "not the limit");
        assertEquals("429 too-many-writes", code(bearer(token, "POST", "/api/v1/projects", "{}")));
        assertEquals("429 too-many-writes", code(admin.post("/api/v1/projects", "{}")));
    }

    // ---- what is sent wrongly

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-a", "a-", "a  b", "a\\u0000b", "a\\u202eb", "a/b", "<b>", "a\\nb"})
    void namesThatNobodyCanReadAreRefused(String name) throws Exception {
        String body = "{\"name\":\"" + name + "\",\"role\":\"viewer\"}";
        assertEquals("400 name-invalid", code(admin.post("/api/v1/users", body)));
    }

    @Test
    void aNameIsSomebodysHoweverItIsTyped() throws Exception {
        invite("Zoë", "viewer");
        for (String same : List.of("zoë", " ZOË ", "Zoe\u0308")) {
            assertEquals("409 name-taken", code(admin.post("/api/v1/users", json("name", same, "role", "viewer"))));
        }
        assertEquals(
                "400 name-invalid", code(admin.post("/api/v1/users", json("name", "x".repeat(65), "role", "viewer"))));
        assertEquals(
                201,
                admin.post("/api/v1/users", json("name", "x".repeat(64), "role", "viewer"))
                        .statusCode());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    POST  | /users         | {"name":"a"}                                        | field-missing
                    POST  | /users         | {"name":"a","role":"root"}                          | field-value
                    POST  | /users         | {"name":"a","role":"viewer","password":"x"}         | unknown-field
                    PATCH | /users/{id}    | {}                                                  | change-unclear
                    PATCH | /users/{id}    | {"role":"viewer","disabled":true}                   | change-unclear
                    PATCH | /users/{id}    | {"disabled":"yes"}                                  | field-type
                    POST  | /tokens        | {"name":"","role":"viewer"}                         | field-length
                    POST  | /tokens        | {"name":" ","role":"viewer"}                        | name-invalid
                    POST  | /tokens        | {"name":"a\\u202eb","role":"viewer"}                | name-invalid
                    POST  | /tokens        | {"name":"a","role":"viewer","expiresInDays":0}      | field-value
                    POST  | /tokens        | {"name":"a","role":"viewer","expiresInDays":366}    | field-value
                    POST  | /auth/invitations | {"token":"","password":"x"}                      | field-length
                    """)
    void whatIsWrongIsNamed(String method, String path, String body, String code) throws Exception {
        String address = "/api/v1" + path.replace("{id}", id(admin));
        assertEquals("400 " + code, code(admin.send(method, address, body)));
        assertEquals("400 parameter-invalid", code(admin.get("/api/v1/tokens?all=maybe")));
    }

    // ---- helpers

    private String invite(String name, String role) throws Exception {
        HttpResponse<String> created = admin.post("/api/v1/users", json("name", name, "role", role));
        assertEquals(201, created.statusCode(), created::body);
        return object(created).getJsonObject("invitation").getString("token");
    }

    private static String id(Browser browser) throws Exception {
        return object(browser.get("/api/v1/auth/me")).getJsonObject("user").getString("id");
    }

    private static String issue(Browser browser, String name, String role) throws Exception {
        return issue(browser, name, role, 90);
    }

    private static String issue(Browser browser, String name, String role, int days) throws Exception {
        HttpResponse<String> issued = browser.post(
                "/api/v1/tokens",
                "{\"name\":\"" + name + "\",\"role\":\"" + role + "\",\"expiresInDays\":" + days + "}");
        assertEquals(201, issued.statusCode(), issued::body);
        return object(issued).getString("secret");
    }

    /** As a program, from no page at all. */
    private HttpResponse<String> bearer(String token, String method, String path, String body) throws Exception {
        return web.browser()
                .send(method, path, body, "Authorization", "Bearer " + token, "Origin", "http://elsewhere.example");
    }

    private static InputStream stream(Browser browser) throws Exception {
        return browser.client()
                .send(browser.request("GET", "/api/v1/events", ""), HttpResponse.BodyHandlers.ofInputStream())
                .body();
    }
}
