package dev.dashboard.config;

import dev.dashboard.config.AppConfig.Profile;
import dev.dashboard.config.AppConfig.Setting;
import dev.dashboard.config.Layers.Found;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts to typed values. A bad one becomes a fault and a stand-in, so that the reading goes on to the next fault. */
final class Values {
    /** All keys; the environment's names are built from them, and everything else is a fault. */
    static final Set<String> KEYS = Set.of(
            "server.host",
            "server.port",
            "server.allowed-hosts",
            "server.trusted-proxies",
            "server.public-url",
            "server.drain-hold",
            "server.drain-turns",
            "management.host",
            "management.port",
            "data.dir",
            "projects.roots",
            "demo",
            "demo-pace",
            "audit.anchor",
            "cli.path",
            "cli.max-processes",
            "cli.parallel-starts",
            "cli.max-queued",
            "cli.max-retries",
            "cli.idle-parking",
            "cli.idle-parking-when-full",
            "cli.stall.after",
            "cli.stall.action",
            "cli.initialize-timeout",
            "cli.setting-sources",
            "cli.stop.interrupt",
            "cli.stop.end-of-input",
            "cli.stop.terminate",
            "cli.orphan-patience",
            "runner.socket",
            "runner.user",
            "runner.patience",
            "sessions.sharing",
            "approvals.expire-after",
            "model.base-url",
            "gateway.enabled",
            "gateway.host",
            "gateway.port",
            "gateway.url",
            "gateway.max-requests",
            "auth.access-token",
            "auth.refresh-token",
            "auth.longest-sign-in",
            "auth.login.per-name-per-minute",
            "auth.login.per-address-per-minute",
            "limits.prompt",
            "limits.request-body",
            "limits.request-headers",
            "limits.request-time",
            "limits.connections",
            "limits.writes-per-minute",
            "limits.disk-free",
            "stream.heartbeat",
            "stream.stuck-write",
            "stream.max-subscribers",
            "stream.per-person",
            "log.level",
            "log.access",
            "traces.url",
            "housekeeping.enabled",
            "housekeeping.hour",
            "housekeeping.wal-kept",
            "housekeeping.free-kept");

    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})\\s*(|KiB|MiB|GiB)");
    private static final Map<String, Long> UNITS = Map.of("", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);
    private static final Duration DAY = Duration.ofDays(1);

    private final Layers layers;
    private final List<String> faults;

    Values(Layers layers, List<String> faults) {
        this.layers = layers;
        this.faults = faults;
    }

    /** @param others of what stands in no layer */
    AppConfig config(Profile profile, AppConfig.Secrets secrets, List<Setting> others, List<String> notices) {
        noticeOpenKey(secrets, notices);
        return new AppConfig(
                profile,
                server(),
                new AppConfig.Management(host("management.host"), number("management.port", 0, 65_535)),
                path("data.dir", text("data.dir")).orElse(Path.of("data")).toAbsolutePath(),
                roots(),
                optPath("audit.anchor"),
                flag("demo"),
                factor("demo-pace", 100),
                cli(),
                runner(),
                oneOf("sessions.sharing", Set.of("private", "team-read", "team-write")),
                time("approvals.expire-after", Duration.ZERO, DAY.multipliedBy(30)),
                url("model.base-url"),
                new AppConfig.Gateway(
                        flag("gateway.enabled"),
                        host("gateway.host"),
                        number("gateway.port", 0, 65_535),
                        url("gateway.url"),
                        number("gateway.max-requests", 1, 10_000)),
                auth(),
                limits(),
                new AppConfig.Stream(
                        time("stream.heartbeat", Duration.ofMillis(100), Duration.ofMinutes(1)),
                        time("stream.stuck-write", Duration.ofMillis(100), Duration.ofMinutes(10)),
                        number("stream.max-subscribers", 1, 100_000),
                        number("stream.per-person", 1, 100_000)),
                new AppConfig.Log(oneOf("log.level", Set.of("ERROR", "WARN", "INFO", "DEBUG")), flag("log.access")),
                url("traces.url"),
                new AppConfig.Housekeeping(
                        flag("housekeeping.enabled"),
                        number("housekeeping.hour", 0, 23),
                        size("housekeeping.wal-kept", 0, 1L << 40),
                        size("housekeeping.free-kept", 0, 1L << 40)),
                secrets,
                settings(profile, secrets),
                effective(others),
                notices);
    }

    private void noticeOpenKey(AppConfig.Secrets secrets, List<String> notices) {
        boolean gateway = text("gateway.enabled").equals("true");
        if (!gateway && secrets.anthropicApiKey().isPresent()) {
            notices.add("gateway.enabled: without the gateway every command that the model runs can read the API key");
        } else if (secrets.anthropicApiKey().isEmpty()
                && secrets.claudeCodeOauthToken().isPresent()) {
            notices.add(
                    "claude-code-oauth-token: every command that the model runs can read it; an API key stays behind"
                            + " the gateway");
        }
    }

    private Map<String, String> settings(Profile profile, AppConfig.Secrets secrets) {
        Map<String, String> settings = new HashMap<>();
        KEYS.forEach(key -> settings.put(key, layers.find(key).map(Found::text).orElse("")));
        settings.put("profile", profile.name().toLowerCase(Locale.ROOT));
        settings.put("jwt-secret-previous", presence(secrets.jwtPrevious()));
        settings.put("anthropic-api-key", presence(secrets.anthropicApiKey()));
        settings.put("claude-code-oauth-token", presence(secrets.claudeCodeOauthToken()));
        settings.put("runner-key", presence(secrets.runnerKey()));
        return settings;
    }

    private List<Setting> effective(List<Setting> others) {
        List<Setting> effective = new ArrayList<>(others);
        for (String key : KEYS) {
            layers.find(key).ifPresent(found -> effective.add(new Setting(key, found.text(), found.source(key))));
        }
        effective.sort(Comparator.comparing(Setting::key));
        return effective;
    }

    private static String presence(Optional<Secret> secret) {
        return secret.isPresent() ? "present" : "missing";
    }

    private AppConfig.Server server() {
        List<String> hosts = new ArrayList<>();
        for (String host : texts("server.allowed-hosts")) {
            if (host.isEmpty() || host.contains("/") || host.contains("*")) {
                fault("server.allowed-hosts", "\"" + host + "\" is not a host name");
            }
            hosts.add(host.toLowerCase(Locale.ROOT));
        }
        if (hosts.isEmpty()) {
            fault("server.allowed-hosts", "at least one name is needed");
        }
        return new AppConfig.Server(
                host("server.host"),
                number("server.port", 0, 65_535),
                hosts,
                networks(),
                publicUrl(),
                time("server.drain-hold", Duration.ZERO, Duration.ofMinutes(5)),
                time("server.drain-turns", Duration.ZERO, Duration.ofHours(1)));
    }

    private List<Network> networks() {
        List<Network> networks = new ArrayList<>();
        for (String text : texts("server.trusted-proxies")) {
            try {
                networks.add(Network.parse(text));
            } catch (IllegalArgumentException e) {
                fault("server.trusted-proxies", "\"" + text + "\" is not an address or a network such as 10.0.0.0/8");
            }
        }
        return networks;
    }

    private Optional<URI> publicUrl() {
        Optional<URI> url = url("server.public-url");
        boolean bare = url.map(u -> u.getRawPath().isEmpty() || u.getRawPath().equals("/"))
                .orElse(true);
        if (!bare) {
            fault("server.public-url", "must not have a path: the dashboard lives at the root of its host");
        }
        return url;
    }

    private List<Path> roots() {
        List<Path> roots = new ArrayList<>();
        for (String text : texts("projects.roots")) {
            Optional<Path> root = path("projects.roots", text);
            if (root.isPresent() && !root.get().isAbsolute()) {
                fault("projects.roots", "\"" + text + "\" is not an absolute path");
            }
            root.ifPresent(roots::add);
        }
        return roots;
    }

    private AppConfig.Cli cli() {
        Duration most = Duration.ofMinutes(10);
        List<String> sources = texts("cli.setting-sources");
        for (String source : sources) {
            if (Set.of("project", "local").contains(source)) {
                fault(
                        "cli.setting-sources",
                        "\"" + source
                                + "\" would load what nobody has looked at; leave it out, and trust the settings of"
                                + " single projects in the dashboard");
            } else if (!source.equals("user")) {
                fault("cli.setting-sources", "\"" + source + "\" is not user");
            }
        }
        return new AppConfig.Cli(
                optPath("cli.path"),
                number("cli.max-processes", 1, 1_000),
                number("cli.parallel-starts", 0, 1_000),
                number("cli.max-queued", 0, 10_000),
                // More than 15 the CLI does not take.
                number("cli.max-retries", 0, 15),
                time("cli.idle-parking", Duration.ZERO, DAY.multipliedBy(30)),
                time("cli.idle-parking-when-full", Duration.ZERO, DAY.multipliedBy(30)),
                time("cli.stall.after", Duration.ofMillis(100), DAY),
                oneOf("cli.stall.action", Set.of("mark", "interrupt")).equals("interrupt"),
                time("cli.initialize-timeout", Duration.ofSeconds(1), most),
                sources,
                time("cli.stop.interrupt", Duration.ZERO, most),
                time("cli.stop.end-of-input", Duration.ZERO, most),
                time("cli.stop.terminate", Duration.ZERO, most),
                time("cli.orphan-patience", Duration.ZERO, most));
    }

    private AppConfig.Runner runner() {
        String user = text("runner.user");
        return new AppConfig.Runner(
                optPath("runner.socket"),
                user.isEmpty() ? Optional.empty() : Optional.of(user),
                time("runner.patience", Duration.ofSeconds(1), Duration.ofHours(1)));
    }

    private AppConfig.Auth auth() {
        return new AppConfig.Auth(
                time("auth.access-token", Duration.ofSeconds(1), DAY),
                time("auth.refresh-token", Duration.ofSeconds(1), DAY.multipliedBy(90)),
                time("auth.longest-sign-in", Duration.ofSeconds(1), DAY.multipliedBy(365)),
                number("auth.login.per-name-per-minute", 1, 1_000),
                number("auth.login.per-address-per-minute", 1, 10_000));
    }

    private AppConfig.Limits limits() {
        return new AppConfig.Limits(
                (int) size("limits.prompt", 1, 16L << 20),
                (int) size("limits.request-body", 1 << 10, 64L << 20),
                (int) size("limits.request-headers", 1 << 10, 1L << 20),
                time("limits.request-time", Duration.ofMillis(100), Duration.ofMinutes(10)),
                number("limits.connections", 1, 100_000),
                number("limits.writes-per-minute", 1, 100_000),
                size("limits.disk-free", 0, Long.MAX_VALUE));
    }

    private String host(String key) {
        String host = text(key);
        if (host.isEmpty()) {
            fault(key, "must not be empty");
        }
        return host;
    }

    private boolean flag(String key) {
        return oneOf(key, Set.of("true", "false")).equals("true");
    }

    private String oneOf(String key, Set<String> allowed) {
        String text = text(key);
        if (!allowed.contains(text)) {
            fault(key, "\"" + text + "\" is not one of " + String.join(", ", new TreeSet<>(allowed)));
        }
        return text;
    }

    private int number(String key, int least, int most) {
        return parsed(key, "a whole number from " + least + " to " + most, least, text -> {
            int value = Integer.parseInt(text);
            return value < least || value > most ? Optional.empty() : Optional.of(value);
        });
    }

    private double factor(String key, double most) {
        return parsed(key, "a number from 0 to " + most, 1.0, text -> {
            double value = Double.parseDouble(text);
            return value >= 0 && value <= most ? Optional.of(value) : Optional.empty();
        });
    }

    private long size(String key, long least, long most) {
        String form = "a size such as 256KiB from " + least + " to " + most + " bytes";
        return parsed(key, form, least, text -> {
            Matcher matcher = SIZE.matcher(text);
            return !matcher.matches()
                    ? Optional.empty()
                    : Optional.of(Math.multiplyExact(Long.parseLong(matcher.group(1)), UNITS.get(matcher.group(2))))
                            .filter(value -> value >= least && value <= most);
        });
    }

    private Duration time(String key, Duration least, Duration most) {
        return parsed(key, "a time such as PT30S from " + least + " to " + most, most, text -> {
            Duration value = Duration.parse(text);
            return value.compareTo(least) < 0 || value.compareTo(most) > 0 ? Optional.empty() : Optional.of(value);
        });
    }

    private Optional<URI> url(String key) {
        String text = text(key);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(parsed(key, "an http or https address", URI.create("http://invalid"), value -> {
            URI url = URI.create(value);
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            boolean plain = url.getHost() != null && url.getRawUserInfo() == null && url.getRawQuery() == null;
            return web && plain ? Optional.of(url) : Optional.empty();
        }));
    }

    /** Empty when nothing is given. */
    private Optional<Path> optPath(String key) {
        String text = text(key);
        return text.isEmpty() ? Optional.empty() : path(key, text).map(Path::toAbsolutePath);
    }

    private Optional<Path> path(String key, String text) {
        if (text.isEmpty() || text.indexOf('\0') >= 0) {
            fault(key, "\"" + text.replace('\0', '?') + "\" is not a path");
            return Optional.empty();
        }
        return Optional.of(Path.of(text).normalize());
    }

    private <T> T parsed(String key, String form, T standIn, Function<String, Optional<T>> parse) {
        String text = text(key);
        Optional<T> value;
        try {
            value = parse.apply(text);
        } catch (IllegalArgumentException | DateTimeParseException | ArithmeticException e) {
            value = Optional.empty();
        }
        if (value.isEmpty()) {
            fault(key, "\"" + text + "\" is not " + form);
        }
        return value.orElse(standIn);
    }

    private String text(String key) {
        return layers.find(key).map(Found::text).orElse("").strip();
    }

    private List<String> texts(String key) {
        return layers.find(key).map(Found::values).orElse(List.of());
    }

    private void fault(String key, String what) {
        String origin = layers.find(key).map(Found::origin).orElse("no source");
        String named = origin.equals("environment") ? origin + " " + ConfigLoader.variable(key) : origin;
        faults.add(key + ": " + what + " (" + named + ")");
    }
}
