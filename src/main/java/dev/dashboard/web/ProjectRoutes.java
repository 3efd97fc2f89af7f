package dev.dashboard.web;

import dev.dashboard.auth.Rule;
import dev.dashboard.project.Project;
import dev.dashboard.project.Projects;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.util.List;

/** Folders that people may work in. */
public final class ProjectRoutes {
    private static final int BODY = 16 * 1024;
    private static final int MAX_PATH = 4_096;

    private final Projects projects;

    public ProjectRoutes(Projects projects) {
        this.projects = projects;
    }

    public List<Route> routes() {
        return List.of(
                Route.get("/api/v1/projects", Rule.SIGNED_IN, this::list),
                Route.post("/api/v1/projects", Rule.OPERATOR, BODY, this::add));
    }

    private void list(Call call) {
        Projects.Page page = projects.all();
        JsonArrayBuilder list = Json.createArrayBuilder();
        page.projects().forEach(project -> list.add(json(project)));
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
        if (added.created()) {
            call.created("/api/v1/projects/" + added.project().id(), json(added.project()));
        } else {
            call.ok(json(added.project()));
        }
    }

    private static JsonObject json(Project project) {
        return Json.createObjectBuilder()
                .add("id", project.id().toString())
                .add("path", project.path().toString())
                .add("name", project.name())
                .add("createdAt", Times.iso(project.createdAt()))
                .build();
    }
}
