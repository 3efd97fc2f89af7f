package dev.dashboard.custody;

/**
 * Identifies a process until the machine restarts: numbers are used again, a number with its start time is not.
 *
 * @param startTicks clock ticks between the start of the machine and of the process, from {@code /proc/PID/stat}; exact, and not
 *     moved by changes of the clock
 */
public record ProcessId(long pid, long startTicks) {}
