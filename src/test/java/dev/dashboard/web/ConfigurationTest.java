package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import jakarta.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is shown what holds. What is shown, and what never is, has {@code ConfigurationIT}. */
@Timeout(60)
class ConfigurationTest {
    @TempDir
    private Path dir;

    private TestWeb web;
    private Browser admin;

    @BeforeEach
    void open() throws Exception {
        web = new TestWeb(dir);
        admin = web.signedIn();
    }

    @AfterEach
    void close() {
        web.close();
    }

    @Test
    void administratorsSeeEachValueAndItsSource() throws Exception {
        JsonObject first = Browser.object(admin.get("/api/v1/system"))
                .getJsonArray("configuration")
                .getJsonObject(0);

        assertEquals("server.port", first.getString("key"));
        assertEquals("0", first.getString("value"));
        assertEquals("environment DASHBOARD_SERVER_PORT", first.getString("source"));
    }

    @Test
    void othersSeeNoneOfIt() throws Exception {
        for (String role : new String[] {"viewer", "operator"}) {
            HttpResponse<String> answer = web.invited(admin, "a-" + role, role).get("/api/v1/system");

            assertEquals(200, answer.statusCode());
            assertFalse(Browser.object(answer).containsKey("configuration"), answer::body);
            assertFalse(answer.body().contains("DASHBOARD_SERVER_PORT"), answer::body);
        }
    }

    /** A token of a smaller role is that role's, whoever made it. */
    @Test
    void anAdministratorsLesserTokenSeesNoneOfIt() throws Exception {
        for (Map.Entry<String, Boolean> one :
                Map.of("operator", false, "admin", true).entrySet()) {
            HttpResponse<String> made =
                    admin.post("/api/v1/tokens", Browser.json("name", one.getKey(), "role", one.getKey()));
            assertEquals(201, made.statusCode(), made::body);

            String secret = Browser.object(made).getString("secret");
            HttpResponse<String> answer =
                    web.browser().send("GET", "/api/v1/system", "", "Authorization", "Bearer " + secret);

            assertEquals(200, answer.statusCode());
            assertEquals(one.getValue(), Browser.object(answer).containsKey("configuration"), one.getKey());
        }
    }
}
