package dev.dashboard.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.RequestOptions;
import dev.dashboard.support.Person;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What an administrator sees of the server itself: one without a CLI, whose database somebody else takes for a while. */
class SystemIT {
    private static final String PAGE = "/administration/system";

    @RegisterExtension
    static final Chromium CHROMIUM = new Chromium();

    @TempDir
    private static Path scratch;

    private static Demo demo;
    private static Person admin;

    @BeforeAll
    static void start() throws Exception {
        demo = Demo.start(
                scratch,
                Map.of("DASHBOARD_CLI_PATH", scratch.resolve("no-claude").toString()));
        admin = demo.administrator();
    }

    @AfterAll
    static void stop() {
        admin.close();
        demo.close();
    }

    @Test
    void whatFailsIsSaidWithWhomItHurtsAndThePageToReadAndIsGoneWhenItIsWell() throws Exception {
        Page page = administrator().open(PAGE);
        Locator summary = page.getByRole(AriaRole.REGION, named("Summary"));
        // Another test of this class may have made a backup.
        assertThat(summary)
                .containsText(Pattern.compile("Working, with (one warning|2 warnings)\\. Claude CLI not found\\."));
        assertThat(summary).containsText("Whom it hurts: Whoever starts or wakes a session.");
        assertThat(check(page, "Journal").first()).containsText("Good");

        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + demo.database());
                Statement statement = other.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 10000");
            statement.execute("BEGIN IMMEDIATE");
            assertThat(summary).containsText("Not ready: new requests are not sent here.");
            assertThat(summary).containsText("The journal cannot be written.");
            assertThat(check(page, "Journal").first()).containsText("Failing");
            page.getByRole(AriaRole.BUTTON, named("JournalWriteFailing")).click();
            Locator runbook = page.getByRole(AriaRole.DIALOG, named("JournalWriteFailing"));
            assertThat(runbook.getByRole(AriaRole.HEADING, within("Mitigation")))
                    .isVisible();
            page.keyboard().press("Escape");
            assertThat(runbook).hasCount(0);
            statement.execute("ROLLBACK");
        }
        assertThat(summary).containsText("Working, with");
        Locator line = page.getByRole(AriaRole.BUTTON, named("check fails name=journal"))
                .first();
        line.click();
        assertThat(page.getByText("observe.Health").first()).isVisible();
    }

    @Test
    void figuresLimitsAndConfigurationAreThoseOfThisServer() throws Exception {
        Page page = administrator().open(PAGE);
        Locator streams = page.getByRole(AriaRole.IMG, named("Live event streams"));
        assertThat(streams).hasAttribute("aria-label", Pattern.compile(".*now [1-9].*"));
        assertTrue(streams.locator("canvas").boundingBox().width > 100, "it is drawn");
        assertThat(page.getByRole(AriaRole.REGION, named("Limits")))
                .containsText(Pattern.compile("Live CLI processes\\s*0 of 20"));
        page.getByRole(AriaRole.BUTTON, named("Table").setExact(true)).click();
        assertThat(page.getByRole(AriaRole.ROW, named("Memory of the server"))).containsText("MiB");
        assertThat(page.getByRole(AriaRole.CELL, named("environment DASHBOARD_CLI_PATH")))
                .isVisible();
        page.getByRole(AriaRole.SEARCHBOX).fill("max-queued");
        page.getByLabel("Defaults too").check();
        assertThat(page.getByRole(AriaRole.ROW, named("cli.max-queued"))).containsText("200");

        page.getByLabel("Log level").selectOption("warn");
        page.getByRole(AriaRole.BUTTON, named("Change").setExact(true)).click();
        assertThat(page.getByText(Pattern.compile("Warnings until .*, then information again")))
                .isVisible();
        assertEquals(
                "warn",
                admin.get("/system").expect(200).getJsonObject("logLevel").getString("level"));
    }

    /** The test is the program that makes backups: it shows itself, takes the request, and says what becomes of it. */
    @Test
    void aBackupIsAskedForFollowedAndStandsInTheHistory() throws Exception {
        Page page = administrator().open(PAGE);
        Locator backups = page.getByRole(AriaRole.REGION, named("Backups").setExact(true));
        assertThat(backups).containsText("Nothing makes backups here.");
        assertThat(page.getByRole(AriaRole.REGION, named("Summary"))).containsText("Working, with");
        backups.getByRole(AriaRole.BUTTON, within("What to do")).click();
        assertThat(page.getByRole(AriaRole.DIALOG, named("BackupOld"))).isVisible();
        page.keyboard().press("Escape");

        Path folder = Files.createDirectories(demo.database().resolveSibling("backups"));
        Files.createFile(folder.resolve("beat"));
        backups.getByRole(AriaRole.BUTTON, within("Back up now")).press("Enter");
        Locator question = page.getByRole(AriaRole.DIALOG, named("Back up now?"));
        assertThat(question).containsText("Projects are not in it");
        question.getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName("Back up").setExact(true))
                .press("Enter");
        assertThat(backups).containsText("A backup was asked for. admin asked at");

        String id = object(Files.readString(folder.resolve("request"))).getString("id");
        String begun = "{\"id\":\"" + id + "\",\"startedAt\":\"" + Instant.now() + "\"";
        say(folder, "status.json", begun + ",\"phase\":\"local\",\"done\":1048576,\"of\":4194304}");
        Files.delete(folder.resolve("request"));
        assertThat(backups).containsText("Storing it on this machine.");
        assertThat(backups.getByRole(AriaRole.METER)).hasAttribute("aria-valuenow", "25");
        assertThat(backups.getByRole(AriaRole.BUTTON, within("Back up now"))).isDisabled();

        String end = Instant.now().toString();
        say(
                folder,
                "last-good.json",
                "{\"finishedAt\":\"" + end + "\",\"seconds\":3,\"bytes\":4194304,\"verified\":true}");
        say(
                folder,
                "history.jsonl",
                begun + ",\"finishedAt\":\"" + end + "\",\"trigger\":\"person\",\"outcome\":\"good\","
                        + "\"bytes\":4194304,\"seconds\":3,\"local\":true}");
        Files.delete(folder.resolve("status.json"));
        assertThat(backups).containsText("The last backup is good. Restored and compared at");
        assertThat(backups.getByRole(AriaRole.ROW).nth(1))
                .containsText(Pattern.compile("Good[\\s\\S]*Person\\s*4.0 MiB\\s*3.0 s\\s*here"));
        assertEquals(
                id,
                admin.get("/audit?action=backup-requested")
                        .expect(200)
                        .getJsonArray("records")
                        .getJsonObject(0)
                        .getJsonObject("detail")
                        .getString("backupId"));
    }

    /** There as a whole or not at all. */
    private static void say(Path folder, String name, String text) throws IOException {
        Files.move(
                Files.writeString(folder.resolve(name + ".new"), text + "\n"),
                folder.resolve(name),
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void whatIsSaidInAProjectIsKeptForAsLongAsAnAdministratorSays() {
        Page page = administrator().open("/administration/projects");
        Locator row = page.getByRole(AriaRole.ROW).nth(1);
        assertThat(row).containsText("For ever");
        row.getByRole(AriaRole.BUTTON).press("Enter");
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        dialog.getByText("For some days after the last word").click();
        dialog.getByLabel("Days", new Locator.GetByLabelOptions().setExact(true))
                .fill("30");
        assertThat(dialog).containsText("nothing goes in the next night");
        dialog.getByRole(AriaRole.BUTTON, within("Go on…")).click();
        assertThat(dialog).containsText("It cannot be undone.");
        dialog.getByRole(AriaRole.BUTTON, within("Let them go")).click();
        assertThat(dialog).containsText("Tick the box first.");
        dialog.getByRole(AriaRole.CHECKBOX).check();
        dialog.getByRole(AriaRole.BUTTON, within("Let them go")).click();
        assertThat(dialog).hasCount(0);
        assertThat(row).containsText("30 days");

        assertEquals(
                30,
                admin.get("/projects")
                        .expect(200)
                        .getJsonArray("projects")
                        .getJsonObject(0)
                        .getInt("retentionDays"));
        assertTrue(admin.get("/audit?action=project-retention-changed")
                .expect(200)
                .getJsonArray("records")
                .getJsonObject(0)
                .getString("summary")
                .contains("to 30 days, from for ever"));
    }

    @Test
    void aViewerIsOfferedNoneOfIt() {
        Visitor visitor = CHROMIUM.visitor(demo.url());
        join(visitor, "vera", "viewer");
        Page page = visitor.open(PAGE);
        assertThat(page.getByRole(AriaRole.HEADING, named("This is for administrators")))
                .isVisible();
        assertThat(page.getByRole(AriaRole.LINK, named("System"))).hasCount(0);
        assertTrue(visitor.watch().requests().stream().noneMatch(request -> request.contains("/api/v1/system")));
    }

    /** Somebody new, who chooses a password in a browser of their own and is in. */
    private static void join(Visitor visitor, String name, String role) {
        Visitor administrator = administrator();
        String token = json(administrator
                        .context()
                        .request()
                        .get(demo.url().resolve("/api/v1/auth/me").toString()))
                .getString("csrfToken");
        String invitation = json(post(administrator, "/api/v1/users", token, Map.of("name", name, "role", role)))
                .getJsonObject("invitation")
                .getString("token");
        json(post(
                visitor,
                "/api/v1/auth/invitations",
                "",
                Map.of("token", invitation, "password", "a sentence of their own")));
    }

    private static APIResponse post(Visitor visitor, String path, String csrfToken, Map<String, String> body) {
        return visitor.context()
                .request()
                .post(
                        demo.url().resolve(path).toString(),
                        RequestOptions.create()
                                .setHeader("Origin", demo.url().toString())
                                .setHeader("X-CSRF-Token", csrfToken)
                                .setData(body));
    }

    private static JsonObject json(APIResponse answer) {
        assertTrue(answer.ok(), () -> answer.status() + " " + answer.text());
        return object(answer.text());
    }

    private static JsonObject object(String text) {
        try (var reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    private static Visitor administrator() {
        Visitor visitor = CHROMIUM.visitor(demo.url());
        demo.signIn(visitor);
        return visitor;
    }

    private static Locator check(Page page, String name) {
        return page.getByRole(AriaRole.REGION, named("Checks"))
                .getByRole(AriaRole.LISTITEM)
                .filter(new Locator.FilterOptions().setHasText(Pattern.compile("^\\s*" + name + "\\s+(?!writer)")));
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }

    private static Locator.GetByRoleOptions within(String name) {
        return new Locator.GetByRoleOptions().setName(name);
    }
}
