package dev.dashboard.session;

import dev.dashboard.cli.CliInput;
import dev.dashboard.cli.CliProcess;
import dev.dashboard.event.SessionId;
import dev.dashboard.store.Database;
import dev.dashboard.store.Transaction;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How far each process that may outlive the server has been heard, and what was written to it. Changed in the transaction that records
 * what followed from it: so a server that comes back goes on at the first byte that has not been recorded, and writes again what may
 * not have arrived, under the same number.
 */
final class Launches {
    /**
     * A line for a process's stdin.
     *
     * @param prompt the uuid under which it is a prompt, if it is one
     */
    record Input(long number, Optional<String> prompt, byte[] line) {
        static Input of(long number, CliInput input) {
            return new Input(
                    number,
                    input instanceof CliInput.UserTurn turn ? Optional.of(turn.uuid()) : Optional.empty(),
                    CliProcess.line(input));
        }
    }

    private final Database database;

    Launches(Database database) {
        this.database = database;
    }

    /** The first byte of its output that is not recorded. */
    long heard(String launch) {
        return database.first(
                        "SELECT heard FROM launches WHERE launch = :launch",
                        Map.of("launch", launch),
                        row -> row.longValue("heard"))
                .orElse(0L);
    }

    /** Everything that was written to it, in order. */
    List<Input> inputs(String launch) {
        return database.list(
                "SELECT number, prompt, line FROM launch_inputs WHERE launch = :launch ORDER BY number",
                Map.of("launch", launch),
                row -> new Input(row.longValue("number"), row.optString("prompt"), row.bytes("line")));
    }

    static void store(Transaction tx, SessionId session, String launch, long heard, List<Input> inputs) {
        tx.update(
                "INSERT INTO launches(launch, session, heard) VALUES (?, ?, ?) ON CONFLICT (launch) DO UPDATE SET heard = excluded.heard",
                launch,
                session.toString(),
                heard);
        for (Input input : inputs) {
            tx.update(
                    "INSERT INTO launch_inputs(launch, number, prompt, line) VALUES (?, ?, ?, ?)",
                    launch,
                    input.number(),
                    input.prompt().orElse(null),
                    input.line());
        }
    }

    /** Its processes are over. */
    static void forget(Transaction tx, SessionId session) {
        tx.update(
                "DELETE FROM launch_inputs WHERE launch IN (SELECT launch FROM launches WHERE session = ?)",
                session.toString());
        tx.update("DELETE FROM launches WHERE session = ?", session.toString());
    }
}
