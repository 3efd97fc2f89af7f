package dev.dashboard.cli;

/** Starts CLI processes. An interface because a process border is crossed: on this machine, or elsewhere. */
public interface CliLauncher {

    /**
     * Starts a process; returns when it exists, before it said anything.
     *
     * @throws dev.dashboard.problem.Problem UNAVAILABLE with a remedy: {@code cli-missing}, {@code cli-not-executable}, {@code
     *     cwd-missing}, {@code cli-start-failed}. Then nothing was started and the listener is never called
     */
    CliProcess start(CliCommand command, CliListener listener);
}
