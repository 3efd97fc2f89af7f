package dev.dashboard.mask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskingTest {
    /** No scanner of repositories should take the corpus for real: the marker is what must be gone. */
    private static final String BODY = "Zz9Zz9Zz9Zz9Zz9Zz9Zz9Zz9";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "key sk-ant-api03-%s-x was refused",
                "ghp_%s",
                "(gho_%s)",
                "\"ghs_%s\"",
                "github_pat_11AA_%s",
                "xoxb" + "-12-34-%s",
                "https://hooks.slack.com/services/T1/B2/%s",
                "ccd_%s",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.%s",
                "Authorization: Bearer %s",
                "authorization: basic %s",
                "x-api-key: %s",
                "fetch https://user:%s@example.org/a failed",
                "redis://:%s@localhost:6379",
                "https://example.org/?a=1&password=%s&b=2",
                "AWS_SECRET_ACCESS_KEY=%s",
                "ANTHROPIC_API_KEY='%s'",
                "?access_token=%s",
                "-----BEGIN RSA PRIVATE KEY-----\n%s\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\n%s\ncut off here",
                "AAAA%s\nBBBB\n-----END RSA PRIVATE KEY-----\nand more",
                "{\"user\": \"mara\", \"password\": \"%s\"}",
                "{'api_key': '%s'}",
                "{\"accessToken\":\"%s\"}",
                "body: {\\\"client_secret\\\":\\\"%s\\\"}",
                "database:\n  password: %s\n",
                "- token: '%s'",
                "X-Auth-Token: %s",
            })
    void takesOutWellKnownShapes(String text) {
        String masked = Masking.SHAPES_ALONE.mask(text.formatted(BODY));
        assertFalse(masked.contains(BODY), masked);
        assertTrue(masked.contains(Masking.MASK), masked);
    }

    @Test
    void takesOutAccessKeyIdsOfAws() {
        assertEquals("id [masked].", Masking.SHAPES_ALONE.mask("id AKIA" + "Z".repeat(16) + "."));
    }

    @Test
    void keepsWhatStandsAround() {
        assertEquals(
                "GET https://example.org/?a=1&password=[masked]&b=2 by u:[masked] at https://u:[masked]@h/p",
                Masking.SHAPES_ALONE.mask(
                        "GET https://example.org/?a=1&password=hunter2&b=2 by u:sk-ant-12345678 at https://u:p@h/p"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "The bearer of bad news",
                "Bearer token missing",
                "No conversation found with session ID 0b5c3ad6-1f5c-4a52-8f3e-7b8f3d5b0001",
                "tokens: 1200, password is required",
                "unexpected token: found } where a value should be",
                "{\"max_tokens\": \"1200\", \"tokens\": 3}",
                "the certificate\n-----END CERTIFICATE-----",
                "https://example.org:8080/a@b",
                "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
                "risk-antenna and task-ant-like words",
            })
    void leavesOrdinaryTextAlone(String text) {
        assertEquals(text, Masking.SHAPES_ALONE.mask(text));
    }

    @Test
    void takesOutKnownSecretsTheLongerOneFirst() {
        Masking masking = new Masking(List.of("tr0ubador", "tr0ubador&3", "short"));
        assertEquals("[masked] and [masked], short", masking.mask("tr0ubador&3 and tr0ubador, short"));
    }

    @Test
    void knownSecretsAloneLeaveTheFormOfALineOfJson() {
        Masking masking = new Masking(List.of("q3Zt7vK1mW9xB5nR"));
        assertEquals(
                "{\"message\":\"token=\\\"[masked]\\\"\"}",
                masking.maskKnown("{\"message\":\"token=\\\"q3Zt7vK1mW9xB5nR\\\"\"}"));
    }

    @Test
    void masksWhatIsMaskedToTheSame() {
        String once = Masking.SHAPES_ALONE.mask("password=hunter2 Bearer " + BODY + " https://u:p@h");
        assertEquals(once, Masking.SHAPES_ALONE.mask(once));
    }

    /** Eight times the text may take eight times as long, with room for a busy machine; in the square it would be 64. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "eyJ",
                "a",
                "a_",
                "-----BEGIN PRIVATE KEY-----",
                "-----BEGIN ",
                "://a:",
                "://",
                "password=",
                "password",
                "bearer ",
                "sk-ant-",
                "A\n",
                "token: ",
                "\ntoken",
                "- ",
                "\"token\":",
                "eyJaaaaaaaa.",
                "authorization: ",
                " ",
                "AKIA",
            })
    void takesTimeInProportionToTheText(String hostile) {
        String small = hostile.repeat(32 * 1024 / hostile.length());
        String large = hostile.repeat(256 * 1024 / hostile.length());
        fastest(small);
        double ratio = (double) fastest(large) / Math.max(fastest(small), 200_000);
        assertTrue(ratio < 32, "ratio " + ratio);
    }

    private static long fastest(String text) {
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long start = System.nanoTime();
            Masking.SHAPES_ALONE.mask(text);
            best = Math.min(best, System.nanoTime() - start);
        }
        return best;
    }
}
