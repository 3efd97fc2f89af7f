package dev.dashboard.audit;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.EventCodec;
import dev.dashboard.event.Tombstone;
import dev.dashboard.event.UserId;
import dev.dashboard.mask.Masking;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the audit says of an event that somebody is accountable for. Pure. Not part of the chain, so words may change.
 *
 * @param summary one sentence, without its subject
 */
record Accountable(String summary, JsonObject detail) {
    /** The journal has the whole text; here its beginning tells which one it was. */
    static final int LONGEST_TEXT = 500;

    /** So much is looked at for secrets, since one may begin before the cut and end behind it; a page of records waits for this. */
    private static final int LOOKED_AT = 4_000;

    /** More are counted, and the detail names them; the first start has them all. */
    private static final int MOST_SETTINGS = 10;

    static Optional<Accountable> of(Envelope envelope) {
        return summary(envelope.event(), envelope.actor())
                .map(summary -> new Accountable(shown(summary), detail(envelope.event())));
    }

    static boolean isOne(Event event) {
        return summary(event, Actor.SERVER).isPresent();
    }

    /**
     * No default: whoever adds an event decides whether somebody is accountable for it, and may find better words later. To become
     * accountable later is not possible: the chain would lack the earlier ones.
     *
     * <p>A name is the one that the person had then; whose it was for good, the id in the detail says.
     */
    private static Optional<String> summary(Event event, Actor actor) {
        return switch (event) {
            case Event.UserCreated e -> Optional.of("entered " + e.name() + " as " + e.role());
            case Event.SignedIn e -> Optional.of("signed in from " + e.address());
            case Event.SignInRefused e ->
                Optional.of("refused a sign-in as " + e.name() + " from " + e.address() + ": " + e.reason());
            case Event.SignedOut _ -> Optional.of("signed out");
            case Event.PasswordChanged _ -> Optional.of("changed the password");
            case Event.SignedOutEverywhere e ->
                Optional.of(
                        isSelf(actor, e.user())
                                ? "ended all their own sign-ins"
                                : "ended all sign-ins of " + e.name().orElse("a person"));
            case Event.InvitationIssued e ->
                Optional.of("made a link by which " + e.name().orElse("a person") + " chooses a password");
            case Event.InvitationAccepted e ->
                Optional.of("chose a password by the link, as " + e.name() + " from " + e.address());
            case Event.RoleChanged e -> Optional.of("made " + e.name() + " " + e.role());
            case Event.UserDisabled e -> Optional.of("disabled " + e.name());
            case Event.UserEnabled e -> Optional.of("enabled " + e.name());
            case Event.ApiTokenIssued e -> Optional.of("made the API token " + e.name() + " as " + e.role());
            case Event.ApiTokenRevoked e ->
                Optional.of("revoked the API token " + e.name()
                        + e.userName()
                                .filter(_ -> !isSelf(actor, e.user()))
                                .map(name -> " of " + name)
                                .orElse(""));
            case Event.AccessRefused e ->
                Optional.of("was refused " + e.route() + " from " + e.address() + ": " + e.code());
            case Event.AuditExported e -> Optional.of("exported the audit, " + e.records() + " records");
            case Event.ConfigurationChanged e -> Optional.of(changes(e));
            case Event.LogLevelChanged e ->
                Optional.of("had the log level changed from " + e.before() + " to " + e.level()
                        + e.until().map(until -> " until " + until).orElse(""));
            case Event.BackupRequested _ -> Optional.of("asked for a backup");
            case Event.ProjectAdded e -> Optional.of("added the project " + e.path());
            case Event.ProjectTrusted e ->
                Optional.of("trusted the settings of the project " + e.name() + ": " + String.join(", ", e.files()));
            case Event.ProjectTrustWithdrawn e ->
                Optional.of("withdrew the trust in the settings of the project " + e.name()
                        + (e.reason().equals("changed") ? ": they have changed" : ""));
            case Event.ProjectRetentionChanged e ->
                Optional.of("set the retention of the project " + e.name() + " to " + days(e.days()) + ", from "
                        + days(e.before()));
            case Event.ContentsExpired e ->
                Optional.of("let the contents of the session expire, up to event " + e.through()
                        + ": its project keeps them for " + days(Optional.of(e.days())));
            case Event.Expired e -> expired(e.type());
            case Event.SessionCreated e -> Optional.of("opened a session in " + e.cwd());
            case Event.SessionShared e ->
                Optional.of("shared the session: " + e.sharing().wire());
            case Event.SessionStarted e -> Optional.of(e.resumed() ? "resumed the session" : "started the session");
            case Event.InterruptionRequested _ -> Optional.of("interrupted the turn");
            case Event.StopRequested e -> Optional.of("stopped the session: " + e.reason());
            case Event.PromptSubmitted _ -> Optional.of("sent a prompt");
            case Event.PromptEdited _ -> Optional.of("changed a waiting prompt");
            case Event.PromptRemoved _ -> Optional.of("took back a prompt");
            case Event.PromptHastened _ -> Optional.of("had a prompt sent at once");
            case Event.DeliveryRequested _ -> Optional.of("had a cut prompt run again");
            case Event.ApprovalResolved e ->
                Optional.of((e.decision().equals("allow") ? "allowed" : "denied") + " a request");
            case Event.SessionQueued _,
                    Event.SessionTitled _,
                    Event.ProcessStarted _,
                    Event.SessionReady _,
                    Event.ActivityChanged _,
                    Event.TurnStarted _,
                    Event.ConversationReset _,
                    Event.SessionEnded _,
                    Event.SessionFailed _,
                    Event.SessionInterrupted _,
                    Event.PromptsReordered _,
                    Event.QueueHeld _,
                    Event.QueueReleased _,
                    Event.PromptDelivered _,
                    Event.PromptFinished _,
                    Event.AssistantReplied _,
                    Event.AssistantThought _,
                    Event.ToolCalled _,
                    Event.ToolReturned _,
                    Event.TurnEnded _,
                    Event.TurnInterrupted _,
                    Event.TurnStalled _,
                    Event.TurnRevived _,
                    Event.ApprovalRequested _,
                    Event.ApprovalDelivered _,
                    Event.ApprovalWithdrawn _,
                    Event.ApprovalUnsettled _,
                    Event.ApiRetried _,
                    Event.ModelAnswered _,
                    Event.ModelFellBack _,
                    Event.ContextCompacted _,
                    Event.PermissionModeChanged _,
                    Event.RateLimitChanged _,
                    Event.PermissionDenied _,
                    Event.BackgroundTasksChanged _,
                    Event.NoticeGiven _,
                    Event.OutputNotUnderstood _ -> Optional.empty();
        };
    }

    /** What can still be said of one whose contents have expired; each accountable type of those that {@link Tombstone#mayBe} is here. */
    private static Optional<String> expired(String type) {
        return switch (type) {
            case "prompt-submitted" -> Optional.of("sent a prompt; its text has expired");
            case "prompt-edited" -> Optional.of("changed a waiting prompt; its text has expired");
            case "approval-resolved" -> Optional.of("decided a request; what was decided has expired");
            default -> Optional.empty();
        };
    }

    private static String days(Optional<Integer> days) {
        return days.map(number -> number + (number == 1 ? " day" : " days")).orElse("for ever");
    }

    private static String changes(Event.ConfigurationChanged event) {
        if (event.now().size() > MOST_SETTINGS) {
            return "started with " + event.now().size() + " new or changed settings";
        }
        return "started with other settings: "
                + event.now().entrySet().stream()
                        .map(setting -> setting.getKey() + " "
                                + words(event.before().get(setting.getKey())) + " → " + words(setting.getValue()))
                        .collect(Collectors.joining(", "));
    }

    private static String words(String value) {
        return value == null || value.isEmpty() ? "(none)" : value;
    }

    private static boolean isSelf(Actor actor, UserId user) {
        return actor instanceof Actor.Person person && person.id().equals(user);
    }

    private static JsonObject detail(Event event) {
        JsonObjectBuilder detail = Json.createObjectBuilder();
        if (event instanceof Event.Expired) {
            return detail.add("expired", true).build();
        }
        EventCodec.data(event).forEach((name, value) -> detail.add(name, shown(value)));
        return detail.build();
    }

    /** Of what only the CLI understands, the text; a changed input may hold a whole file. */
    private static JsonValue shown(JsonValue value) {
        return switch (value) {
            case JsonString text -> Json.createValue(shown(text.getString()));
            case JsonObject object -> Json.createValue(shown(object.toString()));
            case jakarta.json.JsonArray array when array.isEmpty() -> array;
            case jakarta.json.JsonArray array -> Json.createValue(shown(array.toString()));
            default -> value;
        };
    }

    private static String shown(String text) {
        String masked = Masking.SHAPES_ALONE.mask(text.substring(0, Math.min(text.length(), LOOKED_AT)));
        if (masked.length() <= LONGEST_TEXT) {
            return masked;
        }
        int end = LONGEST_TEXT - 1;
        // Half of a character outside the basic plane is none.
        return masked.substring(0, Character.isHighSurrogate(masked.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
