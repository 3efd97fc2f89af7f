package dev.dashboard.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.dashboard.support.Await;
import dev.dashboard.support.TraceCollector;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A prompt's way from its request to the CLI's first word, as a real collector receives it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TracesIT {
    private static final TraceCollector COLLECTOR = TraceCollector.start();

    @RegisterExtension
    static final Stage stage =
            Stage.demo("DASHBOARD_TRACES_URL", COLLECTOR.url().toString());

    @AfterAll
    static void close() {
        COLLECTOR.close();
    }

    @Test
    @Order(1)
    void aPromptArrivesInItsCallersTraceFromTheRequestToTheFirstReplyAndTheEnd() throws Exception {
        Play play = stage.begin();
        UUID id = UUID.randomUUID();
        String trace = "0af7651916cd43dd8448eb211c80319c";

        long seq = stage.anna()
                .prompt(play.session(), id, "echo nobody else hears this", "00-" + trace + "-b7ad6b7169203331-01")
                .expect(202)
                .getJsonNumber("seq")
                .longValue();
        play.ended(new Play.Line(id, seq));

        Await.until("the trace is there", () -> of(id).size() >= 6);
        List<Span> spans = of(id);
        assertEquals(
                List.of("first reply", "prompt", "record", "start process", "turn", "wait"),
                spans.stream().map(Span::getName).sorted().toList());
        spans.forEach(span -> assertEquals(trace, hex(span.getTraceId()), span::toString));
        Span root = named(spans, "prompt");
        assertEquals("b7ad6b7169203331", hex(root.getParentSpanId()));
        for (Span span : spans) {
            assertTrue(span.getStartTimeUnixNano() >= root.getStartTimeUnixNano(), span::toString);
            assertTrue(span.getEndTimeUnixNano() <= root.getEndTimeUnixNano(), span::toString);
            assertTrue(span.getEndTimeUnixNano() >= span.getStartTimeUnixNano(), span::toString);
        }
        // The parts follow upon each other: what is between request and first word is all told.
        assertEquals(named(spans, "record").getStartTimeUnixNano(), root.getStartTimeUnixNano());
        assertEquals(
                named(spans, "record").getEndTimeUnixNano(),
                named(spans, "wait").getStartTimeUnixNano());
        assertEquals(
                named(spans, "wait").getEndTimeUnixNano(),
                named(spans, "first reply").getStartTimeUnixNano());
        assertFalse(COLLECTOR.everything().contains("nobody else"), COLLECTOR::everything);
    }

    @Test
    @Order(2)
    void aCollectorThatIsAwayCostsNothingAndIsToldOnce() throws Exception {
        Play play = stage.play();
        COLLECTOR.goAway();

        UUID lost = play.prompt("echo while it is away").id();
        Await.until("its absence is told", () -> said("takes none") == 1);
        play.turn("echo and again");
        COLLECTOR.comeBack();
        Play.Line back = play.prompt("echo when it is back");
        play.ended(back);

        Await.until("it takes traces again", () -> !of(back.id()).isEmpty());
        assertEquals(List.of(), of(lost));
        assertEquals(1, said("takes none"), () -> stage.dashboard().log());
        Await.until("its return is told", () -> said("takes traces again") == 1);
        assertFalse(
                stage.dashboard().log().contains("io.opentelemetry"),
                () -> stage.dashboard().log());
    }

    private static long said(String words) {
        return stage.dashboard()
                .log()
                .lines()
                .filter(line -> line.contains(words))
                .count();
    }

    /** All spans of the prompt's trace. */
    private static List<Span> of(UUID prompt) {
        List<Span> all = COLLECTOR.spans();
        List<ByteString> traces = all.stream()
                .filter(span -> span.getAttributesList().stream()
                        .anyMatch(attribute ->
                                attribute.getValue().getStringValue().equals(prompt.toString())))
                .map(Span::getTraceId)
                .toList();
        return all.stream().filter(span -> traces.contains(span.getTraceId())).collect(Collectors.toList());
    }

    private static Span named(List<Span> spans, String name) {
        return spans.stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String hex(ByteString id) {
        return HexFormat.of().formatHex(id.toByteArray());
    }
}
