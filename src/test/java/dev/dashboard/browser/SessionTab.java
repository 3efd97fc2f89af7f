package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.TimeoutError;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.WaitForSelectorState;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** A tab that shows a session, as its reader finds things in it: by role and name. */
record SessionTab(Page page) {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final double LOOK_MILLIS = 700;
    private static final Pattern PERMALINK = Pattern.compile("^Link to event (\\d+)");
    private static final Pattern CLOCKS = Pattern.compile("waiting [^\"\\n]*");

    Locator log() {
        return page.getByRole(AriaRole.LOG);
    }

    Locator composer() {
        return page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("Prompt"));
    }

    Locator button(String name) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name));
    }

    /** The card of a request that waits. */
    Locator request(String title) {
        return log().getByRole(AriaRole.ARTICLE, new Locator.GetByRoleOptions().setName(title));
    }

    /** Writes into the composer and sends, by keyboard alone; the focus leaves the field. */
    void prompt(String text) {
        assertThat(composer()).isVisible();
        page.keyboard().press("i");
        assertThat(composer()).isFocused();
        page.keyboard().type(text);
        page.keyboard().press("Enter");
        page.keyboard().press("Escape");
        assertThat(composer()).not().isFocused();
    }

    /** Goes to the request that waits and presses a key on it, until it is no longer to be decided like this. */
    void answer(Locator card, String key, Locator outcome) {
        assertThat(card).isVisible();
        goTo(card);
        // A request takes no key until it has stood still for a moment.
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (card.count() > 0 && !becomesVisible(outcome)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("pressing " + key + " did not decide the request");
            }
            page.keyboard().press(key);
        }
        assertThat(outcome).isVisible();
    }

    private void goTo(Locator card) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        boolean there = false;
        while (!there) {
            page.keyboard().press(".");
            there = isFocused(card);
            if (!there && System.nanoTime() > end) {
                throw new AssertionError("the key . does not lead to the request");
            }
        }
    }

    private static boolean isFocused(Locator card) {
        try {
            assertThat(card).isFocused(new LocatorAssertions.IsFocusedOptions().setTimeout(LOOK_MILLIS));
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    private static boolean becomesVisible(Locator outcome) {
        try {
            outcome.waitFor(new Locator.WaitForOptions()
                    .setState(WaitForSelectorState.VISIBLE)
                    .setTimeout(LOOK_MILLIS));
            return true;
        } catch (TimeoutError e) {
            return false;
        }
    }

    /** Opens the newest card of this name, by keyboard, when nothing more comes: what is read does not move away. */
    void unfoldLast(String card) {
        Locator head = log().getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(card))
                .last();
        head.focus();
        double before = head.boundingBox().y;
        page.keyboard().press("Enter");
        assertThat(head).hasAttribute("aria-expanded", "true");
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        assertEquals(before, head.boundingBox().y, 1, "the head of what was unfolded moved");
    }

    /** Numbers of the events that the transcript links to, in the order shown. */
    List<Long> permalinks() {
        return log().getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName(PERMALINK)).all().stream()
                .map(link -> link.getAttribute("href"))
                .map(href -> Long.parseLong(href.substring(href.indexOf('#') + 1)))
                .toList();
    }

    /** The transcript as assistive technology reads it, without what counts up. */
    String read() {
        return CLOCKS.matcher(log().ariaSnapshot()).replaceAll("waiting");
    }
}
