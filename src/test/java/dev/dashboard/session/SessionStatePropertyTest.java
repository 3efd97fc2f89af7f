package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.CliCodec;
import dev.dashboard.cli.CliInput;
import dev.dashboard.custody.Exit;
import dev.dashboard.event.Actor;
import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.Event;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.problem.Problem;
import dev.dashboard.session.SessionState.Phase;
import dev.dashboard.session.SessionState.Prompt;
import dev.dashboard.session.SessionState.Stage;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Whatever reaches a session in whatever order, the promises hold. People do anything at any moment; the CLI says anything, in its own
 * words and out of turn; only what cannot be is left out: nothing is heard of a process that does not live.
 *
 * <p>{@code -Dproperty.seed=N} begins with another seed, {@code -Dproperty.lives=N} sets how many lives are played. A life that breaks a
 * promise is told with its seed and all that reached it.
 */
class SessionStatePropertyTest {
    private static final long SEED = Long.getLong("property.seed", 20_261_123L);
    private static final int LIVES = Integer.getInteger("property.lives", 3_000);
    private static final int STEPS = 150;

    @Test
    void thePromisesHoldInEveryLife() {
        Map<String, Integer> seen = new TreeMap<>();
        for (int i = 0; i < LIVES; i++) {
            long seed = SEED + i;
            Life life = new Life(new Random(seed));
            try {
                life.play();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "repeat with -Dproperty.lives=1 -Dproperty.seed=" + seed + "; it was told:\n"
                                + String.join("\n", life.told),
                        e);
            }
            life.events.forEach(event -> seen.merge(event.getClass().getSimpleName(), 1, Integer::sum));
        }
        // Lives in which nothing happens would prove nothing.
        for (Class<? extends Event> kind : List.of(
                Event.PromptDelivered.class,
                Event.PromptFinished.class,
                Event.PromptEdited.class,
                Event.PromptRemoved.class,
                Event.PromptHastened.class,
                Event.PromptsReordered.class,
                Event.DeliveryRequested.class,
                Event.QueueHeld.class,
                Event.ApprovalResolved.class,
                Event.ApprovalDelivered.class,
                Event.ApprovalUnsettled.class,
                Event.ApprovalWithdrawn.class,
                Event.TurnStalled.class,
                Event.TurnRevived.class,
                Event.SessionEnded.class,
                Event.SessionFailed.class)) {
            assertTrue(seen.getOrDefault(kind.getSimpleName(), 0) > LIVES / 100, kind.getSimpleName() + " in " + seen);
        }
    }

    /** One life, what the world outside knows of it, and what was promised about it. */
    private static final class Life {
        private static final List<String> TOOLS = List.of("Bash", "AskUserQuestion", "ExitPlanMode", "Edit");

        private final Random random;
        private final List<String> told = new ArrayList<>();
        private final List<Event> events = new ArrayList<>();

        private SessionState state;
        private Instant now = StateSpec.NOON;
        private final SessionState.Rules rules;

        /** Whether the launch was asked for, whether there is a process, whether it ended. */
        private boolean launching;

        private boolean alive;

        /** Of the process that is wanted, or is there; and which events came before it was wanted. */
        private String launch = StateSpec.LAUNCH;

        private int launches = 1;
        private int beforeWanted;
        private boolean finished;

        private final Map<PromptId, String> words = new HashMap<>();
        private final Set<PromptId> wanted = new HashSet<>();
        private final Set<PromptId> takenBack = new HashSet<>();
        private final Set<PromptId> over = new HashSet<>();
        private final Set<String> sent = new HashSet<>();

        private final Map<String, ApprovalId> requests = new LinkedHashMap<>();
        private final Map<ApprovalId, Boolean> answers = new HashMap<>();
        private final Set<ApprovalId> settled = new HashSet<>();
        private final Set<ApprovalId> asked = new HashSet<>();
        private final Set<String> answered = new HashSet<>();
        private int backgroundTasks;
        private int requestNumber;

        Life(Random random) {
            this.random = random;
            this.rules = new SessionState.Rules(
                    Duration.ofSeconds(30),
                    random.nextBoolean() ? Optional.of(Duration.ofMinutes(10)) : Optional.empty(),
                    Duration.ofMinutes(2),
                    random.nextBoolean(),
                    random.nextBoolean() ? Optional.of(Duration.ofMinutes(5)) : Optional.empty(),
                    StateSpec.RULES.masking());
            Map<PromptId, Prompt> earlier = new LinkedHashMap<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                PromptId id = id();
                Stage stage = pick(List.of(Stage.CUT, Stage.CUT, Stage.FINISHED, Stage.REMOVED));
                earlier.put(id, new Prompt(stage, "earlier " + id));
                words.put(id, "earlier " + id);
                if (stage == Stage.FINISHED) {
                    over.add(id);
                } else if (stage == Stage.REMOVED) {
                    takenBack.add(id);
                }
            }
            this.state = SessionState.opening(new SessionId(uuid()), "cli-1", "default", random.nextBoolean(), earlier);
        }

        void play() {
            for (int step = 0; step < STEPS && !finished; step++) {
                now = now.plusMillis(random.nextInt(random.nextInt(20) == 0 ? 700_000 : 2_000));
                if (random.nextInt(25) == 0 && (alive || launching)) {
                    anotherServer();
                } else if (state.deadline().filter(due -> !due.isAfter(now)).isPresent()) {
                    tell(new Signal.Elapsed());
                } else {
                    tell(next());
                }
            }
        }

        // ---- a server that dies, and the next one that takes the process up

        private void anotherServer() {
            Revival revival = new Revival(launch);
            events.forEach(revival::feed);
            SessionState revived = revival.state(summary(), stored(), sent, rules, now);
            assertEquals(
                    state.phase() == Phase.STOPPING && launching ? Phase.STOPPING : state.phase(), revived.phase());
            assertEquals(state.prompts().keySet(), revived.prompts().keySet());
            state.prompts().forEach((id, prompt) -> {
                Prompt other = revived.prompts().get(id);
                assertEquals(prompt.stage(), other.stage(), () -> "stage of " + id);
                assertEquals(prompt.text(), other.text());
                assertTrue(!prompt.stage().isOpen() || prompt.again() == other.again(), () -> "uuid of " + id);
            });
            assertEquals(waiting(state), waiting(revived), "the line stands as it stood");
            assertEquals(state.asked(), revived.asked());
            assertEquals(state.activity(), revived.activity());
            assertEquals(state.stopping(), revived.stopping());
            assertEquals(state.held(), revived.held());
            assertEquals(state.turn().running(), revived.turn().running());
            assertEquals(state.turn().backgroundTasks(), revived.turn().backgroundTasks());
            assertEquals(state.watch().stalled(), revived.watch().stalled());
            state = revived;
            launching = false;
            alive = true;
            tell(new Signal.TakenUp(4711, 99, StateSpec.NOON));
        }

        private static List<PromptId> waiting(SessionState of) {
            return Line.waiting(of.prompts());
        }

        /** As the table of prompts has them. */
        private List<Prompts.Prompt> stored() {
            List<Prompts.Prompt> stored = new ArrayList<>();
            state.prompts().forEach((id, prompt) -> {
                String word = switch (prompt.stage()) {
                    case WAITING, SENT -> "submitted";
                    case TAKEN -> "delivered";
                    case FINISHED -> "completed";
                    case REMOVED -> "removed";
                    case CUT -> "cut";
                };
                stored.add(new Prompts.Prompt(id, 0, prompt.text(), word, Optional.empty()));
            });
            return stored;
        }

        /** As the table of sessions has it. */
        private SessionSummary summary() {
            return new SessionSummary(
                    state.session(),
                    new ProjectId(uuid()),
                    "demo",
                    Path.of("/demo"),
                    state.titled() ? Optional.of("a title") : Optional.empty(),
                    StateSpec.MARA.id(),
                    "mara",
                    Sharing.PRIVATE,
                    Optional.empty(),
                    Optional.empty(),
                    state.permissionMode(),
                    Optional.empty(),
                    state.cliSessionId(),
                    1,
                    now,
                    SessionStatus.WORKING,
                    now,
                    events.size() + 1,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    0,
                    BigDecimal.ZERO,
                    new Event.Tokens(0, 0, 0, 0),
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    List.of(),
                    state.held(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
        }

        // ---- what reaches it

        private Signal next() {
            if (state.phase() == Phase.QUEUED && random.nextInt(3) > 0) {
                return switch (random.nextInt(8)) {
                    case 0, 1 -> new Signal.Queued(StateSpec.MARA, random.nextInt(5));
                    case 2 -> random.nextInt(10) == 0 ? new Signal.Withdrawn() : command();
                    case 3, 4 -> new Signal.Placed(StateSpec.MARA, launch, random.nextBoolean());
                    default -> new Signal.Admitted(StateSpec.MARA, launch, random.nextBoolean());
                };
            }
            if (launching) {
                launching = false;
                alive = random.nextInt(20) > 0;
                if (!alive && random.nextBoolean()) {
                    return new Signal.LaunchPostponed();
                }
                return alive
                        ? new Signal.Launched(4711, 99, StateSpec.NOON)
                        : new Signal.LaunchFailed(
                                new Problem(Problem.Kind.UNAVAILABLE, "cli-missing", "It is not there."));
            }
            if (alive && state.phase() == Phase.INITIALIZING && random.nextInt(4) > 0) {
                return heard(answerTo(launch + "-1", random.nextInt(15) > 0));
            }
            if (alive && random.nextInt(state.phase() == Phase.STOPPING ? 6 : 400) == 0) {
                alive = false;
                return new Signal.Exited(new Exit(OptionalInt.of(random.nextInt(3)), "", Exit.Leftover.NONE));
            }
            if (random.nextInt(100) == 0) {
                return random.nextInt(4) == 0
                        ? new Signal.Part(Parting.SERVER_STOPPED, Optional.empty())
                        : new Signal.Part(Parting.RUNNER_LEAVING, Optional.of(now.plusSeconds(random.nextInt(60))));
            }
            if (alive && random.nextInt(100) < 60) {
                return heard(line());
            }
            return random.nextInt(30) == 0 ? new Signal.MakeRoom() : command();
        }

        private Signal command() {
            Actor.Person mara = StateSpec.MARA;
            return switch (random.nextInt(16)) {
                case 0, 1, 2, 3 -> {
                    PromptId id = random.nextInt(4) == 0 ? anyPrompt() : id();
                    String text = random.nextInt(3) == 0 ? "some words" : words.getOrDefault(id, "words of " + id);
                    yield new Signal.Submit(mara, id, text, random.nextInt(4) == 0);
                }
                case 4, 5 -> new Signal.Deliver(mara, anyPrompt());
                case 6 -> new Signal.Edit(mara, anyPrompt(), "changed " + random.nextInt(3));
                case 7 -> new Signal.Move(mara, anyPrompt(), random.nextInt(5) - 1);
                case 8 -> new Signal.Remove(mara, anyPrompt());
                case 9 -> new Signal.Hasten(mara, anyPrompt());
                case 10 -> new Signal.Interrupt(mara);
                case 11 -> random.nextInt(12) == 0 ? new Signal.Stop(mara, "stopped") : new Signal.Interrupt(mara);
                default ->
                    new Signal.Decide(
                            random.nextBoolean() ? mara : StateSpec.DENIZ,
                            requests.isEmpty() || random.nextInt(10) == 0
                                    ? new ApprovalId(uuid())
                                    : pick(List.copyOf(requests.values())),
                            random.nextBoolean(),
                            Optional.empty(),
                            Optional.empty(),
                            JsonValue.EMPTY_JSON_ARRAY);
            };
        }

        /** Mostly what the CLI would say of what it was given; often enough what it would not. */
        private String line() {
            PromptId prompt = random.nextInt(6) == 0 ? id() : anyPrompt();
            Optional<PromptId> given = state.prompts().entrySet().stream()
                    .filter(entry -> entry.getValue().stage() == Stage.SENT
                            || entry.getValue().stage() == Stage.TAKEN)
                    .map(Map.Entry::getKey)
                    .findFirst();
            String uuid =
                    given.filter(_ -> random.nextInt(5) > 0).map(this::uuidFor).orElse(uuidFor(prompt));
            return switch (random.nextInt(20)) {
                case 0, 1 -> lifecycle(uuid, pick(List.of("started", "started", "completed", "cancelled", "odd")));
                case 2 ->
                    "{'type':'user','isReplay':true,'uuid':'" + uuid
                            + "','message':{'role':'user','content':'x'},'parent_tool_use_id':null}";
                case 3, 4 ->
                    "{'type':'system','subtype':'init','session_id':'" + pick(List.of("cli-1", "cli-1", "cli-2"))
                            + "','model':'m','permissionMode':'" + pick(List.of("default", "plan")) + "','tools':[]}";
                case 5, 6 -> result(uuid);
                case 7, 8, 9 -> canUseTool();
                case 10 -> "{'type':'control_cancel_request','request_id':'" + anyRequest() + "'}";
                case 11, 12 -> answerTo(random.nextBoolean() ? anyRequest() : "odd", random.nextInt(4) > 0);
                case 13 ->
                    "{'type':'system','subtype':'session_state_changed','state':'"
                            + pick(List.of("running", "idle", "requires_action")) + "'}";
                case 14 -> {
                    String tool = requests.isEmpty() ? "toolu_odd" : "toolu_" + anyRequest();
                    yield "{'type':'user','uuid':'" + uuid()
                            + "','message':{'role':'user','content':[{'type':'tool_result'," + "'tool_use_id':'" + tool
                            + "','content':'done'}]},'parent_tool_use_id':null}";
                }
                case 15 ->
                    "{'type':'assistant','uuid':'" + uuid() + "','message':{'id':'m" + random.nextInt(3)
                            + "','role':'assistant','model':'m','content':[{'type':'tool_use','id':'toolu_"
                            + anyRequest()
                            + "','name':'Bash','input':{}}]},'parent_tool_use_id':null}";
                case 16 ->
                    "{'type':'system','subtype':'background_tasks_changed','tasks':["
                            + (random.nextBoolean() ? "{'task_id':'t1'}" : "") + "]}";
                case 17 ->
                    "{'type':'system','subtype':'api_retry','attempt':1,'max_retries':10,'retry_delay_ms':500,'error':'overloaded'}";
                case 18 ->
                    "{'type':'control_request','request_id':'odd-" + requestNumber++
                            + "','request':{'subtype':'mcp_message'}}";
                default -> pick(List.of("not json", "{}", "{'type':'result'}", "{'type':'keep_alive'}", "[1]"));
            };
        }

        private String result(String uuid) {
            String how = pick(List.of(
                    "'subtype':'success','is_error':false,'terminal_reason':'completed'",
                    "'subtype':'success','is_error':false,'terminal_reason':'completed'",
                    "'subtype':'error_during_execution','is_error':true,'terminal_reason':'aborted_streaming'",
                    "'subtype':'success','is_error':true,'terminal_reason':'api_error','result':'Overloaded'"));
            return "{'type':'result'," + how + ",'uuid':'" + uuid() + "','user_message_uuids':['" + uuid
                    + "'],'duration_ms':1,'num_turns':1,'total_cost_usd':0,'usage':{},'session_id':'cli-1'}";
        }

        private String canUseTool() {
            // The CLI's request ids are random: one that is settled does not come again, one that waits may be told
            // twice.
            String request = random.nextInt(4) == 0 && !state.asked().isEmpty()
                    ? pick(List.copyOf(state.asked().keySet()))
                    : "q" + requestNumber++;
            requests.putIfAbsent(request, SessionState.approvalId(launch, request));
            return "{'type':'control_request','request_id':'" + request
                    + "','request':{'subtype':'can_use_tool','tool_name':'" + pick(TOOLS)
                    + "','input':{'command':'make'},'tool_use_id':'toolu_" + request + "'}}";
        }

        private String anyRequest() {
            return requests.isEmpty() ? "q" + requestNumber++ : pick(List.copyOf(requests.keySet()));
        }

        private static String lifecycle(String uuid, String state) {
            return "{'type':'command_lifecycle','command_uuid':'" + uuid + "','state':'" + state + "'}";
        }

        private static String answerTo(String request, boolean ok) {
            return "{'type':'control_response','response':{'subtype':'" + (ok ? "success" : "error")
                    + "','request_id':'" + request + "','error':'no','response':{}}}";
        }

        private String uuidFor(PromptId id) {
            Prompt prompt = state.prompts().get(id);
            return prompt != null && prompt.again() ? SessionState.againUuid(id, launch) : id.toString();
        }

        private Signal heard(String line) {
            return new Signal.Heard(CliCodec.decode(line.replace('\'', '"')), 0, 0);
        }

        private PromptId anyPrompt() {
            List<PromptId> known = List.copyOf(words.keySet());
            return known.isEmpty() ? id() : pick(known);
        }

        private PromptId id() {
            return new PromptId(uuid());
        }

        /** Version 4, from the seed. */
        private UUID uuid() {
            return new UUID(
                    random.nextLong() & 0xffff_ffff_ffff_0fffL | 0x4000L,
                    random.nextLong() & 0x3fff_ffff_ffff_ffffL | 0x8000_0000_0000_0000L);
        }

        private <T> T pick(List<T> of) {
            return of.get(random.nextInt(of.size()));
        }

        // ---- what was promised

        private void tell(Signal signal) {
            int room = random.nextInt(4) == 0 ? random.nextInt(3) : 64;
            SessionState.Facts facts = new SessionState.Facts(now, room, random.nextInt(5) > 0, 1, rules);
            told.add(now + " room " + room + " " + state.phase() + " " + signal);
            SessionState before = state;
            Decision decision = before.decide(signal, facts);
            Decision again = before.decide(signal, facts);
            assertEquals(decision.events(), again.events(), "the same again leads to the same");
            assertEquals(decision.effects(), again.effects(), "the same again leads to the same");
            decision.events().forEach(fact -> recorded(signal, fact, before));
            decision.effects().forEach(this::acted);
            sends(signal, decision, room);
            if (decision.answer() instanceof Decision.Answer.Refused) {
                assertSame(before, decision.next(), "a refusal changes nothing");
                assertTrue(decision.events().isEmpty() && decision.effects().isEmpty(), "nor does anything");
            }
            state = decision.next();
            stateHolds();
        }

        private void recorded(Signal signal, Decision.Fact fact, SessionState before) {
            assertFalse(finished, "nothing is recorded after the end");
            events.add(fact.event());
            switch (fact.event()) {
                case Event.PromptSubmitted(var prompt, var text) -> {
                    assertTrue(wanted.add(prompt), "each prompt is recorded once");
                    assertEquals(null, words.put(prompt, text));
                }
                case Event.DeliveryRequested(var prompt) -> {
                    assertFalse(over.contains(prompt), "what ran to its end is not run again");
                    assertFalse(takenBack.contains(prompt), "nor what was taken back");
                    assertTrue(wanted.add(prompt), "it is asked for once in a life");
                }
                case Event.PromptEdited(var prompt, var text) -> words.put(prompt, text);
                case Event.PromptRemoved(var prompt) -> takenBack.add(prompt);
                case Event.PromptFinished(var prompt, var _) ->
                    assertTrue(over.add(prompt), "each prompt finishes once");
                case Event.PromptDelivered(var prompt) ->
                    assertTrue(sent.contains(uuidFor(prompt)), "it was given before it was taken");
                case Event.ApprovalRequested requested -> assertTrue(asked.add(requested.approval()), "asked once");
                case Event.ApprovalResolved resolved -> {
                    boolean allow = resolved.decision().equals("allow");
                    assertEquals(null, answers.put(resolved.approval(), allow), "the first answer wins");
                    assertTrue(!allow || fact.actor() instanceof Actor.Person, "silence never means yes");
                    assertTrue(
                            fact.actor() instanceof Actor.Person || signal instanceof Signal.Elapsed,
                            "the server answers only when the time is over");
                }
                case Event.ApprovalWithdrawn withdrawn -> {
                    assertFalse(answers.containsKey(withdrawn.approval()), "what was answered is not withdrawn");
                    assertTrue(settled.add(withdrawn.approval()), "its fate is told once");
                }
                case Event.ApprovalDelivered(var approval) -> settledAnswer(approval);
                case Event.ApprovalUnsettled(var approval) -> settledAnswer(approval);
                case Event.PromptsReordered(var order) ->
                    assertEquals(order.size(), Set.copyOf(order).size(), "each stands in the line once");
                case Event.BackgroundTasksChanged(var tasks) -> backgroundTasks = tasks.size();
                case Event.StopRequested(var reason) -> {
                    if (reason.equals("parked")) {
                        mayRest(before);
                    }
                }
                default -> {}
            }
        }

        private void settledAnswer(ApprovalId approval) {
            assertTrue(answers.containsKey(approval), "only an answer can be acted on");
            assertTrue(settled.add(approval), "its fate is told once");
        }

        /** Never one that asks, works, has prompts waiting or tasks in the background. */
        private void mayRest(SessionState before) {
            assertTrue(
                    before.prompts().values().stream()
                            .noneMatch(prompt -> prompt.stage().isOpen()),
                    "nothing waits");
            assertTrue(settled.containsAll(asked), "nothing is asked");
            assertEquals(0, backgroundTasks, "nothing runs behind it");
            assertEquals("idle", before.activity());
        }

        private void acted(Decision.Effect effect) {
            assertFalse(finished, "nothing happens after the end");
            switch (effect) {
                case Decision.Effect.Launch(var _) -> {
                    assertFalse(launching || alive, "one process at a time");
                    assertEquals(
                            1,
                            sinceWanted()
                                    .filter(Event.SessionStarted.class::isInstance)
                                    .count(),
                            "and one each time that it was wanted");
                    launching = true;
                }
                case Decision.Effect.WaitAgain() -> {
                    assertFalse(launching || alive, "the process is over");
                    beforeWanted = events.size();
                    launch = "launch-" + ++launches;
                }
                case Decision.Effect.Finish() -> {
                    assertFalse(alive, "a life is over when its process is");
                    finished = true;
                }
                default -> {}
            }
        }

        private Stream<Event> sinceWanted() {
            return events.stream().skip(beforeWanted);
        }

        private void sends(Signal signal, Decision decision, int room) {
            List<CliInput> inputs = decision.effects().stream()
                    .filter(Decision.Effect.Send.class::isInstance)
                    .map(effect -> ((Decision.Effect.Send) effect).input())
                    .toList();
            if (!(signal instanceof Signal.Launched || signal instanceof Signal.TakenUp)) {
                assertTrue(inputs.size() <= room, "no more is given than there is room for: " + inputs);
            }
            for (CliInput input : inputs) {
                assertTrue(alive, "nothing is given to a process that does not live");
                switch (input) {
                    case CliInput.UserTurn turn -> given(turn);
                    case CliInput.Permission(var request, var answer) -> {
                        Boolean allow = answers.get(requests.get(request));
                        assertEquals(answer instanceof CliInput.Allow, allow, "only what was recorded is told");
                        assertTrue(answered.add(request), "and once");
                    }
                    default -> {}
                }
            }
        }

        private void given(CliInput.UserTurn turn) {
            PromptId id = words.keySet().stream()
                    .filter(prompt -> prompt.toString().equals(turn.uuid())
                            || SessionState.againUuid(prompt, launch).equals(turn.uuid()))
                    .findFirst()
                    .orElseThrow();
            assertTrue(wanted.contains(id), "somebody wanted it in this life, and that is recorded");
            assertFalse(takenBack.contains(id), "what was taken back never runs");
            assertFalse(over.contains(id), "what ran never runs again");
            assertEquals(words.get(id), turn.text(), "the words that were recorded last");
            assertTrue(sent.add(turn.uuid()), "it is given once");
            assertTrue(state.parting().isEmpty(), "no turn begins in a process that must end");
        }

        private void stateHolds() {
            long open = state.prompts().values().stream()
                    .filter(prompt -> prompt.stage().isOpen())
                    .count();
            assertTrue(open <= SessionState.MAX_OPEN_PROMPTS, open + " prompts are open");
            assertEquals(finished, state.phase() == Phase.OVER);
            state.prompts().forEach((id, prompt) -> {
                assertEquals(over.contains(id), prompt.stage() == Stage.FINISHED, () -> id + " " + prompt);
                assertEquals(takenBack.contains(id), prompt.stage() == Stage.REMOVED, () -> id + " " + prompt);
                assertTrue(prompt.stage() != Stage.SENT || sent.contains(uuidFor(id)), "sent is what was given");
            });
            if (!finished) {
                return;
            }
            assertEquals(Optional.empty(), state.deadline(), "nothing comes due after the end");
            assertEquals(asked, settled, "each request has a recorded fate");
            long ends = sinceWanted()
                    .filter(event -> event instanceof Event.SessionEnded
                            || event instanceof Event.SessionFailed
                            || event instanceof Event.SessionInterrupted)
                    .count();
            boolean began = sinceWanted().anyMatch(Event.SessionStarted.class::isInstance);
            assertTrue(began ? ends == 1 : ends <= 1, "a life that began has one end, not " + ends);
        }
    }
}
