package dev.dashboard.session;

import dev.dashboard.cli.CliVersion;
import dev.dashboard.custody.Custody;
import dev.dashboard.problem.Problem;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Whether the Claude CLI can be used, as last asked: it is asked again when the answer is older than half a minute, so that an
 * installation is noticed without a restart. Any thread; one asks at a time, and the others take the last answer meanwhile.
 */
public final class CliHealth {
    private static final Duration FRESH = Duration.ofSeconds(30);

    /**
     * @param state {@code ok, missing, not-executable, other-version, broken, runner-away}
     * @param message what to do about it, when it is not ok
     */
    public record Finding(String state, Optional<String> version, Optional<String> message) {
        public boolean isUsable() {
            return state.equals("ok") || state.equals("other-version");
        }
    }

    private final Custody custody;
    private final Clock clock;
    private final ReentrantLock asking = new ReentrantLock();
    private volatile Optional<Answer> last = Optional.empty();

    private record Answer(Finding finding, Instant at) {}

    public CliHealth(Custody custody, Clock clock) {
        this.custody = custody;
        this.clock = clock;
    }

    public Finding finding() {
        Optional<Answer> known = last;
        if (known.isPresent() && (isFresh(known.get()) || !asking.tryLock())) {
            return known.get().finding();
        }
        if (known.isEmpty()) {
            asking.lock();
        }
        try {
            if (last.filter(this::isFresh).isEmpty()) {
                last = Optional.of(new Answer(ask(), clock.instant()));
            }
            return last.get().finding();
        } finally {
            asking.unlock();
        }
    }

    private boolean isFresh(Answer answer) {
        return Duration.between(answer.at(), clock.instant()).compareTo(FRESH) <= 0;
    }

    private Finding ask() {
        try {
            return switch (CliVersion.judge(custody.version())) {
                case CliVersion.Found found -> found(found);
                case CliVersion.Missing(var program) ->
                    broken(
                            "missing",
                            "Claude CLI not found. No session can start. Looked for it at " + program
                                    + ". Install it or set cli.path.");
                case CliVersion.NotExecutable(var program) ->
                    broken(
                            "not-executable",
                            "The Claude CLI at " + program + " may not be executed. Check its mode and owner.");
                case CliVersion.Broken(var program, var _) ->
                    broken(
                            "broken",
                            "The program at " + program + " does not answer as the Claude CLI does. Check cli.path.");
            };
        } catch (Problem e) {
            return broken("runner-away", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(Problem.Kind.UNAVAILABLE, "server-stopping", "The server is stopping.").causedBy(e);
        }
    }

    private static Finding found(CliVersion.Found found) {
        return found.pinned()
                ? new Finding("ok", Optional.of(found.version()), Optional.empty())
                : new Finding(
                        "other-version",
                        Optional.of(found.version()),
                        Optional.of("The Claude CLI has version " + found.version() + "; this dashboard is made for "
                                + CliVersion.PINNED + ". Sessions run, but something may not be understood."));
    }

    private static Finding broken(String state, String message) {
        return new Finding(state, Optional.empty(), Optional.of(message));
    }
}
