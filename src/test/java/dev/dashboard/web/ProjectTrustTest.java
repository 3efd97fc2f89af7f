package dev.dashboard.web;

import static dev.dashboard.web.Browser.code;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.ProjectId;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Trust over HTTP: who is told what, and what a yes is about. */
@Timeout(60)
class ProjectTrustTest {
    private static final String SETTINGS = "{\"env\":{\"TOKEN\":\"kept-from-viewers\"}}";

    private final ProjectId project = ProjectId.random();

    @TempDir
    Path dir;

    private TestWeb web;
    private Browser admin;
    private Path file;

    @BeforeEach
    void start() throws Exception {
        web = new TestWeb(dir);
        admin = web.signedIn();
        Path folder = Files.createDirectories(dir.toRealPath().resolve("shop/.claude"));
        file = Files.writeString(folder.resolve("settings.json"), SETTINGS);
        web.journal.append(List.of(new Draft(
                Optional.empty(),
                Actor.SERVER,
                new Event.ProjectAdded(project, folder.getParent().toString(), "shop"))));
    }

    @AfterEach
    void stop() {
        web.close();
    }

    private String path() {
        return "/api/v1/projects/" + project + "/trust";
    }

    private static JsonObject json(java.net.http.HttpResponse<String> answer) {
        assertEquals(200, answer.statusCode(), answer.body());
        return jakarta.json.Json.createReader(new java.io.StringReader(answer.body()))
                .readObject();
    }

    private String listed() throws Exception {
        return json(admin.get("/api/v1/projects"))
                .getJsonArray("projects")
                .getJsonObject(0)
                .getString("trust");
    }

    @Test
    void aYesIsAboutWhatWasShown() throws Exception {
        JsonObject shown = json(admin.get(path()));
        assertEquals("untrusted", shown.getString("state"));
        assertEquals(SETTINGS, shown.getJsonArray("files").getJsonObject(0).getString("text"));
        assertEquals("untrusted", listed());
        String yes = "{\"fingerprint\":\"" + shown.getString("fingerprint") + "\"}";
        Files.writeString(file, "{\"env\":{\"TOKEN\":\"other\"}}");

        assertEquals("409 trust-outdated", code(admin.send("PUT", path(), yes)));
        Files.writeString(file, SETTINGS);
        JsonObject trusted = json(admin.send("PUT", path(), yes));

        assertEquals("trusted", trusted.getString("state"));
        assertEquals("admin", trusted.getString("trustedBy"));
        assertEquals("trusted", listed());
        assertEquals("trusted", json(admin.send("PUT", path(), yes)).getString("state"));
        assertEquals(204, admin.send("DELETE", path(), "").statusCode());
        assertEquals(204, admin.send("DELETE", path(), "").statusCode());
        assertEquals("untrusted", listed());
        assertEquals(
                List.of("ProjectTrusted", "ProjectTrustWithdrawn"),
                web.journal.after(0, 1_000).stream()
                        .map(envelope -> envelope.event().getClass().getSimpleName())
                        .filter(name -> name.startsWith("ProjectTrust"))
                        .toList());
    }

    @Test
    void viewersAreToldWhatItIsAndNotTheSecretsInIt() throws Exception {
        Browser vera = web.invited(admin, "vera", "viewer");
        JsonObject shown = json(vera.get(path()));
        assertEquals(
                "TOKEN",
                shown.getJsonObject("summary")
                        .getJsonArray("environment")
                        .getJsonObject(0)
                        .getString("name"));
        assertTrue(shown.getJsonArray("files").getJsonObject(0).containsKey("sha256"));
        assertFalse(shown.toString().contains("kept-from-viewers"), shown.toString());
        assertEquals(
                "403 not-allowed",
                code(vera.send("PUT", path(), "{\"fingerprint\":\"" + shown.getString("fingerprint") + "\"}")));
    }

    @Test
    void whatIsNoFingerprintIsNamed() throws Exception {
        assertEquals("400 field-length", code(admin.send("PUT", path(), "{\"fingerprint\":\"abc\"}")));
        assertEquals("400 field-missing", code(admin.send("PUT", path(), "{}")));
        assertEquals("400 unknown-field", code(admin.send("PUT", path(), "{\"trusted\":true}")));
        assertEquals(
                404,
                admin.get("/api/v1/projects/" + ProjectId.random() + "/trust").statusCode());
        assertEquals(400, admin.get("/api/v1/projects/x/trust").statusCode());
    }
}
