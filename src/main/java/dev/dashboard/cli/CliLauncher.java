package dev.dashboard.cli;

import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import java.util.Optional;

/** Starts CLI processes, or takes them up again, wherever they are. Any thread. */
public final class CliLauncher {
    private final Custody custody;

    public CliLauncher(Custody custody) {
        this.custody = custody;
    }

    /**
     * Starts a process; returns when it exists, before it said anything.
     *
     * @throws dev.dashboard.problem.Problem as {@link Custody#start}: nothing was started and the listener is never called
     */
    public CliProcess start(Command command, CliListener listener) {
        CliProcess process = new CliProcess(command.session(), listener, 0);
        process.begin(custody.start(command, process.pipe()));
        return process;
    }

    /**
     * Takes a process up again that an earlier server had started.
     *
     * @param session names the threads
     * @param from the first byte of its output that is still wanted
     * @return empty when nobody knows it any more
     * @throws dev.dashboard.problem.Problem as {@link Custody#attach}
     */
    public Optional<CliProcess> attach(String session, String launch, long from, CliListener listener) {
        CliProcess process = new CliProcess(session, listener, from);
        return custody.attach(session, launch, from, process.pipe()).map(child -> {
            process.begin(child);
            return process;
        });
    }
}
