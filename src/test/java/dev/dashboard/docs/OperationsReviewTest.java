package dev.dashboard.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The operations review says nothing good without something that shows it, and hides nothing that is open behind a full mark. */
class OperationsReviewTest {
    private static final Path REVIEW = Path.of("src/docs/operations-review.md");
    private static final int AREAS = 7;
    private static final int FULL_MARK = 10;

    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| (\\d\\. [^|]+) \\| [^|]+ \\| (none given|\\d+) \\| (\\d+) \\|$");
    private static final Pattern AREA = Pattern.compile("(?m)^## (\\d\\. .+)$");

    private static String review;

    @BeforeAll
    static void read() throws IOException {
        review = Files.readString(REVIEW);
    }

    @Test
    void everyTickNamesATestOrAFileThatIsThere() throws IOException {
        Ticks ticks = Ticks.of(review);
        assertEquals(List.of(), ticks.wrong());
        assertTrue(ticks.number() >= 3 * AREAS, ticks.number() + " ticks");
    }

    @Test
    void everyAreaOfTheFirstReviewIsMarkedAgainAndFullMarksLeaveNothingOpen() {
        Map<String, MatchResult> rows = ROW.matcher(review)
                .results()
                .collect(Collectors.toMap(row -> row.group(1), row -> row, (a, _) -> a, TreeMap::new));
        Map<String, String> areas = new TreeMap<>();
        String[] parts = review.split("(?m)^(?=## )");
        for (String part : parts) {
            AREA.matcher(part).results().forEach(title -> areas.put(title.group(1), part));
        }
        assertEquals(AREAS, areas.size());
        assertEquals(areas.keySet(), rows.keySet());
        List<String> wrong = new ArrayList<>();
        areas.forEach((title, part) -> {
            int now = Integer.parseInt(rows.get(title).group(3));
            long open = part.lines().filter(line -> line.startsWith("- [ ] ")).count();
            long shown = part.lines().filter(line -> line.startsWith("- [x] ")).count();
            if (now > FULL_MARK || now == FULL_MARK && open > 0) {
                wrong.add(title + ": " + now + " with " + open + " open");
            }
            // Half of the marks need more that is shown than is open.
            if (now > FULL_MARK / 2 && shown < open || now < FULL_MARK && open == 0) {
                wrong.add(title + ": " + now + " does not fit " + shown + " shown and " + open + " open");
            }
            if (part.lines().skip(1).anyMatch(line -> !line.isBlank() && !line.startsWith("- ["))) {
                wrong.add(title + ": a line that is neither shown nor open");
            }
        });
        assertEquals(List.of(), wrong);
    }
}
