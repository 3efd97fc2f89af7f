package dev.dashboard.custody;

import dev.dashboard.custody.ProcessTable.Row;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Has the processes beside itself, and looks after their trees: each second one look at the process table serves all of them.
 *
 * <p>Owns the watch. Processes belong to whoever started them; those that still run are killed when this is closed.
 */
public final class LocalCustody implements Custody {
    private static final Logger LOG = System.getLogger(LocalCustody.class.getName());
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Set<LocalChild> running = ConcurrentHashMap.newKeySet();
    private final Worker watch = Worker.platform("cli-process-watch", Worker.lasting(this::watch));
    private final Path program;
    private final Transcripts transcripts;

    /**
     * @param program the CLI's executable
     * @param configDirectory the CLI's own folder ({@code CLAUDE_CONFIG_DIR})
     */
    public LocalCustody(Path program, Path configDirectory) {
        this.program = program;
        this.transcripts = new Transcripts(configDirectory);
    }

    @Override
    public Child start(Command command, ChildListener listener) {
        check(command);
        Process spawned = spawn(command);
        checkPlace(command, spawned);
        LocalChild process = new LocalChild(command, spawned, listener, running::remove);
        running.add(process);
        process.begin();
        return process;
    }

    /** A missing directory would otherwise look like a missing program. */
    private static void check(Command command) {
        Path program = command.program();
        if (!Files.exists(program)) {
            throw unavailable(
                    "cli-missing",
                    "The Claude CLI is not at " + program
                            + ". Install it with scripts/install-claude-cli.sh, or set cli.path.");
        }
        if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
            throw unavailable(
                    "cli-not-executable",
                    program + " cannot be executed. Make it executable for the server's user, or set cli.path.");
        }
        if (!Files.isDirectory(command.directory())) {
            throw unavailable(
                    "cwd-missing",
                    "The folder " + command.directory()
                            + " does not exist any more. Bring it back, or use another project.");
        }
    }

    private static Process spawn(Command command) {
        List<String> line = new ArrayList<>(List.of(command.program().toString()));
        line.addAll(command.arguments());
        ProcessBuilder builder =
                new ProcessBuilder(line).directory(command.directory().toFile());
        builder.environment().clear();
        builder.environment().putAll(command.environment());
        try {
            return builder.start();
        } catch (IOException | RuntimeException e) {
            throw unavailable(
                            "cli-start-failed",
                            "The Claude CLI could not be started. Check that it fits this machine (" + command.program()
                                    + " --version), and that memory and the number of processes are not used up.")
                    .causedBy(e);
        }
    }

    /**
     * A folder can be exchanged for a link between the last look at it and the start. What counts is where the process stands; it has
     * been sent nothing yet. Without {@code /proc}, and when it has ended already, there is nothing to look at.
     */
    private static void checkPlace(Command command, Process process) {
        Path place;
        try {
            place = Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "cwd"));
        } catch (IOException e) {
            return;
        }
        if (!place.equals(command.directory())) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw unavailable(
                    "cwd-replaced",
                    "The folder " + command.directory()
                            + " was replaced while the session started. Put it back, or use another project.");
        }
    }

    private static Problem unavailable(String code, String message) {
        return new Problem(Problem.Kind.UNAVAILABLE, code, message);
    }

    @Override
    public List<Running> running() {
        return running.stream()
                .filter(LocalChild::isAlive)
                .map(process -> new Running(process.session(), process.id().pid(), process.startedAt(), process.use()))
                .sorted(Comparator.comparing(Running::startedAt).thenComparingLong(Running::pid))
                .toList();
    }

    @Override
    public boolean outlivesServer() {
        return false;
    }

    @Override
    public boolean takesLaunches() {
        return true;
    }

    @Override
    public void whenLeaving(Consumer<Duration> told) {}

    @Override
    public Optional<Child> attach(String session, String launch, long from, ChildListener listener) {
        return Optional.empty();
    }

    @Override
    public List<Marked> ofInstance(String instance) {
        return ProcessSweep.ofInstance(instance);
    }

    @Override
    public Exit.Leftover end(String launch, Optional<ProcessId> process, Duration patience)
            throws InterruptedException {
        Optional<ProcessId> attended = process.filter(ProcessSweep::isAlive)
                .or(() -> ProcessSweep.ofLaunch(launch).stream().findFirst());
        if (attended.isPresent() && !ProcessSweep.awaitEnd(attended.get(), patience)) {
            LOG.log(Level.WARNING, "process without a listener still works, ending it launch={0}", launch);
        }
        return ProcessSweep.end(launch);
    }

    @Override
    public Optional<InputStream> transcript(UUID conversation) throws IOException {
        Optional<Path> file = transcripts.find(conversation);
        return file.isPresent() ? Optional.of(Files.newInputStream(file.get())) : Optional.empty();
    }

    @Override
    public boolean hasTranscript(UUID conversation) {
        return transcripts.find(conversation).isPresent();
    }

    @Override
    public void forget(UUID conversation) {
        try {
            transcripts.delete(conversation);
        } catch (IOException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "transcript-kept",
                            "What the CLI has kept of the conversation " + conversation + " cannot be deleted ("
                                    + e.getClass().getSimpleName() + "). Look at who owns its folder.")
                    .causedBy(e);
        }
    }

    @Override
    public Version version() throws InterruptedException {
        return Version.of(program);
    }

    private void watch() throws InterruptedException {
        while (!Thread.currentThread().isInterrupted()) {
            Thread.sleep(LOOK);
            if (!running.isEmpty()) {
                List<Row> table = ProcessTable.rows();
                running.forEach(process -> process.tree().look(table));
            }
        }
    }

    @Override
    public void close() {
        running.forEach(LocalChild::kill);
        running.forEach(LocalChild::close);
        watch.close();
    }
}
