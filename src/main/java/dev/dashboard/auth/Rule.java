package dev.dashboard.auth;

/** Who may use a route. */
public enum Rule {
    /** Everybody, unknown people too. */
    PUBLIC,
    /** Everybody signed in, also with a one-time password that must be changed first. */
    SIGNED_IN_EVEN_BEFORE_PASSWORD_CHANGE,
    /** Everybody signed in. */
    SIGNED_IN,
    /** Who may change things: operators and administrators. */
    OPERATOR,
    ADMIN
}
