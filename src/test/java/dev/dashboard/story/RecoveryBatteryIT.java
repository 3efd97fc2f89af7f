package dev.dashboard.story;

import dev.dashboard.story.Battery.Kill;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The server has the processes itself: its death is theirs, after a while. */
class RecoveryBatteryIT {
    @RegisterExtension
    static final Stage stage = Stage.demo("DASHBOARD_DEMO_PACE", "0.5", "DASHBOARD_CLI_STOP_INTERRUPT", "PT1S");

    @Test
    void whateverIsKilledWheneverNothingIsLostDoubledOrGuessed() throws Exception {
        new Battery(stage, List.of(Kill.SERVER, Kill.SERVER_POLITELY, Kill.CLI, Kill.SERVER_AND_CLI)).run();
    }
}
