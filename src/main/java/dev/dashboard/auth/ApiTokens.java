package dev.dashboard.auth;

import dev.dashboard.event.Actor;
import dev.dashboard.event.ApiTokenId;
import dev.dashboard.event.Appender;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import dev.dashboard.run.Worker;
import dev.dashboard.store.Database;
import dev.dashboard.store.Row;
import dev.dashboard.store.Transaction;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * What programs sign in with: issue, revoke, list, and who comes with one. A token is told once, when it is issued; its hash is kept.
 * Each acts for its person, with at most the role it was given and at most the role that the person has now.
 *
 * <p>Every live token also stands in memory, so that no request waits for the database and a revoked one is refused at once. That a
 * token was used is written afterwards, by a thread of this class, at most once a minute for each. Bounded by {@value
 * #MOST_PER_USER} tokens of a person. Safe for all threads; closing writes what is left to write.
 */
public final class ApiTokens implements AutoCloseable {
    public static final int MOST_DAYS = 365;

    public static final int USUAL_DAYS = 90;

    static final int MOST_PER_USER = 50;
    /** Says to people and to scanners what has leaked. */
    static final String PREFIX = "ccd_";

    private static final Logger LOG = System.getLogger(ApiTokens.class.getName());
    private static final Duration WRITTEN_EVERY = Duration.ofMinutes(1);
    private static final int MOST_WAITING = 1_000;
    private static final int MOST_TEXT = 100;
    private static final int MOST_LISTED = 1_000;

    /** A token as people see it. */
    public record Token(
            ApiTokenId id,
            String name,
            Role role,
            UserId user,
            String userName,
            Instant created,
            Instant expires,
            Optional<Instant> lastUsed) {}

    /** The secret is told this once. */
    public record Issued(Token token, String secret) {
        @Override
        public String toString() {
            return "Issued[" + token.id() + "]";
        }
    }

    private record Live(
            ApiTokenId id, String hash, UserId user, String name, Role role, Instant created, Instant expires) {}

    private record Use(ApiTokenId token, Instant when) {}

    private final Database db;
    private final Journal journal;
    private final Users users;
    private final Clock clock;
    private final Map<String, Live> byHash = new ConcurrentHashMap<>();
    private final Map<ApiTokenId, Live> byId = new ConcurrentHashMap<>();
    private final Map<ApiTokenId, Instant> used = new ConcurrentHashMap<>();
    /** When full, a use is not written; the next one a minute later is. */
    private final BlockingQueue<Use> uses = new LinkedBlockingQueue<>(MOST_WAITING);

    private final List<Consumer<UUID>> ended = new CopyOnWriteArrayList<>();
    private final Worker writer;

    /** Reads the tokens that still last and forgets the others. */
    public ApiTokens(Database db, Journal journal, Users users, Clock clock) {
        this.db = db;
        this.journal = journal;
        this.users = users;
        this.clock = clock;
        db.write(tx -> tx.update("DELETE FROM api_token WHERE expires_at <= ?", clock.millis()));
        db.list(
                        "SELECT id, hash, user_id, name, role, created_at, expires_at, last_used_at FROM api_token",
                        Map.of(),
                        row -> Map.entry(live(row), row.instant("last_used_at")))
                .forEach(entry -> {
                    enter(entry.getKey());
                    if (!entry.getValue().equals(Instant.EPOCH)) {
                        used.put(entry.getKey().id(), entry.getValue());
                    }
                });
        this.writer = Worker.virtual("api-token-uses", this::writeUses);
    }

    private static Live live(Row row) {
        return new Live(
                ApiTokenId.parse(row.string("id")),
                row.string("hash"),
                UserId.parse(row.string("user_id")),
                row.string("name"),
                Role.named(row.string("role")),
                row.instant("created_at"),
                row.instant("expires_at"));
    }

    private void enter(Live token) {
        byHash.put(token.hash(), token);
        byId.put(token.id(), token);
    }

    private void leave(Live token) {
        byHash.remove(token.hash());
        byId.remove(token.id());
        used.remove(token.id());
    }

    /** Called, on the thread that revoked it, with every token that is over before its time. Must be quick. */
    public void whenEnded(Consumer<UUID> listener) {
        ended.add(listener);
    }

    /** Who comes with this text; empty when it is no token, or over, or its person disabled. Never waits. */
    public Optional<Viewer> viewer(String secret) {
        if (!secret.startsWith(PREFIX) || secret.length() > MOST_TEXT) {
            return Optional.empty();
        }
        Optional<Viewer> viewer =
                Optional.ofNullable(byHash.get(SecretText.hash(secret))).flatMap(this::viewer);
        viewer.ifPresent(found -> use(new ApiTokenId(found.signIn())));
        return viewer;
    }

    private Optional<Viewer> viewer(Live token) {
        if (!clock.instant().isBefore(token.expires())) {
            return Optional.empty();
        }
        return users.enabled(token.user())
                .map(user ->
                        new User(user.id(), user.name(), user.role().least(token.role()), user.mustChangePassword()))
                .map(user -> new Viewer(user, token.id().value(), token.expires(), Optional.of(token.name())));
    }

    /** Whether what was true of a request when it came is true still; for what lasts longer than a moment. */
    public boolean holds(Viewer viewer) {
        return Optional.ofNullable(byId.get(new ApiTokenId(viewer.signIn())))
                .flatMap(this::viewer)
                .filter(viewer::equals)
                .isPresent();
    }

    private void use(ApiTokenId token) {
        Instant now = clock.instant();
        Instant before = used.get(token);
        if (before == null || !now.isBefore(before.plus(WRITTEN_EVERY))) {
            used.put(token, now);
            uses.offer(new Use(token, now));
            if (!byId.containsKey(token)) {
                // Revoked in between; what was just noted must not stay for ever.
                used.remove(token);
            }
        }
    }

    private void writeUses() throws InterruptedException {
        while (true) {
            List<Use> batch = new ArrayList<>(List.of(uses.take()));
            uses.drainTo(batch);
            write(batch);
        }
    }

    private void write(List<Use> batch) {
        try {
            db.write(tx -> {
                tx.batch(
                        "UPDATE api_token SET last_used_at = ? WHERE id = ?",
                        batch.stream()
                                .map(use -> new Object[] {
                                    use.when().toEpochMilli(), use.token().toString()
                                })
                                .toList());
                return batch.size();
            });
        } catch (Problem e) {
            // It only tells people which tokens they could do without; the next use is written again.
            LOG.log(Level.WARNING, "last use of API tokens not written tokens={0} cause={1}", batch.size(), e.code());
        }
    }

    /**
     * Issues a token for who asks. Problem FORBIDDEN when it should do more than they may; INVALID when it should outlast the
     * token they ask with; CONFLICT when they have too many.
     *
     * @param days how long it lasts; when empty, {@value #USUAL_DAYS}, or as long as the token they ask with
     */
    public Issued issue(Viewer viewer, String name, Role role, Optional<Integer> days) {
        User user = viewer.user();
        if (role.least(user.role()) != role) {
            throw new Problem(
                            Kind.FORBIDDEN,
                            "role-too-high",
                            "A token may do at most what you may: "
                                    + user.role().text() + ".")
                    .with("field", "role");
        }
        Instant now = Instant.ofEpochMilli(clock.millis());
        Instant expires = expires(viewer, now, days);
        String secret = PREFIX + SecretText.fresh();
        Live token = new Live(ApiTokenId.random(), SecretText.hash(secret), user.id(), name, role, now, expires);
        journal.append(appender -> {
            requireStill(appender.tx(), viewer);
            insert(appender.tx(), token, viewer, now);
            return appender.record(new Draft(
                    Optional.empty(),
                    viewer.actor(),
                    new Event.ApiTokenIssued(token.id(), user.id(), name, role.text(), expires)));
        });
        return new Issued(shown(token, user.name()), secret);
    }

    private static Instant expires(Viewer viewer, Instant now, Optional<Integer> days) {
        Instant asked = now.plus(Duration.ofDays(days.orElse(USUAL_DAYS)));
        if (viewer.token().isEmpty() || !asked.isAfter(viewer.until())) {
            return asked;
        }
        if (days.isPresent()) {
            throw Problem.invalid(
                            "expiry-too-late",
                            "expiresInDays must not go beyond the token that asks, which expires at " + viewer.until()
                                    + ".")
                    .with("field", "expiresInDays");
        }
        return viewer.until();
    }

    /** A token that is revoked, or whose person is disabled, at this moment must not leave another one behind. */
    private static void requireStill(Transaction tx, Viewer viewer) {
        boolean person = Users.account(tx, viewer.user().id())
                .filter(account -> !account.disabled())
                .isPresent();
        boolean token = viewer.token().isEmpty()
                || tx.first(
                                "SELECT id FROM api_token WHERE id = ?",
                                row -> row.string("id"),
                                viewer.signIn().toString())
                        .isPresent();
        if (!person || !token) {
            throw Access.notSignedIn();
        }
    }

    private void insert(Transaction tx, Live token, Viewer by, Instant now) {
        List<Live> over = byId.values().stream()
                .filter(other -> other.user().equals(token.user()) && !now.isBefore(other.expires()))
                .toList();
        over.forEach(
                old -> tx.update("DELETE FROM api_token WHERE id = ?", old.id().toString()));
        int live = tx.list(
                        "SELECT id FROM api_token WHERE user_id = ? LIMIT ?",
                        row -> row.string("id"),
                        token.user().toString(),
                        MOST_PER_USER)
                .size();
        if (live == MOST_PER_USER) {
            throw Problem.conflict(
                    "too-many-tokens", "A person has at most " + MOST_PER_USER + " API tokens; revoke one first.");
        }
        tx.update(
                "INSERT INTO api_token(id, user_id, name, role, hash, created_at, expires_at, issued_by)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                token.id().toString(),
                token.user().toString(),
                token.name(),
                token.role().text(),
                token.hash(),
                token.created().toEpochMilli(),
                token.expires().toEpochMilli(),
                by.token().map(_ -> by.signIn().toString()));
        tx.afterCommit(() -> {
            over.forEach(this::leave);
            enter(token);
        });
    }

    /** Ends a token, and what was issued with it: one's own, or anybody's for administrators. Problem NOT_FOUND for every other. */
    public void revoke(Viewer viewer, ApiTokenId id) {
        Live token = Optional.ofNullable(byId.get(id))
                .filter(found -> viewer.user().role() == Role.ADMIN
                        || found.user().equals(viewer.user().id()))
                .orElseThrow(() -> unknown(id));
        journal.append(appender -> {
            if (!end(appender, viewer.actor(), token)) {
                throw unknown(id);
            }
            return id;
        });
    }

    /** Inside the transaction that also records why. */
    void endAll(Appender appender, Actor by, UserId person) {
        byId.values().stream().filter(token -> token.user().equals(person)).forEach(token -> end(appender, by, token));
    }

    /** @return whether it was there still */
    private boolean end(Appender appender, Actor by, Live token) {
        Transaction tx = appender.tx();
        List<ApiTokenId> issued = tx.list(
                "SELECT id FROM api_token WHERE issued_by = ?",
                row -> ApiTokenId.parse(row.string("id")),
                token.id().toString());
        if (tx.update("DELETE FROM api_token WHERE id = ?", token.id().toString()) == 0) {
            return false;
        }
        tx.afterCommit(() -> {
            leave(token);
            ended.forEach(listener -> listener.accept(token.id().value()));
        });
        Optional<String> of =
                Users.account(tx, token.user()).map(account -> account.user().name());
        appender.record(
                new Draft(Optional.empty(), by, new Event.ApiTokenRevoked(token.id(), token.user(), token.name(), of)));
        issued.stream().map(byId::get).filter(Objects::nonNull).forEach(child -> end(appender, by, child));
        return true;
    }

    private static Problem unknown(ApiTokenId id) {
        return Problem.notFound("token-unknown", "There is no API token " + id + ".");
    }

    /** The live tokens of a person, or of all, the newest first; at most {@value #MOST_LISTED}. */
    public List<Token> list(Optional<UserId> of) {
        Instant now = clock.instant();
        Map<UserId, String> names = users.names();
        return byId.values().stream()
                .filter(token -> now.isBefore(token.expires()))
                .filter(token -> of.map(token.user()::equals).orElse(true))
                .sorted(Comparator.comparing(Live::created)
                        .reversed()
                        .thenComparing(token -> token.id().value()))
                .limit(MOST_LISTED)
                .map(token -> shown(token, names.getOrDefault(token.user(), "")))
                .toList();
    }

    private Token shown(Live token, String userName) {
        return new Token(
                token.id(),
                token.name(),
                token.role(),
                token.user(),
                userName,
                token.created(),
                token.expires(),
                Optional.ofNullable(used.get(token.id())));
    }

    @Override
    public void close() {
        writer.close();
        List<Use> left = new ArrayList<>();
        uses.drainTo(left);
        if (!left.isEmpty()) {
            write(left);
        }
    }
}
