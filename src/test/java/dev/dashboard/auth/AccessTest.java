package dev.dashboard.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dashboard.auth.Access.Level;
import dev.dashboard.event.Ownership;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.UserId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How far somebody may go with a session. */
class AccessTest {
    private static final UserId OWNER = UserId.random();
    private static final UserId OTHER = UserId.random();

    private static Level level(Role role, UserId person, Sharing sharing) {
        return Access.level(new User(person, "mara", role, false), new Ownership(OWNER, sharing));
    }

    @Test
    void theOwnerAndAdministratorsGoAllTheWayHoweverItIsShared() {
        for (Sharing sharing : Sharing.values()) {
            assertEquals(Level.OWN, level(Role.OPERATOR, OWNER, sharing), sharing.wire());
            assertEquals(Level.OWN, level(Role.ADMIN, OTHER, sharing), sharing.wire());
        }
    }

    @Test
    void anotherOperatorGoesAsFarAsItIsShared() {
        assertEquals(Level.NONE, level(Role.OPERATOR, OTHER, Sharing.PRIVATE));
        assertEquals(Level.READ, level(Role.OPERATOR, OTHER, Sharing.TEAM_READ));
        assertEquals(Level.WRITE, level(Role.OPERATOR, OTHER, Sharing.TEAM_WRITE));
    }

    @Test
    void aViewerOnlyEverReads() {
        assertEquals(Level.NONE, level(Role.VIEWER, OTHER, Sharing.PRIVATE));
        assertEquals(Level.READ, level(Role.VIEWER, OTHER, Sharing.TEAM_READ));
        assertEquals(Level.READ, level(Role.VIEWER, OTHER, Sharing.TEAM_WRITE));
    }

    @Test
    void anOwnerWhoBecameAViewerStillReadsTheirOwn() {
        for (Sharing sharing : Sharing.values()) {
            assertEquals(Level.READ, level(Role.VIEWER, OWNER, sharing), sharing.wire());
        }
    }

    @Test
    void listsLeaveOutNothingForAdministratorsAndOthersPrivateOnesForEverybodyElse() {
        assertEquals(Optional.empty(), Access.privateOf(new User(OTHER, "admin", Role.ADMIN, false)));
        for (Role role : List.of(Role.OPERATOR, Role.VIEWER)) {
            assertEquals(Optional.of(OTHER), Access.privateOf(new User(OTHER, "mara", role, false)));
        }
    }
}
