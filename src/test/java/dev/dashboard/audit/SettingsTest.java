package dev.dashboard.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.Schema;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import dev.dashboard.support.TestClock;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A change of the configuration is on record as any other: at the start that it takes effect with. */
class SettingsTest {
    @TempDir
    Path dir;

    private Database db;
    private Feed feed;
    private Journal journal;
    private Settings settings;

    @BeforeEach
    void open() {
        db = Database.open(dir.resolve("dashboard.db"), 2);
        Migrations.apply(db, Schema.MIGRATIONS);
        feed = new Feed();
        journal = new Journal(db, feed, List.of(AuditLog.projection(), Settings.projection()), new TestClock());
        settings = new Settings(journal);
    }

    @AfterEach
    void close() {
        feed.close();
        db.close();
    }

    private List<String> audited() {
        return new AuditLog(db).after(0, 10).stream().map(AuditRecord::summary).toList();
    }

    @Test
    void theFirstStartRecordsThemAllAndTheNextOneNothing() {
        Map<String, String> first = IntStream.range(0, 50)
                .boxed()
                .collect(Collectors.toMap(number -> "a.key-" + number, number -> "value " + number));

        assertEquals(first.keySet(), settings.record(first));
        assertEquals(Set.of(), settings.record(first));

        assertEquals(List.of("started with 50 new or changed settings"), audited());
    }

    @Test
    void aChangeSaysWhatItWasAndWhatItIs() {
        settings.record(Map.of("server.port", "8080", "model.base-url", "", "demo", "false"));
        settings.record(Map.of("server.port", "8081", "model.base-url", "http://gateway", "demo", "false"));

        assertEquals(
                "started with other settings: model.base-url (none) → http://gateway, server.port 8080 → 8081",
                audited().getLast());
        assertEquals(
                new Event.ConfigurationChanged(
                        Map.of("server.port", "8080", "model.base-url", ""),
                        Map.of("server.port", "8081", "model.base-url", "http://gateway")),
                journal.after(1, 1).getFirst().event());
    }

    @Test
    void aKeyThatCameWithAnUpgradeHadNoValueBefore() {
        settings.record(Map.of("server.port", "8080"));
        settings.record(Map.of("server.port", "8080", "audit.anchor", "/elsewhere/anchor"));

        assertEquals(
                "started with other settings: audit.anchor (none) → /elsewhere/anchor",
                audited().getLast());
    }

    @Test
    void whatIsKnownComesFromTheJournalAlone() {
        settings.record(Map.of("server.port", "8080"));
        settings.record(Map.of("server.port", "8081"));

        journal.rebuild(Settings.projection());

        settings.record(Map.of("server.port", "8081"));
        assertEquals(2, journal.lastSeq());
    }
}
