package dev.dashboard.auth;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Appender;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import dev.dashboard.store.Database;
import dev.dashboard.store.Reads;
import dev.dashboard.store.Transaction;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Links by which a person chooses a password, once, within {@link #LIFE}: their first one, or a new one when it is forgotten. Of each
 * person the newest link counts. Only its hash is kept, here and nowhere else. Safe for all threads.
 */
public final class Invitations {
    static final Duration LIFE = Duration.ofHours(72);
    /** More than any token of ours has; a text that is longer is not looked up. */
    private static final int MOST_TOKEN = 100;

    /** What to send to the person; the token is told this once. */
    public record Issued(String token, String name, Instant expires) {
        @Override
        public String toString() {
            return "Issued[" + name + ", " + expires + "]";
        }
    }

    private final Database db;
    private final Journal journal;
    private final Users users;
    private final SignIns signIns;
    private final Clock clock;

    public Invitations(Database db, Journal journal, Users users, SignIns signIns, Clock clock) {
        this.db = db;
        this.journal = journal;
        this.users = users;
        this.signIns = signIns;
        this.clock = clock;
    }

    /** Inside the transaction of the caller; also records it. */
    Issued issue(Appender appender, Actor by, User user) {
        String token = SecretText.fresh();
        Instant expires = Instant.ofEpochMilli(clock.millis()).plus(LIFE);
        appender.tx()
                .update(
                        "INSERT INTO invitation(user_id, hash, expires_at) VALUES (?, ?, ?)"
                                + " ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at",
                        user.id().toString(),
                        SecretText.hash(token),
                        expires.toEpochMilli());
        appender.record(new Draft(
                Optional.empty(), by, new Event.InvitationIssued(user.id(), Optional.of(user.name()), expires)));
        return new Issued(token, user.name(), expires);
    }

    /** Inside the transaction that also records why. */
    void withdraw(Transaction tx, UserId user) {
        tx.update("DELETE FROM invitation WHERE user_id = ?", user.toString());
    }

    /**
     * Takes the link for a sign-in with the password chosen now; earlier sign-ins of the person end. Problem UNAUTHENTICATED {@code
     * invitation-over} when the link was used, replaced, is too old or none; TOO_MANY with the time to wait.
     */
    public SignIns.Issued accept(String token, String password, String address) {
        signIns.attemptByLink(address);
        String hash = SecretText.hash(token);
        User person = Optional.of(hash)
                .filter(_ -> token.length() <= MOST_TOKEN)
                .flatMap(known -> db.snapshot(reads -> invited(reads, known)))
                .orElseThrow(() -> over(address));
        Password.checkNew("password", password, person.name());
        String passwordHash = users.hash(password);
        Optional<SignIns.Issued> issued = journal.append(appender -> {
            // Twice at the same moment is once: only what is still there inside the transaction counts.
            Optional<User> user = invited(appender.tx(), hash);
            return user.map(found -> enter(appender, found, passwordHash, address));
        });
        if (issued.isEmpty()) {
            throw over(address);
        }
        User user = issued.get().viewer().user();
        signIns.cameByLink(user, address);
        users.forgetInitialPassword(user);
        return issued.get();
    }

    private Optional<User> invited(Reads reads, String hash) {
        return reads.first(
                        "SELECT user_id FROM invitation WHERE hash = ? AND expires_at > ?",
                        row -> UserId.parse(row.string("user_id")),
                        hash,
                        clock.millis())
                .flatMap(id -> Users.account(reads, id))
                .filter(account -> !account.disabled())
                .map(Users.Account::user);
    }

    private SignIns.Issued enter(Appender appender, User invited, String passwordHash, String address) {
        User user = new User(invited.id(), invited.name(), invited.role(), false);
        withdraw(appender.tx(), user.id());
        users.setPassword(appender.tx(), user, passwordHash);
        signIns.endAll(appender, user.actor(), user.id());
        appender.record(new Draft(
                Optional.empty(), user.actor(), new Event.InvitationAccepted(user.id(), user.name(), address)));
        return signIns.begin(appender, user, address);
    }

    private Problem over(String address) {
        signIns.recordRefusal("", address, "invitation-over");
        return new Problem(
                Kind.UNAUTHENTICATED,
                "invitation-over",
                "This link was used, has been replaced or is too old; ask an administrator for a new one.");
    }
}
