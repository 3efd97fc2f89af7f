package dev.dashboard.backup;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Optional;

/**
 * A small file that another program writes, by rename or in place: read again only when it is another one, so it may be asked for as
 * often as one likes. What is damaged is logged once, not at each look. Safe for all threads.
 */
final class WatchedFile<T> {
    private static final Logger LOG = System.getLogger(WatchedFile.class.getName());

    /** Makes of the bytes what they say; fails with an {@link IOException} or a {@link RuntimeException} when they say nothing. */
    @FunctionalInterface
    interface Reader<T> {
        T read(byte[] bytes) throws IOException;
    }

    private record Seen<T>(BasicFileAttributes file, Optional<T> said) {
        boolean isOf(BasicFileAttributes other) {
            return file.lastModifiedTime().equals(other.lastModifiedTime())
                    && file.size() == other.size()
                    && Optional.ofNullable(file.fileKey()).equals(Optional.ofNullable(other.fileKey()));
        }
    }

    private final Path file;
    private final int mostBytes;
    private final boolean tail;
    private final Reader<T> reader;
    private Optional<Seen<T>> seen = Optional.empty();

    private WatchedFile(Path file, int mostBytes, boolean tail, Reader<T> reader) {
        this.file = file;
        this.mostBytes = mostBytes;
        this.tail = tail;
        this.reader = reader;
    }

    /** One that is read as a whole; what is larger says nothing. */
    static <T> WatchedFile<T> whole(Path file, int mostBytes, Reader<T> reader) {
        return new WatchedFile<>(file, mostBytes, false, reader);
    }

    /** One of which no more than the end is read; the reader is given less than {@code mostBytes} only when that is all there is. */
    static <T> WatchedFile<T> end(Path file, int mostBytes, Reader<T> reader) {
        return new WatchedFile<>(file, mostBytes, true, reader);
    }

    /** Empty when there is none, or when what is there says nothing. */
    synchronized Optional<T> said() {
        try {
            BasicFileAttributes there = Files.readAttributes(file, BasicFileAttributes.class);
            if (seen.filter(known -> known.isOf(there)).isEmpty()) {
                seen = Optional.of(new Seen<>(there, read(there)));
            }
            return seen.get().said();
        } catch (NoSuchFileException e) {
            // It was not written yet, or was taken away.
            return Optional.empty();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "backup record cannot be looked at", e);
            return Optional.empty();
        }
    }

    private Optional<T> read(BasicFileAttributes there) {
        try {
            if (!there.isRegularFile()) {
                throw new IOException("it is not a file");
            }
            return Optional.of(reader.read(tail ? lastBytes() : allBytes()));
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "backup record not understood file={0} cause={1}", file, e.getMessage());
            return Optional.empty();
        }
    }

    private byte[] allBytes() throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(mostBytes + 1);
            if (bytes.length > mostBytes) {
                throw new IOException("it is larger than " + mostBytes + " bytes");
            }
            return bytes;
        }
    }

    private byte[] lastBytes() throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(mostBytes, channel.size()));
            channel.position(channel.size() - bytes.capacity());
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // As long as there is more.
            }
            return Arrays.copyOf(bytes.array(), bytes.position());
        }
    }
}
