package dev.dashboard.web;

import dev.dashboard.auth.Rule;
import dev.dashboard.backup.Backups;
import dev.dashboard.backup.LastGood;
import dev.dashboard.event.Actor;
import dev.dashboard.event.BackupId;
import dev.dashboard.mask.Masking;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;

/** What backups there are, and one now: for administrators. */
public final class BackupRoutes {
    private static final String PATH = "/api/v1/backups";
    private static final int BODY = 1024;
    private static final int ID = 36;

    private final Backups backups;
    private final Masking masking;

    /** @param masking for what the program that makes backups says of a failure, which may be what its target answered */
    public BackupRoutes(Backups backups, Masking masking) {
        this.backups = backups;
        this.masking = masking;
    }

    public List<Route> routes() {
        return List.of(
                Route.get(PATH, Rule.ADMIN, call -> call.ok(json(backups.state()))),
                Route.post(PATH, Rule.ADMIN, BODY, this::request));
    }

    private void request(Call call) {
        BackupId id = BackupId.parse(call.body("backupId").text("backupId", ID, ID));
        Actor.Person by = call.viewer().actor();
        call.accepted(Json.createObjectBuilder()
                .add("backupId", id.toString())
                .add("seq", backups.request(id, by))
                .build());
    }

    private JsonObject json(Backups.State state) {
        JsonArrayBuilder history = Json.createArrayBuilder();
        state.runs().forEach(run -> history.add(json(run)));
        JsonObjectBuilder json = Json.createObjectBuilder().add("available", state.taker() == Backups.Taker.THERE);
        if (state.taker() != Backups.Taker.THERE) {
            json.add("reason", state.taker().word());
        }
        state.silentSince().ifPresent(at -> json.add("silentSince", Times.iso(at)));
        state.running().ifPresent(running -> json.add("running", json(running)));
        state.request()
                .ifPresent(request -> json.add(
                        "requested",
                        Json.createObjectBuilder()
                                .add("id", request.id().toString())
                                .add("by", request.by())
                                .add("at", Times.iso(request.at()))
                                .add("waiting", request.waiting())));
        state.lastGood().ifPresent(last -> json.add("lastGood", json(last)));
        return json.add("history", history).build();
    }

    private JsonObjectBuilder json(Backups.Running running) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("id", running.id())
                .add("startedAt", Times.iso(running.startedAt()))
                .add("phase", running.phase());
        running.done().ifPresent(done -> json.add("done", done));
        running.of().ifPresent(of -> json.add("of", of));
        return json;
    }

    private static JsonObjectBuilder json(LastGood.Backup last) {
        return Json.createObjectBuilder()
                .add("finishedAt", Times.iso(last.finishedAt()))
                .add("seconds", last.seconds())
                .add("bytes", last.bytes())
                .add("verified", last.verified());
    }

    private JsonObjectBuilder json(Backups.Run run) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("id", run.id())
                .add("startedAt", Times.iso(run.startedAt()))
                .add("finishedAt", Times.iso(run.finishedAt()))
                .add("trigger", run.trigger())
                .add("outcome", run.outcome());
        run.phase().ifPresent(phase -> json.add("phase", phase));
        run.message().ifPresent(message -> json.add("message", masking.mask(message)));
        run.bytes().ifPresent(bytes -> json.add("bytes", bytes));
        run.seconds().ifPresent(seconds -> json.add("seconds", seconds));
        run.local().ifPresent(local -> json.add("local", local));
        run.remote().ifPresent(remote -> json.add("remote", remote));
        return json;
    }
}
