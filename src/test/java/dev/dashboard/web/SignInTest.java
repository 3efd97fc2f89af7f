package dev.dashboard.web;

import static dev.dashboard.web.Browser.code;
import static dev.dashboard.web.Browser.json;
import static dev.dashboard.web.Browser.object;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.auth.Users;
import dev.dashboard.event.Event;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignInTest {
    @TempDir
    Path dir;

    private TestWeb web;

    @BeforeEach
    void start() {
        web = new TestWeb(dir);
    }

    @AfterEach
    void stop() {
        web.close();
    }

    @Test
    void firstAdministratorMustChangeTheOneTimePasswordAndItsFileGoes() throws Exception {
        Path file = dir.resolve(Users.INITIAL_PASSWORD_FILE);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        String oneTime = web.oneTimePassword();
        Browser browser = web.browser();

        HttpResponse<String> login = browser.signIn("Admin", oneTime);
        assertEquals(200, login.statusCode(), login::body);
        assertTrue(object(login).getBoolean("mustChangePassword"));
        assertEquals("admin", object(login).getJsonObject("user").getString("role"));
        assertEquals(
                "missing",
                object(login).getJsonObject("server").getJsonObject("cli").getString("state"));
        assertEquals("403 password-change-required", code(browser.get("/api/v1/system")));
        assertEquals(200, browser.get("/api/v1/auth/me").statusCode());

        assertEquals("400 password-length", code(browser.changePassword(oneTime, "eleven char")));
        assertEquals("400 current-password-wrong", code(browser.changePassword("wrong", Browser.PASSWORD)));
        assertEquals("400 password-guessable", code(browser.changePassword(oneTime, "password1234")));
        assertEquals("400 password-guessable", code(browser.changePassword(oneTime, "admin-dashboard")));
        assertEquals("400 password-unchanged", code(browser.changePassword(oneTime, oneTime)));
        assertTrue(Files.exists(file));
        HttpResponse<String> changed = browser.changePassword(oneTime, Browser.PASSWORD);
        assertEquals(200, changed.statusCode(), changed::body);
        assertFalse(object(changed).getBoolean("mustChangePassword"));

        assertFalse(Files.exists(file));
        assertEquals(200, browser.get("/api/v1/system").statusCode());
        assertEquals("401 sign-in-refused", code(web.browser().signIn("admin", oneTime)));
        assertEquals(200, web.browser().signIn("admin", Browser.PASSWORD).statusCode());
    }

    @Test
    void cookiesAreOutOfReachOfScriptsAndOtherSites() throws Exception {
        List<String> cookies =
                web.browser().signIn("admin", web.oneTimePassword()).headers().allValues("Set-Cookie");
        assertEquals(3, cookies.size());
        for (String cookie : cookies) {
            // The third only tells the page that somebody is signed in; it holds no secret.
            assertTrue(cookie.startsWith("dashboard_signed_in=yes;") || cookie.contains("HttpOnly"), cookie);
            assertTrue(cookie.contains("SameSite=Strict"), cookie);
            assertFalse(cookie.contains("Secure"), cookie);
        }
        assertTrue(
                cookies.stream().anyMatch(c -> c.startsWith("dashboard_refresh=") && c.contains("Path=/api/v1/auth")));
    }

    @Test
    void wrongTokensAreNobody() throws Exception {
        Browser browser = web.signedIn();
        String token = browser.cookies.get("dashboard_access");
        String[] parts = token.split("\\.");

        for (String bad : List.of(
                parts[0] + "." + parts[1] + "." + parts[2].substring(0, parts[2].length() - 4) + "AAAA",
                "eyJhbGciOiJub25lIn0." + parts[1] + ".",
                "rubbish",
                "")) {
            browser.cookies.put("dashboard_access", bad);
            assertEquals("401 not-signed-in", code(browser.get("/api/v1/auth/me")), bad);
        }
        browser.cookies.put("dashboard_access", token);
        assertEquals(200, browser.get("/api/v1/auth/me").statusCode());
        web.clock.forward(Duration.ofMinutes(16));
        assertEquals("401 not-signed-in", code(browser.get("/api/v1/auth/me")));
    }

    @Test
    void signingOutRevokesOnTheServer() throws Exception {
        Browser browser = web.signedIn();
        Browser thief = browser.copy();

        assertEquals(204, browser.post("/api/v1/auth/logout", "").statusCode());

        assertEquals("401 not-signed-in", code(thief.get("/api/v1/auth/me")));
        assertEquals("401 not-signed-in", code(thief.refresh()));
        assertEquals("", browser.cookies.get("dashboard_access"));
    }

    @Test
    void signingInAnewInABrowserLeavesTheSignInThatWasThere() throws Exception {
        Browser browser = web.signedIn();
        Browser copy = browser.copy();

        assertEquals(200, browser.signIn("admin", Browser.PASSWORD).statusCode());

        assertEquals("401 not-signed-in", code(copy.get("/api/v1/auth/me")));
        assertEquals("401 not-signed-in", code(copy.refresh()));
        assertEquals(200, browser.get("/api/v1/auth/me").statusCode());
    }

    @Test
    void aSignInEndsAfterThirtyDaysHoweverOftenItWasRenewed() throws Exception {
        Browser browser = web.signedIn();
        for (int day = 1; day < 30; day++) {
            web.clock.forward(Duration.ofDays(1));
            assertEquals(200, browser.refresh().statusCode(), "day " + day);
        }
        web.clock.forward(Duration.ofDays(1));

        assertEquals("401 not-signed-in", code(browser.get("/api/v1/auth/me")));
        assertEquals("401 not-signed-in", code(browser.refresh()));
    }

    @Test
    void aBrowserThatStaysAwayForAWeekIsSignedOut() throws Exception {
        Browser browser = web.signedIn();
        web.clock.forward(Duration.ofDays(7));
        assertEquals("401 not-signed-in", code(browser.refresh()));
    }

    @Test
    void whatHasExpiredIsForgottenAHundredAtATimeAndNothingElse() throws Exception {
        Browser gone = web.signedIn();
        web.clock.forward(Duration.ofDays(7));
        Browser here = web.browser();
        here.signIn("admin", Browser.PASSWORD);

        web.db.write(tx -> tx.update("""
                WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 150)
                INSERT INTO sign_in(id, user_id, created_at, expires_at, address)
                SELECT printf('%08x-0000-4000-8000-000000000000', i), (SELECT id FROM user LIMIT 1), 0, 0, '' FROM c
                """));
        web.db.write(tx -> tx.update(
                "INSERT INTO refresh_token(hash, sign_in_id, expires_at) SELECT 'hash of ' || id, id, 0 FROM sign_in"
                        + " WHERE expires_at = 0"));

        assertTrue(web.signIns.forgetExpired());
        assertFalse(web.signIns.forgetExpired());

        assertEquals(1, count("sign_in"));
        assertEquals(1, count("refresh_token"));
        assertEquals("401 not-signed-in", code(gone.get("/api/v1/auth/me")));
        assertEquals(200, here.refresh().statusCode());
    }

    private long count(String table) {
        return web.db
                .first("SELECT count(*) AS n FROM " + table, Map.of(), row -> row.longValue("n"))
                .orElseThrow();
    }

    @Test
    void choosingAPasswordThatIsTooEasyUsesUpNoAttempt() throws Exception {
        Browser browser = web.signedIn();
        for (int i = 0; i < 7; i++) {
            assertEquals("400 password-guessable", code(browser.changePassword(Browser.PASSWORD, "password1234")));
        }
        assertEquals(
                200,
                browser.changePassword(Browser.PASSWORD, "another good phrase").statusCode());
    }

    @Test
    void guessingThePresentPasswordFromAnOpenBrowserIsSlowedAndRecorded() throws Exception {
        Browser browser = web.signedIn();
        for (int i = 0; i < 5; i++) {
            assertEquals("400 current-password-wrong", code(browser.changePassword("wrong", "another good phrase")));
        }
        assertEquals("429 too-many-sign-ins", code(browser.changePassword(Browser.PASSWORD, "another good phrase")));
        assertEquals(
                List.of("current-password-wrong"),
                refusals().stream().distinct().toList());
    }

    @Test
    void changingThePasswordEndsAllSignInsAndBeginsANewOne() throws Exception {
        Browser browser = web.signedIn();
        Browser copy = browser.copy();
        Browser other = web.browser();
        other.signIn("admin", Browser.PASSWORD);

        assertEquals(
                200,
                browser.changePassword(Browser.PASSWORD, "another good phrase").statusCode());

        assertEquals("401 not-signed-in", code(copy.get("/api/v1/auth/me")));
        assertEquals("401 not-signed-in", code(other.get("/api/v1/auth/me")));
        assertEquals("401 not-signed-in", code(other.refresh()));
        assertEquals(200, browser.get("/api/v1/auth/me").statusCode());
        assertEquals(200, browser.refresh().statusCode());
    }

    @Test
    void twoTabsMayRefreshAtOnceButALateCopyEndsTheSignIn() throws Exception {
        Browser first = web.signedIn();
        Browser second = first.copy();
        Browser thief = first.copy();

        assertEquals(200, first.refresh().statusCode());
        assertEquals(200, second.refresh().statusCode());
        assertNotEquals(first.cookies.get("dashboard_refresh"), second.cookies.get("dashboard_refresh"));
        assertEquals(200, first.refresh().statusCode());

        web.clock.forward(Duration.ofSeconds(11));
        assertEquals("401 not-signed-in", code(thief.refresh()));
        assertEquals("401 not-signed-in", code(first.get("/api/v1/auth/me")));
        assertEquals("401 not-signed-in", code(second.refresh()));
        assertTrue(refusals().contains("refresh-token-reused"));
    }

    @Test
    void signInSurvivesARestart() throws Exception {
        Browser browser = web.signedIn();
        web.close();
        web = new TestWeb(dir);
        Browser again = new Browser(web.web.port());
        again.cookies.putAll(browser.cookies);

        assertEquals(200, again.get("/api/v1/auth/me").statusCode());
        assertEquals(200, again.refresh().statusCode());
    }

    @Test
    void guessingIsSlowedAndRecordedAndRightPasswordsAreNotCharged() throws Exception {
        Browser browser = web.signedIn();
        for (int i = 0; i < 7; i++) {
            assertEquals(200, browser.signIn("admin", Browser.PASSWORD).statusCode());
        }
        for (int i = 0; i < 5; i++) {
            assertEquals("401 sign-in-refused", code(web.browser().signIn("admin", "wrong")));
        }
        HttpResponse<String> limited = web.browser().signIn("ADMIN ", Browser.PASSWORD);
        assertEquals("429 too-many-sign-ins", code(limited));
        assertEquals(Optional.of("60"), limited.headers().firstValue("Retry-After"));
        assertEquals(6, refusals().size());

        web.clock.forward(Duration.ofSeconds(61));
        for (int i = 0; i < 5; i++) {
            assertEquals("401 sign-in-refused", code(web.browser().signIn("admin", "wrong")));
        }
        HttpResponse<String> longer = web.browser().signIn("admin", Browser.PASSWORD);
        assertEquals(Optional.of("120"), longer.headers().firstValue("Retry-After"));
    }

    @Test
    void anAddressIsLimitedOverAllNamesAsTheTrustedProxyTellsIt() throws Exception {
        for (int i = 0; i < 20; i++) {
            assertEquals("401 sign-in-refused", code(guess("nobody" + i, "6.6.6.6, 9.9.9.9")));
        }
        assertEquals("429 too-many-sign-ins", code(guess("nobody", "7.7.7.7, 9.9.9.9")));
        assertEquals("401 sign-in-refused", code(guess("nobody", "9.9.9.9, 8.8.8.8")));
    }

    private HttpResponse<String> guess(String name, String forwarded) throws Exception {
        String body = json("username", name, "password", "x");
        return web.browser().send("POST", "/api/v1/auth/login", body, "X-Forwarded-For", forwarded);
    }

    private List<String> refusals() {
        return web.journal.after(0, 1000).stream()
                .map(envelope -> envelope.event())
                .filter(Event.SignInRefused.class::isInstance)
                .map(event -> ((Event.SignInRefused) event).reason())
                .toList();
    }
}
