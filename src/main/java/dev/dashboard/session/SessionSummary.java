package dev.dashboard.session;

import dev.dashboard.approval.PermissionUpdate;
import dev.dashboard.custody.ProcessId;
import dev.dashboard.event.Event;
import dev.dashboard.event.Ownership;
import dev.dashboard.event.ProjectId;
import dev.dashboard.event.SessionId;
import dev.dashboard.event.Sharing;
import dev.dashboard.event.UserId;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One row of the list of sessions, true up to {@code lastSeq}.
 *
 * @param model as it was chosen, or as the CLI said at its start
 * @param turnModel what its last turn ran on
 * @param remembered what people allowed for the rest of the session
 * @param expiredAt since when what was said in it is gone
 * @param held why its waiting prompts do not go on: {@code interrupted, turn-failed}
 */
public record SessionSummary(
        SessionId id,
        ProjectId project,
        String projectName,
        Path cwd,
        Optional<String> title,
        UserId ownerId,
        String ownerName,
        Sharing sharing,
        Optional<String> model,
        Optional<String> turnModel,
        String permissionMode,
        Optional<String> effort,
        String cliSessionId,
        long createdSeq,
        Instant createdAt,
        SessionStatus status,
        Instant statusSince,
        long lastSeq,
        Optional<String> activity,
        Optional<Custody> custody,
        Optional<String> cliVersion,
        int prompts,
        int turns,
        BigDecimal cost,
        Event.Tokens tokens,
        Optional<Long> contextTokens,
        Optional<Long> contextWindow,
        int pendingApprovals,
        List<PermissionUpdate> remembered,
        Optional<String> held,
        Optional<Stalled> stalled,
        Optional<TurnFault> turnFault,
        Optional<Failure> failure,
        Optional<Instant> expiredAt) {

    public Ownership ownership() {
        return new Ownership(ownerId, sharing);
    }

    /** The process of now, for people; a neighbour need not know how {@code cli} names one. */
    public Optional<Long> pid() {
        return custody.flatMap(Custody::process).map(ProcessId::pid);
    }

    /** Which process was started for it last; what a later server needs to find it. */
    public record Custody(String launch, Optional<ProcessId> process) {}

    /** Its turn is silent for too long; {@code since} is the moment of the last word. Causes as in {@code TurnStalled}. */
    public record Stalled(String cause, Instant since) {}

    /** Its last turn failed, or was cut by a stop of the server or its runner; {@code kind}: {@code failed, cut}. */
    public record TurnFault(String kind, Optional<String> message) {}

    /** Why it failed, for people. */
    public record Failure(String code, String message, String remedy, Optional<Integer> exitCode, String stderrTail) {}
}
