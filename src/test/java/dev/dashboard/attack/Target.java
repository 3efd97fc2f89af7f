package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.support.Person;
import dev.dashboard.support.RunningDashboard;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The packaged server that one class attacks, with an administrator who is signed in. After the last test it must still answer, and
 * its log must be free of what nobody expected.
 */
final class Target implements BeforeAllCallback, AfterAllCallback {
    private final Map<String, String> configuration;
    private Path scratch;
    private RunningDashboard dashboard;
    private Person admin;

    /** @param configuration by its variables */
    Target(Map<String, String> configuration) {
        this.configuration = new HashMap<>(Map.of("DASHBOARD_LOG_LEVEL", "DEBUG"));
        this.configuration.putAll(configuration);
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException, InterruptedException {
        scratch = Files.createTempDirectory("attack").toRealPath();
        dashboard = RunningDashboard.start(Path.of("").toAbsolutePath(), scratch, configuration);
        admin = dashboard.administrator();
    }

    URI url() {
        return dashboard.url();
    }

    Person admin() {
        return admin;
    }

    RunningDashboard dashboard() {
        return dashboard;
    }

    /** An empty folder of this test alone; not a root. */
    Path scratch() {
        return scratch;
    }

    /** The Host header and what an ordinary write of the administrator's browser carries. */
    String signedHeaders() {
        return "Host: " + url().getAuthority() + "\r\nCookie: " + admin.cookieHeader() + "\r\nX-CSRF-Token: "
                + admin.csrfToken() + "\r\n";
    }

    String host() {
        return "Host: " + url().getAuthority() + "\r\n";
    }

    /** Nothing happened after the event of this number but that the administrator was refused, which is on record. */
    void assertOnlyRefusedSince(long seq, String what) {
        List<String> actions =
                admin.get("/audit?limit=500").expect(200).getJsonArray("records").getValuesAs(JsonObject.class).stream()
                        .filter(record -> record.getInt("seq") > seq)
                        .map(record -> record.getString("action"))
                        .toList();
        assertEquals(Collections.nCopies(Math.toIntExact(admin.lastSeq() - seq), "access-refused"), actions, what);
    }

    /** Lines of the log that speak of a bug. */
    static Optional<String> fault(String log) {
        return log.lines()
                .filter(line -> line.contains("\"level\":\"ERROR\"")
                        || line.contains("unexpected failure")
                        || line.contains("Internal server error"))
                .findFirst();
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (dashboard == null) {
            return;
        }
        try {
            if (admin != null) {
                admin.get("/system").expect(200);
            }
            fault(dashboard.log()).ifPresent(line -> {
                throw new AssertionError("the attacked server logged a fault: " + line);
            });
        } finally {
            if (admin != null) {
                admin.close();
            }
            dashboard.close();
            try (Stream<Path> paths = Files.walk(scratch)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }
}
