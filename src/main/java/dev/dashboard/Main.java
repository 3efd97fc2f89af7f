package dev.dashboard;

import dev.dashboard.config.AppConfig;
import dev.dashboard.config.ConfigFaults;
import dev.dashboard.config.ConfigLoader;
import dev.dashboard.mask.Masking;
import dev.dashboard.observe.Logs;
import dev.dashboard.problem.Problem;
import java.util.concurrent.CountDownLatch;

/** Reads the configuration, starts {@link App}, waits for the stop signal, closes; or runs the subcommand that is named. */
public final class Main {
    /** The configuration cannot be used ({@code EX_CONFIG} of sysexits). */
    static final int EXIT_CONFIG = 78;

    static final int EXIT_FAILURE = 1;

    /** {@code EX_USAGE} of sysexits. */
    static final int EXIT_USAGE = 64;

    private Main() {}

    public static void main(String[] args) throws InterruptedException {
        if (args.length > 0 && args[0].equals("healthcheck")) {
            // Not exit: that asks for a logger first, and starting the log takes longer than all the rest of the check.
            Runtime.getRuntime().halt(Healthcheck.run(args));
        }
        if (args.length > 0) {
            System.exit(subcommand(args));
        }
        try {
            AppConfig config = ConfigLoader.load();
            Logs.start(config.log().level(), config.log().access());
            Masking masking = App.masking(config);
            Logs.mask(masking::maskKnown, masking::mask);
            App app = App.start(config);
            CountDownLatch closed = new CountDownLatch(1);
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
                        app.close();
                        closed.countDown();
                    }));
            announce(app);
            closed.await();
        } catch (ConfigFaults faults) {
            System.exit(tell(faults));
        } catch (Problem problem) {
            System.err.println("dashboard: " + problem.getMessage());
            System.exit(EXIT_FAILURE);
        }
    }

    /**
     * For a stop hook that has closed everything: the exit code is 0. Without it the JVM's own is 143, since a signal ended it; and what else
     * would run at the end is passed over.
     */
    static void endInOrder() {
        Runtime.getRuntime().halt(0);
    }

    private static int subcommand(String[] args) throws InterruptedException {
        return switch (args[0]) {
            case "anchor-after-restore" -> AnchorAfterRestore.run(args);
            case "check-config" -> checkConfig();
            case "hold" -> HoldData.run(args);
            case "runner" -> RunnerProgram.run(args);
            case "runner-key" -> RunnerProgram.makeKeys(args);
            case "snapshot" -> TakeSnapshot.run(args);
            case "verify-audit" -> VerifyAudit.run(args);
            case "verify-snapshot" -> VerifySnapshot.run(args);
            default -> {
                System.err.println("dashboard: there is no subcommand " + args[0]);
                System.err.println(
                        "Without one the server starts. There are anchor-after-restore, check-config, healthcheck, hold, runner, runner-key,"
                                + " snapshot, verify-audit, verify-snapshot.");
                yield EXIT_USAGE;
            }
        };
    }

    /** Reads configuration and secrets as a start would, and touches nothing: a deploy asks before it stops what runs. */
    private static int checkConfig() {
        try {
            ConfigLoader.load().notices().forEach(System.out::println);
            return 0;
        } catch (ConfigFaults faults) {
            return tell(faults);
        }
    }

    private static int tell(ConfigFaults faults) {
        System.err.println("dashboard: the configuration cannot be used:");
        faults.faults().forEach(fault -> System.err.println("  " + fault));
        return EXIT_CONFIG;
    }

    /** Read by people and by scripts; the first line is part of the contract of {@code scripts/start.sh}. */
    private static void announce(App app) {
        System.out.println("Dashboard ready: " + app.url());
        app.initialPassword().ifPresent(file -> {
            System.out.println("First sign-in: the administrator is called admin.");
            System.out.println("The one-time password lies in " + file + " and must be changed at the first sign-in.");
        });
    }
}
