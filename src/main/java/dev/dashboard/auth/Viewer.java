package dev.dashboard.auth;

import dev.dashboard.event.Actor;
import java.time.Instant;
import java.util.UUID;

/**
 * Who is asking, for one request.
 *
 * @param signIn which of their sign-ins this is; ends on sign-out
 * @param until when the access token of this request expires
 */
public record Viewer(User user, UUID signIn, Instant until) {
    public Actor.Person actor() {
        return user.actor();
    }
}
