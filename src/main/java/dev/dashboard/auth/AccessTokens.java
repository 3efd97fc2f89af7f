package dev.dashboard.auth;

import dev.dashboard.event.UserId;
import io.helidon.common.configurable.Resource;
import io.helidon.security.Security;
import io.helidon.security.SecurityContext;
import io.helidon.security.jwt.Jwt;
import io.helidon.security.jwt.SignedJwt;
import io.helidon.security.jwt.jwk.JwkKeys;
import io.helidon.security.providers.jwt.JwtProvider;
import io.helidon.security.util.TokenHandler;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Access tokens: JWT, HS256, short-lived, naming a user and a sign-in and nothing else; what the user may do is looked up at
 * each request, so that it can be taken away at once. With two keys, the first one signs and both verify.
 */
public final class AccessTokens {
    private static final String NAME = "claude-code-dashboard";
    private static final String SIGN_IN = "sid";

    private record Key(String id, byte[] secret) {}

    /** What a valid token says. */
    public record Claims(UserId user, UUID signIn, Instant expires) {}

    private final List<Key> keys = new ArrayList<>();
    private final JwkKeys jwk;
    private final Duration life;
    private final Clock clock;

    /** @param previous the key before this one, while tokens signed by it may still be about */
    public AccessTokens(String secret, Optional<String> previous, Duration life, Clock clock) {
        keys.add(key(secret));
        previous.filter(old -> !old.equals(secret)).ifPresent(old -> keys.add(key(old)));
        this.jwk = JwkKeys.builder().resource(Resource.create("jwks", jwks())).build();
        this.life = life;
        this.clock = clock;
        if (jwk.keys().size() != keys.size()) {
            // The parser drops what it does not like with a line in the log; then nobody could sign in.
            throw new IllegalStateException("the JWT keys were not accepted");
        }
    }

    private static Key key(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        byte[] id = hmac(bytes, "key id");
        return new Key(HexFormat.of().formatHex(id, 0, 8), bytes);
    }

    private String jwks() {
        JsonArrayBuilder array = Json.createArrayBuilder();
        for (Key key : keys) {
            array.add(Json.createObjectBuilder()
                    .add("kty", "oct")
                    .add("alg", "HS256")
                    .add("kid", key.id())
                    .add("k", Base64.getUrlEncoder().withoutPadding().encodeToString(key.secret())));
        }
        JsonObject jwks = Json.createObjectBuilder().add("keys", array).build();
        return jwks.toString();
    }

    String issue(UserId user, UUID signIn, Instant expires) {
        Jwt jwt = Jwt.builder()
                .algorithm("HS256")
                .keyId(keys.getFirst().id())
                .issuer(NAME)
                .addAudience(NAME)
                .subject(user.toString())
                .jwtId(UUID.randomUUID().toString())
                .issueTime(clock.instant())
                .expirationTime(expires)
                .addPayloadClaim(SIGN_IN, signIn.toString())
                .build();
        return SignedJwt.sign(jwt, jwk).tokenContent();
    }

    Duration life() {
        return life;
    }

    /** The security component that checks signature, time and audience of the token in a cookie. */
    public Security security(String cookie) {
        JwtProvider.Builder provider = JwtProvider.builder()
                .verifyJwk(Resource.create("jwks", jwks()))
                .optional(true)
                .propagate(false)
                .useJwtGroups(false)
                .atnTokenHandler(TokenHandler.builder()
                        .tokenHeader("Cookie")
                        .tokenPattern(Pattern.compile("(?:^|.*;\\s*)" + Pattern.quote(cookie) + "=([^;]+).*"))
                        .build());
        provider.expectedAudience(NAME);
        return Security.builder()
                .addProvider(provider.build(), "cookie")
                .disableTracing()
                .build();
    }

    /** What the token that was checked says; empty when there was none or it does not come from here. */
    public Optional<Claims> claims(SecurityContext context) {
        if (!context.isAuthenticated()) {
            return Optional.empty();
        }
        return context.user()
                .flatMap(
                        subject -> subject.publicCredential(io.helidon.security.providers.common.TokenCredential.class))
                .flatMap(token -> token.getTokenInstance(Jwt.class))
                .flatMap(this::claims);
    }

    private Optional<Claims> claims(Jwt jwt) {
        // The provider checks neither the issuer nor that there is an expiry.
        boolean ours = jwt.issuer().filter(NAME::equals).isPresent()
                && jwt.expirationTime().filter(clock.instant()::isBefore).isPresent();
        Optional<String> signIn = jwt.payloadClaim(SIGN_IN).map(AccessTokens::text);
        if (!ours || signIn.isEmpty() || jwt.subject().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Claims(
                UserId.parse(jwt.subject().get()),
                UUID.fromString(signIn.get()),
                jwt.expirationTime().get()));
    }

    private static String text(jakarta.json.JsonValue value) {
        return value instanceof jakarta.json.JsonString string ? string.getString() : value.toString();
    }

    /** Proof, for writes, that a page of ours asks: bound to the sign-in, valid as long as it. */
    public String csrfToken(UUID signIn) {
        return csrf(keys.getFirst(), signIn);
    }

    public boolean csrfTokenFits(UUID signIn, String token) {
        byte[] given = token.getBytes(StandardCharsets.UTF_8);
        return keys.stream()
                .anyMatch(key -> MessageDigest.isEqual(csrf(key, signIn).getBytes(StandardCharsets.UTF_8), given));
    }

    private static String csrf(Key key, UUID signIn) {
        byte[] own = hmac(key.secret(), "csrf key");
        return Base64.getUrlEncoder().withoutPadding().encodeToString(hmac(own, signIn.toString()));
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}
