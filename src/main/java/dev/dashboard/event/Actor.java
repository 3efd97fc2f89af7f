package dev.dashboard.event;

import java.util.Optional;

/** Who made something happen. */
public sealed interface Actor {
    /**
     * A person; the name is the one they had then.
     *
     * @param token the name of their API token, when a program acted for them with it
     */
    record Person(UserId id, String name, Optional<String> token) implements Actor {
        public Person(UserId id, String name) {
            this(id, name, Optional.empty());
        }
    }

    /** The Claude CLI of the session. */
    record Cli() implements Actor {}

    /** This server by itself. */
    record Server() implements Actor {}

    Actor CLI = new Cli();
    Actor SERVER = new Server();
}
