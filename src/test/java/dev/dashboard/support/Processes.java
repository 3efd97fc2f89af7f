package dev.dashboard.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Looks at the machine's processes by itself, without the code that is under test. Linux. */
public final class Processes {
    private Processes() {}

    /** Living processes with this variable in the environment that they were started with. */
    public static List<ProcessHandle> marked(String name, String value) {
        return ProcessHandle.allProcesses()
                .filter(process ->
                        variable(process.pid(), name).filter(value::equals).isPresent())
                .toList();
    }

    public static Optional<String> variable(long pid, String name) {
        try {
            for (String entry : new String(
                            Files.readAllBytes(Path.of("/proc/" + pid + "/environ")), StandardCharsets.UTF_8)
                    .split("\0")) {
                if (entry.startsWith(name + "=")) {
                    return Optional.of(entry.substring(name.length() + 1));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // It has just ended, or is another user's.
        }
    }

    /** Whether the process runs; one that only waits to be reaped does not. */
    public static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent() && !isZombie(pid);
    }

    private static boolean isZombie(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException e) {
            return true; // gone
        }
    }
}
