package dev.dashboard.auth;

import dev.dashboard.event.Actor;
import dev.dashboard.event.UserId;

/** A person as others may see them. */
public record User(UserId id, String name, Role role, boolean mustChangePassword) {
    public Actor.Person actor() {
        return new Actor.Person(id, name);
    }
}
