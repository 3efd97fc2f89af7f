package dev.dashboard;

import dev.dashboard.approval.Approvals;
import dev.dashboard.audit.AuditAnchor;
import dev.dashboard.audit.AuditCheck;
import dev.dashboard.audit.AuditLog;
import dev.dashboard.audit.Settings;
import dev.dashboard.auth.AccessTokens;
import dev.dashboard.auth.ApiTokens;
import dev.dashboard.auth.Invitations;
import dev.dashboard.auth.People;
import dev.dashboard.auth.Refusals;
import dev.dashboard.auth.SignIns;
import dev.dashboard.auth.Users;
import dev.dashboard.backup.Backups;
import dev.dashboard.cli.CliHost;
import dev.dashboard.cli.Credential;
import dev.dashboard.cli.StopPlan;
import dev.dashboard.config.AppConfig;
import dev.dashboard.config.Secret;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.LocalCustody;
import dev.dashboard.demo.DemoModel;
import dev.dashboard.demo.DemoProject;
import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.gateway.Gateway;
import dev.dashboard.gateway.GatewayTokens;
import dev.dashboard.gateway.Upstream;
import dev.dashboard.mask.Masking;
import dev.dashboard.measure.EventMeters;
import dev.dashboard.measure.SessionFigures;
import dev.dashboard.observe.AccessLog;
import dev.dashboard.observe.Figures;
import dev.dashboard.observe.Health;
import dev.dashboard.observe.Limits;
import dev.dashboard.observe.LogLevel;
import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import dev.dashboard.observe.RecentErrors;
import dev.dashboard.problem.Problem;
import dev.dashboard.project.Projects;
import dev.dashboard.project.Trust;
import dev.dashboard.project.Workspace;
import dev.dashboard.run.SteadyClock;
import dev.dashboard.runner.Keys;
import dev.dashboard.runner.RunnerCustody;
import dev.dashboard.session.CliHealth;
import dev.dashboard.session.Prompts;
import dev.dashboard.session.Retention;
import dev.dashboard.session.SessionIndex;
import dev.dashboard.session.Sessions;
import dev.dashboard.store.Chore;
import dev.dashboard.store.Database;
import dev.dashboard.store.Housekeeping;
import dev.dashboard.store.Migrations;
import dev.dashboard.trace.Arrivals;
import dev.dashboard.trace.Traces;
import dev.dashboard.web.ApprovalRoutes;
import dev.dashboard.web.AuditRoutes;
import dev.dashboard.web.BackupRoutes;
import dev.dashboard.web.ConfiguredValue;
import dev.dashboard.web.OperationsRoutes;
import dev.dashboard.web.ProcessRoutes;
import dev.dashboard.web.ProjectRoutes;
import dev.dashboard.web.PromptRoutes;
import dev.dashboard.web.Route;
import dev.dashboard.web.ServerFacts;
import dev.dashboard.web.SessionRoutes;
import dev.dashboard.web.TokenRoutes;
import dev.dashboard.web.UserRoutes;
import dev.dashboard.web.Web;
import dev.dashboard.web.WebSettings;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * All wiring: the only place that says {@code new} to a service. Read it top to bottom; it closes in reverse.
 *
 * <p>Closing: readiness goes down, browsers are told, turns may end, sessions end their processes and record it, the journal closes last.
 */
final class App implements AutoCloseable {
    private static final Logger LOG = System.getLogger(App.class.getName());
    /** Native database calls hold their thread; two cores serve four readers well (helidon note, section 7). */
    private static final int READERS = 4;

    /** The setting that tells of the last restore. */
    private static final String RESTORED = "restored";

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Web web;
    private final Optional<Path> initialPassword;
    private boolean closed;

    /** Starts everything; what fails on the way closes what was opened before it. */
    static App start(AppConfig config) {
        return new App(config);
    }

    private App(AppConfig config) {
        try {
            Clock clock = Clock.systemUTC();
            Masking masking = masking(config);
            Metrics metrics = new Metrics();
            RecentErrors errors =
                    opened(RecentErrors.listen(masking::mask, level -> metrics.count(Metric.LOG_LINES, level)));
            config.notices().forEach(notice -> LOG.log(Level.WARNING, "configuration {0}", notice));
            LogLevel logLevel = opened(new LogLevel(config.log().level(), clock));
            DataFolder data = opened(DataFolder.open(config.dataDir()));

            Database database = opened(Database.open(data.database(), READERS));
            database.check();
            Migrations.apply(database, Schema.MIGRATIONS);
            Feed feed = opened(new Feed());
            SessionIndex index = new SessionIndex(database);
            Journal journal = new Journal(
                    database,
                    feed,
                    List.of(
                            Projects.projection(),
                            Approvals.projection(),
                            Prompts.projection(),
                            index.projection(),
                            AuditLog.projection(),
                            Settings.projection()),
                    clock);

            AuditLog audit = new AuditLog(database);
            audit.fill(journal);
            Path anchor = config.auditAnchor().orElseGet(data::auditAnchor);
            opened(AuditAnchor.start(anchor, audit, clock));
            boolean restored = new Settings(journal)
                    .record(settings(config, masking, AuditAnchor.restores(anchor)))
                    .contains(RESTORED);

            Users users = new Users(database, journal, clock, data.root());
            initialPassword = users.ensureFirstAdministrator();
            AccessTokens tokens = new AccessTokens(
                    config.secrets().jwt().reveal(),
                    Secret.reveal(config.secrets().jwtPrevious()),
                    config.auth().accessToken(),
                    clock);
            ApiTokens apiTokens = opened(new ApiTokens(database, journal, users, clock));
            SignIns signIns = new SignIns(
                    database,
                    journal,
                    users,
                    tokens,
                    apiTokens,
                    new SignIns.Limits(
                            config.auth().perName(),
                            config.auth().perAddress(),
                            config.auth().refreshToken(),
                            config.auth().longestSignIn()),
                    clock);
            Invitations invitations = new Invitations(database, journal, users, signIns, clock);
            People people = new People(database, journal, users, signIns, invitations, clock);

            Optional<DemoModel> demo =
                    config.demo() ? Optional.of(opened(DemoModel.start(config.demoPace()))) : Optional.empty();
            if (config.demo()) {
                DemoProject.create(data.sampleProject());
            }
            Workspace workspace = Workspace.of(config.projectRoots());
            Projects projects = new Projects(database, journal, workspace);
            Trust trust = new Trust(database, journal, projects, workspace);
            addRepositories(projects);
            Approvals approvals = new Approvals(database);
            Prompts prompts = new Prompts(database);

            Optional<ModelAccess> access = gateway(config, data, demo, index, journal, metrics);
            Payment payment = payment(config, data, demo, access);
            CliHost host = host(config, data, payment);
            Optional<RunnerCustody> runner = runner(config);
            Custody custody = opened(runner.<Custody>map(one -> one).orElseGet(() -> local(host)));
            CliHealth cli = new CliHealth(custody, clock);
            Sessions.Limits limits = limits(config);
            Sessions sessions = opened(new Sessions(
                    database,
                    journal,
                    feed,
                    custody,
                    host,
                    index,
                    prompts,
                    approvals,
                    projects,
                    workspace,
                    trust,
                    new SteadyClock(),
                    masking,
                    limits));
            SessionFigures figures = new SessionFigures(index, approvals, sessions, metrics, clock);
            opened(EventMeters.start(feed, journal, metrics, clock, figures::look));
            Optional<Traces> traces =
                    config.tracesUrl().map(url -> opened(Traces.start(url, version(), feed, journal, clock)));
            Arrivals arrivals = traces.map(Traces::arrivals).orElseGet(Arrivals::ignored);
            sessions.recover();

            Retention retention = sessions.retention(database, clock, ServerMeters.retention(metrics));
            if (restored) {
                // What had expired since the copy was taken is in it again, and nobody is to read it.
                forgetAgain(retention);
            }

            ServerMeters.register(metrics, data, database, config.limits().diskFree(), runner);
            ServerMeters.register(
                    metrics,
                    opened(Housekeeping.start(
                            database,
                            bounds(config.housekeeping()),
                            List.of(
                                    new Chore("sign-ins", false, signIns::forgetExpired),
                                    new Chore("retention", true, retention::more)),
                            ServerMeters.housekeeping(metrics),
                            clock)));
            List<Health.Check> checks = new ArrayList<>(
                    HealthChecks.vital(database, data, config.limits().diskFree()));
            checks.addAll(HealthChecks.ofSessions(
                    cli, !payment.word().equals("none"), runner, access.map(ModelAccess::gateway)));
            if (!config.housekeeping().enabled()) {
                checks.add(HealthChecks.ofHousekeepingThatIsOff(retention::isPromised));
            }
            Health health = opened(new Health(checks));
            health.measure(metrics);
            health.watch();
            Supplier<ServerFacts> facts = () -> facts(config, cli.finding(), payment);
            List<Route> domain = new ArrayList<>();
            domain.addAll(new UserRoutes(people, signIns).routes());
            domain.addAll(new TokenRoutes(apiTokens).routes());
            domain.addAll(new ProjectRoutes(
                            projects, trust, retention, config.housekeeping().enabled())
                    .routes());
            domain.addAll(new SessionRoutes(sessions, index, journal, Sharing.parse(config.sessionSharing())).routes());
            domain.addAll(new PromptRoutes(sessions, index, prompts, arrivals).routes());
            domain.addAll(new ProcessRoutes(sessions, index).routes());
            domain.addAll(new ApprovalRoutes(approvals, sessions).routes());
            domain.addAll(new AuditRoutes(audit, new AuditCheck(audit, journal, anchor), journal).routes());
            domain.addAll(new BackupRoutes(new Backups(data.backups(), audit, journal, clock), masking).routes());
            Figures lastHalfHour = opened(Figures.start(metrics, new SteadyClock()));
            domain.addAll(new OperationsRoutes(health, lastHalfHour, new Limits(metrics), errors, clock).routes());
            web = opened(new Web(
                    settings(config),
                    new Web.Parts(
                            journal,
                            feed,
                            users,
                            signIns,
                            invitations,
                            apiTokens,
                            tokens,
                            new Refusals(journal, clock),
                            index,
                            approvals,
                            health,
                            metrics,
                            new AccessLog(),
                            logLevel,
                            facts,
                            configuration(config, masking),
                            masking,
                            clock),
                    domain));
            opened(() -> leave(config, health, sessions));
            health.started();
        } catch (RuntimeException e) {
            closeAll(e);
            throw e;
        }
    }

    /** Knows this server's own secrets, whatever shape they have. */
    static Masking masking(AppConfig config) {
        return new Masking(config.secrets().revealed());
    }

    /** An address may hold a password. */
    private static Map<String, String> settings(AppConfig config, Masking masking, List<String> restores) {
        Map<String, String> settings = new HashMap<>();
        config.settings().forEach((key, value) -> settings.put(key, masking.mask(value)));
        settings.put("version", version());
        // So that a database that was put back says so itself, in its own audit.
        if (!restores.isEmpty()) {
            settings.put(RESTORED, restores.getLast());
        }
        return settings;
    }

    /** Whatever an operator may have put where no secret belongs. */
    private static List<ConfiguredValue> configuration(AppConfig config, Masking masking) {
        return config.effective().stream()
                .map(setting -> new ConfiguredValue(
                        setting.key(), masking.mask(setting.value()), masking.mask(setting.source())))
                .toList();
    }

    /** Where it does not work now, a server is worth more than the wait for the next run. */
    private static void forgetAgain(Retention retention) {
        try {
            retention.catchUp();
        } catch (Problem e) {
            LOG.log(Level.WARNING, "after the restore, contents that are due stay until the next housekeeping", e);
        }
    }

    private static Housekeeping.Bounds bounds(AppConfig.Housekeeping config) {
        return new Housekeeping.Bounds(
                config.enabled() ? OptionalInt.of(config.hour()) : OptionalInt.empty(),
                config.walKept(),
                config.freeKept());
    }

    private static Sessions.Limits limits(AppConfig config) {
        return new Sessions.Limits(
                config.cli().maxProcesses(),
                parallelStarts(config),
                config.cli().maxQueued(),
                config.limits().prompt(),
                new StopPlan(
                        config.cli().stopInterrupt(),
                        config.cli().stopEndOfInput(),
                        config.cli().stopTerminate()),
                config.cli().initializeTimeout(),
                config.cli().stallAfter(),
                config.cli().stallInterrupts(),
                config.approvalsExpireAfter(),
                config.cli().idleParking(),
                config.cli().idleParkingWhenFull(),
                orphanPatience(config));
    }

    /** The demo's model dies with the server, so a process that it left behind has nothing to finish its turn with. */
    private static Duration orphanPatience(AppConfig config) {
        Duration demo = Duration.ofSeconds(2);
        return config.demo() && config.cli().orphanPatience().compareTo(demo) > 0
                ? demo
                : config.cli().orphanPatience();
    }

    private static int parallelStarts(AppConfig config) {
        return config.cli().parallelStarts() > 0
                ? config.cli().parallelStarts()
                : Runtime.getRuntime().availableProcessors();
    }

    private <T extends AutoCloseable> T opened(T part) {
        opened.push(part);
        return part;
    }

    /** A root that is a repository itself is a project from the start; nobody should have to type what was just configured. */
    private static void addRepositories(Projects projects) {
        projects.roots().stream()
                .filter(root -> Files.exists(root.resolve(".git")))
                .forEach(root -> projects.add(root.toString(), Actor.SERVER));
    }

    // ---- the CLI and what pays for it

    /**
     * @param word as shown to people: {@code api-key, oauth-token, demo, none}
     * @param baseUrl where the CLI asks the model; empty for the vendor's
     */
    private record Payment(String word, Credential credential, Optional<String> baseUrl) {
        /** Who holds the credential, as shown to people: {@code gateway, cli}. */
        String holder() {
            return credential instanceof Credential.Gateway ? "gateway" : "cli";
        }
    }

    /** What CLIs need of the gateway. */
    private record ModelAccess(Gateway gateway, Credential.Gateway credential, String url) {}

    /** None without a key that it could hold: a subscription's token and the CLI's own sign-in stay with the CLI. */
    private Optional<ModelAccess> gateway(
            AppConfig config,
            DataFolder data,
            Optional<DemoModel> demo,
            SessionIndex index,
            Journal journal,
            Metrics metrics) {
        Optional<Upstream> upstream = demo.map(model -> new Upstream(model.baseUrl(), model.apiKey()))
                .or(() -> config.secrets()
                        .anthropicApiKey()
                        .map(key -> new Upstream(config.modelBaseUrl().orElse(Upstream.VENDOR), key.reveal())));
        if (!config.gateway().enabled() || upstream.isEmpty()) {
            return Optional.empty();
        }
        GatewayTokens tokens = new GatewayTokens(
                config.secrets().jwt().reveal(), Secret.reveal(config.secrets().jwtPrevious()));
        Gateway gateway = opened(startGateway(config, data, tokens, index, journal, upstream.get(), metrics));
        if (demo.isEmpty()) {
            data.keepGatewayPort(gateway.port());
        }
        return Optional.of(new ModelAccess(
                gateway,
                new Credential.Gateway(tokens::token),
                config.gateway().url().orElseGet(gateway::url).toString()));
    }

    /**
     * A free port is the last one, when it still is: processes that outlived the server know no other. The demo keeps none, since its
     * model dies with the server.
     */
    private static Gateway startGateway(
            AppConfig config,
            DataFolder data,
            GatewayTokens tokens,
            SessionIndex index,
            Journal events,
            Upstream upstream,
            Metrics metrics) {
        Gateway.Settings settings = new Gateway.Settings(
                config.gateway().host(),
                config.gateway().port(),
                config.gateway().maxRequests());
        BiConsumer<SessionId, Event.ModelAnswered> journal =
                (session, answered) -> events.append(List.of(new Draft(Optional.of(session), Actor.SERVER, answered)));
        if (settings.port() == 0 && data.gatewayPort() > 0) {
            try {
                return Gateway.start(
                        settings.at(data.gatewayPort()), tokens, index::ofLaunch, journal, upstream, metrics);
            } catch (Problem e) {
                LOG.log(Level.INFO, "gateway takes another port, the last one is taken");
            }
        }
        return Gateway.start(settings, tokens, index::ofLaunch, journal, upstream, metrics);
    }

    private static Payment payment(
            AppConfig config, DataFolder data, Optional<DemoModel> demo, Optional<ModelAccess> gateway) {
        if (gateway.isPresent()) {
            return new Payment(
                    demo.isPresent() ? "demo" : "api-key",
                    gateway.get().credential(),
                    Optional.of(gateway.get().url()));
        }
        Optional<String> baseUrl = demo.map(model -> model.baseUrl().toString())
                .or(() -> config.modelBaseUrl().map(Object::toString));
        if (demo.isPresent()) {
            return new Payment(
                    "demo", new Credential.ApiKeyFile(data.demoKey(demo.get().apiKey())), baseUrl);
        }
        if (config.secrets().anthropicApiKey().isPresent()) {
            return new Payment(
                    "api-key",
                    new Credential.ApiKeyFile(config.secrets().directory().resolve("anthropic_api_key")),
                    baseUrl);
        }
        if (config.secrets().claudeCodeOauthToken().isPresent()) {
            return new Payment(
                    "oauth-token",
                    new Credential.OAuthTokenFile(config.secrets().directory().resolve("claude_code_oauth_token")),
                    baseUrl);
        }
        return new Payment("none", new Credential.None(), baseUrl);
    }

    private static CliHost host(AppConfig config, DataFolder data, Payment payment) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/local/bin:/usr/bin:/bin");
        return new CliHost(
                config.cli().path().orElseGet(() -> onPath(path)),
                data.claude(),
                Path.of(System.getProperty("java.io.tmpdir")),
                data.claude(),
                path,
                payment.baseUrl(),
                payment.credential(),
                config.cli().settingSources(),
                data.instance(),
                variables(config));
    }

    private static Optional<RunnerCustody> runner(AppConfig config) {
        return config.runner()
                .socket()
                .map(socket -> new RunnerCustody(
                        socket,
                        runnerKey(config),
                        config.runner().user(),
                        config.runner().patience()));
    }

    private static Custody local(CliHost host) {
        return new LocalCustody(host.program(), host.configDirectory());
    }

    private static PrivateKey runnerKey(AppConfig config) {
        try {
            return Keys.privateKey(config.secrets().runnerKey().orElseThrow().reveal());
        } catch (IllegalArgumentException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "runner-key-unusable",
                            "runner-key: the secret file runner_key holds no private key of Ed25519 in Base64; make a pair"
                                    + " with the subcommand runner-key.")
                    .causedBy(e);
        }
    }

    private static Map<String, String> variables(AppConfig config) {
        Map<String, String> variables = new HashMap<>();
        variables.put("CLAUDE_CODE_MAX_RETRIES", Integer.toString(config.cli().maxRetries()));
        if (config.demo()) {
            // The demo's story keeps a list of tasks; the CLI offers the tools for it only when asked.
            variables.put("CLAUDE_CODE_ENABLE_TODO_TOOLS", "1");
        }
        return variables;
    }

    /** The first {@code claude} on the PATH; the bare name when there is none, so that the message says what was looked for. */
    private static Path onPath(String path) {
        for (String folder : path.split(":")) {
            Path candidate = Path.of(folder.isEmpty() ? "." : folder, "claude");
            if (Files.isExecutable(candidate)) {
                return candidate.toAbsolutePath();
            }
        }
        return Path.of("claude");
    }

    // ---- what operators and people are told

    private static ServerFacts facts(AppConfig config, CliHealth.Finding cli, Payment payment) {
        return new ServerFacts(
                version(),
                config.profile().name().toLowerCase(java.util.Locale.ROOT),
                config.demo(),
                cli.state(),
                cli.version(),
                cli.message(),
                payment.word(),
                payment.holder(),
                config.runner().socket().isPresent() ? "runner" : "same-user",
                Sharing.parse(config.sessionSharing()));
    }

    static String version() {
        return Optional.ofNullable(App.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    private static WebSettings settings(AppConfig config) {
        return new WebSettings(
                config.server().host(),
                config.server().port(),
                config.management().host(),
                config.management().port(),
                config.server().allowedHosts(),
                address -> config.server().trustedProxies().stream().anyMatch(network -> network.contains(address)),
                config.server().publicUrl(),
                config.limits().requestBody(),
                config.limits().requestHeaders(),
                config.limits().requestTime(),
                config.limits().connections(),
                config.limits().writesPerMinute(),
                config.limits().prompt(),
                config.stream().heartbeat(),
                config.stream().stuckWrite(),
                config.stream().maxSubscribers(),
                config.stream().perPerson());
    }

    /** Where people reach it, as far as this process knows. */
    String url() {
        return "http://127.0.0.1:" + web.port();
    }

    /** On the first start, the file with the administrator's one-time password. */
    Optional<Path> initialPassword() {
        return initialPassword;
    }

    // ---- the stop

    /** Readiness goes down a while before anything else, so that a proxy sends new requests elsewhere; then turns may end. */
    private void leave(AppConfig config, Health health, Sessions sessions) throws InterruptedException {
        LOG.log(
                Level.INFO,
                "server stops atMostSeconds={0}",
                longestStop(config).toSeconds());
        health.drain();
        Thread.sleep(config.server().drainHold());
        if (config.runner().socket().isEmpty()) {
            web.announceStop();
        }
        sessions.drain(config.server().drainTurns());
    }

    /**
     * The longest that a stop takes, but for the closing of files; a container must be given more. What is left of the sessions ends while
     * the web side closes.
     */
    static Duration longestStop(AppConfig config) {
        Duration sessions = limits(config).longestEnd();
        Duration parts = sessions.compareTo(Web.LONGEST_CLOSE) > 0 ? sessions : Web.LONGEST_CLOSE;
        Duration turns = config.runner().socket().isPresent()
                ? Duration.ZERO
                : config.server().drainTurns();
        return config.server().drainHold().plus(turns).plus(parts);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            RuntimeException none = new RuntimeException("closing failed");
            closeAll(none);
            for (Throwable failure : none.getSuppressed()) {
                LOG.log(Level.ERROR, "a part could not be closed", failure);
            }
        }
    }

    /** In reverse order; each failure is kept with the first. */
    private void closeAll(RuntimeException first) {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                first.addSuppressed(e);
            }
        }
    }
}
