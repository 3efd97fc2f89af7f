package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.Schema;
import dev.dashboard.approval.Approvals;
import dev.dashboard.audit.AuditCheck;
import dev.dashboard.audit.AuditLog;
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
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.LocalCustody;
import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Sharing;
import dev.dashboard.mask.Masking;
import dev.dashboard.observe.AccessLog;
import dev.dashboard.observe.Figures;
import dev.dashboard.observe.Health;
import dev.dashboard.observe.Health.Check;
import dev.dashboard.observe.Health.Effect;
import dev.dashboard.observe.Limits;
import dev.dashboard.observe.LogLevel;
import dev.dashboard.observe.Metrics;
import dev.dashboard.observe.RecentErrors;
import dev.dashboard.project.Projects;
import dev.dashboard.project.Trust;
import dev.dashboard.project.Workspace;
import dev.dashboard.run.SteadyClock;
import dev.dashboard.session.Prompts;
import dev.dashboard.session.Retention;
import dev.dashboard.session.RetentionListener;
import dev.dashboard.session.SessionIndex;
import dev.dashboard.session.Sessions;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import dev.dashboard.support.TestClock;
import dev.dashboard.trace.Arrivals;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** The whole web side over a real database, on free ports. */
final class TestWeb implements AutoCloseable {
    static final String SECRET = "q3Zt7vK1mW9xB5nR2cY8dF4hJ6gL0pSaTuVeXiOw+/Nz";

    final TestClock clock = new TestClock();
    final List<String> faults = new CopyOnWriteArrayList<>();
    final List<String> deaths = new CopyOnWriteArrayList<>();
    /** Looks anew each time, so that what a test breaks is seen at once. */
    final Health health = new Health(
            List.of(
                    Check.known(
                            "journal",
                            Effect.UNREADY,
                            "runbooks/JournalWriteFailing.md",
                            () -> faults.stream().findFirst()),
                    Check.known(
                            "cli",
                            Effect.DEGRADED,
                            "runbooks/SessionsNotStarting.md",
                            () -> Optional.of("no claude on the PATH")),
                    Check.known(
                            "writer",
                            Effect.DEAD,
                            "runbooks/JournalWriteFailing.md",
                            () -> deaths.stream().findFirst())),
            Duration.ZERO);

    final Metrics metrics = new Metrics();
    final Figures figures = Figures.start(metrics, new SteadyClock());
    final RecentErrors errors = RecentErrors.listen(Masking.SHAPES_ALONE::mask, _ -> {});
    final Path dir;
    final Database db;
    final Feed feed = new Feed();
    final LogLevel logLevel = new LogLevel("info", clock);
    final SessionIndex index;
    final Journal journal;
    final Users users;
    final SignIns signIns;
    final People people;
    final ApiTokens apiTokens;
    final Web web;
    private final Custody custody;
    private Sessions sessions;
    Retention retention;

    TestWeb(Path dir, Tuning tuning, List<Route> more) {
        this.dir = dir;
        this.custody = new LocalCustody(dir.resolve("no-claude"), dir);
        this.db = Database.open(dir.resolve("dashboard.db"), 2);
        Migrations.apply(db, Schema.MIGRATIONS);
        this.index = new SessionIndex(db);
        this.journal = new Journal(
                db,
                feed,
                List.of(
                        Projects.projection(),
                        Approvals.projection(),
                        Prompts.projection(),
                        index.projection(),
                        AuditLog.projection()),
                clock);
        this.users = new Users(db, journal, clock, dir);
        users.ensureFirstAdministrator();
        AccessTokens tokens = new AccessTokens(tuning.secret, tuning.previousSecret, Duration.ofMinutes(15), clock);
        this.apiTokens = new ApiTokens(db, journal, users, clock);
        SignIns.Limits limits = new SignIns.Limits(5, 20, Duration.ofDays(7), Duration.ofDays(30));
        this.signIns = new SignIns(db, journal, users, tokens, apiTokens, limits, clock);
        Invitations invitations = new Invitations(db, journal, users, signIns, clock);
        this.people = new People(db, journal, users, signIns, invitations, clock);
        this.web = new Web(
                tuning.settings(),
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
                        new Approvals(db),
                        health,
                        metrics,
                        new AccessLog(),
                        logLevel,
                        () -> facts(tuning),
                        List.of(new ConfiguredValue("server.port", "0", "environment DASHBOARD_SERVER_PORT")),
                        Masking.SHAPES_ALONE,
                        clock),
                Stream.concat(domain(tuning).stream(), more.stream()).toList());
    }

    /** The real routes of the domain; no CLI is installed where they look for it. */
    private List<Route> domain(Tuning tuning) {
        Workspace workspace = Workspace.of(List.of(dir));
        Projects projects = new Projects(db, journal, workspace);
        Trust trust = new Trust(db, journal, projects, workspace);
        Approvals approvals = new Approvals(db);
        Prompts prompts = new Prompts(db);
        Duration second = Duration.ofSeconds(1);
        CliHost host = new CliHost(
                dir.resolve("no-claude"),
                dir,
                dir,
                dir,
                "/usr/bin:/bin",
                Optional.empty(),
                new Credential.None(),
                List.of("user"),
                "test",
                Map.of());
        Sessions.Limits limits = new Sessions.Limits(
                2,
                2,
                2,
                256 << 10,
                new StopPlan(second, second, second),
                second,
                second,
                false,
                Duration.ZERO,
                second,
                second,
                second);
        this.sessions = new Sessions(
                db,
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
                clock,
                Masking.SHAPES_ALONE,
                limits);
        this.retention = sessions.retention(db, clock, new Unheard());
        List<Route> routes = new ArrayList<>(new ProjectRoutes(projects, trust, retention, tuning.forgets).routes());
        routes.addAll(new UserRoutes(people, signIns).routes());
        routes.addAll(new TokenRoutes(apiTokens).routes());
        routes.addAll(new SessionRoutes(sessions, index, journal, tuning.usualSharing).routes());
        routes.addAll(new PromptRoutes(sessions, index, prompts, Arrivals.ignored()).routes());
        routes.addAll(new ProcessRoutes(sessions, index).routes());
        routes.addAll(new ApprovalRoutes(approvals, sessions).routes());
        AuditLog audit = new AuditLog(db);
        routes.addAll(
                new AuditRoutes(audit, new AuditCheck(audit, journal, dir.resolve("audit-anchor")), journal).routes());
        routes.addAll(new BackupRoutes(new Backups(dir.resolve("backups"), audit, journal, clock), Masking.SHAPES_ALONE)
                .routes());
        routes.addAll(new OperationsRoutes(health, figures, new Limits(metrics), errors, clock).routes());
        return routes;
    }

    private static final class Unheard implements RetentionListener {
        @Override
        public void sessionExpired() {}

        @Override
        public void eventsBuried(int events, long bytes) {}
    }

    TestWeb(Path dir) {
        this(dir, new Tuning(), List.of());
    }

    /** What single tests set otherwise. */
    static final class Tuning {
        Duration requestTime = Duration.ofSeconds(10);
        Duration heartbeat = Duration.ofSeconds(15);
        Duration stuckWrite = Duration.ofSeconds(30);
        int port = 0;
        int managementPort = 0;
        int perPerson = 50;
        int writesPerMinute = 300;
        String secret = SECRET;
        Optional<String> previousSecret = Optional.empty();
        Optional<URI> publicUrl = Optional.empty();
        Sharing usualSharing = Sharing.TEAM_READ;
        boolean forgets = true;

        WebSettings settings() {
            return new WebSettings(
                    "127.0.0.1",
                    port,
                    "127.0.0.1",
                    managementPort,
                    List.of("localhost", "127.0.0.1", "[::1]"),
                    InetAddress::isLoopbackAddress,
                    publicUrl,
                    1 << 20,
                    16 << 10,
                    requestTime,
                    100,
                    writesPerMinute,
                    256 << 10,
                    heartbeat,
                    stuckWrite,
                    2_000,
                    perPerson);
        }
    }

    private static ServerFacts facts(Tuning tuning) {
        return new ServerFacts(
                "0.1.0",
                "dev",
                false,
                "missing",
                Optional.empty(),
                Optional.of("Install it."),
                "none",
                "cli",
                "same-user",
                tuning.usualSharing);
    }

    String oneTimePassword() throws IOException {
        return Files.readString(dir.resolve(Users.INITIAL_PASSWORD_FILE)).strip();
    }

    Browser browser() {
        return new Browser(web.port());
    }

    /** A browser that is signed in and has changed the one-time password. */
    Browser signedIn() throws Exception {
        Browser browser = browser();
        browser.signIn("admin", oneTimePassword());
        browser.changePassword(oneTimePassword(), Browser.PASSWORD);
        return browser;
    }

    /** The browser of somebody new, who came by an invitation and is called and may do as given. */
    Browser invited(Browser admin, String name, String role) throws Exception {
        HttpResponse<String> created = admin.post("/api/v1/users", Browser.json("name", name, "role", role));
        assertEquals(201, created.statusCode(), created::body);
        String token = Browser.object(created).getJsonObject("invitation").getString("token");
        Browser browser = browser();
        assertEquals(200, browser.accept(token, Browser.PASSWORD).statusCode());
        return browser;
    }

    @Override
    public void close() {
        web.close();
        figures.close();
        errors.close();
        logLevel.close();
        apiTokens.close();
        sessions.close();
        custody.close();
        feed.close();
        db.close();
    }
}
