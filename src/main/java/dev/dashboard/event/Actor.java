package dev.dashboard.event;

/** Who made something happen. */
public sealed interface Actor {
    /** A signed-in person; the name is the one they had then. */
    record Person(UserId id, String name) implements Actor {}

    /** The Claude CLI of the session. */
    record Cli() implements Actor {}

    /** This server by itself. */
    record Server() implements Actor {}

    Actor CLI = new Cli();
    Actor SERVER = new Server();
}
