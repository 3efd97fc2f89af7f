package dev.dashboard.project;

import dev.dashboard.event.ProjectId;
import java.nio.file.Path;
import java.time.Instant;

/** A named directory people may work in; the path is real, without links. */
public record Project(ProjectId id, Path path, String name, Instant createdAt) {}
