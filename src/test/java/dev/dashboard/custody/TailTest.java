package dev.dashboard.custody;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TailTest {
    private final Tail tail = new Tail(20_000);

    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        tail.add(bytes, bytes.length);
    }

    @Test
    void whatFitsIsKeptWhole() {
        add("first\n");
        add("x".repeat(19_994));

        assertEquals("first\n" + "x".repeat(19_994), tail.text());
    }

    @Test
    void aLineThatWasCutAtTheBeginningIsLeftOut() {
        add("the first half of a key and ");
        add("its second half\n" + "y".repeat(19_990));

        assertEquals("y".repeat(19_990), tail.text());
    }

    @Test
    void ofALineLongerThanAnySecretTheRestIsKept() {
        add("ä" + "x".repeat(19_998 - Tail.LONGEST_SECRET / 2) + "ä".repeat(Tail.LONGEST_SECRET));

        assertEquals("ä".repeat((20_000 - Tail.LONGEST_SECRET) / 2), tail.text());
    }
}
