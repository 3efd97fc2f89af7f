package dev.dashboard.auth;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
import dev.dashboard.store.Reads;
import dev.dashboard.store.Row;
import dev.dashboard.store.Transaction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.Normalizer;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * People and their password hashes. The table is written in the same transaction as the event that tells of it, and holds what
 * no event may: the hash.
 *
 * <p>Everybody who is enabled also stands in memory, with the role they have now, so that each request is judged by what is true
 * now. Memory changes in the hook after the commit. Bounded by {@value #MOST} people. Safe for all threads.
 */
public final class Users {
    /** The file with the first administrator's one-time password, in the data folder, until it is changed. */
    public static final String INITIAL_PASSWORD_FILE = "initial-admin-password";

    public static final String FIRST_ADMINISTRATOR = "admin";

    static final int MOST = 500;
    static final int MOST_NAME = 64;

    private static final Logger LOG = System.getLogger(Users.class.getName());
    private static final String SELECT = "SELECT id, name, role, password_hash, must_change, disabled FROM user ";
    /** What can be told apart in a list, in a log and on paper; it begins and ends with what can be seen. */
    private static final Pattern NAME =
            Pattern.compile("[\\p{L}\\p{N}]([\\p{L}\\p{M}\\p{N} ._@+-]*[\\p{L}\\p{M}\\p{N}])?");

    /** A user with what only this package may see. */
    record Account(User user, String hash, boolean disabled) {
        boolean invited() {
            return hash.isEmpty();
        }
    }

    private final Database db;
    private final Journal journal;
    private final Clock clock;
    private final Path initialPassword;
    private final Password password = new Password();
    /** Everybody who is enabled. */
    private final Map<UserId, User> enabled = new ConcurrentHashMap<>();

    private final List<Consumer<UserId>> changed = new CopyOnWriteArrayList<>();

    public Users(Database db, Journal journal, Clock clock, Path dataDir) {
        this.db = db;
        this.journal = journal;
        this.clock = clock;
        this.initialPassword = dataDir.resolve(INITIAL_PASSWORD_FILE);
        db.list(SELECT + "WHERE disabled = 0", Map.of(), Users::account)
                .forEach(account -> enabled.put(account.user().id(), account.user()));
    }

    /** Called, on the thread that changed it, when a person may do other things than before, or nothing any more. Must be quick. */
    public void whenChanged(Consumer<UserId> listener) {
        changed.add(listener);
    }

    /** The person as they are now; empty when there is none, or they are disabled. */
    Optional<User> enabled(UserId id) {
        return Optional.ofNullable(enabled.get(id));
    }

    /**
     * Enters the first administrator when there is nobody yet, and leaves the one-time password in a file that only the server's
     * user may read.
     *
     * @return the file, when a one-time password still waits in it
     */
    public Optional<Path> ensureFirstAdministrator() {
        if (db.first("SELECT id FROM user LIMIT 1", Map.of(), row -> row.string("id"))
                .isEmpty()) {
            String oneTime = password.oneTime();
            // The file first: after a crash in between there is nobody yet, and the next start writes both anew.
            writeInitialPassword(oneTime);
            create(FIRST_ADMINISTRATOR, Role.ADMIN, oneTime);
        }
        return Optional.of(initialPassword).filter(Files::exists);
    }

    private void create(String name, Role role, String oneTime) {
        User user = new User(UserId.random(), name, role, true);
        String hash = password.hash(oneTime);
        journal.append(appender -> {
            insert(appender.tx(), user, hash);
            return appender.record(
                    new Draft(Optional.empty(), Actor.SERVER, new Event.UserCreated(user.id(), name, role.text())));
        });
    }

    /** Inside the transaction that also records it. Without a hash they cannot sign in before they have chosen a password. */
    void insert(Transaction tx, User user, String hash) {
        if (tx.list("SELECT id FROM user LIMIT ?", row -> row.string("id"), MOST)
                        .size()
                == MOST) {
            throw Problem.conflict("too-many-users", "There are " + MOST + " people already, which is the most.");
        }
        if (account(tx, nameKey(user.name())).isPresent()) {
            throw Problem.conflict("name-taken", "There is a person of this name already.")
                    .with("field", "name");
        }
        tx.update(
                "INSERT INTO user(id, name, name_key, role, password_hash, must_change, created_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                user.id().toString(),
                user.name(),
                nameKey(user.name()),
                user.role().text(),
                hash,
                user.mustChangePassword() ? 1 : 0,
                clock.millis());
        tx.afterCommit(() -> enabled.put(user.id(), user));
    }

    /** The name as it is kept. Refuses what people could not tell from another name, or not read at all. */
    static String checkName(String name) {
        String kept = Normalizer.normalize(name.strip(), Normalizer.Form.NFC);
        if (kept.codePointCount(0, kept.length()) > MOST_NAME
                || !NAME.matcher(kept).matches()
                || kept.contains("  ")) {
            throw Problem.invalid(
                            "name-invalid",
                            "name must have 1 to " + MOST_NAME
                                    + " letters, digits, single spaces or . _ @ + -, and begin and"
                                    + " end with a letter or a digit.")
                    .with("field", "name");
        }
        return kept;
    }

    private void writeInitialPassword(String oneTime) {
        try {
            Path fresh = initialPassword.resolveSibling(INITIAL_PASSWORD_FILE + ".new");
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, oneTime + "\n", StandardOpenOption.WRITE, StandardOpenOption.SYNC);
            Files.move(fresh, initialPassword, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("the one-time password cannot be written to " + initialPassword, e);
        }
    }

    /** The account that name and password fit; empty otherwise, after the same time whether the name exists or not. */
    Optional<Account> verify(String name, String given) {
        Optional<Account> account = account(name).filter(found -> !found.invited());
        if (account.isEmpty()) {
            password.verifyNobody(given);
            return Optional.empty();
        }
        return account.filter(a -> password.verify(given, a.hash()));
    }

    /** Computes the new hash; nothing is changed yet. */
    String replacement(String current, String fresh) {
        if (fresh.equals(current)) {
            throw Problem.invalid("password-unchanged", "newPassword must differ from the present password.")
                    .with("field", "newPassword");
        }
        return password.hash(fresh);
    }

    String hash(String fresh) {
        return password.hash(fresh);
    }

    /** Of everybody, whether enabled or not. */
    Map<UserId, String> names() {
        return db
                .list(
                        "SELECT id, name FROM user",
                        Map.of(),
                        row -> Map.entry(UserId.parse(row.string("id")), row.string("name")))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    // ---- inside the transaction that also records the change

    void setPassword(Transaction tx, User user, String hash) {
        tx.update(
                "UPDATE user SET password_hash = ?, must_change = 0 WHERE id = ?",
                hash,
                user.id().toString());
        tx.afterCommit(() -> enabled.computeIfPresent(
                user.id(), (id, present) -> new User(id, present.name(), present.role(), false)));
    }

    void setRole(Transaction tx, User user, Role role) {
        tx.update(
                "UPDATE user SET role = ? WHERE id = ?", role.text(), user.id().toString());
        requireAdministrator(tx);
        User now = new User(user.id(), user.name(), role, user.mustChangePassword());
        tx.afterCommit(() -> {
            enabled.computeIfPresent(user.id(), (_, _) -> now);
            tellChanged(user.id());
        });
    }

    void setDisabled(Transaction tx, User user, boolean disabled) {
        tx.update(
                "UPDATE user SET disabled = ? WHERE id = ?",
                disabled ? 1 : 0,
                user.id().toString());
        requireAdministrator(tx);
        tx.afterCommit(() -> {
            if (disabled) {
                enabled.remove(user.id());
            } else {
                enabled.put(user.id(), user);
            }
            tellChanged(user.id());
        });
    }

    void signedIn(Transaction tx, UserId user) {
        tx.update("UPDATE user SET last_sign_in_at = ? WHERE id = ?", clock.millis(), user.toString());
    }

    /** After the change and in its transaction: of two administrators who disable each other at once, one is refused. */
    private static void requireAdministrator(Transaction tx) {
        boolean left = tx.first(
                        "SELECT id FROM user WHERE role = ? AND disabled = 0 AND password_hash <> '' LIMIT 1",
                        row -> row.string("id"),
                        Role.ADMIN.text())
                .isPresent();
        if (!left) {
            throw Problem.conflict(
                    "last-admin", "No administrator who can sign in would be left; make somebody else one first.");
        }
    }

    private void tellChanged(UserId user) {
        changed.forEach(listener -> listener.accept(user));
    }

    static Optional<Account> account(Reads reads, UserId id) {
        return reads.first(SELECT + "WHERE id = ?", Users::account, id.toString());
    }

    private static Optional<Account> account(Reads reads, String nameKey) {
        return reads.first(SELECT + "WHERE name_key = ?", Users::account, nameKey);
    }

    /** Once the one-time password is replaced, its file is only a risk. */
    void forgetInitialPassword(User user) {
        if (!user.name().equals(FIRST_ADMINISTRATOR)) {
            return;
        }
        try {
            Files.deleteIfExists(initialPassword);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the used one-time password cannot be removed file=" + initialPassword, e);
        }
    }

    private Optional<Account> account(String name) {
        return db.first(SELECT + "WHERE name_key = :name", Map.of("name", nameKey(name)), Users::account);
    }

    private static Account account(Row row) {
        return new Account(user(row), row.string("password_hash"), row.bool("disabled"));
    }

    private static User user(Row row) {
        return new User(
                UserId.parse(row.string("id")),
                row.string("name"),
                Role.named(row.string("role")),
                row.bool("must_change"));
    }

    /** The name as it is compared: however its letters were typed, wide or composed or in capitals. */
    static String nameKey(String name) {
        return Normalizer.normalize(name.strip(), Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }
}
