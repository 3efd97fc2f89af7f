package dev.dashboard.demo;

/**
 * What the scripted model says to one prompt: a pure function, asked once for each request of the CLI. The step of the story
 * follows from what the conversation already holds after the prompt ({@link Conversation#replies()} and
 * {@link Conversation#calls()}).
 */
@FunctionalInterface
public interface Story {
    Reply next(Conversation conversation);
}
