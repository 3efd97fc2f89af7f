package dev.dashboard.web;

import dev.dashboard.auth.Rule;
import dev.dashboard.session.Processes;
import dev.dashboard.session.Sessions;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.util.List;

/** What the sessions take of the machine, and who waits for a place on it. */
public final class ProcessRoutes {
    private final Sessions sessions;

    public ProcessRoutes(Sessions sessions) {
        this.sessions = sessions;
    }

    public List<Route> routes() {
        return List.of(Route.get("/api/v1/processes", Rule.SIGNED_IN, call -> call.ok(json(sessions.processes()))));
    }

    static JsonObject json(Processes processes) {
        JsonArrayBuilder live = Json.createArrayBuilder();
        processes.live().forEach(process -> live.add(json(process)));
        JsonArrayBuilder queue = Json.createArrayBuilder();
        processes.queue().forEach(waiting -> queue.add(json(waiting)));
        return Json.createObjectBuilder()
                .add("limit", processes.limit())
                .add("parallelStarts", processes.parallelStarts())
                .add("queueLimit", processes.queueLimit())
                .add("live", live)
                .add("queue", queue)
                .build();
    }

    private static JsonObject json(Processes.Live process) {
        return Json.createObjectBuilder()
                .add("sessionId", process.session().toString())
                .add("pid", process.pid())
                .add("startedAt", Times.iso(process.startedAt()))
                .add("processes", process.processes())
                .add("residentBytes", process.residentBytes())
                .add("cpuPercent", process.cpuPercent())
                .build();
    }

    private static JsonObject json(Processes.Waiting waiting) {
        return Json.createObjectBuilder()
                .add("sessionId", waiting.session().toString())
                .add("position", waiting.position())
                .add("since", Times.iso(waiting.since()))
                .build();
    }
}
