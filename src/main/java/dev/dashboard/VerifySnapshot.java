package dev.dashboard;

import dev.dashboard.backup.Contents;
import dev.dashboard.backup.Manifest;
import dev.dashboard.backup.Verification;
import dev.dashboard.observe.Logs;
import dev.dashboard.problem.Problem;
import java.nio.file.Path;

/** {@code verify-snapshot --manifest FILE.json FILE}: whether a copy, restored for instance, still is what was taken. */
final class VerifySnapshot {
    private static final String USAGE = """
            usage: verify-snapshot --manifest FILE.json FILE
              Looks through FILE, a copy that "snapshot" has taken, and compares it with its manifest: size, SHA-256, schema, events,
              audit, rows of each table. Changes nothing, and needs to write nothing.
              Exit code: 0 the same, 1 not, or not sound, 64 wrong usage.""";
    private static final int SAME = 0;

    private VerifySnapshot() {}

    /** @return the exit code: 0 the same, 1 not, 64 wrong usage */
    static int run(String[] args) {
        if (args.length == 2 && args[1].equals("--help")) {
            System.out.println(USAGE);
            return SAME;
        }
        if (args.length != 4 || !args[1].equals("--manifest")) {
            System.err.println(USAGE);
            return Main.EXIT_USAGE;
        }
        Logs.startForCommand();
        try {
            Contents contents = new Verification(Schema.AUDIT_CHAIN, Schema.MIGRATIONS.size())
                    .compare(Path.of(args[3]), Manifest.read(Path.of(args[2])));
            System.out.println("the same: schema " + contents.schema() + ", " + contents.events() + " events, "
                    + contents.auditRecords() + " audit records");
            return SAME;
        } catch (Problem | java.io.UncheckedIOException e) {
            System.err.println("verify-snapshot: " + e.getMessage());
            return Main.EXIT_FAILURE;
        }
    }
}
