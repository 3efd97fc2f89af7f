package dev.dashboard.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A Java program in a process of its own, measured from its start until it says that it is ready. */
final class Program implements AutoCloseable {
    private static final int READY_SECONDS = 60;

    private final Process process;
    private final String url;
    private final double readyMillis;

    private Program(Process process, String url, double readyMillis) {
        this.process = process;
        this.url = url;
        this.readyMillis = readyMillis;
    }

    /**
     * Starts it and waits for a line on stdout that begins with the given text and goes on with its URL.
     *
     * @throws IOException when it ends before, or says nothing for a minute; the message tells what it wrote to stderr
     */
    static Program start(String ready, Path scratch, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        Path errors = Files.createTempFile(scratch, "stderr", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(scratch.toFile()).redirectError(errors.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("DASHBOARD_"));
        builder.environment().putAll(environment);
        long start = System.nanoTime();
        Process process = builder.start();
        CompletableFuture<String> said = new CompletableFuture<>();
        Thread.ofPlatform().daemon(true).name("program-stdout").start(() -> watch(process, ready, said));
        try {
            String url = said.get(READY_SECONDS, TimeUnit.SECONDS);
            return new Program(process, url, (System.nanoTime() - start) / 1e6);
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new IOException(command.getLast() + " did not become ready; stderr: " + Files.readString(errors), e);
        }
    }

    /** Reads stdout to its end, so that the program never waits for its reader. */
    private static void watch(Process process, String ready, CompletableFuture<String> said) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int at = line.indexOf(ready);
                if (at >= 0) {
                    said.complete(line.substring(at + ready.length()).strip());
                }
            }
            said.completeExceptionally(new IOException("it ended"));
        } catch (IOException e) {
            said.completeExceptionally(e);
        }
    }

    String url() {
        return url;
    }

    double readyMillis() {
        return readyMillis;
    }

    /** Resident memory of this process alone, without its children, in MiB. */
    double residentMebibytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                        .filter(l -> l.startsWith("VmRSS:"))
                        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
                        .findFirst()
                        .orElseThrow()
                / 1024.0;
    }

    /** Stops it politely, then by force, with whatever it started. */
    @Override
    public void close() {
        List<ProcessHandle> tree = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        tree.forEach(ProcessHandle::destroyForcibly);
    }
}
