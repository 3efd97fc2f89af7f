package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunnerSettingsTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsNotSaidHasItsUsualValue() throws IOException {
        RunnerSettings settings = RunnerSettings.read(new House(folder).environment(), "me");

        assertEquals(Set.of("me"), settings.peers());
        assertEquals(20, settings.maxProcesses());
        assertEquals(256L << 20, settings.spoolBytes());
        assertEquals(Duration.ofSeconds(60), settings.drain());
    }

    @Test
    void aDrainTimeOfZeroIsATime() throws IOException {
        House house = new House(folder);

        assertEquals(
                Duration.ZERO,
                house.settings(Map.of("DASHBOARD_RUNNER_DRAIN", "PT0S")).drain());
        for (String wrong : List.of("-PT1S", "PT2H", "soon")) {
            assertThrows(
                    RunnerSettings.Faults.class, () -> house.settings(Map.of("DASHBOARD_RUNNER_DRAIN", wrong)), wrong);
        }
    }

    @Test
    void everyFaultIsToldAtOnceWithItsVariable() {
        List<String> faults = assertThrows(
                        RunnerSettings.Faults.class,
                        () -> RunnerSettings.read(
                                Map.of(
                                        "DASHBOARD_CLI_PATH", "claude",
                                        "DASHBOARD_CLI_MAX_PROCESSES", "many",
                                        "DASHBOARD_RUNNER_SPOOL_MIB", "1",
                                        "DASHBOARD_RUNNER_DRAIN", "60",
                                        "DASHBOARD_PROJECTS_ROOTS", "/no/such/folder"),
                                "me"))
                .faults();

        for (String name : List.of(
                "DASHBOARD_RUNNER_SOCKET",
                "DASHBOARD_RUNNER_PUBLIC_KEY_FILE",
                "DASHBOARD_RUNNER_SPOOL_DIR",
                "DASHBOARD_RUNNER_SPOOL_MIB",
                "DASHBOARD_RUNNER_DRAIN",
                "DASHBOARD_RUNNER_CONFIG_DIR",
                "DASHBOARD_CLI_PATH",
                "DASHBOARD_CLI_MAX_PROCESSES",
                "DASHBOARD_PROJECTS_ROOTS")) {
            assertTrue(faults.stream().anyMatch(fault -> fault.startsWith(name + ":")), name + " in " + faults);
        }
        assertEquals(9, faults.size());
    }
}
