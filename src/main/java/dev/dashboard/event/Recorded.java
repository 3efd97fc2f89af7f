package dev.dashboard.event;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * A stored event in its forms: as an object, as JSON, and as the bytes of its frame on the event stream. Object and frame are
 * made from the stored text when they are first asked for and then kept, so that a thousand listeners cost one encoding.
 * Immutable to the eye; safe for any thread.
 */
public final class Recorded {
    /** What an envelope weighs besides its texts, roughly; for bounds, not for accounts. */
    private static final int OVERHEAD = 256;

    private final long seq;
    private final Instant time;
    private final Optional<SessionId> session;
    private final String actor;
    private final String type;
    private final String data;
    private final long readNanos;

    // Racing threads make equal values; the last one stays.
    private volatile Optional<Envelope> envelope;
    private volatile byte[] frame = {};

    private Recorded(
            long seq,
            Instant time,
            Optional<SessionId> session,
            String actor,
            String type,
            String data,
            long readNanos,
            Optional<Envelope> envelope) {
        this.seq = seq;
        this.time = time;
        this.session = session;
        this.actor = actor;
        this.type = type;
        this.data = data;
        this.readNanos = readNanos;
        this.envelope = envelope;
    }

    /** From what the table holds. */
    static Recorded stored(
            long seq, Instant time, Optional<SessionId> session, String actor, String type, String data) {
        return new Recorded(seq, time, session, actor, type, data, Draft.NOT_READ, Optional.empty());
    }

    /**
     * From an envelope and the texts that are stored for it.
     *
     * @param readNanos as {@link Draft#readNanos}
     */
    static Recorded of(Envelope envelope, String actor, String data, long readNanos) {
        return new Recorded(
                envelope.seq(),
                envelope.time(),
                envelope.session(),
                actor,
                EventCodec.type(envelope.event()),
                data,
                readNanos,
                Optional.of(envelope));
    }

    static Recorded of(Envelope envelope) {
        return of(
                envelope,
                EventCodec.actor(envelope.actor()).toString(),
                EventCodec.data(envelope.event()).toString(),
                Draft.NOT_READ);
    }

    public long seq() {
        return seq;
    }

    public Optional<SessionId> session() {
        return session;
    }

    /** The event's name on the wire. */
    public String type() {
        return type;
    }

    public Instant time() {
        return time;
    }

    /** JSON, as it is stored. */
    public String actor() {
        return actor;
    }

    /** JSON, as it is stored. */
    public String data() {
        return data;
    }

    /**
     * SHA-256 of the event as it was stored: number, time, session, actor, type and data. Of one whose contents have expired, what its
     * tombstone holds.
     */
    public String digest() {
        return Tombstone.digest(data)
                .orElseGet(() -> Sha256.of(
                        Long.toString(seq),
                        Long.toString(time.toEpochMilli()),
                        session.map(SessionId::toString).orElse(""),
                        actor,
                        type,
                        data));
    }

    /** Whether a tombstone stands in its place. */
    public boolean isExpired() {
        return Tombstone.digest(data).isPresent();
    }

    /**
     * When the CLI's line was read that this follows from, by {@link System#nanoTime}; {@link Draft#NOT_READ} when it follows from none, or
     * was read back from the journal.
     */
    public long readNanos() {
        return readNanos;
    }

    /** Throws an exception that names number and type when the stored event is not one of ours. */
    public Envelope envelope() {
        Optional<Envelope> known = envelope;
        if (known.isPresent()) {
            return known.get();
        }
        try {
            Envelope decoded = new Envelope(
                    seq,
                    time,
                    session,
                    EventCodec.decodeActor(EventCodec.parse(actor)),
                    Tombstone.digest(data)
                            .<Event>map(digest ->
                                    new Event.Expired(EventType.parse(type).wire(), digest))
                            .orElseGet(() -> EventCodec.decode(type, EventCodec.parse(data))));
            envelope = Optional.of(decoded);
            return decoded;
        } catch (RuntimeException e) {
            throw new IllegalStateException("event cannot be read seq=" + seq + " type=" + type, e);
        }
    }

    /** One line of JSON, the same that {@link EventCodec#envelope} gives. */
    public String json() {
        StringBuilder text = new StringBuilder(data.length() + OVERHEAD);
        encode(text);
        return text.toString();
    }

    /**
     * Writes the frame of a server-sent event: number, the name {@code event}, and the JSON, which has no line breaks outside
     * of escapes and so is one data line.
     */
    public void writeFrame(OutputStream out) throws IOException {
        byte[] known = frame;
        if (known.length == 0) {
            known = encodeFrame();
            frame = known;
        }
        out.write(known);
    }

    private byte[] encodeFrame() {
        StringBuilder text = new StringBuilder(data.length() + OVERHEAD);
        text.append("id: ").append(seq).append("\nevent: event\ndata: ");
        encode(text);
        return text.append("\n\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Put together from JSON texts; seq, time, session and type hold nothing that needs escaping. */
    private void encode(StringBuilder text) {
        text.append("{\"seq\":")
                .append(seq)
                .append(",\"time\":\"")
                .append(Members.time(time))
                .append('"');
        session.ifPresent(id -> text.append(",\"sessionId\":\"").append(id).append('"'));
        text.append(",\"actor\":")
                .append(actor)
                .append(",\"type\":\"")
                .append(type)
                .append('"');
        // The digest is for checks, and not for whoever reads.
        text.append(",\"data\":")
                .append(isExpired() ? "{},\"expired\":true" : data)
                .append('}');
    }

    /** About how much memory this holds, in bytes. */
    int weight() {
        return OVERHEAD + 2 * data.length();
    }
}
