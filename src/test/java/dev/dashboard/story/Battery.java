package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Await;
import dev.dashboard.support.Processes;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills at random moments, while text streams, while a command is asked about or runs, while prompts wait. After each, what was promised
 * is checked.
 *
 * <p>{@code -Dbattery.runs=200} sets the number, {@code -Dbattery.seed=N} begins with another seed; each round prints its own, and is
 * repeated by it with one run. The moment within the turn is time, so a seed repeats the plan and not the microsecond.
 *
 * @param kills what may be killed; each as often as it stands here
 */
record Battery(Stage stage, List<Kill> kills) {
    private static final int RUNS = Integer.getInteger("battery.runs", 20);
    private static final long SEED = Long.getLong("battery.seed", 20_261_123L);
    private static final Set<String> SETTLED = Set.of("idle", "parked", "stopped", "interrupted", "failed");
    private static final Set<String> WITHOUT_PROCESS = Set.of("parked", "stopped", "interrupted", "failed");

    enum Kill {
        SERVER(true),
        SERVER_POLITELY(true),
        CLI(false),
        SERVER_AND_CLI(true),
        RUNNER(false),
        RUNNER_POLITELY(false),
        SERVER_AND_RUNNER(true);

        private final boolean server;

        Kill(boolean server) {
            this.server = server;
        }
    }

    /** A prompt that was accepted, and the file in which its command leaves one line each time it runs. */
    private record Told(Play.Line line, Path file, boolean asks) {}

    void run() throws Exception {
        for (int run = 0; run < RUNS; run++) {
            long seed = SEED + run;
            System.out.println("battery seed=" + seed);
            try {
                round(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("repeat with -Dbattery.runs=1 -Dbattery.seed=" + seed, e);
            }
        }
    }

    private void round(long seed) throws Exception {
        // Two hundred rounds take longer than an access token lasts.
        stage.anna().refresh().expect(200);
        Play play = stage.play();
        try {
            round(seed, play);
        } catch (AssertionError e) {
            play.stored()
                    .forEach(event -> System.out.println(event.getInt("seq") + " " + event.getString("type") + " "
                            + event.getJsonObject("data")
                                    .toString()
                                    .transform(data -> data.substring(0, Math.min(160, data.length())))));
            throw e;
        }
    }

    private void round(long seed, Play play) throws Exception {
        Random random = new Random(seed);
        long pid = play.pid();
        List<Told> told = new ArrayList<>();
        int prompts = 1 + random.nextInt(3);
        for (int i = 0; i < prompts; i++) {
            told.add(prompt(play, random, seed + "-" + i));
        }
        boolean allow = random.nextBoolean();
        if (random.nextInt(3) > 0) {
            decideWhatIsAsked(play, allow);
        }
        LockSupport.parkNanos(Duration.ofMillis(random.nextInt(900)).toNanos());
        Kill kill = kills.get(random.nextInt(kills.size()));

        kill(kill, play, pid);

        Await.until(
                "the session is settled",
                Duration.ofSeconds(90),
                Duration.ofMillis(100),
                () -> SETTLED.contains(play.json().getString("state"))
                                && play.json().getInt("pendingApprovals") == 0
                        || finish(play));
        check(play, told, 1);
        if (random.nextBoolean()) {
            runAgain(play, told);
            check(play, told, 2);
        }
        stage.anna().stop(play.session());
        Await.until(
                "it is over",
                () -> !Set.of("idle", "working", "asking", "starting", "queued")
                        .contains(play.json().getString("state")));
        play.awaitNoProcess();
        check(play, told, 2);
        play.events().close();
    }

    private Told prompt(Play play, Random random, String name) {
        Path file = stage.folder().resolve("ran-" + name + ".txt");
        return switch (random.nextInt(4)) {
            case 0 -> new Told(play.prompt("echo " + name), file, false);
            case 1 -> new Told(play.prompt("echo " + name + " word".repeat(80)), file, false);
            default -> new Told(play.prompt("bash echo x >> " + file.getFileName()), file, true);
        };
    }

    /** If it comes to a question soon, it is answered; a crash may come before, between or after. */
    private void decideWhatIsAsked(Play play, boolean allow) {
        for (int look = 0; look < 10; look++) {
            for (JsonObject approval : pending(play)) {
                String id = approval.getString("id");
                if (allow) {
                    stage.anna().allow(id);
                } else {
                    stage.anna().deny(id, "Not in this round.");
                }
                return;
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private List<JsonObject> pending(Play play) {
        return stage.anna()
                .get("/approvals?state=pending&session=" + play.session())
                .expect(200)
                .getJsonArray("approvals")
                .getValuesAs(JsonObject.class);
    }

    private void kill(Kill kill, Play play, long pid) throws Exception {
        switch (kill) {
            case CLI -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            case SERVER -> stage.dashboard().kill9();
            case SERVER_POLITELY -> stage.dashboard().stop(Duration.ofSeconds(30));
            case SERVER_AND_CLI -> {
                stage.dashboard().kill9();
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
            case RUNNER -> {
                stage.runner().kill9();
                stage.runner().restart();
            }
            case RUNNER_POLITELY -> {
                stage.runner().stop(Duration.ofSeconds(30));
                stage.runner().restart();
            }
            case SERVER_AND_RUNNER -> {
                stage.dashboard().kill9();
                stage.runner().kill9();
                stage.runner().restart();
            }
        }
        if (kill.server) {
            play.events().awaitEnd();
            stage.dashboard().restart();
            play.events().resume();
        }
    }

    /** Whoever still works is answered, so that it comes to rest. */
    private boolean finish(Play play) {
        pending(play).forEach(approval -> stage.anna().deny(approval.getString("id"), "Not in this round."));
        return false;
    }

    private void runAgain(Play play, List<Told> told) {
        for (Told one : told) {
            if (stage.anna().promptState(play.session(), one.line().id()).equals("cut")) {
                stage.anna().deliver(play.session(), one.line().id()).expect(202);
            }
        }
        Await.until("what was cut has run", Duration.ofSeconds(90), Duration.ofMillis(100), () -> {
            pending(play).forEach(approval -> stage.anna().allow(approval.getString("id")));
            return told.stream()
                    .noneMatch(one -> Set.of("submitted", "delivered")
                            .contains(stage.anna()
                                    .promptState(play.session(), one.line().id())));
        });
    }

    /** @param lives how often each prompt may have run: once, and once more where somebody asked for it */
    private void check(Play play, List<Told> told, int lives) throws Exception {
        Play.assertGapFree(play.events().numbers());
        List<JsonObject> stored = play.stored();
        for (Told one : told) {
            String id = one.line().id().toString();
            assertEquals(1, count(stored, "prompt-submitted", "promptId", id), "accepted is recorded, once");
            long asked = count(stored, "delivery-requested", "promptId", id);
            assertTrue(asked < lives, "it ran again only when asked");
            assertTrue(count(stored, "prompt-finished", "promptId", id) <= 1 + asked, "it ended once in each life");
            String state = stage.anna().promptState(play.session(), one.line().id());
            long ran = Files.exists(one.file()) ? Files.readAllLines(one.file()).size() : 0;
            assertTrue(ran <= 1 + asked, id + " ran " + ran + " times, asked for again " + asked + " times");
            if (state.equals("completed") && one.asks() && asked == 0) {
                boolean allowed = stored.stream()
                        .filter(event -> event.getString("type").equals("approval-resolved"))
                        .map(event -> event.getJsonObject("data"))
                        .anyMatch(data -> data.getString("decision").equals("allow"));
                assertTrue(
                        ran == 1 || !allowed || told.size() > 1, "a command that was allowed and completed ran once");
            }
        }
        for (JsonObject requested : of(stored, "approval-requested")) {
            String id = requested.getJsonObject("data").getString("approvalId");
            long resolved = count(stored, "approval-resolved", "approvalId", id);
            long withdrawn = count(stored, "approval-withdrawn", "approvalId", id);
            assertTrue(resolved + withdrawn <= 1, "an answer is the end of a request");
            assertTrue(
                    count(stored, "approval-delivered", "approvalId", id)
                                    + count(stored, "approval-unsettled", "approvalId", id)
                            <= resolved,
                    "its fate is told once, and only where there was an answer");
        }
        String state = play.json().getString("state");
        if (WITHOUT_PROCESS.contains(state)) {
            assertEquals(List.of(), Processes.marked("DASHBOARD_SESSION", play.session()), "no process while " + state);
        }
    }

    private static List<JsonObject> of(List<JsonObject> stored, String type) {
        return stored.stream()
                .filter(event -> event.getString("type").equals(type))
                .toList();
    }

    private static long count(List<JsonObject> stored, String type, String member, String value) {
        return of(stored, type).stream()
                .filter(event -> event.getJsonObject("data").getString(member).equals(value))
                .count();
    }
}
