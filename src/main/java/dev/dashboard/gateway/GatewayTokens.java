package dev.dashboard.gateway;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and checks what a CLI process presents to the gateway: the id of its launch, and a proof that this server made it. Nothing is
 * kept, so that a process that outlives the server has a good token with the next one. A token lasts as long as its launch is live;
 * that is for the gateway to ask. Any thread.
 */
public final class GatewayTokens {
    private static final String ALGORITHM = "HmacSHA256";
    /** Fixed: the key is for this use alone, whatever else the secret signs. */
    private static final String LABEL = "dashboard gateway token 1";

    /** Longer ones are not ours. */
    private static final int LONGEST = 200;

    /** The present one first; the earlier one holds while a new secret takes over. */
    private final List<byte[]> keys = new ArrayList<>();

    /**
     * @param secret of this server, at least 32 bytes; a key is derived from it
     * @param previous the secret before it, whose tokens still count
     */
    public GatewayTokens(String secret, Optional<String> previous) {
        keys.add(derived(secret));
        previous.ifPresent(text -> keys.add(derived(text)));
    }

    private static byte[] derived(String secret) {
        return hmac(secret.getBytes(StandardCharsets.UTF_8), LABEL);
    }

    /** The token for a launch: {@code launch.proof}. */
    public String token(String launch) {
        return launch + "." + proof(keys.getFirst(), launch);
    }

    /** The launch that the token was made for; empty when this server did not make it. */
    Optional<String> launch(String token) {
        int dot = token.lastIndexOf('.');
        if (dot <= 0 || token.length() > LONGEST) {
            return Optional.empty();
        }
        String launch = token.substring(0, dot);
        byte[] given = token.substring(dot + 1).getBytes(StandardCharsets.UTF_8);
        boolean known = false;
        for (byte[] key : keys) {
            known |= MessageDigest.isEqual(proof(key, launch).getBytes(StandardCharsets.UTF_8), given);
        }
        return known ? Optional.of(launch) : Optional.empty();
    }

    private static String proof(byte[] key, String launch) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(hmac(key, launch));
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
