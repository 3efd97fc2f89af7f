package dev.dashboard.runner;

import dev.dashboard.custody.Child;
import dev.dashboard.custody.Custody.Marked;
import dev.dashboard.custody.ResourceUse;
import dev.dashboard.problem.Problem;
import dev.dashboard.run.Worker;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.ProtocolException;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.net.ExtendedSocketOptions;

/**
 * The runner's end of one connection: who is there, and what they want. What cannot be read or is out of turn ends the connection and
 * nothing else; a peer that does not read holds its own connection alone.
 */
final class Connection implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Connection.class.getName());
    private static final Duration HANDSHAKE = Duration.ofSeconds(5);
    private static final Duration QUESTION = Duration.ofSeconds(30);
    /** Of one write; as long as the longest line. */
    private static final int LONGEST_INPUT = 64 * 1024 * 1024;

    private static final int LONGEST_MARK = 64;

    /** The code by which those are refused who are not served, or do not have the key. */
    static final String STRANGER = "runner-stranger";

    private final Runner runner;
    private final Link link;
    private final long openedNanos = System.nanoTime();
    private volatile boolean known;
    private volatile boolean asked;
    private volatile Optional<Held> attached = Optional.empty();
    private final AtomicBoolean telling = new AtomicBoolean();
    private volatile ResourceUse told = ResourceUse.NONE;

    Connection(Runner runner, Link link) {
        this.runner = runner;
        this.link = link;
    }

    void begin() {
        Worker.virtual("runner-connection", this::serve);
    }

    private void serve() throws InterruptedException {
        try {
            if (isWelcome()) {
                known = true;
                Frame wish = link.read();
                asked = true;
                serve(wish);
            }
        } catch (ProtocolException e) {
            LOG.log(Level.WARNING, "connection ended, not understood reason={0}", e.getMessage());
            refuse("runner-not-understood", e.getMessage());
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "connection over reason={0}", e.getMessage());
        } catch (Problem e) {
            refuse(e.code(), e.getMessage());
        } finally {
            close();
            runner.gone(this);
        }
    }

    void refuse(String code, String message) {
        try {
            link.write(new Frame.Refused(code, message));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "refusal not told code={0}", code);
        }
        link.close();
    }

    // ---- who is there

    private boolean isWelcome() throws IOException {
        UserPrincipal user =
                link.channel().getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        if (runner.settings().peers().stream().noneMatch(peer -> Users.isNamed(user, peer))) {
            // The runner's own user is the probe of its container, every few seconds; it is refused as others are.
            Level level = user.equals(runner.user()) ? Level.DEBUG : Level.WARNING;
            LOG.log(level, "connection refused user={0}", user.getName());
            refuse(STRANGER, "The runner does not serve the user " + user.getName() + ".");
            return false;
        }
        byte[] nonce = Keys.nonce();
        link.write(new Frame.Challenge(Frame.VERSION, nonce));
        if (!(link.read() instanceof Frame.Hello(int version, byte[] signature))) {
            throw new ProtocolException("something else than a hello");
        }
        if (version < Frame.OLDEST || version > Frame.VERSION) {
            refuse(
                    "runner-incompatible",
                    "The runner speaks the versions " + Frame.OLDEST + " to " + Frame.VERSION
                            + " of the protocol, the server wants version " + version
                            + ". Deploy the same release of both.");
            return false;
        }
        if (!Keys.isSigned(runner.settings().key(), version, nonce, signature)) {
            LOG.log(Level.WARNING, "connection refused, wrong key user={0}", user.getName());
            refuse(
                    STRANGER,
                    "The server's runner_key does not belong to the runner's public key. Make a pair with runner-key, and"
                            + " give each side its half.");
            return false;
        }
        link.trust();
        link.speak(version);
        link.write(new Frame.Welcome());
        return true;
    }

    // ---- what they want

    private void serve(Frame wish) throws IOException, InterruptedException {
        switch (wish) {
            case Frame.Start(var command) -> attend(runner.start(command), 0);
            case Frame.Attach(var launch, var from) -> {
                Optional<Held> found =
                        runner.find(launch).filter(one -> one.spool().has(from));
                if (found.isPresent()) {
                    attend(found.get(), from);
                } else {
                    link.write(new Frame.Unknown());
                }
            }
            case Frame.OfInstance(var instance) -> link.write(new Frame.Processes(ofInstance(instance)));
            case Frame.End(var launch, var process, var patience) ->
                link.write(new Frame.Ended(runner.custody().end(launch, process, patience)));
            case Frame.Transcript(var conversation, var read) -> {
                if (read) {
                    transcript(runner.custody().transcript(conversation));
                } else {
                    link.write(new Frame.Found(runner.custody().hasTranscript(conversation)));
                }
            }
            case Frame.Forget(var conversation) -> {
                runner.custody().forget(conversation);
                link.write(new Frame.Done());
            }
            case Frame.AskVersion() ->
                link.write(new Frame.TellVersion(runner.custody().version()));
            case Frame.AskTaking() -> link.write(new Frame.Taking(!runner.isLeaving()));
            case Frame.Watch() -> {
                runner.watchedBy(this);
                Frame more = link.read();
                throw new ProtocolException(
                        "a frame out of turn: " + more.getClass().getSimpleName());
            }
            default ->
                throw new ProtocolException(
                        "a frame out of turn: " + wish.getClass().getSimpleName());
        }
    }

    /** A mark that is no UUID was made up by whoever has it, and might be long enough to spoil the answer. */
    private List<Marked> ofInstance(String instance) {
        return runner.custody().ofInstance(instance).stream()
                .filter(marked -> marked.launch().length() <= LONGEST_MARK
                        && marked.session().length() <= LONGEST_MARK)
                .limit(FrameCodec.MAX_ITEMS)
                .toList();
    }

    private void transcript(Optional<InputStream> record) throws IOException {
        link.write(new Frame.Found(record.isPresent()));
        if (record.isEmpty()) {
            return;
        }
        try (InputStream in = record.get()) {
            byte[] chunk = new byte[Frame.CHUNK];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                link.write(new Frame.Output(Arrays.copyOf(chunk, count)));
            }
        }
        link.write(new Frame.Done());
    }

    // ---- one process

    private void attend(Held held, long from) throws IOException, InterruptedException {
        Child child = held.child();
        held.listen(link);
        attached = Optional.of(held);
        link.write(new Frame.Present(child.id(), child.startedAt(), child.accepted(), held.written()));
        Worker output = Worker.virtual("runner-output", () -> sendOutput(held, from), _ -> link.close());
        Worker written = Worker.virtual("runner-written", () -> sendWritten(held), _ -> link.close());
        try {
            ByteArrayOutputStream input = new ByteArrayOutputStream();
            while (true) {
                obey(link.read(), held, input);
            }
        } finally {
            attached = Optional.empty();
            held.leave(link);
            output.close();
            written.close();
        }
    }

    private void sendOutput(Held held, long from) throws InterruptedException {
        try (Spool.Reader output = held.spool().reader(from)) {
            for (byte[] bytes = output.next(Frame.CHUNK); bytes.length > 0; bytes = output.next(Frame.CHUNK)) {
                link.write(new Frame.Output(bytes));
            }
            link.write(new Frame.Exited(held.awaitExit()));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "output not sent launch={0} reason={1}", held.launch(), e.getMessage());
            link.close();
        }
    }

    private void sendWritten(Held held) throws InterruptedException {
        try {
            Optional<Long> written = held.awaitWritten(0);
            while (written.isPresent()) {
                link.write(new Frame.Written(written.get()));
                written = held.awaitWritten(written.get());
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "writes not acknowledged launch={0} reason={1}", held.launch(), e.getMessage());
            link.close();
        }
    }

    private void obey(Frame order, Held held, ByteArrayOutputStream input) throws IOException {
        Child child = held.child();
        switch (order) {
            case Frame.Input(var number, var last, var bytes) -> {
                if (input.size() + bytes.length > LONGEST_INPUT) {
                    throw new ProtocolException("a write of more than " + LONGEST_INPUT + " bytes");
                }
                input.write(bytes);
                if (last) {
                    byte[] whole = input.toByteArray();
                    input.reset();
                    // Not taken by a process that ends; the server hears of the end.
                    child.write(number, whole);
                }
            }
            case Frame.Kept(var offset) -> held.spool().kept(offset);
            case Frame.Stop(var endOfInput, var terminate) -> child.stop(endOfInput, terminate);
            case Frame.Kill() -> child.kill();
            case Frame.Taken() -> {
                if (held.hasExited()) {
                    runner.forget(held);
                }
                throw new EOFException("all is told");
            }
            default ->
                throw new ProtocolException(
                        "a frame out of turn: " + order.getClass().getSimpleName());
        }
    }

    // ---- the runner leaves

    /** One that does not read hears nothing, and holds nobody. */
    void tellLeaving(Duration left) {
        try {
            link.write(new Frame.Leaving(left));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "leaving not told reason={0}", e.getMessage());
        }
    }

    // ---- each second

    /** A handshake or a question that does not come in time ends the connection; figures are sent on where they changed. */
    void look() {
        long age = System.nanoTime() - openedNanos;
        if (!known && age > HANDSHAKE.toNanos() || !asked && age > QUESTION.toNanos()) {
            LOG.log(Level.WARNING, "connection ended, nothing was asked in time");
            link.close();
            return;
        }
        attached.filter(held -> !held.hasExited()).ifPresent(held -> {
            ResourceUse use = held.child().use();
            if (!use.equals(told) && telling.compareAndSet(false, true)) {
                told = use;
                // Not on this thread: a peer that does not read must not hold the figures of the others.
                Worker.virtual("runner-figures", () -> tell(use));
            }
        });
    }

    private void tell(ResourceUse use) {
        try {
            link.write(new Frame.Use(use));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "figures not sent reason={0}", e.getMessage());
        } finally {
            telling.set(false);
        }
    }

    @Override
    public void close() {
        link.close();
    }
}
