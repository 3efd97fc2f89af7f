package dev.dashboard.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.PromptId;
import dev.dashboard.event.SessionId;
import dev.dashboard.support.TestClock;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which spans a prompt leaves, by the events of its way. The seconds stand for times. */
class PromptTracesTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:00Z");
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";
    private static final String WORDS = "tell nobody of this";

    private final SessionId session = SessionId.random();
    private final PromptId prompt = new PromptId(UUID.randomUUID());
    private final List<SpanData> spans = new ArrayList<>();
    private final Arrivals arrivals = Arrivals.kept();
    private final PromptTraces traces = new PromptTraces(
            arrivals,
            new TestClock(),
            new Spans(SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(new Kept()))
                    .build()
                    .get("test"))::send);

    private final class Kept implements SpanExporter {
        @Override
        public CompletableResultCode export(Collection<SpanData> data) {
            spans.addAll(data);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    @Test
    void aPromptThatWokeItsSessionHasItsWholeWay() {
        arrivals.arrived(prompt, new Arrivals.Arrival(at(0), "r1", Optional.empty()));
        take(1, new Event.PromptSubmitted(prompt, WORDS));
        take(2, new Event.SessionStarted("l", "c", true));
        take(5, new Event.SessionReady("2", "api", Optional.empty()));
        take(6, new Event.PromptDelivered(prompt));
        take(7, new Event.TurnStarted("model-x", "default", List.of()));
        traces.heard(session, at(8));
        take(9, replied());
        take(20, new Event.TurnEnded(outcome(false)));
        take(21, new Event.PromptFinished(prompt, "completed"));

        assertEquals(
                Map.of(
                        "prompt", "0-21",
                        "record", "0-1",
                        "wait", "1-6",
                        "start process", "2-5",
                        "first reply", "6-8",
                        "turn", "7-20"),
                times());
        assertEquals(1, spans.stream().map(SpanData::getTraceId).distinct().count());
        for (SpanData span : spans) {
            String parent = switch (span.getName()) {
                case "prompt" -> "0000000000000000";
                case "start process" -> named("wait").getSpanId();
                default -> named("prompt").getSpanId();
            };
            assertEquals(parent, span.getParentSpanId(), span.getName());
            assertFalse(span.toString().contains(WORDS), span::toString);
        }
        assertEquals(
                Map.of(
                        "dashboard.prompt.id",
                        prompt.toString(),
                        "dashboard.prompt.outcome",
                        "completed",
                        "dashboard.request.id",
                        "r1",
                        "dashboard.session.id",
                        session.toString()),
                attributes("prompt"));
        assertEquals(
                Map.of(
                        "dashboard.turn.reason", "completed",
                        "dashboard.turn.rounds", "1",
                        "gen_ai.request.model", "model-x",
                        "gen_ai.usage.input_tokens", "3",
                        "gen_ai.usage.output_tokens", "4"),
                attributes("turn"));
    }

    @Test
    void aPromptThatCameWhileItsProcessWasOnItsWayUpWaitedForTheRestOfIt() {
        take(1, new Event.SessionStarted("l", "c", false));
        take(2, new Event.PromptSubmitted(prompt, WORDS));
        take(5, new Event.SessionReady("2", "api", Optional.empty()));
        take(6, new Event.PromptDelivered(prompt));
        take(7, new Event.PromptFinished(prompt, "completed"));

        assertEquals("2-5", times().get("start process"));
    }

    @Test
    void aPromptIsPartOfItsCallersTrace() {
        arrivals.arrived(prompt, new Arrivals.Arrival(at(0), "r1", Optional.of("00-" + TRACE + "-" + PARENT + "-01")));
        take(1, new Event.PromptSubmitted(prompt, WORDS));
        take(2, new Event.PromptRemoved(prompt));

        assertEquals(TRACE, named("prompt").getTraceId());
        assertEquals(PARENT, named("prompt").getParentSpanId());
        assertEquals(TRACE, named("wait").getTraceId());
    }

    @Test
    void whatIsNoTraceparentBeginsATraceOfItsOwn() {
        for (String wrong : List.of(
                "",
                "00-" + TRACE + "-" + PARENT,
                "ff-" + TRACE + "-" + PARENT + "-01",
                "00-" + TRACE.toUpperCase(java.util.Locale.ROOT) + "-" + PARENT + "-01",
                "00-" + "0".repeat(32) + "-" + PARENT + "-01",
                "00-" + TRACE + "-" + "0".repeat(16) + "-01",
                "00-" + TRACE + "-" + PARENT + "-01" + "x".repeat(200))) {
            Way way =
                    new Way(session, prompt, Optional.of(new Arrivals.Arrival(at(0), "r1", Optional.of(wrong))), at(0));

            SpanContext caller = Span.fromContext(Spans.caller(way)).getSpanContext();

            assertFalse(caller.isValid(), wrong);
        }
    }

    /** The caller decided that this is not to be traced. */
    @Test
    void whatItsCallerDoesNotTraceIsNotTraced() {
        arrivals.arrived(prompt, new Arrivals.Arrival(at(0), "r1", Optional.of("00-" + TRACE + "-" + PARENT + "-00")));
        take(1, new Event.PromptSubmitted(prompt, WORDS));
        take(2, new Event.PromptRemoved(prompt));

        assertEquals(List.of(), spans);
    }

    @Test
    void aPromptThatJoinsATurnHasNoFirstReplyOfItsOwn() {
        take(0, new Event.TurnStarted("m", "default", List.of()));
        take(1, new Event.PromptSubmitted(prompt, WORDS));
        take(2, new Event.PromptDelivered(prompt));
        take(3, replied());
        take(4, new Event.PromptFinished(prompt, "completed"));

        assertEquals(Map.of("prompt", "1-4", "wait", "1-2"), times());
    }

    @Test
    void aDeadProcessCutsWhatItHad() {
        take(1, new Event.PromptSubmitted(prompt, WORDS));
        take(2, new Event.PromptDelivered(prompt));
        take(3, new Event.TurnStarted("m", "default", List.of()));
        take(4, new Event.SessionFailed("c", "m", "r", Optional.of(1), "", Event.Leftover.NONE));

        assertEquals(Map.of("prompt", "1-4", "wait", "1-2", "turn", "3-4"), times());
        assertEquals("cut", named("prompt").getStatus().getDescription());
    }

    @Test
    void aTurnThatFailedSaysWhy() {
        take(1, new Event.PromptSubmitted(prompt, WORDS));
        take(2, new Event.PromptDelivered(prompt));
        take(3, new Event.TurnStarted("m", "default", List.of()));
        take(4, new Event.TurnEnded(outcome(true)));
        take(5, new Event.PromptFinished(prompt, "failed"));

        assertEquals("model-auth", named("turn").getStatus().getDescription());
    }

    /** Another session's words are another prompt's. */
    @Test
    void sessionsAreNotMixed() {
        take(1, new Event.PromptSubmitted(prompt, WORDS));
        take(2, new Event.PromptDelivered(prompt));
        traces.heard(SessionId.random(), at(3));
        take(4, replied());
        take(5, new Event.PromptFinished(prompt, "completed"));

        assertEquals("2-4", times().get("first reply"));
    }

    @Test
    void theOldestIsForgotten() {
        take(1, new Event.PromptSubmitted(prompt, WORDS));
        for (int i = 0; i < PromptTraces.MOST; i++) {
            take(2, new Event.PromptSubmitted(new PromptId(UUID.randomUUID()), WORDS));
        }
        take(3, new Event.PromptFinished(prompt, "completed"));

        assertEquals(List.of(), spans);
    }

    @Test
    void arrivalsThatNothingFollowsAreForgotten() {
        arrivals.arrived(prompt, new Arrivals.Arrival(at(0), "r1", Optional.empty()));
        for (int i = 0; i < Arrivals.MOST; i++) {
            arrivals.arrived(new PromptId(UUID.randomUUID()), new Arrivals.Arrival(at(0), "r", Optional.empty()));
        }

        assertEquals(Optional.empty(), arrivals.take(prompt));
        Arrivals ignored = Arrivals.ignored();
        ignored.arrived(prompt, new Arrivals.Arrival(at(0), "r1", Optional.empty()));
        assertTrue(ignored.take(prompt).isEmpty());
    }

    private void take(int second, Event event) {
        traces.take(new Envelope(second + 1, at(second), Optional.of(session), Actor.SERVER, event));
    }

    private static Event replied() {
        return new Event.AssistantReplied("u", "m", 0, "a reply", false, Optional.empty());
    }

    private Event.TurnOutcome outcome(boolean failed) {
        return new Event.TurnOutcome(
                "u",
                failed,
                "completed",
                failed ? Optional.of(new Event.TurnError("model-auth", "m", "r", Optional.of(401))) : Optional.empty(),
                Duration.ofSeconds(1),
                1,
                new Event.Tokens(3, 4, 5, 6),
                BigDecimal.ONE,
                Optional.empty(),
                Optional.empty(),
                List.of(prompt));
    }

    private static Instant at(int second) {
        return START.plusSeconds(second);
    }

    private SpanData named(String name) {
        return spans.stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Map<String, String> attributes(String name) {
        return named(name).getAttributes().asMap().entrySet().stream()
                .collect(Collectors.toMap(
                        one -> one.getKey().getKey(), one -> one.getValue().toString()));
    }

    /** Of each span, from which second to which. */
    private Map<String, String> times() {
        return spans.stream()
                .collect(Collectors.toMap(
                        SpanData::getName,
                        span -> second(span.getStartEpochNanos()) + "-" + second(span.getEndEpochNanos()),
                        (a, _) -> a,
                        TreeMap::new));
    }

    private static long second(long epochNanos) {
        return epochNanos / 1_000_000_000 - START.getEpochSecond();
    }
}
