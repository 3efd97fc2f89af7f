package dev.dashboard.runner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a runner is started with, from its environment alone: it has no configuration files and no secrets. Checked once, every fault
 * with the name of its variable.
 *
 * @param socket where it listens; its folder is shared with the server
 * @param key the server's public key
 * @param peers users by name, or by number where they have none, that may connect
 * @param program the CLI
 * @param roots real paths of the folders in which it may work, they and what is below them
 * @param configDirectory the CLI's own folder
 * @param spool a folder of its own, for output that nobody has heard
 * @param spoolBytes of one process; full: the process waits
 * @param drain how long turns may run on once the runner is asked to stop
 * @param variables that the CLI gets from the runner, whatever the server says
 */
public record RunnerSettings(
        Path socket,
        PublicKey key,
        Set<String> peers,
        Path program,
        List<Path> roots,
        Path configDirectory,
        Path spool,
        int maxProcesses,
        long segmentBytes,
        long spoolBytes,
        Duration endOfInput,
        Duration terminate,
        Duration drain,
        Map<String, String> variables) {
    private static final long SEGMENT_BYTES = 8L << 20;
    /** Four of the longest lines. */
    private static final long SPOOL_BYTES = 256L << 20;

    private static final int MAX_PROCESSES = 20;
    private static final Duration STOP_STEP = Duration.ofSeconds(2);
    private static final Duration DRAIN = Duration.ofSeconds(60);
    private static final Duration LONGEST_DRAIN = Duration.ofHours(1);

    public RunnerSettings {
        peers = Set.copyOf(peers);
        roots = List.copyOf(roots);
        variables = Map.copyOf(variables);
    }

    /** What is wrong, a sentence each. */
    public static final class Faults extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient List<String> faults;

        Faults(List<String> faults) {
            super(String.join("; ", faults));
            this.faults = List.copyOf(faults);
        }

        public List<String> faults() {
            return faults;
        }
    }

    /**
     * @param ownUser the user of this process, who may connect where nobody is named
     * @throws Faults with all that is wrong
     */
    public static RunnerSettings read(Map<String, String> environment, String ownUser) {
        return new Reading(environment).settings(ownUser);
    }

    private static final class Reading {
        private final Map<String, String> environment;
        private final List<String> faults = new ArrayList<>();

        Reading(Map<String, String> environment) {
            this.environment = environment;
        }

        RunnerSettings settings(String ownUser) {
            Optional<Path> socket = path("DASHBOARD_RUNNER_SOCKET", "where to listen");
            Optional<PublicKey> key = key();
            Optional<Path> program = path("DASHBOARD_CLI_PATH", "the Claude CLI");
            Optional<Path> config = path("DASHBOARD_RUNNER_CONFIG_DIR", "the CLI's own folder (CLAUDE_CONFIG_DIR)");
            Optional<Path> spool = path("DASHBOARD_RUNNER_SPOOL_DIR", "a folder of its own for output not yet heard");
            List<Path> roots = roots();
            int processes = number("DASHBOARD_CLI_MAX_PROCESSES", MAX_PROCESSES, 1, 1000);
            long spoolMebibytes = number("DASHBOARD_RUNNER_SPOOL_MIB", (int) (SPOOL_BYTES >> 20), 80, 100_000);
            Duration drain = time("DASHBOARD_RUNNER_DRAIN", DRAIN, LONGEST_DRAIN);
            Set<String> peers = peers(ownUser);
            if (!faults.isEmpty()) {
                throw new Faults(faults);
            }
            return new RunnerSettings(
                    socket.orElseThrow(),
                    key.orElseThrow(),
                    peers,
                    program.orElseThrow(),
                    roots,
                    config.orElseThrow(),
                    spool.orElseThrow(),
                    processes,
                    SEGMENT_BYTES,
                    spoolMebibytes << 20,
                    STOP_STEP,
                    STOP_STEP,
                    drain,
                    variables(config.orElseThrow()));
        }

        private Map<String, String> variables(Path config) {
            String temporary = System.getProperty("java.io.tmpdir");
            return Map.of(
                    "HOME", config.toString(),
                    "PATH", value("PATH").orElse("/usr/local/bin:/usr/bin:/bin"),
                    "CLAUDE_CONFIG_DIR", config.toString(),
                    "TMPDIR", temporary,
                    "CLAUDE_CODE_TMPDIR", temporary);
        }

        private Optional<String> value(String name) {
            return Optional.ofNullable(environment.get(name)).map(String::strip).filter(text -> !text.isEmpty());
        }

        private Optional<Path> path(String name, String meaning) {
            Optional<String> text = value(name);
            if (text.isEmpty()) {
                faults.add(name + ": is missing; " + meaning);
                return Optional.empty();
            }
            return absolute(name, text.get());
        }

        private Optional<Path> absolute(String name, String text) {
            try {
                Path path = Path.of(text);
                if (path.isAbsolute()) {
                    return Optional.of(path);
                }
                faults.add(name + ": " + text + " must be an absolute path");
            } catch (InvalidPathException e) {
                faults.add(name + ": is no path (" + e.getReason() + ")");
            }
            return Optional.empty();
        }

        private Optional<PublicKey> key() {
            String name = "DASHBOARD_RUNNER_PUBLIC_KEY_FILE";
            Optional<Path> file = path(name, "the public half of the server's runner_key; make both with runner-key");
            if (file.isEmpty()) {
                return Optional.empty();
            }
            try {
                return Optional.of(Keys.publicKey(Files.readString(file.get())));
            } catch (IOException e) {
                faults.add(name + ": " + file.get() + " cannot be read");
            } catch (IllegalArgumentException e) {
                faults.add(name + ": " + file.get()
                        + " holds no public key of Ed25519 in Base64; make one with runner-key");
            }
            return Optional.empty();
        }

        private List<Path> roots() {
            String name = "DASHBOARD_PROJECTS_ROOTS";
            List<Path> roots = new ArrayList<>();
            for (String text : value(name).map(all -> all.split(",")).orElse(new String[0])) {
                absolute(name, text.strip()).ifPresent(root -> {
                    try {
                        roots.add(root.toRealPath());
                    } catch (IOException e) {
                        faults.add(name + ": there is no folder " + root);
                    }
                });
            }
            if (roots.isEmpty() && faults.stream().noneMatch(fault -> fault.startsWith(name))) {
                faults.add(name + ": is missing; the folders in which the CLI may work, with commas between them");
            }
            return roots;
        }

        private int number(String name, int usual, int least, int most) {
            Optional<String> text = value(name);
            if (text.isEmpty()) {
                return usual;
            }
            try {
                int number = Integer.parseInt(text.get());
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            faults.add(name + ": must be a number from " + least + " to " + most);
            return usual;
        }

        private Duration time(String name, Duration usual, Duration most) {
            Optional<String> text = value(name);
            if (text.isEmpty()) {
                return usual;
            }
            try {
                Duration time = Duration.parse(text.get());
                if (!time.isNegative() && time.compareTo(most) <= 0) {
                    return time;
                }
            } catch (DateTimeParseException e) {
                // said below
            }
            faults.add(name + ": must be a time from PT0S to " + most + ", such as PT60S");
            return usual;
        }

        private Set<String> peers(String ownUser) {
            Set<String> peers = new LinkedHashSet<>();
            value("DASHBOARD_RUNNER_PEERS")
                    .map(all -> all.split(","))
                    .ifPresent(names -> Arrays.stream(names)
                            .map(String::strip)
                            .filter(name -> !name.isEmpty())
                            .forEach(peers::add));
            return peers.isEmpty() ? Set.of(ownUser) : peers;
        }
    }
}
