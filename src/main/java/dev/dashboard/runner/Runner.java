package dev.dashboard.runner;

import dev.dashboard.custody.Command;
import dev.dashboard.custody.LocalCustody;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Has processes for a server that may die and come back. Owns the socket, the processes and the spools; keeps nothing over its own end:
 * then its processes have nobody, finish their turn and end, and the server finds that out.
 *
 * <p>Threads: one accepts, one looks after deadlines and figures each second, and each connection has two.
 */
public final class Runner implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Runner.class.getName());

    /** One for each process, and some for questions. */
    static final int MAX_CONNECTIONS = 512;

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration UNHEARD = Duration.ofDays(7);
    private static final int MAX_UNHEARD = 1_000;
    private static final Duration GOODBYE = Duration.ofSeconds(8);

    private final RunnerSettings settings;
    /** Whose process this is. */
    private final UserPrincipal user;

    private final Allowance allowance;
    private final LocalCustody custody;
    private final ServerSocketChannel socket;
    /** On the spool, for as long as it is ours. */
    private final FileChannel lock;

    /** By the mark of the launch. */
    private final Map<String, Held> held = new HashMap<>();

    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Worker accepting;
    private final Worker looking;

    private Runner(RunnerSettings settings, UserPrincipal user, ServerSocketChannel socket, FileChannel lock) {
        this.settings = settings;
        this.user = user;
        this.socket = socket;
        this.lock = lock;
        this.allowance = new Allowance(settings.program(), settings.roots(), settings.variables());
        this.custody = new LocalCustody(settings.program(), settings.configDirectory());
        this.accepting = Worker.virtual("runner-accept", this::accept);
        this.looking = Worker.virtual("runner-look", this::look);
    }

    /**
     * Opens the socket.
     *
     * @throws Problem CONFLICT {@code runner-running} when another runner listens there; UNAVAILABLE {@code runner-socket-unusable}
     */
    public static Runner start(RunnerSettings settings) {
        try {
            FileChannel lock = locked(settings.spool());
            try {
                // The socket before the clearing: a runner that is refused must not have touched anything.
                ServerSocketChannel socket = listen(settings.socket());
                clear(settings.spool());
                // The socket is new, so whoever has it is whose process this is, also where that user has no name.
                return new Runner(settings, Files.getOwner(settings.socket()), socket, lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "runner-socket-unusable",
                            "The runner cannot listen at " + settings.socket() + " or write to " + settings.spool()
                                    + " (" + e.getMessage() + ").")
                    .causedBy(e);
        }
    }

    private static FileChannel locked(Path spool) throws IOException {
        Files.createDirectories(
                spool, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.setPosixFilePermissions(spool, PosixFilePermissions.fromString("rwx------"));
        FileChannel channel =
                FileChannel.open(spool.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean free = false;
        try {
            free = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            LOG.log(Level.DEBUG, "the spool's other runner is in this program", e);
        }
        if (!free) {
            channel.close();
            throw Problem.conflict("runner-running", "Another runner spools to " + spool + ". Stop it first.");
        }
        return channel;
    }

    /**
     * What an earlier runner had spooled belongs to processes that it has lost. Only what has the names of spools goes: the folder is
     * configured by hand.
     */
    private static void clear(Path spool) throws IOException {
        try (DirectoryStream<Path> launches = Files.newDirectoryStream(spool, Runner::isSpool)) {
            for (Path launch : launches) {
                try (DirectoryStream<Path> segments = Files.newDirectoryStream(launch, "*" + Spool.SUFFIX)) {
                    for (Path segment : segments) {
                        Files.delete(segment);
                    }
                }
                Files.delete(launch);
            }
        }
    }

    private static boolean isSpool(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                && Allowance.isLaunch(path.getFileName().toString());
    }

    private static ServerSocketChannel listen(Path file) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(file);
        if (Files.exists(file) && isAnswered(address)) {
            throw Problem.conflict("runner-running", "Another runner listens at " + file + ". Stop it first.");
        }
        Files.deleteIfExists(file);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(address);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
        return channel;
    }

    private static boolean isAnswered(UnixDomainSocketAddress address) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return probe.connect(address);
        } catch (ConnectException e) {
            return false; // left behind by a runner that died
        }
    }

    RunnerSettings settings() {
        return settings;
    }

    UserPrincipal user() {
        return user;
    }

    LocalCustody custody() {
        return custody;
    }

    // ---- connections

    /** One that cannot be accepted, for want of file descriptors for instance, waits. */
    private void accept() throws InterruptedException {
        while (socket.isOpen()) {
            try {
                welcome(new Connection(this, new Link(socket.accept())));
            } catch (ClosedChannelException e) {
                return; // the runner stops
            } catch (IOException e) {
                LOG.log(Level.WARNING, "no connection accepted", e);
                Thread.sleep(LOOK);
            }
        }
    }

    private void welcome(Connection connection) {
        if (connections.size() >= MAX_CONNECTIONS) {
            connection.refuse("runner-full", "The runner has " + MAX_CONNECTIONS + " connections already.");
            return;
        }
        connections.add(connection);
        connection.begin();
    }

    void gone(Connection connection) {
        connections.remove(connection);
    }

    private void look() throws InterruptedException {
        while (!Thread.currentThread().isInterrupted()) {
            Thread.sleep(LOOK);
            connections.forEach(Connection::look);
            unheard().forEach(old -> {
                LOG.log(Level.WARNING, "an end that nobody took is forgotten launch={0}", old.launch());
                forget(old);
            });
        }
    }

    /** Those that ended and wait for a server for too long, or are too many. */
    private synchronized List<Held> unheard() {
        List<Held> ended = held.values().stream()
                .filter(one -> one.hasExited() && !one.hasListener())
                .sorted(Comparator.comparingLong(Held::overForNanos).reversed())
                .toList();
        List<Held> over = new ArrayList<>();
        for (int i = 0; i < ended.size(); i++) {
            boolean tooMany = ended.size() - i > MAX_UNHEARD;
            if (tooMany || ended.get(i).overForNanos() > UNHEARD.toNanos()) {
                over.add(ended.get(i));
            }
        }
        return over;
    }

    // ---- processes

    /** @throws Problem as the start of a process fails; FORBIDDEN {@code runner-refused}; BUSY {@code runner-full} */
    Held start(Command asked) {
        Command command = allowance.checked(asked);
        Held one;
        synchronized (this) {
            if (held.containsKey(command.launch())) {
                throw Problem.conflict("runner-refused", "This launch was started already.");
            }
            long living =
                    held.values().stream().filter(other -> !other.hasExited()).count();
            if (living >= settings.maxProcesses()) {
                throw new Problem(
                        Problem.Kind.BUSY,
                        "runner-full",
                        "The runner has " + living + " processes, and takes " + settings.maxProcesses()
                                + " (cli.max-processes of the runner).");
            }
            one = new Held(command.launch(), spool(command.launch()));
            held.put(command.launch(), one);
        }
        try {
            one.begin(custody.start(command, one));
            return one;
        } catch (RuntimeException e) {
            forget(one);
            throw e;
        }
    }

    private Spool spool(String launch) {
        Path folder = settings.spool().resolve(launch);
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "cli-start-failed",
                            "The runner cannot write to its spool. Look at its disk (DASHBOARD_RUNNER_SPOOL_DIR).")
                    .causedBy(e);
        }
        return new Spool(folder, settings.segmentBytes(), settings.spoolBytes());
    }

    synchronized Optional<Held> find(String launch) {
        return Optional.ofNullable(held.get(launch));
    }

    /** Its end was heard, or it never began. */
    void forget(Held one) {
        synchronized (this) {
            held.remove(one.launch());
        }
        one.spool().close();
    }

    /**
     * Processes are ended politely, and nobody is told: to their sessions they are lost with the runner, as when it dies, and not processes
     * that went by themselves.
     */
    @Override
    public void close() {
        try {
            socket.close();
            Files.deleteIfExists(settings.socket());
        } catch (IOException e) {
            LOG.log(Level.WARNING, "socket not closed", e);
        }
        accepting.close();
        connections.forEach(Connection::close);
        List<Held> living;
        synchronized (this) {
            living = held.values().stream().filter(one -> !one.hasExited()).toList();
        }
        living.forEach(one -> one.child().stop(settings.endOfInput(), settings.terminate()));
        long end = System.nanoTime() + GOODBYE.toNanos();
        try {
            while (living.stream().anyMatch(one -> !one.hasExited()) && System.nanoTime() - end < 0) {
                Thread.sleep(Duration.ofMillis(50));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        custody.close();
        looking.close();
        try {
            lock.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "lock of the spool not given back", e);
        }
    }
}
