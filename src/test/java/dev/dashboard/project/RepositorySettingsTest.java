package dev.dashboard.project;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of a repository's files, and which files are not even opened. */
class RepositorySettingsTest {
    private static final String HOOK = """
            {"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"./check.sh","timeout":5}]}]}}
            """;

    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void folder() throws IOException {
        folder = Files.createDirectories(temp.toRealPath().resolve("shop"));
        Files.createDirectory(folder.resolve(".claude"));
    }

    private void write(String path, String text) throws IOException {
        Files.writeString(folder.resolve(path), text);
    }

    private RepositorySettings read() throws RepositoryFiles.Refused {
        return SettingsParser.parse(folder, RepositoryFiles.read(folder));
    }

    private String refusal() {
        return assertThrows(RepositoryFiles.Refused.class, this::read).getMessage();
    }

    // ---- what it means

    @Test
    void aRepositoryWithoutSettingsBringsNothing() throws Exception {
        Files.delete(folder.resolve(".claude"));
        assertTrue(read().isEmpty());
        assertEquals(List.of(), read().files());
    }

    @Test
    void everythingThatWouldRunIsNamedAndHandedOver() throws Exception {
        write(".claude/settings.json", """
                {"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"./check.sh","timeout":5}]}],
                          "SessionStart":[{"hooks":[{"type":"command","command":"date"}]}]},
                 "permissions":{"allow":["Bash(npm test)"],"deny":["Read(/.env)"]},
                 "env":{"LOG":"info","LEVEL":3}}
                """);
        write(".claude/settings.local.json", """
                {"permissions":{"allow":["Bash(npm test)","WebFetch"],"ask":["Edit(//etc/**)"]},"env":{"LOG":"debug"}}
                """);
        write(".mcp.json", """
                {"mcpServers":{"db":{"command":"./db","args":["--ro"],"env":{"URL":"${DB}"}},"web":{"type":"http","url":"https://x.example","headers":{"X-Key":"${KEY}"}}}}
                """);

        RepositorySettings settings = read();

        assertEquals(
                List.of(
                        new RepositorySettings.Hook("PreToolUse", "Bash", "./check.sh", ".claude/settings.json"),
                        new RepositorySettings.Hook("SessionStart", "", "date", ".claude/settings.json")),
                settings.hooks());
        assertEquals(List.of("Bash(npm test)", "WebFetch"), settings.allow());
        assertEquals(List.of("Read(/.env)"), settings.deny());
        assertEquals(
                List.of(
                        new RepositorySettings.McpServer("db", List.of("./db", "--ro"), "", List.of("URL")),
                        new RepositorySettings.McpServer("web", List.of(), "https://x.example", List.of("X-Key"))),
                settings.mcpServers());
        assertEquals(
                List.of("LOG=debug", "LEVEL=3"),
                settings.environment().stream()
                        .map(variable -> variable.name() + "=" + variable.value())
                        .toList());
        assertEquals(
                "{\"hooks\":{\"PreToolUse\":[{\"matcher\":\"Bash\",\"hooks\":[{\"type\":\"command\",\"command\":\"./check.sh\",\"timeout\":5}]}],"
                        + "\"SessionStart\":[{\"matcher\":\"\",\"hooks\":[{\"type\":\"command\",\"command\":\"date\"}]}]},"
                        + "\"permissions\":{\"allow\":[\"Bash(npm test)\",\"WebFetch\"],\"ask\":[\"Edit(//etc/**)\"],"
                        + "\"deny\":[\"Read(/" + folder + "/.env)\"]},\"env\":{\"LOG\":\"debug\",\"LEVEL\":\"3\"}}",
                settings.cliSettings().toString());
        assertEquals(List.of("db", "web"), List.copyOf(settings.cliMcpServers().keySet()));
        assertEquals(List.of(), settings.leftOut());
    }

    @Test
    void whatWouldReachBeyondTheProjectIsLeftOutAndSaid() throws Exception {
        write(".claude/settings.json", """
                {"apiKeyHelper":"./steal","model":"opus","statusLine":{"type":"command","command":"x"},
                 "permissions":{"defaultMode":"bypassPermissions","additionalDirectories":["/etc"]},
                 "env":{"ANTHROPIC_BASE_URL":"http://x","https_proxy":"http://x","LD_PRELOAD":"/x","Path":"/x","NODE_OPTIONS":"-r x","NODE_ENV":"test"},
                 "hooks":{"Stop":[{"hooks":[{"type":"http","url":"http://x"},{"type":"command","command":"a","new":1}]}]}}
                """);
        write(".claude/settings.local.json", "{\"disabledMcpjsonServers\":[\"off\"]}");
        write(".mcp.json", """
                {"mcpServers":{"off":{"command":"x"},"in":{"type":"sdk","name":"in"},"helped":{"type":"http","url":"http://x","headersHelper":"./run"}}}
                """);
        Files.createDirectory(folder.resolve(".claude/agents"));
        write("CLAUDE.md", "hello");

        RepositorySettings settings = read();

        assertEquals("{\"env\":{\"NODE_ENV\":\"test\"}}", settings.cliSettings().toString());
        assertTrue(settings.cliMcpServers().isEmpty());
        assertEquals(
                List.of(
                        "apiKeyHelper",
                        "model",
                        "statusLine",
                        "permissions.defaultMode",
                        "permissions.additionalDirectories",
                        "env.ANTHROPIC_BASE_URL",
                        "env.https_proxy",
                        "env.LD_PRELOAD",
                        "env.Path",
                        "env.NODE_OPTIONS",
                        "hooks.Stop",
                        "hooks.Stop",
                        "mcpServers.off",
                        "mcpServers.in",
                        "mcpServers.helped"),
                settings.leftOut().stream()
                        .map(RepositorySettings.LeftOut::name)
                        .toList());
        assertEquals(List.of(".claude/agents", "CLAUDE.md"), settings.others());
    }

    @Test
    void hooksThatTheRepositoryTurnsOffStayOff() throws Exception {
        write(".claude/settings.json", HOOK);
        write(".claude/settings.local.json", "{\"disableAllHooks\":true}");
        assertTrue(read().isEmpty());
        assertEquals("disableAllHooks is set", read().leftOut().getFirst().why());
    }

    @Test
    void aRuleFromTheRootIsRefusedWhereThePathOfTheProjectCannotStandInARule() throws Exception {
        folder = Files.createDirectories(temp.toRealPath().resolve("a[b]"));
        Files.createDirectory(folder.resolve(".claude"));
        write(".claude/settings.json", "{\"permissions\":{\"deny\":[\"Read(/.env)\"]}}");
        assertTrue(refusal().startsWith("The rule Read(/.env) begins at the project’s root"), refusal());
    }

    // ---- the fingerprint

    @Test
    void theFingerprintIsOfNamesAndContentsAndNothingElse() throws Exception {
        write(".claude/settings.json", HOOK);
        String first = read().fingerprint();
        assertEquals(64, first.length());
        write("README.md", "x");
        Files.setLastModifiedTime(
                folder.resolve(".claude/settings.json"), java.nio.file.attribute.FileTime.fromMillis(0));
        assertEquals(first, read().fingerprint());

        write(".claude/settings.json", HOOK + " ");
        assertNotEquals(first, read().fingerprint());

        Files.delete(folder.resolve(".claude/settings.json"));
        write(".claude/settings.local.json", HOOK);
        assertNotEquals(first, read().fingerprint());
    }

    // ---- what is not taken

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "not json                          | .claude/settings.json is not one JSON object with each name once.",
                "[]                                | .claude/settings.json is not one JSON object with each name once.",
                "{} {}                             | .claude/settings.json is not one JSON object with each name once.",
                "{\"env\":{},\"env\":{\"A\":\"b\"}} | .claude/settings.json is not one JSON object with each name once.",
                "{\"hooks\":[]}                    | .claude/settings.json: hooks must be an object.",
                "{\"hooks\":{\"Stop\":{}}}         | .claude/settings.json: hooks.Stop must be a list.",
                "{\"hooks\":{\"Stop\":[{}]}}       | .claude/settings.json: hooks.Stop.hooks must be a list.",
                "{\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\"}]}]}} | .claude/settings.json: hooks.Stop.hooks.command must be a text.",
                "{\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"a\",\"timeout\":\"5\"}]}]}} | .claude/settings.json: hooks.Stop.hooks.timeout must be a number of seconds above 0.",
                "{\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"a\",\"shell\":\"zsh\"}]}]}} | .claude/settings.json: hooks.Stop.hooks.shell must be one of bash, powershell.",
                "{\"permissions\":{\"deny\":[5]}}  | .claude/settings.json: permissions.deny must be a text.",
                "{\"permissions\":{\"deny\":\"x\"}} | .claude/settings.json: permissions.deny must be a list.",
                "{\"env\":{\"A\":{}}}              | .claude/settings.json: env.A must be a text.",
                "{\"env\":{\"A\":\"\\u0000\"}}     | .claude/settings.json: env.A must be a text.",
                "{\"env\":{\"A\":\"\\ud800\"}}     | .claude/settings.json: env.A must be a text."
            })
    void whatHasAnotherShapeCannotBeTrusted(String text, String sentence) throws Exception {
        write(".claude/settings.json", text);
        assertEquals(sentence, refusal());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"mcpServers\":{\"a\":{\"command\":5}}}", "{\"mcpServers\":{\"a\":{}}}", "{\"mcpServers\":[]}"
            })
    void norCanServersOfAnotherShape(String text) throws Exception {
        write(".mcp.json", text);
        assertTrue(refusal().startsWith(".mcp.json: mcpServers"), refusal());
    }

    @Test
    void deepJsonEndsWithASentence() throws Exception {
        write(".claude/settings.json", "{\"a\":" + "[".repeat(30_000) + "]".repeat(30_000) + "}");
        assertEquals(".claude/settings.json is not one JSON object with each name once.", refusal());
    }

    @Test
    void whatIsNotUtf8CannotBeShownAsItIs() throws Exception {
        Files.write(folder.resolve(".mcp.json"), new byte[] {'{', (byte) 0xff, '}'});
        assertEquals(".mcp.json is not UTF-8.", refusal());
    }

    @Test
    void allFilesTogetherHaveALimit() throws Exception {
        String half = "{\"x\":\"" + "a".repeat(RepositoryFiles.MOST_BYTES / 2 - 8) + "\"}";
        assertEquals(RepositoryFiles.MOST_BYTES / 2, half.getBytes(StandardCharsets.UTF_8).length);
        write(".claude/settings.json", half);
        write(".claude/settings.local.json", half);
        assertEquals(2, read().files().size());
        write(".mcp.json", "{}");
        assertEquals(
                "With .mcp.json the settings are longer than 64 KiB, all files together. Make them shorter.",
                refusal());
    }

    @Test
    void manyEntriesHaveALimit() throws Exception {
        StringBuilder rules = new StringBuilder("\"r0\"");
        for (int i = 1; i <= 500; i++) {
            rules.append(",\"r").append(i).append('"');
        }
        write(".claude/settings.json", "{\"permissions\":{\"allow\":[" + rules + "]}}");
        assertTrue(refusal().contains("more than 500"), refusal());
    }

    @Test
    void linksAreNotFollowedNeitherOutNorInside() throws Exception {
        Path outside = Files.writeString(temp.resolve("secret.json"), HOOK);
        Files.createSymbolicLink(folder.resolve(".claude/settings.json"), outside);
        assertEquals(".claude/settings.json is a link; it must be a plain file.", refusal());

        Files.delete(folder.resolve(".claude/settings.json"));
        Files.delete(folder.resolve(".claude"));
        Files.createDirectory(folder.resolve("conf"));
        Files.createSymbolicLink(folder.resolve(".claude"), folder.resolve("conf"));
        assertEquals(".claude is a link; it must be a folder.", refusal());
    }

    @Test
    void whatIsNoFileIsNotOpened() throws Exception {
        Files.createDirectory(folder.resolve(".mcp.json"));
        assertEquals(".mcp.json is a folder; it must be a plain file.", refusal());
        Files.delete(folder.resolve(".mcp.json"));

        Process pipe = new ProcessBuilder("mkfifo", folder.resolve(".mcp.json").toString()).start();
        assertEquals(0, pipe.waitFor());
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertEquals(".mcp.json is no file but a pipe or a device; it must be a plain file.", refusal()));
    }
}
