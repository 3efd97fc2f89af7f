package dev.dashboard.web;

import dev.dashboard.auth.Access;
import dev.dashboard.auth.Rule;
import dev.dashboard.auth.User;
import dev.dashboard.event.SessionId;
import dev.dashboard.session.Processes;
import dev.dashboard.session.SessionIndex;
import dev.dashboard.session.Sessions;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.function.Predicate;

/** What the sessions take of the machine, and who waits for a place on it. */
public final class ProcessRoutes {
    private final Sessions sessions;
    private final SessionIndex index;

    public ProcessRoutes(Sessions sessions, SessionIndex index) {
        this.sessions = sessions;
        this.index = index;
    }

    public List<Route> routes() {
        return List.of(Route.get("/api/v1/processes", Rule.SIGNED_IN, this::list));
    }

    private void list(Call call) {
        User user = call.viewer().user();
        call.ok(json(
                sessions.processes(),
                session -> index.ownership(session)
                        .filter(ownership -> Access.level(user, ownership) != Access.Level.NONE)
                        .isPresent()));
    }

    /** Places are everybody's, so all are counted; whose they are is told only of sessions that the person may see. */
    static JsonObject json(Processes processes, Predicate<SessionId> seen) {
        JsonArrayBuilder live = Json.createArrayBuilder();
        processes.live().stream()
                .filter(process -> seen.test(process.session()))
                .forEach(process -> live.add(json(process)));
        JsonArrayBuilder queue = Json.createArrayBuilder();
        processes.queue().stream()
                .filter(waiting -> seen.test(waiting.session()))
                .forEach(waiting -> queue.add(json(waiting)));
        return Json.createObjectBuilder()
                .add("liveCount", processes.live().size())
                .add("queueCount", processes.queue().size())
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
