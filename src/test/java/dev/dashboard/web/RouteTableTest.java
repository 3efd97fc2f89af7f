package dev.dashboard.web;

import static dev.dashboard.web.Browser.code;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.auth.Rule;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** Walks the one table of routes: who gets in where, and whether the description of the API is the API. */
class RouteTableTest {
    /** Everything that may be used without signing in. A new row here is a decision. */
    private static final Set<String> PUBLIC = Set.of(
            "POST /api/v1/auth/login",
            "POST /api/v1/auth/refresh",
            "POST /api/v1/auth/invitations",
            "GET /health/live",
            "GET /health/ready",
            "GET /api/v1/openapi.yaml",
            "GET /assets/{name}",
            "GET /",
            "GET /*");

    private static final Set<Rule> BEFORE_PASSWORD_CHANGE =
            Set.of(Rule.BROWSER, Rule.SIGNED_IN_EVEN_BEFORE_PASSWORD_CHANGE);

    @TempDir
    Path dir;

    @Test
    void everyRouteRefusesNobodyOneTimePasswordsMissingTokensAndForeignPages() throws Exception {
        try (TestWeb web = new TestWeb(dir)) {
            Set<String> open = new TreeSet<>();
            Browser fresh = web.browser();
            fresh.signIn("admin", web.oneTimePassword());
            for (Route route : web.web.routes()) {
                if (route.rule() == Rule.PUBLIC) {
                    open.add(name(route));
                } else {
                    checkNobody(web, route);
                    checkOneTimePassword(fresh, route);
                    checkForeign(fresh, route);
                }
            }
            assertEquals(new TreeSet<>(PUBLIC), open);
        }
    }

    private static void checkNobody(TestWeb web, Route route) throws Exception {
        assertEquals("401 not-signed-in", code(web.browser().send(method(route), address(route), "")), name(route));
    }

    private static void checkOneTimePassword(Browser fresh, Route route) throws Exception {
        if (!BEFORE_PASSWORD_CHANGE.contains(route.rule())) {
            assertEquals(
                    "403 password-change-required", code(fresh.send(method(route), address(route), "")), name(route));
        }
    }

    private static void checkForeign(Browser fresh, Route route) throws Exception {
        if (!route.writes()) {
            return;
        }
        assertEquals(
                "403 origin-not-allowed",
                code(fresh.send(method(route), address(route), "", "Origin", "http://evil.example")),
                name(route));
        if (BEFORE_PASSWORD_CHANGE.contains(route.rule())) {
            assertEquals(
                    "403 csrf-token-wrong",
                    code(fresh.send(method(route), address(route), "", "X-CSRF-Token", "x")),
                    name(route));
        }
    }

    @Test
    void writesNeedTheTokenOfTheirOwnSignIn() throws Exception {
        try (TestWeb web = new TestWeb(dir)) {
            Browser browser = web.signedIn();
            Browser other = web.browser();
            other.signIn("admin", Browser.PASSWORD);
            for (Route route : web.web.routes()) {
                if (route.writes() && route.rule() != Rule.PUBLIC) {
                    for (String token : List.of("x", other.csrf)) {
                        assertEquals(
                                "403 csrf-token-wrong",
                                code(browser.send(method(route), address(route), "", "X-CSRF-Token", token)),
                                name(route));
                    }
                }
            }
            assertEquals("400 body-type", code(browser.post("/api/v1/projects", "")));
        }
    }

    @Test
    void theDescriptionOfTheApiNamesEveryRouteAndNoOther() throws Exception {
        Set<String> described = new TreeSet<>();
        try (InputStream in = getClass().getClassLoader().getResourceAsStream("openapi.yaml")) {
            Map<String, Object> document = new Yaml().load(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            assertTrue(document.get("openapi").toString().startsWith("3.1"));
            Map<?, ?> paths = (Map<?, ?>) document.get("paths");
            paths.forEach((path, item) -> ((Map<?, ?>) item)
                    .keySet().stream()
                            .filter(key -> Set.of("get", "put", "post", "delete", "patch")
                                    .contains(key))
                            .forEach(key -> described.add(key.toString().toUpperCase(Locale.ROOT) + " " + path)));
        }
        Set<String> real = new TreeSet<>();
        try (TestWeb web = new TestWeb(dir)) {
            for (Route route : web.web.routes()) {
                if (route.path().startsWith("/api/") || route.path().startsWith("/health/")) {
                    assertTrue(real.add(name(route)), () -> "twice in the table: " + name(route));
                }
            }
        }
        assertFalse(real.isEmpty());
        assertEquals(real, described);
    }

    private static String method(Route route) {
        return route.method().text();
    }

    private static String name(Route route) {
        return method(route) + " " + route.path();
    }

    private static String address(Route route) {
        return route.path().replaceAll("\\{[a-zA-Z]+}", UUID.randomUUID().toString());
    }
}
