package dev.dashboard.bench;

import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.helidon.dbclient.DbClient;
import io.helidon.dbclient.jdbc.JdbcClientBuilder;
import io.helidon.dbclient.jdbc.JdbcConnectionPool;
import io.helidon.webserver.WebServer;
import java.nio.file.Path;
import java.util.Map;

/** The least that a program of this kind can be: Helidon and a database client. What we start slower than this is ours. */
final class BareServer {
    static final String READY = "Bare server ready: ";

    private BareServer() {}

    /** Takes a folder for its database; prints one line when it is ready; ends by signal. */
    public static void main(String[] args) {
        Config pool = Config.just(ConfigSources.create(Map.of(
                "url", "jdbc:sqlite:" + Path.of(args[0]).resolve("bare.db"),
                "poolName", "bare",
                "maximumPoolSize", "1")));
        DbClient database = JdbcClientBuilder.create()
                .connectionPool(JdbcConnectionPool.create(pool))
                .build();
        database.execute().get("SELECT count(*) AS n FROM sqlite_master").orElseThrow();
        WebServer server = WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .routing(routing -> routing.get("/", (_, response) -> response.send("bare")))
                .build()
                .start();
        System.out.println(READY + "http://127.0.0.1:" + server.port());
    }
}
