package dev.dashboard.cli;

import dev.dashboard.cli.CliOutput.AssistantMessage;
import dev.dashboard.cli.CliOutput.BlockStart;
import dev.dashboard.cli.CliOutput.BlockStop;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Tells which block of its message an assistant line is, so that it can replace the draft with the same (message id, index).
 *
 * <p>The CLI writes an assistant line for each block, without its index, just before it closes that block in the stream; so the
 * block that stands open in the stream is the one. Where nothing streams (subagents, the fallback without streaming, the CLI's own
 * words, the transcript on disk) blocks are counted per message.
 *
 * <p>Immutable; a copy per change, so that it may be part of a state that is decided purely. It remembers the last few messages only:
 * one main conversation and its subagents are never interleaved more than that.
 */
public final class BlockIndexes {
    private static final int REMEMBERED_MESSAGES = 64;

    /** Before the first line. */
    public static final BlockIndexes NONE = new BlockIndexes(Map.of());

    /** {@code open}: the block that streams now; {@code next}: the index of the next block, if nothing tells otherwise. */
    private record Position(Optional<Integer> open, int next) {
        private static final Position START = new Position(Optional.empty(), 0);

        int index() {
            return open.orElse(next);
        }
    }

    private final Map<String, Position> positions;

    private BlockIndexes(Map<String, Position> positions) {
        this.positions = positions;
    }

    /** After so many blocks of each message, none of which is open. */
    public static BlockIndexes counted(Map<String, Integer> blocks) {
        BlockIndexes indexes = NONE;
        for (Map.Entry<String, Integer> message : blocks.entrySet()) {
            indexes = indexes.with(message.getKey(), new Position(Optional.empty(), message.getValue()));
        }
        return indexes;
    }

    /** The index of the first (as a rule, the only) block of this line. Ask before {@link #after(CliOutput)} with the same line. */
    public int indexOf(AssistantMessage message) {
        return position(message.messageId()).index();
    }

    /** What is known after this line; the same object when the line tells nothing. */
    public BlockIndexes after(CliOutput output) {
        if (output instanceof AssistantMessage message) {
            return after(message);
        }
        if (output instanceof BlockStart start) {
            return with(start.messageId(), new Position(Optional.of(start.index()), start.index()));
        }
        if (output instanceof BlockStop stop) {
            return with(
                    stop.messageId(),
                    new Position(Optional.empty(), position(stop.messageId()).next()));
        }
        return this;
    }

    private BlockIndexes after(AssistantMessage message) {
        Position position = position(message.messageId());
        int blocks = Math.max(1, message.content().size());
        return with(message.messageId(), new Position(position.open(), position.index() + blocks));
    }

    private Position position(String messageId) {
        return positions.getOrDefault(messageId, Position.START);
    }

    private BlockIndexes with(String messageId, Position position) {
        Map<String, Position> next = new LinkedHashMap<>(positions);
        next.remove(messageId);
        next.put(messageId, position);
        if (next.size() > REMEMBERED_MESSAGES) {
            next.remove(next.keySet().iterator().next());
        }
        return new BlockIndexes(next);
    }
}
