package dev.dashboard.cli;

import java.time.Duration;

/**
 * What a process and its descendants take.
 *
 * @param cpu processor time of those that live now
 * @param residentBytes memory; pages shared between them count for each
 * @param processes how many they are, the CLI included; 0 when it has ended
 */
public record ResourceUse(Duration cpu, long residentBytes, int processes) {
    public static final ResourceUse NONE = new ResourceUse(Duration.ZERO, 0, 0);
}
