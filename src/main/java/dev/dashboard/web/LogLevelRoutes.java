package dev.dashboard.web;

import dev.dashboard.auth.Rule;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.observe.LogLevel;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How much is logged, for a while: for administrators, who look for something. */
final class LogLevelRoutes {
    private static final int BODY = 1024;
    private static final int USUAL_MINUTES = 15;
    /** A day. Whoever needs it for longer configures it. */
    private static final int MOST_MINUTES = 1440;

    private final LogLevel level;
    private final Journal journal;

    LogLevelRoutes(LogLevel level, Journal journal) {
        this.level = level;
        this.journal = journal;
    }

    List<Route> routes() {
        return List.of(Route.put("/api/v1/system/log-level", Rule.ADMIN, BODY, this::change));
    }

    private void change(Call call) {
        Body body = call.body("level", "minutes");
        String wanted = body.word("level", LogLevel.WORDS);
        int minutes = body.optNumber("minutes", 1, MOST_MINUTES).orElse(USUAL_MINUTES);
        LogLevel.State planned = level.planned(wanted, Duration.ofMinutes(minutes));
        journal.append(List.of(new Draft(
                Optional.empty(),
                call.viewer().actor(),
                new Event.LogLevelChanged(level.state().level(), planned.level(), planned.until()))));
        level.set(planned);
        call.ok(json(planned));
    }

    /** With {@code until}, when the configured level holds again, while another one does. */
    static JsonObject json(LogLevel.State state) {
        JsonObjectBuilder json =
                Json.createObjectBuilder().add("level", state.level()).add("configured", state.configured());
        state.until().ifPresent(until -> json.add("until", Times.iso(until)));
        return json.build();
    }
}
