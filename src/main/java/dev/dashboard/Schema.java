package dev.dashboard;

import java.util.List;

/** The database's migrations, in order; a landed one is never changed. */
public final class Schema {
    public static final List<String> MIGRATIONS = List.of(
            "db/001-journal.sql",
            "db/002-auth.sql",
            "db/003-sessions.sql",
            "db/004-team.sql",
            "db/005-people.sql",
            "db/006-audit.sql",
            "db/007-settings.sql",
            "db/008-tokens.sql",
            "db/009-audit-chain.sql",
            "db/010-launches.sql",
            "db/011-trust.sql",
            "db/012-retention.sql",
            "db/013-last-turn.sql");

    /** Since this one the audit is a chain over what the journal stores. */
    public static final int AUDIT_CHAIN = 9;

    private Schema() {}
}
