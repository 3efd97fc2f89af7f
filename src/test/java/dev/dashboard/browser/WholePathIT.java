package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.dashboard.support.Person;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a person does from the first sign-in to a restart of the server, in a real browser on the real CLI. */
class WholePathIT {
    private static final Set<String> SAID =
            Set.of("assistant-replied", "assistant-thought", "turn-ended", "turn-interrupted");

    /** A browser that knows nobody yet asks who it is. */
    private static final String NOT_SIGNED_IN = "401 /api/v1/auth/(me|refresh)";

    private static final String RELOADED = "net::ERR_ABORTED .*";
    private static final List<String> SERVER_AWAY = List.of("net::ERR_\\w+ /api/v1/.*", "50[234] /api/v1/.*");

    @RegisterExtension
    static final Chromium CHROMIUM = new Chromium();

    @TempDir
    private Path scratch;

    private Demo demo;

    @BeforeEach
    void start() throws Exception {
        demo = Demo.start(scratch, Map.of());
    }

    @AfterEach
    void stop() {
        demo.close();
    }

    @Test
    void firstSignInToAFixedTestByKeyboardAlone() throws Exception {
        Visitor visitor = CHROMIUM.visitor(demo.url()).expecting(NOT_SIGNED_IN);
        Page page = visitor.open("/");
        signInForTheFirstTime(page);
        openSession(page, "Repair the discount");
        SessionTab tab = new SessionTab(page);

        tab.prompt("fix the failing test");

        Locator command = tab.request("Bash wants to run");
        assertThat(command.getByRole(AriaRole.REGION, named("The whole command")))
                .hasText("./run-tests.sh");
        tab.answer(command, "a", tab.log().getByText("Allowed by you").first());

        Locator edit = tab.request("Claude wants to edit a file");
        Locator changes = edit.getByRole(AriaRole.REGION, named("Changes in discount.sh"));
        assertThat(changes).containsText("removed: if ((quantity > 50)); then");
        assertThat(changes).containsText("added: if ((quantity >= 50)); then");
        assertThat(edit)
                .containsText(demo.sampleProject().resolve("discount.sh").toString());
        tab.answer(edit, "a", tab.log().getByText("Allowed by you").nth(1));

        tab.answer(
                tab.request("Bash wants to run"),
                "a",
                tab.log().getByText("Allowed by you").nth(2));
        assertThat(tab.log()).containsText("All tests pass now.");
        assertThat(tab.log())
                .containsText(
                        Pattern.compile(
                                "Turn done\\s*\\d+(\\.\\d+)? s\\s*\\d+ calls?\\s*[\\d.]+ ?k? in, [\\d.]+ ?k? out\\s*\\$\\d+\\.\\d+"));
        tab.unfoldLast("Bash ./run-tests.sh");
        assertThat(tab.log()).containsText("# 6 passed, 0 failed");
        assertTrue(Files.readString(demo.sampleProject().resolve("discount.sh")).contains(">= 50"));
    }

    private void signInForTheFirstTime(Page page) throws Exception {
        Keyboard keys = page.keyboard();
        assertThat(page.getByRole(AriaRole.HEADING, on("Sign in"))).isVisible();
        assertThat(page.getByLabel("Name")).isFocused();
        keys.type(Demo.NAME);
        keys.press("Tab");
        keys.type(demo.oneTimePassword());
        keys.press("Enter");
        assertThat(page.getByRole(AriaRole.HEADING, on("Choose your own password")))
                .isVisible();
        assertThat(page.getByLabel("One-time password")).isFocused();
        keys.type(demo.oneTimePassword());
        keys.press("Tab");
        keys.type(Demo.PASSWORD);
        keys.press("Tab");
        keys.type(Demo.PASSWORD);
        keys.press("Enter");
        assertThat(page.getByRole(AriaRole.HEADING, on("Start the first session")))
                .isVisible();
    }

    private void openSession(Page page, String title) {
        Keyboard keys = page.keyboard();
        keys.press("c");
        Locator dialog = page.getByRole(AriaRole.DIALOG, on("New session"));
        assertThat(dialog.getByLabel("Project")).containsText("sample-project");
        assertThat(dialog.getByLabel("Title")).isFocused();
        keys.type(title);
        keys.press("Enter");
        assertThat(page.getByRole(AriaRole.HEADING, on(title))).isVisible();
        assertThat(page.getByRole(AriaRole.LOG)).containsText("is ready");
    }

    @Test
    void aReloadAmidstARequestLosesNothingAndDoublesNothing() throws Exception {
        Person admin = demo.administrator();
        String session = demo.session(admin, "Reload");
        SessionTab tab = signedIn(session);
        tab.prompt("fix the failing test");
        tab.answer(
                tab.request("Bash wants to run"),
                "a",
                tab.log().getByText("Allowed by you").first());
        assertThat(tab.request("Claude wants to edit a file")).isVisible();
        String before = tab.read();

        tab.page().reload();

        // What waits is shown first, and the transcript around it as soon as it is read.
        assertThat(tab.log()).containsText("is ready");
        assertThat(tab.request("Claude wants to edit a file")).isVisible();
        assertEquals(before, tab.read());
        showsWhatIsRecorded(tab, Demo.events(admin, session));
    }

    @Test
    void aSecondTabSeesTheSameAndWhoseTheDecisionWas() throws Exception {
        Person admin = demo.administrator();
        String session = demo.session(admin, "Two tabs");
        Visitor visitor = CHROMIUM.visitor(demo.url());
        demo.signIn(visitor);
        SessionTab first = new SessionTab(visitor.open("/sessions/" + session));
        SessionTab second = new SessionTab(visitor.open("/sessions/" + session));
        assertThat(second.log()).containsText("is ready");
        first.page().bringToFront();

        first.prompt("bash ./run-tests.sh");

        assertThat(second.request("Bash wants to run")).isVisible();
        first.answer(first.request("Bash wants to run"), "a", first.log().getByText("Allowed by you"));
        assertThat(second.log().getByText("Allowed by you")).isVisible();
        assertThat(second.log()).containsText("Turn done");
        assertThat(first.log()).containsText("Turn done");
        assertEquals(first.read(), second.read());
        showsWhatIsRecorded(second, Demo.events(admin, session));
    }

    @Test
    void textGrowsWordByWordThroughAReloadAndEscapeTwiceEndsIt() throws Exception {
        Person admin = demo.administrator();
        String session = demo.session(admin, "Slow");
        SessionTab tab = signedIn(session);
        tab.prompt("slow");
        assertThat(tab.log()).containsText("1, 2,");
        int firstLook = tab.read().length();
        assertThat(tab.log()).containsText("4, 5,");
        assertTrue(tab.read().length() > firstLook);
        assertFalse(types(Demo.events(admin, session)).contains("assistant-replied"), "the text is not a draft");

        tab.page().reload();
        assertThat(tab.log()).containsText("4, 5,");
        assertThat(tab.log()).containsText("8, 9,");
        tab.page().keyboard().press("Escape");
        tab.page().keyboard().press("Escape");

        assertThat(tab.log()).containsText("Interrupted");
        assertThat(tab.button("Send")).isVisible();
        String text = tab.read();
        assertEquals(1, count(text, "I am counting slowly"), text);
        showsWhatIsRecorded(tab, Demo.events(admin, session));
        tab.prompt("echo still here");
        assertThat(tab.log()).containsText("Turn done");
    }

    @Test
    void aDenialAndItsReasonStandInTheTranscript() throws Exception {
        Person admin = demo.administrator();
        String session = demo.session(admin, "Deny");
        SessionTab tab = signedIn(session);
        tab.prompt("fix the failing test");
        Locator card = tab.request("Bash wants to run");

        tab.answer(card, "d", card.getByRole(AriaRole.TEXTBOX, named("Why not?")));
        assertThat(card.getByRole(AriaRole.TEXTBOX, named("Why not?"))).isFocused();
        tab.page().keyboard().type("Not on a Friday.");
        tab.page().keyboard().press("Control+Enter");

        assertThat(tab.log()).containsText("Denied by you: “Not on a Friday.”");
        Locator edit = tab.request("Claude wants to edit a file");
        assertThat(edit).isVisible();
        assertThat(tab.log()
                        .getByRole(AriaRole.PARAGRAPH)
                        .getByText("Not on a Friday.")
                        .first())
                .isVisible();
    }

    @Test
    void thePageHealsByItselfAfterARestartAndTheConversationGoesOn() throws Exception {
        Person admin = demo.administrator();
        String session = demo.session(admin, "Restart");
        Visitor visitor = CHROMIUM.visitor(demo.url()).expecting(SERVER_AWAY.toArray(String[]::new));
        demo.signIn(visitor);
        SessionTab tab = new SessionTab(visitor.open("/sessions/" + session));
        tab.prompt("echo before the restart");
        assertThat(tab.log()).containsText("Turn done");

        demo.stop();
        assertThat(tab.page()
                        .getByRole(AriaRole.STATUS)
                        .getByText(Pattern.compile("The server is restarting|Connection lost")))
                .isVisible();
        demo.startAgain();

        assertThat(tab.page().getByText("Live", new Page.GetByTextOptions().setExact(true)))
                .isVisible();
        assertThat(tab.page().getByText("Parked", new Page.GetByTextOptions().setExact(true)))
                .isVisible();
        String healed = tab.read();
        assertEquals(1, count(healed, "echo before the restart"), healed);
        // A parked session is woken by its next prompt.
        tab.prompt("echo after the restart");
        assertThat(tab.log()).containsText("took the conversation up again");
        assertThat(tab.log().getByText("Turn done").nth(1)).isVisible();
        showsWhatIsRecorded(tab, Demo.events(admin, session));
    }

    // ---- what was seen and what is so

    /** Each thing said or done once, at its number, and nothing beside it. */
    private static void showsWhatIsRecorded(SessionTab tab, List<JsonObject> events) {
        List<Long> shown = tab.permalinks();
        assertEquals(List.copyOf(new TreeSet<>(shown)), shown, "each entry once, in order");
        List<Long> recorded =
                events.stream().map(e -> e.getJsonNumber("seq").longValue()).toList();
        assertTrue(recorded.containsAll(shown), () -> shown + " beside " + recorded);
        // A prompt stands where it was taken up first; when it waited before, it stood in the line.
        Set<String> taken = new HashSet<>();
        List<Long> must = events.stream()
                .filter(e -> SAID.contains(e.getString("type"))
                        || e.getString("type").equals("prompt-delivered")
                                && taken.add(e.getJsonObject("data").getString("promptId")))
                .map(e -> e.getJsonNumber("seq").longValue())
                .toList();
        assertTrue(shown.containsAll(must), () -> "shown " + shown + ", recorded " + events);
    }

    private static List<String> types(List<JsonObject> events) {
        return events.stream().map(e -> e.getString("type")).toList();
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    private SessionTab signedIn(String session) {
        Visitor visitor = CHROMIUM.visitor(demo.url()).expecting(RELOADED);
        demo.signIn(visitor);
        SessionTab tab = new SessionTab(visitor.open("/sessions/" + session));
        assertThat(tab.log()).containsText("is ready");
        return tab;
    }

    private static Page.GetByRoleOptions on(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }

    private static Locator.GetByRoleOptions named(String name) {
        return new Locator.GetByRoleOptions().setName(name);
    }
}
