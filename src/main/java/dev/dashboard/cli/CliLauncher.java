package dev.dashboard.cli;

import java.time.Instant;
import java.util.List;

/** Starts CLI processes. An interface because a process border is crossed: on this machine, or elsewhere. */
public interface CliLauncher {

    /**
     * Starts a process; returns when it exists, before it said anything.
     *
     * @throws dev.dashboard.problem.Problem UNAVAILABLE with a remedy: {@code cli-missing}, {@code cli-not-executable}, {@code
     *     cwd-missing}, {@code cli-start-failed}. Then nothing was started and the listener is never called
     */
    CliProcess start(CliCommand command, CliListener listener);

    /** Those that were started here and live, the oldest first. Any thread; nothing is read for it. */
    List<Running> running();

    /**
     * A process and what it takes.
     *
     * @param session as its command named it
     */
    record Running(String session, long pid, Instant startedAt, ResourceUse use) {}
}
