package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.dashboard.support.Person;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Prompts that are written while Claude works: seen, changed, ordered, taken back, sent now; by keyboard where a person would. */
class PromptLineIT {
    @RegisterExtension
    static final Chromium CHROMIUM = new Chromium();

    @TempDir
    private Path scratch;

    private Demo demo;
    private Person admin;
    private SessionTab tab;

    @BeforeEach
    void start() throws Exception {
        demo = Demo.start(scratch, Map.of());
        admin = demo.administrator();
        String session = demo.session(admin, "Busy");
        Visitor visitor = CHROMIUM.visitor(demo.url());
        demo.signIn(visitor);
        tab = new SessionTab(visitor.open("/sessions/" + session));
        tab.prompt("slow");
        assertThat(tab.log()).containsText("1, 2,");
    }

    @AfterEach
    void stop() {
        admin.close();
        demo.close();
    }

    @Test
    void theLineIsChangedOrderedAndShortenedBeforeItRuns() {
        tab.prompt("echo alpha");
        tab.prompt("echo beta");
        tab.prompt("echo gamma");
        assertThat(line())
                .hasText(List.of("echo alpha", "echo beta", "echo gamma").toArray(String[]::new));

        act("Change prompt 2").focus();
        tab.page().keyboard().press("Enter");
        Locator field = tab.page().getByRole(AriaRole.TEXTBOX, named("Prompt 2"));
        assertThat(field).isFocused();
        field.fill("echo better");
        tab.page().keyboard().press("Enter");
        assertThat(line().nth(1)).hasText("echo better");
        assertThat(act("Change prompt 2")).isFocused();

        act("Move prompt 3 up").focus();
        tab.page().keyboard().press("Alt+ArrowUp");
        assertThat(line())
                .hasText(List.of("echo alpha", "echo gamma", "echo better").toArray(String[]::new));
        act("Remove prompt 1").click();
        assertThat(line()).hasText(List.of("echo gamma", "echo better").toArray(String[]::new));

        act(Pattern.compile("Send now: prompt 2.*")).click();

        assertThat(line()).hasCount(0);
        Locator answers = tab.log().getByText(Pattern.compile("^(alpha|beta|gamma|better)$"));
        assertThat(answers).hasCount(2);
        assertEquals(List.of("better", "gamma"), answers.allTextContents());
    }

    private Locator panel() {
        return tab.page().getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Prompts that wait"));
    }

    private Locator line() {
        return panel().getByRole(AriaRole.LISTITEM).locator(".what");
    }

    private Locator act(Object name) {
        Locator.GetByRoleOptions options = new Locator.GetByRoleOptions();
        return panel().getByRole(
                        AriaRole.BUTTON,
                        name instanceof Pattern pattern ? options.setName(pattern) : options.setName(name.toString()));
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }
}
