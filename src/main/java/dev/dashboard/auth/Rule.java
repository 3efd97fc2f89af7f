package dev.dashboard.auth;

/**
 * Who may use a route. Together with {@link Access} this is all there is about access; the table of routes names one for each.
 *
 * <p>The rules about a session also say what the route is about: the gate looks up whose that is before anybody else sees it.
 */
public enum Rule {
    /** Everybody, unknown people too. */
    PUBLIC,
    /** A person by their browser, also with a one-time password that must be changed first. */
    BROWSER,
    /** Everybody signed in, also with a one-time password that must be changed first. */
    SIGNED_IN_EVEN_BEFORE_PASSWORD_CHANGE,
    /** Everybody signed in. */
    SIGNED_IN,
    /** Who may change things: operators and administrators. */
    OPERATOR,
    ADMIN,
    /** Who may see the session. */
    SESSION_READ,
    /** Who may work in the session. */
    SESSION_WRITE,
    /** Who may say who else comes to the session. */
    SESSION_OWN,
    /** Who may see the session that asks. */
    APPROVAL_READ,
    /** Who may work in the session that asks. */
    APPROVAL_WRITE;

    /** Whether the route's {@code id} names a session. */
    public boolean isAboutSession() {
        return this == SESSION_READ || this == SESSION_WRITE || this == SESSION_OWN;
    }

    /** Whether the route's {@code id} names a request of a session. */
    public boolean isAboutApproval() {
        return this == APPROVAL_READ || this == APPROVAL_WRITE;
    }
}
