package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Last;
import dev.dashboard.support.ServerLogs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Looks through all that the servers and runners of this build's stories, browser tests and attacks have written, while people prompted
 * them, signed in, were refused and attacked them, most of them at DEBUG. Runs last.
 */
@Last
class LogScanIT {
    private record Kept(Path file, List<String> lines) {}

    @Test
    void noLogHoldsASecretOrWordsOfAnybodyAndEachLineIsAnObject() throws IOException {
        Path folder = ServerLogs.folder().orElseThrow(() -> new AssertionError("the build has set no folder for logs"));
        List<Kept> kept = takeOver(folder);
        List<Kept> logs = kept.stream().filter(is(".log")).toList();
        LogScan scan = new LogScan();
        int secrets = 0;
        int words = 0;
        for (Kept one : kept.stream().filter(k -> ServerLogs.isTold(k.file())).toList()) {
            for (ServerLogs.Told told : ServerLogs.told(one.file())) {
                if (told.secret()) {
                    scan.secret(told.value());
                    secrets++;
                } else {
                    scan.words(told.value());
                    words++;
                }
            }
        }
        List<String> findings = new ArrayList<>();
        int lines = 0;
        for (Kept log : logs) {
            findings.addAll(scan.findings(name(log), log.lines()));
            lines += log.lines().size();
        }
        kept.stream().filter(is(".err")).forEach(e -> findings.addAll(scan.findingsOfText(name(e), e.lines())));

        // The figures say what "nothing was found" is worth.
        String scanned = logs.size() + " logs, " + lines + " lines, " + secrets + " secrets, " + words + " texts";
        System.err.println("scanned " + scanned);
        assertTrue(!logs.isEmpty() && lines > logs.size() && secrets > 0 && words > 0, "nothing to scan: " + scanned);
        assertEquals(List.of(), findings, scanned);
        assertSaysForWhom(logs);
    }

    private static Predicate<Kept> is(String ending) {
        return kept -> kept.file().getFileName().toString().endsWith(ending);
    }

    private static String name(Kept kept) {
        return kept.file().getFileName().toString();
    }

    /** Out of the way of the next build, and still there for whoever looks for what was found. */
    private static List<Kept> takeOver(Path folder) throws IOException {
        assertTrue(Files.isDirectory(folder), "no server has logged into " + folder);
        Path scanned = folder.resolveSibling(folder.getFileName() + "-scanned");
        if (Files.exists(scanned)) {
            try (Stream<Path> old = Files.walk(scanned)) {
                for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        Files.move(folder, scanned, StandardCopyOption.ATOMIC_MOVE);
        List<Kept> kept = new ArrayList<>();
        try (Stream<Path> files = Files.list(scanned)) {
            for (Path file : files.sorted().toList()) {
                kept.add(new Kept(file, Files.readAllLines(file)));
            }
        }
        return kept;
    }

    /** Had it none of these, a line could not be found by them, and the scan would not have seen what requests leave behind. */
    private static void assertSaysForWhom(List<Kept> logs) {
        for (String part : List.of(
                "\"requestId\":\"", "\"userId\":\"", "\"sessionId\":\"", "\"route\":\"", "\"level\":\"DEBUG\"")) {
            assertTrue(
                    logs.stream().flatMap(log -> log.lines().stream()).anyMatch(line -> line.contains(part)),
                    "no line has " + part);
        }
    }
}
