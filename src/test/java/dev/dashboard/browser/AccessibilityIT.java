package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.dashboard.browser.Visitor.Screen;
import dev.dashboard.support.Await;
import dev.dashboard.support.Person;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Every view by axe at desk and phone width, dark and light; and by keyboard, from the first element to the last. */
class AccessibilityIT {
    private static final List<String> RULES = List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa");
    /** More than any view has; a walk that does not come round by then is stuck. */
    private static final int STEPS = 120;

    @RegisterExtension
    static final Chromium CHROMIUM = new Chromium();

    @TempDir
    private Path scratch;

    private Demo demo;
    private Visitor visitor;
    private final List<String> faults = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        demo = Demo.start(scratch, Map.of());
        visitor = CHROMIUM.visitor(demo.url());
    }

    @AfterEach
    void stop() {
        demo.close();
    }

    @Test
    void theWayInHasNoViolation() throws Exception {
        visitor.expecting("401 /api/v1/auth/(me|refresh|login)");
        Page page = visitor.open("/");
        assertThat(page.getByLabel("Name")).isFocused();
        inEveryLook(page, "sign-in");
        page.getByLabel("Name").fill(Demo.NAME);
        page.getByLabel("Password").fill("wrong");
        page.keyboard().press("Enter");
        assertThat(page.getByRole(AriaRole.ALERT)).isVisible();
        inEveryLook(page, "refused sign-in");
        page.getByLabel("Password").fill(demo.oneTimePassword());
        page.keyboard().press("Enter");
        assertThat(page.getByLabel("New password again")).isVisible();
        inEveryLook(page, "password change");
        page.getByLabel("One-time password").fill(demo.oneTimePassword());
        page.getByLabel("New password", new Page.GetByLabelOptions().setExact(true))
                .fill(Demo.PASSWORD);
        page.getByLabel("New password again").fill(Demo.PASSWORD);
        page.keyboard().press("Enter");
        assertThat(page.getByRole(AriaRole.HEADING, on("Start the first session")))
                .isVisible();
        inEveryLook(page, "empty list");
        page.keyboard().press("c");
        assertThat(page.getByRole(AriaRole.DIALOG, on("New session"))).isVisible();
        inEveryLook(page, "new session");
        page.keyboard().press("Escape");
        // Keys are the dialog's until it is gone.
        assertThat(page.locator("new-session")).hasCount(0);
        page.keyboard().press("?");
        assertThat(page.getByRole(AriaRole.DIALOG, on("Keys"))).isVisible();
        inEveryLook(page, "keys");
        assertEquals(List.of(), faults);
    }

    @Test
    void sessionsHaveNoViolation() throws Exception {
        Person admin = demo.administrator();
        String asking = demo.session(admin, "Asking");
        String broken = demo.session(admin, "Broken");
        admin.prompt(asking, UUID.randomUUID(), "bash ./run-tests.sh").expect(202);
        admin.prompt(broken, UUID.randomUUID(), "error 400").expect(202);
        demo.signIn(visitor);

        Page page = visitor.open("/sessions/" + broken);
        assertThat(page.getByRole(AriaRole.LOG)).containsText("Turn failed");
        inEveryLook(page, "session with an error");
        page.navigate(demo.url().resolve("/sessions/" + asking).toString());
        assertThat(new SessionTab(page).request("Bash wants to run")).isVisible();
        inEveryLook(page, "session with a request");
        page.navigate(demo.url().toString());
        assertThat(page.getByRole(AriaRole.HEADING, on("Needs you"))).isVisible();
        inEveryLook(page, "list");
        page.navigate(demo.url().resolve("/inbox").toString());
        assertThat(page.getByRole(AriaRole.HEADING, on("Bash wants to run"))).isVisible();
        inEveryLook(page, "inbox");
        page.keyboard().press("j");
        Locator remembering = page.getByRole(AriaRole.GROUP, on("Allow in this session"));
        // A card takes no key before it has stood still for a moment.
        Await.until("the key was taken", () -> {
            if (!remembering.isVisible()) {
                page.keyboard().press("Shift+A");
            }
            return remembering.isVisible();
        });
        inEveryLook(page, "inbox, remembering");
        system(page);
        inEveryLook(page, "system");
        assertEquals(List.of(), faults);
    }

    @Test
    void theTabKeyReachesEverythingAndShowsWhereItIs() throws Exception {
        Person admin = demo.administrator();
        String asking = demo.session(admin, "Asking");
        admin.prompt(asking, UUID.randomUUID(), "bash ./run-tests.sh").expect(202);
        demo.signIn(visitor);
        Page page = visitor.open("/sessions/" + asking);
        assertThat(new SessionTab(page).request("Bash wants to run")).isVisible();
        tabThrough(page, "session with a request");
        page.navigate(demo.url().toString());
        assertThat(page.getByRole(AriaRole.HEADING, on("Needs you"))).isVisible();
        tabThrough(page, "list");
        page.navigate(demo.url().resolve("/inbox").toString());
        assertThat(page.getByRole(AriaRole.HEADING, on("Bash wants to run"))).isVisible();
        tabThrough(page, "inbox");
        system(page);
        tabThrough(page, "system");
        assertEquals(List.of(), faults);
    }

    @Test
    void escapeClosesWhatIsOnTopAndTheFocusGoesBack() throws Exception {
        demo.administrator().close();
        demo.signIn(visitor);
        Page page = visitor.open("/");
        Locator opener = page.getByRole(AriaRole.MAIN)
                .getByRole(AriaRole.BUTTON, named("New session"))
                .first();
        opener.focus();

        page.keyboard().press("Enter");
        assertThat(page.getByRole(AriaRole.DIALOG, on("New session"))).isVisible();
        page.keyboard().press("Escape");
        assertThat(page.getByRole(AriaRole.DIALOG, on("New session"))).hasCount(0);
        assertThat(opener).isFocused();

        page.keyboard().press("?");
        assertThat(page.getByRole(AriaRole.DIALOG, on("Keys"))).isVisible();
        page.keyboard().press("Escape");
        assertThat(page.getByRole(AriaRole.DIALOG, on("Keys"))).hasCount(0);
        assertThat(opener).isFocused();

        Locator person = page.getByRole(AriaRole.BUTTON, on("admin"));
        person.focus();
        page.keyboard().press("Enter");
        Locator settings = page.getByRole(AriaRole.GROUP, on("Settings"));
        assertThat(settings).isVisible();
        page.keyboard().press("Escape");
        assertThat(settings).hasCount(0);
        assertThat(person).isFocused();
    }

    private void system(Page page) {
        page.navigate(demo.url().resolve("/administration/system").toString());
        assertThat(page.locator("canvas").first()).isVisible();
        assertThat(page.getByRole(AriaRole.BUTTON, on("Change"))).isVisible();
    }

    // ---- axe and widths

    private void inEveryLook(Page page, String view) {
        for (Screen screen : Screen.values()) {
            for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
                Visitor.show(page, screen, scheme);
                page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
                violations(page, view + ", " + screen + ", " + scheme);
            }
            if (sideways(page)) {
                faults.add(view + ", " + screen + ": scrolls sideways");
            }
        }
        Visitor.show(page, Screen.DESK, ColorScheme.DARK);
    }

    private void violations(Page page, String where) {
        new AxeBuilder(page)
                .withTags(RULES)
                .setLegacyMode(true)
                .analyze()
                .getViolations()
                .forEach(rule -> rule.getNodes()
                        .forEach(node -> faults.add(
                                where + ": " + rule.getId() + " " + node.getTarget() + " " + node.getHtml())));
    }

    private static boolean sideways(Page page) {
        return (boolean)
                page.evaluate("() => document.scrollingElement.scrollWidth > document.documentElement.clientWidth");
    }

    // ---- the tab key

    private void tabThrough(Page page, String view) {
        page.evaluate(TAB_WALK);
        page.evaluate("() => document.activeElement.blur()");
        for (int i = 0; i < STEPS; i++) {
            page.keyboard().press("Tab");
            if ((boolean) page.evaluate("() => window.tabWalk.note()")) {
                break;
            }
        }
        List<?> missed = (List<?>) page.evaluate("() => window.tabWalk.missed()");
        missed.forEach(element -> faults.add(view + ": not reached: " + element));
        List<?> unseen = (List<?>) page.evaluate("() => window.tabWalk.unseen");
        unseen.forEach(element -> faults.add(view + ": focus not visible: " + element));
        assertTrue((int) page.evaluate("() => window.tabWalk.wanted.length") > 5, "there is something to reach");
    }

    /** Finds all that can be used, in shadow trees too; then notes where the focus is and whether it shows. */
    private static final String TAB_WALK = """
            () => {
              const usable = 'a[href], button:not(:disabled), input:not(:disabled), select, textarea, [tabindex="0"]';
              const deep = root => [...root.querySelectorAll('*')].flatMap(e => [e, ...(e.shadowRoot ? deep(e.shadowRoot) : [])]);
              const up = e => e.assignedSlot ?? e.parentElement ?? e.getRootNode().host;
              const look = e => {
                let all = '';
                for (let at = e, n = 0; at && n < 3; at = up(at), n++) {
                  const s = getComputedStyle(at);
                  all += [s.outlineStyle, s.outlineWidth, s.boxShadow, s.borderColor, s.backgroundColor].join() + ';';
                }
                return all;
              };
              const name = e => `${e.localName} "${(e.getAttribute('aria-label') ?? e.textContent ?? '').trim().slice(0, 60)}"`;
              const wanted = deep(document).filter(e => e.matches(usable) && e.tabIndex >= 0
                && e.checkVisibility({ visibilityProperty: true }) && !(e.type === 'radio' && !e.checked));
              const before = new Map(wanted.map(e => [e, look(e)]));
              const reached = new Set();
              let first;
              window.tabWalk = {
                wanted,
                unseen: [],
                missed: () => wanted.filter(e => e.isConnected && !reached.has(e)).map(name),
                note() {
                  let e = document.activeElement;
                  while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
                  if (!e || e === document.body) return false;
                  if (e === first) return true;
                  first ??= e;
                  reached.add(e);
                  if (before.has(e) && before.get(e) === look(e)) this.unseen.push(name(e));
                  return false;
                },
              };
            }
            """;

    private static Page.GetByRoleOptions on(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }

    private static Locator.GetByRoleOptions named(String name) {
        return new Locator.GetByRoleOptions().setName(name);
    }
}
