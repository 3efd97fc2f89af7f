package dev.dashboard.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that is configured, checked and immutable; {@code config/application.yaml} says what each key means. Printing it
 * shows no secret.
 *
 * @param auditAnchor empty: in the data folder
 * @param demoPace factor on the demo model's delays: 1 is a human pace, 0 is none
 * @param sessionSharing {@code private, team-read, team-write}: who comes to a session whose creator says nothing of it
 * @param approvalsExpireAfter zero is never
 * @param tracesUrl empty: no traces
 * @param settings every key as text, as an operator would write it; of a secret, whether there is one
 * @param effective the same in the order of the keys, with where each value came from; and what names the files
 * @param notices what an operator should know though it stops nothing, for the log
 */
public record AppConfig(
        Profile profile,
        Server server,
        Management management,
        Path dataDir,
        List<Path> projectRoots,
        Optional<Path> auditAnchor,
        boolean demo,
        double demoPace,
        Cli cli,
        Runner runner,
        String sessionSharing,
        Duration approvalsExpireAfter,
        Optional<URI> modelBaseUrl,
        Gateway gateway,
        Auth auth,
        Limits limits,
        Stream stream,
        Log log,
        Optional<URI> tracesUrl,
        Housekeeping housekeeping,
        Secrets secrets,
        Map<String, String> settings,
        List<Setting> effective,
        List<String> notices) {

    public AppConfig {
        projectRoots = List.copyOf(projectRoots);
        settings = Map.copyOf(settings);
        effective = List.copyOf(effective);
        notices = List.copyOf(notices);
    }

    /**
     * A value that holds.
     *
     * @param value as an operator would write it; of a secret {@code present} or {@code missing}
     * @param source {@code system property}, {@code environment DASHBOARD_X}, the name of a file, or {@code default}
     */
    public record Setting(String key, String value, String source) {}

    /** Which set of rules holds. */
    public enum Profile {
        DEV,
        STAGING,
        PRODUCTION
    }

    /**
     * @param port 0 takes a free one
     * @param drainHold after the stop signal: how long it is only unready
     * @param drainTurns then: how long turns may run on that would end with the server
     */
    public record Server(
            String host,
            int port,
            List<String> allowedHosts,
            List<Network> trustedProxies,
            Optional<URI> publicUrl,
            Duration drainHold,
            Duration drainTurns) {
        public Server {
            allowedHosts = List.copyOf(allowedHosts);
            trustedProxies = List.copyOf(trustedProxies);
        }

        /** Whether browsers reach the server by TLS (of the proxy in front). */
        public boolean tls() {
            return publicUrl.map(url -> url.getScheme().equals("https")).orElse(false);
        }
    }

    public record Management(String host, int port) {}

    /**
     * @param path empty: {@code claude} on the PATH
     * @param parallelStarts 0 is the number of cores
     * @param idleParking zero is never, as for the one when full
     * @param maxRetries how often the CLI tries a request to the model again; 0 is never
     * @param stallInterrupts whether a turn in which the model is silent is cut
     */
    public record Cli(
            Optional<Path> path,
            int maxProcesses,
            int parallelStarts,
            int maxQueued,
            int maxRetries,
            Duration idleParking,
            Duration idleParkingWhenFull,
            Duration stallAfter,
            boolean stallInterrupts,
            Duration initializeTimeout,
            List<String> settingSources,
            Duration stopInterrupt,
            Duration stopEndOfInput,
            Duration stopTerminate,
            Duration orphanPatience) {
        public Cli {
            settingSources = List.copyOf(settingSources);
        }
    }

    /**
     * @param socket where the runner listens that has the CLI's processes; empty: they are the server's own
     * @param user whose the runner must be; empty: not looked at
     * @param patience how long the runner may be away before its processes count as lost
     */
    public record Runner(Optional<Path> socket, Optional<String> user, Duration patience) {}

    /**
     * @param port 0 takes a free one
     * @param url how a CLI comes to it; empty: by loopback
     * @param maxRequests at once
     */
    public record Gateway(boolean enabled, String host, int port, Optional<URI> url, int maxRequests) {}

    /** The two numbers are refused sign-ins a minute. */
    public record Auth(
            Duration accessToken, Duration refreshToken, Duration longestSignIn, int perName, int perAddress) {}

    /** Sizes in bytes. */
    public record Limits(
            int prompt,
            int requestBody,
            int requestHeaders,
            Duration requestTime,
            int connections,
            int writesPerMinute,
            long diskFree) {}

    /**
     * @param level of the dashboard's own code: {@code ERROR, WARN, INFO, DEBUG}
     * @param access whether answered requests are logged, one line each
     */
    public record Log(String level, boolean access) {}

    public record Stream(Duration heartbeat, Duration stuckWrite, int maxSubscribers, int perPerson) {}

    /**
     * Sizes in bytes.
     *
     * @param enabled whether there is a run each day
     * @param hour at which it begins, UTC
     * @param walKept a larger write-ahead log is cut when nobody uses it
     * @param freeKept free space in the database file that is not given back to the disk
     */
    public record Housekeeping(boolean enabled, int hour, long walKept, long freeKept) {}

    /** What stands in secret files; the CLI reads its own from {@code directory} where no gateway does it for it. */
    public record Secrets(
            Path directory,
            Secret jwt,
            Optional<Secret> jwtPrevious,
            Optional<Secret> anthropicApiKey,
            Optional<Secret> claudeCodeOauthToken,
            Optional<Secret> runnerKey) {

        /** Those that there are, for whoever must know them when they turn up where they should not. */
        public List<String> revealed() {
            return List.of(Optional.of(jwt), jwtPrevious, anthropicApiKey, claudeCodeOauthToken, runnerKey).stream()
                    .flatMap(Optional::stream)
                    .map(Secret::reveal)
                    .toList();
        }
    }
}
