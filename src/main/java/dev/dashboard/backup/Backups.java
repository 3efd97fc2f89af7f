package dev.dashboard.backup;

import dev.dashboard.audit.AuditLog;
import dev.dashboard.audit.AuditRecord;
import dev.dashboard.event.Actor;
import dev.dashboard.event.BackupId;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.EventCodec;
import dev.dashboard.event.Journal;
import dev.dashboard.problem.Problem;
import jakarta.json.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Backups as this server sees them. It makes none: another program does, beside it, and the two know each other by the files of one
 * folder alone, so neither hurts the other by its end. This one says that a person wants a backup now, and tells what the other says.
 *
 * <p>A request is recorded, then written for the other to take. After a crash between the two it is not made again by itself: nobody
 * waits for it any more, the next backup by the clock comes within the hour, and a backup that starts at some later moment by itself
 * would surprise whoever works then. It is told as asked for and not taken. Safe for all threads.
 */
public final class Backups {
    /** Whoever takes requests shows itself each ten seconds; longer than this without means that it is gone. */
    static final Duration LONGEST_SILENCE = Duration.ofMinutes(1);

    /** Nobody waits longer than this; whoever takes requests leaves older ones. */
    static final Duration VOID_AFTER = Duration.ofHours(1);

    /** Whoever makes one shows that it still does each second or so; longer than this without means that it was killed. */
    static final Duration BELIEVED = Duration.ofMinutes(5);

    /** Between the moment a request is taken and the one in which the backup says so. */
    static final Duration TAKING = Duration.ofSeconds(30);

    /** Whether anybody takes requests. */
    public enum Taker {
        /** It is there. */
        THERE("there"),
        /** It was, and does not show itself any more. */
        SILENT("silent"),
        /** Nobody ever was. */
        NONE("none");

        private final String word;

        Taker(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    /**
     * A backup under way.
     *
     * @param phase what it does, in one word
     * @param done how much of {@code of}, where it can tell
     */
    public record Running(String id, Instant startedAt, String phase, OptionalLong done, OptionalLong of) {}

    /**
     * One that is over.
     *
     * @param trigger {@code clock, person, deploy}
     * @param outcome {@code good, failed}
     * @param phase in which it failed
     * @param message why; of a good one, what is worth knowing all the same
     * @param local whether it was stored on this machine; empty where that was not tried
     * @param remote the same, elsewhere
     */
    public record Run(
            String id,
            Instant startedAt,
            Instant finishedAt,
            String trigger,
            String outcome,
            Optional<String> phase,
            Optional<String> message,
            OptionalLong bytes,
            OptionalLong seconds,
            Optional<Boolean> local,
            Optional<Boolean> remote) {}

    /**
     * One that a person asked for, of which no backup has come yet.
     *
     * @param by name of the person
     * @param waiting whether it can still be taken; else it was lost, and no backup comes of it
     */
    public record Request(BackupId id, String by, Instant at, boolean waiting) {}

    /** @param silentSince when whoever takes requests was there last, if it is not now */
    public record State(
            Taker taker,
            Optional<Instant> silentSince,
            Optional<Running> running,
            Optional<Request> request,
            Optional<LastGood.Backup> lastGood,
            List<Run> runs) {}

    private static final String ACTION = EventCodec.type(new Event.BackupRequested(new BackupId(new UUID(0, 0))));

    /** So many requests are known again by their ids; nobody sends an older one a second time. */
    private static final int REMEMBERED = 100;

    private final Path folder;
    private final BackupRecords records;
    private final AuditLog audit;
    private final Journal journal;
    private final Clock clock;

    /** @param folder where backups and what is said of them lie; there need be none */
    public Backups(Path folder, AuditLog audit, Journal journal, Clock clock) {
        this.folder = folder;
        this.records = new BackupRecords(folder);
        this.audit = audit;
        this.journal = journal;
        this.clock = clock;
    }

    public State state() {
        Taker taker = taker();
        List<Run> runs = records.runs();
        Optional<Running> running = running(runs);
        return new State(
                taker,
                records.beat().filter(_ -> taker == Taker.SILENT),
                running,
                requests(1).stream().findFirst().flatMap(asked -> open(asked, running, runs)),
                records.lastGood(),
                runs);
    }

    /**
     * Asks for a backup now. The same id again changes nothing, whatever became of it.
     *
     * @return number of the event that says so
     * @throws Problem CONFLICT {@code backup-running}, {@code backup-requested}, or {@code backups-unavailable} where nothing takes requests,
     *     which no waiting mends; UNAVAILABLE {@code backup-not-requested} when it is recorded and could not be written
     */
    public synchronized long request(BackupId id, Actor.Person by) {
        Optional<Asked> before = requests(REMEMBERED).stream()
                .filter(asked -> asked.id().equals(id))
                .findFirst();
        if (before.isPresent()) {
            return before.get().seq();
        }
        Taker taker = taker();
        if (taker != Taker.THERE) {
            throw Problem.conflict(
                    "backups-unavailable",
                    taker == Taker.NONE
                            ? "Nothing makes backups here, so nobody would take the request. The runbook BackupOld says what to do."
                            : "What makes backups here has not shown itself for over a minute, so nobody would take the request."
                                    + " The runbook BackupOld says what to do.");
        }
        if (running(records.runs()).isPresent()) {
            throw Problem.conflict("backup-running", "A backup runs already. Ask again when it is over.");
        }
        if (lies()) {
            throw Problem.conflict("backup-requested", "A backup was asked for already, and begins within seconds.");
        }
        long seq = journal.append(List.of(new Draft(Optional.empty(), by, new Event.BackupRequested(id))))
                .getFirst()
                .seq();
        write(id, by);
        return seq;
    }

    // ---- what is so

    private Taker taker() {
        return records.beat()
                .map(at -> isWithin(at, LONGEST_SILENCE) ? Taker.THERE : Taker.SILENT)
                .orElse(Taker.NONE);
    }

    /** What was killed left word that it runs; it is not believed for long, and not at all when its end is on record. */
    private Optional<Running> running(List<Run> runs) {
        if (records.runningSaidAt().filter(at -> isWithin(at, BELIEVED)).isEmpty()) {
            return Optional.empty();
        }
        return records.running()
                .filter(now -> runs.stream().noneMatch(run -> run.id().equals(now.id())));
    }

    private boolean lies() {
        return records.requestedAt().filter(at -> isWithin(at, VOID_AFTER)).isPresent();
    }

    private boolean isWithin(Instant at, Duration time) {
        return at.isAfter(clock.instant().minus(time));
    }

    // ---- requests

    private record Asked(BackupId id, String by, Instant at, long seq) {}

    /** Newest first. */
    private List<Asked> requests(int most) {
        return audit
                .page(
                        new AuditLog.Filter(Optional.empty(), Optional.of(ACTION), Optional.empty()),
                        Long.MAX_VALUE,
                        most)
                .stream()
                .map(Backups::asked)
                .toList();
    }

    private static Asked asked(AuditRecord record) {
        return new Asked(
                BackupId.parse(record.detail().getString("backupId")),
                record.actor().getString("name", ""),
                record.time(),
                record.seq());
    }

    /** Empty once a backup has come of it, or after it. */
    private Optional<Request> open(Asked asked, Optional<Running> running, List<Run> runs) {
        String id = asked.id().toString();
        boolean come = running.filter(now -> now.id().equals(id)).isPresent()
                || runs.stream()
                        .anyMatch(run -> run.id().equals(id) || run.startedAt().isAfter(asked.at()));
        if (come) {
            return Optional.empty();
        }
        boolean waiting = isWithin(asked.at(), TAKING)
                || lies() && records.requestId().filter(id::equals).isPresent();
        return Optional.of(new Request(asked.id(), asked.by(), asked.at(), waiting));
    }

    /** For its owner alone, synced, and under its name only when it is whole: whoever takes it never reads half of one. */
    private void write(BackupId id, Actor.Person by) {
        String text = Json.createObjectBuilder()
                .add("id", id.toString())
                .add("by", by.name())
                .add("at", clock.instant().toString())
                .build()
                .toString();
        Path aside = null;
        try {
            aside = Files.createTempFile(folder, "." + BackupRecords.REQUEST + ".", ".part");
            Files.writeString(aside, text + "\n");
            try (FileChannel channel = FileChannel.open(aside, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(aside, folder.resolve(BackupRecords.REQUEST), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            remove(aside);
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "backup-not-requested",
                            "The request cannot be written to " + folder + " ("
                                    + e.getClass().getSimpleName() + "); no backup comes of it.")
                    .causedBy(e);
        }
    }

    private static void remove(Path aside) {
        if (aside == null) {
            return;
        }
        try {
            Files.deleteIfExists(aside);
        } catch (IOException e) {
            System.getLogger(Backups.class.getName()).log(System.Logger.Level.ERROR, "not removed file=" + aside, e);
        }
    }
}
