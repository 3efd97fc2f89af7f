package dev.dashboard.custody;

import java.time.Duration;

/**
 * What a process and its descendants take.
 *
 * @param cpu processor time of all that were ever seen there, so it never falls; of one that has ended, up to the last look
 * @param residentBytes memory; pages shared between them count for each
 * @param processes how many live, the CLI included; 0 when it has ended
 * @param cpuPercent of one core, over the last seconds; 200 is two cores. 0 until there were two seconds to measure
 */
public record ResourceUse(Duration cpu, long residentBytes, int processes, int cpuPercent) {
    public static final ResourceUse NONE = new ResourceUse(Duration.ZERO, 0, 0, 0);
}
