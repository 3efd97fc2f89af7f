package dev.dashboard.project;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.ProjectId;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Row;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a person has seen what a project's settings would run, and said yes. Any thread.
 *
 * <p>What was said yes to is remembered as the fingerprint of the files alone. Whoever needs the settings reads the files anew, and what
 * has that fingerprint is what was shown: there is no moment between a check and a use in which they can be exchanged.
 */
public final class Trust {
    /** Of all projects of a list together; those after it are not looked at. */
    static final int MOST_LISTED_BYTES = 8 * 1024 * 1024;

    private static final String COLUMNS = "id, name, trust_fingerprint, trust_by, trust_at, trust_lost";

    private final Database database;
    private final Journal journal;
    private final Projects projects;
    private final Workspace workspace;

    public Trust(Database database, Journal journal, Projects projects, Workspace workspace) {
        this.database = database;
        this.journal = journal;
        this.projects = projects;
        this.workspace = workspace;
    }

    /** How it stands with a project. */
    public enum State {
        /** The repository brings nothing that would be loaded. */
        NOTHING_TO_LOAD("nothing-to-load"),
        UNTRUSTED("untrusted"),
        TRUSTED("trusted"),
        /** It was trusted, and is not what was trusted any more. */
        CHANGED("changed"),
        /** It cannot be read or understood, so nobody can trust it. */
        UNREADABLE("unreadable");

        private final String wire;

        State(String wire) {
            this.wire = wire;
        }

        public String wire() {
            return wire;
        }
    }

    /**
     * @param reason why it is unreadable, as a sentence for people
     * @param settings present but when it is unreadable
     * @param by who trusts it, while it is trusted
     */
    public record View(
            State state,
            Optional<String> reason,
            Optional<RepositorySettings> settings,
            Optional<String> by,
            Optional<Instant> at) {}

    /**
     * What a session is started with.
     *
     * @param settings what to load; empty when nothing may be
     * @param notice what to tell the session's people, when what was trusted is not loaded any more
     */
    public record Launch(Optional<RepositorySettings> settings, Optional<String> notice) {}

    /** What is recorded. {@code lost}: why it is not trusted any more, as in {@code ProjectTrustWithdrawn}. */
    private record Mark(
            ProjectId project,
            String name,
            Optional<String> fingerprint,
            Optional<String> by,
            Optional<Instant> at,
            Optional<String> lost) {
        boolean lostByChange() {
            return lost.filter(CHANGED::equals).isPresent();
        }
    }

    private static final String CHANGED = "changed";
    private static final String BY_PERSON = "person";

    /** One reading of the files. */
    private sealed interface Reading {
        record Understood(RepositorySettings settings) implements Reading {}

        record NotUnderstood(String reason) implements Reading {}
    }

    /** Reads the project's files. */
    public View view(ProjectId id) {
        Path folder = projects.get(id).path();
        return view(mark(id), read(folder));
    }

    private static View view(Mark mark, Reading reading) {
        return switch (reading) {
            case Reading.NotUnderstood(var reason) ->
                new View(State.UNREADABLE, Optional.of(reason), Optional.empty(), Optional.empty(), Optional.empty());
            case Reading.Understood(var settings) -> {
                State state = state(mark, settings);
                boolean trusted = state == State.TRUSTED;
                yield new View(
                        state,
                        Optional.empty(),
                        Optional.of(settings),
                        mark.by().filter(_ -> trusted),
                        mark.at().filter(_ -> trusted));
            }
        };
    }

    private static State state(Mark mark, RepositorySettings settings) {
        if (settings.isEmpty()) {
            return State.NOTHING_TO_LOAD;
        }
        if (mark.fingerprint().isEmpty()) {
            return mark.lostByChange() ? State.CHANGED : State.UNTRUSTED;
        }
        return mark.fingerprint().get().equals(settings.fingerprint()) ? State.TRUSTED : State.CHANGED;
    }

    /** The states of the projects that {@link Projects#all} lists; without those that come after {@link #MOST_LISTED_BYTES} were read. */
    public Map<ProjectId, State> states(List<Project> listed) {
        Map<ProjectId, Mark> marks = new HashMap<>();
        database.list(
                        "SELECT " + COLUMNS + " FROM projects ORDER BY name, id LIMIT :most",
                        Map.of("most", Projects.MAX_LISTED),
                        Trust::mark)
                .forEach(mark -> marks.put(mark.project(), mark));
        Map<ProjectId, State> states = new HashMap<>();
        long read = 0;
        for (Project project : listed) {
            Mark mark = marks.get(project.id());
            if (mark == null || read > MOST_LISTED_BYTES) {
                continue;
            }
            Reading reading = read(project.path());
            states.put(project.id(), view(mark, reading).state());
            read += switch (reading) {
                case Reading.Understood(var settings) ->
                    settings.files().stream()
                            .mapToLong(RepositorySettings.File::bytes)
                            .sum();
                // As much as may have been read before it was given up.
                case Reading.NotUnderstood _ -> RepositoryFiles.MOST_BYTES;
            };
        }
        return states;
    }

    /**
     * Records that this person trusts what has this fingerprint. The same again is no news and records nothing.
     *
     * @throws Problem CONFLICT {@code trust-outdated} with the present {@code fingerprint} when the files are not those that were shown, or
     *     {@code trust-impossible} when they cannot be read or bring nothing
     */
    public View mark(ProjectId id, String fingerprint, Actor.Person person) {
        Path folder = projects.get(id).path();
        RepositorySettings settings = switch (read(folder)) {
            case Reading.NotUnderstood(var reason) ->
                throw Problem.conflict("trust-impossible", "These settings cannot be trusted. " + reason);
            case Reading.Understood(var understood) -> understood;
        };
        if (!settings.fingerprint().equals(fingerprint)) {
            throw Problem.conflict(
                            "trust-outdated",
                            "The project’s settings are not those that were shown any more. Look at them again.")
                    .with("fingerprint", settings.fingerprint());
        }
        if (settings.isEmpty()) {
            throw Problem.conflict("trust-impossible", "This project brings no settings that would be loaded.");
        }
        List<String> files =
                settings.files().stream().map(RepositorySettings.File::path).toList();
        journal.append(appender -> {
            Mark mark = appender.tx()
                    .first("SELECT " + COLUMNS + " FROM projects WHERE id = ?", Trust::mark, id.toString())
                    .orElseThrow();
            if (!mark.fingerprint().equals(Optional.of(fingerprint))) {
                appender.record(new Draft(
                        Optional.empty(),
                        person,
                        new Event.ProjectTrusted(id, mark.name(), settings.fingerprint(), files)));
            }
            return mark;
        });
        return view(mark(id), new Reading.Understood(settings));
    }

    /** Records that it is not trusted any more; what is not trusted stays so, and nothing is recorded. Processes that run keep what they have. */
    public void withdraw(ProjectId id, Actor.Person person) {
        projects.get(id);
        withdraw(id, Optional.empty(), person, BY_PERSON);
    }

    /** @param only withdrawn while this is what is trusted: in between somebody may have looked, and said yes to what is new */
    private void withdraw(ProjectId id, Optional<String> only, Actor actor, String reason) {
        journal.append(appender -> {
            Mark mark = appender.tx()
                    .first("SELECT " + COLUMNS + " FROM projects WHERE id = ?", Trust::mark, id.toString())
                    .orElseThrow();
            if (mark.fingerprint().isPresent()
                    && (only.isEmpty() || mark.fingerprint().equals(only))) {
                appender.record(
                        new Draft(Optional.empty(), actor, new Event.ProjectTrustWithdrawn(id, mark.name(), reason)));
            }
            return mark;
        });
    }

    /** What a process of this project is started with now. What is not what was trusted is recorded as not trusted any more. */
    public Launch launch(ProjectId id) {
        Mark mark = mark(id);
        if (mark.fingerprint().isEmpty() && !mark.lostByChange()) {
            return new Launch(Optional.empty(), Optional.empty());
        }
        Reading reading = read(projects.get(id).path());
        if (mark.fingerprint().isPresent()) {
            if (reading instanceof Reading.Understood(var settings)
                    && mark.fingerprint().get().equals(settings.fingerprint())) {
                return new Launch(Optional.of(settings), Optional.empty());
            }
            withdraw(id, mark.fingerprint(), Actor.SERVER, CHANGED);
        }
        return new Launch(Optional.empty(), Optional.of(notLoaded(reading)));
    }

    private static String notLoaded(Reading reading) {
        String what =
                "The project’s own settings have changed since they were trusted, so this process runs without them"
                        + " (hooks, permission rules, MCP servers, environment).";
        return switch (reading) {
            case Reading.NotUnderstood(var reason) -> what + " They cannot be trusted as they are: " + reason;
            case Reading.Understood(var settings) ->
                settings.isEmpty()
                        ? what + " There are none any more."
                        : what
                                + " Somebody who has reviewed and trusted them can stop and resume the session to load them.";
        };
    }

    private Reading read(Path known) {
        try {
            Path folder = workspace.still(known);
            return new Reading.Understood(SettingsParser.parse(folder, RepositoryFiles.read(folder)));
        } catch (RepositoryFiles.Refused e) {
            return new Reading.NotUnderstood(e.getMessage());
        } catch (Problem e) {
            return new Reading.NotUnderstood("The project’s folder is not there, or not allowed any more.");
        }
    }

    private Mark mark(ProjectId id) {
        return database.first(
                        "SELECT " + COLUMNS + " FROM projects WHERE id = :id", Map.of("id", id.toString()), Trust::mark)
                .orElseThrow(() -> Problem.notFound("project-unknown", "There is no project " + id + "."));
    }

    private static Mark mark(Row row) {
        return new Mark(
                ProjectId.parse(row.string("id")),
                row.string("name"),
                row.optString("trust_fingerprint"),
                row.optString("trust_by"),
                row.optInstant("trust_at"),
                row.optString("trust_lost"));
    }
}
