package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ways out of the served files and of the project folders, over HTTP and as they are written there. */
@Timeout(60)
class FilesIT {
    private static final String SECRET = "c2VjcmV0LW9mLXRoZS10ZXN0";

    @RegisterExtension
    static final Target target = new Target(Map.of("DASHBOARD_CLI_PATH", "/bin/false"));

    @Test
    void onlyFilesOfTheBuildAreServed() throws Exception {
        Set<String> addresses = new LinkedHashSet<>();
        for (String aim : List.of("logging.properties", "db/001-journal.sql", "META-INF/MANIFEST.MF", "etc/passwd")) {
            for (String traversal : Traversals.of(aim)) {
                String sent = bytes(traversal);
                addresses.add("/assets/" + sent);
                addresses.add("/" + sent);
                addresses.add("/assets/x/" + sent);
            }
        }
        Map<Integer, Integer> statuses = new TreeMap<>();
        Wire wire = new Wire(target.url());
        for (String address : addresses) {
            Optional<Wire.Answer> answer = ask(wire, "GET " + address + " HTTP/1.1\r\n" + target.host() + "\r\n");
            if (answer.isEmpty() || answer.get().header("connection").equals("close")) {
                wire.close();
                wire = new Wire(target.url());
            }
            answer.ifPresent(got -> {
                statuses.merge(got.status(), 1, Integer::sum);
                String body = got.body();
                assertFalse(
                        body.contains("root:")
                                || body.contains("CREATE TABLE")
                                || body.contains("Main-Class")
                                || body.contains("handlers="),
                        () -> address + " → " + got);
                // The page stands at every address that is nothing else; 503 when the build has none.
                assertTrue(Set.of(200, 400, 404, 414, 503).contains(got.status()), () -> address + " → " + got);
                assertTrue(
                        got.status() != 200 && got.status() != 503
                                || got.header("content-type").startsWith("text/html"),
                        () -> address + " → " + got);
            });
        }
        wire.close();
        System.out.println("attack: " + addresses.size() + " addresses of files, answers by status " + statuses);
    }

    private static Optional<Wire.Answer> ask(Wire wire, String request) throws IOException {
        wire.send(request);
        return wire.answer();
    }

    /** UTF-8, byte by byte; what a request line cannot hold stays, and is refused. */
    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @Test
    void noFolderOutsideTheRootsBecomesAProject() throws Exception {
        Path root = target.dashboard().projects();
        Path outside = Files.createDirectories(target.scratch().resolve("outside"));
        Files.writeString(outside.resolve("file"), SECRET);
        Files.createSymbolicLink(root.resolve("out"), outside);
        Files.createSymbolicLink(root.resolve("file"), outside.resolve("file"));
        Set<String> paths = new LinkedHashSet<>();
        for (String traversal : Traversals.of("outside")) {
            paths.add(root + "/" + traversal);
        }
        paths.addAll(List.of(
                root + "/out",
                root + "/file",
                root + "/out/file",
                "/",
                "/etc",
                target.dashboard().data().toString(),
                "/proc/self/cwd",
                "/proc/" + target.dashboard().program().pid() + "/root",
                "-",
                "--help",
                "~"));
        assertTrue(paths.size() > 500, "tried " + paths.size());
        try (Wire wire = new Wire(target.url())) {
            for (String path : paths) {
                String body = bytes(
                        Json.createObjectBuilder().add("path", path).build().toString());
                Wire.Answer answer = ask(
                                wire,
                                "POST /api/v1/projects HTTP/1.1\r\n" + target.signedHeaders()
                                        + "Content-Type: application/json\r\nContent-Length: " + body.length()
                                        + "\r\n\r\n" + body)
                        .orElseThrow();
                assertTrue(Set.of(400, 403).contains(answer.status()), () -> path + " → " + answer);
                assertTrue(answer.code().startsWith("path-"), () -> path + " → " + answer);
                assertFalse(answer.body().contains(SECRET), path);
            }
        }
        assertEquals(
                0,
                target.admin()
                        .get("/projects")
                        .expect(200)
                        .getJsonArray("projects")
                        .size());
        System.out.println("attack: " + paths.size() + " paths as projects");
    }
}
