package dev.dashboard.audit;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.EventCodec;
import dev.dashboard.event.SessionId;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One link of the chain.
 *
 * @param n 1, 2, 3 … without gaps
 * @param seq number of the event that it tells of
 * @param actor JSON, as it stands in the event
 * @param action the event's name
 * @param summary one sentence, without its subject
 * @param detail JSON; holds no secret, and of long texts the beginning
 * @param hash SHA-256 over everything above and the hash of the record before
 */
public record AuditRecord(
        long n,
        long seq,
        Instant time,
        String actor,
        String action,
        Optional<SessionId> session,
        String summary,
        String detail,
        String hash) {

    /** Before the first record. */
    public static final String NO_HASH = "0".repeat(64);

    /** The link that an event adds to the chain; empty when nobody is accountable for it. */
    static Optional<AuditRecord> of(Envelope envelope, long n, String previousHash) {
        return Accountable.of(envelope).map(accountable -> {
            AuditRecord open = new AuditRecord(
                    n,
                    envelope.seq(),
                    envelope.time(),
                    EventCodec.actor(envelope.actor()).toString(),
                    EventCodec.type(envelope.event()),
                    envelope.session(),
                    accountable.summary(),
                    accountable.detail().toString(),
                    "");
            return open.closed(open.hashAfter(previousHash));
        });
    }

    private AuditRecord closed(String own) {
        return new AuditRecord(n, seq, time, actor, action, session, summary, detail, own);
    }

    /** What its hash must be; each part with its length, so that no two records have the same bytes. */
    String hashAfter(String previousHash) {
        MessageDigest digest = sha256();
        List<String> parts = List.of(
                previousHash,
                Long.toString(n),
                Long.toString(seq),
                Long.toString(time.toEpochMilli()),
                actor,
                action,
                session.map(SessionId::toString).orElse(""),
                summary,
                detail);
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** As the API and the export show it. */
    public JsonObject json() {
        var json = Json.createObjectBuilder()
                .add("n", n)
                .add("time", time.toString())
                .add("actor", object(actor))
                .add("action", action)
                .add("summary", summary);
        session.ifPresent(id -> json.add("sessionId", id.toString()));
        return json.add("seq", seq)
                .add("detail", object(detail))
                .add("hash", hash)
                .build();
    }

    private static JsonObject object(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    static Optional<String> personOf(Actor actor) {
        return actor instanceof Actor.Person person ? Optional.of(person.id().toString()) : Optional.empty();
    }
}
