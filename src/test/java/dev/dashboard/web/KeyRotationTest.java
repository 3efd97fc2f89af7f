package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import jakarta.json.Json;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The signing key is exchanged while people are signed in. */
@Timeout(120)
class KeyRotationTest {
    private static final String FRESH = "zB8kQ2nV5xR1tY7wE4uI0oP3aS6dF9gH/jKlMnBvCxZq";

    @TempDir
    Path dir;

    private static TestWeb.Tuning keys(String secret, Optional<String> previous) {
        TestWeb.Tuning tuning = new TestWeb.Tuning();
        tuning.secret = secret;
        tuning.previousSecret = previous;
        return tuning;
    }

    /** What a browser keeps over a restart of the server. */
    private static Browser back(TestWeb web, Browser before) {
        Browser browser = web.browser();
        browser.cookies.putAll(before.cookies);
        browser.csrf = before.csrf;
        return browser;
    }

    private static String keyOf(Browser browser) {
        String header = browser.cookies.get("dashboard_access").split("\\.")[0];
        String json = new String(Base64.getUrlDecoder().decode(header), StandardCharsets.UTF_8);
        try (JsonReader reader = Json.createReader(new StringReader(json))) {
            return reader.readObject().getString("kid");
        }
    }

    @Test
    void withBothKeysNobodyIsSignedOutAndARenewalBringsTokensOfTheNewOne() throws Exception {
        Browser before;
        String oldKey;
        try (TestWeb web = new TestWeb(dir, keys(TestWeb.SECRET, Optional.empty()), List.of())) {
            before = web.signedIn();
            oldKey = keyOf(before);
        }
        try (TestWeb web = new TestWeb(dir, keys(FRESH, Optional.of(TestWeb.SECRET)), List.of())) {
            Browser browser = back(web, before);

            assertEquals(200, browser.get("/api/v1/sessions").statusCode(), "the old token still counts");
            assertEquals(
                    400,
                    browser.post("/api/v1/projects", "").statusCode(),
                    "and so does the CSRF token that was made with the old key");
            assertEquals(200, browser.refresh().statusCode());
            assertNotEquals(oldKey, keyOf(browser));
            assertEquals(200, browser.get("/api/v1/sessions").statusCode());
            before = browser;
        }
        try (TestWeb web = new TestWeb(dir, keys(FRESH, Optional.empty()), List.of())) {
            assertEquals(
                    200, back(web, before).get("/api/v1/sessions").statusCode(), "the old key is not needed any more");
        }
    }

    @Test
    void aKeyThatIsGoneSignsNobodyIn() throws Exception {
        Browser before;
        try (TestWeb web = new TestWeb(dir, keys(TestWeb.SECRET, Optional.empty()), List.of())) {
            before = web.signedIn();
        }
        try (TestWeb web = new TestWeb(dir, keys(FRESH, Optional.empty()), List.of())) {
            assertEquals(401, back(web, before).get("/api/v1/sessions").statusCode());
        }
    }
}
