package dev.dashboard;

import dev.dashboard.config.AppConfig;
import dev.dashboard.config.ConfigFaults;
import dev.dashboard.config.ConfigLoader;
import dev.dashboard.observe.Logs;
import dev.dashboard.problem.Problem;
import java.util.concurrent.CountDownLatch;

/** Reads the configuration, starts {@link App}, waits for the stop signal, closes; or runs the subcommand that is named. */
public final class Main {
    /** The configuration cannot be used ({@code EX_CONFIG} of sysexits). */
    static final int EXIT_CONFIG = 78;

    static final int EXIT_FAILURE = 1;

    private Main() {}

    public static void main(String[] args) throws InterruptedException {
        if (args.length > 0) {
            System.exit(subcommand(args));
        }
        try {
            AppConfig config = ConfigLoader.load();
            Logs.start(config.logLevel());
            Logs.mask(App.masking(config)::maskKnown);
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
            System.err.println("dashboard: the configuration cannot be used:");
            faults.faults().forEach(fault -> System.err.println("  " + fault));
            System.exit(EXIT_CONFIG);
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
            case "runner" -> RunnerProgram.run(args);
            case "runner-key" -> RunnerProgram.makeKeys(args);
            default -> VerifyAudit.run(args);
        };
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
