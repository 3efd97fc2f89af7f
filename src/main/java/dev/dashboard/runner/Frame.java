package dev.dashboard.runner;

import dev.dashboard.custody.Command;
import dev.dashboard.custody.Custody.Marked;
import dev.dashboard.custody.Exit;
import dev.dashboard.custody.ProcessId;
import dev.dashboard.custody.ResourceUse;
import dev.dashboard.custody.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * All that server and runner say to each other. A connection begins with {@link Challenge} and {@link Hello}; then it is about one
 * process ({@link Start} or {@link Attach}) or about one question.
 */
sealed interface Frame {
    /**
     * Of this protocol. The runner says its own, the server answers with the older of both, and that one is spoken; who does not speak it any
     * more refuses, and names both. Version 1 knows nothing of {@link Watch}, {@link Leaving}, {@link AskTaking} and {@link Taking},
     * version 2 nothing of {@link Forget}.
     */
    int VERSION = 3;

    /** The oldest that is still spoken. */
    int OLDEST = 1;

    /** The first in which a runner says that it leaves. */
    int WITH_LEAVING = 2;

    /** The first in which a runner deletes what the CLI has kept. */
    int WITH_FORGETTING = 3;

    /** Longest frame; longer bytes go in several. */
    int MAX_BYTES = 1 << 20;

    /** Most bytes of a process in one frame. */
    int CHUNK = 64 * 1024;

    // ---- who speaks

    /** The runner's first word. The server signs the nonce: the runner has nothing by which somebody could pass for the server. */
    record Challenge(int version, byte[] nonce) implements Frame {}

    record Hello(int version, byte[] signature) implements Frame {}

    /** The runner knows the server: it may say what it wants. */
    record Welcome() implements Frame {}

    /** The end of the connection, and why. */
    record Refused(String code, String message) implements Frame {}

    // ---- one process: the server

    record Start(Command command) implements Frame {}

    /** @param from the first byte of output that is wanted */
    record Attach(String launch, long from) implements Frame {}

    /** A part of what is to be written; the write is whole with the last one. */
    record Input(long number, boolean last, byte[] bytes) implements Frame {}

    /** Output up to here need not be kept. */
    record Kept(long offset) implements Frame {}

    record Stop(Duration endOfInput, Duration terminate) implements Frame {}

    record Kill() implements Frame {}

    /** The end was heard; the launch may be forgotten. */
    record Taken() implements Frame {}

    // ---- one process: the runner

    /**
     * The process exists, or has existed.
     *
     * @param accepted the number of the last write that was taken, and
     * @param written of the last that has gone into the pipe
     */
    record Present(ProcessId id, Instant startedAt, long accepted, long written) implements Frame {}

    /** Nobody knows the launch. */
    record Unknown() implements Frame {}

    record Output(byte[] bytes) implements Frame {}

    record Written(long number) implements Frame {}

    record Use(ResourceUse use) implements Frame {}

    record Exited(Exit exit) implements Frame {}

    // ---- questions and answers

    record OfInstance(String instance) implements Frame {}

    record Processes(List<Marked> processes) implements Frame {}

    record End(String launch, Optional<ProcessId> process, Duration patience) implements Frame {}

    record Ended(Exit.Leftover leftover) implements Frame {}

    /** @param read whether its bytes are wanted too: they follow as {@link Output}, and then {@link Done} */
    record Transcript(UUID conversation, boolean read) implements Frame {}

    /** Delete what the CLI has kept of the conversation; answered by {@link Done}. */
    record Forget(UUID conversation) implements Frame {}

    record Found(boolean found) implements Frame {}

    record Done() implements Frame {}

    record AskVersion() implements Frame {}

    /** Whether the runner takes launches: not while it leaves. */
    record AskTaking() implements Frame {}

    record Taking(boolean takes) implements Frame {}

    // ---- the end of a runner

    /** Wants to be told when the runner is about to leave; the connection stays. */
    record Watch() implements Frame {}

    /** The runner takes no launches any more, and ends what it still has after this time. */
    record Leaving(Duration left) implements Frame {}

    record TellVersion(Version version) implements Frame {}
}
