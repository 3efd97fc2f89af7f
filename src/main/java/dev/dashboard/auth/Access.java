package dev.dashboard.auth;

import dev.dashboard.event.Ownership;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import java.util.Locale;
import java.util.Optional;

/** The one answer to "may they?"; pure. */
public final class Access {
    private Access() {}

    /** How far somebody may go with a session; each includes the ones before it. */
    public enum Level {
        NONE,
        READ,
        WRITE,
        OWN;

        /** The word in the API. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What a route is about.
     *
     * @param kind {@code session, approval}, or empty for routes about neither
     * @param session whose the session is; empty when there is none
     */
    public record About(String kind, String id, Optional<Ownership> session) {
        public static final About NOTHING = new About("", "", Optional.empty());
    }

    /**
     * Returns when the rule lets them; otherwise a Problem: UNAUTHENTICATED, FORBIDDEN with the reason, or NOT_FOUND for a session
     * that they may not know of, as for one that does not exist.
     *
     * @param about what the route is about
     */
    public static void check(Rule rule, Optional<Viewer> viewer, About about) {
        switch (rule) {
            case PUBLIC -> {
                return;
            }
            case BROWSER -> byBrowser(viewer);
            case SIGNED_IN_EVEN_BEFORE_PASSWORD_CHANGE -> signedIn(viewer);
            case SIGNED_IN -> atLeast(Role.VIEWER, viewer);
            case OPERATOR -> atLeast(Role.OPERATOR, viewer);
            case ADMIN -> atLeast(Role.ADMIN, viewer);
            case SESSION_READ -> session(Level.READ, viewer, about);
            case SESSION_WRITE -> session(Level.WRITE, viewer, about);
            case SESSION_OWN -> session(Level.OWN, viewer, about);
            case APPROVAL_READ -> session(Level.READ, viewer, about);
            case APPROVAL_WRITE -> session(Level.WRITE, viewer, about);
        }
    }

    /** How far somebody may go with a session. A viewer only ever reads. */
    public static Level level(User user, Ownership ownership) {
        boolean works = user.role().includes(Role.OPERATOR);
        boolean owns = user.role() == Role.ADMIN || ownership.owner().equals(user.id());
        if (owns) {
            return works ? Level.OWN : Level.READ;
        }
        return switch (ownership.sharing()) {
            case PRIVATE -> Level.NONE;
            case TEAM_READ -> Level.READ;
            case TEAM_WRITE -> works ? Level.WRITE : Level.READ;
        };
    }

    /** For lists: whose private sessions are among those that somebody may see; empty when that is everybody's. */
    public static Optional<UserId> privateOf(User user) {
        return user.role() == Role.ADMIN ? Optional.empty() : Optional.of(user.id());
    }

    /** It names addresses and folders of the machine, which only who runs it needs. */
    public static boolean seesConfiguration(User user) {
        return user.role().includes(Role.ADMIN);
    }

    private static void session(Level needed, Optional<Viewer> viewer, About about) {
        User user = atLeast(Role.VIEWER, viewer);
        Level level = about.session().map(ownership -> level(user, ownership)).orElse(Level.NONE);
        if (level == Level.NONE) {
            throw Problem.notFound(about.kind() + "-unknown", "There is no " + about.kind() + " " + about.id() + ".");
        }
        if (needed.compareTo(Level.READ) > 0) {
            atLeast(Role.OPERATOR, viewer);
        }
        if (level.compareTo(needed) < 0) {
            throw new Problem(
                    Kind.FORBIDDEN,
                    "session-not-yours",
                    needed == Level.OWN
                            ? "Only its owner or an administrator may do this with the session."
                            : "The owner of this session shares it for reading only.");
        }
    }

    private static User atLeast(Role role, Optional<Viewer> viewer) {
        User user = signedIn(viewer);
        if (user.mustChangePassword()) {
            throw new Problem(
                    Kind.FORBIDDEN, "password-change-required", "Change the one-time password first, then go on.");
        }
        if (!user.role().includes(role)) {
            throw new Problem(Kind.FORBIDDEN, "not-allowed", "This needs the role " + role.text() + ".");
        }
        return user;
    }

    private static void byBrowser(Optional<Viewer> viewer) {
        signedIn(viewer);
        if (viewer.flatMap(Viewer::token).isPresent()) {
            throw new Problem(
                    Kind.FORBIDDEN, "browser-only", "This is for a person's own sign-in, not for an API token.");
        }
    }

    private static User signedIn(Optional<Viewer> viewer) {
        return viewer.map(Viewer::user).orElseThrow(Access::notSignedIn);
    }

    static Problem notSignedIn() {
        return new Problem(Kind.UNAUTHENTICATED, "not-signed-in", "Sign in first; an earlier sign-in may be over.");
    }
}
