package dev.dashboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UsageReaderTest {
    private static final String START =
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"content\":[],\"usage\":{"
                    + "\"input_tokens\":3,\"cache_creation_input_tokens\":5,\"cache_read_input_tokens\":7,\"output_tokens\":1}}}\n\n";
    private static final String TEXT =
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","
                    + "\"text\":\"Größe 🦊 \\\"usage\\\":{\\\"input_tokens\\\":999}\"}}\n\n";
    private static final String END =
            "event: message_delta\r\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
                    + "\"usage\":{\"output_tokens\":42}}\r\n\r\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    private static final Usage ALL = new Usage(3, 42, 7, 5);

    @Test
    void aStreamIsReadWhereverItIsSplit() {
        byte[] bytes = bytes(START + TEXT + END);
        for (int split = 0; split <= bytes.length; split++) {
            UsageReader reader = stream();
            reader.passed(bytes, 0, split);
            reader.passed(bytes, split, bytes.length - split);
            assertEquals(ALL, reader.usage(), "split at " + split);
        }
        UsageReader single = stream();
        for (int i = 0; i < bytes.length; i++) {
            single.passed(bytes, i, 1);
        }
        assertEquals(ALL, single.usage());
    }

    @Test
    void aStreamThatBreaksOffSaysWhatItSaidSoFar() {
        assertEquals(new Usage(3, 1, 7, 5), read(stream(), START + TEXT + "data: {\"usage\":{\"output"));
    }

    @Test
    void aLineThatIsTooLongIsPassedOver() {
        String huge =
                "data: {\"usage\":{\"input_tokens\":1},\"x\":\"" + "x".repeat(3 * UsageReader.LONGEST_LINE) + "\"}\n\n";

        assertEquals(ALL, read(stream(), START + huge + END));
    }

    @Test
    void nothingThatPassesBreaksIt() {
        String odd =
                "data:\ndata: \"usage\"\ndata: {\"usage\":3}\ndata: {\"usage\":{\"input_tokens\":\"3\"}}\ndata: {\"usage\":"
                        + "[".repeat(5_000) + "\ndata: {\"message\":[],\"usage\":{\"input_tokens\":1e999999999}}\n";
        assertEquals(ALL, read(stream(), odd.replace("1e999999999", "x") + START + END));

        Random random = new Random(1);
        byte[] noise = new byte[100_000];
        random.nextBytes(noise);
        UsageReader reader = stream();
        reader.passed(noise, 0, noise.length);
        assertEquals(Usage.NONE, reader.usage());
    }

    @Test
    void anAnswerThatIsNotStreamedIsReadAtItsEnd() {
        String answer = "{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}],"
                + "\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}";

        assertEquals(new Usage(3, 4, 0, 0), read(UsageReader.of("application/json"), answer));
        assertEquals(
                Usage.NONE, read(UsageReader.of("application/json"), " ".repeat(UsageReader.LONGEST_ANSWER) + answer));
        assertEquals(Usage.NONE, read(UsageReader.of("application/json"), "{\"input_tokens\":12}"));
        assertEquals(Usage.NONE, read(UsageReader.of("text/html"), answer));
    }

    private static UsageReader stream() {
        return UsageReader.of("text/event-stream; charset=utf-8");
    }

    private static Usage read(UsageReader reader, String text) {
        byte[] bytes = bytes(text);
        reader.passed(bytes, 0, bytes.length);
        return reader.usage();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
