package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.CliCodec;
import dev.dashboard.cli.CliOutput;
import dev.dashboard.event.Actor;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import dev.dashboard.support.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What "full" means for people and for the CLI, and that nobody waits for an owner that is gone. */
@Timeout(30)
class MailboxTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Signal.Command COMMAND = new Signal.Interrupt(Actor.SERVER);

    private final Mailbox mailbox = new Mailbox();

    @Test
    void whenItIsFullPeopleAreToldBusyAfterTwoSeconds() throws Exception {
        fill();
        long start = System.nanoTime();

        Problem problem = assertThrows(Problem.class, () -> mailbox.ask(COMMAND));

        long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertEquals(Problem.Kind.BUSY, problem.kind());
        assertEquals("session-busy", problem.code());
        assertTrue(problem.getMessage().contains("1000"), problem.getMessage());
        assertTrue(problem.retryAfter().isPresent());
        assertTrue(waited >= 1_990 && waited < 8_000, "waited " + waited + " ms");
    }

    @Test
    void whenItIsFullTheCliWaitsUntilThereIsRoomAndKeepsItsOrder() throws Exception {
        fill();
        Worker reader = Worker.platform("reader", () -> {
            mailbox.put(heard("1000"));
            mailbox.put(heard("1001"));
        });
        assertFalse(reader.join(Duration.ofMillis(500)), "the reader should wait");

        List<String> lines = new ArrayList<>();
        while (lines.size() < Mailbox.CAPACITY + 2) {
            mailbox.take(SOON.toNanos()).forEach(mail -> lines.add(line(mail)));
        }

        assertTrue(reader.join(SOON));
        assertEquals(
                IntStream.range(0, Mailbox.CAPACITY + 2)
                        .mapToObj(Integer::toString)
                        .toList(),
                lines);
    }

    @Test
    void whenMuchIsUndecidedTheCliWaitsAndNobodyElse() throws Exception {
        int line = (int) Mailbox.UNDECIDED_BYTES / 2;
        AtomicInteger said = new AtomicInteger();
        Worker reader = Worker.platform("reader", () -> {
            for (int i = 1; i <= 5; i++) {
                mailbox.put(heard("line " + i, (long) i * line));
                said.set(i);
            }
        });
        Await.until("three are said", () -> said.get() >= 3);
        assertFalse(reader.join(Duration.ofMillis(300)), "the reader should wait");
        assertEquals(3, said.get(), "how long the first line was is not known");

        CompletableFuture<Reply> person = mailbox.ask(COMMAND);
        mailbox.put(new Signal.MakeRoom());
        assertFalse(person.isDone());
        assertEquals(6, mailbox.take(SOON.toNanos()).size());
        assertFalse(reader.join(Duration.ofMillis(300)), "what the owner has is not decided yet");

        assertEquals(1, mailbox.take(SOON.toNanos()).size());
        assertTrue(reader.join(SOON));
    }

    @Test
    void aLineThatNeverCameInIsNotWaitedFor() throws Exception {
        fill();
        Worker reader = Worker.platform("reader", () -> mailbox.put(heard("large", 2 * Mailbox.UNDECIDED_BYTES)));
        assertFalse(reader.join(Duration.ofMillis(300)), "the reader should wait");
        reader.close();
        for (int taken = 0; taken < Mailbox.CAPACITY; ) {
            taken += mailbox.take(0).size();
        }
        mailbox.take(0);

        Worker next = Worker.platform("next", () -> mailbox.put(heard("small", 2 * Mailbox.UNDECIDED_BYTES + 10)));
        assertTrue(next.join(SOON), "nobody will ever decide the line that was given up");
    }

    @Test
    void aLineThatIsLargerThanAllThatMayWaitPassesAndNothingIsReadBehindIt() throws Exception {
        mailbox.put(heard("small", 10));
        long large = 10 + 16 * Mailbox.UNDECIDED_BYTES;
        Worker reader = Worker.platform("reader", () -> {
            mailbox.put(heard("large", large));
            mailbox.put(heard("after", large + 10));
        });
        assertFalse(reader.join(Duration.ofMillis(300)), "the reader should wait");
        assertEquals(2, mailbox.take(0).size());
        assertEquals(List.of("after"), lines(mailbox.take(SOON.toNanos())));
        assertTrue(reader.join(SOON));

        // The next process of the session begins anew.
        mailbox.take(0);
        mailbox.put(heard("small", 20));
        Worker next = Worker.platform("reader", () -> mailbox.put(heard("large", large)));
        assertFalse(next.join(Duration.ofMillis(300)), "the reader should wait");
        mailbox.close();
        assertTrue(next.join(SOON), "the reader must not wait for an owner that is gone");
    }

    @Test
    void aBatchIsBounded() throws Exception {
        fill();
        assertEquals(256, mailbox.take(0).size());
    }

    @Test
    void closingAnswersEverybodyWhoWaits() throws Exception {
        CompletableFuture<Reply> inLine = mailbox.ask(COMMAND);
        put(Mailbox.CAPACITY - 1);
        CompletableFuture<Problem> beforeTheLine = new CompletableFuture<>();
        Worker person = Worker.virtual(
                "person",
                () -> beforeTheLine.complete(assertThrows(Problem.class, () -> answerOf(mailbox.ask(COMMAND)))));
        Worker reader = Worker.platform("reader", () -> mailbox.put(heard("late")));

        mailbox.close();

        assertEquals(
                "session-not-live",
                assertThrows(Problem.class, () -> answerOf(inLine)).code());
        assertEquals("session-not-live", beforeTheLine.get(10, TimeUnit.SECONDS).code());
        assertTrue(person.join(SOON));
        assertTrue(reader.join(SOON), "the reader must not wait for an owner that is gone");
        assertEquals(
                "session-not-live",
                assertThrows(Problem.class, () -> answerOf(mailbox.ask(COMMAND)))
                        .code());
    }

    @Test
    void refusingAnswersPeopleAndKeepsWhatTheCliSaid() throws Exception {
        mailbox.put(heard("1"));
        CompletableFuture<Reply> person = mailbox.ask(COMMAND);
        mailbox.put(heard("2"));

        mailbox.refuse(new Problem(Problem.Kind.UNAVAILABLE, "journal-unavailable", "away"));

        assertEquals(
                "journal-unavailable",
                assertThrows(Problem.class, () -> answerOf(person)).code());
        assertEquals(List.of("1", "2"), lines(mailbox.take(0)));
    }

    private void fill() throws InterruptedException {
        put(Mailbox.CAPACITY);
    }

    private void put(int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            mailbox.put(heard(Integer.toString(i)));
        }
    }

    private static Signal heard(String line) {
        return heard(line, 0);
    }

    private static Signal heard(String line, long end) {
        return new Signal.Heard(CliCodec.decode(line), end, 0);
    }

    private static List<String> lines(List<Mailbox.Mail> batch) {
        return batch.stream().map(MailboxTest::line).toList();
    }

    private static String line(Mailbox.Mail mail) {
        return assertInstanceOf(
                        CliOutput.Unrecognized.class,
                        assertInstanceOf(Signal.Heard.class, mail.signal()).output())
                .line();
    }

    private static Reply answerOf(CompletableFuture<Reply> reply) throws Exception {
        try {
            return reply.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw assertInstanceOf(Problem.class, e.getCause());
        }
    }
}
