package dev.dashboard.audit;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Recorded;
import dev.dashboard.event.SessionId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One link of the chain. It holds no words: those change with releases, and what was recorded does not.
 *
 * @param n 1, 2, 3 … without gaps
 * @param seq number of the event that it tells of
 * @param person the actor, if it is one; that, action and session are for finding it
 * @param action the event's name
 * @param digest SHA-256 of the event as the journal stores it
 * @param hash SHA-256 of number, event, digest, and of the hash before
 */
record Link(
        long n,
        long seq,
        Optional<String> person,
        String action,
        Optional<String> session,
        String digest,
        String hash) {

    /** Before the first link. */
    static final String NO_HASH = "0".repeat(64);

    /** The link that an event adds to the chain; empty when nobody is accountable for it. */
    static Optional<Link> of(Recorded event, long n, String previousHash) {
        if (!Accountable.isOne(event.envelope().event())) {
            return Optional.empty();
        }
        Optional<String> person = event.envelope().actor() instanceof Actor.Person someone
                ? Optional.of(someone.id().toString())
                : Optional.empty();
        String digest = digest(event);
        return Optional.of(new Link(
                n,
                event.seq(),
                person,
                event.type(),
                event.session().map(SessionId::toString),
                digest,
                hash(previousHash, n, event.seq(), digest)));
    }

    private static String digest(Recorded event) {
        return sha256(
                Long.toString(event.seq()),
                Long.toString(event.time().toEpochMilli()),
                event.session().map(SessionId::toString).orElse(""),
                event.actor(),
                event.type(),
                event.data());
    }

    private static String hash(String previousHash, long n, long seq, String digest) {
        return sha256(previousHash, Long.toString(n), Long.toString(seq), digest);
    }

    /** Whether it is what it was made as, in this place of the chain. */
    boolean follows(String previousHash) {
        return hash.equals(hash(previousHash, n, seq, digest));
    }

    /** Of each part its length too, so that no two lists of parts have the same bytes. */
    private static String sha256(String... parts) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (String part : List.of(parts)) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                sha256.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
                sha256.update(bytes);
            }
            return HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
