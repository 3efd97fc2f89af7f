package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.dashboard.support.Person;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the pages say when there is nothing, when something is refused, and when something is broken. */
class StatesIT {
    private static final String REFUSED = "(401|429) /api/v1/auth/.*";
    private static final int ATTEMPTS = 6;
    private static final Pattern COUNTDOWN = Pattern.compile("Try again in \\d+");

    @RegisterExtension
    static final Chromium CHROMIUM = new Chromium();

    @TempDir
    private Path scratch;

    private Demo demo;

    @AfterEach
    void stop() {
        demo.close();
    }

    @Test
    void aRefusedSignInDoesNotSayWhatWasWrongAndCountsThePauseDown() throws Exception {
        demo = Demo.start(scratch, Map.of());
        Page page = CHROMIUM.visitor(demo.url()).expecting(REFUSED).open("/");
        page.getByLabel("Name").fill(Demo.NAME);
        Locator alert = page.getByRole(AriaRole.ALERT);
        Locator pause = page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(COUNTDOWN));

        trySigningIn(page);
        assertThat(alert).containsText("Name or password is wrong.");
        assertThat(page.getByLabel("Password")).isFocused();
        for (int i = 1; i < ATTEMPTS && pause.count() == 0; i++) {
            trySigningIn(page);
        }

        assertThat(pause).isVisible();
        assertThat(pause).isDisabled();
        String words = pause.textContent();
        assertThat(pause).not().hasText(words);
    }

    private static void trySigningIn(Page page) {
        page.getByLabel("Password").fill("a guess that is wrong");
        page.waitForResponse("**/auth/login", () -> page.keyboard().press("Enter"));
        assertThat(page.getByRole(AriaRole.BUTTON, on("Signing in…"))).hasCount(0);
    }

    @Test
    void anEmptyListAnUnknownSessionAndAFolderThatIsNotAllowedAreToldInWords() throws Exception {
        demo = Demo.start(scratch, Map.of());
        demo.administrator().close();
        Visitor visitor = CHROMIUM.visitor(demo.url()).expecting("404 /api/v1/sessions/.*", "403 /api/v1/projects");
        demo.signIn(visitor);

        Page page = visitor.open("/");
        assertThat(page.getByRole(AriaRole.HEADING, on("Start the first session")))
                .isVisible();
        page.keyboard().press("c");
        Locator dialog = page.getByRole(AriaRole.DIALOG, on("New session"));
        dialog.getByLabel("Project").selectOption("Another folder…");
        dialog.getByRole(AriaRole.TEXTBOX, named("Folder")).fill("/etc");
        dialog.getByRole(AriaRole.BUTTON, named("Start session")).click();
        assertThat(dialog.getByRole(AriaRole.ALERT))
                .containsText("This folder is not allowed. /etc lies outside the project folders.");
        assertThat(dialog.getByRole(AriaRole.TEXTBOX, named("Folder"))).isFocused();
        dialog.getByRole(AriaRole.TEXTBOX, named("Folder")).fill("relative");
        dialog.getByRole(AriaRole.BUTTON, named("Start session")).click();
        assertThat(dialog.getByRole(AriaRole.ALERT)).containsText("must begin at the root");

        page.navigate(demo.url()
                .resolve("/sessions/3f0c1f64-0000-4000-8000-000000000000")
                .toString());
        assertThat(page.getByRole(AriaRole.HEADING, on("No such session"))).isVisible();
        page.getByRole(AriaRole.LINK, on("All sessions")).last().click();
        assertThat(page.getByRole(AriaRole.HEADING, on("Start the first session")))
                .isVisible();
    }

    @Test
    void aMissingCliIsABannerWithTheRemedyAndASessionThatSaysWhyItFailed() throws Exception {
        demo = Demo.start(
                scratch,
                Map.of("DASHBOARD_CLI_PATH", scratch.resolve("no-claude").toString()));
        Person admin = demo.administrator();
        admin.startSession(admin.addProject(demo.sampleProject().toString()), "title", "Without a CLI");
        Visitor visitor = CHROMIUM.visitor(demo.url());
        demo.signIn(visitor);

        Page page = visitor.open("/");
        assertThat(page.getByRole(AriaRole.MAIN)).containsText("Claude CLI not found.");
        assertThat(page.getByRole(AriaRole.MAIN)).containsText("Install it");
        page.getByRole(AriaRole.LINK, on("Without a CLI")).last().click();

        assertThat(page.getByRole(AriaRole.LOG)).containsText("The Claude CLI is not at");
        assertThat(page.getByRole(AriaRole.LOG)).containsText("Install it");
        assertThat(page.getByText("Failed", new Page.GetByTextOptions().setExact(true))
                        .first())
                .isVisible();
        assertThat(page.getByRole(AriaRole.BUTTON, on("Resume")).first()).isEnabled();
    }

    @Test
    void aLostServerIsABannerNothingCanBeWrittenAndWhatWasReadStays() throws Exception {
        demo = Demo.start(scratch, Map.of());
        Person admin = demo.administrator();
        String session = demo.session(admin, "Left alone");
        Visitor visitor = CHROMIUM.visitor(demo.url()).expecting("net::ERR_\\w+ /api/v1/.*");
        demo.signIn(visitor);
        SessionTab tab = new SessionTab(visitor.open("/sessions/" + session));
        tab.prompt("echo keep me");
        assertThat(tab.log()).containsText("Turn done");

        demo.kill();

        assertThat(tab.page().getByRole(AriaRole.STATUS).getByText("Connection lost."))
                .isVisible();
        assertThat(tab.page()
                        .getByText(Pattern.compile("Trying again (in \\d+|now)"))
                        .first())
                .isVisible();
        assertThat(tab.page().getByRole(AriaRole.BUTTON, on("Try now"))).isVisible();
        assertThat(tab.button("Stop")).isDisabled();
        assertThat(tab.log()).containsText("keep me");
    }

    @Test
    void aPromptBeyondTheLimitIsNotSentAndSaysByHowMuch() throws Exception {
        demo = Demo.start(scratch, Map.of());
        Person admin = demo.administrator();
        String session = demo.session(admin, "Too long");
        Visitor visitor = CHROMIUM.visitor(demo.url());
        demo.signIn(visitor);
        SessionTab tab = new SessionTab(visitor.open("/sessions/" + session));

        tab.composer().fill("x".repeat(300 * 1024));

        assertThat(tab.page().getByRole(AriaRole.STATUS).getByText("over the limit of 256"))
                .isVisible();
        assertThat(tab.button("Send")).isDisabled();
        tab.composer().press("Enter");
        tab.composer().fill("echo short enough");
        assertThat(tab.button("Send")).isEnabled();
        assertEquals(0, admin.session(session).getInt("prompts"), "the long prompt was sent");
    }

    private static Page.GetByRoleOptions on(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }

    private static Locator.GetByRoleOptions named(String name) {
        return new Locator.GetByRoleOptions().setName(name);
    }
}
