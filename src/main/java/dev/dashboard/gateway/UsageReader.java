package dev.dashboard.gateway;

import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import java.io.ByteArrayInputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads from a passing answer how many tokens it took, in whatever pieces it passes; changes and delays nothing, and fails at nothing.
 *
 * <p>Of a stream it keeps one line at a time, of another answer all: a line or answer longer than its bound is not read, only passed
 * on. One request's thread.
 */
final class UsageReader {
    private static final Logger LOG = System.getLogger(UsageReader.class.getName());

    /** Of the lines with usage the longest is the first, and it holds no text. */
    static final int LONGEST_LINE = 64 * 1024;

    /** An answer that is not streamed is at most some hundred thousand tokens. */
    static final int LONGEST_ANSWER = 1024 * 1024;

    private static final int LONGEST_NAME = 200;
    private static final int FIRST_ROOM = 1024;
    private static final byte[] DATA = "data:".getBytes(StandardCharsets.UTF_8);
    /** Within a text its quotes would be escaped: so it is a name, or exactly this value. */
    private static final byte[] WORD = "\"usage\"".getBytes(StandardCharsets.UTF_8);

    private enum Form {
        STREAM,
        WHOLE,
        OTHER
    }

    private final Form form;
    private final int longest;
    private byte[] kept = new byte[FIRST_ROOM];
    private int length;
    private boolean tooLong;
    private Usage usage = Usage.NONE;
    private Optional<String> model = Optional.empty();

    private UsageReader(Form form) {
        this.form = form;
        this.longest = form == Form.STREAM ? LONGEST_LINE : LONGEST_ANSWER;
    }

    /** @param contentType of the answer; of other types than the API's two nothing is read */
    static UsageReader of(String contentType) {
        if (contentType.startsWith("text/event-stream")) {
            return new UsageReader(Form.STREAM);
        }
        return new UsageReader(contentType.startsWith("application/json") ? Form.WHOLE : Form.OTHER);
    }

    /** The next piece of the answer. */
    void passed(byte[] bytes, int from, int count) {
        switch (form) {
            case STREAM -> lines(bytes, from, from + count);
            case WHOLE -> keep(bytes, from, from + count);
            case OTHER -> {}
        }
    }

    private void lines(byte[] bytes, int from, int end) {
        int start = from;
        for (int i = from; i < end; i++) {
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                keep(bytes, start, i);
                line();
                start = i + 1;
            }
        }
        keep(bytes, start, end);
    }

    private void keep(byte[] bytes, int from, int end) {
        int count = end - from;
        if (tooLong || length + count > longest) {
            tooLong = true;
            return;
        }
        if (length + count > kept.length) {
            kept = Arrays.copyOf(kept, Math.min(longest, Math.max(length + count, kept.length * 2)));
        }
        System.arraycopy(bytes, from, kept, length, count);
        length += count;
    }

    private void line() {
        if (!tooLong && length > DATA.length && Arrays.equals(kept, 0, DATA.length, DATA, 0, DATA.length)) {
            read(DATA.length);
        }
        length = 0;
        tooLong = false;
    }

    private void read(int from) {
        if (!holdsWord(from)) {
            return;
        }
        try (JsonReader reader = Json.createReader(new ByteArrayInputStream(kept, from, length - from))) {
            JsonObject said = reader.readObject();
            JsonObject message = said.get("message") instanceof JsonObject inner ? inner : said;
            if (message.get("usage") instanceof JsonObject counted) {
                model = name(message).or(() -> model);
                usage = new Usage(
                        latest(counted, "input_tokens", usage.input()),
                        latest(counted, "output_tokens", usage.output()),
                        latest(counted, "cache_read_input_tokens", usage.cacheRead()),
                        latest(counted, "cache_creation_input_tokens", usage.cacheCreation()));
            }
        } catch (RuntimeException e) {
            // Not JSON, or nested too deep for the parser: the CLI will say what it thinks of it.
            LOG.log(Level.DEBUG, "usage of an answer of the model cannot be read", e);
        }
    }

    private boolean holdsWord(int from) {
        for (int i = from; i + WORD.length <= length; i++) {
            if (kept[i] == '"' && Arrays.equals(kept, i, i + WORD.length, WORD, 0, WORD.length)) {
                return true;
            }
        }
        return false;
    }

    private static Optional<String> name(JsonObject message) {
        return message.get("model") instanceof JsonString name
                        && name.getString().length() <= LONGEST_NAME
                ? Optional.of(name.getString())
                : Optional.empty();
    }

    /** Each number is the whole so far, not what came on top; a later line may leave some out. */
    private static long latest(JsonObject counted, String name, long before) {
        return counted.get(name) instanceof JsonNumber number
                ? Math.clamp(number.longValue(), 0, Integer.MAX_VALUE)
                : before;
    }

    /** What was said so far; to be asked after the last piece. */
    Usage usage() {
        if (form == Form.WHOLE && !tooLong && length > 0) {
            read(0);
            length = 0;
        }
        return usage;
    }

    /** Which model the answer names; to be asked after {@link #usage}. */
    Optional<String> model() {
        return model;
    }
}
