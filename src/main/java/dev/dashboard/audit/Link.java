package dev.dashboard.audit;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Recorded;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sha256;
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
    static final String NO_HASH = Sha256.NOTHING;

    /** The link that an event adds to the chain; empty when nobody is accountable for it. */
    static Optional<Link> of(Recorded event, long n, String previousHash) {
        if (!Accountable.isOne(event.envelope().event())) {
            return Optional.empty();
        }
        Optional<String> person = event.envelope().actor() instanceof Actor.Person someone
                ? Optional.of(someone.id().toString())
                : Optional.empty();
        String digest = event.digest();
        return Optional.of(new Link(
                n,
                event.seq(),
                person,
                event.type(),
                event.session().map(SessionId::toString),
                digest,
                hash(previousHash, n, event.seq(), digest)));
    }

    private static String hash(String previousHash, long n, long seq, String digest) {
        return Sha256.of(previousHash, Long.toString(n), Long.toString(seq), digest);
    }

    /** Whether it is what it was made as, in this place of the chain. */
    boolean follows(String previousHash) {
        return hash.equals(hash(previousHash, n, seq, digest));
    }
}
