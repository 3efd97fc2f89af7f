package dev.dashboard;

import dev.dashboard.audit.AuditAnchor;
import dev.dashboard.audit.AuditAnchor.Anchor;
import dev.dashboard.backup.Contents;
import dev.dashboard.backup.Verification;
import dev.dashboard.observe.Logs;
import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * {@code anchor-after-restore --database COPY --anchor FILE --to FILE --set NAME}: the anchor of the audit for an older copy of the database.
 * With the present one the server would say, rightly, that the end of the chain was cut off.
 */
final class AnchorAfterRestore {
    private static final String USAGE = """
            usage: anchor-after-restore --database COPY --anchor PRESENT --to FRESH --set NAME
              Writes to FRESH the anchor of the audit for COPY, a database that takes the place of a newer one: what PRESENT says of the
              records that COPY has, and a line that tells of the restore. PRESENT need not be there, and is not changed.
              Exit code: 0 written, 1 not, 64 wrong usage.""";
    private static final int WRITTEN = 0;
    private static final List<String> OPTIONS = List.of("--database", "--anchor", "--to", "--set");

    private AnchorAfterRestore() {}

    /** @return the exit code: 0 written, 1 not, 64 wrong usage */
    static int run(String[] args) {
        boolean known = args.length == 1 + 2 * OPTIONS.size() && args[8].matches("[\\w.-]{1,100}");
        for (int i = 0; known && i < OPTIONS.size(); i++) {
            known = args[1 + 2 * i].equals(OPTIONS.get(i));
        }
        if (!known) {
            System.err.println(USAGE);
            return Main.EXIT_USAGE;
        }
        Logs.startForCommand();
        try {
            System.out.println(write(Path.of(args[2]), Path.of(args[4]), Path.of(args[6]), args[8]));
            return WRITTEN;
        } catch (Problem | IOException | UncheckedIOException e) {
            System.err.println("anchor-after-restore: " + e.getMessage());
            return Main.EXIT_FAILURE;
        }
    }

    private static String write(Path copy, Path present, Path fresh, String set) throws IOException {
        Verification verification = new Verification(Schema.AUDIT_CHAIN, Schema.MIGRATIONS.size());
        Contents contents = verification.of(copy, List.of());
        List<Anchor> before = List.of();
        boolean same = false;
        try {
            before = AuditAnchor.read(present);
            same = isOf(verification, copy, within(before, contents.auditRecords()));
        } catch (Problem damaged) {
            // It proves nothing, and is kept elsewhere as it is.
            System.err.println("anchor-after-restore: " + damaged.getMessage());
        }
        String told = Clock.systemUTC().instant().truncatedTo(ChronoUnit.SECONDS) + " set " + set + ", "
                + contents.auditRecords() + " records " + contents.auditHash() + ", in place of " + of(before);
        long kept = AuditAnchor.afterRestore(present, fresh, same ? contents.auditRecords() : 0, told);
        return same
                ? kept + " of " + before.size() + " anchors are of records that the set has, and stay"
                : "the set has another audit than the present anchor: none of " + before.size() + " anchors stays";
    }

    private static List<Anchor> within(List<Anchor> anchors, long records) {
        return anchors.stream().filter(anchor -> anchor.n() <= records).toList();
    }

    private static boolean isOf(Verification verification, Path copy, List<Anchor> anchors) {
        try {
            verification.of(copy, anchors);
            return true;
        } catch (Problem other) {
            return false;
        }
    }

    private static String of(List<Anchor> before) {
        return before.isEmpty()
                ? "none"
                : before.getLast().n() + " records " + before.getLast().hash();
    }
}
