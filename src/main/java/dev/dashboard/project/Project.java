package dev.dashboard.project;

import dev.dashboard.event.ProjectId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * A named directory people may work in; the path is real, without links.
 *
 * @param retentionDays for how long contents of its sessions are kept after their last event; empty for ever
 */
public record Project(ProjectId id, Path path, String name, Instant createdAt, Optional<Integer> retentionDays) {}
