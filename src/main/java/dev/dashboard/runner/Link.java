package dev.dashboard.runner;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Frames over a socket: four bytes of length, then the frame. One thread reads; any may write, whole frames at a time. What is no frame
 * ends the connection.
 */
final class Link implements AutoCloseable {
    private static final int HEADER = Integer.BYTES;

    /** From whoever is not known yet: a peer must not make us hold more. */
    private static final int MAX_BYTES_OF_STRANGERS = 1024;

    private final SocketChannel channel;
    private final ReentrantLock writing = new ReentrantLock();
    private final ByteBuffer header = ByteBuffer.allocate(HEADER);
    private int longest = MAX_BYTES_OF_STRANGERS;
    private int version;

    Link(SocketChannel channel) {
        this.channel = channel;
    }

    SocketChannel channel() {
        return channel;
    }

    /** From here on frames of the full length are read; called by the thread that reads. */
    void trust() {
        longest = Frame.MAX_BYTES;
    }

    /** Which version of the protocol both speak here; set once, by whoever agreed on it. */
    void speak(int agreed) {
        version = agreed;
    }

    int version() {
        return version;
    }

    /**
     * The next frame; waits for it.
     *
     * @throws EOFException when the other side has gone
     * @throws ProtocolException when what comes is no frame, or is longer than one may be
     */
    Frame read() throws IOException {
        header.clear();
        fill(header);
        int length = header.flip().getInt();
        if (length < 1 || length > longest) {
            throw new ProtocolException("a frame of " + length + " bytes; at most " + longest);
        }
        ByteBuffer body = ByteBuffer.allocate(length);
        fill(body);
        return FrameCodec.decode(body.array());
    }

    private void fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the other side has gone");
            }
        }
    }

    /** Waits until the socket has taken it. */
    void write(Frame frame) throws IOException {
        byte[] body = FrameCodec.encode(frame);
        if (body.length > Frame.MAX_BYTES) {
            throw new FrameTooLong(body.length);
        }
        ByteBuffer bytes = ByteBuffer.allocate(HEADER + body.length);
        bytes.putInt(body.length).put(body).flip();
        writing.lock();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } finally {
            writing.unlock();
        }
    }

    /** Nothing of it was written. */
    static final class FrameTooLong extends ProtocolException {
        private static final long serialVersionUID = 1;

        FrameTooLong(int bytes) {
            super("a frame of " + bytes + " bytes; at most " + Frame.MAX_BYTES);
        }
    }

    /** Also ends a read or a write that another thread waits in. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // A socket that cannot be closed is closed.
            System.getLogger(Link.class.getName()).log(System.Logger.Level.DEBUG, "socket not closed", e);
        }
    }
}
