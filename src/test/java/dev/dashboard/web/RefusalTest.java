package dev.dashboard.web;

import static dev.dashboard.web.Browser.code;
import static dev.dashboard.web.Browser.json;
import static dev.dashboard.web.Browser.object;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever is signed in and is refused is on record with it, once, wherever the refusal comes from. */
@Timeout(60)
class RefusalTest {
    @TempDir
    Path dir;

    private TestWeb web;
    private Browser admin;
    private Browser olga;

    @BeforeEach
    void start() throws Exception {
        web = new TestWeb(dir);
        admin = web.signedIn();
        olga = web.invited(admin, "olga", "operator");
    }

    @AfterEach
    void stop() {
        web.close();
    }

    @Test
    void aRefusalIsOnRecordOnceWhetherTheDoorRefusesOrTheRouteItself() throws Exception {
        String own = "Authorization";
        String token = "Bearer " + token(olga);
        List<String> said = new ArrayList<>(List.of(
                // The door: role, foreign page, missing proof, a program where a person should be.
                code(olga.get("/api/v1/users")),
                code(olga.send("POST", "/api/v1/projects", "{}", "Origin", "http://elsewhere.example")),
                code(olga.send("POST", "/api/v1/projects", "{}", "X-CSRF-Token", "x")),
                code(web.browser().send("POST", "/api/v1/auth/logout", "", own, token)),
                // The routes: what only administrators see of a list, more than one may hand on, a folder outside.
                code(olga.get("/api/v1/tokens?all=true")),
                code(olga.post("/api/v1/tokens", json("name", "x", "role", "admin"))),
                code(olga.post("/api/v1/projects", json("path", "/etc"))),
                code(web.browser().send("GET", "/api/v1/tokens?all=true", "", own, token))));

        assertEquals(
                List.of(
                        "403 not-allowed",
                        "403 origin-not-allowed",
                        "403 csrf-token-wrong",
                        "403 browser-only",
                        "403 not-allowed",
                        "403 role-too-high",
                        "403 path-not-allowed",
                        "403 not-allowed"),
                said);
        assertEquals(
                List.of(
                        "olga GET /api/v1/users not-allowed",
                        "olga POST /api/v1/projects origin-not-allowed",
                        "olga POST /api/v1/projects csrf-token-wrong",
                        "olga via ci POST /api/v1/auth/logout browser-only",
                        "olga GET /api/v1/tokens not-allowed",
                        "olga POST /api/v1/tokens role-too-high",
                        "olga POST /api/v1/projects path-not-allowed",
                        "olga via ci GET /api/v1/tokens not-allowed"),
                refusals());
        assertTrue(
                admin.get("/api/v1/audit?action=access-refused").body().contains("was refused POST /api/v1/tokens"),
                "and in the audit");
    }

    @Test
    void whatIsNoRefusalOfSomebodySignedInIsNotRecordedAsOne() throws Exception {
        Browser nobody = web.browser();
        assertEquals("401 not-signed-in", code(nobody.get("/api/v1/users")));
        assertEquals(
                "403 origin-not-allowed",
                code(nobody.send(
                        "POST",
                        "/api/v1/auth/login",
                        json("username", "olga", "password", "x"),
                        "Origin",
                        "http://elsewhere.example")));
        assertEquals("400 body-type", code(olga.post("/api/v1/tokens", "")));
        assertEquals("404 not-found", code(olga.get("/api/v1/nothing")));
        assertEquals(
                "404 token-unknown",
                code(olga.send("DELETE", "/api/v1/tokens/0f0e0d0c-0b0a-4908-8706-050403020100", "")));
        assertEquals(List.of(), refusals());
    }

    @Test
    void aForeignPageHidesNothingThatItsVictimDoes() throws Exception {
        for (int i = 0; i < 25; i++) {
            olga.send("POST", "/api/v1/projects", "{}", "Origin", "http://elsewhere.example");
        }
        assertEquals("403 not-allowed", code(olga.get("/api/v1/users")));

        assertEquals("olga GET /api/v1/users not-allowed", refusals().getLast());
    }

    @Test
    void nobodyFillsTheJournalByBeingRefused() throws Exception {
        for (int i = 0; i < 25; i++) {
            assertEquals("403 not-allowed", code(olga.get("/api/v1/tokens?all=true")));
        }
        // The minute may turn in the middle, which gives the limit once more.
        long recorded = refusals().size();
        assertTrue(recorded == 10 || recorded == 20, "recorded: " + recorded);

        web.clock.forward(Duration.ofMinutes(1));
        assertEquals("403 not-allowed", code(olga.get("/api/v1/tokens?all=true")));
        assertEquals(recorded + 1, refusals().size());
    }

    private static String token(Browser browser) throws Exception {
        HttpResponse<String> issued = browser.post("/api/v1/tokens", json("name", "ci", "role", "operator"));
        assertEquals(201, issued.statusCode(), issued::body);
        return object(issued).getString("secret");
    }

    /** Who, with what, was refused what, in the order in which it happened. */
    private List<String> refusals() {
        return web.journal.after(0, 1000).stream().flatMap(RefusalTest::refusal).toList();
    }

    private static Stream<String> refusal(Envelope envelope) {
        return envelope.event() instanceof Event.AccessRefused refused
                        && envelope.actor() instanceof Actor.Person person
                ? Stream.of(person.name()
                        + person.token().map(name -> " via " + name).orElse("") + " " + refused.route() + " "
                        + refused.code())
                : Stream.empty();
    }
}
