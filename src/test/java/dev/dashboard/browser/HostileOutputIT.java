package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import dev.dashboard.support.Person;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The model's words are anybody's words: they are shown, and neither run nor fetched. */
class HostileOutputIT {
    private static final int LONG_LINE = 200_000;
    private static final String RIGHT_TO_LEFT_OVERRIDE = "\u202e";

    /** Each would set the flag {@code window.hit}, or load something from another host. */
    private static final List<String> ATTACKS = List.of(
            "<script>window.hit = 1</script> after the script",
            "<img src=x onerror=\"window.hit = 2\"> <svg onload=\"window.hit = 3\"></svg> after the tags",
            "[a harmless link](javascript:window.hit=4) <a href=\"javascript:window.hit=5\">another</a>",
            "![a picture](https://elsewhere.invalid/pixel.png) <img src=\"https://elsewhere.invalid/two.png\">",
            "<style>@import url(https://elsewhere.invalid/x.css);</style><iframe src=\"https://elsewhere.invalid/\"></iframe>",
            "<form action=\"https://elsewhere.invalid/\"><button autofocus onfocus=\"window.hit=6\">go</button></form>",
            "the file is called " + RIGHT_TO_LEFT_OVERRIDE + "gpj.exe");

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
    void markupLinksPicturesAndLongLinesAreTextAndThePageStaysUsable() throws Exception {
        Person admin = demo.administrator();
        String session = demo.session(admin, "Hostile");
        Visitor visitor = CHROMIUM.visitor(demo.url());
        demo.signIn(visitor);
        SessionTab tab = new SessionTab(visitor.open("/sessions/" + session));

        say(admin, session, String.join("\n\n", ATTACKS));
        assertThat(tab.log().getByText("Turn done")).hasCount(1);
        say(admin, session, "x".repeat(LONG_LINE));
        assertThat(tab.log().getByText("Turn done")).hasCount(2);

        for (Locator link : tab.log().getByRole(AriaRole.LINK).all()) {
            String href = link.getAttribute("href");
            assertTrue(href.startsWith("#") || href.startsWith("https:"), href);
        }
        for (Locator link : tab.log().getByText("a harmless link").all()) {
            link.click();
        }
        assertEquals("undefined", tab.page().evaluate("typeof window.hit"));
        assertFalse(tab.read().contains(RIGHT_TO_LEFT_OVERRIDE), "the override is made visible");
        String here = demo.url().getAuthority();
        assertEquals(
                List.of(),
                visitor.watch().requests().stream()
                        .filter(url -> !url.startsWith("data:")
                                && !here.equals(URI.create(url).getAuthority()))
                        .toList());

        tab.prompt("echo and it still works");
        assertThat(tab.log().getByRole(AriaRole.PARAGRAPH).getByText(Pattern.compile("^and it still works$")))
                .isVisible();
    }

    private static void say(Person person, String session, String text) {
        person.prompt(session, UUID.randomUUID(), "echo " + text).expect(202);
        person.awaitState(session, "idle");
    }
}
