package dev.dashboard.auth;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.store.Database;
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
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * People and their password hashes. The table is written in the same transaction as the event that tells of it, and holds what
 * no event may: the hash.
 */
public final class Users {
    /** The file with the first administrator's one-time password, in the data folder, until it is changed. */
    public static final String INITIAL_PASSWORD_FILE = "initial-admin-password";

    public static final String FIRST_ADMINISTRATOR = "admin";

    private static final Logger LOG = System.getLogger(Users.class.getName());
    private static final String SELECT = "SELECT id, name, role, password_hash, must_change FROM user ";

    /** A user with what only this package may see. */
    record Account(User user, String hash) {}

    private final Database db;
    private final Journal journal;
    private final Clock clock;
    private final Path initialPassword;
    private final Password password = new Password();

    public Users(Database db, Journal journal, Clock clock, Path dataDir) {
        this.db = db;
        this.journal = journal;
        this.clock = clock;
        this.initialPassword = dataDir.resolve(INITIAL_PASSWORD_FILE);
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
        UserId id = UserId.random();
        String hash = password.hash(oneTime);
        journal.append(appender -> {
            appender.tx()
                    .update(
                            "INSERT INTO user(id, name, name_key, role, password_hash, must_change, created_at)"
                                    + " VALUES (?, ?, ?, ?, ?, 1, ?)",
                            id.toString(),
                            name,
                            nameKey(name),
                            role.text(),
                            hash,
                            clock.millis());
            return appender.record(
                    new Draft(Optional.empty(), Actor.SERVER, new Event.UserCreated(id, name, role.text())));
        });
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

    /** The user whom name and password fit; empty otherwise, after the same time whether the name exists or not. */
    Optional<User> verify(String name, String given) {
        Optional<Account> account = account(name);
        if (account.isEmpty()) {
            password.verifyNobody(given);
            return Optional.empty();
        }
        return account.filter(a -> password.verify(given, a.hash())).map(Account::user);
    }

    /** Checks both passwords and computes the new hash; nothing is changed yet. */
    String replacement(User user, String current, String fresh) {
        Password.checkNew("newPassword", fresh);
        if (verify(user.name(), current).isEmpty()) {
            throw Problem.invalid("current-password-wrong", "currentPassword is not the present password.")
                    .with("field", "currentPassword");
        }
        if (fresh.equals(current)) {
            throw Problem.invalid("password-unchanged", "newPassword must differ from the present password.")
                    .with("field", "newPassword");
        }
        return password.hash(fresh);
    }

    /** Inside the transaction that also records the change. */
    void setPassword(Transaction tx, UserId user, String hash) {
        tx.update("UPDATE user SET password_hash = ?, must_change = 0 WHERE id = ?", hash, user.toString());
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
        return new Account(user(row, "id"), row.string("password_hash"));
    }

    static User user(Row row, String idColumn) {
        return new User(
                UserId.parse(row.string(idColumn)),
                row.string("name"),
                Role.named(row.string("role")),
                row.longValue("must_change") != 0);
    }

    static String nameKey(String name) {
        return name.strip().toLowerCase(Locale.ROOT);
    }
}
