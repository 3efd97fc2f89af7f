package dev.dashboard.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The real Chromium for the tests of one class, and the one place where what it met is judged: after each test every visitor leaves,
 * and anything that a {@link Watch} heard without being told to expect it fails the test. Pictures of a failed test lie in
 * {@code target/browser}.
 */
final class Chromium implements BeforeAllCallback, AfterTestExecutionCallback, AfterAllCallback {
    private static final String VARIABLE = "DASHBOARD_TEST_CHROMIUM";
    private static final Path PICTURES = Path.of("target/browser");
    private static final double PATIENCE_MILLIS = 20_000;
    private static final List<String> FLAGS = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private final List<Visitor> visitors = new ArrayList<>();
    private Playwright playwright;
    private Browser browser;

    /** Somebody who comes to this server with an empty browser. */
    Visitor visitor(URI server) {
        Visitor visitor = new Visitor(browser, server);
        visitor.context().setDefaultTimeout(PATIENCE_MILLIS);
        visitors.add(visitor);
        return visitor;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        Path program = program();
        playwright = Playwright.create();
        browser = playwright
                .chromium()
                .launch(new LaunchOptions().setExecutablePath(program).setArgs(FLAGS));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    }

    private static Path program() {
        return Optional.ofNullable(System.getenv(VARIABLE))
                .map(Path::of)
                .filter(Files::isExecutable)
                .orElseThrow(() -> new AssertionError("Browser tests need Chromium; name its executable in " + VARIABLE
                        + ". They are never skipped."));
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        Optional<Throwable> failure = context.getExecutionException();
        List<Visitor> leaving = List.copyOf(visitors);
        visitors.clear();
        try {
            if (failure.isPresent()) {
                leaving.forEach(visitor ->
                        visitor.takePictures(PICTURES, context.getDisplayName().replaceAll("\\W", "")));
            }
            leaving.forEach(Visitor::leave);
            leaving.forEach(visitor -> visitor.watch().check());
        } catch (PlaywrightException | AssertionError e) {
            failure.ifPresentOrElse(first -> first.addSuppressed(e), () -> {
                throw e;
            });
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (playwright != null) {
            playwright.close();
        }
    }
}
