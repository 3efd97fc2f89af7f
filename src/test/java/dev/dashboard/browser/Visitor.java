package dev.dashboard.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** One person's browser with cookies of its own and any number of tabs, all of them watched. Used on Playwright's thread only. */
final class Visitor {
    /** Widths at which the layout differs most: a desk and a phone. */
    enum Screen {
        DESK(1440, 900),
        PHONE(390, 844);

        private final int width;
        private final int height;

        Screen(int width, int height) {
            this.width = width;
            this.height = height;
        }
    }

    private final URI server;
    private final BrowserContext context;
    private final Watch watch;

    Visitor(Browser browser, URI server) {
        this.server = server;
        this.context = browser.newContext(new Browser.NewContextOptions()
                .setBaseURL(server.toString())
                .setViewportSize(Screen.DESK.width, Screen.DESK.height)
                .setColorScheme(ColorScheme.DARK)
                .setReducedMotion(ReducedMotion.REDUCE)
                .setLocale("en-GB"));
        this.watch = Watch.over(context, server);
    }

    BrowserContext context() {
        return context;
    }

    Watch watch() {
        return watch;
    }

    Visitor expecting(String... faults) {
        watch.expect(faults);
        return this;
    }

    /** A new tab at this address. */
    Page open(String path) {
        Page page = context.newPage();
        page.navigate(server.resolve(path).toString());
        return page;
    }

    static void show(Page page, Screen screen, ColorScheme scheme) {
        page.setViewportSize(screen.width, screen.height);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
    }

    void takePictures(Path folder, String name) {
        List<Page> pages = context.pages();
        for (int i = 0; i < pages.size(); i++) {
            pages.get(i)
                    .screenshot(new Page.ScreenshotOptions().setPath(folder.resolve(name + "-" + (i + 1) + ".png")));
        }
    }

    /** Hears what the pages still have to say, and ends them. */
    void leave() {
        context.pages().forEach(page -> page.evaluate("() => new Promise(requestAnimationFrame)"));
        context.close();
    }
}
