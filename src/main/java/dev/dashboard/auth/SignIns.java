package dev.dashboard.auth;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import dev.dashboard.store.Database;
import dev.dashboard.store.Row;
import dev.dashboard.store.Transaction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

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

    private static final int TOKEN_BYTES = 32;
    private static final int SHOWN_NAME = 64;

    /** Limits: refused attempts a minute for a name and for an address, and how long a refresh token lasts. */
    public record Limits(int perName, int perAddress, Duration refreshToken) {}

    /** A sign-in as the browser gets it; the two tokens go into cookies and nowhere else. */
    public record Issued(Viewer viewer, String accessToken, String refreshToken, Duration refreshLife) {
        @Override
        public String toString() {
            return "Issued[" + viewer + "]";
        }
    }

    private record Live(User user, Instant expires) {}

    private sealed interface Renewal {
        record Done(UUID signIn, Live live) implements Renewal {}

        record Reused(UUID signIn, User user) implements Renewal {}

        record Unknown() implements Renewal {}
    }

    private final Database db;
    private final Journal journal;
    private final Users users;
    private final AccessTokens tokens;
    private final SignInLimiter limiter;
    private final Duration refreshLife;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<UUID, Live> live = new ConcurrentHashMap<>();
    private final List<Consumer<UUID>> ended = new CopyOnWriteArrayList<>();

    /** Reads the sign-ins that still last and forgets the others. */
    public SignIns(Database db, Journal journal, Users users, AccessTokens tokens, Limits limits, Clock clock) {
        this.db = db;
        this.journal = journal;
        this.users = users;
        this.tokens = tokens;
        this.limiter = new SignInLimiter(clock, limits.perName(), limits.perAddress());
        this.refreshLife = limits.refreshToken();
        this.clock = clock;
        db.write(tx -> tx.update("DELETE FROM sign_in WHERE expires_at <= ?", clock.millis()));
        db.list(
                        "SELECT s.id, s.user_id, s.expires_at, u.name, u.role, u.must_change"
                                + " FROM sign_in s JOIN user u ON u.id = s.user_id",
                        Map.of(),
                        row -> Map.entry(UUID.fromString(row.string("id")), live(row)))
                .forEach(entry -> live.put(entry.getKey(), entry.getValue()));
    }

    private static Live live(Row row) {
        return new Live(Users.user(row, "user_id"), Instant.ofEpochMilli(row.longValue("expires_at")));
    }

    /** Called, on the thread that ended it, with every sign-in that is over before its time. Must be quick. */
    public void whenEnded(Consumer<UUID> listener) {
        ended.add(listener);
    }

    /** Who an access token stands for; empty when its sign-in is over. */
    public Optional<Viewer> viewer(AccessTokens.Claims claims) {
        return Optional.ofNullable(live.get(claims.signIn()))
                .filter(found -> found.user().id().equals(claims.user()))
                .filter(found -> clock.instant().isBefore(found.expires()))
                .map(found -> new Viewer(found.user(), claims.signIn(), claims.expires(), Optional.empty()));
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
            throw new Problem(
                            Kind.TOO_MANY, "too-many-sign-ins", "Too many refused sign-ins; wait before the next one.")
                    .retryAfter(wait.left());
        });
        Optional<User> user =
                password.length() > Password.MOST_LENGTH * 2 ? Optional.empty() : users.verify(name, password);
        if (user.isEmpty()) {
            recordRefusal(name, address, "name-or-password-wrong");
            throw new Problem(Kind.UNAUTHENTICATED, "sign-in-refused", "Name or password is wrong.");
        }
        limiter.succeeded(Users.nameKey(name), address);
        return begin(user.get(), address);
    }

    private void recordRefusal(String name, String address, String reason) {
        String shown = name.length() > SHOWN_NAME ? name.substring(0, SHOWN_NAME) : name;
        journal.append(
                List.of(new Draft(Optional.empty(), Actor.SERVER, new Event.SignInRefused(shown, address, reason))));
    }

    private Issued begin(User user, String address) {
        UUID id = UUID.randomUUID();
        String refresh = newToken();
        Live entry = new Live(user, clock.instant().plus(refreshLife));
        journal.append(appender -> {
            Transaction tx = appender.tx();
            tx.update(
                    "INSERT INTO sign_in(id, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
                    id.toString(),
                    user.id().toString(),
                    clock.millis(),
                    entry.expires().toEpochMilli());
            insertToken(tx, id, refresh, entry.expires());
            tx.afterCommit(() -> live.put(id, entry));
            endOldest(tx, user.id());
            return appender.record(
                    new Draft(Optional.empty(), user.actor(), new Event.SignedIn(user.id(), user.name(), address)));
        });
        return issued(id, entry, refresh);
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
        String fresh = newToken();
        return switch (db.write(tx -> renew(tx, hash(token), fresh))) {
            case Renewal.Done(UUID id, Live entry) -> issued(id, entry, fresh);
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
        record Found(UUID signIn, Instant expires, long usedAt, Live live) {}
        Optional<Found> found = tx.first(
                "SELECT r.sign_in_id, r.expires_at AS token_expires, r.used_at, s.user_id, s.expires_at,"
                        + " u.name, u.role, u.must_change"
                        + " FROM refresh_token r JOIN sign_in s ON s.id = r.sign_in_id JOIN user u ON u.id = s.user_id"
                        + " WHERE r.hash = ?",
                row -> new Found(
                        UUID.fromString(row.string("sign_in_id")),
                        Instant.ofEpochMilli(row.longValue("token_expires")),
                        row.longValue("used_at"),
                        live(row)),
                hash);
        Instant now = clock.instant();
        if (found.isEmpty() || !now.isBefore(found.get().expires())) {
            return new Renewal.Unknown();
        }
        UUID id = found.get().signIn();
        User user = found.get().live().user();
        long usedAt = found.get().usedAt();
        if (usedAt != 0 && now.isAfter(Instant.ofEpochMilli(usedAt).plus(GRACE))) {
            return new Renewal.Reused(id, user);
        }
        Live entry = new Live(user, now.plus(refreshLife));
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
        return new Renewal.Done(id, entry);
    }

    /** Ends the sign-in on the server; its tokens are worth nothing from now on. */
    public void signOut(Viewer viewer) {
        journal.append(appender -> {
            end(appender.tx(), viewer.signIn());
            return appender.record(signedOut(viewer.actor(), viewer.user().id()));
        });
    }

    private static Draft signedOut(Actor actor, UserId user) {
        return new Draft(Optional.empty(), actor, new Event.SignedOut(user));
    }

    /** Replaces the password, ends every other sign-in of the person, and gives this one new tokens. */
    public Issued changePassword(Viewer viewer, String current, String fresh, String address) {
        User user = viewer.user();
        // Guessing the present password from a stolen browser is guessing all the same.
        limiter.attempt(Users.nameKey(user.name()), address).ifPresent(wait -> {
            throw new Problem(Kind.TOO_MANY, "too-many-sign-ins", "Too many wrong passwords; wait before the next one.")
                    .retryAfter(wait.left());
        });
        String hash = users.replacement(user, current, fresh);
        limiter.succeeded(Users.nameKey(user.name()), address);
        User changed = new User(user.id(), user.name(), user.role(), false);
        Live entry = new Live(changed, clock.instant().plus(refreshLife));
        String refresh = newToken();
        journal.append(appender -> {
            Transaction tx = appender.tx();
            users.setPassword(tx, user.id(), hash);
            tx.list(
                            "SELECT id FROM sign_in WHERE user_id = ? AND id <> ?",
                            row -> UUID.fromString(row.string("id")),
                            user.id().toString(),
                            viewer.signIn().toString())
                    .forEach(other -> end(tx, other));
            tx.update(
                    "DELETE FROM refresh_token WHERE sign_in_id = ?",
                    viewer.signIn().toString());
            insertToken(tx, viewer.signIn(), refresh, entry.expires());
            tx.afterCommit(() -> live.replace(viewer.signIn(), entry));
            return appender.record(new Draft(Optional.empty(), viewer.actor(), new Event.PasswordChanged(user.id())));
        });
        users.forgetInitialPassword(user);
        return issued(viewer.signIn(), entry, refresh);
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
                hash(token),
                signIn.toString(),
                expires.toEpochMilli());
    }

    private Issued issued(UUID id, Live entry, String refresh) {
        Instant until = clock.instant().plus(tokens.life());
        String access = tokens.issue(entry.user().id(), id, until);
        return new Issued(new Viewer(entry.user(), id, until, Optional.empty()), access, refresh, refreshLife);
    }

    private String newToken() {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String hash(String token) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
