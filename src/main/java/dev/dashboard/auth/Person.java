package dev.dashboard.auth;

import java.time.Instant;
import java.util.Optional;

/**
 * Somebody who has an account, as administrators see them.
 *
 * @param invitation until when the link lasts that they have not used yet
 */
public record Person(
        User user, State state, Instant created, Optional<Instant> lastSignIn, Optional<Instant> invitation) {

    /** Where they stand; {@code INVITED} have not chosen a password yet. */
    public enum State {
        ACTIVE,
        INVITED,
        DISABLED
    }
}
