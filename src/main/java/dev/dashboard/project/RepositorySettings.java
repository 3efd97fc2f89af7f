package dev.dashboard.project;

import jakarta.json.JsonObject;
import java.util.List;

/**
 * What the settings of a repository would have the CLI do, in words for people and as what the CLI is given. Immutable.
 *
 * @param fingerprint SHA-256 over names and contents of the files, in hexadecimal
 * @param allow rules as they are written
 * @param leftOut what stands in the files and is not loaded, trusted or not
 * @param others further things of the repository that a CLI by itself would load; not loaded either
 * @param cliSettings the same as the CLI's settings: {@code hooks, permissions, env}; made only of what is named here
 * @param cliMcpServers the same as the CLI's MCP servers, by name
 */
public record RepositorySettings(
        List<File> files,
        String fingerprint,
        List<Hook> hooks,
        List<String> allow,
        List<String> ask,
        List<String> deny,
        List<McpServer> mcpServers,
        List<Variable> environment,
        List<LeftOut> leftOut,
        List<String> others,
        JsonObject cliSettings,
        JsonObject cliMcpServers) {
    public RepositorySettings {
        files = List.copyOf(files);
        hooks = List.copyOf(hooks);
        allow = List.copyOf(allow);
        ask = List.copyOf(ask);
        deny = List.copyOf(deny);
        mcpServers = List.copyOf(mcpServers);
        environment = List.copyOf(environment);
        leftOut = List.copyOf(leftOut);
        others = List.copyOf(others);
    }

    /** @param sha256 of the content, in hexadecimal */
    public record File(String path, int bytes, String sha256, String text) {}

    /** @param matcher which calls it is about; empty for all */
    public record Hook(String event, String matcher, String command, String file) {}

    /**
     * @param commandLine program and arguments; empty for a remote server
     * @param url empty for a server that is started here
     * @param environment names of the variables that it is given; of a remote server, of the headers
     */
    public record McpServer(String name, List<String> commandLine, String url, List<String> environment) {
        public McpServer {
            commandLine = List.copyOf(commandLine);
            environment = List.copyOf(environment);
        }
    }

    /** A variable for the CLI, and so for each command, hook and MCP server. */
    public record Variable(String name, String value, String file) {}

    /** @param why a clause that goes on after the name */
    public record LeftOut(String file, String name, String why) {}

    /** Whether there is nothing to decide about: none of it would be loaded. */
    public boolean isEmpty() {
        return cliSettings.isEmpty() && cliMcpServers.isEmpty();
    }
}
