package dev.dashboard.store;

import io.helidon.dbclient.DbClient;
import io.helidon.dbclient.jdbc.JdbcClientBuilder;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * A DbClient of one thread that knows which connections it took from the pool.
 *
 * <p>DbClient keeps a connection for ever in several cases: a query whose text does not prepare, a stream that is not read to its
 * end, a transaction that nobody ends. Whatever it did, {@link #giveBack()} after each piece of work returns what was taken.
 *
 * <p>Owned by one database thread; not for sharing.
 */
final class Client {
    private final DataSource pool;
    private final List<Connection> taken = new ArrayList<>();
    private final DbClient dbClient;

    Client(DataSource pool) {
        this.pool = pool;
        this.dbClient = JdbcClientBuilder.create().connectionPool(this::take).build();
    }

    DbClient dbClient() {
        return dbClient;
    }

    private Connection take() {
        try {
            Connection connection = pool.getConnection();
            taken.add(connection);
            return connection;
        } catch (SQLException e) {
            throw Failures.unavailable(e);
        }
    }

    /** Closing twice is harmless, so this need not know which connections came back by themselves. */
    void giveBack() {
        for (Connection connection : taken) {
            try {
                connection.close();
            } catch (SQLException e) {
                System.getLogger(Client.class.getName())
                        .log(System.Logger.Level.WARNING, "connection did not close cleanly", e);
            }
        }
        taken.clear();
    }
}
