package dev.dashboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class GatewayTokensTest {
    private static final String OLD = "an earlier " + "secret of thirty-two bytes or more";
    private static final String NEW = "the present " + "secret of thirty-two bytes or more";
    private static final String LAUNCH = "6f2a1d3c-0000-4000-8000-000000000001";

    private final GatewayTokens tokens = new GatewayTokens(NEW, Optional.empty());

    @Test
    void aTokenIsOfItsLaunchAloneAndNeedsNoMemory() {
        String token = tokens.token(LAUNCH);

        assertEquals(Optional.of(LAUNCH), new GatewayTokens(NEW, Optional.empty()).launch(token));
        assertNotEquals(token, tokens.token(LAUNCH.replace('1', '2')));
    }

    @Test
    void theSecretBeforeStillCountsWhileANewOneTakesOver() {
        String old = new GatewayTokens(OLD, Optional.empty()).token(LAUNCH);

        assertEquals(Optional.of(LAUNCH), new GatewayTokens(NEW, Optional.of(OLD)).launch(old));
        assertEquals(Optional.empty(), tokens.launch(old));
    }

    @Test
    void whatThisServerDidNotMakeIsNobodys() {
        String token = tokens.token(LAUNCH);
        String proof = token.substring(token.lastIndexOf('.') + 1);

        for (String forged : new String[] {
            "",
            ".",
            LAUNCH,
            LAUNCH + ".",
            "." + proof,
            "another-launch." + proof,
            token.substring(0, token.length() - 1),
            token + "A",
            token + "=",
            token + "." + proof,
            "x".repeat(10_000) + "." + proof
        }) {
            assertEquals(Optional.empty(), tokens.launch(forged), forged);
        }
    }
}
