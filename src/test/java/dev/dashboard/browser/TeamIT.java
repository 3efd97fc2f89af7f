package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.RequestOptions;
import dev.dashboard.support.Person;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Several people of different roles on one server, each in a browser of their own. */
class TeamIT {
    private static final String THEIR_PASSWORD = "a sentence of their own";
    /** What a browser is told when it asks for a session that is not for it any more. */
    private static final String GONE = "404 /api/v1/(sessions|approvals).*";

    @RegisterExtension
    static final Chromium CHROMIUM = new Chromium();

    @TempDir
    private Path scratch;

    private Demo demo;
    private Person admin;
    private Visitor administrator;
    private String csrfToken;

    @BeforeEach
    void start() throws Exception {
        demo = Demo.start(scratch, Map.of());
        admin = demo.administrator();
        administrator = CHROMIUM.visitor(demo.url());
        demo.signIn(administrator);
        csrfToken = json(administrator
                        .context()
                        .request()
                        .get(demo.url().resolve("/api/v1/auth/me").toString()))
                .getString("csrfToken");
    }

    @AfterEach
    void stop() {
        admin.close();
        demo.close();
    }

    @Test
    void viewerWatchesAndCanDoNothing() throws Exception {
        String session = demo.session(admin, "Watched");
        admin.prompt(session, UUID.randomUUID(), "bash echo x > watched.txt").expect(202);
        admin.awaitState(session, "asking");
        Page page = join(CHROMIUM.visitor(demo.url()), "vera", "viewer");

        assertThat(page.getByRole(AriaRole.HEADING, named("Waits for its owner")))
                .isVisible();
        assertThat(page.getByRole(AriaRole.BUTTON, named("New session"))).hasCount(0);
        assertThat(page.getByText("waits for you")).hasCount(0);
        page.getByRole(AriaRole.LINK, named("Watched")).first().click();

        SessionTab tab = new SessionTab(page);
        Locator card = tab.request("Bash wants to run");
        assertThat(card).containsText("echo x > watched.txt");
        assertThat(card).containsText("You are watching.");
        assertThat(card.getByRole(AriaRole.BUTTON)).hasCount(0);
        assertThat(page.getByText("You are watching. Your role is viewer.")).isVisible();
        assertThat(tab.composer()).hasCount(0);
        for (String name : new String[] {"Interrupt", "Stop", "Resume"}) {
            assertThat(tab.button(name)).hasCount(0);
        }
        card.focus();
        for (String key : new String[] {"a", "d", "e", "c", "Escape", "Escape"}) {
            page.keyboard().press(key);
        }
        assertThat(page.getByRole(AriaRole.DIALOG)).hasCount(0);
        assertThat(page.getByRole(AriaRole.TEXTBOX)).hasCount(0);

        page.navigate(demo.url().resolve("/administration").toString());
        assertThat(page.getByRole(AriaRole.HEADING, named("This is for administrators")))
                .isVisible();
        assertEquals("asking", admin.state(session));
    }

    @Test
    void sessionMadePrivateIsGoneForAnotherOperatorAtOnceAndComesBackWhenItIsSharedAgain() throws Exception {
        String session = demo.session(admin, "Shared for a while");
        Visitor operator = CHROMIUM.visitor(demo.url()).expecting(GONE);
        Page list = join(operator, "deniz", "operator");
        assertThat(link(list)).isVisible();
        Page open = operator.open("/sessions/" + session);
        assertThat(open.getByText("You are watching. admin shares this session for reading."))
                .isVisible();
        Page owner = administrator.open("/sessions/" + session);

        share(owner, "Private");
        assertThat(open.getByRole(AriaRole.HEADING, named("This session is private now")))
                .isVisible();
        assertThat(link(list)).hasCount(0);
        assertThat(owner.getByText("Yours · private")).isVisible();

        share(owner, "Team may write");
        assertThat(new SessionTab(open).composer()).isVisible();
        assertThat(link(list)).isVisible();
        share(owner, "Team may read");
        assertThat(new SessionTab(open).composer()).hasCount(0);
    }

    @Test
    void invitationIsMadeByHandTakenOutOfTheAddressAndGoodForOnePerson() {
        Page people = administrator.open("/administration");
        people.getByRole(AriaRole.BUTTON, named("Invite a person")).click();
        people.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill("ingrid");
        people.getByRole(AriaRole.RADIO, named("Viewer")).check();
        people.getByRole(AriaRole.BUTTON, named("Make the link")).click();
        String link = people.getByRole(AriaRole.DIALOG)
                .getByText(Pattern.compile("/invitation#"))
                .innerText();
        people.getByRole(AriaRole.BUTTON, named("Done")).click();
        assertThat(people.getByRole(AriaRole.BUTTON, named("Invite a person"))).isFocused();
        assertThat(row(people, "ingrid")).containsText("Invited");

        Visitor invited = CHROMIUM.visitor(demo.url());
        Page page = invited.open(link);
        assertThat(page.getByRole(AriaRole.HEADING, named("Welcome, ingrid"))).isVisible();
        assertEquals("/invitation", page.evaluate("() => location.pathname + location.hash"));
        choosePassword(page);
        assertThat(page.getByRole(AriaRole.HEADING, named("Sessions").setExact(true)))
                .isVisible();
        assertTrue(invited.watch().requests().stream().noneMatch(asked -> asked.contains("#")));

        Page again = CHROMIUM.visitor(demo.url())
                .expecting("401 /api/v1/auth/invitations.*")
                .open(link);
        choosePassword(again);
        assertThat(again.getByRole(AriaRole.HEADING, named("This link is over")))
                .isVisible();
        people.reload();
        assertThat(row(people, "ingrid")).containsText("Active");
    }

    @Test
    void lastAdministratorIsToldWhyTheyStay() {
        administrator.expecting("409 /api/v1/users/.*");
        Page people = administrator.open("/administration");
        people.getByRole(AriaRole.BUTTON, named("What to do with admin")).focus();
        people.keyboard().press("Enter");
        people.keyboard().press("End");
        people.keyboard().press("Enter");
        people.getByRole(AriaRole.BUTTON, named("Disable").setExact(true)).click();
        assertThat(people.getByRole(AriaRole.DIALOG).getByRole(AriaRole.ALERT)).containsText("last administrator");
        people.keyboard().press("Escape");
        assertThat(people.getByRole(AriaRole.BUTTON, named("What to do with admin")))
                .isFocused();
    }

    @Test
    void tokenIsShownOnceAndWorks() {
        Page account = administrator.open("/account");
        String secret = makeToken(account);
        assertThat(account.getByText(secret)).hasCount(0);
        assertThat(account.getByRole(AriaRole.CELL).filter(new Locator.FilterOptions().setHasText("ci")))
                .hasCount(1);

        APIResponse answer = withToken(secret);
        assertEquals(200, answer.status(), answer.text());
        assertFalse(answer.text().contains(secret));
    }

    @Test
    void anAdministratorSeesEverybodysTokensAndRevokesOneByKeyboard() throws Exception {
        Visitor operator = CHROMIUM.visitor(demo.url());
        join(operator, "deniz", "operator");
        String secret = makeToken(operator.open("/account"));
        assertEquals(200, withToken(secret).status());

        Page tokens = administrator.open("/administration/tokens");
        assertThat(row(tokens, "deniz")).containsText("Works");
        assertThat(row(tokens, "deniz")).not().containsText("never");
        tokens.getByRole(AriaRole.BUTTON, named("Revoke ci of deniz")).focus();
        tokens.keyboard().press("Enter");
        assertThat(tokens.getByRole(AriaRole.HEADING, named("Revoke “ci” of deniz?")))
                .isVisible();
        tokens.keyboard().press("Escape");
        assertThat(tokens.getByRole(AriaRole.BUTTON, named("Revoke ci of deniz")))
                .isFocused();
        assertEquals(200, withToken(secret).status());

        tokens.keyboard().press("Enter");
        tokens.getByRole(AriaRole.BUTTON, named("Revoke").setExact(true)).focus();
        tokens.keyboard().press("Enter");
        assertThat(tokens.getByRole(AriaRole.HEADING, named("Nobody has an API token")))
                .isVisible();
        assertEquals(401, withToken(secret).status());
        Page audit = administrator.open("/administration/audit");
        assertThat(audit.getByText("revoked the API token ci of deniz").first()).isVisible();
    }

    /** By hand, as read only; the secret. */
    private static String makeToken(Page account) {
        account.getByRole(AriaRole.BUTTON, named("New token")).click();
        account.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill("ci");
        account.keyboard().press("Enter");
        String secret = account.getByRole(AriaRole.DIALOG)
                .getByText(Pattern.compile("^ccd_"))
                .innerText();
        account.getByRole(AriaRole.BUTTON, named("Done")).click();
        return secret;
    }

    private APIResponse withToken(String secret) {
        return CHROMIUM.visitor(demo.url())
                .context()
                .request()
                .get(
                        demo.url().resolve("/api/v1/sessions").toString(),
                        RequestOptions.create().setHeader("Authorization", "Bearer " + secret));
    }

    // ---- people

    /** Somebody new, who follows their link in a browser of their own and is in. */
    private Page join(Visitor visitor, String name, String role) {
        APIResponse answer = administrator
                .context()
                .request()
                .post(
                        demo.url().resolve("/api/v1/users").toString(),
                        RequestOptions.create()
                                .setHeader("Origin", demo.url().toString())
                                .setHeader("X-CSRF-Token", csrfToken)
                                .setData(Map.of("name", name, "role", role)));
        assertEquals(201, answer.status(), answer.text());
        Page page = visitor.open(json(answer).getJsonObject("invitation").getString("path"));
        choosePassword(page);
        assertThat(page.getByRole(AriaRole.HEADING, named("Sessions").setExact(true)))
                .isVisible();
        return page;
    }

    private static void choosePassword(Page page) {
        page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill(THEIR_PASSWORD);
        page.getByLabel("Password again").fill(THEIR_PASSWORD);
        page.keyboard().press("Enter");
    }

    private static JsonObject json(APIResponse answer) {
        try (var reader = Json.createReader(new StringReader(answer.text()))) {
            return reader.readObject();
        }
    }

    // ---- what pages show

    private static void share(Page owner, String choice) {
        Locator radio = owner.getByRole(AriaRole.RADIO, named(choice));
        radio.check();
        assertThat(radio).isChecked();
    }

    private static Locator link(Page list) {
        return list.getByRole(AriaRole.MAIN)
                .getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName("Shared for a while"));
    }

    private static Locator row(Page people, String name) {
        return people.getByRole(AriaRole.ROW).filter(new Locator.FilterOptions().setHasText(name));
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }
}
