package dev.dashboard.auth;

import dev.dashboard.event.Actor;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Who is asking, for one request.
 *
 * @param user with the role that counts for this request, which an API token may make smaller
 * @param signIn which of their sign-ins this is, or the id of their API token; it ends when they sign out, or revoke it
 * @param until when the access token of this request expires, or the API token
 * @param token the name of the API token, when it is one
 */
public record Viewer(User user, UUID signIn, Instant until, Optional<String> token) {
    public Actor.Person actor() {
        return new Actor.Person(user.id(), user.name(), token);
    }
}
