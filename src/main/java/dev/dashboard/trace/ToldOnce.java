package dev.dashboard.trace;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;

/** Says in the log when the collector goes away, and when it is back, once each. The library itself would say it each time. */
final class ToldOnce implements SpanExporter {
    private static final Logger LOG = System.getLogger(ToldOnce.class.getName());

    private final SpanExporter exporter;
    private final AtomicBoolean away = new AtomicBoolean();

    ToldOnce(SpanExporter exporter) {
        this.exporter = exporter;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        CompletableResultCode result = exporter.export(spans);
        return result.whenComplete(() -> tell(result.isSuccess()));
    }

    private void tell(boolean taken) {
        if (away.compareAndSet(taken, !taken)) {
            if (taken) {
                LOG.log(Level.INFO, "the collector takes traces again");
            } else {
                LOG.log(Level.WARNING, "the collector of traces.url takes none; they are dropped until it does");
            }
        }
    }

    @Override
    public CompletableResultCode flush() {
        return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return exporter.shutdown();
    }
}
