package dev.dashboard.runner;

import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
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
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Has processes for a server that may die and come back. Owns the socket, the processes and the spools; keeps nothing over its own end.
 * One that is asked to stop says so ({@link #leave}) and lets the server bring its sessions to rest; of one that dies the processes have
 * nobody, finish their turn and end, and the server finds that out.
 *
 * <p>Threads: one accepts, one looks after deadlines and figures each second, and each connection has two.
 */
public final class Runner implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Runner.class.getName());

    /** One for each process, and some for questions. */
    static final int MAX_CONNECTIONS = 512;

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration UNHEARD = Duration.ofDays(7);
    static final int MAX_UNHEARD = 1_000;
    private static final Duration GOODBYE = Duration.ofSeconds(8);

    /** What is left after the drain time is the server's to end, who records why; after this too it is the runner's. */
    private static final Duration SERVER_FIRST = Duration.ofSeconds(2);

    /** How long a server may take to hear the ends of its processes; and to be told that the runner leaves. */
    private static final Duration HEARING = Duration.ofSeconds(5);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

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
    /** Of the connections, those of servers that want to know when this runner leaves. */
    private final Set<Connection> watching = ConcurrentHashMap.newKeySet();

    /** When what is left will be ended, once this runner leaves; guarded by this. */
    private Optional<Long> endNanos = Optional.empty();

    private final Worker accepting;
    private final Worker looking;

    private Runner(RunnerSettings settings, UserPrincipal user, ServerSocketChannel socket, FileChannel lock) {
        this.settings = settings;
        this.user = user;
        this.socket = socket;
        this.lock = lock;
        this.allowance = new Allowance(settings.program(), settings.roots(), settings.variables());
        this.custody = new LocalCustody(settings.program(), settings.configDirectory());
        this.accepting = Worker.virtual("runner-accept", Worker.lasting(this::accept));
        this.looking = Worker.virtual("runner-look", Worker.lasting(this::look));
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
        watching.remove(connection);
        connections.remove(connection);
    }

    /** Told when this runner leaves; at once when it does already. */
    void watchedBy(Connection server) {
        Optional<Long> end;
        synchronized (this) {
            watching.add(server);
            end = endNanos;
        }
        end.ifPresent(when -> server.tellLeaving(until(when)));
    }

    /** Whether a server is there that will be told. */
    boolean isWatched() {
        return !watching.isEmpty();
    }

    synchronized boolean isLeaving() {
        return endNanos.isPresent();
    }

    private static Duration until(long nanos) {
        return Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
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
        return unheard(held.values());
    }

    static List<Held> unheard(Collection<Held> all) {
        // Once: an order that changes while it is made is none.
        long now = System.nanoTime();
        List<Held> ended = all.stream()
                .filter(one -> one.hasExited() && !one.hasListener())
                .sorted(Comparator.comparingLong((Held one) -> one.overForNanos(now))
                        .reversed())
                .toList();
        List<Held> over = new ArrayList<>();
        for (int i = 0; i < ended.size(); i++) {
            boolean tooMany = ended.size() - i > MAX_UNHEARD;
            if (tooMany || ended.get(i).overForNanos(now) > UNHEARD.toNanos()) {
                over.add(ended.get(i));
            }
        }
        return over;
    }

    // ---- processes

    /**
     * @throws Problem as the start of a process fails; FORBIDDEN {@code runner-refused}; BUSY {@code runner-full}; UNAVAILABLE {@code
     *     runner-leaving}
     */
    Held start(Command asked) {
        Command command = allowance.checked(asked);
        Held one;
        synchronized (this) {
            if (endNanos.isPresent()) {
                throw new Problem(
                        Problem.Kind.UNAVAILABLE,
                        Custody.LEAVING,
                        "The runner is being stopped and starts nothing any more. The next one will.");
            }
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

    // ---- its end

    /**
     * Takes no launches any more and tells the servers, which bring their sessions to rest; waits for that, at most as long as the drain
     * time; ends what is left, and closes. Returns as soon as there are no processes. Without a server nobody knows what rests: then the
     * processes have no more input, finish the turn that runs, and end by themselves.
     */
    public void leave() {
        long end = System.nanoTime() + settings.drain().toNanos();
        List<Connection> told;
        synchronized (this) {
            endNanos = Optional.of(end);
            told = List.copyOf(watching);
        }
        LOG.log(
                Level.INFO,
                "runner leaves drainSeconds={0} processes={1} servers={2}",
                settings.drain().toSeconds(),
                living().size(),
                told.size());
        List<Worker> telling = told.stream()
                .map(server -> Worker.virtual("runner-leaving", () -> server.tellLeaving(until(end))))
                .toList();
        try {
            for (Worker worker : telling) {
                worker.join(HEARING);
            }
            if (told.isEmpty()) {
                // Whoever still listens was not told, and would take what ends now for a failure.
                hangUp();
                living().forEach(one -> one.child().stop(settings.drain(), settings.terminate()));
            }
            await(until(end).plus(SERVER_FIRST), () -> living().isEmpty());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
    }

    /** False when it is not so within the time. */
    private static boolean await(Duration limit, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            Thread.sleep(LOOK_AGAIN);
        }
        return true;
    }

    private synchronized List<Held> living() {
        return held.values().stream().filter(one -> !one.hasExited()).toList();
    }

    /** Whether a server has yet to take an end that it listens for. */
    private synchronized boolean isHeard() {
        return held.values().stream().noneMatch(Held::hasListener);
    }

    /**
     * Ends the processes politely. A server that knows that this runner leaves hears of each end. One that does not is told nothing: to its
     * sessions they are lost with the runner, as when it dies, and not processes that went by themselves.
     */
    @Override
    public void close() {
        boolean isExpected = isLeaving() && isWatched();
        if (!isExpected) {
            hangUp();
        }
        try {
            living().forEach(one -> one.child().stop(settings.endOfInput(), settings.terminate()));
            if (!await(GOODBYE, () -> living().isEmpty())) {
                LOG.log(Level.WARNING, "processes did not end in time number={0}", living().size());
            }
            custody.close();
            if (isExpected && !await(HEARING, this::isHeard)) {
                LOG.log(Level.WARNING, "ends were not taken in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            custody.close();
        }
        hangUp();
        looking.close();
        try {
            lock.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "lock of the spool not given back", e);
        }
    }

    private void hangUp() {
        try {
            if (socket.isOpen()) {
                socket.close();
                Files.deleteIfExists(settings.socket());
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "socket not closed", e);
        }
        accepting.close();
        connections.forEach(Connection::close);
    }
}
