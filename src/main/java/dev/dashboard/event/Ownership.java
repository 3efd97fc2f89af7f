package dev.dashboard.event;

/** Whose a session is, and who else may come to it. */
public record Ownership(UserId owner, Sharing sharing) {}
