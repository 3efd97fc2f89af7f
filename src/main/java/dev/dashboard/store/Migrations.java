package dev.dashboard.store;

import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brings the schema up to date: numbered SQL files of the class path, each once, in order, each in a transaction together with
 * its record in {@code schema_version}. What is applied is never changed; a new file is added instead.
 */
public final class Migrations {
    private static final Logger LOG = System.getLogger(Migrations.class.getName());
    private static final Pattern NAME = Pattern.compile("db/(\\d{3})-[a-z0-9-]+\\.sql");

    private Migrations() {}

    /**
     * Applies what is missing.
     *
     * @param resources all migrations, {@code db/001-….sql} and so on without a gap
     * @throws Problem UNAVAILABLE {@code schema-newer} when the file was written by a newer server, {@code migration-failed}
     *     when a migration did not work; the database is then as it was before that migration
     */
    public static void apply(Database db, List<String> resources) {
        checkNumbers(resources);
        int present = version(db);
        if (present > resources.size()) {
            throw new Problem(
                    Problem.Kind.UNAVAILABLE,
                    "schema-newer",
                    "The database has schema " + present + ", but this server knows schemas up to " + resources.size()
                            + ". Start the newer server, or restore a backup that this version made.");
        }
        for (int version = present + 1; version <= resources.size(); version++) {
            applyOne(db, version, resources.get(version - 1));
        }
    }

    private static void checkNumbers(List<String> resources) {
        for (int i = 0; i < resources.size(); i++) {
            Matcher matcher = NAME.matcher(resources.get(i));
            if (!matcher.matches() || Integer.parseInt(matcher.group(1)) != i + 1) {
                throw new IllegalArgumentException("migration " + (i + 1) + " must be named db/"
                        + "%03d".formatted(i + 1) + "-….sql, not " + resources.get(i));
            }
        }
    }

    private static int version(Database db) {
        db.write(tx -> tx.update("CREATE TABLE IF NOT EXISTS schema_version("
                + "version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT"));
        return present(db);
    }

    /** Which one the database has; changes nothing. 0 when it has none. */
    public static int present(Database db) {
        boolean none = db.list(
                        "SELECT 1 AS one FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'",
                        Map.of(),
                        row -> row.intValue("one"))
                .isEmpty();
        if (none) {
            return 0;
        }
        return db.first(
                        "SELECT coalesce(max(version), 0) AS version FROM schema_version",
                        Map.of(),
                        row -> row.intValue("version"))
                .orElse(0);
    }

    /**
     * Whether the database has what this program applies, under the names that it knows, and is still the one that was opened: empty when
     * it is, else a sentence for operators.
     *
     * @param resources as in {@link #apply}
     */
    public static Optional<String> fault(Database db, List<String> resources) {
        if (!db.isInPlace()) {
            return Optional.of(
                    "the database file was removed or replaced while the server runs; what is recorded now is lost at"
                            + " its end");
        }
        List<String> applied =
                db.list("SELECT name FROM schema_version ORDER BY version", Map.of(), row -> row.string("name"));
        return applied.equals(resources)
                ? Optional.empty()
                : Optional.of("the database has schema " + applied.size() + " (" + last(applied) + "), this program "
                        + resources.size() + " (" + last(resources) + ")");
    }

    private static String last(List<String> names) {
        return names.isEmpty() ? "none" : names.getLast();
    }

    private static void applyOne(Database db, int version, String resource) {
        String sql = text(resource);
        try {
            db.script(
                    sql,
                    tx -> tx.update(
                            "INSERT INTO schema_version(version, name, applied_at) VALUES (?, ?, ?)",
                            version,
                            resource,
                            Instant.now()));
        } catch (StoreException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "migration-failed",
                            "The migration " + resource
                                    + " does not work on this database, which is unchanged. Start the"
                                    + " server version that was used before, and report the log.")
                    .causedBy(e);
        }
        LOG.log(Level.INFO, "schema migrated version={0} name={1}", version, resource);
    }

    private static String text(String resource) {
        try (InputStream in = Migrations.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("migration " + resource + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
