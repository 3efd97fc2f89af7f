package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import dev.dashboard.support.EventClient;
import dev.dashboard.support.RealCli;
import dev.dashboard.support.Scrape;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** After a session with everything in it, each figure of sessions and approvals is what the journal says. */
class MeasuresIT {
    private static final int PORT = freePort();

    @RegisterExtension
    static final Stage stage = Stage.demo(
            "DASHBOARD_MANAGEMENT_PORT",
            Integer.toString(PORT),
            "DASHBOARD_CLI_PATH",
            talkative().toString());

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The real CLI, after a line that nobody knows. */
    private static Path talkative() {
        try {
            Path program = Files.createTempFile(
                    "claude", "", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            program.toFile().deleteOnExit();
            Files.writeString(program, """
                    #!/bin/sh
                    case " $* " in *" --print "*) echo '{"type":"news"}' ;; esac
                    exec '%s' "$@"
                    """.formatted(RealCli.program()));
            return program;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatIsMeasuredOfASessionIsWhatTheJournalHas() throws Exception {
        Scrape before = Scrape.of(PORT);
        EventClient elsewhere = stage.closing(EventClient.after(stage.anna().lastSeq(), stage.anotherBrowser()));
        Play play = stage.play();

        play.turn("echo hello");
        Play.Line asked = play.prompt("bash echo x >> measured.txt");
        String request = play.awaitRequest(asked.seq());
        assertThatItShowsASessionThatAsks();
        stage.anna().allow(request).expect(200);
        play.ended(asked);
        Play.Line denied = play.prompt("bash echo y >> measured.txt");
        stage.anna().deny(play.awaitRequest(denied.seq()), "No.").expect(200);
        play.ended(denied);
        play.turn("error 400");
        Play.Line slow = play.prompt("slow");
        play.awaitDraft("counting");
        stage.anna().interrupt(play.session()).expect(202);
        play.await(slow.seq(), "turn-interrupted");
        play.awaitState("idle");
        play.stop();

        assertEqualToTheJournal(before, play.stored());
        assertDelivered(before, List.of(play.events(), elsewhere));
    }

    private static void assertThatItShowsASessionThatAsks() {
        Await.until("the session is seen to ask", Duration.ofSeconds(10), Duration.ofMillis(200), () -> {
            Scrape now = scrape();
            return now.sum("dashboard_sessions", "state", "asking") == 1
                    && now.sum("dashboard_sessions") == 1
                    && now.sum("dashboard_approvals_pending") == 1
                    && now.sum("dashboard_approvals_oldest_seconds") > 0
                    && now.sum("dashboard_cli_resident_bytes") > 50_000_000
                    && now.sum("dashboard_cli_processes") == 1;
        });
        Scrape now = scrape();
        assertTrue(now.has("dashboard_sessions_stalled"));
        assertEquals(0, now.sum("dashboard_sessions_stalled"));
        assertTrue(now.sum("dashboard_cli_processes_limit") > 0);
        assertTrue(now.sum("dashboard_session_queue_limit") > 0);
    }

    private static Scrape scrape() {
        try {
            return Scrape.of(PORT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // ---- the journal's figures

    /** What a scrape must have grown by. */
    private record Expected(String name, double value, String... labels) {
        boolean holds(Scrape before, Scrape now) {
            return Math.abs(value - grown(before, now)) < 1e-6;
        }

        double grown(Scrape before, Scrape now) {
            return now.sum(name, labels) - before.sum(name, labels);
        }

        String told(Scrape before, Scrape now) {
            return name + List.of(labels) + " is " + grown(before, now) + " and not " + value;
        }
    }

    private static void assertEqualToTheJournal(Scrape before, List<JsonObject> events) {
        List<Expected> expected = expected(events);
        Await.until(
                "the end is counted",
                () -> expected.stream()
                        .filter(one -> one.name().equals("dashboard_cli_exits_total"))
                        .allMatch(one -> one.holds(before, scrape())));
        Scrape now = scrape();
        assertEquals(
                List.of(),
                expected.stream()
                        .filter(one -> !one.holds(before, now))
                        .map(one -> one.told(before, now))
                        .toList());
        expected.forEach(one -> assertTrue(now.has(one.name()), one.name()));
        assertEquals(
                Set.of(),
                Set.copyOf(now.series().stream()
                        .filter(one -> expected.stream().anyMatch(e -> e.name().equals(one.name())))
                        .filter(one -> one.labels().containsValue("other"))
                        .toList()));
    }

    private static List<Expected> expected(List<JsonObject> events) {
        List<JsonObject> turns = Stream.of("turn-ended", "turn-interrupted")
                .flatMap(type -> of(events, type).stream())
                .map(event -> event.getJsonObject("data"))
                .toList();
        String model =
                of(events, "turn-started").getFirst().getJsonObject("data").getString("model");
        return List.of(
                new Expected("dashboard_cli_output_not_understood_total", 1),
                new Expected("dashboard_cli_starts_total", 1, "outcome", "started"),
                new Expected("dashboard_cli_start_seconds_count", 1),
                new Expected("dashboard_cli_start_seconds_sum", between(events, "process-started", "session-ready")),
                new Expected("dashboard_cli_exits_total", 1, "cause", "stopped"),
                new Expected(
                        "dashboard_prompts_total",
                        of(events, "prompt-submitted").size()),
                new Expected("dashboard_turns_total", 3, "outcome", "completed"),
                new Expected("dashboard_turns_total", 1, "outcome", "failed"),
                new Expected("dashboard_turns_total", 1, "outcome", "interrupted"),
                new Expected("dashboard_turn_seconds_count", turns.size()),
                new Expected("dashboard_turn_seconds_sum", sum(turns, turn -> turn.getInt("durationMs") / 1000.0)),
                new Expected("dashboard_turn_failures_total", 1, "cause", "turn-failed"),
                // A turn that fails has no reply.
                new Expected("dashboard_first_token_seconds_count", 4),
                new Expected("dashboard_tokens_total", tokens(turns, "input"), "model", model, "kind", "input"),
                new Expected("dashboard_tokens_total", tokens(turns, "output"), "model", model, "kind", "output"),
                new Expected(
                        "dashboard_tokens_total", tokens(turns, "cacheRead"), "model", model, "kind", "cache-read"),
                new Expected(
                        "dashboard_tokens_total",
                        tokens(turns, "cacheWrite"),
                        "model",
                        model,
                        "kind",
                        "cache-creation"),
                new Expected(
                        "dashboard_cost_dollars_total",
                        sum(turns, turn -> turn.getJsonNumber("costUsd").doubleValue()),
                        "model",
                        model),
                new Expected("dashboard_approval_wait_seconds_count", 1, "outcome", "allowed"),
                new Expected("dashboard_approval_wait_seconds_count", 1, "outcome", "denied"),
                new Expected(
                        "dashboard_approval_wait_seconds_sum",
                        between(events, "approval-requested", "approval-resolved")),
                new Expected("dashboard_approval_delivery_seconds_count", 2),
                new Expected(
                        "dashboard_approval_delivery_seconds_sum",
                        between(events, "approval-resolved", "approval-delivered")),
                new Expected("dashboard_approval_deliveries_total", 2, "outcome", "delivered"));
    }

    private static List<JsonObject> of(List<JsonObject> events, String type) {
        return events.stream().filter(e -> e.getString("type").equals(type)).toList();
    }

    private static double sum(List<JsonObject> turns, ToDoubleFunction<JsonObject> figure) {
        return turns.stream().mapToDouble(figure).sum();
    }

    private static double tokens(List<JsonObject> turns, String kind) {
        return sum(turns, turn -> turn.getJsonObject("tokens").getInt(kind));
    }

    /** From each first to each second, which come in turn. */
    private static double between(List<JsonObject> events, String first, String second) {
        return seconds(of(events, second)) - seconds(of(events, first));
    }

    private static double seconds(List<JsonObject> events) {
        return events.stream()
                .mapToDouble(e -> Instant.parse(e.getString("time")).toEpochMilli() / 1000.0)
                .sum();
    }

    // ---- deliveries

    private static void assertDelivered(Scrape before, List<EventClient> streams) {
        long delivered = streams.stream()
                .flatMap(stream -> stream.events().stream())
                .filter(MeasuresIT::followsFromALine)
                .count();
        Expected expected = new Expected("dashboard_delivery_seconds_count", delivered);
        Await.until("all deliveries are measured", () -> expected.grown(before, scrape()) >= delivered);
        Scrape now = scrape();
        assertTrue(expected.holds(before, now), expected.told(before, now));
        assertTrue(delivered > 40, "two streams had what there was: " + delivered);
        assertEquals(
                delivered,
                now.sum("dashboard_delivery_seconds_bucket", "le", "5.0")
                        - before.sum("dashboard_delivery_seconds_bucket", "le", "5.0"));
        assertTrue(now.sum("dashboard_delivery_seconds_sum") > before.sum("dashboard_delivery_seconds_sum"));
    }

    /** What the CLI said, and that the prompts behind a turn that failed are held. */
    private static boolean followsFromALine(EventClient.Heard.Event event) {
        return event.json().getJsonObject("actor").getString("kind").equals("cli")
                || event.type().equals("queue-held")
                        && event.data().getString("cause").equals("turn-failed");
    }
}
