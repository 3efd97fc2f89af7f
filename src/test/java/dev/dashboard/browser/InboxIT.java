package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.dashboard.support.Await;
import dev.dashboard.support.Person;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** All that waits for a person, over all sessions, in one place; by keyboard alone. */
class InboxIT {
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
    }

    @AfterEach
    void stop() {
        admin.close();
        demo.close();
    }

    private void open() {
        Visitor visitor = CHROMIUM.visitor(demo.url());
        demo.signIn(visitor);
        page = visitor.open("/inbox");
    }

    @Test
    void requestsOfTwoSessionsAreDecidedOneAfterTheOtherAndTheEditedOneRunsAsEdited() throws Exception {
        String first = demo.session(admin, "First");
        String second = demo.session(admin, "Second");
        admin.prompt(first, UUID.randomUUID(), "bash echo asked > first.txt").expect(202);
        admin.awaitState(first, "asking");
        admin.prompt(second, UUID.randomUUID(), "bash echo asked > second.txt").expect(202);
        admin.awaitState(second, "asking");
        open();
        assertThat(rows()).hasCount(2);
        assertThat(card()).containsText("echo asked > first.txt");

        page.keyboard().press("j");
        assertThat(card()).isFocused();
        assertThat(card()).containsText("echo asked > first.txt");
        page.keyboard().press("j");
        assertThat(card()).containsText("echo asked > second.txt");
        assertThat(card()).isFocused();
        page.keyboard().press("k");
        assertThat(card()).containsText("echo asked > first.txt");
        untilTaken("e", page.getByLabel("The command that runs instead"));
        page.getByLabel("The command that runs instead").fill("echo edited > first.txt");
        page.keyboard().press("Control+Enter");

        assertThat(rows().first()).containsText("Allowed, changed by you");
        assertThat(card()).containsText("echo asked > second.txt");
        assertThat(card()).isFocused();
        untilTaken("d", page.getByLabel("Why not? The model reads it and goes on."));
        page.keyboard().type("Not today.");
        page.keyboard().press("Control+Enter");

        assertThat(rows().nth(1)).containsText("Denied by you");
        assertThat(page.getByRole(AriaRole.HEADING, named("All answered"))).isVisible();
        admin.awaitState(first, "idle");
        admin.awaitState(second, "idle");
        Path folder = demo.sampleProject();
        assertEquals(List.of("edited"), Files.readAllLines(folder.resolve("first.txt")));
        assertFalse(Files.exists(folder.resolve("second.txt")));
    }

    @Test
    void whatSomebodyElseAnswersStaysInViewAndSaysSo() throws Exception {
        String session = demo.session(admin, "Watched");
        admin.prompt(session, UUID.randomUUID(), "bash echo x > watched.txt").expect(202);
        admin.awaitState(session, "asking");
        open();
        assertThat(card()).containsText("echo x > watched.txt");

        String approval = admin.get("/approvals?state=pending")
                .expect(200)
                .getJsonArray("approvals")
                .getJsonObject(0)
                .getString("id");
        admin.deny(approval, "From another browser.").expect(200);

        assertThat(page.getByRole(AriaRole.STATUS).filter(new Locator.FilterOptions().setHasText("Denied by you")))
                .containsText("From another browser.");
        assertThat(card()).hasCount(0);
    }

    @Test
    void withNothingToDecideItSaysWhatWillComeHere() {
        open();
        assertThat(page.getByRole(AriaRole.HEADING, named("Nothing waits for you")))
                .isVisible();
    }

    private Locator rows() {
        return page.getByRole(AriaRole.NAVIGATION, new Page.GetByRoleOptions().setName("Requests"))
                .getByRole(AriaRole.BUTTON);
    }

    private Locator card() {
        return page.getByRole(AriaRole.ARTICLE);
    }

    /** A card takes no key before it has stood still for a moment; so the key is pressed until it did. */
    private void untilTaken(String key, Locator field) {
        Await.until("the key " + key + " was taken", () -> {
            if (!field.isVisible()) {
                page.keyboard().press(key);
            }
            return field.isVisible();
        });
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }
}
