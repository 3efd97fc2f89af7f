package dev.dashboard.runner;

import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody.Marked;
import dev.dashboard.custody.Exit;
import dev.dashboard.custody.ProcessId;
import dev.dashboard.custody.ResourceUse;
import dev.dashboard.custody.Version;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Frames as bytes: a letter for the kind, then the members in their order. Numbers are big-endian, texts UTF-8 with their length
 * before them. What is left over, missing, or longer than the frame is no frame.
 */
final class FrameCodec {
    /** Most items of a list; a command line has some thirty. */
    static final int MAX_ITEMS = 4096;

    private FrameCodec() {}

    /** The body, without its length. */
    static byte[] encode(Frame frame) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            new Writer(new DataOutputStream(bytes)).frame(frame);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return bytes.toByteArray();
    }

    /** @throws ProtocolException when it is no frame */
    static Frame decode(byte[] body) throws IOException {
        Reader reader = new Reader(new DataInputStream(new ByteArrayInputStream(body)));
        try {
            Frame frame = reader.frame();
            if (reader.in.available() > 0) {
                throw new ProtocolException("a frame with bytes left over");
            }
            return frame;
        } catch (EOFException e) {
            throw (ProtocolException) new ProtocolException("a frame that ends too soon").initCause(e);
        } catch (IllegalArgumentException | ArithmeticException | java.time.DateTimeException e) {
            throw (ProtocolException) new ProtocolException("a frame with a value that cannot be").initCause(e);
        }
    }

    private record Writer(DataOutputStream out) {
        void frame(Frame frame) throws IOException {
            switch (frame) {
                case Frame.Challenge(var version, var nonce) -> {
                    kind('c');
                    out.writeInt(version);
                    bytes(nonce);
                }
                case Frame.Hello(var version, var signature) -> {
                    kind('h');
                    out.writeInt(version);
                    bytes(signature);
                }
                case Frame.Welcome() -> kind('W');
                case Frame.Refused(var code, var message) -> {
                    kind('r');
                    text(code);
                    text(message);
                }
                case Frame.Start(var command) -> {
                    kind('s');
                    command(command);
                }
                case Frame.Attach(var launch, var from) -> {
                    kind('a');
                    text(launch);
                    out.writeLong(from);
                }
                case Frame.Input(var number, var last, var bytes) -> {
                    kind('i');
                    out.writeLong(number);
                    out.writeBoolean(last);
                    bytes(bytes);
                }
                case Frame.Kept(var offset) -> {
                    kind('k');
                    out.writeLong(offset);
                }
                case Frame.Stop(var endOfInput, var terminate) -> {
                    kind('q');
                    duration(endOfInput);
                    duration(terminate);
                }
                case Frame.Kill() -> kind('x');
                case Frame.Taken() -> kind('t');
                case Frame.Present(var id, var startedAt, var accepted, var written) -> {
                    kind('p');
                    process(id);
                    out.writeLong(startedAt.toEpochMilli());
                    out.writeLong(accepted);
                    out.writeLong(written);
                }
                case Frame.Unknown() -> kind('u');
                case Frame.Output(var bytes) -> {
                    kind('o');
                    bytes(bytes);
                }
                case Frame.Written(var number) -> {
                    kind('w');
                    out.writeLong(number);
                }
                case Frame.Use(var use) -> {
                    kind('U');
                    duration(use.cpu());
                    out.writeLong(use.residentBytes());
                    out.writeInt(use.processes());
                    out.writeInt(use.cpuPercent());
                }
                case Frame.Exited(var exit) -> {
                    kind('e');
                    out.writeBoolean(exit.code().isPresent());
                    out.writeInt(exit.code().orElse(0));
                    text(exit.stderrTail());
                    leftover(exit.leftover());
                }
                case Frame.OfInstance(var instance) -> {
                    kind('I');
                    text(instance);
                }
                case Frame.Processes(var processes) -> {
                    kind('P');
                    out.writeInt(processes.size());
                    for (Marked one : processes) {
                        process(one.id());
                        text(one.session());
                        text(one.launch());
                    }
                }
                case Frame.End(var launch, var process, var patience) -> {
                    kind('E');
                    text(launch);
                    out.writeBoolean(process.isPresent());
                    if (process.isPresent()) {
                        process(process.get());
                    }
                    duration(patience);
                }
                case Frame.Ended(var leftover) -> {
                    kind('L');
                    leftover(leftover);
                }
                case Frame.Transcript(var conversation, var read) -> {
                    kind('T');
                    out.writeLong(conversation.getMostSignificantBits());
                    out.writeLong(conversation.getLeastSignificantBits());
                    out.writeBoolean(read);
                }
                case Frame.Forget(var conversation) -> {
                    kind('f');
                    out.writeLong(conversation.getMostSignificantBits());
                    out.writeLong(conversation.getLeastSignificantBits());
                }
                case Frame.Found(var found) -> {
                    kind('F');
                    out.writeBoolean(found);
                }
                case Frame.Done() -> kind('d');
                case Frame.AskVersion() -> kind('v');
                case Frame.AskTaking() -> kind('n');
                case Frame.Taking(var takes) -> {
                    kind('N');
                    out.writeBoolean(takes);
                }
                case Frame.Watch() -> kind('m');
                case Frame.Leaving(var left) -> {
                    kind('g');
                    duration(left);
                }
                case Frame.TellVersion(var version) -> {
                    kind('V');
                    version(version);
                }
            }
        }

        private void kind(char kind) throws IOException {
            out.writeByte(kind);
        }

        private void bytes(byte[] bytes) throws IOException {
            out.writeInt(bytes.length);
            out.write(bytes);
        }

        private void text(String text) throws IOException {
            bytes(text.getBytes(StandardCharsets.UTF_8));
        }

        private void duration(Duration duration) throws IOException {
            out.writeLong(duration.toMillis());
        }

        private void process(ProcessId id) throws IOException {
            out.writeLong(id.pid());
            out.writeLong(id.startTicks());
        }

        private void leftover(Exit.Leftover leftover) throws IOException {
            out.writeInt(leftover.found());
            out.writeInt(leftover.killed());
            out.writeInt(leftover.remaining());
        }

        private void command(Command command) throws IOException {
            text(command.program().toString());
            text(command.directory().toString());
            out.writeInt(command.arguments().size());
            for (String argument : command.arguments()) {
                text(argument);
            }
            out.writeInt(command.environment().size());
            for (Map.Entry<String, String> variable : command.environment().entrySet()) {
                text(variable.getKey());
                text(variable.getValue());
            }
        }

        private void version(Version version) throws IOException {
            text(version.program().toString());
            switch (version) {
                case Version.Missing _ -> out.writeByte('m');
                case Version.NotExecutable _ -> out.writeByte('n');
                case Version.Answered(var _, var code, var output) -> {
                    out.writeByte('a');
                    out.writeInt(code);
                    text(output);
                }
                case Version.Silent(var _, var reason) -> {
                    out.writeByte('s');
                    text(reason);
                }
            }
        }
    }

    private record Reader(DataInputStream in) {
        Frame frame() throws IOException {
            int kind = in.readUnsignedByte();
            return switch (kind) {
                case 'c' -> new Frame.Challenge(in.readInt(), bytes());
                case 'h' -> new Frame.Hello(in.readInt(), bytes());
                case 'W' -> new Frame.Welcome();
                case 'r' -> new Frame.Refused(text(), text());
                case 's' -> new Frame.Start(command());
                case 'a' -> new Frame.Attach(text(), count(in.readLong()));
                case 'i' -> new Frame.Input(count(in.readLong()), in.readBoolean(), bytes());
                case 'k' -> new Frame.Kept(count(in.readLong()));
                case 'q' -> new Frame.Stop(duration(), duration());
                case 'x' -> new Frame.Kill();
                case 't' -> new Frame.Taken();
                case 'p' ->
                    new Frame.Present(
                            process(), Instant.ofEpochMilli(in.readLong()), count(in.readLong()), count(in.readLong()));
                case 'u' -> new Frame.Unknown();
                case 'o' -> new Frame.Output(bytes());
                case 'w' -> new Frame.Written(count(in.readLong()));
                case 'U' -> new Frame.Use(new ResourceUse(duration(), in.readLong(), in.readInt(), in.readInt()));
                case 'e' -> exited();
                case 'I' -> new Frame.OfInstance(text());
                case 'P' -> processes();
                case 'E' ->
                    new Frame.End(text(), in.readBoolean() ? Optional.of(process()) : Optional.empty(), duration());
                case 'L' -> new Frame.Ended(leftover());
                case 'T' -> new Frame.Transcript(new UUID(in.readLong(), in.readLong()), in.readBoolean());
                case 'f' -> new Frame.Forget(new UUID(in.readLong(), in.readLong()));
                case 'F' -> new Frame.Found(in.readBoolean());
                case 'd' -> new Frame.Done();
                case 'v' -> new Frame.AskVersion();
                case 'V' -> new Frame.TellVersion(version());
                case 'n' -> new Frame.AskTaking();
                case 'N' -> new Frame.Taking(in.readBoolean());
                case 'm' -> new Frame.Watch();
                case 'g' -> new Frame.Leaving(duration());
                default -> throw new ProtocolException("a frame of the unknown kind " + kind);
            };
        }

        /** An offset or a number: never below zero. */
        private static long count(long value) throws IOException {
            if (value < 0) {
                throw new ProtocolException("a number below zero");
            }
            return value;
        }

        private int items() throws IOException {
            int items = in.readInt();
            if (items < 0 || items > MAX_ITEMS) {
                throw new ProtocolException("a list of " + items + " items; at most " + MAX_ITEMS);
            }
            return items;
        }

        /** No more is made room for than has come. */
        private byte[] bytes() throws IOException {
            int length = in.readInt();
            if (length < 0 || length > in.available()) {
                throw new ProtocolException("a part that is longer than its frame");
            }
            return in.readNBytes(length);
        }

        private String text() throws IOException {
            return new String(bytes(), StandardCharsets.UTF_8);
        }

        private Path path() throws IOException {
            String text = text();
            try {
                return Path.of(text);
            } catch (InvalidPathException e) {
                throw (ProtocolException) new ProtocolException("a path that cannot be").initCause(e);
            }
        }

        private Duration duration() throws IOException {
            return Duration.ofMillis(count(in.readLong()));
        }

        private ProcessId process() throws IOException {
            return new ProcessId(in.readLong(), in.readLong());
        }

        private Exit.Leftover leftover() throws IOException {
            return new Exit.Leftover(in.readInt(), in.readInt(), in.readInt());
        }

        private Frame exited() throws IOException {
            boolean known = in.readBoolean();
            int code = in.readInt();
            return new Frame.Exited(new Exit(known ? OptionalInt.of(code) : OptionalInt.empty(), text(), leftover()));
        }

        private Frame processes() throws IOException {
            List<Marked> processes = new ArrayList<>();
            for (int left = items(); left > 0; left--) {
                processes.add(new Marked(process(), text(), text()));
            }
            return new Frame.Processes(List.copyOf(processes));
        }

        private Command command() throws IOException {
            Path program = path();
            Path directory = path();
            List<String> arguments = new ArrayList<>();
            for (int left = items(); left > 0; left--) {
                arguments.add(text());
            }
            Map<String, String> environment = new HashMap<>();
            for (int left = items(); left > 0; left--) {
                environment.put(text(), text());
            }
            return new Command(program, arguments, environment, directory);
        }

        private Version version() throws IOException {
            Path program = path();
            int kind = in.readUnsignedByte();
            return switch (kind) {
                case 'm' -> new Version.Missing(program);
                case 'n' -> new Version.NotExecutable(program);
                case 'a' -> new Version.Answered(program, in.readInt(), text());
                case 's' -> new Version.Silent(program, text());
                default -> throw new ProtocolException("a version of the unknown kind " + kind);
            };
        }
    }
}
