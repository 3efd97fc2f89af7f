package dev.dashboard;

import dev.dashboard.mask.Masking;
import dev.dashboard.observe.Logs;
import dev.dashboard.problem.Problem;
import dev.dashboard.runner.Keys;
import dev.dashboard.runner.Runner;
import dev.dashboard.runner.RunnerSettings;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/** {@code runner}: has the CLI's processes for a server; {@code runner-key}: makes the keys by which it knows that server. */
final class RunnerProgram {
    private static final String USAGE = "usage: runner (configured by its environment)";
    private static final String KEY_USAGE = "usage: runner-key --private FILE --public FILE";

    private RunnerProgram() {}

    /** Runs until it is told to stop. */
    static int run(String[] args) throws InterruptedException {
        if (args.length != 1) {
            System.err.println(USAGE);
            return Main.EXIT_USAGE;
        }
        try {
            RunnerSettings settings = RunnerSettings.read(System.getenv(), System.getProperty("user.name"));
            Logs.start(System.getenv().getOrDefault("DASHBOARD_LOG_LEVEL", "INFO"), false);
            Logs.mask(UnaryOperator.identity(), Masking.SHAPES_ALONE::mask);
            Runner runner = Runner.start(settings);
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
                        runner.leave();
                        Main.endInOrder();
                    }));
            System.out.println("Runner ready: " + settings.socket());
            new CountDownLatch(1).await();
            return 0;
        } catch (RunnerSettings.Faults faults) {
            System.err.println("runner: the configuration cannot be used:");
            faults.faults().forEach(fault -> System.err.println("  " + fault));
            return Main.EXIT_CONFIG;
        } catch (Problem problem) {
            System.err.println("runner: " + problem.getMessage());
            return Main.EXIT_FAILURE;
        }
    }

    static int makeKeys(String[] args) {
        if (args.length != 5 || !args[1].equals("--private") || !args[3].equals("--public")) {
            System.err.println(KEY_USAGE);
            return Main.EXIT_USAGE;
        }
        try {
            Keys.generate(Path.of(args[2]), Path.of(args[4]));
            System.out.println("The server's secret runner_key: " + args[2]);
            System.out.println("The runner's DASHBOARD_RUNNER_PUBLIC_KEY_FILE: " + args[4]);
            return 0;
        } catch (Problem problem) {
            System.err.println("runner-key: " + problem.getMessage());
            return Main.EXIT_FAILURE;
        }
    }
}
