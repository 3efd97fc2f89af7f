package dev.dashboard.web;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that nobody can reach must not say that it is ready. */
class TakenPortTest {
    @TempDir
    private Path dir;

    private final TestWeb.Tuning tuning = new TestWeb.Tuning();

    @Test
    void aTakenPortStopsTheStart() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            tuning.port = other.getLocalPort();
            assertRefused(other.getLocalPort());
        }
    }

    @Test
    void aTakenManagementPortStopsTheStart() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            tuning.managementPort = other.getLocalPort();
            assertRefused(other.getLocalPort());
        }
    }

    private void assertRefused(int port) {
        Problem problem = assertThrows(Problem.class, () -> new TestWeb(dir, tuning, List.of()));
        assertTrue(problem.getMessage().contains("127.0.0.1:" + port), problem.getMessage());
    }
}
