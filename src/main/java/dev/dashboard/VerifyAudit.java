package dev.dashboard;

import dev.dashboard.audit.AuditAnchor;
import dev.dashboard.audit.AuditCheck;
import dev.dashboard.audit.AuditLog;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.observe.Logs;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/** {@code verify-audit --data DIR [--anchor FILE]}: whether the audit of a stopped server is whole. */
final class VerifyAudit {
    private static final String USAGE = "usage: verify-audit --data DIR [--anchor FILE]";
    private static final int WHOLE = 0;
    private static final int NOT_WHOLE = 1;

    private VerifyAudit() {}

    /** @return the exit code: 0 whole, 1 not, or not readable, 64 wrong usage */
    static int run(String[] args) {
        boolean known = args[0].equals("verify-audit")
                && (args.length == 3 || args.length == 5 && args[3].equals("--anchor"))
                && args[1].equals("--data");
        if (!known) {
            System.err.println(USAGE);
            return Main.EXIT_USAGE;
        }
        Path folder = Path.of(args[2]);
        if (Files.notExists(folder.resolve(DataFolder.DATABASE))) {
            System.err.println("verify-audit: there is no dashboard.db in " + folder);
            return Main.EXIT_USAGE;
        }
        Logs.startForCommand();
        try (DataFolder data = DataFolder.open(folder)) {
            return verify(data, args.length == 5 ? Path.of(args[4]) : data.auditAnchor());
        } catch (Problem | java.io.IOException e) {
            System.err.println("verify-audit: " + e.getMessage());
            return NOT_WHOLE;
        }
    }

    private static int verify(DataFolder data, Path anchor) {
        try (Database database = Database.open(data.database(), 1);
                Feed feed = new Feed()) {
            Migrations.apply(database, Schema.MIGRATIONS);
            Journal journal = new Journal(database, feed, List.of(), Clock.systemUTC());
            AuditCheck.Result result = new AuditCheck(new AuditLog(database), journal, anchor).check();
            result.head().ifPresent(head -> System.out.println("records " + head.n() + " hash " + head.hash()));
            System.out.println(result.anchored()
                    .map(last -> "anchored up to record " + last.n() + " at " + last.at())
                    .orElse("no anchor"));
            AuditAnchor.restores(anchor).forEach(restore -> System.out.println("restored " + restore));
            result.fault()
                    .ifPresent(fault -> System.out.println("NOT WHOLE at record " + fault.n() + ": " + fault.reason()));
            if (result.whole()) {
                System.out.println("whole");
            }
            return result.whole() ? WHOLE : NOT_WHOLE;
        }
    }
}
