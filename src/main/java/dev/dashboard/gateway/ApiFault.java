package dev.dashboard.gateway;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.Json;
import java.nio.charset.StandardCharsets;

/**
 * What the gateway itself refuses, said as the Messages API says it, so that the CLI understands it and tries again where that may
 * help.
 *
 * @param type the API's word for the kind of error
 * @param outcome how it is counted
 */
record ApiFault(int status, String type, String outcome, String message) {
    static final ApiFault UNKNOWN_PATH =
            new ApiFault(404, "not_found_error", "refused", "The dashboard's gateway knows POST /v1/messages alone.");
    static final ApiFault REFUSED = new ApiFault(
            401,
            "authentication_error",
            "refused",
            "The dashboard's gateway does not know this token. A token ends with the process that it was made for.");
    static final ApiFault FULL = new ApiFault(
            529,
            "overloaded_error",
            "full",
            "The dashboard's gateway has too many requests at once (gateway.max-requests, or half of it by one session).");
    static final ApiFault TOO_LARGE = new ApiFault(
            413, "request_too_large", "refused", "The dashboard's gateway passes on at most 64 MiB in one request.");
    static final ApiFault UNREACHABLE =
            new ApiFault(502, "api_error", "unreachable", "The dashboard's gateway cannot reach the model's service.");
    static final ApiFault UNREADABLE =
            new ApiFault(400, "invalid_request_error", "refused", "The dashboard's gateway cannot read the request.");

    /** The same with another status. */
    ApiFault with(int other) {
        return new ApiFault(other, type, outcome, message);
    }

    byte[] body() {
        return Json.createObjectBuilder()
                .add("type", "error")
                .add("error", Json.createObjectBuilder().add("type", type).add("message", message))
                .build()
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    void send(ServerResponse response) {
        response.status(Status.create(status));
        response.header(HeaderNames.CONTENT_TYPE, "application/json");
        response.header(HeaderValues.CONNECTION_CLOSE);
        if (this == FULL) {
            response.header(HeaderNames.RETRY_AFTER, "1");
        }
        response.send(body());
    }
}
