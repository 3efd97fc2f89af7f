package dev.dashboard;

import dev.dashboard.gateway.Gateway;
import dev.dashboard.observe.Health.Check;
import dev.dashboard.observe.Health.Effect;
import dev.dashboard.observe.ThreadProbe;
import dev.dashboard.runner.RunnerCustody;
import dev.dashboard.session.CliHealth;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What is looked at to tell whether the server lives and may get requests. What a restart cures makes it dead, what it cannot serve
 * without makes it unready, and what only sessions need degrades it.
 */
final class HealthChecks {
    /** Between two questions to SQLite the writer computes for milliseconds. */
    static final Duration LONGEST_WORK = Duration.ofSeconds(60);

    /** The page that tells what to do about those without one of their own. */
    private static final String NOT_READY = "runbooks/DashboardNotReady.md";

    private HealthChecks() {}

    /** What the server cannot be without. */
    static List<Check> vital(Database database, DataFolder data, long diskFree) {
        return vital(database, data, diskFree, ThreadProbe.PATIENCE, LONGEST_WORK);
    }

    /** @param longestWork after which the writer counts as stuck */
    static List<Check> vital(
            Database database, DataFolder data, long diskFree, Duration threadPatience, Duration longestWork) {
        ThreadProbe threads = new ThreadProbe(threadPatience);
        return List.of(
                Check.known("threads", Effect.DEAD, "runbooks/SchedulerStarved.md", threads::fault),
                Check.known("writer", Effect.DEAD, NOT_READY, () -> database.writerFault(longestWork)),
                Check.asked(
                        "journal",
                        Effect.UNREADY,
                        "runbooks/JournalWriteFailing.md",
                        () -> database.writable() ? Optional.empty() : Optional.of("the journal cannot be written")),
                Check.asked("schema", Effect.UNREADY, NOT_READY, () -> Migrations.fault(database, Schema.MIGRATIONS)),
                Check.asked("disk", Effect.UNREADY, "runbooks/DiskFilling.md", () -> data.shortOf(diskFree)));
    }

    /** What sessions need. A runner and a gateway are looked at where there is one. */
    static List<Check> ofSessions(
            CliHealth cli, boolean credential, Optional<RunnerCustody> runner, Optional<Gateway> gateway) {
        List<Check> checks = new ArrayList<>();
        checks.add(Check.asked(
                "cli",
                Effect.DEGRADED,
                "runbooks/SessionsNotStarting.md",
                () -> cli.finding().message()));
        checks.add(Check.known(
                "credential",
                Effect.DEGRADED,
                "runbooks/CliSignedOut.md",
                () -> credential
                        ? Optional.empty()
                        : Optional.of("no credential for the model; provide the secret anthropic_api_key")));
        runner.ifPresent(
                one -> checks.add(Check.known("runner", Effect.DEGRADED, "runbooks/RunnerAway.md", one::fault)));
        gateway.ifPresent(
                one -> checks.add(Check.known("gateway", Effect.DEGRADED, "runbooks/ModelFailing.md", one::fault)));
        return List.copyOf(checks);
    }

    /**
     * What projects say of their contents while nothing lets them go.
     *
     * @param promised whether any project has a retention
     */
    static Check ofHousekeepingThatIsOff(BooleanSupplier promised) {
        return Check.asked(
                "housekeeping",
                Effect.DEGRADED,
                "runbooks/HousekeepingFailing.md",
                () -> promised.getAsBoolean()
                        ? Optional.of("projects have a retention, and what is due stays: the daily housekeeping is"
                                + " switched off (housekeeping.enabled)")
                        : Optional.empty());
    }
}
