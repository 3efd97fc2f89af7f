package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Behind a proxy that ends TLS, as {@code server.public-url} says: nothing of a sign-in may travel in the clear. */
class SecureTransportTest {
    private static final String ORIGIN = "https://dashboard.example.org";

    @TempDir
    Path dir;

    private TestWeb web;

    @BeforeEach
    void start() throws Exception {
        TestWeb.Tuning tuning = new TestWeb.Tuning();
        tuning.publicUrl = Optional.of(URI.create(ORIGIN));
        web = new TestWeb(dir, tuning, List.of());
    }

    @AfterEach
    void stop() {
        web.close();
    }

    @Test
    void everyCookieIsForTlsAloneAndThoseThatCountSayItInTheirNames() throws Exception {
        HttpResponse<String> login = web.browser().signIn("admin", web.oneTimePassword());

        assertEquals(200, login.statusCode(), login::body);
        List<String> cookies = login.headers().allValues("Set-Cookie");
        assertEquals(3, cookies.size(), cookies::toString);
        for (String cookie : cookies) {
            assertTrue(cookie.contains("; Secure"), cookie);
            assertTrue(cookie.contains("SameSite=Strict"), cookie);
            boolean counts = cookie.contains("HttpOnly");
            assertEquals(counts, cookie.startsWith("__Secure-"), cookie);
        }
        assertEquals(
                2,
                cookies.stream().filter(cookie -> cookie.contains("HttpOnly")).count());
    }

    @Test
    void everyAnswerSaysThatTheNextRequestMustComeByTls() throws Exception {
        Browser browser = web.browser();
        for (String path : List.of("/", "/api/v1/sessions", "/api/v1/nothing", "/health/live")) {
            assertEquals(
                    Optional.of("max-age=31536000; includeSubDomains"),
                    browser.get(path).headers().firstValue("Strict-Transport-Security"),
                    path);
        }
        String refused = Raw.exchange(web.web.port(), "NONSENSE\r\n\r\n");
        assertTrue(refused.toLowerCase().contains("strict-transport-security: max-age=31536000"), refused);
    }

    @Test
    void ourOwnHostWithoutTlsIsNotOurOrigin() throws Exception {
        assertEquals("HTTP/1.1 403", loginFrom("http://dashboard.example.org"));
        assertEquals("HTTP/1.1 401", loginFrom(ORIGIN));
    }

    private String loginFrom(String origin) throws Exception {
        String body = Browser.json("username", "nobody", "password", "x");
        String request = "POST /api/v1/auth/login HTTP/1.1\r\nHost: dashboard.example.org\r\nOrigin: " + origin
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        return Raw.exchange(web.web.port(), request).substring(0, "HTTP/1.1 403".length());
    }
}
