package dev.dashboard.web;

import dev.dashboard.auth.Role;
import dev.dashboard.auth.Rule;
import dev.dashboard.event.ProjectId;
import dev.dashboard.problem.Problem;
import dev.dashboard.project.Project;
import dev.dashboard.project.Projects;
import dev.dashboard.project.RepositorySettings;
import dev.dashboard.project.Trust;
import dev.dashboard.session.Retention;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Folders that people may work in, and whether their own settings are trusted. */
public final class ProjectRoutes {
    private static final int BODY = 16 * 1024;
    private static final int MAX_PATH = 4_096;
    /** SHA-256 in hexadecimal. */
    private static final int FINGERPRINT = 64;

    private final Projects projects;
    private final Trust trust;
    private final Retention retention;
    private final boolean forgets;

    /** @param forgets whether anything runs that lets contents go */
    public ProjectRoutes(Projects projects, Trust trust, Retention retention, boolean forgets) {
        this.projects = projects;
        this.trust = trust;
        this.retention = retention;
        this.forgets = forgets;
    }

    public List<Route> routes() {
        return List.of(
                Route.get("/api/v1/projects", Rule.SIGNED_IN, this::list),
                Route.post("/api/v1/projects", Rule.OPERATOR, BODY, this::add),
                Route.get("/api/v1/projects/{id}/trust", Rule.SIGNED_IN, this::showTrust),
                Route.put("/api/v1/projects/{id}/trust", Rule.OPERATOR, BODY, this::putTrust),
                Route.delete("/api/v1/projects/{id}/trust", Rule.OPERATOR, this::deleteTrust),
                // What goes is everybody's, and cannot be brought back: that is not for each who may work in it.
                Route.get("/api/v1/projects/{id}/retention", Rule.ADMIN, this::showRetention),
                Route.put("/api/v1/projects/{id}/retention", Rule.ADMIN, BODY, this::putRetention));
    }

    private void list(Call call) {
        Projects.Page page = projects.all();
        Map<ProjectId, Trust.State> states = trust.states(page.projects());
        JsonArrayBuilder list = Json.createArrayBuilder();
        page.projects().forEach(project -> list.add(json(project, Optional.ofNullable(states.get(project.id())))));
        JsonArrayBuilder roots = Json.createArrayBuilder();
        projects.roots().forEach(root -> roots.add(root.toString()));
        call.ok(Json.createObjectBuilder()
                .add("projects", list)
                .add("roots", roots)
                .add("seq", page.seq())
                .build());
    }

    private void add(Call call) {
        String path = call.body("path").text("path", 1, MAX_PATH);
        Projects.Added added = projects.add(path, call.viewer().actor());
        Project project = added.project();
        JsonObject json = json(project, Optional.of(trust.view(project.id()).state()));
        if (added.created()) {
            call.created("/api/v1/projects/" + project.id(), json);
        } else {
            call.ok(json);
        }
    }

    private static JsonObject json(Project project, Optional<Trust.State> state) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("id", project.id().toString())
                .add("path", project.path().toString())
                .add("name", project.name())
                .add("createdAt", Times.iso(project.createdAt()));
        state.ifPresent(known -> json.add("trust", known.wire()));
        project.retentionDays().ifPresent(days -> json.add("retentionDays", days));
        return json.build();
    }

    // ---- retention

    /** With the number of days asked for, also what that would mean now. */
    private void showRetention(Call call) {
        Project project = projects.get(projectId(call));
        Optional<Integer> days = call.number("days", Projects.LEAST_RETENTION, Projects.MOST_RETENTION)
                .map(Long::intValue);
        JsonObjectBuilder json = json(project);
        days.ifPresent(number -> json.add("days", number).add("sessionsDue", retention.due(project.id(), number)));
        call.ok(json.build());
    }

    private void putRetention(Call call) {
        Optional<Integer> days = call.body("retentionDays")
                .numberOrNull("retentionDays", Projects.LEAST_RETENTION, Projects.MOST_RETENTION);
        if (days.isPresent() && !forgets) {
            throw Problem.conflict(
                            "housekeeping-off",
                            "retentionDays: nothing would go here, since the daily housekeeping is switched off"
                                    + " (housekeeping.enabled). Whoever operates this server can switch it on.")
                    .with("field", "retentionDays");
        }
        call.ok(json(projects.retain(projectId(call), days, call.viewer().actor()))
                .build());
    }

    /** Null is for ever. */
    private static JsonObjectBuilder json(Project project) {
        JsonObjectBuilder json = Json.createObjectBuilder();
        project.retentionDays()
                .ifPresentOrElse(days -> json.add("retentionDays", days), () -> json.addNull("retentionDays"));
        return json;
    }

    // ---- trust

    private void showTrust(Call call) {
        answer(call, trust.view(projectId(call)));
    }

    private void putTrust(Call call) {
        String fingerprint = call.body("fingerprint").text("fingerprint", FINGERPRINT, FINGERPRINT);
        answer(call, trust.mark(projectId(call), fingerprint, call.viewer().actor()));
    }

    private void deleteTrust(Call call) {
        trust.withdraw(projectId(call), call.viewer().actor());
        call.noContent();
    }

    private static ProjectId projectId(Call call) {
        return ProjectId.parse(call.path("id"));
    }

    /** The files may hold secrets in their variables: their text, and the values, are for those who decide. */
    private static void answer(Call call, Trust.View view) {
        boolean decides = call.viewer().user().role() != Role.VIEWER;
        JsonObjectBuilder json =
                Json.createObjectBuilder().add("state", view.state().wire());
        view.reason().ifPresent(reason -> json.add("reason", reason));
        view.settings()
                .ifPresent(settings -> json.add("fingerprint", settings.fingerprint())
                        .add("summary", summary(settings, decides))
                        .add("files", files(settings, decides)));
        view.by().ifPresent(name -> json.add("trustedBy", name));
        view.at().ifPresent(at -> json.add("trustedAt", Times.iso(at)));
        call.ok(json.build());
    }

    private static JsonObject summary(RepositorySettings settings, boolean decides) {
        JsonArrayBuilder hooks = Json.createArrayBuilder();
        settings.hooks()
                .forEach(hook -> hooks.add(Json.createObjectBuilder()
                        .add("event", hook.event())
                        .add("matcher", hook.matcher())
                        .add("command", hook.command())
                        .add("file", hook.file())));
        JsonArrayBuilder servers = Json.createArrayBuilder();
        for (RepositorySettings.McpServer server : settings.mcpServers()) {
            JsonObjectBuilder json = Json.createObjectBuilder().add("name", server.name());
            if (server.url().isEmpty()) {
                json.add("commandLine", Json.createArrayBuilder(server.commandLine()));
            } else {
                json.add("url", server.url());
            }
            servers.add(json.add("environment", Json.createArrayBuilder(server.environment())));
        }
        JsonArrayBuilder variables = Json.createArrayBuilder();
        for (RepositorySettings.Variable variable : settings.environment()) {
            JsonObjectBuilder json =
                    Json.createObjectBuilder().add("name", variable.name()).add("file", variable.file());
            if (decides) {
                json.add("value", variable.value());
            }
            variables.add(json);
        }
        JsonArrayBuilder leftOut = Json.createArrayBuilder();
        settings.leftOut()
                .forEach(left -> leftOut.add(Json.createObjectBuilder()
                        .add("file", left.file())
                        .add("name", left.name())
                        .add("why", left.why())));
        return Json.createObjectBuilder()
                .add("hooks", hooks)
                .add("allow", Json.createArrayBuilder(settings.allow()))
                .add("ask", Json.createArrayBuilder(settings.ask()))
                .add("deny", Json.createArrayBuilder(settings.deny()))
                .add("mcpServers", servers)
                .add("environment", variables)
                .add("leftOut", leftOut)
                .add("others", Json.createArrayBuilder(settings.others()))
                .build();
    }

    private static JsonArrayBuilder files(RepositorySettings settings, boolean decides) {
        JsonArrayBuilder files = Json.createArrayBuilder();
        for (RepositorySettings.File file : settings.files()) {
            JsonObjectBuilder json = Json.createObjectBuilder()
                    .add("path", file.path())
                    .add("bytes", file.bytes())
                    .add("sha256", file.sha256());
            if (decides) {
                json.add("text", file.text());
            }
            files.add(json);
        }
        return files;
    }
}
