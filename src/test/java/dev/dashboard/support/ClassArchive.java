package dev.dashboard.support;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The loaded classes of the program, kept for later starts as {@code scripts/start.sh} does: a server then starts in half of the time,
 * and stories start very many. Made once for each build, by whichever process of the tests needs it first.
 */
final class ClassArchive {
    private ClassArchive() {}

    /** Flags for a start of the program that lies at the given place. */
    static synchronized List<String> flags(Path jar) throws IOException, InterruptedException {
        Path archive = jar.resolveSibling("stories.jsa");
        // Several processes run tests at the same time; they wait here for the one that makes it.
        try (FileChannel file = FileChannel.open(
                        jar.resolveSibling("stories.jsa.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = file.lock()) {
            if (Files.notExists(archive) || Files.getLastModifiedTime(archive).compareTo(age(jar)) < 0) {
                make(jar, archive);
            }
        }
        return List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds=off");
    }

    private static FileTime age(Path jar) throws IOException {
        return Files.getLastModifiedTime(jar);
    }

    private static void make(Path jar, Path archive) throws IOException, InterruptedException {
        Path scratch = Files.createTempDirectory("class-archive");
        // Under its own name only when it is whole: a run that is cut leaves no half of one behind.
        Path fresh = archive.resolveSibling(archive.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(RunningDashboard.JVM_FLAGS);
        command.addAll(List.of("-XX:ArchiveClassesAtExit=" + fresh, "-Xlog:cds=off", "-jar", jar.toString()));
        Map<String, String> environment = Map.of(
                "DASHBOARD_DEMO", "true",
                "DASHBOARD_SERVER_PORT", "0",
                "DASHBOARD_MANAGEMENT_PORT", "0",
                "DASHBOARD_SERVER_DRAIN_HOLD", "PT0S",
                "DASHBOARD_DATA_DIR", scratch.resolve("data").toString(),
                "DASHBOARD_SECRETS_DIR", scratch.resolve("secrets").toString());
        try (Program program = Program.start("Dashboard ready: ", scratch, environment, command)) {
            new Person(() -> java.net.URI.create(program.url())).get("/auth/me");
            program.terminate();
            program.awaitExit(Duration.ofMinutes(1));
        }
        Files.move(fresh, archive, StandardCopyOption.ATOMIC_MOVE);
        try (Stream<Path> paths = Files.walk(scratch)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
