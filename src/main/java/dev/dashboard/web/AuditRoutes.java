package dev.dashboard.web;

import dev.dashboard.audit.AuditCheck;
import dev.dashboard.audit.AuditLog;
import dev.dashboard.audit.AuditRecord;
import dev.dashboard.auth.Rule;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import io.helidon.http.HeaderNames;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Who did what: pages of it, whether the chain is whole, and all of it as a file. For administrators. */
public final class AuditRoutes {
    private static final int DEFAULT_PAGE = 100;
    private static final int LONGEST_ACTION = 64;
    private static final int EXPORT_PAGE = 1_000;
    private static final Duration COME_BACK = Duration.ofSeconds(5);

    private final AuditLog log;
    private final AuditCheck check;
    private final Journal journal;
    /** Both read the whole chain; one of each at a time. */
    private final AtomicBoolean checking = new AtomicBoolean();

    private final AtomicBoolean exporting = new AtomicBoolean();

    public AuditRoutes(AuditLog log, AuditCheck check, Journal journal) {
        this.log = log;
        this.check = check;
        this.journal = journal;
    }

    public List<Route> routes() {
        return List.of(
                Route.get("/api/v1/audit", Rule.ADMIN, this::list),
                Route.get("/api/v1/audit/verification", Rule.ADMIN, call -> alone(checking, () -> verify(call))),
                Route.get("/api/v1/audit/export", Rule.ADMIN, call -> alone(exporting, () -> export(call))));
    }

    private static void alone(AtomicBoolean busy, Runnable work) {
        if (!busy.compareAndSet(false, true)) {
            throw new Problem(Kind.BUSY, "audit-busy", "Somebody else is just doing this; one at a time.")
                    .retryAfter(COME_BACK);
        }
        try {
            work.run();
        } finally {
            busy.set(false);
        }
    }

    private void list(Call call) {
        int limit = call.number("limit", 1, AuditLog.MAX_PAGE)
                .orElse((long) DEFAULT_PAGE)
                .intValue();
        AuditLog.Filter filter = new AuditLog.Filter(
                call.query("person").map(UserId::parse),
                call.query("action").map(AuditRoutes::action),
                call.query("session").map(SessionId::parse));
        List<AuditRecord> page =
                log.page(filter, call.number("before", 1, Long.MAX_VALUE).orElse(Long.MAX_VALUE), limit);
        JsonArrayBuilder records = Json.createArrayBuilder();
        page.forEach(record -> records.add(record.json()));
        JsonObjectBuilder answer = Json.createObjectBuilder().add("records", records);
        if (page.size() == limit) {
            answer.add("next", page.getLast().n());
        } else {
            answer.addNull("next");
        }
        call.ok(answer.build());
    }

    private static String action(String word) {
        if (word.isEmpty() || word.length() > LONGEST_ACTION) {
            throw Problem.invalid(
                            "parameter-value",
                            "action must be the name of an event, of at most " + LONGEST_ACTION + " characters.")
                    .with("field", "action");
        }
        return word;
    }

    private void verify(Call call) {
        AuditCheck.Result result = check.check();
        JsonObjectBuilder answer =
                Json.createObjectBuilder().add("whole", result.whole()).add("records", result.records());
        result.head()
                .ifPresent(head -> answer.add(
                        "head", Json.createObjectBuilder().add("n", head.n()).add("hash", head.hash())));
        result.anchored()
                .ifPresent(anchor -> answer.add(
                        "anchored",
                        Json.createObjectBuilder()
                                .add("n", anchor.n())
                                .add("hash", anchor.hash())
                                .add("at", Times.iso(anchor.at()))));
        result.fault()
                .ifPresent(fault -> answer.add(
                        "fault", Json.createObjectBuilder().add("n", fault.n()).add("reason", fault.reason())));
        call.ok(answer.build());
    }

    /** Recorded before the first byte leaves; that record is in the file too. */
    private void export(Call call) {
        journal.append(List.of(new Draft(
                Optional.empty(),
                call.viewer().actor(),
                new Event.AuditExported(log.head().n()))));
        call.response().headers().set(HeaderNames.CONTENT_TYPE, "application/x-ndjson");
        call.response().headers().set(HeaderNames.CONTENT_DISPOSITION, "attachment; filename=\"audit.ndjson\"");
        try (OutputStream out = call.response().outputStream()) {
            String previous = AuditRecord.NO_HASH;
            List<AuditRecord> page = log.after(0, EXPORT_PAGE);
            while (!page.isEmpty()) {
                for (AuditRecord record : page) {
                    out.write((line(record, previous) + "\n").getBytes(StandardCharsets.UTF_8));
                    previous = record.hash();
                }
                call.moreTime();
                page = log.after(page.getLast().n(), EXPORT_PAGE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonObject line(AuditRecord record, String previousHash) {
        return Json.createObjectBuilder(record.json())
                .add("previousHash", previousHash)
                .build();
    }
}
