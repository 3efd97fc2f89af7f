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
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What administrators do with the accounts of others. Each change is one transaction with the event that tells of it, and counts
 * for what the person does next: a smaller role, or none, is not waited for. Safe for all threads.
 */
public final class People {
    private static final String SELECT =
            "SELECT u.id, u.name, u.role, u.must_change, u.disabled, u.password_hash = '' AS invited, u.created_at,"
                    + " u.last_sign_in_at, i.expires_at FROM user u LEFT JOIN invitation i"
                    + " ON i.user_id = u.id AND i.expires_at > ";

    /** Everybody, by name, and the number of the last event that the list shows. */
    public record Page(List<Person> people, long seq) {}

    /** Somebody new, and the link by which they come. */
    public record Invited(Person person, Invitations.Issued invitation) {}

    private final Database db;
    private final Journal journal;
    private final Users users;
    private final SignIns signIns;
    private final Invitations invitations;
    private final Clock clock;

    public People(Database db, Journal journal, Users users, SignIns signIns, Invitations invitations, Clock clock) {
        this.db = db;
        this.journal = journal;
        this.users = users;
        this.signIns = signIns;
        this.invitations = invitations;
        this.clock = clock;
    }

    public Page all() {
        return db.snapshot(reads -> new Page(
                reads.list(SELECT + "? ORDER BY u.name_key LIMIT ?", People::person, clock.millis(), Users.MOST),
                Journal.lastSeq(reads)));
    }

    /** Problem NOT_FOUND when there is no such person. */
    public Person get(UserId id) {
        return db.first(
                        SELECT + ":now WHERE u.id = :id",
                        Map.of("now", clock.millis(), "id", id.toString()),
                        People::person)
                .orElseThrow(() -> unknown(id));
    }

    static Problem unknown(UserId id) {
        return Problem.notFound("user-unknown", "There is no person " + id + ".");
    }

    private static Person person(Row row) {
        Person.State state = row.bool("invited") ? Person.State.INVITED : Person.State.ACTIVE;
        return new Person(
                new User(
                        UserId.parse(row.string("id")),
                        row.string("name"),
                        Role.named(row.string("role")),
                        row.bool("must_change")),
                row.bool("disabled") ? Person.State.DISABLED : state,
                row.instant("created_at"),
                Optional.of(row.instant("last_sign_in_at")).filter(when -> !when.equals(Instant.EPOCH)),
                row.optInstant("expires_at"));
    }

    /** Enters somebody, who chooses a password by the link. Problem INVALID or CONFLICT that says what is wrong with the name. */
    public Invited invite(Viewer by, String name, Role role) {
        User user = new User(UserId.random(), Users.checkName(name), role, false);
        Invitations.Issued issued = journal.append(appender -> {
            users.insert(appender.tx(), user, "");
            appender.record(draft(by.actor(), new Event.UserCreated(user.id(), user.name(), role.text())));
            return invitations.issue(appender, by.actor(), user);
        });
        return new Invited(get(user.id()), issued);
    }

    /**
     * A new link for somebody who is there, for instance with a forgotten password; the one before is worth nothing now. What they
     * have open stays open until they use it.
     */
    public Invitations.Issued inviteAnew(Viewer by, UserId id) {
        return journal.append(appender -> {
            Users.Account account = existing(appender.tx(), id);
            if (account.disabled()) {
                throw Problem.conflict("user-disabled", "This person is disabled; enable them first.");
            }
            return invitations.issue(appender, by.actor(), account.user());
        });
    }

    /** Problem CONFLICT {@code last-admin} when nobody would be left who can administrate. */
    public Person changeRole(Viewer by, UserId id, Role role) {
        journal.append(appender -> {
            User user = existing(appender.tx(), id).user();
            if (user.role() != role) {
                users.setRole(appender.tx(), user, role);
                appender.record(draft(by.actor(), new Event.RoleChanged(id, user.name(), role.text())));
            }
            return id;
        });
        return get(id);
    }

    /** The person's sign-ins and API tokens end, and their link is worth nothing. */
    public Person disable(Viewer by, UserId id) {
        journal.append(appender -> {
            Users.Account account = existing(appender.tx(), id);
            if (!account.disabled()) {
                users.setDisabled(appender.tx(), account.user(), true);
                signIns.endAll(appender, by.actor(), id);
                invitations.withdraw(appender.tx(), id);
                appender.record(draft(
                        by.actor(), new Event.UserDisabled(id, account.user().name())));
            }
            return id;
        });
        return get(id);
    }

    public Person enable(Viewer by, UserId id) {
        journal.append(appender -> {
            Users.Account account = existing(appender.tx(), id);
            if (account.disabled()) {
                users.setDisabled(appender.tx(), account.user(), false);
                appender.record(draft(
                        by.actor(), new Event.UserEnabled(id, account.user().name())));
            }
            return id;
        });
        return get(id);
    }

    private static Draft draft(Actor by, Event event) {
        return new Draft(Optional.empty(), by, event);
    }

    private static Users.Account existing(Transaction tx, UserId id) {
        return Users.account(tx, id).orElseThrow(() -> unknown(id));
    }
}
