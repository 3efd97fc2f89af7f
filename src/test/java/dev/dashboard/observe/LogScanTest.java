package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The scan of all logs finds what it is there for, and nothing else. */
class LogScanTest {
    private static final String WELL =
            line("\"message\":\"cli started session=x pid=1\",\"sessionId\":\"0b0e7b9e-1111-4222-8333-944455566677\"");

    private final LogScan scan = new LogScan();

    @BeforeEach
    void know() {
        scan.secret("correct horse " + "battery");
        scan.words("say \"hello\" to the \\ world");
    }

    @Test
    void whatAServerUsuallySaysIsFine() {
        assertEquals(
                List.of(),
                scan.findings(
                        "a",
                        List.of(
                                "Dashboard ready: http://127.0.0.1:43210",
                                "First sign-in: the administrator is called admin.",
                                "The one-time password lies in /tmp/x/initial-admin-password and must be changed at the"
                                        + " first sign-in.",
                                WELL,
                                line(
                                        "\"message\":\"GET /api/v1/sessions/{id} 200\",\"route\":\"/api/v1/sessions/{id}\""))));
    }

    @Test
    void eachKindIsFoundByItsPlace() {
        String sk = "sk-" + "ant-";
        finds("a JWT", "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x");
        finds("an API token", "ccd" + "_0123456789abcdef");
        finds("a key of the model", sk + "api03-abcdef");
        finds("a launch's token", "0b0e7b9e-1111-4222-8333-944455566677." + "a".repeat(43));
        finds("a private key", "-----BEGIN " + "PRIVATE KEY-----");
        finds("a header with a credential", "Authorization" + ": Basic YWJj");
        finds("a header with a credential", "cookie" + "=x");
        finds("a bearer token", "Bearer " + "0123456789");
        finds("a cookie", "dashboard_access" + "=x");
        finds("a secret that a test knows", "the correct horse " + "battery");
    }

    private void finds(String kind, String planted) {
        List<String> findings = scan.findings("a", List.of(WELL, line("\"message\":\"x " + planted + "\"")));
        assertTrue(findings.contains("a:2: " + kind), planted + " " + findings);
        findings.forEach(finding -> assertFalse(finding.contains(planted), finding));
    }

    /** In JSON the words look otherwise. */
    @Test
    void wordsOfAPersonAreFoundWhateverStandsInThem() {
        assertEquals(
                List.of("a:1: words of a person or of the model"),
                scan.findings("a", List.of(line("\"message\":\"x: say \\\"hello\\\" to the \\\\ world, please\""))));
    }

    @Test
    void anAddressAsItWasSentIsFound() {
        for (String route : List.of("/api/v1/sessions/0b0e7b9e-1111-4222-8333-944455566677", "/?token=1")) {
            assertEquals(
                    List.of("a:1: an address as it was sent"),
                    scan.findings("a", List.of(line("\"message\":\"x\",\"route\":\"" + route + "\""))));
        }
    }

    @Test
    void whatIsNoLineOfALogIsFound() {
        for (String wrong : List.of("hello", "", "{\"time\":\"x\"} {}", "\tat dev.dashboard.App.start(App.java:1)")) {
            assertEquals(List.of("a:1: no JSON object"), scan.findings("a", List.of(wrong, WELL)), wrong);
        }
        assertEquals(List.of("a:1: a member is missing"), scan.findings("a", List.of("{\"time\":\"x\"}", WELL)));
    }

    @Test
    void theLastLineOfAServerThatWasKilledMayBeHalfOfOne() {
        String half = WELL.substring(0, 40);

        assertEquals(List.of(), scan.findings("a", List.of(WELL, half)));
        assertEquals(List.of("a:1: no JSON object"), scan.findings("a", List.of(half, WELL)));
    }

    private static String line(String rest) {
        return "{\"time\":\"2026-01-02T03:04:05.060Z\",\"level\":\"INFO\",\"logger\":\"here\",\"thread\":\"main\","
                + rest + "}";
    }
}
