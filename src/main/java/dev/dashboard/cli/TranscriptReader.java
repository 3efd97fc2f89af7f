package dev.dashboard.cli;

import dev.dashboard.custody.Custody;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Reads the CLI's own record of a conversation: what a CLI wrote after its server had died stands only there. User and assistant lines
 * have the same uuids as on stdout. Not on disk: drafts, results, costs, permissions. Stateless; a line in memory at a time.
 */
public final class TranscriptReader {
    private static final Logger LOG = System.getLogger(TranscriptReader.class.getName());
    private static final int CHUNK = 16 * 1024;

    private final Custody custody;

    public TranscriptReader(Custody custody) {
        this.custody = custody;
    }

    /** Whether there is something to resume: the CLI begins its record with the first prompt. */
    public boolean exists(UUID cliSessionId) {
        return custody.hasTranscript(cliSessionId);
    }

    /** As {@link #read(UUID, Consumer)}, all at once; for conversations known to be small. */
    public List<CliOutput> read(UUID cliSessionId) {
        List<CliOutput> messages = new ArrayList<>();
        read(cliSessionId, messages::add);
        return messages;
    }

    /**
     * Hands over {@link CliOutput.AssistantMessage} and {@link CliOutput.UserMessage}, in the order of the file. Subagents' inner
     * lines are not among them (they have files of their own). Lines of other kinds, cut ones (the CLI may have died in the
     * middle of one, or be writing it) and over-long ones are passed over.
     *
     * @return false when there is no such record or it cannot be read to its end
     */
    public boolean read(UUID cliSessionId, Consumer<CliOutput> messages) {
        try {
            Optional<InputStream> record = custody.transcript(cliSessionId);
            if (record.isPresent()) {
                try (InputStream in = record.get()) {
                    read(in, messages);
                }
            }
            return record.isPresent();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "transcript cannot be read conversation=" + cliSessionId, e);
            return false;
        }
    }

    private static void read(InputStream in, Consumer<CliOutput> messages) throws IOException {
        LineSplitter splitter = new LineSplitter(CliProcess.LONGEST_LINE_BYTES, 0);
        Consumer<LineSplitter.Line> lines = line -> {
            if (line instanceof LineSplitter.Whole(String text, long _)) {
                CliCodec.decodeStored(text).ifPresent(messages);
            }
        };
        byte[] chunk = new byte[CHUNK];
        for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
            splitter.add(chunk, count, lines);
        }
        splitter.end(lines);
    }
}
