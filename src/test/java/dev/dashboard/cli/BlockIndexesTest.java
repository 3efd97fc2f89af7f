package dev.dashboard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.cli.CliOutput.AssistantMessage;
import dev.dashboard.cli.CliOutput.BlockStart;
import dev.dashboard.support.Samples;
import dev.dashboard.support.Samples.Line;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BlockIndexesTest {
    private record Key(String messageId, int index) {}

    @Test
    void everyRecordedBlockFindsTheOneThatStreamed() {
        int streamed = 0;
        for (List<Line> conversation : Samples.conversations()) {
            streamed += checked(conversation);
        }
        assertEquals(223, streamed);
    }

    /** How many assistant lines had a streamed block, each of which is checked to be of the same kind and the same tool call. */
    private static int checked(List<Line> conversation) {
        BlockIndexes indexes = BlockIndexes.NONE;
        Map<Key, BlockStart> started = new HashMap<>();
        Set<Key> recorded = new HashSet<>();
        int streamed = 0;
        for (Line line : conversation) {
            if (!line.dir().equals("out")) {
                continue;
            }
            CliOutput output = CliCodec.decode(line.text());
            if (output instanceof BlockStart start) {
                started.put(new Key(start.messageId(), start.index()), start);
            }
            if (output instanceof AssistantMessage message) {
                Key key = new Key(message.messageId(), indexes.indexOf(message));
                assertTrue(recorded.add(key), line.file() + " has two blocks " + key);
                if (started.containsKey(key)) {
                    assertSame(started.get(key), message.content().getFirst(), line.file());
                    streamed++;
                }
            }
            indexes = indexes.after(output);
        }
        return streamed;
    }

    private static void assertSame(BlockStart start, Content content, String file) {
        String kind = switch (content) {
            case Content.Text _ -> "text";
            case Content.Thinking _ -> "thinking";
            case Content.ToolUse call -> {
                assertEquals(start.toolUseId(), Optional.of(call.toolUseId()), file);
                yield "tool_use";
            }
            case Content.ToolResult _, Content.Image _, Content.Other _ -> "none";
        };
        assertEquals(start.kind(), kind, file);
    }

    @Test
    void blocksThatDoNotStreamAreCounted() {
        AssistantMessage message = (AssistantMessage)
                CliCodec.decode(
                        "{\"type\":\"assistant\",\"uuid\":\"u\",\"message\":{\"id\":\"m\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}}");

        BlockIndexes one = BlockIndexes.NONE.after(message);

        assertEquals(0, BlockIndexes.NONE.indexOf(message));
        assertEquals(1, one.indexOf(message));
        assertEquals(2, one.after(message).indexOf(message));
    }
}
