package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.dashboard.event.SessionId;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The model's words are anybody's words: they are shown, and neither run nor fetched, nor taken for the page's own. Every text in
 * {@code src/test/resources/hostile} stands in every place where text of others can stand, on pages of the real server.
 */
class HostileOutputIT {
    private static final List<HostileText> TEXTS = HostileText.all();
    private static final String READER = resource("/hostile/reader.js");

    /** What a page of this program asks for by itself, whatever it shows. */
    private static final Pattern OWN_REQUEST =
            Pattern.compile("/(?:|sessions/[0-9a-f-]{36}|assets/[\\w.-]+|api/v1/[\\w/-]+|favicon[\\w.-]*)");

    @RegisterExtension
    static final Chromium CHROMIUM = new Chromium();

    @TempDir
    private static Path scratch;

    private static final Map<HostilePlace, SessionId> SESSIONS = new EnumMap<>(HostilePlace.class);
    private static Demo demo;

    @BeforeAll
    static void start() throws Exception {
        Path data = Files.createDirectories(scratch.toRealPath().resolve("data"));
        Path folder = Files.createDirectories(data.resolve("sample-project"));
        try (HostileJournal journal = new HostileJournal(data.resolve("dashboard.db"), folder)) {
            for (HostilePlace place : HostilePlace.values()) {
                SESSIONS.put(place, journal.session(place, TEXTS));
            }
        }
        demo = Demo.start(scratch, Map.of("DASHBOARD_DEMO_PACE", "0"));
        demo.administrator();
    }

    @AfterAll
    static void stop() {
        demo.close();
    }

    @ParameterizedTest
    @EnumSource
    void everyTextIsShownHarmlessIn(HostilePlace place) {
        Visitor visitor = CHROMIUM.visitor(demo.url());
        demo.signIn(visitor);
        String path = "/sessions/" + SESSIONS.get(place);
        SessionTab tab = new SessionTab(visitor.open(path));
        List<String> dialogs = new ArrayList<>();
        tab.page().onDialog(dialog -> {
            dialogs.add(dialog.message());
            dialog.dismiss();
        });
        assertThat(tab.log().getByRole(AriaRole.LINK).first()).isVisible();

        Map<?, ?> read = (Map<?, ?>) tab.page().evaluate("strict => " + READER + ".read(strict)", place.isStrict());

        System.out.printf(
                "%s: %s entries, %s links, %s steps, %s ms%n",
                place, read.get("entries"), read.get("links"), read.get("steps"), read.get("millis"));
        assertEquals(List.of(), read.get("faults"));
        assertEquals(List.of(), unseen(place, (List<?>) read.get("seen")));
        assertEquals(List.of(), dialogs);
        assertStayedAtHome(visitor, tab.page(), path);
    }

    /** The texts of which something is not to be seen. */
    private static List<String> unseen(HostilePlace place, List<?> seen) {
        Set<?> marks = new HashSet<>(seen);
        return TEXTS.stream()
                .filter(text -> !marks.containsAll(place.marks(text)))
                .map(HostileText::toString)
                .toList();
    }

    private static void assertStayedAtHome(Visitor visitor, Page page, String path) {
        assertEquals(List.of(page), visitor.context().pages());
        assertEquals(1, page.frames().size());
        assertEquals(path, URI.create(page.url()).getPath());
        List<String> strange = visitor.watch().requests().stream()
                .filter(url -> !url.startsWith("data:image/svg+xml"))
                .filter(url -> !demo.url().getAuthority().equals(URI.create(url).getAuthority())
                        || !OWN_REQUEST.matcher(URI.create(url).getPath()).matches())
                .toList();
        assertEquals(List.of(), strange);
    }

    private static String resource(String name) {
        try (InputStream in = HostileOutputIT.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
