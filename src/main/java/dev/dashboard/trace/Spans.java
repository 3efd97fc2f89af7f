package dev.dashboard.trace;

import dev.dashboard.event.Event;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A prompt's way as spans: {@code prompt} from the request to the end, and below it {@code record} (until it is in the journal), {@code
 * wait} (until the CLI takes it up), in that {@code start process} when it needed one, {@code first reply} (until the model's first word)
 * and {@code turn}. Attributes are ids, counts and words of closed sets; no words of people or of the model. Any thread.
 */
final class Spans {
    /** W3C Trace Context, version 00; a later version may have more behind it. */
    private static final Pattern TRACEPARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.{0,64})?");

    private final Tracer tracer;

    Spans(Tracer tracer) {
        this.tracer = tracer;
    }

    void send(Way way) {
        Span prompt = tracer.spanBuilder("prompt")
                .setParent(caller(way))
                .setSpanKind(SpanKind.SERVER)
                .setStartTimestamp(way.beganAt())
                .setAttribute("dashboard.session.id", way.session().toString())
                .setAttribute("dashboard.prompt.id", way.prompt().toString())
                .setAttribute("dashboard.prompt.outcome", way.outcome())
                .startSpan();
        way.arrival().ifPresent(arrival -> prompt.setAttribute("dashboard.request.id", arrival.requestId()));
        if (way.outcome().equals("failed") || way.outcome().equals("cut")) {
            prompt.setStatus(StatusCode.ERROR, way.outcome());
        }
        Context root = Context.root().with(prompt);
        if (way.beganAt().isBefore(way.submittedAt())) {
            below(root, "record", way.beganAt()).startSpan().end(way.submittedAt());
        }
        waiting(root, way);
        way.deliveredAt()
                .flatMap(from ->
                        way.heardAt().map(to -> below(root, "first reply", from).startSpan()))
                .ifPresent(span -> span.end(way.heardAt().orElseThrow()));
        turn(root, way);
        prompt.end(way.overAt());
    }

    private void waiting(Context root, Way way) {
        Instant end = way.deliveredAt().orElse(way.overAt());
        Span waits = below(root, "wait", way.submittedAt()).startSpan();
        way.processStartedAt().ifPresent(from -> {
            Span start =
                    below(Context.root().with(waits), "start process", from).startSpan();
            if (way.processReadyAt().isEmpty()) {
                start.setStatus(StatusCode.ERROR, "not ready");
            }
            start.end(way.processReadyAt().orElse(end));
        });
        waits.end(end);
    }

    private void turn(Context root, Way way) {
        if (way.turnStartedAt().isEmpty()) {
            return;
        }
        Span span = below(root, "turn", way.turnStartedAt().get()).startSpan();
        way.model().ifPresent(model -> span.setAttribute("gen_ai.request.model", model));
        way.turn().ifPresent(outcome -> describe(span, outcome));
        span.end(way.turnEndedAt().orElse(way.overAt()));
    }

    private static void describe(Span span, Event.TurnOutcome outcome) {
        span.setAttribute("dashboard.turn.reason", outcome.reason());
        span.setAttribute("dashboard.turn.rounds", outcome.rounds());
        span.setAttribute("gen_ai.usage.input_tokens", outcome.tokens().input());
        span.setAttribute("gen_ai.usage.output_tokens", outcome.tokens().output());
        outcome.error().ifPresent(error -> span.setStatus(StatusCode.ERROR, error.code()));
    }

    private SpanBuilder below(Context parent, String name, Instant from) {
        return tracer.spanBuilder(name).setParent(parent).setStartTimestamp(from);
    }

    /** Who sent the prompt may have a trace of their own, in which this is a part; what is no such header begins a new one. */
    static Context caller(Way way) {
        Optional<Matcher> given = way.arrival()
                .flatMap(Arrivals.Arrival::traceparent)
                .map(TRACEPARENT::matcher)
                .filter(Matcher::matches);
        // An id of zeros only is none; the library's context is invalid then, and leaves the span without a parent.
        return given.map(found -> SpanContext.createFromRemoteParent(
                        found.group(1), found.group(2), TraceFlags.fromHex(found.group(3), 0), TraceState.getDefault()))
                .map(context -> Context.root().with(Span.wrap(context)))
                .orElseGet(Context::root);
    }
}
