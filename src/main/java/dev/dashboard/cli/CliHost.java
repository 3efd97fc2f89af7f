package dev.dashboard.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What all launches on this machine share; made once, at start.
 *
 * @param program the CLI's executable
 * @param configDirectory the CLI's own folder ({@code CLAUDE_CONFIG_DIR}): transcripts, its settings
 * @param temporaryDirectory where it and its commands put temporary files
 * @param home {@code HOME} of the CLI and its commands
 * @param path {@code PATH} of the same; must hold bash
 * @param baseUrl the Messages API; empty for the vendor's
 * @param settingSources which settings files load, of {@code user, project, local}; those of a repository can run commands
 * @param instance random, kept in the data folder: marks all processes of this dashboard
 * @param more further variables for the CLI, for instance a proxy; win over the usual ones, not over the markers
 */
public record CliHost(
        Path program,
        Path configDirectory,
        Path temporaryDirectory,
        Path home,
        String path,
        Optional<String> baseUrl,
        Credential credential,
        List<String> settingSources,
        String instance,
        Map<String, String> more) {
    public CliHost {
        settingSources = List.copyOf(settingSources);
        more = Map.copyOf(more);
    }

    /** Without the values of {@code more}: they may be secret. */
    @Override
    public String toString() {
        return "CliHost[program=" + program + ", configDirectory=" + configDirectory + ", more=" + more.keySet() + "]";
    }
}
