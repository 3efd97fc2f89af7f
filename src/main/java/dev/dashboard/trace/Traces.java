package dev.dashboard.trace;

import dev.dashboard.event.Feed;
import dev.dashboard.event.Journal;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Sends each prompt's way to a collector. Owns the listener, a bounded queue of spans and the thread that sends them: a collector that is
 * slow or away costs spans, and nobody on a prompt's way notices.
 */
public final class Traces implements AutoCloseable {
    /** Spans that wait to be sent; further ones are dropped. A prompt has about five. */
    private static final int QUEUE = 2_048;

    private static final int BATCH = 512;
    private static final Duration EVERY = Duration.ofSeconds(2);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final Duration LAST = Duration.ofSeconds(2);

    private final Arrivals arrivals = Arrivals.kept();
    private final SdkTracerProvider provider;
    private final Runnable stopListening;

    private Traces(URI collector, String version, Feed feed, Journal journal, Clock clock) {
        OtlpHttpSpanExporter exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(collector.toString())
                .setTimeout(ANSWER)
                .setConnectTimeout(ANSWER)
                // What is not taken now is not sent again later, when it would only be more.
                .setRetryPolicy(null)
                .build();
        this.provider = SdkTracerProvider.builder()
                .setResource(Resource.create(Attributes.of(
                        AttributeKey.stringKey("service.name"),
                        "claude-code-dashboard",
                        AttributeKey.stringKey("service.version"),
                        version)))
                .addSpanProcessor(BatchSpanProcessor.builder(new ToldOnce(exporter))
                        .setMaxQueueSize(QUEUE)
                        .setMaxExportBatchSize(BATCH)
                        .setScheduleDelay(EVERY)
                        .setExporterTimeout(ANSWER)
                        .build())
                .build();
        Spans spans = new Spans(provider.get("dev.dashboard"));
        this.stopListening = PromptTraces.listen(new PromptTraces(arrivals, clock, spans::send), feed, journal);
    }

    /**
     * Follows prompts from the next event on.
     *
     * @param collector where it takes OTLP over HTTP, with the path
     * @param version of the server, which every trace names
     * @param clock the journal's
     */
    public static Traces start(URI collector, String version, Feed feed, Journal journal, Clock clock) {
        return new Traces(collector, version, feed, journal, clock);
    }

    /** For whoever takes prompts in. */
    public Arrivals arrivals() {
        return arrivals;
    }

    /** Sends what waits, if the collector takes it at once. */
    @Override
    public void close() {
        stopListening.run();
        provider.shutdown().join(LAST.toMillis(), TimeUnit.MILLISECONDS);
    }
}
