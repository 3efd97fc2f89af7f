package dev.dashboard.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A Java program in a process of its own, measured from its start until it says that it is ready. */
public final class Program implements AutoCloseable {
    private static final int READY_SECONDS = 60;
    private static final Duration POLITE = Duration.ofSeconds(20);

    private final Process process;
    private final Path errors;
    private final List<String> said;
    private final String url;
    private final double readyMillis;

    private Program(Process process, Path errors, List<String> said, String url, double readyMillis) {
        this.process = process;
        this.errors = errors;
        this.said = said;
        this.url = url;
        this.readyMillis = readyMillis;
    }

    /**
     * Starts it and waits for a line on stdout that begins with the given text and goes on with its URL. What it
     * writes to stdout and stderr is kept; what a server or a runner writes, for the last test of the build too.
     *
     * @throws IOException when it ends before, or says nothing for a minute; the message tells what it wrote
     */
    public static Program start(String ready, Path scratch, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        Optional<Path> kept = ServerLogs.newFile(ready, ".err");
        Path errors = kept.isPresent() ? kept.get() : Files.createTempFile(scratch, "stderr", ".txt");
        Optional<Path> log = ServerLogs.newFile(ready, ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(scratch.toFile()).redirectError(errors.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("DASHBOARD_"));
        builder.environment().putAll(environment);
        long start = System.nanoTime();
        Process process = builder.start();
        // A server under attack writes a line for each of many thousand requests.
        List<String> said = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<String> url = new CompletableFuture<>();
        Thread.ofPlatform().daemon(true).name("program-stdout").start(() -> watch(process, log, ready, said, url));
        try {
            String told = url.get(READY_SECONDS, TimeUnit.SECONDS);
            return new Program(process, errors, said, told, (System.nanoTime() - start) / 1e6);
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            int code = process.waitFor();
            throw new IOException(
                    "exit code " + code + " instead of \"" + ready + "\": " + Files.readString(errors), e);
        }
    }

    /** Reads stdout to its end, so that the program never waits for its reader. */
    private static void watch(
            Process process, Optional<Path> log, String ready, List<String> said, CompletableFuture<String> url) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
                Writer kept = log.isPresent() ? Files.newBufferedWriter(log.get()) : Writer.nullWriter()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.add(line);
                kept.write(line + "\n");
                // The test's JVM may end before the program does.
                kept.flush();
                int at = line.indexOf(ready);
                if (at >= 0) {
                    url.complete(line.substring(at + ready.length()).strip());
                }
            }
            url.completeExceptionally(new IOException("it ended"));
        } catch (IOException e) {
            url.completeExceptionally(e);
        }
    }

    public String url() {
        return url;
    }

    public double readyMillis() {
        return readyMillis;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it wrote so far: its log, and stderr. */
    public String output() {
        try {
            return String.join("\n", List.copyOf(said)) + "\n" + Files.readString(errors);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Resident memory of this process alone, without its children, in MiB. */
    public double residentMebibytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                        .filter(l -> l.startsWith("VmRSS:"))
                        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
                        .findFirst()
                        .orElseThrow()
                / 1024.0;
    }

    /** SIGTERM, without waiting. */
    public void terminate() {
        process.destroy();
    }

    /** Waits for its end; the exit code. */
    public int awaitExit(Duration limit) throws InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("process " + process.pid() + " still runs after " + limit);
        }
        return process.exitValue();
    }

    /** SIGKILL of this process alone: what it started lives on, as after a crash. */
    public void kill9() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** By force, with whatever it started. */
    public void kill() {
        List<ProcessHandle> tree = process.descendants().toList();
        process.destroyForcibly();
        tree.forEach(ProcessHandle::destroyForcibly);
    }

    /** Stops it politely, then by force, with whatever it started. */
    @Override
    public void close() {
        List<ProcessHandle> tree = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(POLITE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        tree.forEach(ProcessHandle::destroyForcibly);
    }
}
