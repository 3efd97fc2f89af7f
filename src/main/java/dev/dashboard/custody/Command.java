package dev.dashboard.custody;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One launch: program, arguments, the whole environment and the directory. No shell is involved, and nothing of the server's own
 * environment is passed on.
 */
public record Command(Path program, List<String> arguments, Map<String, String> environment, Path directory) {
    /** Marks the processes of one session, of one launch, of one dashboard; every child inherits the marks. */
    public static final String SESSION_MARK = "DASHBOARD_SESSION";

    public static final String LAUNCH_MARK = "DASHBOARD_LAUNCH";
    public static final String INSTANCE_MARK = "DASHBOARD_INSTANCE";

    public Command {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    public String session() {
        return environment.getOrDefault(SESSION_MARK, "unnamed");
    }

    /** Empty when there is no mark: then strays are found by descent alone. */
    public String launch() {
        return environment.getOrDefault(LAUNCH_MARK, "");
    }

    /** Without values of the environment: one may be a token. */
    @Override
    public String toString() {
        return "Command[program=" + program + ", arguments=" + arguments.size() + ", directory=" + directory + "]";
    }
}
