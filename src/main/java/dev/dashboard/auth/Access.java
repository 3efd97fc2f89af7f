package dev.dashboard.auth;

import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import java.util.Optional;

/** The one answer to "may they?"; pure. */
public final class Access {
    private Access() {}

    /** Returns when the rule lets them; otherwise a Problem: UNAUTHENTICATED, or FORBIDDEN with the reason. */
    public static void check(Rule rule, Optional<Viewer> viewer) {
        switch (rule) {
            case PUBLIC -> {
                return;
            }
            case SIGNED_IN_EVEN_BEFORE_PASSWORD_CHANGE -> signedIn(viewer);
            case SIGNED_IN -> atLeast(Role.VIEWER, viewer);
            case OPERATOR -> atLeast(Role.OPERATOR, viewer);
            case ADMIN -> atLeast(Role.ADMIN, viewer);
        }
    }

    private static void atLeast(Role role, Optional<Viewer> viewer) {
        User user = signedIn(viewer);
        if (user.mustChangePassword()) {
            throw new Problem(
                    Kind.FORBIDDEN, "password-change-required", "Change the one-time password first, then go on.");
        }
        if (!user.role().includes(role)) {
            throw new Problem(Kind.FORBIDDEN, "not-allowed", "This needs the role " + role.text() + ".");
        }
    }

    private static User signedIn(Optional<Viewer> viewer) {
        return viewer.map(Viewer::user).orElseThrow(Access::notSignedIn);
    }

    static Problem notSignedIn() {
        return new Problem(Kind.UNAUTHENTICATED, "not-signed-in", "Sign in first; an earlier sign-in may be over.");
    }
}
