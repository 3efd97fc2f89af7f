package dev.dashboard.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import dev.dashboard.run.Worker;
import java.lang.System.Logger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.LoggerFactory;

/**
 * How much of the dashboard's own code is logged: as configured, or for some time otherwise, after which it goes back by itself. The
 * server's library is left out: at DEBUG it would log raw headers.
 *
 * <p>Owns that level, and a thread that puts it back. Safe for any thread.
 */
public final class LogLevel implements AutoCloseable {
    public static final Set<String> WORDS = Set.of("error", "warn", "info", "debug");

    private static final Logger LOG = System.getLogger(LogLevel.class.getName());
    /** The logger above all of ours. */
    static final String OURS = "dev.dashboard";

    /**
     * What holds now.
     *
     * @param level one of {@link #WORDS}, as is the configured one
     * @param until when the configured one holds again; empty while it does
     */
    public record State(String level, String configured, Optional<Instant> until) {}

    private final String configured;
    private final Clock clock;
    private final Worker worker;

    /** Guarded by this. */
    private State state;

    /** @param configured one of {@link #WORDS}, in whatever case */
    public LogLevel(String configured, Clock clock) {
        this.configured = configured.toLowerCase(Locale.ROOT);
        this.clock = clock;
        this.state = new State(this.configured, this.configured, Optional.empty());
        this.worker = Worker.virtual("log-level", this::putBack);
    }

    public synchronized State state() {
        return state;
    }

    /** What would hold after {@link #set}, for whoever records it before. */
    public State planned(String level, Duration time) {
        return level.equals(configured)
                ? new State(configured, configured, Optional.empty())
                : new State(
                        level,
                        configured,
                        Optional.of(clock.instant().plus(time).truncatedTo(ChronoUnit.MILLIS)));
    }

    /** From now on it is as planned. */
    public synchronized void set(State planned) {
        apply(planned);
        notifyAll();
    }

    private void putBack() throws InterruptedException {
        while (true) {
            awaitTheEnd();
        }
    }

    private synchronized void awaitTheEnd() throws InterruptedException {
        if (state.until().isEmpty()) {
            wait();
            return;
        }
        Duration left = Duration.between(clock.instant(), state.until().get());
        if (left.isPositive()) {
            // At least one, since zero is for ever.
            wait(Math.max(1, left.toMillis()));
        } else {
            apply(new State(configured, configured, Optional.empty()));
        }
    }

    private void apply(State next) {
        // Said on the side that logs more, so that a log explains its own silence.
        boolean saidBefore = LOG.isLoggable(Logger.Level.INFO);
        if (saidBefore) {
            say(next);
        }
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger(OURS).setLevel(Level.toLevel(next.level()));
        state = next;
        if (!saidBefore) {
            say(next);
        }
    }

    private static void say(State next) {
        LOG.log(
                Logger.Level.INFO,
                "log level changed level={0} until={1}",
                next.level(),
                next.until().map(Instant::toString).orElse("-"));
    }

    /** Puts it back at once, when it is another one. */
    @Override
    public void close() {
        worker.close();
        if (state().until().isPresent()) {
            set(new State(configured, configured, Optional.empty()));
        }
    }
}
