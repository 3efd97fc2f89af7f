package dev.dashboard.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.observe.Metric;
import dev.dashboard.observe.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class FailureWordsTest {
    private static final Path SOURCE = Path.of("src/main/java/dev/dashboard/session/FailureWords.java");
    private static final Pattern CODE = Pattern.compile("new Words\\(\\s*\"([a-z-]+)\"");

    /** The catalogue of metrics knows no sessions, so nothing but this tells it of a new code. */
    @Test
    void everyCodeOfAFailedTurnIsCountedUnderItsOwnName() throws IOException {
        String source = Files.readString(SOURCE);
        String ofTurns = source.substring(0, source.indexOf("static Words exit("));
        List<String> codes = CODE.matcher(ofTurns)
                .results()
                .map(MatchResult::group)
                .map(words -> words.substring(words.indexOf('"') + 1, words.length() - 1))
                .toList();
        Metrics metrics = new Metrics();
        double others = metrics.counted(Metric.TURN_FAILURES, "other");

        codes.forEach(code -> metrics.count(Metric.TURN_FAILURES, code));

        assertTrue(codes.size() > 10, codes::toString);
        assertEquals(others, metrics.counted(Metric.TURN_FAILURES, "other"), codes::toString);
    }
}
