package dev.dashboard.browser;

import dev.dashboard.Schema;
import dev.dashboard.approval.Approvals;
import dev.dashboard.audit.AuditLog;
import dev.dashboard.audit.Settings;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.UserId;
import dev.dashboard.project.Projects;
import dev.dashboard.session.Prompts;
import dev.dashboard.session.SessionIndex;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A journal as the engine would have written it, made before a server starts on it: a parked session holds hundreds of texts at
 * once, which would take a CLI many minutes to say.
 */
final class HostileJournal implements AutoCloseable {
    static final Actor.Person MARA = new Actor.Person(UserId.parse("11111111-1111-4111-8111-111111111111"), "mara");

    private final Database database;
    private final Feed feed = new Feed();
    private final Journal journal;
    private final ProjectId project = new ProjectId(UUID.randomUUID());
    private final Path folder;
    private final List<Draft> recorded = new ArrayList<>();

    /** @param folder where its sessions work */
    HostileJournal(Path file, Path folder) {
        this.folder = folder;
        database = Database.open(file, 1);
        Migrations.apply(database, Schema.MIGRATIONS);
        journal = new Journal(
                database,
                feed,
                List.of(
                        Projects.projection(),
                        Approvals.projection(),
                        Prompts.projection(),
                        new SessionIndex(database).projection(),
                        AuditLog.projection(),
                        Settings.projection()),
                Clock.systemUTC());
        recorded.add(new Draft(
                Optional.empty(), MARA, new Event.ProjectAdded(project, folder.toString(), "sample-project")));
    }

    /** A session that rests, in which this place holds these texts. */
    SessionId session(HostilePlace place, List<HostileText> texts) {
        return session(
                "Hostile " + place,
                texts.stream()
                        .flatMap(text -> place.events(text).stream())
                        .map(event -> new Said(place.actor(event), event)));
    }

    /** A session that rests and has this title. */
    SessionId session(String title) {
        return session(title, Stream.empty());
    }

    /** A session that rests, in which Claude's side did this. */
    SessionId session(String title, List<Event> events) {
        return session(title, events.stream().map(event -> new Said(Actor.CLI, event)));
    }

    private record Said(Actor actor, Event event) {}

    private SessionId session(String title, Stream<Said> said) {
        SessionId session = new SessionId(UUID.randomUUID());
        List<Draft> drafts = new ArrayList<>();
        drafts.add(new Draft(
                Optional.of(session),
                MARA,
                new Event.SessionCreated(
                        project,
                        folder.toString(),
                        Optional.of(title),
                        Optional.empty(),
                        "default",
                        Optional.empty(),
                        MARA.id(),
                        Sharing.TEAM_WRITE)));
        said.forEach(one -> drafts.add(new Draft(Optional.of(session), one.actor(), one.event())));
        drafts.add(new Draft(
                Optional.of(session),
                Actor.SERVER,
                new Event.SessionEnded("parked", Optional.empty(), Event.Leftover.NONE)));
        recorded.addAll(drafts);
        return session;
    }

    /** Writes all of it. */
    @Override
    public void close() {
        journal.append(recorded);
        feed.close();
        database.close();
    }
}
