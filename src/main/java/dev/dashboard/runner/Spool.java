package dev.dashboard.runner;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What one process wrote, by byte offset, until somebody has kept it: on disk, in segments that go when all of them is kept. One thread
 * adds, others read, any tells what is kept.
 *
 * <p>Full means: so many bytes are not kept yet. Then adding waits, so the process's pipe fills and the process waits; nothing is lost.
 */
final class Spool implements AutoCloseable {
    /** Of the files of segments. */
    static final String SUFFIX = ".out";

    private record Segment(long start, Path file, FileChannel channel) {}

    private final Path folder;
    private final long segmentBytes;
    private final long limit;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Oldest first; the last one grows. */
    private final Deque<Segment> segments = new ArrayDeque<>();

    private long kept;
    private long end;
    private boolean over;
    private boolean closed;

    /** @param folder must exist, and be nobody else's */
    Spool(Path folder, long segmentBytes, long limit) {
        this.folder = folder;
        this.segmentBytes = segmentBytes;
        this.limit = limit;
    }

    /**
     * Waits while it is full.
     *
     * @throws UncheckedIOException when the disk does not take it
     */
    void add(byte[] bytes, int count) throws InterruptedException {
        Segment segment;
        lock.lock();
        try {
            while (end - kept >= limit && !closed) {
                changed.await();
            }
            if (closed) {
                return;
            }
            segment = segment();
        } finally {
            lock.unlock();
        }
        write(segment, ByteBuffer.wrap(bytes, 0, count));
        lock.lock();
        try {
            end += count;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private Segment segment() {
        if (segments.isEmpty() || end - segments.getLast().start() >= segmentBytes) {
            Path file = folder.resolve(end + SUFFIX);
            try {
                segments.add(new Segment(
                        end, file, FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return segments.getLast();
    }

    private void write(Segment segment, ByteBuffer bytes) {
        try {
            long at = end - segment.start();
            while (bytes.hasRemaining()) {
                at += segment.channel().write(bytes, at);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nothing more comes. */
    void over() {
        lock.lock();
        try {
            over = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the bytes from here on are still there, or will come. */
    boolean has(long offset) {
        lock.lock();
        try {
            return offset >= kept && offset <= end && !closed;
        } finally {
            lock.unlock();
        }
    }

    /** Reads from an offset on, for one thread, which may be interrupted. */
    Reader reader(long from) {
        return new Reader(from);
    }

    /**
     * Has files of its own: a channel that is shared would be closed for the writer too by an interrupt of whoever reads it
     * (java.nio.channels.InterruptibleChannel).
     */
    final class Reader implements AutoCloseable {
        private long offset;
        private Optional<Segment> current = Optional.empty();
        private RandomAccessFile file;

        private Reader(long from) {
            this.offset = from;
        }

        /**
         * The next bytes, as many as are there and fit; waits for at least one.
         *
         * @return none at the end of all
         */
        byte[] next(int most) throws InterruptedException, IOException {
            Segment segment;
            int count;
            lock.lock();
            try {
                while (offset >= end && !over && !closed) {
                    changed.await();
                }
                if (offset >= end || closed) {
                    return new byte[0];
                }
                segment = holding(offset);
                count = (int) Math.min(most, segmentEnd(segment) - offset);
            } finally {
                lock.unlock();
            }
            byte[] bytes = new byte[count];
            RandomAccessFile open = file(segment);
            open.seek(offset - segment.start());
            open.readFully(bytes);
            offset += count;
            return bytes;
        }

        private RandomAccessFile file(Segment segment) throws IOException {
            if (!current.equals(Optional.of(segment))) {
                close();
                file = new RandomAccessFile(segment.file().toFile(), "r");
                current = Optional.of(segment);
            }
            return file;
        }

        @Override
        public void close() throws IOException {
            if (file != null) {
                file.close();
            }
        }
    }

    private Segment holding(long offset) throws IOException {
        Segment found = null;
        for (Segment segment : segments) {
            if (segment.start() <= offset) {
                found = segment;
            }
        }
        if (found == null) {
            throw new IOException("the spool has no byte " + offset + " any more");
        }
        return found;
    }

    private long segmentEnd(Segment segment) {
        for (Segment next : segments) {
            if (next.start() > segment.start()) {
                return next.start();
            }
        }
        return end;
    }

    /** All before this byte is somebody else's now. */
    void kept(long offset) {
        lock.lock();
        try {
            kept = Math.max(kept, Math.min(offset, end));
            while (segments.size() > 1 && segmentEnd(segments.getFirst()) <= kept) {
                drop(segments.removeFirst());
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static void drop(Segment segment) {
        try {
            segment.channel().close();
            Files.deleteIfExists(segment.file());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whoever waits is let go, and the bytes are gone. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            segments.forEach(Spool::drop);
            segments.clear();
            changed.signalAll();
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }
}
