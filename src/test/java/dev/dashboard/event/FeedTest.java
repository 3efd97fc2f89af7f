package dev.dashboard.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Subscription.Next;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Migrations;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
final class FeedTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final SessionId ONE = new SessionId(UUID.randomUUID());
    private static final SessionId TWO = new SessionId(UUID.randomUUID());

    @TempDir
    private Path folder;

    private Database db;
    private Feed feed;
    private Journal journal;

    @BeforeEach
    void open() {
        db = Database.open(folder.resolve("dashboard.db"), 2);
        Migrations.apply(db, List.of("db/001-journal.sql"));
        feed = new Feed();
        journal = new Journal(db, feed, List.of(), Clock.systemUTC());
    }

    @AfterEach
    void close() {
        feed.close();
        db.close();
    }

    private static Draft notice(SessionId session, String text) {
        return new Draft(Optional.of(session), Actor.CLI, new Event.NoticeGiven("info", text));
    }

    private static Draft reply(SessionId session, String messageId, int index, String text) {
        return new Draft(
                Optional.of(session),
                Actor.CLI,
                new Event.AssistantReplied("u", messageId, index, text, false, Optional.empty()));
    }

    private static DraftBlock block(String messageId, int index, String text) {
        return new DraftBlock(messageId, index, "text", text);
    }

    private void append(int count) {
        List<Draft> drafts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            drafts.add(notice(ONE, "n" + i));
        }
        journal.append(drafts);
    }

    private static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    private Subscription all(long after) {
        return feed.subscribe(journal, after, _ -> true, _ -> true);
    }

    private static List<Long> readTo(Subscription subscription, long end) throws InterruptedException {
        List<Long> seqs = new ArrayList<>();
        while (subscription.position() < end) {
            switch (subscription.next(LONG)) {
                case Next.Events events -> events.recorded().forEach(one -> seqs.add(one.seq()));
                case Next.Drafts _ -> {}
                case Next.Idle _, Next.Ended _ -> throw new AssertionError("stopped at " + subscription.position());
            }
        }
        return seqs;
    }

    private static List<SessionDraft> drafts(Next next) {
        return assertInstanceOf(Next.Drafts.class, next).drafts();
    }

    // ---- events

    /** Fast, slow and late listeners while many produce; more than the tail holds. */
    @Test
    void everyListenerGetsEveryEventOnceAndInOrder() throws Exception {
        int producers = 6;
        int appends = 120;
        int perAppend = 10;
        long end = (long) producers * appends * perAppend;
        CountDownLatch produced = new CountDownLatch(producers);
        for (int p = 0; p < producers; p++) {
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < appends; i++) {
                    append(perAppend);
                }
                produced.countDown();
            });
        }
        List<CompletableFuture<Void>> listeners = new ArrayList<>();
        Random random = new Random(7);
        for (int i = 0; i < 24; i++) {
            // Joins spread over the production; every third reads only a little at a time until all is produced.
            long join = random.nextLong(end / 24 * (i + 1));
            boolean slow = i % 3 == 0;
            CompletableFuture<Void> read = new CompletableFuture<>();
            listeners.add(read);
            Thread.ofVirtual().start(() -> {
                try {
                    listen(join, slow, produced, end);
                    read.complete(null);
                } catch (Throwable e) {
                    read.completeExceptionally(e);
                }
            });
        }
        for (CompletableFuture<Void> read : listeners) {
            read.get(60, TimeUnit.SECONDS);
        }
        assertTrue(produced.await(20, TimeUnit.SECONDS));
    }

    private void listen(long join, boolean slow, CountDownLatch produced, long end) throws Exception {
        try (Subscription gate = all(0)) {
            while (gate.position() < join) {
                gate.next(LONG);
            }
        }
        try (Subscription subscription = all(join)) {
            List<Long> seqs = new ArrayList<>();
            if (slow) {
                if (subscription.next(LONG) instanceof Next.Events events) {
                    events.recorded().forEach(one -> seqs.add(one.seq()));
                }
                assertTrue(produced.await(60, TimeUnit.SECONDS));
            }
            seqs.addAll(readTo(subscription, end));
            assertEquals(range(join + 1, end), seqs);
        }
    }

    @Test
    void listenerBeyondTheTailReadsTheJournalAndThenTheTail() throws Exception {
        for (int i = 0; i < 6; i++) {
            append(1000);
        }
        assertEquals(List.of(), feed.tail().after(6000 - Tail.COUNT - 1, 6000, 1));
        assertEquals(1, feed.tail().after(6000 - Tail.COUNT, 6000, 1).size());
        try (Subscription subscription = all(0)) {
            assertEquals(range(1, 6000), readTo(subscription, 6000));
        }
    }

    @Test
    void tailIsBoundedByBytesToo() throws Exception {
        String large = "x".repeat(1 << 20);
        for (int i = 0; i < 12; i++) {
            journal.append(List.of(notice(ONE, large)));
        }
        journal.append(List.of(notice(ONE, "x".repeat((int) Tail.BYTES))));
        assertEquals(List.of(), feed.tail().after(11, 12, 1), "the last one is larger than the whole tail");
        assertEquals(1, feed.tail().after(12, 13, 1).size(), "and is there while it is the newest");
        for (int i = 0; i < 12; i++) {
            journal.append(List.of(notice(ONE, large)));
        }
        assertEquals(1, feed.tail().after(20, 25, Subscription.BATCH).size(), "a large one at a time");
        long kept = LongStream.rangeClosed(1, 25)
                .filter(seq -> !feed.tail().after(seq - 1, seq, 1).isEmpty())
                .count();
        assertEquals((Tail.BYTES - 1) / (2L << 20), kept);
        try (Subscription subscription = all(0)) {
            assertEquals(range(1, 25), readTo(subscription, 25));
        }
    }

    @Test
    void filterSkipsEventsButThePositionMovesOn() throws Exception {
        for (int i = 0; i < 10; i++) {
            journal.append(List.of(notice(ONE, "x"), notice(TWO, "y")));
        }
        Predicate<Envelope> two = one -> one.session().equals(Optional.of(TWO));
        try (Subscription subscription = feed.subscribe(journal, 0, two)) {
            Next.Events events = assertInstanceOf(Next.Events.class, subscription.next(LONG));
            assertEquals(10, events.envelopes().size());
            assertTrue(events.envelopes().stream().allMatch(two));
            append(5);
            assertInstanceOf(Next.Idle.class, subscription.next(Duration.ofMillis(50)));
            assertEquals(25, subscription.position());
        }
    }

    @Test
    void waitingListenerIsWokenAndItsWaitIsBounded() throws Exception {
        try (Subscription subscription = all(0)) {
            assertInstanceOf(Next.Idle.class, subscription.next(Duration.ofMillis(20)));
            Thread.ofVirtual().start(() -> append(1));
            assertEquals(List.of(1L), readTo(subscription, 1));
        }
    }

    @Test
    void closingEndsWhoeverWaits() throws Exception {
        Subscription closedAlone = all(0);
        Subscription closedByFeed = all(0);
        assertEquals(2, feed.subscribers());
        CompletableFuture<Next> first = nextOf(closedAlone);
        CompletableFuture<Next> second = nextOf(closedByFeed);
        closedAlone.close();
        closedAlone.close();
        assertEquals(new Next.Ended(), first.get(10, TimeUnit.SECONDS));
        assertEquals(1, feed.subscribers());
        append(1);
        assertInstanceOf(Next.Events.class, second.get(10, TimeUnit.SECONDS));
        second = nextOf(closedByFeed);
        feed.close();
        assertEquals(new Next.Ended(), second.get(10, TimeUnit.SECONDS));
        assertEquals(new Next.Ended(), all(0).next(LONG));
        // The journal goes on.
        append(1);
        assertEquals(2, journal.lastSeq());
    }

    private static CompletableFuture<Next> nextOf(Subscription subscription) {
        CompletableFuture<Next> next = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                next.complete(subscription.next(LONG));
            } catch (InterruptedException e) {
                next.completeExceptionally(e);
            }
        });
        return next;
    }

    @Test
    void interruptEndsTheWait() throws Exception {
        try (Subscription subscription = all(0)) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> subscription.next(LONG));
        }
    }

    @Test
    void numberThatWasNeverGivenIsRefused() {
        append(3);
        assertEquals(
                Problem.Kind.CONFLICT, assertThrows(Problem.class, () -> all(4)).kind());
        assertEquals(
                Problem.Kind.INVALID, assertThrows(Problem.class, () -> all(-1)).kind());
        all(3).close();
    }

    @Test
    void manyListenersShareOneEncoding() throws Exception {
        append(1);
        try (Subscription one = all(0);
                Subscription other = all(0)) {
            assertTrue(frame(one) == frame(other), "the same bytes");
        }
    }

    @Test
    void listenersThatMissedALargeEventShareIt() throws Exception {
        journal.append(List.of(notice(ONE, "small"), notice(ONE, "x".repeat((int) Tail.BYTES / 2))));
        append(1);
        assertEquals(List.of(), feed.tail().after(1, 2, 1), "it has left the tail");
        List<FutureTask<Recorded>> reads = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            // Some come with what is before it, and some to it alone.
            int from = i % 2;
            FutureTask<Recorded> read = new FutureTask<>(() -> large(from));
            reads.add(read);
            Thread.ofVirtual().start(read);
        }
        Set<Recorded> copies = Collections.newSetFromMap(new IdentityHashMap<>());
        for (FutureTask<Recorded> read : reads) {
            copies.add(read.get(30, TimeUnit.SECONDS));
        }
        assertTrue(copies.size() <= CatchUp.READERS, copies.size() + " copies");

        feed.withdraw(List.copyOf(copies));
        assertFalse(copies.contains(large(1)), "it may be another one now");
    }

    private Recorded large(long after) throws InterruptedException {
        try (Subscription listener = all(after)) {
            return assertInstanceOf(Next.Events.class, listener.next(LONG)).recorded().stream()
                    .filter(one -> one.seq() == 2)
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** What the next event's frame is written from, not a copy of it. */
    private static byte[] frame(Subscription listener) throws Exception {
        AtomicReference<byte[]> written = new AtomicReference<>();
        Recorded event = assertInstanceOf(Next.Events.class, listener.next(LONG))
                .recorded()
                .getFirst();
        event.writeFrame(new OutputStream() {
            @Override
            public void write(int one) {
                throw new AssertionError("byte by byte");
            }

            @Override
            public void write(byte[] bytes) {
                written.set(bytes);
            }
        });
        return written.get();
    }

    // ---- drafts

    @Test
    void draftsMergeAndTheCurrentOnesComeOnConnect() throws Exception {
        try (Subscription early = all(0)) {
            feed.draft(ONE, block("m", 0, "a"));
            assertEquals(List.of(new SessionDraft(ONE, block("m", 0, "a"))), drafts(early.next(LONG)));
            feed.draft(ONE, block("m", 0, "ab"));
            feed.draft(TWO, block("m", 0, "z"));
            feed.draft(ONE, block("m", 0, "abc"));
            List<SessionDraft> current =
                    List.of(new SessionDraft(TWO, block("m", 0, "z")), new SessionDraft(ONE, block("m", 0, "abc")));
            assertEquals(current, drafts(early.next(LONG)));
            assertInstanceOf(Next.Idle.class, early.next(Duration.ZERO));
            append(1);
            try (Subscription late = all(0)) {
                assertInstanceOf(Next.Events.class, late.next(LONG));
                assertEquals(current, drafts(late.next(LONG)));
            }
        }
    }

    @Test
    void draftsOfOtherSessionsAreKeptBack() throws Exception {
        try (Subscription two = feed.subscribe(journal, 0, _ -> true, TWO::equals);
                Subscription none = feed.subscribe(journal, 0, _ -> true)) {
            feed.draft(ONE, block("m", 0, "secret"));
            assertInstanceOf(Next.Idle.class, two.next(Duration.ofMillis(20)));
            feed.draft(TWO, block("m", 0, "z"));
            assertEquals(List.of(new SessionDraft(TWO, block("m", 0, "z"))), drafts(two.next(LONG)));
            feed.clearDrafts(ONE);
            assertInstanceOf(Next.Idle.class, two.next(Duration.ZERO));
            assertInstanceOf(Next.Idle.class, none.next(Duration.ZERO));
        }
    }

    @Test
    void listenerOfOneSessionSleepsThroughTheOthersAndStaysWithinTheTail() throws Exception {
        int few = Subscription.LAG / 2;
        try (Subscription two = feed.subscribe(journal, 0, _ -> true, _ -> true, Set.of(TWO));
                Subscription all = all(0)) {
            FutureTask<Next> heard = new FutureTask<>(() -> two.next(LONG));
            Thread listener = Thread.ofVirtual().start(heard);
            await(() -> listener.getState() == Thread.State.TIMED_WAITING);
            append(few);
            readTo(all, few);
            assertEquals(0, two.position());
            for (int i = 0; i < 4; i++) {
                append(few);
            }
            await(() -> two.position() >= 5 * few - Subscription.LAG);
            journal.append(List.of(notice(TWO, "mine")));
            assertEquals(
                    List.of(5L * few + 1),
                    assertInstanceOf(Next.Events.class, heard.get(10, TimeUnit.SECONDS)).envelopes().stream()
                            .map(Envelope::seq)
                            .toList());
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "the condition did not come true in time");
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void recordedBlockRemovesItsDraftForGood() throws Exception {
        feed.draft(ONE, block("m", 0, "a"));
        feed.draft(ONE, block("m", 1, "b"));
        feed.draft(TWO, block("m", 0, "c"));
        journal.append(List.of(reply(ONE, "m", 0, "abc")));
        feed.draft(ONE, block("m", 0, "straggler"));
        try (Subscription subscription = all(0)) {
            assertInstanceOf(Next.Events.class, subscription.next(LONG));
            assertEquals(
                    List.of(new SessionDraft(ONE, block("m", 1, "b")), new SessionDraft(TWO, block("m", 0, "c"))),
                    drafts(subscription.next(LONG)));
        }
    }

    @Test
    void draftThatIsGivenUpIsToldEmptyToThoseWhoMayHaveSeenIt() throws Exception {
        try (Subscription subscription = all(0)) {
            feed.draft(ONE, block("m", 0, "a"));
            feed.draft(ONE, block("n", 0, "b"));
            assertEquals(2, drafts(subscription.next(LONG)).size());
            feed.clearDrafts(ONE, "m");
            assertEquals(List.of(new SessionDraft(ONE, block("m", 0, ""))), drafts(subscription.next(LONG)));
            feed.clearDrafts(ONE);
            assertEquals(List.of(new SessionDraft(ONE, block("n", 0, ""))), drafts(subscription.next(LONG)));
        }
        try (Subscription late = all(0)) {
            assertInstanceOf(Next.Idle.class, late.next(Duration.ZERO));
        }
    }

    @Test
    void draftsAreBounded() throws Exception {
        for (int i = 0; i < Drafts.COUNT + 10; i++) {
            feed.draft(ONE, block("m" + i, 0, "a"));
        }
        feed.draft(ONE, block("too large", 0, "x".repeat((int) Drafts.CHARS + 1)));
        try (Subscription subscription = all(0)) {
            List<SessionDraft> current = drafts(subscription.next(LONG));
            assertEquals(Drafts.COUNT, current.size());
            assertEquals("m10", current.getFirst().block().messageId());
        }
    }

    /** Blocks grow by drafts and are then recorded, while listeners come and go. */
    @Test
    void noDraftComesAfterTheBlockThatReplacesIt() throws Exception {
        int blocks = 400;
        List<CompletableFuture<Void>> listeners = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            listeners.add(done);
            boolean reconnecting = i % 2 == 1;
            Thread.ofVirtual().start(() -> {
                try {
                    followBlocks(blocks, reconnecting);
                    done.complete(null);
                } catch (Throwable e) {
                    done.completeExceptionally(e);
                }
            });
        }
        // A second thread repeats drafts without knowing what is recorded already.
        Thread repeating = Thread.ofVirtual().start(() -> {
            for (long seq = feed.lastSeq(); seq < blocks; seq = feed.lastSeq()) {
                feed.draft(ONE, block("m", (int) seq, "late"));
                Thread.yield();
            }
        });
        for (int index = 0; index < blocks; index++) {
            feed.draft(ONE, block("m", index, "a"));
            feed.draft(ONE, block("m", index, "ab"));
            journal.append(List.of(reply(ONE, "m", index, "abc")));
        }
        for (CompletableFuture<Void> done : listeners) {
            done.get(60, TimeUnit.SECONDS);
        }
        assertTrue(repeating.join(LONG));
    }

    private void followBlocks(int blocks, boolean reconnecting) throws Exception {
        Subscription subscription = all(0);
        int recorded = 0;
        while (recorded < blocks) {
            switch (subscription.next(LONG)) {
                case Next.Events events -> recorded += events.recorded().size();
                case Next.Drafts drafts -> {
                    for (SessionDraft draft : drafts.drafts()) {
                        assertTrue(
                                draft.block().index() >= recorded,
                                "a draft of block " + draft.block().index() + " after it was recorded");
                    }
                }
                case Next.Idle _, Next.Ended _ -> throw new AssertionError("stopped at " + recorded);
            }
            if (reconnecting && recorded % 7 == 3) {
                subscription.close();
                subscription = all(subscription.position());
            }
        }
        subscription.close();
    }
}
