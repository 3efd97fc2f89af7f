package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.event.SessionId;
import dev.dashboard.session.Processes;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessRoutesTest {
    private static final String ID = "22222222-2222-4222-8222-222222222222";

    @TempDir
    Path dir;

    @Test
    void figuresAndPlacesInTheLineGoByTheirNames() {
        SessionId session = SessionId.parse(ID);
        Instant time = Instant.parse("2026-01-02T03:04:05.678Z");
        Processes processes = new Processes(
                20,
                4,
                200,
                List.of(new Processes.Live(session, 4711, time, 3, 5_000_000_000L, 150)),
                List.of(new Processes.Waiting(session, 1, time)));

        assertEquals(parse("""
                {"liveCount":1,"queueCount":1,"limit":20,"parallelStarts":4,"queueLimit":200,
                 "live":[{"sessionId":"%s","pid":4711,"startedAt":"2026-01-02T03:04:05.678Z",
                          "processes":3,"residentBytes":5000000000,"cpuPercent":150}],
                 "queue":[{"sessionId":"%s","position":1,"since":"2026-01-02T03:04:05.678Z"}]}
                """.formatted(ID, ID)), ProcessRoutes.json(processes, _ -> true));
    }

    @Test
    void ofSessionsThatAPersonMayNotSeeThePlacesAreCountedAndNothingElseIsTold() {
        SessionId session = SessionId.parse(ID);
        Processes processes = new Processes(
                20,
                4,
                200,
                List.of(new Processes.Live(session, 4711, Instant.EPOCH, 3, 5_000_000_000L, 150)),
                List.of(new Processes.Waiting(session, 1, Instant.EPOCH)));

        JsonObject told = ProcessRoutes.json(processes, _ -> false);

        assertEquals(1, told.getInt("liveCount"));
        assertEquals(1, told.getInt("queueCount"));
        assertEquals(List.of(), told.getJsonArray("live"));
        assertEquals(List.of(), told.getJsonArray("queue"));
    }

    @Test
    void whoIsSignedInSeesTheLimitsEvenWhenNothingRuns() throws Exception {
        try (TestWeb web = new TestWeb(dir)) {
            HttpResponse<String> answer = web.signedIn().get("/api/v1/processes");

            assertEquals(200, answer.statusCode());
            JsonObject processes = parse(answer.body());
            assertEquals(2, processes.getInt("limit"));
            assertEquals(List.of(), processes.getJsonArray("live"));
            assertEquals(List.of(), processes.getJsonArray("queue"));
        }
    }

    private static JsonObject parse(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }
}
