package dev.dashboard.web;

import dev.dashboard.event.Sharing;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.Optional;

/**
 * What the browser shows about this server.
 *
 * @param cliState {@code ok, missing, other-version, not-executable, broken, runner-away}
 * @param cliMessage what to do about it, when it is not ok
 * @param credential what pays: {@code api-key, oauth-token, demo, none}
 * @param modelAccess who holds what pays: {@code gateway}, or {@code cli}, and then the commands of the model can read it
 * @param isolation who has the processes: {@code runner}, another user, or {@code same-user}, and then the commands of the model can
 *     read what the server can
 * @param usualSharing of a session whose creator says nothing of it
 */
public record ServerFacts(
        String version,
        String profile,
        boolean demo,
        String cliState,
        Optional<String> cliVersion,
        Optional<String> cliMessage,
        String credential,
        String modelAccess,
        String isolation,
        Sharing usualSharing) {

    JsonObject json() {
        JsonObjectBuilder cli = Json.createObjectBuilder().add("state", cliState);
        cliVersion.ifPresent(text -> cli.add("version", text));
        cliMessage.ifPresent(text -> cli.add("message", text));
        return Json.createObjectBuilder()
                .add("version", version)
                .add("profile", profile)
                .add("demo", demo)
                .add("cli", cli)
                .add("credential", credential)
                .add("modelAccess", modelAccess)
                .add("isolation", isolation)
                .add("usualSharing", usualSharing.wire())
                .build();
    }
}
