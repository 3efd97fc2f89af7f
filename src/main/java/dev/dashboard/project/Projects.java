package dev.dashboard.project;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.Projection;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Row;
import dev.dashboard.store.Transaction;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps and finds projects. The table is the projection {@link #projection()}; adding one goes through the journal. */
public final class Projects {
    private static final String COLUMNS = "id, path, name, created_at, retention_days";
    static final int MAX_LISTED = 1_000;

    /** Bounds of a retention, in days. */
    public static final int LEAST_RETENTION = 1;

    public static final int MOST_RETENTION = 3_650;

    private final Database database;
    private final Journal journal;
    private final Workspace workspace;

    public Projects(Database database, Journal journal, Workspace workspace) {
        this.database = database;
        this.journal = journal;
        this.workspace = workspace;
    }

    /** A project and whether this call made it. */
    public record Added(Project project, boolean created) {}

    /** Adds the folder, or finds the project that already stands for it: the same folder is never two projects. */
    public Added add(String folder, Actor actor) {
        Path path = workspace.allowed(folder);
        return journal.append(appender -> {
            Optional<Project> existing = appender.tx()
                    .first("SELECT " + COLUMNS + " FROM projects WHERE path = ?", Projects::project, path.toString());
            if (existing.isPresent()) {
                return new Added(existing.get(), false);
            }
            Event.ProjectAdded event = new Event.ProjectAdded(ProjectId.random(), path.toString(), nameOf(path));
            Envelope recorded = appender.record(new Draft(Optional.empty(), actor, event));
            return new Added(new Project(event.project(), path, event.name(), recorded.time(), Optional.empty()), true);
        });
    }

    private static String nameOf(Path path) {
        return path.getFileName() == null ? path.toString() : path.getFileName().toString();
    }

    /** Projects, and the number of the last event that they show. */
    public record Page(List<Project> projects, long seq) {}

    /** All projects by name, at most 1,000. */
    public Page all() {
        return database.snapshot(reads -> new Page(
                reads.list(
                        "SELECT " + COLUMNS + " FROM projects ORDER BY name, id LIMIT ?",
                        Projects::project,
                        MAX_LISTED),
                Journal.lastSeq(reads)));
    }

    public Project get(ProjectId id) {
        return database.first(
                        "SELECT " + COLUMNS + " FROM projects WHERE id = :id",
                        Map.of("id", id.toString()),
                        Projects::project)
                .orElseThrow(() -> unknown(id));
    }

    /**
     * Says for how long contents of its sessions are kept; what is due goes with the next run of the housekeeping. Nothing is recorded where
     * nothing changes.
     *
     * @param days {@link #LEAST_RETENTION} to {@link #MOST_RETENTION}; empty for ever
     */
    public Project retain(ProjectId id, Optional<Integer> days, Actor actor) {
        if (days.filter(number -> number < LEAST_RETENTION || number > MOST_RETENTION)
                .isPresent()) {
            throw Problem.invalid(
                            "field-value",
                            "retentionDays must be a whole number from " + LEAST_RETENTION + " to " + MOST_RETENTION
                                    + ".")
                    .with("field", "retentionDays");
        }
        return journal.append(appender -> {
            Project project = appender.tx()
                    .first("SELECT " + COLUMNS + " FROM projects WHERE id = ?", Projects::project, id.toString())
                    .orElseThrow(() -> unknown(id));
            if (!project.retentionDays().equals(days)) {
                Event event = new Event.ProjectRetentionChanged(id, project.name(), project.retentionDays(), days);
                appender.record(new Draft(Optional.empty(), actor, event));
            }
            return new Project(id, project.path(), project.name(), project.createdAt(), days);
        });
    }

    private static Problem unknown(ProjectId id) {
        return Problem.notFound("project-unknown", "There is no project " + id + ".");
    }

    public List<Path> roots() {
        return workspace.roots();
    }

    private static Project project(Row row) {
        return new Project(
                ProjectId.parse(row.string("id")),
                Path.of(row.string("path")),
                row.string("name"),
                Instant.ofEpochMilli(row.longValue("created_at")),
                row.optLong("retention_days").map(Long::intValue));
    }

    public static Projection projection() {
        return new Table();
    }

    private static final class Table implements Projection {
        @Override
        public String name() {
            return "projects";
        }

        @Override
        public void apply(Envelope envelope, Transaction tx) {
            if (envelope.event() instanceof Event.ProjectAdded added) {
                tx.update(
                        "INSERT INTO projects(id, path, name, created_at) VALUES (?, ?, ?, ?)",
                        added.project().toString(),
                        added.path(),
                        added.name(),
                        envelope.time().toEpochMilli());
            } else if (envelope.event() instanceof Event.ProjectTrusted trusted) {
                tx.update(
                        """
                        UPDATE projects SET trust_fingerprint = ?, trust_by = ?, trust_at = ?, trust_lost = NULL WHERE id = ?
                        """,
                        trusted.fingerprint(),
                        envelope.actor() instanceof Actor.Person person ? person.name() : null,
                        envelope.time().toEpochMilli(),
                        trusted.project().toString());
            } else if (envelope.event() instanceof Event.ProjectTrustWithdrawn withdrawn) {
                tx.update("""
                        UPDATE projects SET trust_fingerprint = NULL, trust_by = NULL, trust_at = NULL, trust_lost = ? WHERE id = ?
                        """, withdrawn.reason(), withdrawn.project().toString());
            } else if (envelope.event() instanceof Event.ProjectRetentionChanged changed) {
                tx.update(
                        "UPDATE projects SET retention_days = ? WHERE id = ?",
                        changed.days().orElse(null),
                        changed.project().toString());
            }
        }

        @Override
        public void clear(Transaction tx) {
            tx.update("DELETE FROM projects");
        }
    }
}
