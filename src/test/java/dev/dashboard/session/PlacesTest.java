package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who may start, who waits, and in which order; told here without sessions, so nobody is admitted. */
class PlacesTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
    private static final UserId MARA = new UserId(UUID.randomUUID());
    private static final UserId TOM = new UserId(UUID.randomUUID());

    private final Places places = new Places(new Places.Limits(2, 2, 4));

    @Test
    void thereAreSoManyPlacesAndThenTheLine() {
        assertEquals(Optional.empty(), enter(MARA));
        assertEquals(Optional.empty(), enter(MARA));
        assertEquals(Optional.of(1), enter(MARA));
        assertEquals(2, places.live());
        assertEquals(1, places.waiting().size());
    }

    @Test
    void aFreePlaceIsNotGivenWhileTooManyStart() {
        Places one = new Places(new Places.Limits(5, 1, 4));
        SessionId first = SessionId.random();
        assertEquals(Optional.empty(), one.enter(first, MARA, NOON));
        assertEquals(Optional.of(1), one.enter(SessionId.random(), MARA, NOON));
        one.release(first);
        assertEquals(Optional.empty(), one.enter(SessionId.random(), TOM, NOON));
    }

    @Test
    void whoHasFewerComesFirstThoughTheyCameLater() {
        enter(MARA);
        enter(MARA);
        SessionId maras = waiting(MARA);
        SessionId marasNext = waiting(MARA);
        SessionId toms = waiting(TOM);
        assertEquals(
                List.of(toms, maras, marasNext),
                places.waiting().stream().map(Processes.Waiting::session).toList());
        assertEquals(Optional.of(2), places.position(maras));
    }

    @Test
    void aFullLineRefuses() {
        for (int i = 0; i < 6; i++) {
            enter(MARA);
        }
        Problem problem = assertThrows(Problem.class, () -> enter(TOM));
        assertEquals("queue-full", problem.code());
        assertEquals(4, places.waiting().size());
    }

    @Test
    void aSessionSitsOnce() {
        SessionId session = SessionId.random();
        places.enter(session, MARA, NOON);
        assertEquals(
                "already-live",
                assertThrows(Problem.class, () -> places.enter(session, MARA, NOON))
                        .code());
        places.release(session);
        places.reserveForRecovery(session);
        assertEquals(
                "being-settled",
                assertThrows(Problem.class, () -> places.enter(session, MARA, NOON))
                        .code());
        assertEquals(1, places.live());
    }

    @Test
    void afterTheEndNobodyIsSeated() {
        places.closeAll();
        assertEquals(
                "server-stopping",
                assertThrows(Problem.class, () -> enter(MARA)).code());
    }

    private Optional<Integer> enter(UserId person) {
        return places.enter(SessionId.random(), person, NOON);
    }

    private SessionId waiting(UserId person) {
        SessionId session = SessionId.random();
        places.enter(session, person, NOON);
        return session;
    }
}
