package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.dashboard.browser.Visitor.Screen;
import dev.dashboard.support.Person;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a repository would run is seen before it runs, said yes to by keyboard, and asked about again when it is another. */
class ProjectTrustIT {
    private static final List<String> RULES = List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa");

    @RegisterExtension
    static final Chromium CHROMIUM = new Chromium();

    @TempDir
    private Path scratch;

    private Demo demo;
    private Person admin;
    private Page page;

    @BeforeEach
    void start() throws Exception {
        demo = Demo.start(scratch, Map.of());
        admin = demo.administrator();
        admin.addProject(demo.sampleProject().toString());
        write("echo hello >> hooks.txt");
        Visitor visitor = CHROMIUM.visitor(demo.url());
        visitor.expecting("409 /api/v1/projects/[0-9a-f-]+/trust");
        demo.signIn(visitor);
        page = visitor.open("/");
    }

    @AfterEach
    void stop() {
        admin.close();
        demo.close();
    }

    private void write(String command) throws Exception {
        Path folder = Files.createDirectories(demo.sampleProject().resolve(".claude"));
        Files.writeString(
                folder.resolve("settings.json"),
                "{\"hooks\":{\"SessionStart\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"" + command
                        + "\"}]}]}}");
    }

    private Locator dialog(String name) {
        return page.getByRole(AriaRole.DIALOG, new Page.GetByRoleOptions().setName(name));
    }

    private Locator line() {
        return page.locator("trust-line");
    }

    private void review() {
        line().getByRole(AriaRole.BUTTON).press("Enter");
    }

    private Locator reviewDialog() {
        return dialog("Settings that “sample-project” brings");
    }

    @Test
    void aHookRunsAfterItWasReviewedAndIsAskedAboutAgainOnceItChanged() throws Exception {
        assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName("Start the first session")))
                .isVisible();
        page.keyboard().press("c");
        assertThat(line()).containsText("This project brings 1 hook.");
        review();
        assertThat(reviewDialog()).containsText("SessionStart");
        assertThat(reviewDialog().locator("pre").first()).hasText("echo hello >> hooks.txt");
        assertNoViolation();
        page.keyboard().press("Escape");
        assertThat(reviewDialog()).hasCount(0);
        assertThat(line().getByRole(AriaRole.BUTTON)).isFocused();
        assertThat(dialog("New session")).isVisible();

        review();
        reviewDialog()
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Trust these settings"))
                .press("Enter");
        assertThat(reviewDialog()).hasCount(0);
        assertThat(line()).containsText("Trusted by " + Demo.NAME + ".");
        page.getByLabel("Title").press("Enter");
        assertThat(dialog("New session")).hasCount(0);
        assertThat(page.locator("session-view")).isVisible();
        String project = admin.addProject(demo.sampleProject().toString());
        String session = page.url().replaceAll(".*/", "");
        admin.awaitState(session, "idle");
        assertEquals(List.of("hello"), Files.readAllLines(demo.sampleProject().resolve("hooks.txt")));

        write("echo other >> hooks.txt");
        String next = demo.session(admin, "Without it");
        assertEquals(List.of("hello"), Files.readAllLines(demo.sampleProject().resolve("hooks.txt")));
        page.navigate(demo.url().resolve("/sessions/" + next).toString());
        assertThat(page.locator("transcript-view")).containsText("have changed since they were trusted");
        page.navigate(demo.url().toString());
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("New session"))
                .first()
                .click();
        assertThat(line()).containsText("have changed since they were trusted: 1 hook.");
        review();
        assertThat(reviewDialog()).containsText("They are not what was trusted.");
        assertNoViolation();

        // It changes once more while it is read.
        write("echo third >> hooks.txt");
        Locator trust = reviewDialog()
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Trust these settings"));
        trust.click();
        assertThat(reviewDialog()).containsText("The files have changed while you were reading.");
        assertThat(reviewDialog().locator("pre").first()).hasText("echo third >> hooks.txt");
        assertEquals("changed", admin.trust(project).getString("state"));
        trust.click();
        assertThat(line()).containsText("Trusted by " + Demo.NAME + ".");
        review();
        reviewDialog()
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Withdraw trust"))
                .click();
        assertThat(line()).containsText("Not loaded until you trust them.");
        assertEquals("untrusted", admin.trust(project).getString("state"));
    }

    private void assertNoViolation() {
        for (Screen screen : Screen.values()) {
            for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                Visitor.show(page, screen, scheme);
                page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
                assertEquals(
                        List.of(),
                        new AxeBuilder(page)
                                .withTags(RULES).analyze().getViolations().stream()
                                        .map(violation -> violation.getId() + " " + violation.getNodes())
                                        .toList());
            }
        }
        Visitor.show(page, Screen.DESK, ColorScheme.LIGHT);
    }
}
