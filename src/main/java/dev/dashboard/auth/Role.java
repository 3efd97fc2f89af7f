package dev.dashboard.auth;

import java.util.Locale;

/** What kind of user somebody is; each may do what the ones after it may. */
public enum Role {
    ADMIN,
    OPERATOR,
    VIEWER;

    /** The role of this name, as {@link #text()} gives it. */
    public static Role named(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** The name in the API and in events. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one that may do less. */
    Role least(Role other) {
        return includes(other) ? other : this;
    }

    boolean includes(Role other) {
        return compareTo(other) <= 0;
    }
}
