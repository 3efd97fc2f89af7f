package dev.dashboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RoomTest {
    @Test
    void noLaunchTakesMoreThanHalfAndAllTogetherNoMoreThanThereIs() {
        Room room = new Room(3);
        assertTrue(room.enter("a"));
        assertTrue(room.enter("a"));
        assertFalse(room.enter("a"), "half, rounded up");
        assertTrue(room.enter("b"));
        assertFalse(room.enter("c"), "full");
        assertEquals(3, room.taken());

        room.leave("a");
        assertTrue(room.enter("c"));
        room.leave("a");
        room.leave("b");
        room.leave("c");
        assertEquals(0, room.taken());
        assertTrue(room.enter("a"));
    }

    @Test
    void oneIsEnoughForOne() {
        Room room = new Room(1);
        assertTrue(room.enter("a"));
        assertFalse(room.enter("b"));
    }
}
