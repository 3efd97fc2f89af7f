package dev.dashboard.runner;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.ChildListener;
import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody;
import dev.dashboard.custody.Exit;
import dev.dashboard.custody.ProcessId;
import dev.dashboard.custody.Version;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import jdk.net.ExtendedSocketOptions;

/**
 * The server's side of a runner. Each process has a connection of its own, and each question too; they come back by themselves after a
 * runner that was away. Safe for any thread; waits on sockets, so its callers are virtual threads.
 */
public final class RunnerCustody implements Custody {
    /** A runner that is asked something and says nothing for so long is out of reach. */
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private static final Logger LOG = System.getLogger(RunnerCustody.class.getName());

    /** Between two attempts to reach a runner that is away, so that it can say when it leaves. */
    private static final Duration WATCH_AGAIN = Duration.ofSeconds(1);

    private final Path socket;
    private final PrivateKey key;
    private final Optional<String> user;
    private final Duration patience;
    private final Set<RemoteChild> attended = ConcurrentHashMap.newKeySet();
    private volatile Optional<Worker> watch = Optional.empty();
    private final AtomicLong reconnects = new AtomicLong();
    /** Why the runner could not be reached when it was last tried; empty while it is there. */
    private volatile Optional<String> away = Optional.of("the runner has not answered yet");

    /**
     * @param socket where the runner listens
     * @param key whose public half the runner has
     * @param user whose the runner must be, by name, or by number where there is none; empty for anybody's
     * @param patience how long a runner may be away before its processes count as lost
     */
    public RunnerCustody(Path socket, PrivateKey key, Optional<String> user, Duration patience) {
        this.socket = socket;
        this.key = key;
        this.user = user;
        this.patience = patience;
    }

    // ---- connections

    /** One on which both know who the other is. */
    Link connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Link link = new Link(channel);
        try (Deadline _ = new Deadline(link, ANSWER)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            checkUser(channel);
            greet(link);
            return link;
        } catch (IOException | RuntimeException e) {
            link.close();
            throw e;
        }
    }

    private void checkUser(SocketChannel channel) throws IOException {
        UserPrincipal there =
                channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        if (user.isPresent() && !Users.isNamed(there, user.get())) {
            throw new Problem(
                    Problem.Kind.UNAVAILABLE,
                    "runner-stranger",
                    "The user " + there.getName() + " listens at " + socket + ", not " + user.get()
                            + " (runner.user).");
        }
    }

    private void greet(Link link) throws IOException {
        Frame first = unrefused(link.read());
        if (!(first instanceof Frame.Challenge(int version, byte[] nonce))) {
            throw new IOException("something else than a challenge");
        }
        int spoken = Math.clamp(version, Frame.OLDEST, Frame.VERSION);
        link.write(new Frame.Hello(spoken, Keys.sign(key, spoken, nonce)));
        if (version < Frame.OLDEST) {
            throw new Problem(
                    Problem.Kind.UNAVAILABLE,
                    "runner-incompatible",
                    "The runner speaks version " + version + " of the protocol, the server the versions " + Frame.OLDEST
                            + " to " + Frame.VERSION + ". Deploy the same release of both.");
        }
        if (!(unrefused(link.read()) instanceof Frame.Welcome)) {
            throw new IOException("something else than a welcome");
        }
        link.speak(spoken);
        link.trust();
    }

    private static Frame unrefused(Frame frame) {
        if (frame instanceof Frame.Refused(var code, var message)) {
            throw new Problem(Problem.Kind.UNAVAILABLE, code, message);
        }
        return frame;
    }

    /** Closes a connection on which no answer comes in time. */
    static final class Deadline implements AutoCloseable {
        private final CountDownLatch answered = new CountDownLatch(1);

        Deadline(Link link, Duration limit) {
            Worker.virtual("runner-deadline", () -> {
                if (!answered.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    link.close();
                }
            });
        }

        @Override
        public void close() {
            answered.countDown();
        }
    }

    /** Asks one question; the caller closes the connection. */
    private <T> T ask(Frame question, Class<T> answer) {
        return ask(question, answer, ANSWER);
    }

    private <T> T ask(Frame question, Class<T> answer, Duration limit) {
        try (Link link = connect();
                Deadline _ = new Deadline(link, limit)) {
            return answer(link, question, answer);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private static <T> T answer(Link link, Frame question, Class<T> answer) throws IOException {
        link.write(question);
        Frame told = unrefused(link.read());
        if (!answer.isInstance(told)) {
            throw new IOException(
                    "an answer to something else: " + told.getClass().getSimpleName());
        }
        return answer.cast(told);
    }

    private Problem unreachable(IOException e) {
        return new Problem(
                        Problem.Kind.UNAVAILABLE,
                        "runner-unreachable",
                        "The runner does not answer at " + socket
                                + ". Start it, and see that both sides may use the socket.")
                .causedBy(e);
    }

    // ---- processes

    /** Where the answer is lost, the runner is asked once more what became of it: a launch is started once. */
    @Override
    public Child start(Command command, ChildListener listener) {
        Link link = null;
        boolean isSent = false;
        try {
            link = connect();
            link.write(new Frame.Start(command));
            isSent = true;
            return attend(command.session(), command.launch(), 0, listener, link, present(soon(link)));
        } catch (Link.FrameTooLong e) {
            close(link);
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "runner-refused",
                            "The session's settings are too long for the runner: " + e.getMessage() + ".")
                    .causedBy(e);
        } catch (IOException e) {
            close(link);
            if (!isSent) {
                throw unreachable(e);
            }
            return attach(command.session(), command.launch(), 0, listener).orElseThrow(() -> unreachable(e));
        } catch (RuntimeException e) {
            close(link);
            throw e;
        }
    }

    /** An answer that does not take the runner long. */
    static Frame soon(Link link) throws IOException {
        try (Deadline _ = new Deadline(link, ANSWER)) {
            return link.read();
        }
    }

    private static void close(Link link) {
        if (link != null) {
            link.close();
        }
    }

    static Frame.Present present(Frame frame) throws IOException {
        if (unrefused(frame) instanceof Frame.Present present) {
            return present;
        }
        throw new IOException("an answer to something else");
    }

    private Child attend(
            String session, String launch, long from, ChildListener listener, Link link, Frame.Present present) {
        RemoteChild child = new RemoteChild(this, session, launch, from, listener, link, present);
        attended.add(child);
        child.begin();
        return child;
    }

    void over(RemoteChild child) {
        attended.remove(child);
    }

    Duration patience() {
        return patience;
    }

    @Override
    public boolean outlivesServer() {
        return true;
    }

    // ---- a runner that leaves

    @Override
    public boolean takesLaunches() {
        try (Link link = connect();
                Deadline _ = new Deadline(link, ANSWER)) {
            return link.version() < Frame.WITH_LEAVING
                    || answer(link, new Frame.AskTaking(), Frame.Taking.class).takes();
        } catch (IOException | Problem e) {
            LOG.log(Level.DEBUG, "no runner that takes launches reason={0}", e.getMessage());
            return false;
        }
    }

    @Override
    public void whenLeaving(Consumer<Duration> told) {
        watch = Optional.of(Worker.virtual("runner-watch", Worker.lasting(() -> watch(told))));
    }

    /** On a connection of its own, made again whenever it breaks; one that says nothing of its end is looked at now and then. */
    private void watch(Consumer<Duration> told) throws InterruptedException {
        boolean known = false;
        while (true) {
            Duration pause = WATCH_AGAIN;
            try (Link link = connect()) {
                if (known && away.isPresent()) {
                    reconnects.incrementAndGet();
                }
                known = true;
                away = Optional.empty();
                if (link.version() < Frame.WITH_LEAVING) {
                    pause = ANSWER;
                } else {
                    link.write(new Frame.Watch());
                    hearLeaving(link, told);
                }
            } catch (Problem e) {
                lost(e);
            } catch (IOException e) {
                lost(unreachable(e));
            }
            Thread.sleep(pause);
        }
    }

    private void lost(Problem why) {
        LOG.log(Level.DEBUG, "runner not watched reason={0}", why.getMessage());
        away = Optional.of(why.getMessage());
    }

    /**
     * What is wrong with the connection to the runner, as a sentence for operators; empty while it is there. Known from the one that is
     * always held, so it answers at once; a runner from before that is held is tried now and then.
     */
    public Optional<String> fault() {
        return away;
    }

    /** How often the connection was lost and came back. */
    public long reconnects() {
        return reconnects.get();
    }

    private static void hearLeaving(Link link, Consumer<Duration> told) throws IOException {
        while (true) {
            if (!(unrefused(link.read()) instanceof Frame.Leaving(var left))) {
                throw new IOException("something else than a word about its end");
            }
            LOG.log(Level.INFO, "runner leaves seconds={0}", left.toSeconds());
            told.accept(left);
        }
    }

    @Override
    public Optional<Child> attach(String session, String launch, long from, ChildListener listener) {
        Link link = null;
        try {
            link = connect();
            link.write(new Frame.Attach(launch, from));
            Frame answer = soon(link);
            if (answer instanceof Frame.Unknown) {
                link.close();
                return Optional.empty();
            }
            return Optional.of(attend(session, launch, from, listener, link, present(answer)));
        } catch (IOException e) {
            close(link);
            throw unreachable(e);
        } catch (RuntimeException e) {
            close(link);
            throw e;
        }
    }

    @Override
    public List<Running> running() {
        return attended.stream()
                .filter(RemoteChild::isAlive)
                .map(child -> new Running(child.session(), child.id().pid(), child.startedAt(), child.use()))
                .sorted(Comparator.comparing(Running::startedAt).thenComparingLong(Running::pid))
                .toList();
    }

    @Override
    public List<Marked> ofInstance(String instance) {
        return ask(new Frame.OfInstance(instance), Frame.Processes.class).processes();
    }

    @Override
    public Exit.Leftover end(String launch, Optional<ProcessId> process, Duration limit) {
        return ask(new Frame.End(launch, process, limit), Frame.Ended.class, limit.plus(ANSWER))
                .leftover();
    }

    // ---- what else the runner has

    @Override
    public boolean hasTranscript(UUID conversation) {
        return ask(new Frame.Transcript(conversation, false), Frame.Found.class).found();
    }

    @Override
    public Optional<InputStream> transcript(UUID conversation) {
        Link link = null;
        try {
            link = connect();
            boolean found;
            try (Deadline _ = new Deadline(link, ANSWER)) {
                found = answer(link, new Frame.Transcript(conversation, true), Frame.Found.class)
                        .found();
            }
            if (found) {
                return Optional.of(new Record(link));
            }
            link.close();
            return Optional.empty();
        } catch (IOException e) {
            close(link);
            throw unreachable(e);
        } catch (RuntimeException e) {
            close(link);
            throw e;
        }
    }

    @Override
    public void forget(UUID conversation) {
        try (Link link = connect();
                Deadline _ = new Deadline(link, ANSWER)) {
            if (link.version() < Frame.WITH_FORGETTING) {
                throw new Problem(
                        Problem.Kind.UNAVAILABLE,
                        "runner-too-old",
                        "The runner speaks version " + link.version()
                                + " of the protocol and cannot delete what the CLI has kept of a session. Deploy the same"
                                + " release of both.");
            }
            answer(link, new Frame.Forget(conversation), Frame.Done.class);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /** Bytes as they come; the end of the file is told, the end of the connection is a failure. */
    private static final class Record extends InputStream {
        private final Link link;
        private InputStream chunk = new ByteArrayInputStream(new byte[0]);
        private boolean over;

        Record(Link link) {
            this.link = link;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = chunk.read(bytes, offset, length);
            while (count < 0 && !over) {
                switch (link.read()) {
                    case Frame.Output(var next) -> chunk = new ByteArrayInputStream(next);
                    case Frame.Done() -> over = true;
                    default -> throw new IOException("something else than a record");
                }
                count = chunk.read(bytes, offset, length);
            }
            return count;
        }

        @Override
        public void close() {
            link.close();
        }
    }

    @Override
    public Version version() {
        return ask(new Frame.AskVersion(), Frame.TellVersion.class).version();
    }

    /** Processes go on; whoever comes next takes them up. */
    @Override
    public void close() {
        watch.ifPresent(Worker::close);
        attended.forEach(RemoteChild::close);
    }
}
