package dev.dashboard.event;

/** A draft and the session it belongs to. */
public record SessionDraft(SessionId session, DraftBlock block) {}
