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
import dev.dashboard.store.Row;
import dev.dashboard.store.Transaction;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Sign-ins: begin, renew, end, and who belongs to one. Every live sign-in also stands in memory, so that each request is checked
 * against what is true now and an ended sign-in is refused at once, however long its access token would still last.
 *
 * <p>Memory and table change together: memory in the hook after the commit. Bounded by {@value #MOST_PER_USER} sign-ins for each
 * user; beyond that the oldest ends. Safe for all threads.
 */
public final class SignIns {
    static final int MOST_PER_USER = 50;

    /** Two tabs that renew at the same moment are not theft. */
    static final Duration GRACE = Duration.ofSeconds(10);

    private static final int SHOWN_NAME = 64;
    /** Of which each takes its tokens with it. */
    private static final int FORGOTTEN_AT_ONCE = 100;

    /**
     * @param perName refused attempts a minute, of a name
     * @param perAddress the same, of an address
     * @param refreshToken how long a browser may stay away
     * @param longest after which a sign-in ends, however often it was renewed
     */
    public record Limits(int perName, int perAddress, Duration refreshToken, Duration longest) {}

    /** A sign-in as the browser gets it; the two tokens go into cookies and nowhere else. */
    public record Issued(Viewer viewer, String accessToken, String refreshToken, Duration refreshLife) {
        @Override
        public String toString() {
            return "Issued[" + viewer + "]";
        }
    }

    private record Live(UserId user, Instant expires) {}

    private sealed interface Renewal {
        record Done(UUID signIn, User user) implements Renewal {}

        record Reused(UUID signIn, User user) implements Renewal {}

        record Unknown() implements Renewal {}
    }

    private final Database db;
    private final Journal journal;
    private final Users users;
    private final AccessTokens tokens;
    private final ApiTokens apiTokens;
    private final SignInLimiter limiter;
    private final Duration refreshLife;
    private final Duration longest;
    private final Clock clock;
    private final Map<UUID, Live> live = new ConcurrentHashMap<>();
    private final List<Consumer<UUID>> ended = new CopyOnWriteArrayList<>();

    /** Reads the sign-ins that still last and forgets the others. */
    public SignIns(
            Database db,
            Journal journal,
            Users users,
            AccessTokens tokens,
            ApiTokens apiTokens,
            Limits limits,
            Clock clock) {
        this.db = db;
        this.journal = journal;
        this.users = users;
        this.tokens = tokens;
        this.apiTokens = apiTokens;
        this.limiter = new SignInLimiter(clock, limits.perName(), limits.perAddress());
        this.refreshLife = limits.refreshToken();
        this.longest = limits.longest();
        this.clock = clock;
        db.write(tx -> tx.update("DELETE FROM sign_in WHERE expires_at <= ?", clock.millis()));
        db.list(
                        "SELECT s.id, s.user_id, s.created_at, s.expires_at, s.address, u.name_key"
                                + " FROM sign_in s JOIN user u ON u.id = s.user_id ORDER BY s.created_at",
                        Map.of(),
                        Kept::of)
                .forEach(kept -> {
                    live.put(kept.id(), kept.live());
                    limiter.remember(kept.nameKey(), kept.address(), kept.created());
                });
    }

    /** Forgets some of those that have expired; returns whether there may be more. */
    public boolean forgetExpired() {
        return db.write(tx -> {
            Instant now = clock.instant();
            // One that is renewed meanwhile is renewed before this or after it: both happen on the writer's thread.
            tx.afterCommit(
                    () -> live.values().removeIf(entry -> !entry.expires().isAfter(now)));
            return tx.update(
                            "DELETE FROM sign_in WHERE id IN (SELECT id FROM sign_in WHERE expires_at <= ? LIMIT ?)",
                            now.toEpochMilli(),
                            FORGOTTEN_AT_ONCE)
                    == FORGOTTEN_AT_ONCE;
        });
    }

    private record Kept(UUID id, Live live, String nameKey, String address, Instant created) {
        static Kept of(Row row) {
            return new Kept(
                    UUID.fromString(row.string("id")),
                    new Live(UserId.parse(row.string("user_id")), row.instant("expires_at")),
                    row.string("name_key"),
                    row.string("address"),
                    row.instant("created_at"));
        }
    }

    /** Called, on the thread that ended it, with every sign-in that is over before its time. Must be quick. */
    public void whenEnded(Consumer<UUID> listener) {
        ended.add(listener);
    }

    /** Who an access token stands for; empty when its sign-in is over. */
    public Optional<Viewer> viewer(AccessTokens.Claims claims) {
        return Optional.ofNullable(live.get(claims.signIn()))
                .filter(found -> found.user().equals(claims.user()))
                .filter(found -> clock.instant().isBefore(found.expires()))
                .flatMap(found -> users.enabled(found.user()))
                .map(user -> new Viewer(user, claims.signIn(), claims.expires(), Optional.empty()));
    }

    /** Whether what was true of a request when it came is true still; for what lasts longer than a moment. */
    public boolean holds(Viewer viewer) {
        return live.containsKey(viewer.signIn())
                && users.enabled(viewer.user().id())
                        .filter(viewer.user()::equals)
                        .isPresent();
    }

    /**
     * Signs somebody in and records it. Problem UNAUTHENTICATED when name and password do not fit, with no word on which of the
     * two; TOO_MANY with the time to wait.
     */
    public Issued signIn(String name, String password, String address) {
        limiter.attempt(Users.nameKey(name), address).ifPresent(wait -> {
            if (wait.first()) {
                recordRefusal(name, address, "too-many-attempts");
            }
            throw tooMany(wait);
        });
        Optional<Users.Account> account =
                password.length() > Password.MOST_LENGTH * 2 ? Optional.empty() : users.verify(name, password);
        if (account.isEmpty()) {
            recordRefusal(name, address, "name-or-password-wrong");
            throw refused();
        }
        if (account.get().disabled()) {
            recordRefusal(name, address, "user-disabled");
            throw refused();
        }
        limiter.succeeded(Users.nameKey(name), address);
        return begin(account.get(), address);
    }

    private static Problem tooMany(SignInLimiter.Wait wait) {
        return new Problem(Kind.TOO_MANY, "too-many-sign-ins", "Too many refused sign-ins; wait before the next one.")
                .retryAfter(wait.left());
    }

    private static Problem refused() {
        return new Problem(Kind.UNAUTHENTICATED, "sign-in-refused", "Name or password is wrong.");
    }

    /**
     * Counts somebody who comes with the secret of a link instead of a name and a password; {@link #cameByLink} takes it back.
     * Problem TOO_MANY with the time to wait.
     */
    void attemptByLink(String address) {
        limiter.attempt(address).ifPresent(wait -> {
            if (wait.first()) {
                recordRefusal("", address, "too-many-attempts");
            }
            throw tooMany(wait);
        });
    }

    void cameByLink(User user, String address) {
        limiter.succeeded(Users.nameKey(user.name()), address);
    }

    void recordRefusal(String name, String address, String reason) {
        String shown = name.length() > SHOWN_NAME ? name.substring(0, SHOWN_NAME) : name;
        journal.append(
                List.of(new Draft(Optional.empty(), Actor.SERVER, new Event.SignInRefused(shown, address, reason))));
    }

    private Issued begin(Users.Account verified, String address) {
        return journal.append(appender -> {
            // The password took its time to verify; what it was verified against may be another by now.
            Users.Account now = Users.account(appender.tx(), verified.user().id())
                    .filter(account -> account.hash().equals(verified.hash()) && !account.disabled())
                    .orElseThrow(SignIns::refused);
            return begin(appender, now.user(), address);
        });
    }

    /** Inside a transaction that made sure of the person. */
    Issued begin(Appender appender, User user, String address) {
        UUID id = UUID.randomUUID();
        String refresh = SecretText.fresh();
        Live entry = new Live(user.id(), clock.instant().plus(refreshLife));
        Transaction tx = appender.tx();
        tx.update(
                "INSERT INTO sign_in(id, user_id, created_at, expires_at, address) VALUES (?, ?, ?, ?, ?)",
                id.toString(),
                user.id().toString(),
                clock.millis(),
                entry.expires().toEpochMilli(),
                address);
        insertToken(tx, id, refresh, entry.expires());
        users.signedIn(tx, user.id());
        tx.afterCommit(() -> live.put(id, entry));
        endOldest(tx, user.id());
        appender.record(new Draft(Optional.empty(), user.actor(), new Event.SignedIn(user.id(), user.name(), address)));
        return issued(id, user, refresh);
    }

    private void endOldest(Transaction tx, UserId user) {
        List<UUID> surplus = tx.list(
                "SELECT id FROM sign_in WHERE user_id = ? ORDER BY created_at DESC, rowid DESC LIMIT -1 OFFSET ?",
                row -> UUID.fromString(row.string("id")),
                user.toString(),
                MOST_PER_USER);
        surplus.forEach(id -> end(tx, id));
    }

    /**
     * Takes a refresh token for a new pair. Problem UNAUTHENTICATED when it is unknown or over; and when it was used before, longer
     * ago than {@link #GRACE}: then somebody has a copy, and the whole sign-in ends.
     */
    public Issued refresh(String token, String address) {
        String fresh = SecretText.fresh();
        return switch (db.write(tx -> renew(tx, SecretText.hash(token), fresh))) {
            case Renewal.Done(UUID id, User user) -> issued(id, user, fresh);
            case Renewal.Unknown() -> throw Access.notSignedIn();
            case Renewal.Reused(UUID id, User user) -> {
                journal.append(appender -> {
                    end(appender.tx(), id);
                    appender.record(new Draft(
                            Optional.empty(),
                            Actor.SERVER,
                            new Event.SignInRefused(user.name(), address, "refresh-token-reused")));
                    return appender.record(signedOut(Actor.SERVER, user.id()));
                });
                throw Access.notSignedIn();
            }
        };
    }

    private Renewal renew(Transaction tx, String hash, String fresh) {
        record Found(UUID signIn, UserId user, Instant since, Instant expires, long usedAt) {}
        Optional<Found> found = tx.first(
                "SELECT r.sign_in_id, r.expires_at, r.used_at, s.user_id, s.created_at"
                        + " FROM refresh_token r JOIN sign_in s ON s.id = r.sign_in_id WHERE r.hash = ?",
                row -> new Found(
                        UUID.fromString(row.string("sign_in_id")),
                        UserId.parse(row.string("user_id")),
                        row.instant("created_at"),
                        row.instant("expires_at"),
                        row.longValue("used_at")),
                hash);
        Instant now = clock.instant();
        Optional<User> person = found.flatMap(token -> Users.account(tx, token.user()))
                .filter(account -> !account.disabled())
                .map(Users.Account::user);
        if (person.isEmpty() || !now.isBefore(found.get().expires())) {
            return new Renewal.Unknown();
        }
        UUID id = found.get().signIn();
        User user = person.get();
        long usedAt = found.get().usedAt();
        if (usedAt != 0 && now.isAfter(Instant.ofEpochMilli(usedAt).plus(GRACE))) {
            return new Renewal.Reused(id, user);
        }
        Instant end = found.get().since().plus(longest);
        Instant renewed = now.plus(refreshLife);
        Live entry = new Live(user.id(), renewed.isBefore(end) ? renewed : end);
        tx.update("UPDATE refresh_token SET used_at = ? WHERE hash = ? AND used_at = 0", now.toEpochMilli(), hash);
        tx.update(
                "DELETE FROM refresh_token WHERE sign_in_id = ? AND expires_at <= ?",
                id.toString(),
                now.toEpochMilli());
        tx.update(
                "UPDATE sign_in SET expires_at = ? WHERE id = ?",
                entry.expires().toEpochMilli(),
                id.toString());
        insertToken(tx, id, fresh, entry.expires());
        tx.afterCommit(() -> live.put(id, entry));
        return new Renewal.Done(id, user);
    }

    /** Ends the sign-in on the server; its tokens are worth nothing from now on. */
    public void signOut(Viewer viewer) {
        journal.append(appender -> {
            end(appender.tx(), viewer.signIn());
            return appender.record(signedOut(viewer.actor(), viewer.user().id()));
        });
    }

    /** Whoever signs in anew in a browser leaves the sign-in that was there, somebody else's too; its token is of no use any more. */
    public void replaced(String refreshToken) {
        record Left(UUID signIn, UserId user) {}
        journal.append(appender -> {
            Optional<Left> left = appender.tx()
                    .first(
                            "SELECT s.id, s.user_id FROM refresh_token r JOIN sign_in s ON s.id = r.sign_in_id WHERE r.hash = ?",
                            row -> new Left(UUID.fromString(row.string("id")), UserId.parse(row.string("user_id"))),
                            SecretText.hash(refreshToken));
            left.ifPresent(found -> {
                end(appender.tx(), found.signIn());
                appender.record(signedOut(Actor.SERVER, found.user()));
            });
            return left;
        });
    }

    /** Ends all of one's own sign-ins, this one too, and one's API tokens. */
    public void signOutEverywhere(Viewer viewer) {
        signOutEverywhere(viewer, viewer.user().id());
    }

    /** Ends all sign-ins and API tokens of a person. Problem NOT_FOUND when there is no such person. */
    public void signOutEverywhere(Viewer by, UserId person) {
        journal.append(appender -> {
            User user = Users.account(appender.tx(), person)
                    .orElseThrow(() -> People.unknown(person))
                    .user();
            endAll(appender, by.actor(), person);
            return appender.record(new Draft(
                    Optional.empty(), by.actor(), new Event.SignedOutEverywhere(person, Optional.of(user.name()))));
        });
    }

    private static Draft signedOut(Actor actor, UserId user) {
        return new Draft(Optional.empty(), actor, new Event.SignedOut(user));
    }

    /**
     * Replaces the password, ends every sign-in of the person, and begins a new one: who had a copy of this one's tokens is out too.
     * API tokens stay.
     */
    public Issued changePassword(Viewer viewer, String current, String fresh, String address) {
        User user = viewer.user();
        // Before anything is counted: choosing a good one may take more attempts than guessing is allowed.
        Password.checkNew("newPassword", fresh, user.name());
        // Guessing the present password from a stolen browser is guessing all the same.
        limiter.attempt(Users.nameKey(user.name()), address).ifPresent(wait -> {
            throw tooMany(wait);
        });
        if (users.verify(user.name(), current).isEmpty()) {
            recordRefusal(user.name(), address, "current-password-wrong");
            throw Problem.invalid("current-password-wrong", "currentPassword is not the present password.")
                    .with("field", "currentPassword");
        }
        limiter.succeeded(Users.nameKey(user.name()), address);
        String hash = users.replacement(current, fresh);
        Issued issued = journal.append(appender -> {
            Transaction tx = appender.tx();
            // Hashing took its time; the sign-in may be over by now.
            if (all(tx, user.id()).noneMatch(viewer.signIn()::equals)) {
                throw Access.notSignedIn();
            }
            users.setPassword(tx, user, hash);
            all(tx, user.id()).forEach(id -> end(tx, id));
            appender.record(new Draft(Optional.empty(), viewer.actor(), new Event.PasswordChanged(user.id())));
            User changed = Users.account(tx, user.id())
                    .orElseThrow(Access::notSignedIn)
                    .user();
            return begin(appender, changed, address);
        });
        users.forgetInitialPassword(user);
        return issued;
    }

    /** Whatever lets the person in, their programs too; inside the transaction that also records why. */
    void endAll(Appender appender, Actor by, UserId person) {
        all(appender.tx(), person).forEach(id -> end(appender.tx(), id));
        apiTokens.endAll(appender, by, person);
    }

    private static Stream<UUID> all(Transaction tx, UserId person) {
        return tx
                .list(
                        "SELECT id FROM sign_in WHERE user_id = ?",
                        row -> UUID.fromString(row.string("id")),
                        person.toString())
                .stream();
    }

    private void end(Transaction tx, UUID id) {
        tx.update("DELETE FROM sign_in WHERE id = ?", id.toString());
        tx.afterCommit(() -> {
            live.remove(id);
            ended.forEach(listener -> listener.accept(id));
        });
    }

    private static void insertToken(Transaction tx, UUID signIn, String token, Instant expires) {
        tx.update(
                "INSERT INTO refresh_token(hash, sign_in_id, expires_at) VALUES (?, ?, ?)",
                SecretText.hash(token),
                signIn.toString(),
                expires.toEpochMilli());
    }

    private Issued issued(UUID id, User user, String refresh) {
        Instant until = clock.instant().plus(tokens.life());
        String access = tokens.issue(user.id(), id, until);
        return new Issued(new Viewer(user, id, until, Optional.empty()), access, refresh, refreshLife);
    }
}
