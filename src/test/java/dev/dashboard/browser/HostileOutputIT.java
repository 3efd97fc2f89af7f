package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.dashboard.event.SessionId;
import dev.dashboard.support.Person;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The model's words are anybody's words: they are shown, and neither run nor fetched, nor taken for the page's own. Every text in
 * {@code src/test/resources/hostile} stands in every place where text of others can stand, on pages of the real server.
 */
class HostileOutputIT {
    private static final List<HostileText> TEXTS = HostileText.all();
    private static final String READER = resource("/hostile/reader.js");
    private static final int TALL = 4_000;
    /** On two cores that also run the server and, at times, other tests; measured alone it is a small part of this. */
    private static final int FROZEN_MILLIS = 3_000;

    private static final int WIDE = 1_440;

    /** What a page of this program asks for by itself, whatever it shows. */
    private static final Pattern OWN_REQUEST =
            Pattern.compile("/(?:|inbox|sessions/[0-9a-f-]{36}|assets/[\\w.-]+|api/v1/[\\w/-]+)");

    /** Keeps how long the page was busy at most. */
    private static final String LONGEST = "window.longest = 0; new PerformanceObserver(list => list.getEntries()"
            + ".forEach(task => longest = Math.max(longest, task.duration))).observe({ type: 'longtask' })";

    private static final String OVERRIDE = "\u202e";

    /** Two words, of which the second would be drawn first. */
    private static final String FROM_THE_RIGHT = "\u05d0\u05d1\u05d2 \u05d3\u05d4\u05d5";

    /** Whether each character of a line stands to the right of the one before. */
    private static final String IN_ORDER = """
            element => {
              const text = [...element.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
              const lefts = [...text.data].map((_, at) => {
                const range = document.createRange();
                range.setStart(text, at);
                range.setEnd(text, at + 1);
                return range.getBoundingClientRect().left;
              });
              return lefts.length >= 20 && lefts.every((left, at) => at === 0 || left > lefts[at - 1]);
            }""";

    @RegisterExtension
    static final Chromium CHROMIUM = new Chromium();

    @TempDir
    private static Path scratch;

    private static final Map<HostilePlace, SessionId> SESSIONS = new EnumMap<>(HostilePlace.class);
    private static final Map<HugeText, SessionId> HUGE = new EnumMap<>(HugeText.class);
    private static Demo demo;
    private static Person admin;

    @BeforeAll
    static void start() throws Exception {
        Path data = Files.createDirectories(scratch.toRealPath().resolve("data"));
        Path folder = Files.createDirectories(data.resolve("sample-project"));
        try (HostileJournal journal = new HostileJournal(data.resolve("dashboard.db"), folder)) {
            for (HostilePlace place : HostilePlace.values()) {
                SESSIONS.put(place, journal.session(place, TEXTS));
            }
            for (HugeText huge : HugeText.values()) {
                HUGE.put(huge, journal.session(huge.place(), List.of(huge.hostile())));
            }
            TEXTS.forEach(text -> journal.session(text.line()));
        }
        demo = Demo.start(scratch, Map.of("DASHBOARD_DEMO_PACE", "0"));
        admin = demo.administrator();
    }

    @AfterAll
    static void stop() {
        demo.close();
    }

    /** One tab goes from place to place, as a person's does. */
    @TestFactory
    Stream<DynamicTest> everyTextIsShownHarmlessAs() {
        Tab tab = Tab.open();
        return Arrays.stream(HostilePlace.values())
                .map(place -> dynamicTest(place.name(), () -> {
                    tab.show("/sessions/" + SESSIONS.get(place));
                    assertHarmless(place.name(), tab.read("read"), text -> place.marks(text));
                    tab.assertNothingElseHappened();
                }));
    }

    /** Neither a size nor a shape keeps the page busy for so long that a person would take it for frozen. */
    @TestFactory
    Stream<DynamicTest> noTextFreezesThePage() {
        Tab tab = Tab.open();
        return Arrays.stream(HugeText.values())
                .map(huge -> dynamicTest(huge.name(), () -> {
                    tab.page().evaluate("longest = 0");
                    tab.show("/sessions/" + HUGE.get(huge));
                    Map<?, ?> read = tab.read("read");
                    int longest = ((Number) tab.page().evaluate("Math.round(longest)")).intValue();
                    System.out.println(huge + ": " + read.get("told") + ", busy for " + longest + " ms at most");
                    assertEquals(List.of(), read.get("faults"));
                    assertTrue(((List<?>) read.get("seen")).contains(huge.mark()), "its end is not seen");
                    assertTrue(longest < FROZEN_MILLIS, "busy for " + longest + " ms");
                }));
    }

    @Test
    void titlesAreShownHarmless() {
        Tab tab = Tab.open();
        assertThat(tab.page().getByText(TEXTS.getLast().lineMark()).first()).isVisible();
        assertHarmless("titles", tab.read("readAround"), text -> List.of(text.lineMark()));
        tab.assertNothingElseHappened();
    }

    @Test
    void theInboxTellsEveryRequestHarmless() {
        Tab tab = Tab.open();
        tab.show("/inbox");
        assertThat(tab.page().getByText(TEXTS.getLast().lineMark()).first()).isVisible();
        assertHarmless("inbox", tab.read("readAround"), text -> List.of(text.lineMark()));
        tab.assertNothingElseHappened();
    }

    /** The whole way: a prompt, the CLI, the model, drafts while it speaks, and what is recorded. */
    @Test
    void theRealCliSaysEveryTextAndThePageStaysUsable() throws Exception {
        String session = demo.session(admin, "Hostile");
        Tab tab = Tab.open();
        tab.show("/sessions/" + session);
        SessionTab page = new SessionTab(tab.page());
        List<HostileText> writable =
                TEXTS.stream().filter(HostileText::isWritable).toList();
        int turns = 0;
        for (String group : HostileText.GROUPS) {
            say(
                    session,
                    writable.stream()
                            .filter(text -> text.group().equals(group))
                            .map(HostileText::text)
                            .collect(Collectors.joining("\n\n")));
            assertThat(page.log().getByText("Turn done")).hasCount(++turns);
        }
        Map<?, ?> read = tab.read("read");
        assertEquals(List.of(), read.get("faults"));
        assertEquals(List.of(), unseen(writable, (List<?>) read.get("seen"), HostileText::marks));

        page.prompt("bash touch safe # " + OVERRIDE + "live");
        assertThat(page.request("Bash wants to run")).containsText("touch safe # ‹U+202E›live");
        assertFalse(page.read().contains(OVERRIDE), "the override is made visible");
        page.answer(page.request("Bash wants to run"), "a", page.log().getByText(Pattern.compile("^The command ")));

        page.prompt("echo and it still works");
        assertThat(page.log().getByRole(AriaRole.PARAGRAPH).getByText(Pattern.compile("^and it still works$")))
                .isVisible();

        page.prompt("bash touch safe # " + FROM_THE_RIGHT);
        Locator command = page.request("Bash wants to run").getByLabel("The whole command");
        assertEquals(true, command.evaluate(IN_ORDER), "letters from the right do not change places");
        tab.assertNothingElseHappened();
    }

    private static void say(String session, String text) {
        admin.prompt(session, UUID.randomUUID(), "echo " + text).expect(202);
        admin.awaitState(session, "idle");
    }

    // ---- what a reader must find

    private static void assertHarmless(String where, Map<?, ?> read, Function<HostileText, List<String>> wanted) {
        System.out.println(where + ": " + read.get("told"));
        assertEquals(List.of(), read.get("faults"));
        assertEquals(List.of(), unseen(TEXTS, (List<?>) read.get("seen"), wanted));
    }

    /** The texts of which something is not to be seen. */
    private static List<String> unseen(
            List<HostileText> texts, List<?> seen, Function<HostileText, List<String>> wanted) {
        Set<?> marks = new HashSet<>(seen);
        return texts.stream()
                .filter(text -> !marks.containsAll(wanted.apply(text)))
                .map(HostileText::toString)
                .toList();
    }

    /** A tab of somebody signed in. It is tall, so that much is drawn at once. */
    private record Tab(Visitor visitor, Page page, List<String> dialogs) {
        static Tab open() {
            Visitor visitor = CHROMIUM.visitor(demo.url());
            demo.signIn(visitor);
            visitor.context().addInitScript(LONGEST);
            Page page = visitor.open("/");
            page.setViewportSize(WIDE, TALL);
            List<String> dialogs = new ArrayList<>();
            page.onDialog(dialog -> {
                dialogs.add(dialog.message());
                dialog.dismiss();
            });
            assertThat(page.getByRole(AriaRole.HEADING).first()).isVisible();
            return new Tab(visitor, page, dialogs);
        }

        /** Goes there inside the page, as its own links do. */
        void show(String path) {
            page.evaluate(
                    "path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }",
                    path);
        }

        Map<?, ?> read(String how) {
            return (Map<?, ?>) page.evaluate("how => " + READER + "[how]()", how);
        }

        /** Violations of the policy, errors and requests to others are heard by the visitor's watch, and judged when it leaves. */
        void assertNothingElseHappened() {
            assertEquals(List.of(), dialogs);
            assertEquals(List.of(page), visitor.context().pages());
            assertEquals(1, page.frames().size());
            List<String> strange = visitor.watch().requests().stream()
                    .filter(url -> !url.startsWith("data:image/svg+xml"))
                    .filter(url -> !demo.url()
                                    .getAuthority()
                                    .equals(URI.create(url).getAuthority())
                            || !OWN_REQUEST.matcher(URI.create(url).getPath()).matches())
                    .toList();
            assertEquals(List.of(), strange);
        }
    }

    private static String resource(String name) {
        try (InputStream in = HostileOutputIT.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
