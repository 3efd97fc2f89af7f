package dev.dashboard.audit;

import dev.dashboard.event.Envelope;
import dev.dashboard.event.EventCodec;
import dev.dashboard.event.SessionId;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * A link of the chain with what its event says, for people. Holds nothing of the event but that, since an event may be large.
 *
 * @param n 1, 2, 3 … without gaps
 * @param seq number of the event
 * @param action the event's name
 * @param summary one sentence, without its subject
 * @param detail its members; holds no secret, and of long texts the beginning
 * @param digest SHA-256 of the event as the journal stores it
 * @param hash SHA-256 of number, event, digest, and of the hash before
 */
public record AuditRecord(
        long n,
        long seq,
        Instant time,
        JsonObject actor,
        String action,
        Optional<SessionId> session,
        String summary,
        JsonObject detail,
        String digest,
        String hash) {

    /** Before the first record. */
    public static final String NO_HASH = Link.NO_HASH;

    static AuditRecord of(long n, Envelope event, String digest, String hash) {
        Accountable words = Accountable.of(event)
                .orElseThrow(() -> new IllegalStateException("nobody is accountable for event " + event.seq()));
        return new AuditRecord(
                n,
                event.seq(),
                event.time(),
                EventCodec.actor(event.actor()),
                EventCodec.type(event.event()),
                event.session(),
                words.summary(),
                words.detail(),
                digest,
                hash);
    }

    /** As the API and the export show it. */
    public JsonObject json() {
        var json = Json.createObjectBuilder()
                .add("n", n)
                .add("time", time.toString())
                .add("actor", actor)
                .add("action", action)
                .add("summary", summary);
        session.ifPresent(id -> json.add("sessionId", id.toString()));
        return json.add("seq", seq)
                .add("detail", detail)
                .add("digest", digest)
                .add("hash", hash)
                .build();
    }
}
