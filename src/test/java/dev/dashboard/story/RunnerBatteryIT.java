package dev.dashboard.story;

import dev.dashboard.story.Battery.Kill;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A runner has the processes: they outlive the server, and not the runner. */
class RunnerBatteryIT {
    @RegisterExtension
    static final Stage stage = Stage.behindRunner(
            0.5,
            "DASHBOARD_CLI_STOP_INTERRUPT",
            "PT1S",
            "DASHBOARD_RUNNER_PATIENCE",
            "PT3S",
            "DASHBOARD_CLI_ORPHAN_PATIENCE",
            "PT2S");

    @Test
    void whateverIsKilledWheneverNothingIsLostDoubledOrGuessed() throws Exception {
        new Battery(
                        stage,
                        List.of(
                                Kill.SERVER,
                                Kill.SERVER,
                                Kill.SERVER_POLITELY,
                                Kill.RUNNER,
                                Kill.RUNNER,
                                Kill.RUNNER_POLITELY,
                                Kill.SERVER_AND_RUNNER,
                                Kill.SERVER_AND_CLI))
                .run();
    }
}
