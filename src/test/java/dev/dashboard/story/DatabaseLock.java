package dev.dashboard.story;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;

/** Another program at the dashboard's database: takes it for writing, says so, and keeps it until it is ended. */
final class DatabaseLock {
    private DatabaseLock() {}

    public static void main(String[] args) throws SQLException, InterruptedException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + args[0]);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 10000");
            statement.execute("BEGIN IMMEDIATE");
            System.out.println("locked " + args[0]);
            new CountDownLatch(1).await();
        }
    }
}
