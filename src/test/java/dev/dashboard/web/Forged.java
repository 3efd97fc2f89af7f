package dev.dashboard.web;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Access tokens as an attacker would make them: a real one taken apart, something changed, signed with a key of one's choice. */
record Forged(JsonObject header, JsonObject payload) {
    static Forged from(String token) {
        String[] parts = token.split("\\.");
        return new Forged(part(parts[0]), part(parts[1]));
    }

    private static JsonObject part(String text) {
        return Browser.parse(new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8));
    }

    Forged header(String name, String value) {
        return new Forged(Json.createObjectBuilder(header).add(name, value).build(), payload);
    }

    Forged claim(String name, String value) {
        return new Forged(
                header, Json.createObjectBuilder(payload).add(name, value).build());
    }

    /** Issue and expiry moved by so many seconds. */
    Forged moved(long seconds) {
        JsonObjectBuilder claims = Json.createObjectBuilder(payload);
        for (String name : new String[] {"iat", "exp"}) {
            claims.add(name, payload.getJsonNumber(name).longValue() + seconds);
        }
        return new Forged(header, claims.build());
    }

    Forged without(String name) {
        return new Forged(header, Json.createObjectBuilder(payload).remove(name).build());
    }

    String signed(String secret) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return text() + "." + base64(mac.doFinal(text().getBytes(StandardCharsets.US_ASCII)));
    }

    String unsigned() {
        return text() + ".";
    }

    private String text() {
        return base64(header.toString().getBytes(StandardCharsets.UTF_8)) + "."
                + base64(payload.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Every way by which a token must not get in; by what is wrong with it. */
    static Map<String, String> all(String real, String secret) throws GeneralSecurityException {
        Forged token = from(real);
        String wrongKey = "another-key-another-key-another-key-another-key";
        return Map.of(
                "expired", token.moved(-3600).signed(secret),
                "tampered",
                        token.claim("sub", "11111111-1111-4111-8111-111111111111")
                                        .text()
                                + real.substring(real.lastIndexOf('.')),
                "alg:none", token.header("alg", "none").unsigned(),
                "alg:none with a signature", token.header("alg", "none").signed(secret),
                "wrong key", token.signed(wrongKey),
                "wrong key and kid", token.header("kid", "0000000000000000").signed(wrongKey),
                "wrong issuer", token.claim("iss", "somebody-else").signed(secret),
                "wrong audience", token.claim("aud", "somebody-else").signed(secret),
                "no expiry", token.without("exp").signed(secret),
                "no audience", token.without("aud").signed(secret));
    }
}
