package dev.dashboard.auth;

import java.util.Locale;

/** What kind of user somebody is; each may do what the ones after it may. */
public enum Role {
    ADMIN,
    OPERATOR,
    VIEWER;

    static Role named(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** The name in the API and in events. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean includes(Role other) {
        return compareTo(other) <= 0;
    }
}
