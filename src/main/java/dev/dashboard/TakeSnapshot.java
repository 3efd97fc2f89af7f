package dev.dashboard;

import dev.dashboard.backup.Manifest;
import dev.dashboard.backup.Snapshot;
import dev.dashboard.backup.Verification;
import dev.dashboard.observe.Logs;
import dev.dashboard.problem.Problem;
import java.nio.file.Path;
import java.time.Clock;

/** {@code snapshot --data DIR --to FILE}: a verified copy of the database, taken while the server runs or while it does not. */
final class TakeSnapshot {
    private static final String USAGE = """
            usage: snapshot --data DIR --to FILE
              Copies the database in DIR, which a server may be writing, to FILE, looks the copy through, and writes what is in it
              to stdout and to FILE.json. FILE and FILE.json must not be there. To be run as the server's user.
              Exit code: 0 taken, 1 not, and nothing is left of it, 64 wrong usage.""";
    private static final int TAKEN = 0;

    private TakeSnapshot() {}

    /** @return the exit code: 0 taken, 1 not, 64 wrong usage */
    static int run(String[] args) {
        if (args.length == 2 && args[1].equals("--help")) {
            System.out.println(USAGE);
            return TAKEN;
        }
        if (args.length != 5 || !args[1].equals("--data") || !args[3].equals("--to")) {
            System.err.println(USAGE);
            return Main.EXIT_USAGE;
        }
        Logs.startForCommand();
        try {
            Path data = Path.of(args[2]);
            Manifest manifest = new Snapshot(
                            new Verification(Schema.AUDIT_CHAIN, Schema.MIGRATIONS.size()),
                            App.version(),
                            Clock.systemUTC())
                    .take(data.resolve(DataFolder.DATABASE), data.resolve(DataFolder.AUDIT_ANCHOR), Path.of(args[4]));
            System.out.println(manifest.json());
            return TAKEN;
        } catch (Problem | java.io.UncheckedIOException e) {
            System.err.println("snapshot: " + e.getMessage());
            return Main.EXIT_FAILURE;
        }
    }
}
