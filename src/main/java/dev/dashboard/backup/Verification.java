package dev.dashboard.backup;

import dev.dashboard.audit.AuditAnchor.Anchor;
import dev.dashboard.audit.AuditCheck;
import dev.dashboard.audit.AuditLog;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Sha256;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import dev.dashboard.store.Reads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Looks through a database that nobody writes: pages, references, schema, the journal's numbers, the audit's chain. Opens it read only, and
 * leaves it as it was to the byte.
 *
 * @param oldestSchema the first that has all that is looked at
 * @param newestSchema the last that this program knows
 */
public record Verification(int oldestSchema, int newestSchema) {
    private static final int JOURNAL_DIGITS = 16;

    /**
     * @param anchors where the audit's chain is known to have been before the copy was taken
     * @throws Problem UNAVAILABLE {@code database-damaged}, {@code schema-newer}, {@code schema-older}, {@code journal-gap} or
     *     {@code audit-broken}, saying what was found first
     */
    public Contents of(Path file, List<Anchor> anchors) {
        try (Database database = Database.openReadOnly(file)) {
            List<String> faults = database.faults();
            if (!faults.isEmpty()) {
                throw fault("database-damaged", "The database is damaged: " + String.join("; ", faults) + ".");
            }
            int schema = schema(database);
            long events = database.snapshot(Verification::events);
            AuditCheck.Result audit = audit(database, anchors);
            return new Contents(
                    schema,
                    database.snapshot(Verification::journal),
                    events,
                    audit.records(),
                    audit.head().map(AuditLog.Head::hash).orElse(""),
                    database.snapshot(Verification::rows));
        }
    }

    /**
     * Looks a copy through and holds it to what was written down when it was taken. Bytes first: of a file that is another one nothing
     * is believed.
     *
     * @throws Problem UNAVAILABLE {@code snapshot-missing}, {@code snapshot-differs}, saying in what, or as {@link #of} says
     */
    public Contents compare(Path file, Manifest manifest) {
        try {
            if (!Files.isRegularFile(file)) {
                throw fault("snapshot-missing", "There is no " + file + ".");
            }
            same("bytes", manifest.bytes(), Files.size(file));
            same("SHA-256", manifest.sha256(), Snapshot.sha256(file));
        } catch (IOException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "snapshot-missing",
                            file + " cannot be read (" + e.getClass().getSimpleName() + ": " + e.getMessage() + ").")
                    .causedBy(e);
        }
        Contents found = of(file, List.of());
        Contents wanted = manifest.contents();
        same("schema", wanted.schema(), found.schema());
        if (!wanted.journal().isEmpty()) {
            same("journal", wanted.journal(), found.journal());
        }
        same("events", wanted.events(), found.events());
        same("audit records", wanted.auditRecords(), found.auditRecords());
        same("last hash of the audit", wanted.auditHash(), found.auditHash());
        same("rows", new TreeMap<>(wanted.rows()), new TreeMap<>(found.rows()));
        return found;
    }

    private static void same(String what, Object wanted, Object found) {
        if (!wanted.equals(found)) {
            throw fault(
                    "snapshot-differs",
                    "The snapshot is not what its manifest says: " + what + " should be " + wanted + " and is " + found
                            + ".");
        }
    }

    private int schema(Database database) {
        int schema = Migrations.present(database);
        if (schema > newestSchema) {
            throw fault(
                    "schema-newer",
                    "The database has schema " + schema + ", and this program knows schemas up to " + newestSchema
                            + ". Use the release that runs.");
        }
        if (schema < oldestSchema) {
            throw fault(
                    "schema-older",
                    "The database has schema " + schema + ", and this program looks through schemas from "
                            + oldestSchema + ". Use the release that wrote it.");
        }
        return schema;
    }

    /** How many, which is the number of the last one when none is missing. */
    private static long events(Reads reads) {
        record Numbers(long count, long first, long last) {}
        Numbers numbers = reads.first(
                        "SELECT count(*) AS n, coalesce(min(seq), 1) AS least, coalesce(max(seq), 0) AS most FROM events",
                        row -> new Numbers(row.longValue("n"), row.longValue("least"), row.longValue("most")))
                .orElseThrow();
        if (numbers.first() != 1 || numbers.last() != numbers.count()) {
            long missing = reads.first(
                            "SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM events WHERE seq = 1) THEN 1 ELSE (SELECT min(e.seq) + 1"
                                    + " FROM events e WHERE NOT EXISTS (SELECT 1 FROM events WHERE seq = e.seq + 1)) END AS seq",
                            row -> row.longValue("seq"))
                    .orElseThrow();
            throw fault(
                    "journal-gap",
                    "The journal has a gap: event " + missing + " is missing, and the last one is " + numbers.last()
                            + ".");
        }
        return numbers.count();
    }

    /** Without the event's data, in whose place a tombstone may come. */
    private static String journal(Reads reads) {
        return reads.first(
                        "SELECT time, session, actor, type FROM events WHERE seq = 1",
                        row -> Sha256.of(
                                        Long.toString(row.longValue("time")),
                                        row.optString("session").orElse(""),
                                        row.string("actor"),
                                        row.string("type"))
                                .substring(0, JOURNAL_DIGITS))
                .orElse("");
    }

    private static AuditCheck.Result audit(Database database, List<Anchor> anchors) {
        try (Feed feed = new Feed()) {
            Journal journal = new Journal(database, feed, List.of(), Clock.systemUTC());
            AuditCheck.Result result = new AuditCheck(new AuditLog(database), journal, () -> anchors).check();
            result.fault().ifPresent(broken -> {
                throw fault("audit-broken", "The audit is not whole at record " + broken.n() + ": " + broken.reason());
            });
            return result;
        }
    }

    private static Map<String, Long> rows(Reads reads) {
        Map<String, Long> rows = new TreeMap<>();
        List<String> tables = reads.list(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'",
                row -> row.string("name"));
        for (String table : tables) {
            String name = '"' + table.replace("\"", "\"\"") + '"';
            rows.put(
                    table,
                    reads.first("SELECT count(*) AS n FROM " + name, row -> row.longValue("n"))
                            .orElseThrow());
        }
        return rows;
    }

    private static Problem fault(String code, String message) {
        return new Problem(Problem.Kind.UNAVAILABLE, code, message);
    }
}
